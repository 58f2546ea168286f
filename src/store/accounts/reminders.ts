import { and, asc, between, count, eq, isNotNull, isNull, lte, or, sql } from "drizzle-orm";
import { createBell } from "../../base/bell.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { StoreContext } from "../db/database.ts";
import { accounts, bindings, reminders } from "../db/schema.ts";
import { owe } from "../outbox/owe.ts";

export type Reminder = typeof reminders.$inferSelect;

/** Reminders of one memo so close to each other are one, such as by two presses of a button. */
const SAME_MS = 60_000;

/**
 * Memos that come back into somebody's chat, and digests of them. What is told, and that it was, are written as one. The
 * times are Telegram's.
 */
export function createReminders(context: StoreContext) {
  const { database } = context;
  const { drizzle } = database;
  /** Rung with whose times have changed. */
  const changedBell = createBell<number>();

  const pending = (telegramId: number) =>
    and(eq(reminders.telegram_id, telegramId), isNotNull(reminders.due_at));
  const is = (id: number) => eq(reminders.id, id);

  /** What is still to come to somebody, the soonest first. */
  const list = (telegramId: number, { limit, offset = 0 }: { limit: number; offset?: number }): Reminder[] =>
    drizzle
      .select()
      .from(reminders)
      .where(pending(telegramId))
      .orderBy(asc(reminders.due_at), asc(reminders.id))
      .limit(limit)
      .offset(offset)
      .all();

  /** Of who is bound to a server, what has to be told until `before`. */
  const isOfServer = eq(accounts.server, sql.placeholder("server"));
  const dueOfServer = drizzle
    .select({ telegram_id: reminders.telegram_id })
    .from(reminders)
    .innerJoin(accounts, eq(accounts.id, reminders.account_key))
    .where(and(lte(reminders.due_at, sql.placeholder("before")), isOfServer))
    .prepare();
  const digestsOfServer = drizzle
    .select({ telegram_id: bindings.telegram_id })
    .from(bindings)
    .innerJoin(accounts, eq(accounts.id, bindings.account_key))
    .where(and(lte(bindings.digest_at, sql.placeholder("before")), isOfServer))
    .prepare();

  return {
    changedBell,

    /** `id`: the job that asks for it, so that it is there once, however often that is worked, or the same is asked for. */
    add(reminder: Omit<Reminder, "due_at"> & { readonly due_at: number }): Reminder {
      const { id, telegram_id, account_key, memo_name, cron, due_at } = reminder;
      const isTime =
        cron === null
          ? and(isNull(reminders.cron), between(reminders.due_at, due_at - SAME_MS, due_at + SAME_MS))
          : eq(reminders.cron, cron);
      const isOf = and(eq(reminders.telegram_id, telegram_id), eq(reminders.account_key, account_key));
      const isSame = and(isOf, eq(reminders.memo_name, memo_name), isTime);
      const added = database.durable(
        () =>
          drizzle
            .select()
            .from(reminders)
            .where(or(is(id), isSame))
            .get() ?? drizzle.insert(reminders).values(reminder).returning().get(),
      );
      changedBell.ring(telegram_id);
      return added;
    },

    get: (id: number): Reminder | undefined => drizzle.select().from(reminders).where(is(id)).get(),

    list,

    countOf: (telegramId: number): number =>
      drizzle.select({ count: count() }).from(reminders).where(pending(telegramId)).get()?.count ?? 0,

    /** Those of a person that come again and again. */
    repeated: (telegramId: number): Reminder[] =>
      drizzle
        .select()
        .from(reminders)
        .where(and(pending(telegramId), isNotNull(reminders.cron)))
        .all(),

    putOff({ id, telegram_id }: Reminder, due_at: number): void {
      database.durable(() => void drizzle.update(reminders).set({ due_at }).where(is(id)).run());
      changedBell.ring(telegram_id);
    },

    remove: (id: number): void => database.durable(() => void drizzle.delete(reminders).where(is(id)).run()),

    /** Who has something due until `before`, as far as they are bound to this server. */
    people(server: string, before: number): Set<number> {
      const due = [dueOfServer, digestsOfServer].flatMap((statement) => statement.all({ server, before }));
      return new Set(due.map(({ telegram_id }) => telegram_id));
    },

    /** The next of a person. */
    next(telegramId: number): (Reminder & { due_at: number }) | undefined {
      const [first] = list(telegramId, { limit: 1 });
      return first && { ...first, due_at: first.due_at ?? 0 };
    },

    /** It is told, unless it was put off or removed meanwhile: from then on it comes at `next`, if ever, or is over. */
    told: (
      { id, due_at }: Pick<Reminder, "id" | "due_at">,
      owed: readonly Owed[],
      next: number | null | "over",
    ): void =>
      database.durable(() => {
        const isThis = and(is(id), eq(reminders.due_at, due_at ?? 0));
        const found =
          next === "over"
            ? drizzle.delete(reminders).where(isThis).returning().get()
            : drizzle.update(reminders).set({ due_at: next }).where(isThis).returning().get();
        // A reply to it is about its memo, by the job that asked for it where no other stands for that.
        if (found) owe(context, owed, id);
      }),

    /** The same of the digest that was due at a time, of an account. */
    digested: (
      { telegram_id, account_key }: { readonly telegram_id: number; readonly account_key: number },
      due_at: number,
      owed: readonly Owed[],
      next: number | null,
    ): void =>
      database.durable(() => {
        const isOfAccount = and(eq(bindings.telegram_id, telegram_id), eq(bindings.account_key, account_key));
        const isThis = and(isOfAccount, eq(bindings.digest_at, due_at));
        const found = drizzle.update(bindings).set({ digest_at: next }).where(isThis).returning().get();
        if (found) owe(context, owed);
      }),
  };
}

/** Within the caller's transaction: what somebody wanted to be reminded of in another account than `account_key`, if any. */
export function forgetReminders(
  { database: { drizzle } }: StoreContext,
  telegramId: number,
  account_key: number | null,
): void {
  const isOther = sql`${reminders.account_key} IS NOT ${account_key}`;
  drizzle
    .delete(reminders)
    .where(and(eq(reminders.telegram_id, telegramId), isOther))
    .run();
}
