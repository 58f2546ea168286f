import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { answersOf, bindAda, type Case, cases, expected, NEWEST, play, told } from "../support/corpus.ts";
import { notesInFake } from "../support/notes.ts";

setDefaultTimeout(30_000);

/** One for each version and folder: each case is a few messages more in the same chat. */
const worlds = new Map<string, Promise<{ world: ChatWorld; ada: Awaited<ReturnType<typeof bindAda>> }>>();

function worldOf({ name, version = NEWEST, alone = false }: Case) {
  const key = alone ? name : `${version} ${name.split("/")[0]}`;
  const world = worlds.get(key) ?? open(version);
  worlds.set(key, world);
  return world;
}

async function open(version: string) {
  const world = await chatWorld({ memos: { version } });
  return { world, ada: await bindAda(world, world.memos.addUser("alice").token) };
}

afterAll(async () => {
  for (const opened of worlds.values()) await (await opened).world[Symbol.asyncDispose]();
});

test("every sample is a case", () => {
  const samples = readdirSync(join(import.meta.dir, "../fixtures/telegram/updates"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.replace(/\.json$/, ""));
  const used = cases.flatMap(({ sample, then = [] }) => [
    sample ?? [],
    then.map((step) => ("sample" in step ? step.sample : [])),
  ]);
  expect(new Set(used.flat(2))).toEqual(new Set(samples));
});

test("no case is like another", () => {
  const titles = cases.map(({ name, title }) => `${name.split("/")[0]}: ${title}`);
  const twice = titles.filter((title, at) => titles.indexOf(title) !== at);
  expect(new Set(twice.map((title) => title.split(":")[0]))).toEqual(new Set(["nothing"]));
});

describe("the corpus", () => {
  for (const given of cases) {
    test(`${given.name}: ${given.title}`, async () => {
      const { world, ada } = await worldOf(given);
      const played = await play({ ...world, quiet: world.settled }, notesInFake(world.memos), ada, given);
      const made = played.memos.map((memo) => ({ ...told(memo), comments: memo.comments.map(told) }));
      expect(made).toEqual(expected(given, played));
      for (const { createTime } of played.memos) expect(played.times).toContain(createTime);
      const files = played.memos.flatMap((memo) => [memo, ...memo.comments]).flatMap((memo) => memo.files);
      // A vCard is written by us.
      const strange = files.filter(({ type, bytes }) => type !== "text/vcard" && !played.gave(bytes));
      expect(strange.map(({ name }) => name)).toEqual([]);
      expect(played.answers).toEqual(answersOf(given).map(played.fill));
      if (given.alerts) expect(played.alerts).toEqual(given.alerts);
    });
  }
});
