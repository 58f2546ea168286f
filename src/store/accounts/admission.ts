import { eq } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { allowed_names, senders } from "../db/schema.ts";

/** ALLOWED_USERS: numeric ids, and names in lower case without `@`. Null: everybody with an access token. */
export type AllowedUsers = { readonly ids: readonly number[]; readonly usernames: readonly string[] } | null;

/** Who may use the bot, and how often a stranger is answered. */
export interface Admission {
  /** Null when the sender may use the bot. A name is pinned to the first id that writes under it. */
  refusalOf(sender: { id: number; username: string | null }, now: number): "not_allowed" | null;
  /** Whether somebody who was taken once still is: by the id alone. */
  isAllowed(telegramId: number): boolean;
  /** True at most once an hour and sender. */
  claimHint(telegramId: number, now: number): boolean;
  /** The next hint may be claimed at once. */
  forgetHint(telegramId: number): void;
  /** False after five failed tries within an hour. */
  mayTryToken(telegramId: number, now: number): boolean;
  noteFailedToken(telegramId: number, now: number): void;
}

const HOUR_MS = 3_600_000;
const FAILURES_AN_HOUR = 5;

export function createAdmission(database: Database, allowed: AllowedUsers): Admission {
  const { drizzle } = database;

  function pinnedTo(username: string, telegramId: number): boolean {
    const pinned = drizzle.select().from(allowed_names).where(eq(allowed_names.username, username)).get();
    if (pinned) return pinned.telegram_id === telegramId;
    drizzle.insert(allowed_names).values({ username, telegram_id: telegramId }).run();
    return true;
  }

  function ownName(telegramId: number): boolean {
    return drizzle
      .select()
      .from(allowed_names)
      .where(eq(allowed_names.telegram_id, telegramId))
      .all()
      .some((row) => allowed?.usernames.includes(row.username));
  }

  const isAllowed = (telegramId: number) =>
    allowed === null || allowed.ids.includes(telegramId) || ownName(telegramId);

  const recentFailures = (telegramId: number, now: number) =>
    (drizzle.select().from(senders).where(eq(senders.telegram_id, telegramId)).get()?.failures ?? []).filter(
      (at) => at > now - HOUR_MS && at <= now,
    );

  return {
    isAllowed,
    refusalOf({ id, username }) {
      if (allowed === null || isAllowed(id)) return null;
      const name = username?.toLowerCase();
      if (name === undefined || !allowed.usernames.includes(name)) return "not_allowed";
      return pinnedTo(name, id) ? null : "not_allowed";
    },
    claimHint(telegramId, now) {
      const hinted = drizzle
        .select()
        .from(senders)
        .where(eq(senders.telegram_id, telegramId))
        .get()?.hinted_at;
      // A time ahead of now is a clock that was set back: it counts as long ago.
      if (hinted != null && hinted <= now && hinted > now - HOUR_MS) return false;
      drizzle
        .insert(senders)
        .values({ telegram_id: telegramId, hinted_at: now })
        .onConflictDoUpdate({ target: senders.telegram_id, set: { hinted_at: now } })
        .run();
      return true;
    },
    forgetHint(telegramId) {
      drizzle.update(senders).set({ hinted_at: null }).where(eq(senders.telegram_id, telegramId)).run();
    },
    mayTryToken: (telegramId, now) => recentFailures(telegramId, now).length < FAILURES_AN_HOUR,
    noteFailedToken(telegramId, now) {
      const failures = [...recentFailures(telegramId, now), now];
      drizzle
        .insert(senders)
        .values({ telegram_id: telegramId, failures })
        .onConflictDoUpdate({ target: senders.telegram_id, set: { failures } })
        .run();
    },
  };
}
