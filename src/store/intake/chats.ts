import { and, eq } from "drizzle-orm";
import type { Confirmation } from "../../domain/choices.ts";
import type { Binding } from "../accounts/bindings.ts";
import type { StoreContext } from "../db/database.ts";
import type { Job } from "../db/rows.ts";
import { chats } from "../db/schema.ts";
import { LANES_OF_A_PERSON, type Transitions } from "../queue/transitions.ts";

/** A private chat's id is above 0. */
export const isGroup = ({ chat_id }: { readonly chat_id: number | null }) => (chat_id ?? 0) < 0;

/** Whether the bot is not in a group or a channel any more, by what it is there. */
export const isOut = (status: string | null | undefined) => status === "left" || status === "kicked";

/** A group or a channel: what it is called, and what is set for it. */
export type Chat = typeof chats.$inferSelect;

export type Chats = ReturnType<typeof createChats>;

type Owner = Pick<Binding, "telegram_id" | "account_key"> | null;

export const ownedBy = (owner: Owner) => ({
  owner_id: owner?.telegram_id ?? null,
  owner_account: owner?.account_key ?? null,
});

/**
 * The chats of this bot. A group that becomes a supergroup is another chat from then on, in which message ids begin
 * anew: whatever was said before keeps its chat and its id, and only what is done from now on is done in the new one.
 */
export function createChats(
  { database, botId }: StoreContext,
  transitions: Pick<Transitions, "moveLanes" | "buryForLeftAccounts">,
) {
  const { drizzle } = database;
  /** Keys never change: on the path of a message none is looked up twice. */
  const keys = new Map<number, number>();
  /** Groups and channels, as they were last written. */
  const known = new Map<number, Chat>();
  const is = (chatId: number) => and(eq(chats.bot_id, botId), eq(chats.chat_id, chatId));
  // It may have made a key that another chat will have.
  database.sqlite.onUndone(() => {
    keys.clear();
    known.clear();
  });

  /** The key of a chat, which is made where it is not known. */
  function keyOf(chatId: number): number {
    const found = keys.get(chatId);
    if (found !== undefined) return found;
    const key =
      drizzle.select({ id: chats.id }).from(chats).where(is(chatId)).get()?.id ??
      drizzle.insert(chats).values({ bot_id: botId, chat_id: chatId }).returning({ id: chats.id }).get().id;
    keys.set(chatId, key);
    return key;
  }

  /** A group or a channel; undefined for a private chat, and where nothing ever came from it. */
  function of(chatId: number): Chat | undefined {
    if (chatId >= 0) return undefined;
    const chat = known.get(chatId) ?? drizzle.select().from(chats).where(is(chatId)).get();
    if (chat) known.set(chatId, chat);
    return chat;
  }

  /** Within the caller's transaction. */
  function set(chatId: number, changes: Partial<typeof chats.$inferInsert>): void {
    drizzle
      .update(chats)
      .set(changes)
      .where(eq(chats.id, keyOf(chatId)))
      .run();
    known.delete(chatId);
  }

  /** What is set for a group or a channel, as it is where nobody chose too. */
  function settingsOf(chatId: number) {
    const { mode = "addressed", confirmation, author_line = false, topic_tags = "off" } = of(chatId) ?? {};
    return { mode, confirmation: confirmation ?? "reaction", author_line, topic_tags };
  }

  /** The key of a chat; of a group that became a supergroup the key of that. */
  function homeOf(chatId: number): number {
    const key = keyOf(chatId);
    return of(chatId)?.moved_to ?? key;
  }

  return {
    keyOf,
    homeOf,
    of,
    set,
    /** Within the caller's transaction: what Telegram tells of a group or channel, where that is news. */
    note(chatId: number, told: Partial<Pick<Chat, "title" | "type" | "bot_status">>): void {
      keyOf(chatId);
      const chat = of(chatId);
      const isNews = Object.entries(told).some(([name, value]) => chat?.[name as keyof Chat] !== value);
      if (isNews) set(chatId, told);
    },
    change: (chatId: number, changes: Parameters<typeof set>[1]): void =>
      database.durable(() => set(chatId, changes)),
    /**
     * All that is said there becomes memos of somebody's account from now on, or nobody's. What waits for the account of
     * before is theirs to decide about.
     */
    give: (chatId: number, owner: Owner): void =>
      database.durable(() => {
        set(chatId, { mode: owner ? "all" : "addressed", ...ownedBy(owner) });
        transitions.buryForLeftAccounts();
      }),
    settingsOf,
    /** How it is told there that something was saved: in private as its person chose, elsewhere as the chat has it. */
    confirmationIn(chatId: number, person: { readonly confirmation: Confirmation }): Confirmation {
      if (chatId >= 0) return person.confirmation;
      return isOut(of(chatId)?.bot_status) ? "off" : settingsOf(chatId).confirmation;
    },
    /** The lane of what somebody who is bound says in it: in a group nobody waits for what others have said there. */
    laneOf: (chatId: number, personId: number): number =>
      homeOf(chatId) + (chatId < 0 ? keyOf(personId) * LANES_OF_A_PERSON : 0),
    /** Whether what is said in a chat is for the account of a job: it was given to that. */
    isGivenTo(
      chatId: number,
      { telegram_id, account_key }: Pick<Job, "telegram_id" | "account_key">,
    ): boolean {
      const { mode, owner_id, owner_account } = of(chatId) ?? {};
      return mode === "all" && owner_id === telegram_id && owner_account === account_key;
    },
    /** Whether anything ever came from it. */
    isKnown: (chatId: number) => drizzle.select().from(chats).where(is(chatId)).get() !== undefined,
    /**
     * Within the caller's transaction: what waits goes on in its order, before what is sent in the supergroup, and what
     * was set for the group is set for that.
     */
    migrated(from: number, to: number): void {
      const [group, supergroup] = [keyOf(from), keyOf(to)];
      if (homeOf(from) === supergroup) return;
      const { title, mode, owner_id, owner_account, author_line, topic_tags, confirmation } = of(from) ?? {};
      set(to, { title, mode, owner_id, owner_account, author_line, topic_tags, confirmation });
      set(from, { mode: "addressed", owner_id: null, owner_account: null, moved_to: supergroup });
      transitions.moveLanes(group, supergroup);
    },
  };
}
