// npm run emulated: the executables on processors that this machine has not, by qemu: those of the Raspberry Pi 3 and 4,
// and one of 2008 without AVX. Each plays what a person does on the first day.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Target } from "../../.ci/targets.ts";
import { createCrashWorld } from "../crash/world.ts";
import { until } from "../support/app.ts";
import { canEmulate, NEEDED, PI_3, PI_4, type Processor, WITHOUT_AVX } from "./processors.ts";

const PROCESSORS = [PI_3, PI_4, WITHOUT_AVX];

/** An emulated start takes two or three seconds of an idle machine. */
const LIMIT_MS = 120_000;
const root = join(import.meta.dirname, "../..");

function check(what: string, isSo: boolean): void {
  if (!isSo) throw new Error(what);
}

function built(targets: readonly Target[]): void {
  const { status } = spawnSync(process.execPath, [".ci/build.ts", ...targets], {
    cwd: root,
    stdio: "inherit",
  });
  check("the executables could not be built", status === 0);
}

/** From the first start to the second. */
async function firstDay({ target, emulator }: Processor): Promise<string> {
  const command = [...emulator, join(root, "dist", `memoferry-${target}`)];
  await using world = await createCrashWorld({ command });
  const { memos, program, telegram } = world;
  const [alice] = world.people("alice");
  if (!alice) throw new Error("nobody there");
  const { person, account } = alice;
  const began = performance.now();
  await program.start();
  await until("it to be ready", async () => (await fetch(`${program.url}/readyz`)).ok, LIMIT_MS);
  const toReady = performance.now() - began;
  const builtFor = program.log.find(({ message }) => message === "memoferry")?.["target"];
  check(`it was built for ${builtFor}`, builtFor === target);
  const memoOf = (content: string) => memos.memos().find((memo) => memo.content === content);

  person.say(`/bind ${account.token}`);
  await until("the answer to /bind", () => telegram.botMessages(person.id).length > 0, LIMIT_MS);
  const text = person.say("a text, *as typed* 👋");
  const bytes = Buffer.from("bytes of a document");
  person.sendDocument({ fileName: "paper.pdf", bytes, caption: "a document" });
  person.sendPhoto({ caption: "a photo" });
  await until("three memos", () => memos.memos().length === 3, LIMIT_MS);
  await world.settled(LIMIT_MS);
  const sizes = ["a document", "a photo"].map((caption) => memoOf(caption)?.attachments[0]?.size ?? 0);
  check(`the files have ${sizes.join(" and ")} bytes`, sizes[0] === bytes.length && (sizes[1] ?? 0) > 0);
  person.edit(text.message_id, { text: "a text, edited" });
  await until("the edit", () => memoOf("a text, edited"), LIMIT_MS);

  await world.kill();
  person.say("said while it was away");
  await program.start();
  await until("the memo after the restart", () => memoOf("said while it was away"), LIMIT_MS);
  await world.settled(LIMIT_MS);
  check(`${memos.memos().length} memos in the end, not 4`, memos.memos().length === 4);
  program.signal("SIGTERM");
  const { code } = await program.ended();
  check(`SIGTERM ended it with ${code}`, code === 0);
  return `ready in ${(toReady / 1000).toFixed(1)} s`;
}

async function main(): Promise<void> {
  if (!canEmulate()) {
    console.log(`skipped: ${NEEDED} are not installed`);
    process.exit(process.env["CI"] ? 1 : 0);
  }
  built([...new Set(PROCESSORS.map(({ target }) => target))]);
  for (const processor of PROCESSORS) {
    const began = performance.now();
    const result = await firstDay(processor).then(
      (words) => `ok      ${words}`,
      (error: Error) => `FAILED  ${error.message}`,
    );
    if (result.startsWith("FAILED")) process.exitCode = 1;
    console.log(`${processor.name}: ${result}, ${((performance.now() - began) / 1000).toFixed(1)} s in all`);
  }
  process.exit();
}

await main();
