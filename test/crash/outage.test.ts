import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";
import { WHOLE } from "../support/whole.ts";
import { expectMemos } from "./expected.ts";
import { createMachineClock, needsFaketime } from "./faketime.ts";
import { withLog } from "./runs.ts";
import { createCrashWorld } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

const CHATS = WHOLE ? 10 : 4;
const MESSAGES = WHOLE ? 2_000 : 400;
const STEPS = 20;
const HOUR = 3_600;
/** Bounds with room for a busy machine: what keeps each message that waits in memory breaks them. */
const RSS_MORE = 1.3;
const RSS_MORE_MB = 20;

/** Megabytes of memory that a process has. */
const memoryOf = (pid: number) =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1000;

describe.skipIf(needsFaketime.skip)("Memos away for an hour, by the executable's clock", () => {
  test(`${MESSAGES} messages wait on disk, not in memory; one probe at a time asks, and all are saved after`, async () => {
    using clock = createMachineClock("all");
    await using world = await createCrashWorld({ env: { ...clock.env, LOG_LEVEL: "info" } });
    const { memos, telegram, program } = world;
    const people = world.people(...Array.from({ length: CHATS }, (_, at) => `person${at}`));
    await world.bind(people);
    // Telegram takes one mark a second in a chat.
    world.change("UPDATE bindings SET confirmation = 'off'");
    const said = people.map(() => [] as { content: string }[]);
    const say = (from: number, count: number) => {
      for (let nth = from; nth < from + count; nth += 1) {
        const text = `message ${nth}`;
        people[nth % CHATS]?.person.say(text);
        said[nth % CHATS]?.push({ content: text });
      }
    };
    await withLog(world, async () => {
      await program.start();
      say(0, 200);
      await world.settled();
      const before = memoryOf(program.pid);
      const asked = memos.requests.length;
      const away = memos.fault({ match: {}, action: "drop-before" });
      let highest = 0;
      for (let step = 0; step < STEPS; step += 1) {
        say(200 + (step * MESSAGES) / STEPS, MESSAGES / STEPS);
        await until("all of them to be taken", () => telegram.pendingUpdates.length === 0);
        clock.set(((step + 1) * HOUR) / STEPS);
        highest = Math.max(highest, memoryOf(program.pid));
      }
      const waiting = "SELECT count(*) AS count FROM jobs WHERE state = 'waiting'";
      await until("all to wait", () => world.rows<{ count: number }>(waiting)[0]?.count === MESSAGES);
      expect(memos.requests.length - asked).toBeLessThan(HOUR / 15 + 20);
      expect(highest).toBeLessThan(before * RSS_MORE + RSS_MORE_MB);
      away.clear();
      await world.settled(150_000);
      for (const [at, { account }] of people.entries()) expectMemos(world, account.name, said[at] ?? []);
      expect(memoryOf(program.pid)).toBeLessThan(before * RSS_MORE + RSS_MORE_MB);
      expect(world.rows("SELECT 1 FROM jobs WHERE attempts > 0")).toEqual([]);
      const notices = telegram.sent.filter(({ message }) =>
        /when Memos is back/i.test(String(message["text"])),
      );
      expect(new Set(notices.map(({ chatId }) => chatId)).size).toBe(CHATS);
      expect(notices).toHaveLength(CHATS);
      console.log(`memory: ${before.toFixed(0)} MB before, ${highest.toFixed(0)} MB in the outage`);
    });
  }, 240_000);
});
