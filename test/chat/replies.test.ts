import { describe, expect, test } from "bun:test";
import { boundPerson, memosSaved, rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";

async function withMemo(version?: string) {
  const world = await chatWorld({ ...(version && { memos: { version } }) });
  const { person, account } = await boundPerson(world);
  const sent = person.say("a thought");
  await memosSaved(world, 1);
  const name = world.memos.memos()[0]?.name ?? "";
  return {
    world,
    person,
    account,
    sent,
    name,
    comments: () => world.memos.comments(name),
    /** The bot's messages in the chat, the newest last. */
    told: () => world.telegram.botMessages(person.id),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

async function commented(at: { world: ChatWorld; comments(): unknown[] }, count: number) {
  await at.world.settled();
  expect(at.comments()).toHaveLength(count);
}

describe("a reply", () => {
  test("to a saved message is a comment on its memo, and said to be one", async () => {
    await using at = await withMemo();
    at.person.reply(at.sent, "and another");
    await commented(at, 1);
    expect(at.comments()[0]?.content).toBe("and another");
    expect(at.world.memos.memos()).toHaveLength(1);
    expect(at.told().at(-1)?.text).toStartWith("Saved as a comment");
    expect(rows(at.world, "SELECT parent_name FROM links WHERE parent_name IS NOT NULL")).toHaveLength(2);
  });
});

describe("a comment is made once", () => {
  for (const action of ["drop-after", "comment-alone", "busy"] as const) {
    for (const version of ["0.30.0", "0.25.3"]) {
      test(`though its create ends in ${action} on ${version}`, async () => {
        await using at = await withMemo(version);
        at.world.memos.fault({ match: { method: "POST", path: /comments/, nth: 1 }, action });
        at.person.reply(at.sent, "once");
        await commented(at, 1);
        expect(at.comments().map(({ content }) => content)).toEqual(["once"]);
        expect(at.world.memos.memos()).toHaveLength(1);
      });
    }
  }

  for (const version of ["0.24.4", "0.22.5"]) {
    test(`though its answer is lost on ${version}, where ids are the server's`, async () => {
      await using at = await withMemo(version);
      at.world.memos.fault({ match: { method: "POST", path: /comments/, nth: 1 }, action: "drop-after" });
      at.person.reply(at.sent, "once");
      await commented(at, 1);
      expect(at.comments().map(({ content }) => content)).toEqual(["once"]);
    });
  }
});
