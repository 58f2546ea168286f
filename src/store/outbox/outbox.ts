import { and, eq, lt, or, sql } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import type { Owed, OwedMessage } from "../../domain/outgoing.ts";
import type { Database, Drizzle } from "../db/database.ts";
import { bindings, outbox } from "../db/schema.ts";
import type { Statements } from "../db/statements.ts";
import { dropEditsOf, IS_WAITING, oweChange } from "./owed-changes.ts";
import { createHeads } from "./owed-heads.ts";
import { packParams, unpackParams } from "./owed-params.ts";
import { createSums, type SumWords } from "./owed-sum.ts";

/**
 * The messages that are owed. What became of one is written lazily: the next start settles what is still on its way by
 * its promise. In order within a chat, reactions last; what is to be deleted goes first and holds up
 * nothing. More than ten confirmations of a chat become one
 * message and a 👍 each. Confirmations and reactions that could not go out for a day are dropped: what they tell can
 * be seen in Memos. Everything that must be read, and edits, which leave a chat as it really is, stay owed.
 */
export interface Outbox {
  owe(owed: readonly Owed[]): void;
  /** Within the caller's transaction: owes all of them but a confirmation, which is on its way at once. */
  oweAndTake(jobId: number, owed: readonly Owed[]): OwedMessage | undefined;
  /**
   * Takes the oldest message that is due, first of its chat and of none of `busyChats`, and marks it as on its way.
   * `dropsStale`: what is too old is dropped; false while the clock may be wrong.
   */
  take(busyChats: readonly number[], words: SumWords, dropsStale?: boolean): OwedMessage | undefined;
  /** Takes the next message of one chat, to go out another way than by a call. */
  takeOf(chatId: number, words: SumWords, dropsStale?: boolean): OwedMessage | undefined;
  /** When the next one falls due. */
  nextDueAt(busyChats: readonly number[]): number | undefined;
  /** It went out; a word about a memo is joined to it, and a question for tags noted: replies to them are understood. */
  sent(id: number, messageId: number | null): void;
  again(id: number, dueAt: number, detail: string): void;
  /** It cannot be done. */
  drop(id: number, detail: string): void;
  /** A group became a supergroup, where none of its messages has the id it had: what can be said there is. */
  move(id: number, toChatId: number): void;
  /** It may have gone out: a confirmation is left at that, a notice is sent again. */
  uncertain(id: number, dueAt: number, detail: string): void;
  /** After a start: what was on its way when the process ended. */
  recover(): void;
}

/** Within the caller's transaction. `jobId`: the job that ends with it. */
export function owe(
  database: Pick<Database, "drizzle" | "statements" | "owed">,
  botId: number,
  jobId: number | null,
  now: number,
  owed: readonly Owed[],
): void {
  const { drizzle, statements } = database;
  for (const one of owed) {
    const { chat_id, method, params } = one;
    database.owed.ring(chat_id);
    const job_id = one.job_id ?? jobId;
    if (one.changes) {
      if (job_id !== null) oweChange(drizzle, botId, job_id, now, one);
      continue;
    }
    // Only the last one is seen: what was not set yet need not be.
    if (method === "setMessageReaction")
      dropReactionsTo(drizzle, botId, job_id, chat_id, params["message_id"]);
    if (method === "editMessageText") dropEditsOf(drizzle, botId, chat_id, params["message_id"]);
    insertOwed(statements, botId, job_id, now, one, { state: "waiting", attempts: 0 });
  }
}

function insertOwed(
  statements: Statements,
  bot_id: number,
  job_id: number | null,
  created_at: number,
  { chat_id, method, params, promise, about, instead }: Owed,
  state: { readonly state: "waiting" | "sending"; readonly attempts: number },
): { id: number } {
  const packed = packParams(params, { ...(about && { about }), ...(instead && { instead }) });
  const row = { bot_id, chat_id, job_id, method, params: packed, promise, ...state, created_at };
  return statements.insertOwed.get(row);
}

