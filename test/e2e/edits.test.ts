import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  boundPerson,
  createWorld,
  jobsAtWork,
  memosSaved,
  rows,
  settled,
  until,
  type World,
} from "../support/app.ts";

setDefaultTimeout(60_000);
const rate = 20;

async function withPerson() {
  const world = await createWorld({ rate });
  const { person, account } = await boundPerson(world);
  return {
    world,
    person,
    account,
    /** Waits until all is worked, then gives the only memo. */
    async memo() {
      await settled(world);
      const memos = world.memos.memos();
      expect(memos).toHaveLength(1);
      return memos[0] as (typeof memos)[number];
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const STORED_EDITS = "SELECT seq FROM updates WHERE kind = 'edited_message' AND payload IS NOT NULL";

const contentIs = (world: World, content: string) =>
  until(`a memo that says ${content}`, () => world.memos.memos().find((memo) => memo.content === content));

describe("an edit", () => {
  for (const first of ["the edit", "the tag"]) {
    test(`and a tag that come at the same moment, ${first} read first, are both in the memo`, async () => {
      await using at = await withPerson();
      const sent = at.person.say("one");
      await memosSaved(at.world, 1);
      await settled(at.world);
      const { person: bob } = await boundPerson(at.world, "bob");
      // Who comes first reads the memo, and is held until the other one reads it too, or waits for it: then others go on.
      const read = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      let reads = 0;
      at.world.memos.onRequest = async ({ method, path }, phase) => {
        if (phase !== "after" || method !== "GET" || !/\/memos\/\w+$/.test(path)) return;
        reads += 1;
        if (reads > 1) return goOn.resolve();
        read.resolve();
        await goOn.promise;
      };
      const edit = () => at.person.edit(sent.message_id, "two");
      const tag = () => at.person.say("/tag #home", { replyTo: sent.message_id });
      const [one, other] = first === "the edit" ? [edit, tag] : [tag, edit];
      one();
      await read.promise;
      other();
      await until("both at work", async () => (await jobsAtWork(at.world)) === 2);
      bob.say("beside it");
      await contentIs(at.world, "beside it");
      goOn.resolve();
      await contentIs(at.world, "two\n\n#home");
      await settled(at.world);
    });
  }

  test("of a message that was being saved as it was ends as it is now, though the first call comes to its end late", async () => {
    await using at = await withPerson();
    const { memos } = at.world;
    const creates: PromiseWithResolvers<void>[] = [];
    memos.onRequest = async ({ method, path }, phase) => {
      if (method !== "POST" || path !== "/api/v1/memos") return;
      if (phase === "after") return creates.at(-1)?.resolve();
      const first = creates[0];
      creates.push(Promise.withResolvers());
      // The first one goes on when the second is there, and before it.
      await (first ? release(first) : creates[0]?.promise);
    };
    const done = Promise.withResolvers<void>();
    async function release(first: PromiseWithResolvers<void>): Promise<void> {
      first.resolve();
      await until("the first create", () => memos.memos().length === 1);
      done.resolve();
    }
    const sent = at.person.say("first");
    await until("the create", () => creates.length === 1);
    at.person.edit(sent.message_id, "second");
    await until("stored", () => rows(at.world, STORED_EDITS).length === 1);
    await at.world.stopApp();
    await at.world.startApp();
    await done.promise;
    await contentIs(at.world, "second");
    await at.memo();
  });
});
