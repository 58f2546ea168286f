import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { startFakeMemos } from "../fakes/memos.ts";
import { binaryPath } from "../support/binary.ts";
import { killSet } from "../support/kill-set.ts";
import { notesInFake } from "../support/notes.ts";
import { WHOLE } from "../support/whole.ts";
import { changes, nameOf, type Point, watch } from "./points.ts";
import { finish, killAt, pointsOf, staged, startToDie, withLog } from "./runs.ts";
import { laterScenarios, onOldMemos, type Scenario, scenarioNamed, scenarios } from "./scenarios.ts";
import { oneInEach, theSeed } from "./seeded.ts";
import { forEach } from "./world.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

/** All of them run side by side: most of their time they wait. */
setDefaultTimeout(600_000);

/** One of so many in a row, chosen by a seed; all of them with `npm run crash -- --whole`. */
const seed = theSeed();
const oneOf = (count: number, points: readonly Point[]) => (WHOLE ? points : oneInEach(points, count, seed));

async function killedAt(scenario: Scenario, points: readonly Point[]): Promise<void> {
  console.log(`${scenario.name}: ${points.length} kill points`);
  if (process.env["CRASH_VERBOSE"]) console.log(points.map(nameOf).join("\n"));
  await forEach(points, nameOf, async (point) => {
    const stage = await staged(scenario);
    await using world = stage.world;
    await withLog(world, async () => {
      await startToDie(world, killAt(world, point).dead);
      await world.program.start();
      await finish(scenario, stage, [point]);
    });
  });
}

async function doneLate(scenario: Scenario, late: readonly Point[]): Promise<void> {
  console.log(`${scenario.name}: ${late.length} late calls`);
  expect(late.length).toBeGreaterThan(0);
  await forEach(late, nameOf, async (point) => {
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
}

describe.concurrent("killed at any call and started again", () => {
  for (const scenario of [...scenarios, ...laterScenarios, ...onOldMemos]) {
    test(`around ${scenario.name}, it comes to the same`, async () => {
      const points = await pointsOf(scenario);
      expect(points.length).toBeGreaterThan(8);
      await killedAt(scenario, oneOf(8, points));
    });
  }
});

describe.concurrent("killed at a call that is done only after the next run finished", () => {
  // On a Memos that chooses the ids itself, this is one of the windows that docs/promises.md names.
  for (const scenario of [...scenarios, ...laterScenarios]) {
    test(`around ${scenario.name}, it makes the same memo`, async () => {
      const points = await pointsOf(scenario);
      const late = points.filter((point) => point.phase === "before" && changes(point));
      await doneLate(scenario, oneOf(5, late));
    });
  }
});

test.concurrent("killed twice in a row around an album, at a call and at the first one after the restart, it makes the same memo", async () => {
  const scenario = scenarioNamed("an album of three photos with captions on two");
  const points = await pointsOf(scenario);
  await forEach(oneOf(12, points), nameOf, async (point) => {
    const stage = await staged(scenario);
    await using world = stage.world;
    await withLog(world, async () => {
      await startToDie(world, killAt(world, point).dead);
      let first: Point | undefined;
      const again = Promise.withResolvers<void>();
      const limit = setTimeout(() => again.reject(new Error("no call came after the restart")), 60_000);
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
});

/** On the stand-in of each family of versions; test/conformance does the same on real servers. */
for (const version of ["0.22.5", "0.23.1", "0.24.4", "0.25.0", "0.25.3", "0.30.0"]) {
  describe(`on Memos ${version}`, () => {
    killSet(async () => {
      const memos = await startFakeMemos({ version });
      const { token } = memos.addUser("alice");
      return { url: memos.url, token, notes: notesInFake(memos), close: () => memos.stop() };
    });
  });
}
