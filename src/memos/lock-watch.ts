import type { Clock } from "../base/clock.ts";
import { isMemosError } from "./errors.ts";

const MINUTE_MS = 60_000;
/** Longer than what waits for a busy Memos pauses: it was not tried since. */
const STALE_MS = 6 * MINUTE_MS;

/**
 * Whether Memos only answers that its database is locked: what reads goes on being answered then, so a write has to
 * succeed for it to be over.
 */
export function createLockWatch(clock: Clock) {
  let locked: { readonly since: number; readonly last: number } | null = null;

  return {
    note<T>({ method, path }: { readonly method: string; readonly path: string }, read: () => T): T {
      try {
        const answer = read();
        // Up to 0.24 who-am-I is a POST.
        if (method !== "GET" && !path.includes("/auth/")) locked = null;
        return answer;
      } catch (error) {
        const now = clock.monotonic();
        if (isMemosError(error) && error.reason === "locked")
          locked = { since: locked && now - locked.last < STALE_MS ? locked.since : now, last: now };
        throw error;
      }
    },
    forMs(): number | null {
      const now = clock.monotonic();
      // Once is none: whoever asked may not have asked again.
      if (!locked || locked.last === locked.since || now - locked.last >= STALE_MS) return null;
      return now - locked.since >= MINUTE_MS ? now - locked.since : null;
    },
  };
}
