import { and, asc, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import { nameOfAccount } from "./account-names.ts";
import type { Database } from "./database.ts";
import { redactPayload } from "./payloads.ts";
import { jobs, updates } from "./schema.ts";
import type { Vault } from "./vault.ts";

export interface Account {
  readonly server: string;
  readonly account: string;
}

/** Messages of a person that wait for an account which they are not bound to. */
export interface StrandedMessages extends Account {
  /** What people call it. */
  readonly name: string;
  /** Nothing of them was ever begun: they can go elsewhere. */
  readonly free: number;
  /** Something of them may be in that account already: they stay with it. */
  readonly begun: number;
  /** A job of it, by which a button names the account. */
  readonly job_id: number;
}

export interface Stranded {
  /** By account, the oldest message first. `bound`: null where the person is bound to none. */
  of(telegramId: number, bound: Account | null): StrandedMessages[];
  /** Gives the free ones to another account, where it is their turn at once; returns how many. */
  move(telegramId: number, from: Account, to: Account): number;
  /** A person gave up on the free ones; returns how many. */
  discard(telegramId: number, from: Account, by: string): number;
}

export function createStranded(deps: {
  database: Database;
  vault: Vault;
  clock: Clock;
  botId: number;
}): Stranded {
  const { database, vault, clock, botId } = deps;
  const { drizzle } = database;

  const ofPerson = (telegramId: number, ...more: (SQL | undefined)[]) =>
    and(eq(jobs.bot_id, botId), eq(jobs.queue, "messages"), eq(jobs.telegram_id, telegramId), ...more);
  /** A plan is stored before the first call to Memos: without one, nothing can be there. */
  const free = and(eq(jobs.state, "waiting"), isNull(jobs.plan), isNull(jobs.memo_name));
  const within = ({ server, account }: Account) => and(eq(jobs.server, server), eq(jobs.account, account));

  function redact(jobIds: readonly number[]): boolean {
    const sealed = drizzle
      .select({ seq: updates.seq, payload: updates.payload })
      .from(updates)
      .where(and(inArray(updates.job_id, [...jobIds]), eq(updates.payload_form, "sealed")))
      .all();
    for (const { seq, payload } of sealed) {
      drizzle
        .update(updates)
        .set({ payload: redactPayload(vault, payload ?? ""), payload_form: "redacted" })
        .where(eq(updates.seq, seq))
        .run();
    }
    return sealed.length > 0;
  }

  return {
    of(telegramId, bound) {
      const found = new Map<string, StrandedMessages>();
      const rows = drizzle
        .select({ id: jobs.id, server: jobs.server, account: jobs.account, free: sql<0 | 1>`${free}` })
        .from(jobs)
        .where(ofPerson(telegramId, inArray(jobs.state, ["waiting", "working"])))
        .orderBy(asc(jobs.id))
        .all();
      for (const { id, server, account, free } of rows) {
        if (server === null || account === null) continue;
        if (server === bound?.server && account === bound.account) continue;
        const key = `${server} ${account}`;
        const name = found.get(key)?.name ?? nameOfAccount(drizzle, { server, account });
        const before = found.get(key) ?? { server, account, name, free: 0, begun: 0, job_id: id };
        const counted = free ? { free: before.free + 1 } : { begun: before.begun + 1 };
        found.set(key, { ...before, ...counted });
      }
      return [...found.values()];
    },

    move: (telegramId, from, to) =>
      drizzle
        .update(jobs)
        .set({
          server: to.server,
          account: to.account,
          due_at: clock.now(),
          waiting_for: null,
          aside: false,
          attempts: 0,
          first_failed_at: null,
          reason: null,
          detail: null,
        })
        .where(ofPerson(telegramId, within(from), free))
        .returning({ id: jobs.id })
        .all().length,

    discard(telegramId, from, by) {
      const discarded = database.durable(() => {
        const ids = drizzle
          .update(jobs)
          .set({
            state: "done",
            outcome: "discarded",
            waiting_for: null,
            done_at: clock.now(),
            done_by: by,
          })
          .where(ofPerson(telegramId, within(from), free))
          .returning({ id: jobs.id })
          .all()
          .map(({ id }) => id);
        return { count: ids.length, secret: redact(ids) };
      });
      // As with every token: only an emptied log holds no older copy.
      if (discarded.secret) database.checkpoint();
      return discarded.count;
    },
  };
}
