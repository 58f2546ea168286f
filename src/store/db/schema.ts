import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { JobKind, JobOutcome, JobQueue, JobState, WaitingFor, Wish } from "../../domain/job.ts";
import type { OwedMethod } from "../../domain/outgoing.ts";
import type { ReceiveMode } from "../../domain/receive.ts";
import type { Visibility } from "../../domain/visibility.ts";

/** A comment that belongs to a job. `content_hash` as in `memo_links`; null: not known. */
export interface MadeComment {
  readonly memo_name: string;
  readonly content_hash: string | null;
}
/** Another memo that is deleted and brought back together with the one of a deletion. */
export interface DeletedWith {
  readonly memo_name: string;
  readonly content_hash: string;
  readonly state_before: "NORMAL" | "ARCHIVED";
}
/** What `payload` holds: the update as it came, sealed (it carries a token), without its tokens, or nothing. */
export type PayloadForm = "plain" | "sealed" | "redacted" | "dropped";

/** One row per bot that ever ran on this folder: everything below is keyed by its id, the part of the token before `:`. */
export const bots = sqliteTable("bots", {
  bot_id: integer().primaryKey(),
  /** Hex; memo ids derive from it. Made from the first token, kept when the token is rotated. */
  id_key: text().notNull(),
  /** Counts how often Telegram was seen to restart its update ids. */
  epoch: integer().notNull().default(0),
  /** The next `offset` of getUpdates: last received update_id + 1, which may be lower than an older one. Null: none. */
  next_offset: integer(),
  /** When updates were last known to come in, in ms since 1970, by Telegram's clock where that is known. */
  last_poll_at: integer(),
  /** The last time they did not for longer than Telegram keeps them. */
  away_from: integer(),
  away_until: integer(),
  /** How updates come in, since when and why, and how long `auto` keeps to it. Null before the first start. */
  receive_mode: text().$type<ReceiveMode>(),
  receive_since: integer(),
  receive_reason: text(),
  receive_hold_ms: integer(),
  /** Sealed; only in databases of older versions: today's follows from `id_key`. */
  webhook_secret: text(),
});

/** What came in, whole. */
export const updates = sqliteTable(
  "updates",
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    source: text().$type<"telegram" | "api">().notNull(),
    bot_id: integer().notNull(),
    epoch: integer().notNull(),
    /** Telegram's update_id; for the source `api` the idempotency key. */
    update_id: text().notNull(),
    kind: text().notNull(),
    /** Kind, chat, message id and date: tells a redelivery from an id that Telegram gave out again. */
    fingerprint: text().notNull(),
    job_id: integer()
      .notNull()
      .references(() => jobs.id),
    chat_id: integer(),
    message_id: integer(),
    received_at: integer().notNull(),
    payload: text(),
    payload_form: text().$type<PayloadForm>().notNull().default("plain"),
  },
  (table) => [
    uniqueIndex("updates_identity").on(table.source, table.bot_id, table.epoch, table.update_id),
    index("updates_of_job").on(table.job_id, table.message_id),
    index("updates_received").on(table.received_at),
    index("updates_of_message").on(table.bot_id, table.chat_id, table.message_id),
  ],
);

