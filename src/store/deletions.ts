import { and, asc, eq, lte } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import type { Database } from "./database.ts";
import { type Owed, owe } from "./outbox.ts";
import { deletions } from "./schema.ts";

export type Deletion = typeof deletions.$inferSelect;

/** Memos that are archived now and deleted in a while, unless somebody wants them back. */
export interface Deletions {
  /** Notes what is about to be archived; the row that is there already where it is noted. */
  begin(deletion: Omit<Deletion, "id" | "bot_id" | "state" | "due_at" | "attempts">): Deletion;
  of(memo: { server: string; memo_name: string }): Deletion | undefined;
  /** False when it is too late, or was never to be deleted. */
  restore(id: number): boolean;
  /** Takes one that is due; one that was to wait is `deleting` from now on. */
  takeDue(): Deletion | undefined;
  nextDueAt(): number | undefined;
  again(id: number, dueAt: number): void;
  /** It is settled: what is to be said of it is owed in the same transaction. */
  end(id: number, owed: readonly Owed[]): void;
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

  const plausible = (dueAt: number, now: number) => (dueAt > now + IMPLAUSIBLE_MS ? now : dueAt);

  return {
    begin: (deletion) =>
      database.inTransaction(() => {
        const before = find(deletion);
        if (before) return before;
        return drizzle
          .insert(deletions)
          .values({ ...deletion, bot_id: botId, state: "waiting", due_at: deletion.delete_at })
          .returning()
          .get();
      }),
    of: find,
    restore: (id) =>
      drizzle
        .update(deletions)
        .set({ state: "restoring", due_at: clock.now(), attempts: 0 })
        .where(and(eq(deletions.id, id), eq(deletions.state, "waiting")))
        .returning()
        .get() !== undefined,
    takeDue: () =>
      database.inTransaction(() => {
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
    end: (id, owed) =>
      database.inTransaction(() => {
        const gone = drizzle.delete(deletions).where(eq(deletions.id, id)).returning().get();
        if (gone) owe(drizzle, botId, null, clock.now(), owed);
      }),
  };
}
