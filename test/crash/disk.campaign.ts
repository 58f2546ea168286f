import { beforeAll, describe, expect, test } from "bun:test";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";
import { createSmallDisk } from "./mounts.ts";
import { withLog } from "./runs.ts";
import { expectMemos } from "./scenarios.ts";
import { type CrashWorld, createCrashWorld } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 120_000);

const mayMount = createSmallDisk(1);
mayMount?.[Symbol.dispose]();
if (!mayMount) console.log("skipped: full disks (this user may not mount a tmpfs)");

const notReady = async ({ program }: CrashWorld) => {
  const answer = await fetch(`${program.url}/readyz`);
  return ((await answer.json()) as { not_ready?: string[] }).not_ready ?? [];
};

describe.skipIf(!mayMount)("a disk that is full", () => {
  test("while a memo is made and more messages come: told, nothing lost, nothing doubled, no restart", async () => {
    using disk = createSmallDisk(160);
    if (!disk) throw new Error("nothing was mounted");
    await using world = await createCrashWorld({ folder: disk.folder });
    const people = world.people("alice", "bob");
    const [alice, bob] = people;
    if (!alice || !bob) throw new Error("nobody");
    await world.bind(people);
    await withLog(world, async () => {
      await world.program.start();
      alice.person.say("before");
      await world.settled();
      let full = false;
      world.memos.onRequest = ({ method, path }, phase) => {
        if (full || phase !== "after" || method !== "POST" || !path.endsWith("/memos")) return;
        // Memos has it, and no room is left to write that down.
        disk.fill();
        full = true;
      };
      const t0 = performance.now();
      alice.person.say("during");
      await until("it", () => full);
      const later = Array.from({ length: 5 }, (_, at) => `later ${at}`);
      for (const text of later) {
        alice.person.say(text);
        bob.person.say(text);
      }
      await until("it to be told", async () => (await notReady(world)).length > 0, 20_000);
      console.log("told", await notReady(world), performance.now() - t0);
      expect((await fetch(`${world.program.url}/healthz`)).status).toBe(200);
      expect(world.telegram.pendingUpdates.length).toBeGreaterThan(0);
      disk.empty();
      await world.settled(120_000);
      console.log("settled", performance.now() - t0);
      const memos = (texts: string[]) => texts.map((content) => ({ content, files: [] }));
      expectMemos(world, alice.account.name, memos(["before", "during", ...later]));
      expectMemos(world, bob.account.name, memos(later));
      const { jobs } = await world.api("/api/v1/status");
      expect(jobs).toMatchObject({ waiting: 0, working: 0, dead: 0 });
      console.log(world.rows("select attempts, count(*) from jobs group by 1"));
      await world.program.stop();
    });
    console.log(
      world.program.log
        .filter(({ level }) => level !== "info" && level !== "debug")
        .map((l) => JSON.stringify(l))
        .join("\n"),
    );
  }, 150_000);
});
