import { beforeAll, describe, expect, test } from "bun:test";
import { binaryPath } from "../support/binary.ts";
import { WHOLE } from "../support/whole.ts";
import { nameOf, sameCall, watch } from "./points.ts";
import { finish, pointsOf, staged, withLog } from "./runs.ts";
import { scenarioNamed } from "./scenarios.ts";
import { oneInEach, theSeed } from "./seeded.ts";
import { type CrashWorld, forEach } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

/** What was at work is done with its memo, or waits as if nothing had begun; nothing stands in between. */
function expectNothingHalfDone(world: CrashWorld): void {
  const jobs = world.rows<{ state: string; memo_name: string | null }>("SELECT state, memo_name FROM jobs");
  expect(jobs.filter(({ state }) => state !== "waiting" && state !== "done")).toEqual([]);
  const saved = jobs.flatMap(({ memo_name }) => memo_name ?? []);
  expect(world.memos.memos().map(({ name }) => name)).toEqual(saved);
  expect(world.rows("SELECT 1 FROM outbox WHERE state = 'sending'")).toEqual([]);
  expect(world.rows("SELECT 1 FROM facts WHERE name = 'unclean'")).toEqual([]);
}

describe.concurrent("SIGTERM", () => {
  test("ends it with 0 and nothing half-done, at whichever call of a text it comes; the next start goes on", async () => {
    const text = scenarioNamed("a text");
    const points = await pointsOf(text);
    const some = WHOLE ? points : oneInEach(points, 4, theSeed());
    await forEach(some, nameOf, async (point) => {
      const stage = await staged(text);
      await using world = stage.world;
      await withLog(world, async () => {
        const stopped = Promise.withResolvers<void>();
        let struck = false;
        watch(world, (now) => {
          if (struck || !sameCall(now, point)) return "let through";
          struck = true;
          // The call is answered while the program stops.
          world.program.stop().then(stopped.resolve, stopped.reject);
          return "let through";
        });
        await world.program.start();
        await stopped.promise;
        expectNothingHalfDone(world);
        await world.program.start();
        await finish(text, stage, []);
      });
    });
  }, 300_000);

  test("ends it with 0 in time also while a call is never answered; the next start goes on", async () => {
    const hanging = [
      { at: "createMemo", scenario: "a text", uncertain: false },
      { at: "sendMessage", scenario: "a text", uncertain: true },
      { at: "upload", scenario: "a photo with caption", uncertain: false },
      { at: "download", scenario: "a photo with caption", uncertain: false },
    ];
    await forEach(
      hanging,
      ({ at }) => at,
      async ({ at, scenario: name, uncertain }) => {
        const stage = await staged(scenarioNamed(name));
        await using world = stage.world;
        const { telegram, memos, program } = world;
        if (at === "createMemo")
          memos.fault({ match: { method: "POST", path: /\/memos$/ }, times: 1, action: "hang" });
        if (at === "upload")
          memos.fault({ match: { method: "POST", path: /\/attachments$/ }, times: 1, action: "hang" });
        if (at === "sendMessage") telegram.fault({ match: { method: "sendMessage" }, action: "hang" });
        if (at === "download") telegram.fault({ match: { method: "file" }, action: "hang" });
        const called = Promise.withResolvers<void>();
        watch(world, ({ label, phase }) => {
          const hit =
            (at === "createMemo" && label.endsWith("POST /api/v1/memos")) ||
            (at === "upload" && label.endsWith("POST /api/v1/attachments")) ||
            (at === "sendMessage" && label.endsWith("sendMessage")) ||
            (at === "download" && label.endsWith("telegram file"));
          if (hit && phase === "before") called.resolve();
          return "let through";
        });
        await withLog(world, async () => {
          await program.start();
          await called.promise;
          await program.stop();
          if (!uncertain) expectNothingHalfDone(world);
          await program.start();
          const call = { label: "telegram sendMessage", nth: 1, phase: "before" } as const;
          await finish(scenarioNamed(name), stage, uncertain ? [call] : []);
        });
      },
    );
  }, 60_000);

  test("that comes right after the process began ends it with 0", async () => {
    const stage = await staged(scenarioNamed("a text"));
    await using world = stage.world;
    await withLog(world, async () => {
      await world.program.start();
      await world.program.stop();
      await world.program.start();
      await finish(scenarioNamed("a text"), stage, []);
    });
  }, 30_000);
});
