import { createNextDigest } from "./digest.ts";
import { createNextReminder, type Due, type DueDeps } from "./due-reminder.ts";

/** What is due within so long is kept in mind; what is due later is looked for again each minute. */
const AHEAD_MS = 90_000;
const FAILED_MS = 60_000;
/** Where Telegram has not answered for so long after a start, this machine's clock is used. */
const ALONE_MS = 5 * 60_000;

interface DueOf {
  readonly due: Due;
  /** Names the reminder or the digest. */
  readonly key: string;
}

/** What people are told by the clock, one thing after another for each of them. */
export function createDue(deps: DueDeps) {
  const { api, clock, memos, store } = deps;
  const { reminders, bindings, admission } = store;
  /** By the monotonic clock: of what could not be told yet. */
  const restsUntil = new Map<string, number>();
  const startedAt = clock.monotonic();
  /**
   * Telegram's, which is right also where this machine's is not, or was set. Before Telegram has answered nothing is due.
   * Where it cannot be called, but delivers, what is told rides in an answer: there this machine's time has to do.
   */
  function now(): number {
    const isAlone = clock.monotonic() - startedAt > ALONE_MS;
    return api.time() ?? (isAlone ? clock.now() : Number.NEGATIVE_INFINITY);
  }
  const sources = { reminder: createNextReminder(deps, now), digest: createNextDigest(deps, now) };

  return {
    /** Whether it is known what time it is. */
    isReady: () => Number.isFinite(now()),
    /** Who has something due soon. */
    people: () => reminders.people(memos.server, now() + AHEAD_MS),
    /** The next of a person: what rests holds up nothing else. */
    next(person: number) {
      const { binding, token } = bindings.withToken(person) ?? {};
      // Nothing is told to who is not on ALLOWED_USERS any more, or while MEMOS_URL leads to another server than their
      // token is for.
      if (!binding || binding.server !== memos.server || !admission.isAllowed(person)) return undefined;
      const [first] = Object.entries(sources)
        .flatMap(([what, next]) => {
          const due = next({ binding, token });
          const key = `${what} of ${person}`;
          const restMs = (restsUntil.get(key) ?? 0) - clock.monotonic();
          return due ? [{ item: { key, due }, inMs: Math.max(restMs, due.due_at - now()) }] : [];
        })
        .toSorted((one, other) => one.inMs - other.inMs);
      return first && (first.inMs > 0 ? { inMs: first.inMs } : { item: first.item });
    },
    async work({ key, due }: DueOf, signal: AbortSignal): Promise<void> {
      // Should a fault of ours end it, it rests, and everything else goes on.
      restsUntil.set(key, clock.monotonic() + FAILED_MS);
      const restMs = await due.tell(signal);
      if (restMs === null) restsUntil.delete(key);
      else restsUntil.set(key, clock.monotonic() + restMs);
    },
  };
}
