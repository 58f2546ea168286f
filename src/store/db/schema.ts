import { sql } from "drizzle-orm";
import {
  customType,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { logger } from "../../base/log.ts";
import type {
  AskedFor,
  ChatMode,
  ChatType,
  Confirmation,
  Digest,
  News,
  PostQuestion,
  TopicTags,
} from "../../domain/choices.ts";
import type {
  JobKind,
  JobOutcome,
  JobQueue,
  JobState,
  RequestedAction,
  WaitingFor,
} from "../../domain/job.ts";
import type { OwedMethod, OwedParams } from "../../domain/outgoing.ts";
import type { Absence, Receive } from "../../domain/receive.ts";
import type { MemoSettings, Tried, WritingRules, Written } from "../../domain/saved.ts";
import type { Scope } from "../../domain/scope.ts";
import type { Visibility } from "../../domain/visibility.ts";

/**
 * JSON of ours. What lacks one of the `members`, or says by its `v` that another version wrote it in a shape of its own,
 * is as if it were not there: it is found out anew, and holds up nobody.
 */
const stored = <T extends object>(
  column: string,
  members: { readonly [Name in keyof T]?: "string" | "number" | "object" },
  unreadable: T | null = null,
) =>
  customType<{ data: T; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => JSON.stringify(value),
    // Null where the column may be null.
    fromDriver: (text) => (readStored(text, members) ?? noteUnreadable(column, unreadable)) as T,
  })();

function readStored(text: string, members: object): object | undefined {
  try {
    const value = JSON.parse(text);
    const isRead =
      value instanceof Object &&
      (value.v ?? 1) === 1 &&
      Object.entries(members).every(([name, type]) => value[name] !== null && typeof value[name] === type);
    return isRead ? value : undefined;
  } catch {
    return undefined;
  }
}

function noteUnreadable<T>(column: string, value: T): T {
  logger("store").warn("what is stored cannot be read, and is found out anew", { column });
  return value;
}

/** What `payload` holds: the update as it came, sealed (it carries a token), without its tokens, or nothing. */
export type PayloadForm = "plain" | "sealed" | "redacted" | "dropped";

/** One row per bot that ever ran on this folder: everything below is keyed by its id, the part of the token before `:`. */
export const bots = sqliteTable("bots", {
  bot_id: integer().primaryKey(),
  /** Hex; memo ids derive from it. Made from the first token, kept when the token is rotated. */
  id_key: text().notNull(),
  /** The next `offset` of getUpdates: last received update_id + 1, which may be lower than an older one. Null: none. */
  next_offset: integer(),
  /** When the last update came. */
  heard_at: integer(),
  /** When updates were last known to come in, by Telegram's clock where that is known. */
  last_poll_at: integer(),
  /** The last time they did not for longer than Telegram keeps them. */
  absence: stored<Absence>("absence", { from: "number", until: "number" }),
  /** Null before the first start. */
  receive: stored<Receive>("receive", { mode: "string" }),
  /** Sealed; only in databases of older versions: today's follows from `id_key`. */
  webhook_secret: text(),
});

export const chats = sqliteTable(
  "chats",
  {
    id: integer().primaryKey(),
    bot_id: integer().notNull(),
    /** Telegram's id; 0 is the chat of what has none. */
    chat_id: integer().notNull(),
    /** The key of the supergroup that a group became. */
    moved_to: integer(),
    /** When it was last told that Memos is down. */
    outage_told_at: integer(),
    /** Of groups and channels, as Telegram last said them; null where they are not known. */
    title: text(),
    type: text().$type<ChatType>(),
    /** `all`: every message becomes a memo of `owner_id`, who is bound; `addressed`: what is said to the bot, of who says it. */
    mode: text().$type<ChatMode>().notNull().default("addressed"),
    owner_id: integer(),
    /** The owner's account that it was given to: while they are bound to none, or to another one, what is said there waits. */
    owner_account: integer().references(() => accounts.id),
    /** Whether a memo says who wrote it; and which tag the topic becomes. */
    author_line: integer({ mode: "boolean" }).notNull().default(false),
    topic_tags: text().$type<TopicTags>().notNull().default("off"),
    /** Names of topics, by their thread; of groups of which everything is kept. */
    topics: text({ mode: "json" }).$type<Readonly<Record<string, string>>>().notNull().default({}),
    /** Null: a reaction. */
    confirmation: text().$type<Confirmation>(),
    /** What the bot is there, as my_chat_member last said; null where it never did. */
    bot_status: text(),
  },
  (table) => [uniqueIndex("chats_identity").on(table.bot_id, table.chat_id)],
);

