import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { GroupOptions } from "../fakes/telegram/people-types.ts";
import {
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

setDefaultTimeout(60_000);
const rate = 20;
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

describe("a group that becomes a supergroup", () => {
  const waiting = (world: World) =>
    rows<{ lane: number }>(
      world,
      `SELECT chats.chat_id AS lane FROM jobs JOIN chats ON chats.id = lane
         WHERE queue = 'messages' AND state = 'waiting' ORDER BY jobs.id`,
    );

  test("keeps what waits, in its order, and tells of it in the new chat", async () => {
    await using at = await inGroup({ type: "group", privacy: false });
    at.world.memos.fault({
      match: { method: "POST", path: /^\/api\/v1\/memos$/, nth: 1 },
      action: { status: 500, body: { code: 13, message: "busy", details: [] } },
    });
    at.group.as(at.alice).say("/save before");
    await until(
      "it waits, begun",
      () =>
        rows(at.world, "SELECT 1 FROM jobs WHERE began_at IS NOT NULL AND state = 'waiting'").length === 1,
    );
    await at.world.memos.stop();
    const next = at.group.migrate(at.eve);
    next.as(at.alice).say("/save after");
    await until("both wait", () => waiting(at.world).length === 2);
    expect(new Set(waiting(at.world).map(({ lane }) => lane))).toEqual(new Set([next.id]));
    await at.world.memos.start();
    await memosSaved(at.world, 2);
    await settled(at.world);
    expect(contents(at.of("alice"))).toEqual(["before", "after"]);
    expect(botTexts(at.world, next)).toEqual(["Saved as PRIVATE · open", "Saved as PRIVATE · open"]);
  });
});
