import { BUSY_TIMEOUT, type Sqlite } from "./sqlite.ts";

/** After so many commits it is asked how long the write-ahead log is, … */
const LOOK_COMMITS = 32;
/** … and from so many bytes on it is written into the database, and begun anew in its place. */
const LONG_LOG = 8 * 1024 * 1024;

/** Keeps it short: SQLite does not by itself here (`SETTINGS`). */
export function createWriteAheadLog(sqlite: Sqlite) {
  let commits = 0;
  let isOwed = false;
  let pageSize: number | undefined;

  function keepShort(): void {
    try {
      pageSize ??= sqlite.get<{ page_size: number }>("PRAGMA page_size")?.page_size ?? 0;
      const log = sqlite.get<{ log: number }>("PRAGMA wal_checkpoint(NOOP)")?.log ?? 0;
      if (log * pageSize > LONG_LOG) sqlite.get("PRAGMA wal_checkpoint(PASSIVE)");
    } catch {
      // What was committed is in the log, and synced. The failure is noted.
    }
  }

  return {
    committed(): void {
      commits += 1;
      if (commits % LOOK_COMMITS === 0 && !sqlite.isInTransaction()) keepShort();
    },
    /** What was overwritten, such as an access token, is to be gone from the write-ahead log too. */
    emptySoon(): void {
      isOwed = true;
    },
    /** Empties it where that is owed. Waits for nobody: where somebody reads, such as a backup, it stays owed. */
    empty(): void {
      if (!isOwed) return;
      // With the timeout all of the program would wait.
      sqlite.exec("PRAGMA busy_timeout = 0");
      try {
        isOwed = sqlite.get<{ busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)")?.busy !== 0;
      } finally {
        sqlite.exec(BUSY_TIMEOUT);
      }
    },
  };
}
