import { describe, expect, test } from "bun:test";
import { botTexts, memosSaved, rows } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { inGroup } from "../support/in-group.ts";

const BOT = "@memoferry_test_bot";

const contents = (memos: { content: string }[]) => memos.map(({ content }) => content);
describe("/save as a reply", () => {
  test("that is waiting survives a restart and Memos being away", async () => {
    await using at = await inGroup();
    await at.world.memos.stop();
    const said = at.group.as(at.eve).say("kept");
    at.group.as(at.alice).reply(said, "/save");
    await at.world.quiet();
    at.group.as(at.bob).say("/save beside it");
    await at.world.restart(at.world.memos.start);
    await at.world.settled();
    expect(at.of("alice")[0]?.content).toEndWith("\n\nkept");
    expect(contents(at.of("bob"))).toEqual(["beside it"]);
  });
});

describe("two people in one group", () => {
  test("never see or change each other's memos", async () => {
    await using at = await inGroup({ privacy: false });
    const said = at.group.as(at.bob).say("a shared thought");
    at.group.as(at.alice).reply(said, "/save hers");
    await memosSaved(at.world, 1);
    at.group.as(at.bob).reply(said, "/save his");
    await memosSaved(at.world, 2);
    at.group.as(at.bob).edit(said.message_id, "changed by bob");
    await at.world.until("his follows", () => at.of("bob")[0]?.content.endsWith("changed by bob"));
    at.group.as(at.bob).reply(said, "/tag #bob");
    await at.world.until("his is tagged", () => at.of("bob")[0]?.content.endsWith("#bob"));
    expect(at.of("alice")[0]?.content).toEndWith("a shared thought");
    expect(rows(at.world, "SELECT 1 FROM jobs WHERE state = 'dead'")).toEqual([]);
    for (const text of at.told()) expect(text).not.toContain("thought");
  });
});

describe("what could not be saved in a group", () => {
  const refuse = (world: ChatWorld) =>
    world.memos.fault({
      match: { method: "POST", path: /\/memos$/ },
      action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
    });

  test("is tried again by the button there, also where the private chat is closed to the bot", async () => {
    await using at = await inGroup();
    at.alice.block();
    const refused = refuse(at.world);
    at.group.as(at.alice).say("/save words");
    await at.world.until("told", () => at.told().length === 1);
    expect(refused.hits).toBe(1);
    at.world.memos.clearFaults();
    at.group.as(at.alice).press(at.lastId(), "Retry");
    expect(contents(await memosSaved(at.world, 1))).toEqual(["words"]);
  });
});

/** What Telegram holds for the bot, to be delivered again in another order. */
async function takePending({ telegram }: ChatWorld): Promise<object[]> {
  const pending = telegram.pendingUpdates.map(({ kind, payload }) => ({ [kind]: payload }));
  const last = telegram.pendingUpdates.at(-1)?.update_id ?? 0;
  await fetch(`${telegram.url}/bot${telegram.token}/getUpdates?offset=${last + 1}`);
  expect(telegram.pendingUpdates).toEqual([]);
  return pending;
}

describe("a group that becomes a supergroup", () => {
  for (const order of ["the new chat first", "the old chat first", "twice"]) {
    test(`goes on with its links and confirmations: told by ${order}`, async () => {
      await using at = await inGroup({ type: "group", privacy: false });
      const said = at.group.as(at.alice).say("/save a thought");
      await memosSaved(at.world, 1);
      const confirmation = at.shown()[0];
      const next = at.group.migrate(at.eve);
      const service = await takePending(at.world);
      const told = order === "twice" ? [...service, ...service] : service;
      if (order === "the new chat first") told.reverse();
      at.world.telegram.deliver(told);
      await at.world.quiet();
      const name = at.of("alice")[0]?.name ?? "";

      // A message of the new chat that happens to have the id of the old one has nothing to do with it.
      next.as(at.eve).send({ text: "unrelated" }, { extra: { message_id: said.message_id } });
      next.as(at.alice).reply(said.message_id, `${BOT} on its own`);
      await memosSaved(at.world, 2);
      expect(at.world.memos.comments(name)).toEqual([]);
      next.as(at.alice).reply(said.message_id, `/public${BOT}`);
      await at.world.until("nothing is there", () => botTexts(at.world, next).at(-1)?.includes("no memo"));

      // The old confirmation, however Telegram shows it in the new chat.
      for (const [index, chat] of [at.group.chat, next.chat].entries()) {
        const shown = { ...confirmation, chat, reply_to_message: undefined };
        next
          .as(at.alice)
          .say(`comment ${index}`, { extra: { reply_to_message: JSON.parse(JSON.stringify(shown)) } });
        await at.world.until("its comment", () => at.world.memos.comments(name).length === index + 1);
      }
      await at.world.quiet();
      expect(contents(at.world.memos.comments(name))).toEqual(["comment 0", "comment 1"]);
      expect(at.of("alice").find((memo) => memo.name === name)?.visibility).toBe("PRIVATE");
    });
  }

  test("keeps what waits, in its order, and tells of it in the new chat", async () => {
    await using at = await inGroup({ type: "group", privacy: false });
    const waiting = () =>
      rows<{ lane: number; began: boolean }>(
        at.world,
        `SELECT chats.chat_id AS lane, began_at IS NOT NULL AS began FROM jobs JOIN chats ON chats.id = lane % (1 << 26)
           WHERE queue = 'messages' AND state = 'waiting' ORDER BY jobs.id`,
      );
    at.world.memos.fault({
      match: { method: "POST", path: /^\/api\/v1\/memos$/, nth: 1 },
      action: { status: 500, body: { code: 13, message: "busy", details: [] } },
    });
    at.group.as(at.alice).say("/save before");
    await at.world.until("it waits, begun", () => waiting()[0]?.began);
    await at.world.memos.stop();
    const next = at.group.migrate(at.eve);
    next.as(at.alice).say("/save after");
    await at.world.quiet();
    expect(waiting().map(({ lane }) => lane)).toEqual([next.id, next.id]);
    await at.world.memos.start();
    await at.world.settled();
    expect(contents(at.of("alice"))).toEqual(["before", "after"]);
    expect(botTexts(at.world, next)).toEqual(["Saved as PRIVATE · open", "Saved as PRIVATE · open"]);
  });

  test("has its old messages captured by nobody's request in the new chat", async () => {
    await using at = await inGroup({ type: "group", privacy: false });
    const said = at.group.as(at.eve).say("old");
    at.group.as(at.alice).reply(said, "/save");
    await memosSaved(at.world, 1);
    const next = at.group.migrate(at.eve);
    const same = next.as(at.eve).send({ text: "new" }, { extra: { message_id: said.message_id } });
    next.as(at.alice).reply(same.message_id, "/save");
    await memosSaved(at.world, 2);
    expect(contents(at.of("alice")).map((text) => text.split("\n\n").at(-1))).toEqual(["old", "new"]);
  });
});
