import { eq } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { allowed as pinned_names } from "../db/schema.ts";

/** ALLOWED_USERS: numeric ids, and names in lower case without `@`. Null: everybody with an access token. */
export type AllowedUsers = { readonly ids: readonly number[]; readonly usernames: readonly string[] } | null;

export type Admission = ReturnType<typeof createAdmission>;

const HOUR_MS = 3_600_000;
const FAILURES_AN_HOUR = 5;

/** Who may use the bot, and how often a stranger is answered. */
export function createAdmission(database: Database, allowed: AllowedUsers) {
  const { drizzle } = database;

  function pinnedTo(username: string, telegramId: number): boolean {
    const pinned = drizzle.select().from(pinned_names).where(eq(pinned_names.username, username)).get();
    if (pinned) return pinned.telegram_id === telegramId;
    drizzle.insert(pinned_names).values({ username, telegram_id: telegramId }).run();
    return true;
  }

  function ownName(telegramId: number): boolean {
    return drizzle
      .select()
      .from(pinned_names)
      .where(eq(pinned_names.telegram_id, telegramId))
      .all()
      .some((row) => allowed?.usernames.includes(row.username));
  }

  const isAllowed = (telegramId: number) =>
    allowed === null || allowed.ids.includes(telegramId) || ownName(telegramId);

  /** What is remembered of people who are not bound, until the process ends. */
  const hintedAt = new Map<number, number>();
  const failures = new Map<number, number[]>();

  const recentFailures = (telegramId: number, now: number) =>
    (failures.get(telegramId) ?? []).filter((at) => isWithinHour(at, now));

  return {
    /** Whether somebody who was taken once still is: by the id alone. */
    isAllowed,
    /** Null when the sender may use the bot. A name is pinned to the first id that writes under it. */
    refusalOf({ id, username }: { id: number; username: string | null }): "not_allowed" | null {
      if (allowed === null || isAllowed(id)) return null;
      const name = username?.toLowerCase();
      if (name === undefined || !allowed.usernames.includes(name)) return "not_allowed";
      return pinnedTo(name, id) ? null : "not_allowed";
    },
    /** True at most once an hour, for a sender or a group. */
    claimHint(id: number, now: number): boolean {
      if (isWithinHour(hintedAt.get(id) ?? 0, now)) return false;
      keepNewest(hintedAt, id, now);
      return true;
    },
    /** The next hint may be claimed at once. */
    forgetHint(telegramId: number): void {
      hintedAt.delete(telegramId);
    },
    /** False after five failed tries within an hour. */
    mayTryToken: (telegramId: number, now: number): boolean =>
      recentFailures(telegramId, now).length < FAILURES_AN_HOUR,
    noteFailedToken(telegramId: number, now: number): void {
      keepNewest(failures, telegramId, [...recentFailures(telegramId, now), now]);
    },
  };
}

/** A time ahead of now is a clock that was set back: it counts as long ago. */
const isWithinHour = (at: number, now: number) => at <= now && at > now - HOUR_MS;

/** Strangers are as many as they like. */
const SENDERS = 10_000;

function keepNewest<Kept>(kept: Map<number, Kept>, telegramId: number, what: Kept): void {
  kept.delete(telegramId);
  kept.set(telegramId, what);
  const [oldest] = kept.keys();
  if (kept.size > SENDERS && oldest !== undefined) kept.delete(oldest);
}
