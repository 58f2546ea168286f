import { expect, test } from "bun:test";
import { storeWorld, update } from "../support/store.ts";

const HOUR_MS = 3_600_000;

test("what was saved is counted by the hours of the clock, and nothing else is", () => {
  using world = storeWorld();
  world.bind();
  const { jobs } = world.store;
  const byHour = () => jobs.savedByHour(3);
  const end = (outcome: "saved" | "handled") => {
    world.accept([update()]);
    const { lease, job } = world.lease();
    jobs.finish(lease, { outcome, ...(outcome === "saved" && { memo_name: `memos/m${job.id}` }) });
  };
  end("saved");
  world.clock.set(world.clock.now() + 2 * HOUR_MS - 1);
  end("saved");
  end("saved");
  end("handled");
  expect(byHour()).toEqual([0, 1, 2]);
  world.clock.set(world.clock.now() + 1);
  expect(byHour()).toEqual([1, 2, 0]);
});

test("how often somebody signed out is kept", () => {
  using world = storeWorld();
  const { signOuts } = world.store;
  expect(signOuts.count()).toBe(0);
  signOuts.add();
  signOuts.add();
  expect(world.reopen().signOuts.count()).toBe(2);
});
