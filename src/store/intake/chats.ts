import { and, eq } from "drizzle-orm";
import type { StoreContext } from "../db/database.ts";
import { chats } from "../db/schema.ts";
import { LANES_OF_A_PERSON, type Transitions } from "../queue/transitions.ts";

/** A private chat's id is above 0. */
export const isGroup = ({ chat_id }: { readonly chat_id: number | null }) => (chat_id ?? 0) < 0;

export type Chats = ReturnType<typeof createChats>;

/**
 * The chats of this bot. A group that becomes a supergroup is another chat from then on, in which message ids begin
 * anew: whatever was said before keeps its chat and its id, and only what is done from now on is done in the new one.
 */
export function createChats(
  { database: { drizzle }, botId }: StoreContext,
  transitions: Pick<Transitions, "moveLanes">,
) {
  /** Keys never change: on the path of a message none is looked up twice. */
  const keys = new Map<number, number>();
  const of = (chatId: number) => and(eq(chats.bot_id, botId), eq(chats.chat_id, chatId));

  /** Made where it is not known. Whose transaction is undone has the keys forgotten. */
  function keyOf(chatId: number): number {
    const known = keys.get(chatId);
    if (known !== undefined) return known;
    const key =
      drizzle.select({ id: chats.id }).from(chats).where(of(chatId)).get()?.id ??
      drizzle.insert(chats).values({ bot_id: botId, chat_id: chatId }).returning({ id: chats.id }).get().id;
    keys.set(chatId, key);
    return key;
  }

  /** The key of the chat in which it goes on: of a group that became a supergroup that one's. */
  function homeOf(chatId: number): number {
    const key = keyOf(chatId);
    // Only groups and channels have ids below 0.
    if (chatId >= 0) return key;
    const group = drizzle.select({ home: chats.moved_to }).from(chats).where(eq(chats.id, key)).get();
    return group?.home ?? key;
  }

  return {
    keyOf,
    homeOf,
    /** The lane of what somebody who is bound says in it: in a group nobody waits for what others have said there. */
    laneOf: (chatId: number, personId: number): number =>
      homeOf(chatId) + (chatId < 0 ? keyOf(personId) * LANES_OF_A_PERSON : 0),
    /** Whether anything ever came from it. */
    isKnown: (chatId: number) => drizzle.select().from(chats).where(of(chatId)).get() !== undefined,
    forgetKeys: (): void => keys.clear(),
    /** Within the caller's transaction: what waits goes on in its order, before what is sent in the supergroup. */
    migrated(from: number, to: number): void {
      const [group, supergroup] = [keyOf(from), keyOf(to)];
      if (homeOf(from) === supergroup) return;
      drizzle.update(chats).set({ moved_to: supergroup }).where(eq(chats.id, group)).run();
      transitions.moveLanes(group, supergroup);
    },
  };
}
