import { beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";
import { breakDisk, needsStrace } from "./broken-disk.ts";
import { expectMemos } from "./expected.ts";
import { createLossyDisk, createSmallDisk } from "./mounts.ts";
import { withLog } from "./runs.ts";
import { type CrashWorld, createCrashWorld } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

const probe = createSmallDisk(1);
probe?.[Symbol.dispose]();
if (!probe) console.log("skipped: full disks (this user may not mount a tmpfs)");

describe("a data folder that vanishes while the program runs", () => {
  for (const webhook of [false, true]) {
    test.concurrent(`takes nothing more and says so, ${webhook ? "by a webhook" : "polling"}`, async () => {
      await using world = await createCrashWorld({ webhook });
      const { alice, bob } = await begun(world);
      await withLog(world, async () => {
        rmSync(world.dataDir, { recursive: true });
        for (const { person } of [alice, bob, alice, bob]) person.say("lost?");
        const not_ready = async () => {
          const answer = await fetch(`${world.program.url}/readyz`);
          return `${answer.status} ${await answer.text()}`;
        };
        await until("it to be told", async () => (await not_ready()).includes("was removed or replaced"));
        expect(await not_ready()).toStartWith("503");
        await until("it to be in the log", () =>
          world.program.log.some(({ part, level }) => part === "store" && level === "error"),
        );
        expect(world.telegram.pendingUpdates).toHaveLength(4);
        expectMemos(world, alice.account.name, [{ content: "before" }]);
        await world.program.stop();
      });
    }, 60_000);
  }
});

const lossy = createLossyDisk(160);
lossy?.[Symbol.dispose]();
if (!lossy) console.log("skipped: disks that lose what was written (this user may not mount a file)");

/** Two people bound, one memo saved. */
async function begun(world: CrashWorld) {
  const [alice, bob] = world.people("alice", "bob");
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
      await world.program.stop();
      disk.fill();
      alice.person.say("during");
      const refused = await world.program.run();
      expect(refused.code).toBe(1);
      expect(refused.text + JSON.stringify(world.program.log.at(-1))).toContain("make room, at least 96 MiB");
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

describe.skipIf(!lossy)("a disk that loses writes for a moment, as Linux does after it said so once", () => {
  for (const [how, restarts] of [
    ["by the process that was told", false],
    ["by one that is started instead", true],
  ] as const) {
    test.concurrent(`loses nothing that was confirmed after it ${how}`, async () => {
      using disk = createLossyDisk(160);
      if (!disk) throw new Error("nothing was mounted");
      await using world = await createCrashWorld({ folder: disk.folder });
      const { telegram, program, memos } = world;
      const [alice] = world.people("alice");
      await world.bind([alice]);
      // What waits for Memos is on this disk and nowhere else.
      await memos.stop();
      const said: string[] = [];
      const sayMore = (count: number) => {
        for (let nth = 0; nth < count; nth += 1) {
          said.push(`${said.length} ${"x".repeat(2_000)}`);
          alice.person.say(said.at(-1) ?? "");
          telegram.advance(1_000);
        }
      };
      const taken = () => until("it to be taken", () => telegram.pendingUpdates.length === 0, 60_000);
      const store = async () => {
        const { parts } = (await (await fetch(`${program.url}/readyz`)).json()) as {
          parts: { store: { ready: boolean; detail?: string } };
        };
        return parts.store;
      };
      await withLog(world, async () => {
        await program.start();
        sayMore(20);
        await taken();
        disk.fail();
        sayMore(20);
        await until("it to be told", async () => !(await store()).ready);
        expect((await store()).detail).toContain("nothing is taken until what it holds is in a new file");
        disk.mend();
        if (restarts) await program.restart();
        await taken();
        await until("it to be well again", async () => (await store()).ready, 60_000);
        for (let round = 0; round < 5; round += 1) {
          sayMore(4);
          await taken();
        }
        await world.kill();
        disk.remount();
        expect(world.rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
        expect(world.rows("SELECT count(*) AS rows FROM updates")).toEqual([{ rows: said.length }]);
        await memos.start();
        await program.start();
        await world.settled(150_000);
        expectMemos(
          world,
          alice.account.name,
          said.map((content) => ({ content })),
        );
      });
    }, 240_000);
  }
});