/** What is to be done: one message, one whole album, one command, one press. */
export const jobs = sqliteTable(
  "jobs",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    bot_id: integer().notNull(),
    kind: text().$type<JobKind>().notNull(),
    /** Message id, or for an album its media_group_id: with kind and chat it names the job for good. */
    job_key: text().notNull(),
    queue: text().$type<JobQueue>().notNull(),
    /** Jobs of a lane are worked one at a time, in order of id: the chat, or `<chat>:<id>` of a job that stepped aside. */
    lane: text().notNull(),
    chat_id: integer(),
    message_id: integer(),
    /** The sender's Telegram user id. */
    telegram_id: integer(),
    /** The account that the sender was bound to when the update was accepted. */
    server: text(),
    account: text(),
    state: text().$type<JobState>().notNull(),
    outcome: text().$type<JobOutcome>(),
    waiting_for: text().$type<WaitingFor>(),
    /** No longer read; goes with the next migration, as the two below. */
    due_at: integer().notNull().default(0),
    wait_ms: integer(),
    snoozes: integer().notNull().default(0),
    /** Of an older version: true once it no longer held back its lane. From the start on it is 0 for all that wait. */
    aside: integer({ mode: "boolean" }).notNull().default(false),
    attempts: integer().notNull().default(0),
    first_failed_at: integer(),
    /** Why it waits, is dead or was ignored: a code, and words for people. */
    reason: text(),
    detail: text(),
    /** No longer read; goes with the next migration, as the one below. */
    lease_token: text(),
    lease_until: integer(),
    /** JSON, written before the first call to Memos; retries follow it. */
    plan: text(),
    /** Set once the memo exists: such a job never creates again. */
    memo_name: text(),
    created_at: integer().notNull(),
    done_at: integer(),
    /** Who discarded it. */
    done_by: text(),
    /** No longer read; goes with the next migration. */
    depends_on: integer(),
    wish: text().$type<Wish>(),
    /** The bot's message that says that it was saved. */
    confirmation_id: integer(),
    /** The comments that go on where its memo, or its comment, has no room for more; null where none do. */
    comments: text({ mode: "json" }).$type<MadeComment[]>(),
    /** The job whose memo it was once part of, before a button of an older version took it out: it is never joined again. */
    separated_from: integer(),
  },
  (table) => [
    uniqueIndex("jobs_identity").on(table.bot_id, table.kind, table.chat_id, table.job_key),
    index("jobs_unfinished")
      .on(table.bot_id, table.queue, table.lane, table.aside, table.id)
      .where(sql`state IN ('waiting', 'working')`),
    index("jobs_by_state").on(table.bot_id, table.state, table.outcome, table.done_at),
    index("jobs_open_albums").on(table.bot_id, table.lane).where(sql`waiting_for = 'album'`),
    index("jobs_done_at").on(table.done_at).where(sql`done_at IS NOT NULL`),
  ],
);

/** A Telegram user joined to a Memos account. Null settings follow Memos. */
export const bindings = sqliteTable("bindings", {
  telegram_id: integer().primaryKey(),
  username: text(),
  server: text().notNull(),
  /** Memos' name of the user: `users/alice`, `users/1` before 0.27. */
  account: text().notNull(),
  display_name: text().notNull(),
  /** What they sign in to Memos with: recognises the account when an upgrade names it anew. Null: not known. */
  memos_username: text(),
  /** The version that called the account so; another one is asked again. */
  memos_version: text(),
  /** Sealed, see encryption.ts. */
  access_token: text().notNull(),
  visibility: text().$type<Visibility>(),
  tags: text({ mode: "json" }).$type<string[]>().notNull().default([]),
  /** How the person is told that a message is saved. */
  confirmation: text().$type<"reply" | "reaction" | "off">().notNull().default("reply"),
  /** Whether a forwarded message begins with where it is from. */
  source_line: integer({ mode: "boolean" }).notNull().default(true),
  formatting: text().$type<"as_typed" | "exact">().notNull().default("as_typed"),
  /** Chosen in the chat; null follows Telegram's. */
  language: text(),
  /** What their Telegram last said, such as `pt-br`. */
  telegram_language: text(),
  state: text().$type<"active" | "paused">().notNull().default("active"),
  paused_reason: text(),
  /** When who-am-I first refused the token: it takes two refusals ten seconds apart to pause a binding. */
  refused_at: integer(),
  /** Who invited them into the account: a guest has that person's token. Null: they brought one of their own. */
  guest_of: integer(),
  /** No longer read; goes with the next migration. */
  tags_asked_at: integer(),
  /** The bot's last question for tags in their chat: a reply to it is tags, not a memo. */
  tags_asked_in: integer(),
  created_at: integer().notNull(),
  updated_at: integer().notNull(),
});