/** Kept also when nobody is bound to it any more. Two rows may have one name: what is compared is server and name. */
export const accounts = sqliteTable("accounts", {
  id: integer().primaryKey(),
  server: text().notNull(),
  /** Memos' name of the user as it is now: `users/alice`, `users/1` before 0.27. */
  name: text().notNull(),
  /** The name that ids of memos and files derive from: it never changes. */
  id_name: text().notNull(),
  display_name: text().notNull(),
  /** What they sign in to Memos with: recognises the account when an upgrade names it anew. Null: not known. */
  memos_username: text(),
  /** The version that called the account so; another one is asked again. */
  memos_version: text(),
});

const chatKey = () =>
  integer()
    .notNull()
    .references(() => chats.id);
const accountKey = () =>
  integer()
    .notNull()
    .references(() => accounts.id);

export const updates = sqliteTable(
  "updates",
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    /** `api`: a memo or a message that came by the API; its update id follows from its idempotency key. */
    source: text().$type<"telegram" | "api">().notNull(),
    chat_key: chatKey(),
    update_id: text().notNull(),
    kind: text().notNull(),
    /** Kind, chat, message id and date: tells a redelivery from an id that Telegram gave out again. */
    fingerprint: text().notNull(),
    job_id: integer()
      .notNull()
      .references(() => jobs.id),
    message_id: integer(),
    received_at: integer().notNull(),
    payload: text(),
    payload_form: text().$type<PayloadForm>().notNull().default("plain"),
  },
  (table) => [
    uniqueIndex("updates_identity").on(table.update_id, table.source, table.chat_key, table.fingerprint),
    index("updates_of_job").on(table.job_id, table.message_id),
    index("updates_of_message").on(table.chat_key, table.message_id),
  ],
);

/** That a job is at work is known in memory only. */
export type StoredState = Exclude<JobState, "working">;

/** One message, one whole album, one command, one press. */
export const jobs = sqliteTable(
  "jobs",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    chat_key: chatKey(),
    kind: text().$type<JobKind>().notNull(),
    /** Message id, or for an album its media_group_id: with kind and chat it names the job for good. */
    job_key: text().notNull(),
    queue: text().$type<JobQueue>().notNull(),
    /**
     * Jobs of a lane are worked one at a time, in order of id: the key of a chat, in a group with that of the sender
     * (`LANES_OF_A_PERSON`), or `-id` of a job that stepped aside.
     */
    lane: integer().notNull(),
    message_id: integer(),
    telegram_id: integer(),
    /** The account that the sender was bound to when the update was accepted. */
    account_key: integer().references(() => accounts.id),
    state: text().$type<StoredState>().notNull(),
    outcome: text().$type<JobOutcome>(),
    waiting_for: text().$type<WaitingFor>(),
    attempts: integer().notNull().default(0),
    first_failed_at: integer(),
    /** Why it waits, is dead or was ignored: a code, and words for people. */
    reason: text(),
    detail: text(),
    /** What its memo is made from besides its messages; null where it is to be asked anew. */
    settings: stored<MemoSettings>("settings", { tags: "object", formatting: "string" }),
    form: stored<WritingRules>("form", { limit: "number", memos: "string" }),
    /** Raised where the id is somebody else's, and when a deleted memo is saved again. */
    id_generation: integer().notNull().default(0),
    tried: stored<Tried>("tried", {}),
    written: stored<Written>("written", { main: "string", rest: "object", files: "object" }),
    /** The newest update that a finished run took in. */
    covered: integer().notNull().default(0),
    /** Since when something of it may be in Memos: from then on it is only tried for the account it was sent for. */
    began_at: integer(),
    /** Of an older version, which stored what it was about to do; read by the first try. May be sealed. */
    old_plan: text(),
    /** Set once the memo exists: such a job never creates again. */
    memo_name: text(),
    created_at: integer().notNull(),
    done_at: integer(),
    done_by: text(),
    requested_action: text().$type<RequestedAction>(),
    /** The bot's message about it. */
    confirmation_id: integer(),
    /** Of an older version: it was once part of the memo of another job, and is never joined again. */
    never_joined: integer({ mode: "boolean" }).notNull().default(false),
    /** Where its memo is a comment: the memo it stands under. */
    parent_name: text(),
  },
  (table) => [
    uniqueIndex("jobs_identity").on(table.chat_key, table.kind, table.job_key),
    // Behind what waits for a binding, of which there may be thousands, lies nothing that is due.
    index("jobs_unfinished")
      .on(table.queue, table.lane, sql`(waiting_for IS 'binding')`, table.id)
      .where(sql`state = 'waiting'`),
    index("jobs_dead").on(table.telegram_id).where(sql`state = 'dead'`),
    index("jobs_done").on(table.done_at, table.outcome, table.chat_key).where(sql`state = 'done'`),
    // Of each name its beginning: names are long and in no order, so that each would change pages of its own.
    index("jobs_of_memo").on(sql`substr(memo_name, 7, 8)`).where(sql`memo_name IS NOT NULL`),
    index("jobs_of_parent").on(table.parent_name).where(sql`parent_name IS NOT NULL`),
  ],
);

