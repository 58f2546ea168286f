import type { Clock } from "../../base/clock.ts";
import type { Sqlite } from "./sqlite.ts";

/** So long works are gathered at most. */
const BATCH_MS = 25;

/**
 * A transaction that stays open for a moment, for works that come one soon after another, each in a savepoint of its own:
 * a page that all of them change is written once. It is committed before anything else is written, or soon; not synced.
 */
export function createBatch(
  sqlite: Sqlite,
  deps: {
    readonly clock: Pick<Clock, "monotonic" | "sleep">;
    readonly closing: AbortSignal;
    /** Why nothing may be written now; null where it may. */
    readonly untrusted: () => Error | null;
    readonly committed: () => void;
    /** Works that were added are not done, though their callers went on. */
    readonly undone: (error: unknown) => void;
  },
) {
  const { clock, closing, untrusted, committed, undone } = deps;
  /** "at work": what a work itself writes must not end the transaction that it is in. */
  let state: "closed" | "open" | "at work" = "closed";
  /** How many are in it whose callers went on. */
  let added = 0;
  let openedAt = 0;
  let isAwaited = false;

  sqlite.beforeWrite(end);

  function begin(): void {
    sqlite.exec("PRAGMA synchronous = NORMAL");
    try {
      sqlite.exec("BEGIN IMMEDIATE");
    } catch (error) {
      sqlite.exec("PRAGMA synchronous = FULL");
      throw error;
    }
    state = "open";
    added = 0;
    openedAt = clock.monotonic();
  }

  async function endSoon(): Promise<void> {
    if (isAwaited) return;
    isAwaited = true;
    while (state !== "closed" && !closing.aborted) {
      const leftMs = openedAt + BATCH_MS - clock.monotonic();
      try {
        if (leftMs > 0) await clock.sleep(leftMs, closing);
        else end();
      } catch {
        // `undone` was told.
      }
    }
    isAwaited = false;
  }

  /**
   * Commits it, if it is open. @throws where COMMIT fails; what was to be written next is then not written either.
   *
   * Where the database failed since the last work (a read, say) it undoes the batch instead, and does not throw: `failed`
   * in trust.ts then runs a PRAGMA that forbids all writing. `beforeWrite` calls this function first, and if that threw,
   * the PRAGMA would not be run. Callers that went on are told by `undone`. There are no others, since `within` refuses a
   * work during which the database failed.
   */
  function end(): void {
    if (state !== "open") return;
    const refused = untrusted();
    if (refused) {
      giveUp(refused);
      return;
    }
    // Before COMMIT, which is no SELECT: `beforeWrite` calls this function for it, too.
    state = "closed";
    try {
      sqlite.exec("COMMIT");
    } catch (error) {
      giveUp(error);
      throw error;
    }
    sqlite.exec("PRAGMA synchronous = FULL");
    committed();
  }

  function giveUp(error: unknown): void {
    state = "closed";
    sqlite.rollback();
    sqlite.exec("PRAGMA synchronous = FULL");
    if (added > 0) undone(error);
  }

  function within<T>(work: () => T): T {
    if (state === "closed") begin();
    state = "at work";
    try {
      // Within a transaction this is a savepoint: a work that throws undoes itself alone.
      const done = sqlite.transaction(() => {
        const result = work();
        // The work may have caught the error.
        const refused = untrusted();
        if (refused) throw refused;
        return result;
      });
      state = "open";
      return done;
    } catch (error) {
      state = "open";
      // Nothing else is in it, or SQLite has undone all of it by itself, as it does after some errors.
      if (added === 0 || !sqlite.isInTransaction()) giveUp(error);
      throw error;
    }
  }

  return {
    /** Returns before it is committed. */
    add<T>(work: () => T): T {
      const done = within(work);
      added += 1;
      void endSoon();
      return done;
    },
    /** Commits it, with what was added before. */
    addAndEnd<T>(work: () => T): T {
      const done = within(work);
      end();
      return done;
    },
    end,
  };
}