/** What accounts are called that somebody was bound to before: messages may wait for them still. */
export const account_names = sqliteTable(
  "account_names",
  {
    server: text().notNull(),
    account: text().notNull(),
    name: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.server, table.account] })],
);

/** Joins a message, or the bot's confirmation of it, to its memo. */
export const memo_links = sqliteTable(
  "memo_links",
  {
    bot_id: integer().notNull(),
    chat_id: integer().notNull(),
    message_id: integer().notNull(),
    job_id: integer().notNull(),
    server: text().notNull(),
    account: text().notNull(),
    memo_name: text().notNull(),
    /** Where `memo_name` is a comment: the memo it stands under. */
    parent_name: text(),
    /** True for the bot's own message. */
    confirmation: integer({ mode: "boolean" }).notNull().default(false),
    /** SHA-256 of the content as we last wrote it: tells whether the memo was changed in Memos since. */
    content_hash: text(),
  },
  (table) => [
    primaryKey({ columns: [table.bot_id, table.chat_id, table.message_id] }),
    index("memo_links_of_memo").on(table.memo_name),
    index("memo_links_of_job").on(table.job_id),
    index("memo_links_of_parent").on(table.parent_name).where(sql`parent_name IS NOT NULL`),
  ],
);

/**
 * Memos and files whose names the server chose, each held by the job that made it or found it again: two jobs that look
 * for the same thing never take the same one. A job that is done holds its memo by its links, and its files by the memo.
 */
export const claims = sqliteTable(
  "claims",
  {
    server: text().notNull(),
    /** `memos/<uid>` or `attachments/<uid>`. */
    name: text().notNull(),
    job_id: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.server, table.name] }), index("claims_of_job").on(table.job_id)],
);

/**
 * Messages owed to Telegram, written in the transaction that makes them true, and deleted once they were sent. WITHOUT
 * ROWID, which Drizzle cannot say: those of a chat lie side by side.
 */
export const outbox = sqliteTable(
  "outbox",
  {
    bot_id: integer().notNull(),
    chat_id: integer().notNull(),
    /** Counts within the chat. */
    id: integer().notNull(),
    job_id: integer(),
    /** What it sets in the chat, such as `saved:<job>`: of what waits to set the same only the newest is there. */
    slot: text(),
    method: text().$type<OwedMethod>().notNull(),
    /** The parameters of the method. */
    params: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
    /** Parameters of the message that is owed once it turns out that this cannot be done. */
    instead: text({ mode: "json" }).$type<Record<string, unknown>>(),
    /** `confirmation` goes out at most once, `notice` at least once. */
    promise: text().$type<"confirmation" | "notice">().notNull(),
    state: text().$type<"waiting" | "sending">().notNull(),
    created_at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.bot_id, table.chat_id, table.id] }),
    uniqueIndex("outbox_slot")
      .on(table.bot_id, table.chat_id, table.slot)
      .where(sql`state = 'waiting' AND slot IS NOT NULL`),
  ],
);

/** Of an older version: memos in the archive that are to be deleted, or brought back. Nothing is added any more. */
export const deletions = sqliteTable(
  "deletions",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    bot_id: integer().notNull(),
    job_id: integer().notNull(),
    telegram_id: integer().notNull(),
    server: text().notNull(),
    account: text().notNull(),
    memo_name: text().notNull(),
    /** The bot's message with the button that brings it back. */
    chat_id: integer().notNull(),
    message_id: integer(),
    /** Other messages of the bot that tell of it by now. */
    others: text({ mode: "json" })
      .$type<{ readonly chat_id: number; readonly message_id: number }[]>()
      .notNull()
      .default([]),
    /** SHA-256 of the content when it was pressed: what was changed since is left. */
    content_hash: text().notNull(),
    state_before: text().$type<"NORMAL" | "ARCHIVED">().notNull(),
    /** The comments that go on with it. */
    comments: text({ mode: "json" }).$type<DeletedWith[]>().notNull().default([]),
    /** `restoring`: it is wanted back. `deleting`: too late for that. */
    state: text().$type<"waiting" | "restoring" | "deleting">().notNull(),
    delete_at: integer().notNull(),
    /** Not to be tried before this time. */
    due_at: integer().notNull(),
    attempts: integer().notNull().default(0),
  },
  (table) => [uniqueIndex("deletions_of_memo").on(table.bot_id, table.server, table.memo_name)],
);