/** A Telegram user joined to a Memos account. Null settings follow Memos. */
export const bindings = sqliteTable("bindings", {
  telegram_id: integer().primaryKey(),
  username: text(),
  account_key: accountKey(),
  /** Sealed. */
  access_token: text().notNull(),
  visibility: text().$type<Visibility>(),
  tags: text({ mode: "json" }).$type<string[]>().notNull().default([]),
  confirmation: text().$type<Confirmation>().notNull().default("reply"),
  source_line: integer({ mode: "boolean" }).notNull().default(true),
  formatting: text().$type<"as_typed" | "exact">().notNull().default("as_typed"),
  /** Chosen in the chat; null follows Telegram's. */
  language: text(),
  /** What their Telegram last said, such as `pt-br`. */
  telegram_language: text(),
  state: text().$type<"active" | "paused">().notNull().default("active"),
  paused_reason: text(),
  /** Who invited them into the account: a guest has that person's token. Null: they brought one of their own. */
  guest_of: integer(),
  /** The bot's last question for words in their chat: a reply to it is the answer, not a memo. */
  tags_asked_in: integer(),
  /** What it asked for; null: tags. */
  asked_for: text().$type<AskedFor>(),
  /** Which notifications of Memos they are told in the chat. */
  news: text().$type<News>().notNull().default("off"),
  /** The number of the newest notification that they were told, or that was there when they chose to be told. */
  news_after: integer(),
  /** IANA name; null follows the machine's. */
  time_zone: text(),
  digest: text().$type<Digest>().notNull().default("off"),
  /** At which hour of their day, 0 to 23. */
  digest_hour: integer().notNull().default(8),
  /** When the next is due, in ms since 1970. */
  digest_at: integer(),
  created_at: integer().notNull(),
  updated_at: integer().notNull(),
});

/** Joins a message, or the bot's confirmation of it, to the job of its memo. Made WITHOUT ROWID, for which Drizzle has no word. */
export const links = sqliteTable(
  "links",
  {
    chat_key: chatKey(),
    message_id: integer().notNull(),
    job_id: integer().notNull(),
    /** Of the bot's own message. */
    confirmation: integer({ mode: "boolean" }).notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.chat_key, table.message_id] }),
    index("links_of_job").on(table.job_id),
  ],
);

