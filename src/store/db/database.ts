import { renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { createBell } from "../../base/bell.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { AppError, codeOf, messageOf } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { databasePath, prepareDataDir, syncPath } from "./data-dir.ts";
import type { Encryption } from "./encryption.ts";
import { lockDataDir } from "./lock.ts";
import { migrate, migrations, pendingMigrations } from "./migrations.ts";
import { type Drizzle, openSqlite, type Sqlite } from "./sqlite.ts";
import { prepareStatements } from "./statements.ts";

export type { Drizzle };

export type Database = ReturnType<typeof databaseOn>;

/** What the parts of the store are made with. */
export interface StoreContext {
  readonly database: Database;
  readonly encryption: Encryption;
  readonly clock: Clock;
  readonly botId: number;
}

const SYNC_SOON_MS = 1_000;
const BUSY_TIMEOUT = "PRAGMA busy_timeout = 5000";

/**
 * Opens and migrates the database. WAL with synchronous=FULL, but for lazy transactions: a commit survives a power cut,
 * which is what lets a batch be confirmed to Telegram. secure_delete overwrites what is deleted or replaced.
 * @throws AppError "internal" for a file that is no sound database; "conflict" for one of a newer program.
 */
export function openDatabase(path: string, clock: Pick<Clock, "sleep"> = systemClock): Database {
  return opened(path, (sqlite) => {
    const [next] = pendingMigrations(sqlite);
    sqlite.exec("PRAGMA journal_mode = WAL");
    sqlite.exec("PRAGMA synchronous = FULL");
    sqlite.exec("PRAGMA foreign_keys = ON");
    sqlite.exec("PRAGMA secure_delete = ON");
    const isNew = next === migrations[0];
    if (next && !isNew) copyBefore(next.tag, sqlite, path);
    migrate(sqlite);
    const unclean = sqlite.get("SELECT 1 FROM facts WHERE name = 'unclean'") !== undefined;
    sqlite.run("INSERT OR REPLACE INTO facts (name, value) VALUES ('unclean', '1')");
    const ending = () => sqlite.run("DELETE FROM facts WHERE name = 'unclean'");
    return databaseOn(sqlite, { path, clock, unclean, ending });
  });
}

/**
 * The database as it is, to look at, also beside the process that writes it: no migration, no mark, nothing is written.
 * @throws AppError as `openDatabase` does; "conflict" also for one that the next start will migrate.
 */
export function lookAtDatabase(path: string): Database {
  return opened(path, (sqlite) => {
    if (pendingMigrations(sqlite).length > 0) {
      throw new AppError(
        "conflict",
        "this database was written by an older memoferry: the next start brings it up to date",
      );
    }
    return databaseOn(sqlite, { path, clock: systemClock, unclean: false, ending() {} });
  });
}

/**
 * Opens the database of DATA_DIR, which this process has for itself until it is closed.
 * @throws AppError as `openDatabase` does, and when the folder cannot be used or another process holds it.
 */
export function holdDatabase(dataDir: string, clock?: Clock): Database {
  prepareDataDir(dataDir);
  const unlock = lockDataDir(dataDir);
  try {
    const database = openDatabase(databasePath(dataDir), clock);
    return {
      ...database,
      close() {
        database.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

function opened(path: string, begin: (sqlite: Sqlite) => Database): Database {
  let sqlite: Sqlite | undefined;
  try {
    sqlite = openSqlite(path);
    // First of all: a backup, or whoever looks at the file, may be at it this moment.
    sqlite.exec(BUSY_TIMEOUT);
    return begin(sqlite);
  } catch (error) {
    sqlite?.close();
    throw explainStoreError(path, error);
  }
}

/**
 * The store's connection. Everything on it is synchronous. A transaction says whether a power cut may undo it; what is
 * written outside of one is as durable as `durable`.
 */
function databaseOn(
  sqlite: Sqlite,
  options: {
    readonly path: string;
    readonly clock: Pick<Clock, "sleep">;
    /** True when the last run did not close the database. */
    readonly unclean: boolean;
    /** What is done before it is closed. */
    readonly ending: () => void;
  },
) {
  const { path, clock, unclean, ending } = options;
  const closing = new AbortController();
  let owesEmptyLog = false;
  let syncing = false;

  /**
   * Runs `work` as one IMMEDIATE transaction and syncs it, with all that was written before it: for what somebody is
   * told, and for what a call outside depends on. Promises are refused: SQLite would commit before they settle.
   */
  function durable<T>(work: () => T extends Promise<unknown> ? never : T): T {
    return sqlite.transaction<T>(work);
  }

  async function syncInASecond(): Promise<void> {
    if (syncing) return;
    syncing = true;
    await clock.sleep(SYNC_SOON_MS, closing.signal);
    syncing = false;
    if (closing.signal.aborted) return;
    try {
      // A transaction that changes nothing would sync nothing.
      durable(() => sqlite.run("UPDATE facts SET value = value + 1 WHERE name = 'unclean'"));
    } catch {
      // A full disk, say.
      await syncInASecond();
    }
  }

  return {
    path,
    unclean,
    sqlite,
    drizzle: sqlite.drizzle,
    statements: prepareStatements(sqlite),
    /** Rung with the lane of each message that the outbox is given. */
    owed: createBell<string>(),
    durable,
    /**
     * The same without a sync. It survives the end of the process; a power cut may undo it, with all that was written
     * after it, until something durable is written. For what the next start puts right by itself, such as a lease.
     */
    lazy<T>(work: () => T extends Promise<unknown> ? never : T): T {
      sqlite.exec("PRAGMA synchronous = NORMAL");
      try {
        return sqlite.transaction<T>(work);
      } finally {
        sqlite.exec("PRAGMA synchronous = FULL");
      }
    },
    /** Syncs within a second what was written lazily until now. */
    syncSoon: (): void => void syncInASecond(),
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
      ending();
      sqlite.close();
    },
  };
}

/** An older version finds what it knows there. Under its name only once it is whole, and on the disk. */
function copyBefore(tag: string, sqlite: Sqlite, path: string): void {
  const copy = `${path}.before-${tag.slice(0, 4)}`;
  rmSync(`${copy}.new`, { force: true });
  sqlite.run("VACUUM INTO ?", `${copy}.new`);
  syncPath(`${copy}.new`);
  renameSync(`${copy}.new`, copy);
  syncPath(dirname(copy));
  logger("store").info("the database was copied before its tables are changed", { copy });
}

/** Bun's errors of SQLite, also where they carry no code. */
const SQLITE_WORDS = /database|disk image|sqlite/i;

/** An error of the database in words that name the file and the mend; any other error as it is. */
export function explainStoreError(path: string, error: unknown): unknown {
  const text = messageOf(error);
  const isOfSqlite = codeOf(error)?.startsWith("SQLITE") === true || SQLITE_WORDS.test(text);
  if (error instanceof AppError || !isOfSqlite) return error;
  if (/not a database|malformed|corrupt/i.test(text)) {
    return new AppError(
      "internal",
      `the database ${path} is damaged (${text}). Nothing was changed. Restore a backup, or move the file ` +
        "away to start anew: memos that were saved already are recognised by their ids and not doubled.",
    );
  }
  const isClosed = /readonly|read-only|unable to open|permission/i.test(text);
  const mend = isClosed ? ". Give this user write access to its folder and its files." : "";
  return new AppError("unavailable", `the database ${path} cannot be used: ${text}${mend}`);
}
