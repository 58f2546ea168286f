import type { GroupOptions } from "../fakes/telegram.ts";
import { botTexts, boundPerson } from "./app.ts";
import { type ChatOptions, chatWorld } from "./chat.ts";

/** Alice and Bob, each with an account, and Eve, who has none, in one group. */
export async function inGroup(group: GroupOptions = {}, options: ChatOptions = {}) {
  const world = await chatWorld(options);
  const { person: alice, account } = await boundPerson(world, "alice");
  const { person: bob } = await boundPerson(world, "bob");
  const eve = world.telegram.user({ first_name: "Eve" });
  const chat = world.telegram.group({ type: "supergroup", title: "Trip", ...group });
  // That something was saved is said in words, which have buttons.
  world.store.chats.set(chat.id, { confirmation: "reply" });
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