/** Messages owed to Telegram, until they are sent. Made WITHOUT ROWID: those of a chat lie side by side. */
export const outbox = sqliteTable(
  "outbox",
  {
    bot_id: integer().notNull(),
    chat_id: integer().notNull(),
    id: integer().notNull(),
    job_id: integer(),
    /** What it sets in the chat, such as `saved:<job>`: of what waits to set the same only the newest is there. */
    slot: text(),
    method: text().$type<OwedMethod>().notNull(),
    // Telegram refuses a call without any, so that what stands in its place is said.
    params: stored<OwedParams>("params", {}, {}).notNull(),
    /** Parameters of the message that is owed once it turns out that this cannot be done. */
    instead: stored<OwedParams>("instead", {}),
    /** `confirmation` goes out at most once, `notice` at least once. */
    promise: text().$type<"confirmation" | "notice">().notNull(),
    state: text().$type<"waiting" | "sending">().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.bot_id, table.chat_id, table.id] }),
    uniqueIndex("outbox_slot")
      .on(table.bot_id, table.chat_id, table.slot)
      .where(sql`state = 'waiting' AND slot IS NOT NULL`),
  ],
);

/** Invitations that were not used up. The code itself is not kept. */
export const codes = sqliteTable("codes", {
  /** SHA-256 of the code, in hex. */
  code_hash: text().primaryKey(),
  /** The binding whose account the guest is bound to as well; null: the guest brings an access token. */
  shares_telegram_id: integer(),
  created_at: integer().notNull(),
  expires_at: integer().notNull(),
  used_by: integer(),
});

/** Tokens of the API besides the admin's. The token itself is not kept. */
export const tokens = sqliteTable("tokens", {
  id: integer().primaryKey(),
  name: text().notNull().unique(),
  /** SHA-256 of the token, in hex. */
  token_hash: text().notNull(),
  scope: text().$type<Scope>().notNull(),
  /** Of `capture`: for whom. */
  telegram_id: integer(),
  created_at: integer().notNull(),
  used_at: integer(),
});

/** Names of ALLOWED_USERS, pinned to the id that first wrote under them: names can be taken over. */
export const allowed = sqliteTable("allowed", {
  username: text().primaryKey(),
  telegram_id: integer().notNull(),
});

/** Memos that come back into the chat of who asked for it. */
export const reminders = sqliteTable(
  "reminders",
  {
    id: integer().primaryKey(),
    telegram_id: integer().notNull(),
    account_key: accountKey(),
    memo_name: text().notNull(),
    /** In ms since 1970; null once it came, until it is done or put off. */
    due_at: integer(),
    /** Of one that comes again: its times, as cron has them, in the person's time zone. */
    cron: text(),
    created_at: integer().notNull(),
  },
  (table) => [index("reminders_due").on(table.due_at).where(sql`due_at IS NOT NULL`)],
);

/** PUBLIC memos of a person with this tag go to this channel. */
export const publishRules = sqliteTable(
  "publish_rules",
  {
    id: integer().primaryKey(),
    telegram_id: integer().notNull(),
    /** Without `#`. */
    tag: text().notNull(),
    chat_key: chatKey(),
    /** By the clock of Memos, in ms since 1970: what was changed last before that is not meant. */
    after: integer().notNull(),
  },
  (table) => [uniqueIndex("publish_rules_identity").on(table.telegram_id, table.tag, table.chat_key)],
);

/**
 * A message of a post, or an album: the ids that it has in the channel, none where it was left out; that it is still to be
 * sent, may have been, or is there as somebody saw.
 */
export type PostPart = readonly number[] | "owed" | "sending" | "there";

/** Memos that were published to a channel. */
export const posts = sqliteTable(
  "posts",
  {
    id: integer().primaryKey(),
    account_key: accountKey(),
    memo_name: text().notNull(),
    chat_key: chatKey(),
    /** Who published it, or whose rule did. */
    telegram_id: integer().notNull(),
    /** In their order. */
    parts: text({ mode: "json" }).$type<readonly PostPart[]>().notNull(),
    /** Of what was published last: words, files, how they are divided. */
    content_hash: text().notNull(),
    /** Who saw the memo when it was published: that fewer do is asked about. */
    visibility: text().$type<Visibility>().notNull(),
    /** What its person was asked about it last, and what is so still. */
    asked: text().$type<PostQuestion>(),
    created_at: integer().notNull(),
  },
  (table) => [uniqueIndex("posts_identity").on(table.memo_name, table.account_key, table.chat_key)],
);

/** Single facts: `key_check`, `unclean`, `memos_away_since`, `sign_outs`, `version:<bot_id>`. */
export const facts = sqliteTable("facts", {
  name: text().primaryKey(),
  value: text().notNull(),
});
