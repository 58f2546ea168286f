import { eq } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import type { Database } from "../db/database.ts";
import { allowed as pinned_names } from "../db/schema.ts";

/** ALLOWED_USERS: ids, and names in lower case without `@`. Null: everybody with an access token. */
export type AllowedUsers = readonly string[] | null;

export type Admission = ReturnType<typeof createAdmission>;

const MINUTE_MS = 60_000;
const FAILURES_AN_HOUR = 5;
const COMMANDS_A_MINUTE = 5;
/** A stranger who goes on writing is told again after this pause: they must not believe that it is saved. */
const HINT_PAUSE_MS = 5 * MINUTE_MS;
/** How many strangers are remembered: there may be any number of them. */
const REMEMBERED = 10_000;

/** Who may use the bot, and how often a stranger is answered: that is remembered until the process ends. */
export function createAdmission(
  { drizzle }: Database,
  allowed: AllowedUsers,
  clock: Pick<Clock, "monotonic">,
) {
  const failures = createLimit(FAILURES_AN_HOUR, 60 * MINUTE_MS, clock);
  const hints = {
    command: createLimit(COMMANDS_A_MINUTE, MINUTE_MS, clock),
    message: createLimit(1, HINT_PAUSE_MS, clock),
  };

  /** Whether somebody who was let in before may still use the bot, by their id alone. */
  function isAllowed(telegramId: number): boolean {
    if (allowed === null || allowed.includes(String(telegramId))) return true;
    const own = drizzle.select().from(pinned_names).where(eq(pinned_names.telegram_id, telegramId)).all();
    return own.some(({ username }) => allowed.includes(username));
  }

  return {
    isAllowed,
    /** Null when the sender may use the bot. A name is pinned to the first id that writes under it. */
    refusalOf({ id, username }: { id: number; username: string | null }): "not_allowed" | null {
      if (isAllowed(id)) return null;
      const name = username?.toLowerCase() ?? "";
      if (!allowed?.includes(name)) return "not_allowed";
      const pin = drizzle.insert(pinned_names).values({ username: name, telegram_id: id });
      return pin.onConflictDoNothing().returning().get() ? null : "not_allowed";
    },
    /** Whether a sender or a group is told once more that nothing is saved for them; after a command nearly always. */
    claimHint(id: number, to: "command" | "message"): boolean {
      if (hints[to].isFull(id)) return false;
      hints[to].note(id);
      return true;
    },
    /** The next hint may be claimed at once. */
    forgetHint: hints.message.forget,
    /** False after five failed tries within an hour. */
    mayTryToken: (telegramId: number): boolean => !failures.isFull(telegramId),
    noteFailedToken: failures.note,
  };
}

/** What may happen so often in so long. */
function createLimit(limit: number, spanMs: number, clock: Pick<Clock, "monotonic">) {
  const times = new Map<number, number[]>();
  const recent = (id: number) => (times.get(id) ?? []).filter((at) => at > clock.monotonic() - spanMs);
  return {
    isFull: (id: number): boolean => recent(id).length >= limit,
    note(id: number): void {
      if (times.size > REMEMBERED) times.clear();
      times.set(id, [...recent(id), clock.monotonic()]);
    },
    forget: (id: number): void => void times.delete(id),
  };
}
