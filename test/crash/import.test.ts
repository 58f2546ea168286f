import { beforeAll, expect, test } from "bun:test";
import { run } from "../e2e/cli-run.ts";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";
import { exportedMessage, writeExport } from "../support/exports.ts";
import { expectMemos } from "./expected.ts";
import { withLog } from "./runs.ts";
import { createCrashWorld } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

/** How many memos there are when the program is killed. */
const KILLS = [1, 14, 40];
/** More than one request takes. */
const MESSAGES = 60;
const LONG = "word ".repeat(1_000);

test("an import through kills saves each message once, in order, however often it is run again", async () => {
  await using world = await createCrashWorld();
  const [alice] = world.people("alice");
  await world.bind([alice]);
  const from = { from_id: `user${alice.person.id}` };
  const texts = Array.from({ length: MESSAGES }, (_, at) => `${at} ${LONG}`.trim());
  const messages = texts.map((text, at) => {
    const time = `2021-01-01T00:${String(at).padStart(2, "0")}:00`;
    const file = { file: "notes.txt", file_name: `${at}.txt`, mime_type: "text/plain" };
    return exportedMessage(at + 1, time, { ...from, text, ...file });
  });
  const chat = { type: "saved_messages", id: alice.person.id, messages };
  using source = writeExport(chat, { "notes.txt": "notes" });
  const importing = () => run(world.program.env, ["import", "telegram", source.folder]);
  // It lasts as long as it is killed in the middle of it.
  const slow = world.memos.fault({ match: { method: "POST" }, action: { delayMs: 20 } });
  await withLog(world, async () => {
    for (const saved of KILLS) {
      await world.program.start();
      const broken = importing();
      await until("some are saved", () => world.memos.memos().length >= saved);
      await world.kill();
      expect(await broken).toMatchObject({ code: 1 });
    }
    slow.clear();
    await world.program.start();
    expect(await importing()).toMatchObject({ code: 0 });
    const files = (at: number) => [{ bytes: Buffer.from("notes"), name: `${at}.txt`, type: "text/plain" }];
    expectMemos(
      world,
      alice.account.name,
      texts.map((content, at) => ({ content, files: files(at) })),
    );
    expect(await importing()).toMatchObject({ code: 0, out: expect.stringContaining("0 messages of these") });
  });
}, 120_000);
