import { beforeAll, describe, expect, test } from "bun:test";
import { binaryPath } from "../support/binary.ts";
import { changes, nameOf, type Point, watch } from "./points.ts";
import { finish, killAt, pointsOf, staged, startToDie, withLog } from "./runs.ts";
import { scenarios } from "./scenarios.ts";
import { forEach } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 120_000);

for (const scenario of scenarios) {
  describe(`killed around ${scenario.name}`, () => {
    test("makes the same memo when it is killed at any call and started again", async () => {
      const points = await pointsOf(scenario);
      console.log(`${scenario.name}: ${points.length} kill points`);
      if (process.env["CRASH_VERBOSE"]) console.log(points.map(nameOf).join("\n"));
      expect(points.length).toBeGreaterThan(8);
      await forEach(points, nameOf, async (point) => {
        const stage = await staged(scenario);
        await using world = stage.world;
        await withLog(world, async () => {
          await startToDie(world, killAt(world, point).dead);
          await world.program.start();
          await finish(scenario, stage, [point]);
        });
      });
    }, 120_000);

    test("makes the same memo when the call of a killed run is done only after the next run finished", async () => {
      const points = (await pointsOf(scenario)).filter((point) => point.phase === "before" && changes(point));
      console.log(`${scenario.name}: ${points.length} late calls`);
      expect(points.length).toBeGreaterThan(1);
      await forEach(points, nameOf, async (point) => {
        const stage = await staged(scenario);
        await using world = stage.world;
        await withLog(world, async () => {
          const release = Promise.withResolvers<void>();
          const { dead, done } = killAt(world, point, release.promise);
          await startToDie(world, dead);
          await world.program.start();
          await world.settled();
          release.resolve();
          await done;
          await finish(scenario, stage, [point]);
        });
      });
    }, 120_000);
  });
}

describe("killed twice in a row around an album", () => {
  const scenario = scenarios.find(({ name }) => name.startsWith("an album of three"));
  if (!scenario) throw new Error("there is no such scenario");

  test("makes the same memo when the first call after the restart kills it again", async () => {
    const points = await pointsOf(scenario);
    await forEach(points, nameOf, async (point) => {
      const stage = await staged(scenario);
      await using world = stage.world;
      await withLog(world, async () => {
        await startToDie(world, killAt(world, point).dead);
        let first: Point | undefined;
        const again = Promise.withResolvers<void>();
        const limit = setTimeout(() => again.reject(new Error("no call came after the restart")), 15_000);
        watch(world, async (now) => {
          if (now.phase !== point.phase || first) return "let through";
          first = now;
          clearTimeout(limit);
          await world.kill();
          again.resolve();
          return "lose";
        });
        await startToDie(world, again.promise);
        await world.program.start();
        await finish(scenario, stage, first ? [point, first] : [point]);
      });
    });
  }, 120_000);
});
