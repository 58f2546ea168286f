import { expect, setDefaultTimeout, test } from "bun:test";
import { botTexts, boundPerson, createWorld, passTime, rows, settled } from "../support/app.ts";

setDefaultTimeout(60_000);

test("a text that Memos does not get through is tried three times, and its sender told what to do", async () => {
  await using world = await createWorld({ rate: 60, memos: { version: "0.24.4" } });
  const { person } = await boundPerson(world);
  await settled(world);
  const stuck = world.memos.fault({
    match: { method: "POST", path: /\/memos$/ },
    times: 3,
    action: "hang",
  });
  person.say("[a](".repeat(100));
  await passTime(world, "told", () => botTexts(world, person).some((text) => text.includes("two minutes")));
  person.say("after it");
  await passTime(world, "the next", () => world.memos.memos().length === 1);
  await settled(world);
  expect(stuck.hits).toBe(3);
  expect(world.memos.memos().map(({ content }) => content)).toEqual(["after it"]);
  expect(rows(world, "SELECT reason FROM jobs WHERE state = 'dead'")).toEqual([{ reason: "slow_text" }]);
});
