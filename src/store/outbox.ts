import { and, asc, eq, gt, inArray, lte, min, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import type { Database, Drizzle } from "./database.ts";
import { saveLinks } from "./memo-links.ts";
import { jobs, outbox } from "./schema.ts";

/** A reaction counts as a message: it takes the place of one that was not set yet. */
export type OwedMethod = "sendMessage" | "editMessageText" | "setMessageReaction";

/** A message to Telegram that is now true and has to be said. */
export interface Owed {
  readonly chat_id: number;
  readonly method: OwedMethod;
  readonly params: Record<string, unknown>;
  /**
   * `confirmation`: at most once; when it is not known whether it went out it is never sent again.
   * `notice`: at least once.
   */
  readonly promise: "confirmation" | "notice";
}

export interface OwedMessage {
  readonly id: number;
  readonly chat_id: number;
  readonly method: OwedMethod;
  readonly params: Record<string, unknown>;
  readonly promise: "confirmation" | "notice";
  readonly attempts: number;
}

export interface Outbox {
  owe(owed: readonly Owed[]): void;
  /** Takes the oldest message that is due, first of its chat and of none of `busyChats`, and marks it as on its way. */
  take(busyChats: readonly number[]): OwedMessage | undefined;
  /** Takes the oldest message of one chat, to go out another way. */
  takeOf(chatId: number): OwedMessage | undefined;
  /** When the next one falls due. */
  nextDueAt(busyChats: readonly number[]): number | undefined;
  /** It went out; what was said about a memo is joined to it, so that replies to it are understood. */
  sent(id: number, messageId: number | null): void;
  again(id: number, dueAt: number, detail: string): void;
  drop(id: number, detail: string): void;
  /** It may have gone out: a confirmation is left at that, a notice is sent again. */
  uncertain(id: number, dueAt: number, detail: string): void;
  /** After a start: what was on its way when the process ended. */
  recover(): void;
}

/** Within the caller's transaction. */
export function owe(
  drizzle: Drizzle,
  botId: number,
  jobId: number | null,
  now: number,
  owed: readonly Owed[],
): void {
  for (const { chat_id, method, params, promise } of owed) {
    if (method === "setMessageReaction") {
      // Only the last one is seen: what was not set yet need not be.
      drizzle
        .delete(outbox)
        .where(
          and(
            eq(outbox.bot_id, botId),
            eq(outbox.chat_id, chat_id),
            eq(outbox.state, "waiting"),
            eq(outbox.method, method),
            eq(sql`json_extract(${outbox.params}, '$.message_id')`, params["message_id"]),
          ),
        )
        .run();
    }
    drizzle
      .insert(outbox)
      .values({
        bot_id: botId,
        chat_id,
        job_id: jobId,
        method,
        params: JSON.stringify(params),
        promise,
        state: "waiting",
        created_at: now,
      })
      .run();
  }
}

const IMPLAUSIBLE_MS = 6 * 60_000;

export function createOutbox(deps: { database: Database; clock: Clock; botId: number }): Outbox {
  const { database, clock, botId } = deps;
  const { drizzle } = database;

  /** The first of each chat: one that has to be sent again later holds back what follows it. */
  const heads = drizzle
    .select({ id: min(outbox.id) })
    .from(outbox)
    .where(and(eq(outbox.bot_id, botId), eq(outbox.state, "waiting")))
    .groupBy(outbox.chat_id);

  const waiting = (busyChats: readonly number[]) =>
    and(inArray(outbox.id, heads), notInArray(outbox.chat_id, [...busyChats]));

  const set = (id: number, values: Partial<typeof outbox.$inferInsert>) =>
    drizzle.update(outbox).set(values).where(eq(outbox.id, id)).run();

  /** Marked as on its way before it is: what that means after a crash, its promise says. */
  const takeFirst = (which: SQL | undefined): OwedMessage | undefined =>
    database.inTransaction(() => {
      const row = drizzle.select().from(outbox).where(which).orderBy(asc(outbox.id)).limit(1).get();
      if (!row) return undefined;
      set(row.id, { state: "sending", attempts: row.attempts + 1 });
      return {
        id: row.id,
        chat_id: row.chat_id,
        method: row.method,
        params: JSON.parse(row.params),
        promise: row.promise,
        attempts: row.attempts + 1,
      };
    });

  return {
    owe: (owed) => database.inTransaction(() => owe(drizzle, botId, null, clock.now(), owed)),

    take: (busyChats) => {
      const now = clock.now();
      const due = or(lte(outbox.due_at, now), gt(outbox.due_at, now + IMPLAUSIBLE_MS));
      return takeFirst(and(waiting(busyChats), due));
    },

    takeOf: (chatId) => takeFirst(and(waiting([]), eq(outbox.chat_id, chatId))),

    nextDueAt: (busyChats) =>
      drizzle
        .select({ due_at: outbox.due_at })
        .from(outbox)
        .where(waiting(busyChats))
        .orderBy(asc(outbox.due_at))
        .limit(1)
        .get()?.due_at,

    sent: (id, messageId) =>
      database.inTransaction(() => {
        set(id, { state: "sent", sent_message_id: messageId, detail: null });
        const row = drizzle.select().from(outbox).where(eq(outbox.id, id)).get();
        if (messageId === null || row?.method !== "sendMessage" || row.job_id === null) return;
        const job = drizzle.select().from(jobs).where(eq(jobs.id, row.job_id)).get();
        if (!job?.memo_name || !job.server || !job.account) return;
        saveLinks(drizzle, botId, job.id, [
          {
            chat_id: row.chat_id,
            message_id: messageId,
            server: job.server,
            account: job.account,
            memo_name: job.memo_name,
            content_hash: null,
            confirmation: true,
          },
        ]);
      }),

    again: (id, dueAt, detail) => set(id, { state: "waiting", due_at: dueAt, detail }),
    drop: (id, detail) => set(id, { state: "dropped", detail }),

    uncertain(id, dueAt, detail) {
      const promise = drizzle.select().from(outbox).where(eq(outbox.id, id)).get()?.promise;
      set(
        id,
        promise === "notice" ? { state: "waiting", due_at: dueAt, detail } : { state: "uncertain", detail },
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
        .where(and(interrupted, inArray(outbox.promise, ["notice"])))
        .run();
    },
  };
}
