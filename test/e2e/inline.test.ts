import { expect, setDefaultTimeout, test } from "bun:test";
import { boundPerson, createWorld, settled, until } from "../support/app.ts";
import { writes } from "../support/notebook.ts";

setDefaultTimeout(60_000);

test("inline mode answers what was typed last, whatever an earlier letter still waits for", async () => {
  await using world = await createWorld({ telegram: { inline: true } });
  const { person } = await boundPerson(world, "alice");
  await writes(world, "alice", ["a cake"]);
  const slow = world.memos.fault({ match: { path: /\/memos$/ }, action: "hang", times: 1 });
  const first = person.asks("c");
  await until("Memos is asked", () => slow.hits > 0);
  const second = person.asks("ca");
  const { results } = await second.answer;
  expect(results.map(({ title }) => title)).toEqual(["a cake"]);
  await settled(world);
  expect(first.isAnswered).toBe(false);
});
