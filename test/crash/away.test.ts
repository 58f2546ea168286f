import { beforeAll, describe, expect, test } from "bun:test";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";
import { finish, staged, withLog } from "./runs.ts";
import { scenarioNamed } from "./scenarios.ts";

beforeAll(async () => {
  await binaryPath();
}, 300_000);

describe.concurrent("a start while the others are away", () => {
  const scenario = scenarioNamed("a photo with caption");

  const absences = [
    { who: "Memos", away: ["memos"] },
    { who: "Telegram", away: ["telegram"] },
    { who: "both", away: ["telegram", "memos"] },
  ];
  for (const { who, away } of absences) {
    test(`stays up with ${who} away, says so, and goes on when they come`, async () => {
      const stage = await staged(scenario);
      await using world = stage.world;
      const { telegram, memos, program } = world;
      const ready = () => fetch(`${program.url}/readyz`);
      const absent = async () => {
        const answer = await ready();
        const { not_ready = [] } = (await answer.json()) as { not_ready?: string[] };
        return { status: answer.status, not_ready };
      };
      await withLog(world, async () => {
        if (away.includes("telegram")) await telegram.stop();
        if (away.includes("memos")) await memos.stop();
        await program.start();
        await until("what is away to be found out", async () => {
          const now = await absent();
          return now.status === 503 && now.not_ready.join() === away.join();
        });
        expect((await fetch(`${program.url}/healthz`)).status).toBe(200);
        expect(memos.memos()).toEqual([]);
        if (away.includes("telegram")) await telegram.start();
        if (away.includes("memos")) await memos.start();
        await until("all to be ready", async () => (await ready()).status === 200, 20_000);
        await finish(scenario, stage, []);
      });
    }, 60_000);
  }

  test("is ready as soon as Telegram answered, though nothing waits there", async () => {
    const stage = await staged(scenario);
    await using world = stage.world;
    const { program } = world;
    await withLog(world, async () => {
      await program.start();
      await world.settled();
      await program.stop();
      await program.start();
      // A poll that waits for updates would be answered after 50 seconds only.
      await until(
        "all to be ready",
        async () => (await fetch(`${program.url}/readyz`)).status === 200,
        10_000,
      );
      await finish(scenario, stage, []);
    });
  }, 60_000);
});