/** What is sent once at most. */
export const isConfirmation = ({ method, promise, changes }: Owed) =>
  method === "sendMessage" && promise === "confirmation" && changes === undefined;

/** The marks of a message are its job's: looked up by that, since thousands may wait in a chat. */
function dropReactionsTo(
  drizzle: Drizzle,
  botId: number,
  jobId: number | null,
  chatId: number,
  messageId: unknown,
): void {
  drizzle
    .delete(outbox)
    .where(
      and(
        jobId === null ? and(eq(outbox.bot_id, botId), eq(outbox.chat_id, chatId)) : eq(outbox.job_id, jobId),
        IS_WAITING,
        eq(outbox.method, "setMessageReaction"),
        eq(sql`json_extract(${outbox.params}, '$.message_id')`, messageId),
      ),
    )
    .run();
}

/** Nobody waits any longer than this to hear that all is well. */
const STALE_MS = 24 * 3_600_000;

export function createOutbox(deps: { database: Database; clock: Clock; botId: number }): Outbox {
  const { database, clock, botId } = deps;
  const { drizzle, statements } = database;
  const heads = createHeads(deps);
  const sums = createSums(deps);

  type Row = typeof outbox.$inferSelect;
  interface Turn {
    readonly words: SumWords;
    /** Whether marks can be set beside it. */
    readonly marks: boolean;
    readonly dropsStale: boolean;
  }

  const find = (id: number) => statements.owed.get({ id });
  const set = (id: number, values: Partial<typeof outbox.$inferInsert>) =>
    drizzle.update(outbox).set(values).where(eq(outbox.id, id)).run();

  /** Marked as on its way before it is: what that means after a crash, its promise says. */
  function begin(row: Row, params: Record<string, unknown>): OwedMessage {
    const { id, chat_id, method, promise } = row;
    const attempts = row.attempts + 1;
    statements.sending.run({ id, attempts });
    if (method === "sendMessage") sums.end(chat_id);
    return { id, chat_id, method, params, promise, attempts };
  }

  const canBeStale = or(eq(outbox.promise, "confirmation"), eq(outbox.method, "setMessageReaction"));

  function dropStale(chatId: number, before: number): void {
    drizzle
      .update(outbox)
      .set({ state: "dropped", detail: "too old to be told" })
      .where(
        and(
          eq(outbox.bot_id, botId),
          eq(outbox.chat_id, chatId),
          IS_WAITING,
          canBeStale,
          lt(outbox.created_at, before),
        ),
      )
      .run();
  }

  /** What is sent in a row's turn; undefined where the row was dropped instead. */
  function turnOf(row: Row, { words, marks, dropsStale }: Turn): OwedMessage | undefined {
    const before = dropsStale ? clock.now() - STALE_MS : 0;
    if (row.created_at < before && (row.promise === "confirmation" || row.method === "setMessageReaction")) {
      dropStale(row.chat_id, before);
      return undefined;
    }
    const { params, note } = unpackParams(row.params);
    if (row.changes_id !== null) {
      const message_id = find(row.changes_id)?.sent_message_id ?? null;
      if (message_id !== null) return begin(row, { ...params, message_id });
      set(row.id, { state: "dropped", detail: "the message that it changes was not sent" });
      return undefined;
    }
    if (note.about === "memo" && row.promise === "confirmation") {
      const sum = sums.sumUp(row.chat_id, { words, marks });
      if (sum) return sum;
    }
    return begin(row, params);
  }

  /** A reply to it is known by its id. */
  const noteQuestion = (telegramId: number, tags_asked_in: number) =>
    drizzle.update(bindings).set({ tags_asked_in }).where(eq(bindings.telegram_id, telegramId)).run();

  function takeFirst(head: () => number | undefined, turn: Turn): OwedMessage | undefined {
    for (let id = head(); id !== undefined; id = head()) {
      const row = find(id);
      if (!row) continue;
      // At most once: that it is on its way is synced before it is. All else may be sent again after a power cut.
      const isOnce = row.promise === "confirmation" && row.method === "sendMessage";
      const taken = database[isOnce ? "durable" : "lazy"](() => turnOf(row, turn) ?? null);
      if (taken) return taken;
    }
    return undefined;
  }

  return {
    owe: (owed) => database.durable(() => owe(database, botId, null, clock.now(), owed)),

    oweAndTake(jobId, owed) {
      const now = clock.now();
      const first = owed.find(isConfirmation);
      owe(database, botId, jobId, now, first ? owed.filter((one) => one !== first) : owed);
      if (!first) return undefined;
      const { chat_id, method, params, promise } = first;
      const state = { state: "sending", attempts: 1 } as const;
      const { id } = insertOwed(statements, botId, jobId, now, first, state);
      sums.end(chat_id);
      return { id, chat_id, method, params, promise, attempts: 1 };
    },

    take: (busyChats, words, dropsStale = true) =>
      takeFirst(() => heads.due(busyChats, clock.now()), { words, marks: true, dropsStale }),
    // Where no call can be made, no mark can be set beside what rides.
    takeOf: (chatId, words, dropsStale = true) =>
      takeFirst(() => heads.of(chatId), { words, marks: false, dropsStale }),
    nextDueAt: heads.nextDueAt,

    sent: (id, messageId) =>
      database.lazy(() => {
        const row = statements.sent.get({ id, message_id: messageId });
        if (row?.method !== "sendMessage") return;
        // Else a power cut hours later would have it sent again.
        if (row.promise === "notice") database.syncSoon();
        if (messageId === null || row.job_id === null) return;
        const linked = statements.linkSent.get({ bot_id: botId, ...row, message_id: messageId });
        const isQuestion = unpackParams(row.params).note.about === "tag_question";
        if (!linked && isQuestion) noteQuestion(row.chat_id, messageId);
      }),

    move: (id, toChatId) =>
      database.durable(() => {
        const from = find(id)?.chat_id;
        if (from === undefined) return;
        set(id, { state: "waiting", due_at: 0 });
        const waiting = drizzle
          .select()
          .from(outbox)
          .where(and(eq(outbox.bot_id, botId), eq(outbox.chat_id, from), IS_WAITING))
          .all();
        for (const row of waiting) {
          const { params, note } = unpackParams(row.params);
          if (row.method === "sendMessage" || row.changes_id !== null) {
            const kept = { ...params, chat_id: toChatId, reply_parameters: undefined };
            set(row.id, { chat_id: toChatId, params: packParams(kept, note) });
          } else set(row.id, { state: "dropped", detail: "the group became a supergroup" });
        }
      }),

    again: (id, dueAt, detail) => database.lazy(() => set(id, { state: "waiting", due_at: dueAt, detail })),
    drop: (id, detail) =>
      database.lazy(() => {
        set(id, { state: "dropped", detail });
        const row = find(id);
        const instead = row && unpackParams(row.params).note.instead;
        if (!row || !instead) return;
        const { chat_id, job_id } = row;
        const said = { chat_id, method: "sendMessage", params: instead, promise: "notice" } as const;
        owe(database, botId, job_id, clock.now(), [said]);
      }),

    uncertain(id, dueAt, detail) {
      const promise = find(id)?.promise;
      database.lazy(() =>
        set(
          id,
          promise === "notice" ? { state: "waiting", due_at: dueAt, detail } : { state: "uncertain", detail },
        ),
      );
    },

    recover() {
      const interrupted = and(eq(outbox.bot_id, botId), eq(outbox.state, "sending"));
      drizzle
        .update(outbox)
        .set({ state: "uncertain" })
        .where(and(interrupted, eq(outbox.promise, "confirmation")))
        .run();
      drizzle
        .update(outbox)
        .set({ state: "waiting", due_at: 0 })
        .where(and(interrupted, eq(outbox.promise, "notice")))
        .run();
    },
  };
}
