import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Bell, createBell } from "../../base/bell.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { AppError, messageOf } from "../../base/errors.ts";
import { syncPath } from "./data-dir.ts";
import { migrate, nextMigration, refuseNewer, refuseOlder } from "./migrations.ts";
import { type Drizzle, openSqlite, openSqliteReadOnly, type Sqlite } from "./sqlite.ts";
import { prepareStatements, type Statements } from "./statements.ts";

export type { Drizzle };

/**
 * The store's connection. Everything on it is synchronous. A transaction says whether a power cut may undo it; what is
 * written outside of one is as durable as `durable`.
 */
export interface Database {
  readonly drizzle: Drizzle;
  readonly sqlite: Sqlite;
  readonly statements: Statements;
  /** Rung with the lane of each message that the outbox is given. */
  readonly owed: Bell<string>;
  readonly path: string;
  /** True when the last run did not close the database. */
  readonly unclean: boolean;
  /** Where the database was copied to before this version changed its tables; null where it did not. */
  readonly copiedTo: string | null;
  /**
   * Runs `work` as one IMMEDIATE transaction and syncs it, with all that was written before it: for what somebody is
   * told, and for what a call outside depends on. Promises are refused: SQLite would commit before they settle.
   */
  durable<T>(work: () => T extends Promise<unknown> ? never : T): T;
  /**
   * The same without a sync. It survives the end of the process; a power cut may undo it, with all that was written
   * after it, until something durable is written. For what the next start puts right by itself, such as a lease.
   */
  lazy<T>(work: () => T extends Promise<unknown> ? never : T): T;
  /** Syncs within a second what was written lazily until now. */
  syncSoon(): void;
  /**
   * Empties the write-ahead log, so that overwritten secrets are gone from it too. Waits for nobody: where somebody
   * reads, such as a backup, it is still owed.
   */
  checkpoint(): void;
  /** Does what `checkpoint` still owes. */
  checkpointOwed(): void;
  close(): void;
}

const SYNC_SOON_MS = 1_000;
const BUSY_TIMEOUT = "PRAGMA busy_timeout = 5000";

/**
 * Opens and migrates the database. WAL with synchronous=FULL, but for lazy transactions: a commit survives a power cut,
 * which is what lets a batch be confirmed to Telegram. secure_delete overwrites what is deleted or replaced.
 * @throws AppError "internal" for a file that is no sound database; "conflict" for one of a newer program.
 */
export function openDatabase(path: string, clock: Pick<Clock, "sleep"> = systemClock): Database {
  const existed = existsSync(path) && statSync(path).size > 0;
  let sqlite: Sqlite;
  try {
    if (existed) refuseNewerAt(path);
    sqlite = openSqlite(path);
  } catch (error) {
    throw explainStoreError(path, error);
  }
  let unclean: boolean;
  let copiedTo: string | null;
  let statements: Statements;
  try {
    // First of all: a backup, or whoever looks at the file, may be at it this moment.
    sqlite.exec(BUSY_TIMEOUT);
    sqlite.get("SELECT count(*) FROM sqlite_master");
    sqlite.exec("PRAGMA journal_mode = WAL");
    sqlite.exec("PRAGMA synchronous = FULL");
    sqlite.exec("PRAGMA foreign_keys = ON");
    sqlite.exec("PRAGMA secure_delete = ON");
    copiedTo = copyBeforeMigration(sqlite, path);
    migrate(sqlite);
    statements = prepareStatements(sqlite);
    unclean = sqlite.get("SELECT 1 FROM facts WHERE name = 'unclean'") !== undefined;
    sqlite.run("INSERT OR REPLACE INTO facts (name, value) VALUES ('unclean', '1')");
  } catch (error) {
    sqlite.close();
    throw explainStoreError(path, error);
  }
  let open = true;
  let owed = false;
  const checkpoint = () => {
    // With the timeout all of the program would wait.
    sqlite.exec("PRAGMA busy_timeout = 0");
    try {
      owed = sqlite.get<{ busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)")?.busy !== 0;
    } finally {
      sqlite.exec(BUSY_TIMEOUT);
    }
  };
  const durable: Database["durable"] = (work) => sqlite.transaction(work);
  const closing = new AbortController();
  let syncing = false;
  const syncSoon = async () => {
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
      await syncSoon();
    }
  };
  return {
    drizzle: sqlite.drizzle,
    sqlite,
    statements,
    owed: createBell(),
    path,
    unclean,
    copiedTo,
    durable,
    lazy(work) {
      sqlite.exec("PRAGMA synchronous = NORMAL");
      try {
        return sqlite.transaction(work);
      } finally {
        sqlite.exec("PRAGMA synchronous = FULL");
      }
    },
    syncSoon: () => void syncSoon(),
    checkpoint,
    checkpointOwed() {
      if (owed) checkpoint();
    },
    close() {
      if (!open) return;
      open = false;
      closing.abort();
      sqlite.run("DELETE FROM facts WHERE name = 'unclean'");
      sqlite.all("PRAGMA wal_checkpoint(TRUNCATE)");
      sqlite.close();
    },
  };
}

