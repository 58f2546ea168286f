import { and, asc, eq, lte, ne } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import { nameOfAccount } from "./account-names.ts";
import type { Database } from "./database.ts";
import { type Owed, owe } from "./outbox.ts";
import { deletions } from "./schema.ts";

export type Deletion = typeof deletions.$inferSelect;
type Told = Deletion["others"][number];

/** The bot's messages that tell of a deletion. */
export function messagesOf({ chat_id, message_id, others }: Deletion): Told[] {
  return message_id === null ? [...others] : [{ chat_id, message_id }, ...others];
}

/** Memos that are archived now and deleted in a while, unless somebody wants them back. */
export interface Deletions {
  /** Notes what is about to be archived; where it is noted already, another message that tells of it. */
  begin(deletion: Omit<Deletion, "id" | "bot_id" | "others" | "state" | "due_at" | "attempts">): Deletion;
  /** One more message tells of it, and is changed with the others. */
  alsoIn(id: number, message: Told): void;
  of(memo: { server: string; memo_name: string }): Deletion | undefined;
  /** False when it is too late, or was never to be deleted. */
  restore(id: number): boolean;
  /** Takes one that is due; one that was to wait is `deleting` from now on. */
  takeDue(): Deletion | undefined;
  /** All of a person, whatever their time: they are about to leave the account. */
  takeOf(telegramId: number): Deletion[];
  nextDueAt(): number | undefined;
  again(id: number, dueAt: number): void;
  /** Those of a person's account have their turn, as if they had not been tried: it is bound again. */
  release(telegramId: number, account: { server: string; account: string }): void;
  /** What people call the account of a deletion. */
  accountOf(deletion: Deletion): string;
  /** It is settled: what is to be said of it, as it is by then, is owed in the same transaction. */
  end(id: number, owed: (deletion: Deletion) => readonly Owed[]): void;
}

/** Far enough ahead that only a clock that was set back can explain it. */
const IMPLAUSIBLE_MS = 2 * 3_600_000;

export function createDeletions(deps: { database: Database; clock: Clock; botId: number }): Deletions {
  const { database, clock, botId } = deps;
  const { drizzle } = database;

  const find = (memo: { server: string; memo_name: string }) =>
    drizzle
      .select()
      .from(deletions)
      .where(
        and(
          eq(deletions.bot_id, botId),
          eq(deletions.server, memo.server),
          eq(deletions.memo_name, memo.memo_name),
        ),
      )
      .get();

  const first = () =>
    drizzle
      .select()
      .from(deletions)
      .where(eq(deletions.bot_id, botId))
      .orderBy(asc(deletions.due_at))
      .limit(1)
      .get();

  function alsoIn(id: number, { chat_id, message_id }: Told): void {
    const row = drizzle.select().from(deletions).where(eq(deletions.id, id)).get();
    if (!row || messagesOf(row).some((told) => told.chat_id === chat_id && told.message_id === message_id))
      return;
    const others = [...row.others, { chat_id, message_id }];
    drizzle.update(deletions).set({ others }).where(eq(deletions.id, id)).run();
  }

  const plausible = (dueAt: number, now: number) => (dueAt > now + IMPLAUSIBLE_MS ? now : dueAt);

  return {
    begin: (deletion) =>
      database.durable(() => {
        const before = find(deletion);
        if (before) {
          const { chat_id, message_id } = deletion;
          if (message_id !== null) alsoIn(before.id, { chat_id, message_id });
          return before;
        }
        return drizzle
          .insert(deletions)
          .values({ ...deletion, bot_id: botId, state: "waiting", due_at: deletion.delete_at })
          .returning()
          .get();
      }),
    alsoIn: (id, message) => database.durable(() => alsoIn(id, message)),
    of: find,
    restore: (id) =>
      drizzle
        .update(deletions)
        .set({ state: "restoring", due_at: clock.now(), attempts: 0 })
        .where(and(eq(deletions.id, id), eq(deletions.state, "waiting")))
        .returning()
        .get() !== undefined,
    takeDue: () =>
      database.durable(() => {
        const now = clock.now();
        const implausible = first();
        if (implausible && plausible(implausible.due_at, now) !== implausible.due_at) {
          drizzle.update(deletions).set({ due_at: now }).where(eq(deletions.id, implausible.id)).run();
        }
        const due = drizzle
          .select()
          .from(deletions)
          .where(and(eq(deletions.bot_id, botId), lte(deletions.due_at, now)))
          .orderBy(asc(deletions.due_at))
          .limit(1)
          .get();
        if (due?.state !== "waiting") return due;
        return drizzle
          .update(deletions)
          .set({ state: "deleting" })
          .where(eq(deletions.id, due.id))
          .returning()
          .get();
      }),
    takeOf: (telegramId) =>
      database.durable(() => {
        const ofPerson = and(eq(deletions.bot_id, botId), eq(deletions.telegram_id, telegramId));
        drizzle
          .update(deletions)
          .set({ state: "deleting" })
          .where(and(ofPerson, eq(deletions.state, "waiting")))
          .run();
        return drizzle.select().from(deletions).where(ofPerson).orderBy(asc(deletions.id)).all();
      }),
    nextDueAt() {
      const next = first();
      return next && plausible(next.due_at, clock.now());
    },
    again(id, dueAt) {
      const row = drizzle.select().from(deletions).where(eq(deletions.id, id)).get();
      if (!row) return;
      drizzle
        .update(deletions)
        .set({ due_at: dueAt, attempts: row.attempts + 1 })
        .where(eq(deletions.id, id))
        .run();
    },
    release: (telegramId, { server, account }) => {
      drizzle
        .update(deletions)
        .set({ due_at: clock.now(), attempts: 0 })
        .where(
          and(
            eq(deletions.bot_id, botId),
            eq(deletions.telegram_id, telegramId),
            eq(deletions.server, server),
            eq(deletions.account, account),
            ne(deletions.state, "waiting"),
          ),
        )
        .run();
    },
    accountOf: (deletion) => nameOfAccount(drizzle, deletion),
    end: (id, owed) =>
      database.durable(() => {
        const gone = drizzle.delete(deletions).where(eq(deletions.id, id)).returning().get();
        if (gone) owe(drizzle, botId, null, clock.now(), owed(gone));
      }),
  };
}
