import { eq } from "drizzle-orm";
import type { Binding } from "../accounts/bindings.ts";
import type { StoreContext } from "../db/database.ts";
import type { AccountRef } from "../db/rows.ts";
import { accounts } from "../db/schema.ts";
import type { Chats } from "../intake/chats.ts";
import { type createMessageJobs, isOf } from "./message-jobs.ts";
import type { Arrival, BoundArrival, Holder } from "./new-jobs.ts";

/** The settings for an owner who is bound to no account. What is said there waits until they are. */
const UNBOUND: Omit<Holder, keyof AccountRef | "account_key"> = {
  tags: [],
  formatting: "as_typed",
  source_line: true,
  language: "en",
  confirmation: "reply",
};

const LONGEST_TAG = 60;

/** Within the caller's transaction: groups and channels that were given to somebody. */
export function createOwnedChats(
  { database: { drizzle } }: StoreContext,
  deps: {
    readonly chats: Chats;
    readonly messageJobs: Pick<ReturnType<typeof createMessageJobs>, "of">;
    readonly accountOf: (telegramId: number, spoken: null) => Binding | undefined;
  },
) {
  const { chats, messageJobs, accountOf } = deps;

  return {
    /** The owner of a chat, and their account; undefined where only what is said to the bot is saved. */
    ownerOf(chatId: number): Required<Pick<BoundArrival, "person" | "account">> | undefined {
      const { mode, owner_id = null, owner_account = null } = chats.of(chatId) ?? {};
      if (mode !== "all" || owner_id === null || owner_account === null) return undefined;
      const bound = accountOf(owner_id, null);
      if (bound?.account_key === owner_account) return { person: owner_id, account: bound };
      const given = drizzle
        .select({ account_key: accounts.id, server: accounts.server, account: accounts.name })
        .from(accounts)
        .where(eq(accounts.id, owner_account))
        .get();
      if (!given) return undefined;
      // Where they are bound to none, or to another one, it waits until they are to this one.
      const account = bound && isOf(bound, given) ? bound : { ...UNBOUND, ...bound, ...given };
      return { person: owner_id, account };
    },

    /** Telegram tells a topic's name where it is made or renamed; other messages repeat only the first one. */
    noteTopic({ chat: chatId, topic, message_thread_id: thread }: Arrival): void {
      if (topic === null || thread === null) return;
      const { topics = {} } = chats.of(chatId) ?? {};
      const known = topics[thread];
      if (known === topic.name || (known !== undefined && !topic.isNew)) return;
      chats.set(chatId, { topics: { ...topics, [thread]: topic.name } });
    },

    /** Those settings of a memo to which its chat adds: its topic as a tag, and the author line. */
    settingsIn(
      { chat: chatId, message_thread_id: thread }: Arrival,
      account: Holder,
    ): Pick<Holder, "tags" | "author_line"> {
      const { author_line, topic_tags, topics = {}, title } = chats.of(chatId) ?? {};
      const topic = tagWord(topics[thread ?? 0] ?? "");
      const above = topic_tags === "title" ? tagWord(title ?? "") : "";
      const isTagged = topic !== "" && topic_tags !== "off";
      const tags = isTagged
        ? [...account.tags, [above, topic].filter((part) => part !== "").join("/")]
        : account.tags;
      return { tags, ...(author_line && { author_line }) };
    },

    /** Whether it is a copy of what is in the account already: its channel is saved there too, or the memo was published. */
    isCopy({ person, account }: BoundArrival, task: Arrival["task"]): boolean {
      const { channel, message_id } = (task.kind === "overheard" && task.copyOf) || {};
      if (channel === undefined) return false;
      const { mode, owner_account } = chats.of(channel) ?? {};
      if (mode === "all" && owner_account === account.account_key) return true;
      return messageJobs.of(channel, message_id ?? 0, person)?.account_key === account.account_key;
    },
  };
}

/** A tag made of a name: what Memos takes for the end of one becomes a hyphen. Empty where nothing of it can be in a tag. */
export function tagWord(name: string): string {
  const words = name.toWellFormed().match(/(?:[\p{L}\p{M}\p{N}\p{S}_/-]|\u200d)+/gu) ?? [];
  const cut = [...words.join("-").replace(/-*\/[-/]*/g, "/")].slice(0, LONGEST_TAG).join("");
  const tag = cut.replace(/^[-/]+|[-/]+$/g, "");
  return /[\p{L}\p{N}\p{S}]/u.test(tag) ? tag : "";
}
