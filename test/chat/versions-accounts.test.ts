import { describe, expect, test } from "bun:test";
import { botTexts, boundPerson, memosSaved, rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";

const VERSIONS = ["0.22.5", "0.23.1", "0.24.4", "0.25.0", "0.25.3", "0.26.2", "0.27.1", "0.30.0"];

const isPaused = (world: ChatWorld) =>
  rows(world, "SELECT 1 FROM bindings WHERE state = 'paused'").length > 0;
const creates = (world: ChatWorld) =>
  world.memos.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/memos")).length;

for (const version of VERSIONS) {
  describe(`on Memos ${version}, an account that is`, () => {
    test("archived pauses its binding, and what waited, edits and replies too, is saved when it is back", async () => {
      await using world = await chatWorld({ memos: { version } });
      world.memos.addUser("admin");
      const { person, account } = await boundPerson(world);
      const first = person.say("before");
      await memosSaved(world, 1);
      const name = world.memos.memos()[0]?.name ?? "";
      world.memos.setUserState("alice", "ARCHIVED");
      person.edit(first.message_id, "before, edited");
      person.reply(first, "a reply");
      person.say("after");
      await world.eventually("paused", () => isPaused(world));
      await world.eventually("told", () => botTexts(world, person).length > 1);
      expect(botTexts(world, person).slice(1)).toEqual([
        expect.stringContaining("no longer accepts the access token"),
      ]);
      const asked = creates(world);
      world.memos.setUserState("alice", "NORMAL");
      person.say(`/bind ${account.token}`);
      await memosSaved(world, 2);
      expect(creates(world)).toBe(asked + 1);
      expect(world.memos.memos().map(({ content }) => content)).toEqual(["before, edited", "after"]);
      expect(world.memos.comments(name).map(({ content }) => content)).toEqual(["a reply"]);
    });

    test("deleted pauses its binding, once told, and is not asked for again and again", async () => {
      await using world = await chatWorld({ memos: { version } });
      world.memos.addUser("admin");
      const { person } = await boundPerson(world);
      await world.quiet();
      world.memos.deleteUser("alice");
      person.say("after");
      person.sendDocument({ fileName: "a.txt", bytes: Buffer.from("a"), caption: "a file" });
      await world.eventually("paused", () => isPaused(world));
      await world.eventually("told", () => botTexts(world, person).length > 0);
      expect(botTexts(world, person)).toEqual([
        expect.stringContaining("no longer accepts the access token"),
      ]);
      expect(creates(world)).toBeLessThan(5);
      expect(rows(world, "SELECT DISTINCT state, waiting_for FROM jobs WHERE queue = 'messages'")).toEqual([
        { state: "waiting", waiting_for: "binding" },
      ]);
    });
  });
}
