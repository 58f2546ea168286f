import { beforeAll, describe, expect, test } from "bun:test";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";
import { breakDisk, needsStrace } from "./broken-disk.ts";
import { expectMemos } from "./expected.ts";
import { createSmallDisk } from "./mounts.ts";
import { withLog } from "./runs.ts";
import { type CrashWorld, createCrashWorld } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

const probe = createSmallDisk(1);
probe?.[Symbol.dispose]();
if (!probe) console.log("skipped: full disks (this user may not mount a tmpfs)");

/** Two people bound, one memo saved. */
async function begun(world: CrashWorld) {
  const [alice, bob] = world.people("alice", "bob");
  if (!alice || !bob) throw new Error("nobody");
  await world.bind([alice, bob]);
  await world.program.start();
  alice.person.say("before");
  await world.settled();
  return { alice, bob };
}

/**
 * The disk fails right after Memos has made a memo, so that nobody can write that down, and more messages come.
 * Once it is well again all is saved, without a restart.
 */
async function throughTrouble(world: CrashWorld, fail: () => void | Promise<void>, mend: () => unknown) {
  const { alice, bob } = await begun(world);
  let failed = false;
  let isBroken = false;
  world.memos.onRequest = async ({ method, path }, phase) => {
    if (failed || phase !== "after" || method !== "POST" || !path.endsWith("/memos")) return;
    failed = true;
    await fail();
    isBroken = true;
  };
  alice.person.say("during");
  await until("the disk to fail", () => isBroken);
  const later = ["one", "two", "three"];
  for (const text of later) {
    alice.person.say(text);
    bob.person.say(text);
  }
  await until("it to be told", async () => (await fetch(`${world.program.url}/readyz`)).status === 503);
  expect((await fetch(`${world.program.url}/healthz`)).status).toBe(200);
  expect(world.telegram.pendingUpdates.length, "Telegram keeps them").toBeGreaterThan(0);
  await mend();
  await world.settled(150_000);
  const memos = (texts: string[]) => texts.map((content) => ({ content }));
  expectMemos(world, alice.account.name, memos(["before", "during", ...later]));
  expectMemos(world, bob.account.name, memos(later));
  expect(world.rows("SELECT sum(attempts) AS spent FROM jobs")).toEqual([{ spent: 0 }]);
  const answered = world.telegram.sent.map(({ message }) => message["reply_to_message"]);
  expect(new Set(answered.map((one) => JSON.stringify(one))).size).toBe(answered.length);
  await world.program.stop();
  expect(world.rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
}

describe.skipIf(!probe)("a full disk", () => {
  test.concurrent("takes no more messages, says so, and loses and doubles none", async () => {
    using disk = createSmallDisk(160);
    if (!disk) throw new Error("nothing was mounted");
    await using world = await createCrashWorld({ folder: disk.folder });
    await withLog(world, () => throughTrouble(world, disk.fill, disk.empty));
  }, 180_000);

  test("refuses a start in words that name it, and takes one when there is room", async () => {
    using disk = createSmallDisk(160);
    if (!disk) throw new Error("nothing was mounted");
    await using world = await createCrashWorld({ folder: disk.folder });
    const { alice } = await begun(world);
    await withLog(world, async () => {
      disk.fill();
      alice.person.say("during");
      await world.kill();
      const refused = await world.program.run();
      expect(refused.code).toBe(1);
      expect(refused.text + JSON.stringify(world.program.log.at(-1))).toMatch(/full|no space/i);
      disk.empty();
      await world.program.start();
      await world.settled();
      expectMemos(world, alice.account.name, [{ content: "before" }, { content: "during" }]);
    });
  }, 60_000);
});

describe.skipIf(needsStrace.skip)("a disk that turns", () => {
  for (const [how, error] of [
    ["read-only", "EROFS"],
    ["bad", "EIO"],
  ] as const) {
    test.concurrent(`${how} loses and doubles nothing, once it is well again`, async () => {
      await using world = await createCrashWorld();
      let mend: () => Promise<void> = async () => {};
      await withLog(world, () =>
        throughTrouble(
          world,
          async () => {
            mend = await breakDisk(world.program.pid, world.dataDir, error);
          },
          () => mend(),
        ),
      );
    }, 180_000);
  }
});
