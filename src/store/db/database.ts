import { createBell } from "../../base/bell.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { copyInto } from "./backup.ts";
import { databasePath, lockDataDir, prepareDataDir } from "./data-dir.ts";
import type { Encryption } from "./encryption.ts";
import { migrate, migrations, pendingMigrations } from "./migrations.ts";
import { BUSY_TIMEOUT, explainStoreError, openSqlite, type Sqlite } from "./sqlite.ts";
import { prepareStatements } from "./statements.ts";

export type Database = ReturnType<typeof databaseOn>;

/** What the parts of the store are made with. */
export interface StoreContext {
  readonly database: Database;
  readonly encryption: Encryption;
  readonly clock: Clock;
  readonly botId: number;
}

const SYNC_SOON_MS = 1_000;

/**
 * Opens and migrates the database of DATA_DIR, which this process has for itself until it is closed. WAL with
 * synchronous=FULL, but for lazy transactions: a commit survives a power cut, which is what lets a batch be confirmed to
 * Telegram. secure_delete overwrites what is deleted or replaced.
 * @throws AppError when the folder cannot be used; "internal" for a file that is no sound database; "conflict" for one of
 * a newer program, or where another process holds it.
 */
export function holdDatabase(dataDir: string, clock: Pick<Clock, "sleep"> = systemClock): Database {
  prepareDataDir(dataDir);
  const closed = lockDataDir(dataDir);
  const path = databasePath(dataDir);
  try {
    return opened(path, (sqlite) => {
      const [next] = pendingMigrations(sqlite);
      sqlite.exec("PRAGMA journal_mode = WAL");
      sqlite.exec("PRAGMA synchronous = FULL");
      sqlite.exec("PRAGMA foreign_keys = ON");
      sqlite.exec("PRAGMA secure_delete = ON");
      if (next && next !== migrations[0]) {
        const copy = `${path}.before-${next.tag.slice(0, 4)}`;
        // An older version finds what it knows there.
        copyInto(sqlite, copy);
        logger("store").info("the database was copied before its tables are changed", { copy });
      }
      migrate(sqlite);
      const unclean = sqlite.get("SELECT 1 FROM facts WHERE name = 'unclean'") !== undefined;
      sqlite.run("INSERT OR REPLACE INTO facts (name, value) VALUES ('unclean', '1')");
      return databaseOn(sqlite, path, { clock, unclean, closed });
    });
  } catch (error) {
    closed();
    throw error;
  }
}

/**
 * The database as it is, to look at, also beside the process that writes it: no migration, no mark, nothing is written.
 * @throws AppError as `holdDatabase` does; "conflict" also for one that the next start will migrate.
 */
export function lookAtDatabase(path: string): Database {
  return opened(path, (sqlite) => {
    if (pendingMigrations(sqlite).length === 0) return databaseOn(sqlite, path, null);
    throw new AppError(
      "conflict",
      "this database was written by an older memoferry: the next start brings it up to date",
    );
  });
}

function opened(path: string, begin: (sqlite: Sqlite) => Database): Database {
  let sqlite: Sqlite | undefined;
  try {
    sqlite = openSqlite(path);
    return begin(sqlite);
  } catch (error) {
    sqlite?.close();
    throw explainStoreError(path, error);
  }
}

/** The store's connection, which is synchronous. What is written outside of a transaction is as durable as `durable`. */
function databaseOn(
  sqlite: Sqlite,
  path: string,
  /** Null where it is only looked at. `unclean`: the last run did not close it. */
  held: {
    readonly clock: Pick<Clock, "sleep">;
    readonly unclean: boolean;
    readonly closed: () => void;
  } | null,
) {
  const closing = new AbortController();
  let owesEmptyLog = false;
  let syncing = false;
  let isUnclean = held?.unclean === true;

  /**
   * One IMMEDIATE transaction, synced with all that was written before it: for what somebody is told, and for what a call
   * outside depends on. Promises are refused: SQLite would commit before they settle.
   */
  function durable<T>(work: () => T extends Promise<unknown> ? never : T): T {
    return sqlite.transaction<T>(work);
  }

  /** Syncs within a second what was written lazily until now. */
  async function syncSoon(): Promise<void> {
    if (syncing || !held) return;
    syncing = true;
    await held.clock.sleep(SYNC_SOON_MS, closing.signal);
    syncing = false;
    if (closing.signal.aborted) return;
    try {
      // A transaction that changes nothing would sync nothing.
      durable(() => sqlite.run("UPDATE facts SET value = value + 1 WHERE name = 'unclean'"));
    } catch {
      // A full disk, say.
      await syncSoon();
    }
  }

  return {
    path,
    /** Whether the last run was cut off, and nobody has put right since what that left. */
    get unclean(): boolean {
      return isUnclean;
    },
    recovered(): void {
      isUnclean = false;
    },
    sqlite,
    drizzle: sqlite.drizzle,
    statements: prepareStatements(sqlite),
    /** Rung with the chat of each message that the outbox is given. */
    owedBell: createBell<number>(),
    durable,
    /**
     * The same without a sync: until something durable is written, a power cut may undo it, but no end of the process. For
     * what the next start puts right by itself, such as what was sent.
     */
    lazy<T>(work: () => T extends Promise<unknown> ? never : T): T {
      sqlite.exec("PRAGMA synchronous = NORMAL");
      try {
        return sqlite.transaction<T>(work);
      } finally {
        sqlite.exec("PRAGMA synchronous = FULL");
      }
    },
    syncSoon,
    /** What was overwritten, such as an access token, is to be gone from the write-ahead log too. */
    emptyLogSoon(): void {
      owesEmptyLog = true;
    },
    /** Does that where it is owed. Waits for nobody: where somebody reads, such as a backup, it stays owed. */
    emptyLog(): void {
      if (!owesEmptyLog) return;
      // With the timeout all of the program would wait.
      sqlite.exec("PRAGMA busy_timeout = 0");
      try {
        owesEmptyLog = sqlite.get<{ busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)")?.busy !== 0;
      } finally {
        sqlite.exec(BUSY_TIMEOUT);
      }
    },
    close(): void {
      if (closing.signal.aborted) return;
      closing.abort();
      if (held && !isUnclean) sqlite.run("DELETE FROM facts WHERE name = 'unclean'");
      sqlite.close();
      held?.closed();
    },
  };
}
