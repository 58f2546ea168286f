// How long somebody waits: for a memo, for the word about it, and for an answer of the bot.
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { oneByOne } from "./ceiling.ts";
import { boundWorld, type Executables, type Figure, GAP_MS, type Progress, percentile } from "./figures.ts";
import { callApi, newFolder, startProgram } from "./processes.ts";

const OTHERS = 50;
const OWED = 30;

const PERCENTILES = [50, 95, 99];

const rows = (name: string, values: readonly number[]): Figure[] =>
  PERCENTILES.map((of) => ({ name: `${name}, p${of}`, unit: "ms", values: [percentile(values, of)] }));

/** What one sync of the disk takes here, with a page written before it. */
export function syncMs(times: number): number[] {
  const file = openSync(join(newFolder("sync"), "file"), "w");
  const page = Buffer.alloc(4_096, 1);
  const took = Array.from({ length: times }, () => {
    const from = performance.now();
    writeSync(file, page);
    fsyncSync(file);
    return performance.now() - from;
  });
  closeSync(file);
  return took;
}

/** Texts of one person, each when the last is confirmed; `backlog`: others are worked off meanwhile. */
async function waits(executable: string, texts: number, backlog: number) {
  const world = await boundWorld(executable, OTHERS + 1);
  const { calls, env, dataDir, people, stop } = world;
  const [person = 0, ...others] = people;
  const program = await startProgram(executable, { env, dataDir });
  for (let warm = 0; warm < 3; warm += 1) {
    await calls.one(person);
    await Bun.sleep(GAP_MS);
  }
  if (backlog > 0) await calls.say(others, backlog);
  const all = [];
  for (let at = 0; at < texts; at += 1) {
    all.push(await calls.one(person));
    await Bun.sleep(GAP_MS);
  }
  await program.stop();
  await stop();
  return all;
}

export async function message(
  { memoferry }: Executables,
  { texts, backlog }: { texts: number; backlog: number },
  progress: Progress,
): Promise<Figure[]> {
  progress("a bare create, one after another");
  const bare = (await oneByOne(200)).tookMs;
  progress("one message, nothing else to do");
  const idle = await waits(memoferry, texts, 0);
  progress("one message, amid a backlog");
  const busy = await waits(memoferry, texts, backlog);
  const toMemo = idle.map((one) => one.toMemo);
  return [
    ...rows("a bare create", bare),
    ...rows("a sync of a page", syncMs(200)),
    {
      ...(rows("one message: a memo", toMemo)[0] as Figure),
      target: { value: Math.ceil(percentile(bare, 50) + 5) },
      note: "wanted is a bare create and 5 ms",
    },
    ...rows("one message: a memo", toMemo).slice(1),
    ...rows(
      "one message: confirmed",
      idle.map((one) => one.toWord),
    ),
    ...rows(
      "one message amid a backlog: a memo",
      busy.map((one) => one.toMemo),
    ),
    ...rows(
      "one message amid a backlog: confirmed",
      busy.map((one) => one.toWord),
    ),
  ];
}

/** Answers to a command and a press, with nothing else owed in the chat and with much. Telegram limits as it does. */
export async function answers(
  { memoferry }: Executables,
  { presses }: { presses: number },
  progress: Progress,
): Promise<Figure[]> {
  const { calls, env, dataDir, people, stop } = await boundWorld(memoferry, 1, { limits: true });
  const [person = 0] = people;
  const program = await startProgram(memoferry, { env, dataDir });
  await calls.command(person, "/help");
  const found: Figure[] = [];
  for (const owed of [0, OWED]) {
    progress(`answers with ${owed} messages owed in the chat`);
    await Bun.sleep(5_000);
    for (let at = 0; at < owed; at += 1)
      await callApi(program, "POST", "messages", { chat_id: person, text: `${owed} ${at}` });
    const [pressed, commanded]: [number[], number[]] = [[], []];
    for (let at = 0; at < presses; at += 1) {
      pressed.push(await calls.press(person));
      await Bun.sleep(GAP_MS);
      commanded.push(await calls.command(person, "/id"));
      await Bun.sleep(GAP_MS);
    }
    const limit = owed > 0 ? 1_000 : 150;
    const row = (what: string, values: readonly number[]): Figure => ({
      name: `answer to a ${what}, ${owed} messages owed in the chat, p95`,
      unit: "ms",
      values: [percentile(values, 95)],
      target: { value: limit },
    });
    found.push(row("press", pressed), row("command", commanded));
  }
  found.push({ name: "429s of Telegram meanwhile", unit: "", values: [await calls.throttled()] });
  await program.stop();
  await stop();
  return found;
}
