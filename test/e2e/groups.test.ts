import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { GroupOptions } from "../fakes/telegram/people-types.ts";
import {
  api,
  botTexts,
  boundPerson,
  createWorld,
  memosSaved,
  rows,
  settled,
  until,
  type World,
  type WorldOptions,
} from "../support/app.ts";

setDefaultTimeout(20_000);
const rate = 20;
const BOT = "@memoferry_test_bot";

/** Alice and Bob, each with an account, and Eve, who has none, in one group. */
async function inGroup(group: GroupOptions = {}, options: WorldOptions = {}) {
  const world = await createWorld({ rate, ...options });
  const { person: alice, account } = await boundPerson(world, "alice");
  const { person: bob } = await boundPerson(world, "bob");
  const eve = world.telegram.user({ first_name: "Eve" });
  const chat = world.telegram.group({ type: "supergroup", title: "Trip", ...group });
  return {
    world,
    alice,
    account,
    bob,
    eve,
    group: chat,
    of: (name: string) => world.memos.memos().filter(({ creator }) => creator === `users/${name}`),
    told: () => botTexts(world, chat),
    shown: () => world.telegram.botMessages(chat.id),
    lastId: () => world.telegram.botMessages(chat.id).at(-1)?.message_id ?? 0,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const contents = (memos: { content: string }[]) => memos.map(({ content }) => content);
describe("/save as a reply", () => {
  test("that is waiting survives a restart and Memos being away", async () => {
    await using at = await inGroup();
    await at.world.memos.stop();
    const said = at.group.as(at.eve).say("kept");
    at.group.as(at.alice).reply(said, "/save");
    await until("stored", () => rows(at.world, "SELECT 1 FROM jobs WHERE kind = 'capture'").length === 1);
    at.group.as(at.bob).say("/save beside it");
    await at.world.stopApp();
    await at.world.memos.start();
    await at.world.startApp();
    await memosSaved(at.world, 2);
    await settled(at.world);
    expect(at.of("alice")[0]?.content).toEndWith("\n\nkept");
    expect(contents(at.of("bob"))).toEqual(["beside it"]);
  });
});

describe("commands in a group", () => {
  test("are offered in each language: /save and /help", async () => {
    await using at = await inGroup();
    const set = () =>
      at.world.telegram.requests
        .filter(({ method }) => method === "setMyCommands")
        .map(({ params }) => params)
        .filter(({ scope }) => JSON.stringify(scope ?? "").includes("all_group_chats"));
    await until("all are set", () => set().length === 5);
    expect(set().map((params) => params["language_code"])).toEqual([undefined, "de", "ru", "zh", "es"]);
    for (const { commands } of set()) {
      const list: { command: string }[] = JSON.parse(String(commands));
      expect(list.map(({ command }) => command)).toEqual(["save", "help"]);
    }
  });
});

describe("two people in one group", () => {
  test("never see or change each other's memos", async () => {
    await using at = await inGroup({ privacy: false });
    const said = at.group.as(at.bob).say("a shared thought");
    at.group.as(at.alice).reply(said, "/save hers");
    await memosSaved(at.world, 1);
    await settled(at.world);
    at.group.as(at.bob).reply(said, "/save his");
    await memosSaved(at.world, 2);
    await settled(at.world);
    at.group.as(at.bob).edit(said.message_id, "changed by bob");
    await until("his follows", () => at.of("bob")[0]?.content.endsWith("changed by bob"));
    at.group.as(at.bob).reply(said, "/tag #bob");
    await until("his is tagged", () => at.of("bob")[0]?.content.endsWith("#bob"));
    await settled(at.world);
    expect(at.of("alice")[0]?.content).toEndWith("a shared thought");
    expect((await api(at.world, "GET", "/api/v1/status")).body["jobs"]).toMatchObject({ dead: 0 });
    for (const text of at.told()) expect(text).not.toContain("thought");
  });
});

describe("what could not be saved in a group", () => {
  const refuse = (world: World) =>
    world.memos.fault({
      match: { method: "POST", path: /\/memos$/ },
      action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
    });

  test("is tried again by the button there, also where the private chat is closed to the bot", async () => {
    await using at = await inGroup();
    at.alice.block();
    const refused = refuse(at.world);
    at.group.as(at.alice).say("/save words");
    await until("told", () => at.told().length === 1);
    await settled(at.world);
    expect(refused.hits).toBe(1);
    at.world.memos.clearFaults();
    at.group.as(at.alice).press(at.lastId(), "Retry");
    expect(contents(await memosSaved(at.world, 1))).toEqual(["words"]);
  });
});

/** What Telegram holds for the bot, to be delivered again in another order. */
async function takePending({ telegram }: World): Promise<object[]> {
  const pending = telegram.pendingUpdates.map(({ kind, payload }) => ({ [kind]: payload }));
  const last = telegram.pendingUpdates.at(-1)?.update_id ?? 0;
  await fetch(`${telegram.url}/bot${telegram.token}/getUpdates?offset=${last + 1}`);
  expect(telegram.pendingUpdates).toEqual([]);
  return pending;
}

describe("a group that becomes a supergroup", () => {
  const waiting = (world: World) =>
    rows<{ lane: string }>(
      world,
      "SELECT lane FROM jobs WHERE queue = 'messages' AND state = 'waiting' ORDER BY id",
    );

  test("keeps what waits, in its order, and tells of it in the new chat", async () => {
    await using at = await inGroup({ type: "group", privacy: false });
    at.world.memos.fault({
      match: { method: "POST", path: /^\/api\/v1\/memos$/, nth: 1 },
      action: { status: 500, body: { code: 13, message: "busy", details: [] } },
    });
    at.group.as(at.alice).say("/save before");
    await until(
      "it waits, with a plan",
      () => rows(at.world, "SELECT 1 FROM jobs WHERE plan IS NOT NULL AND state = 'waiting'").length === 1,
    );
    await at.world.memos.stop();
    const [planned] = rows<{ plan: string | null }>(
      at.world,
      "SELECT plan FROM jobs WHERE queue = 'messages'",
    );
    const next = at.group.migrate(at.eve);
    next.as(at.alice).say("/save after");
    await until("both wait", () => waiting(at.world).length === 2);
    expect(new Set(waiting(at.world).map(({ lane }) => lane))).toEqual(new Set([String(next.id)]));
    await at.world.memos.start();
    await memosSaved(at.world, 2);
    await settled(at.world);
    expect(contents(at.of("alice"))).toEqual(["before", "after"]);
    expect(botTexts(at.world, next)).toEqual(["Saved as PRIVATE · open", "Saved as PRIVATE · open"]);
    const { memo_id } = JSON.parse(planned?.plan ?? "{}");
    expect(at.of("alice")[0]?.name).toBe(`memos/${memo_id}`);
  });

  for (const order of ["the new chat first", "the old chat first", "twice"]) {
    test(`goes on with its links and confirmations: told by ${order}`, async () => {
      await using at = await inGroup({ type: "group", privacy: false });
      const said = at.group.as(at.alice).say("/save a thought");
      await memosSaved(at.world, 1);
      await settled(at.world);
      const confirmation = at.shown()[0];
      await at.world.stopApp();
      const next = at.group.migrate(at.eve);
      const service = await takePending(at.world);
      const told = order === "twice" ? [...service, ...service] : service;
      if (order === "the new chat first") told.reverse();
      await at.world.startApp();
      at.world.telegram.deliver(told);
      await settled(at.world);
      const name = at.of("alice")[0]?.name ?? "";

      // A message of the new chat that happens to have the id of the old one has nothing to do with it.
      next.as(at.eve).send({ text: "unrelated" }, { extra: { message_id: said.message_id } });
      next.as(at.alice).reply(said.message_id, `${BOT} on its own`);
      await memosSaved(at.world, 2);
      expect(at.world.memos.comments(name)).toEqual([]);
      next.as(at.alice).reply(said.message_id, `/public${BOT}`);
      await until("nothing is there", () => botTexts(at.world, next).at(-1)?.includes("no memo"));

      // The old confirmation, however Telegram shows it in the new chat.
      for (const [index, chat] of [at.group.chat, next.chat].entries()) {
        const shown = { ...confirmation, chat, reply_to_message: undefined };
        next
          .as(at.alice)
          .say(`comment ${index}`, { extra: { reply_to_message: JSON.parse(JSON.stringify(shown)) } });
        await until("its comment", () => at.world.memos.comments(name).length === index + 1);
      }
      await settled(at.world);
      expect(contents(at.world.memos.comments(name))).toEqual(["comment 0", "comment 1"]);
      expect(at.of("alice").find((memo) => memo.name === name)?.visibility).toBe("PRIVATE");
    });
  }

  test("has its old messages captured by nobody's request in the new chat", async () => {
    await using at = await inGroup({ type: "group", privacy: false });
    const said = at.group.as(at.eve).say("old");
    at.group.as(at.alice).reply(said, "/save");
    await memosSaved(at.world, 1);
    await settled(at.world);
    const next = at.group.migrate(at.eve);
    const same = next.as(at.eve).send({ text: "new" }, { extra: { message_id: said.message_id } });
    next.as(at.alice).reply(same.message_id, "/save");
    await memosSaved(at.world, 2);
    await settled(at.world);
    expect(contents(at.of("alice")).map((text) => text.split("\n\n").at(-1))).toEqual(["old", "new"]);
  });
});
