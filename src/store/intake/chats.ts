import { and, eq } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import type { StoreContext } from "../db/database.ts";
import { chats } from "../db/schema.ts";
import type { Transitions } from "../queue/transitions.ts";

/** A private chat's id is above 0. */
export const isGroup = ({ chat_id }: { readonly chat_id: number | null }) => (chat_id ?? 0) < 0;

export type Chats = ReturnType<typeof createChats>;

/**
 * The chats of this bot. A group that becomes a supergroup is another chat from then on, in which message ids begin
 * anew: whatever was said before keeps its chat and its id, and only what is done from now on is done in the new one.
 */
export function createChats(
  { database: { drizzle }, botId }: StoreContext,
  transitions: Pick<Transitions, "moveLane">,
) {
  /** Keys never change: on the path of a message none is looked up twice. */
  const keys = new Map<number, number>();
  const of = (chatId: number) => and(eq(chats.bot_id, botId), eq(chats.chat_id, chatId));

  /** Outside of a transaction, unless the chat is known: what is remembered here must not be undone. */
  function keyOf(chatId: number): number {
    const known = keys.get(chatId);
    if (known !== undefined) return known;
    const key =
      drizzle.select({ id: chats.id }).from(chats).where(of(chatId)).get()?.id ??
      drizzle.insert(chats).values({ bot_id: botId, chat_id: chatId }).returning({ id: chats.id }).get().id;
    keys.set(chatId, key);
    return key;
  }

  /** The chat that goes on: of a group that became a supergroup that one, of any other the chat itself. */
  function homeOf(chatId: number): { key: number; chat_id: number } {
    const same = { key: keyOf(chatId), chat_id: chatId };
    // Only groups and channels have ids below 0.
    if (chatId >= 0) return same;
    const home = alias(chats, "home");
    return (
      drizzle
        .select({ key: home.id, chat_id: home.chat_id })
        .from(chats)
        .innerJoin(home, eq(home.id, chats.moved_to))
        .where(eq(chats.id, same.key))
        .get() ?? same
    );
  }

  return {
    keyOf,
    /** The lane of what is said in it. */
    laneOf: (chatId: number): number => homeOf(chatId).key,
    home: (chatId: number): number => homeOf(chatId).chat_id,

    /** Within the caller's transaction: what waits goes on in its order, before what is sent in the supergroup. */
    migrated(from: number, to: number): void {
      const [group, supergroup] = [keyOf(from), keyOf(to)];
      if (homeOf(from).key === supergroup) return;
      drizzle.update(chats).set({ moved_to: supergroup }).where(eq(chats.id, group)).run();
      transitions.moveLane(group, supergroup);
    },
  };
}