/**
 * The database as it is, to look at: no migration, no mark, nothing is written.
 * @throws AppError as `openDatabase` does; "conflict" also for one that the next start will migrate.
 */
export function openDatabaseReadOnly(path: string, options: { inUse: boolean }): Database {
  let sqlite: Sqlite | undefined;
  try {
    sqlite = openSqliteReadOnly(path, options);
    sqlite.exec(BUSY_TIMEOUT);
    refuseNewer(sqlite);
    refuseOlder(sqlite);
  } catch (error) {
    sqlite?.close();
    throw explainStoreError(path, error);
  }
  const open = sqlite;
  return {
    drizzle: open.drizzle,
    sqlite: open,
    statements: prepareStatements(open),
    owed: createBell(),
    path,
    unclean: false,
    copiedTo: null,
    durable: (work) => work(),
    lazy: (work) => work(),
    syncSoon() {},
    checkpoint() {},
    checkpointOwed() {},
    close: () => open.close(),
  };
}

/** An older version finds what it knows there. Under its name only once it is whole, and on the disk. */
function copyBeforeMigration(sqlite: Sqlite, path: string): string | null {
  const tag = nextMigration(sqlite);
  if (tag === undefined) return null;
  const copy = `${path}.before-${tag.slice(0, 4)}`;
  rmSync(`${copy}.new`, { force: true });
  sqlite.run("VACUUM INTO ?", `${copy}.new`);
  syncPath(`${copy}.new`);
  renameSync(`${copy}.new`, copy);
  syncPath(dirname(copy));
  return copy;
}

/** Bun's errors of SQLite, also where they carry no code. */
const SQLITE_WORDS = /database|disk image|sqlite/i;

/** Looks only: closing a writable handle would already move a killed program's log into the file. */
function refuseNewerAt(path: string): void {
  const sqlite = openSqliteReadOnly(path);
  try {
    sqlite.exec(BUSY_TIMEOUT);
    refuseNewer(sqlite);
  } finally {
    sqlite.close();
  }
}

/** An error of the database in words that name the file and the mend; any other error as it is. */
export function explainStoreError(path: string, error: unknown): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  const text = messageOf(error);
  if (error instanceof AppError || !(String(code).startsWith("SQLITE") || SQLITE_WORDS.test(text)))
    return error;
  if (/not a database|malformed|corrupt/i.test(text)) {
    return new AppError(
      "internal",
      `the database ${path} is damaged (${text}). Nothing was changed. Restore a backup, or move the file ` +
        "away to start anew: memos that were saved already are recognised by their ids and not doubled.",
    );
  }
  if (/readonly|read-only|unable to open|permission/i.test(text)) {
    return new AppError(
      "unavailable",
      `the database ${path} cannot be written (${text}). Give this user write access to its folder and its files.`,
    );
  }
  return new AppError("unavailable", `the database ${path} cannot be used: ${text}`);
}
