import { beforeAll, describe, expect, test } from "bun:test";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";
import { runCampaign } from "./campaign.ts";
import { asDocument, expectMemos } from "./expected.ts";
import { createMachineClock, needsFaketime } from "./faketime.ts";
import { withLog } from "./runs.ts";
import { theSeed } from "./seeded.ts";
import { type CrashWorld, createCrashWorld } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

const DAY = 86_400;
/** As many as one likes: `npm run crash -- --clock`. */
const LIVES = 6;
/** Longer than a lease, and than any call is waited for. */
const STOPPED = 150;

async function twoPeople(world: CrashWorld) {
  const [alice, bob] = world.people("alice", "bob");
  await world.bind([alice, bob]);
  await world.program.start();
  return { alice, bob };
}

/** The program's log tells such a time: the clock is really set. */
const expectTold = ({ program }: CrashWorld, offSeconds: number) => {
  const off = program.log.map(({ time }) => (Date.parse(String(time)) - Date.now()) / 1000);
  expect(off.some((seconds) => Math.abs(seconds - offSeconds) < 100)).toBe(true);
};

const memos = (...contents: string[]) => contents.map((content) => ({ content }));

describe.skipIf(needsFaketime.skip)("a machine whose clock is set", () => {
  test(`a day ahead or back, or right again, at any moment of ${LIVES} lives, saves each message once`, async () => {
    using clock = createMachineClock("wall");
    const { messages } = await runCampaign({ kills: LIVES, seed: theSeed(), settleMs: 150_000, clock });
    expect(messages).toBe(2 * LIVES);
  }, 300_000);

  for (const [how, off] of [
    ["a day ahead", DAY],
    ["a day back", -DAY],
  ] as const) {
    test.concurrent(`${how} while a message is tried again holds up nobody, over a restart as well`, async () => {
      using clock = createMachineClock("wall");
      await using world = await createCrashWorld({ env: clock.env });
      const { alice, bob } = await twoPeople(world);
      await withLog(world, async () => {
        // Memos is there, but this does not work: it is tried again with growing pauses, each of which counts.
        const refused = world.memos.fault({
          match: { method: "POST", path: /memos$/ },
          action: { status: 500, body: { code: 13, message: "internal", details: [] } },
        });
        alice.person.say("one");
        await until(
          "a try that failed",
          () => world.rows("SELECT 1 FROM jobs WHERE attempts > 0").length > 0,
        );
        clock.set(off);
        refused.clear();
        alice.person.say("two");
        bob.person.say("beside it");
        await world.settled();
        expectMemos(world, alice.account.name, memos("one", "two"));
        expectMemos(world, bob.account.name, memos("beside it"));
        world.telegram.restartUpdateIds();
        alice.person.say("three");
        await world.settled();
        await world.kill();
        clock.set(0);
        alice.person.say("four");
        await world.program.start();
        await world.settled();
        expectMemos(world, alice.account.name, memos("one", "two", "three", "four"));
        expectTold(world, off);
      });
    }, 300_000);
  }
});

describe.skipIf(needsFaketime.skip)(
  "a process that stood still (SIGSTOP) for longer than a lease, by its clock",
  () => {
    for (const [what, match] of [
      ["a memo was made", { method: "POST", path: /memos$/ }],
      ["a file was uploaded", { method: "POST", path: /attachments$/ }],
    ] as const) {
      test.concurrent(`while ${what} does it once, and its chat goes on`, async () => {
        using clock = createMachineClock("all");
        await using world = await createCrashWorld({ env: clock.env });
        const { alice, bob } = await twoPeople(world);
        await withLog(world, async () => {
          const slow = world.memos.fault({ match, times: 1, action: { delayMs: 300 } });
          const file = { bytes: Buffer.from("bytes"), name: "a.txt", type: "text/plain" };
          alice.person.sendDocument({ ...asDocument(file), caption: "stopped" });
          await until("the call", () => slow.hits > 0);
          world.program.signal("SIGSTOP");
          alice.person.say("after it");
          bob.person.say("beside it");
          clock.set(STOPPED);
          world.program.signal("SIGCONT");
          await world.settled();
          expectMemos(world, alice.account.name, [
            { content: "stopped", files: [file] },
            ...memos("after it"),
          ]);
          expectMemos(world, bob.account.name, memos("beside it"));
          expect(world.rows("SELECT sum(attempts) AS spent FROM jobs")).toEqual([{ spent: 0 }]);
          const told = world.telegram.sent.filter(({ chatId }) => chatId === alice.person.chatId);
          expect(told).toHaveLength(2);
          expectTold(world, STOPPED);
        });
      }, 300_000);
    }
  },
);