/** No longer read; goes with the next migration. */
export const searches = sqliteTable(
  "searches",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    telegram_id: integer().notNull(),
    server: text().notNull(),
    account: text().notNull(),
    kind: text().$type<"search" | "recent" | "today">().notNull(),
    query: text().notNull(),
    memo_names: text({ mode: "json" }).$type<string[]>().notNull(),
    created_at: integer().notNull(),
  },
  (table) => [index("searches_created").on(table.created_at)],
);

/** What is remembered of people who are not bound: when they were last told how, and their failed tries. */
export const senders = sqliteTable("senders", {
  telegram_id: integer().primaryKey(),
  hinted_at: integer(),
  /** Times of failed /bind and /start in the last hour. */
  failures: text({ mode: "json" }).$type<number[]>().notNull().default([]),
});

/** When a chat was last told something that it is told rarely. */
export const chats = sqliteTable(
  "chats",
  {
    bot_id: integer().notNull(),
    chat_id: integer().notNull(),
    /** That Memos is down and messages are kept. */
    outage_told_at: integer(),
    /** In a group: how strangers get to use the bot. */
    hinted_at: integer(),
  },
  (table) => [primaryKey({ columns: [table.bot_id, table.chat_id] })],
);

/** Invitations that were not used up. The code itself is not kept. */
export const invitations = sqliteTable("invitations", {
  /** SHA-256 of the code, in hex. */
  code_hash: text().primaryKey(),
  /** The binding whose account the guest is bound to as well; null: the guest brings an access token. */
  shares_telegram_id: integer(),
  created_at: integer().notNull(),
  expires_at: integer().notNull(),
  /** Who used it. */
  used_by: integer(),
  used_at: integer(),
});

/** No longer read; goes with the next migration. Access tokens that could not be checked because Memos is down. */
export const offered_tokens = sqliteTable("offered_tokens", {
  telegram_id: integer().primaryKey(),
  username: text(),
  chat_id: integer().notNull(),
  /** Sealed, see encryption.ts. */
  access_token: text().notNull(),
  offered_at: integer().notNull(),
  /** Then it is forgotten, unchecked. */
  expires_at: integer().notNull(),
});

/** No longer read; goes with the next migration. Access tokens that were pasted, until their owners had said what for. */
export const shown_tokens = sqliteTable("shown_tokens", {
  telegram_id: integer().primaryKey(),
  /** Sealed, see encryption.ts. */
  access_token: text().notNull(),
  /** Then it is forgotten, unused. */
  expires_at: integer().notNull(),
});

/** Names of ALLOWED_USERS, pinned to the id that first wrote under them: names can be taken over. */
export const allowed_names = sqliteTable("allowed_names", {
  username: text().primaryKey(),
  telegram_id: integer().notNull(),
});

/** What was learned about a Memos server. No longer read; goes with the next migration. */
export const servers = sqliteTable("servers", {
  server: text().primaryKey(),
  upload_limit_bytes: integer(),
  upload_limit_of: text().$type<"memos" | "proxy">(),
  upload_limit_at: integer(),
  naming_version: text(),
  memo_ids: text().$type<"ours" | "servers">(),
  file_ids: text().$type<"ours" | "servers">(),
});

/** Single facts: `key_check`, `unclean`. */
export const facts = sqliteTable("facts", {
  name: text().primaryKey(),
  value: text().notNull(),
});
