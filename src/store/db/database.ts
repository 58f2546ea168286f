import { existsSync } from "node:fs";
import { join } from "node:path";
import { createBell } from "../../base/bell.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { AppError, codeOf, messageOf } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { copyInto, copyTo } from "./backup.ts";
import { databasePath, lockDataDir, prepareDataDir } from "./data-dir.ts";
import type { Encryption } from "./encryption.ts";
import { filesAt, isMarked, mark, putCopyInPlace, renewedPath } from "./files.ts";
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
/** After so many commits it is asked how long the write-ahead log is, … */
const LOOK_COMMITS = 32;
/** … and from so many pages on it is written into the database, and begun anew in its place. */
const LONG_LOG = 1_000;

/**
 * SQLite would checkpoint by itself, and tell nobody where that fails. With secure_delete what is deleted or replaced is
 * overwritten.
 */
const SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA foreign_keys = ON;
  PRAGMA secure_delete = ON`;

const IO_ERROR = /^SQLITE_IOERR/;
const DISK_FAILURE = /^SQLITE_(?:FULL|READONLY|CANTOPEN|IOERR|CORRUPT|NOTADB)/;
/** After these nobody knows what the file holds: Linux takes pages that it failed to write for written. */
const UNTRUSTED = /^SQLITE_(?:IOERR|CORRUPT|NOTADB)/;

/**
 * Opens and migrates the database of DATA_DIR, which this process has for itself until it is closed. WAL with
 * synchronous=FULL, but for lazy transactions: a commit survives a power cut, which is what lets a batch be confirmed to
 * Telegram.
 * @throws AppError when the folder cannot be used; "internal" for a file that is no sound database; "conflict" for one of
 * a newer program, or where another process holds it.
 */
export function holdDatabase(dataDir: string, clock: Pick<Clock, "sleep"> = systemClock): Database {
  prepareDataDir(dataDir);
  const closed = lockDataDir(dataDir);
  const path = databasePath(dataDir);
  try {
    putCopyInPlace(path);
    const failed = (error: unknown) => {
      if (IO_ERROR.test(codeOf(error) ?? "")) mark(path);
    };
    return opened(path, failed, (sqlite) => {
      // It reads, so that this connection is one that nobody else takes for gone.
      const [next] = pendingMigrations(sqlite);
      const isNew = next !== undefined && next === migrations[0];
      if (isNew) sayWhereAnew(dataDir);
      if (isMarked(path)) {
        logger("store").warn("the disk failed in the last run: the database is written into a new file", {
          path,
        });
        writeAnew(sqlite, path);
      }
      sqlite.exec(SETTINGS);
      if (next && !isNew) {
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
  const failed = () => undefined;
  return opened(path, failed, (sqlite) => {
    if (pendingMigrations(sqlite).length === 0) return databaseOn(sqlite, path, null);
    throw new AppError(
      "conflict",
      "this database was written by an older memoferry: the next start brings it up to date",
    );
  });
}

function opened(
  path: string,
  failed: (error: unknown) => void,
  begin: (sqlite: Sqlite) => Database,
): Database {
  let sqlite: Sqlite | undefined;
  try {
    sqlite = openSqlite(path);
    return begin(sqlite);
  } catch (error) {
    // Closing it may remove the file that is in the way, …
    const explained = explainStoreError(path, error);
    failed(error);
    // … and would take what the disk lost for written: then it ends with the process.
    if (!isMarked(path)) sqlite?.close();
    throw explained;
  }
}

/** Writes all into a new file, and goes on with that: what was written is still in memory, whatever the disk has of it. */
function writeAnew(sqlite: Sqlite, path: string, placed: () => void = () => undefined): void {
  const copy = renewedPath(path);
  // By a connection of its own: the other one may have been closed by a try before.
  if (!existsSync(copy)) copyTo(copy, path);
  sqlite.reopen(() => {
    putCopyInPlace(path);
    placed();
  });
}

/** A database is begun beside what another one has left. */
function sayWhereAnew(dataDir: string): void {
  const path = databasePath(dataDir);
  const key = join(dataDir, "secret-key");
  if (!existsSync(key)) return;
  const mend = "if there was one, stop memoferry and bring it back, or a backup of it";
  logger("store").warn("a new database is begun beside an old secret-key", { path, key, mend });
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
  const log = logger("store");
  const closing = new AbortController();
  let owesEmptyLog = false;
  let syncing = false;
  let isUnclean = held?.unclean === true;
  let files = filesAt(path);
  let commits = 0;
  /** What SQLite failed with last; null once it could write again. */
  let failure: string | null = null;
  /** Why nothing is written any more, until the content is in a new file. */
  let untrusted: AppError | null = null;
  /** What the log says of it by now, and of the last try to mend it. */
  let said: string | null = null;
  let saidOfCopy: string | null = null;

  sqlite.onFailure((error) => {
    const code = codeOf(error) ?? "";
    if (!held || untrusted || !DISK_FAILURE.test(code)) return;
    failure = messageOf(error);
    if (!UNTRUSTED.test(code)) return;
    const why = `the database ${path} failed (${failure}): nothing is taken until what it holds is in a new file`;
    untrusted = new AppError("unavailable", why, { cause: error });
    mark(path);
    // Also what is written outside of a transaction.
    sqlite.exec("PRAGMA query_only = ON");
  });

  /** Why nothing may be confirmed now; null where it may. */
  function refusal(): AppError | null {
    if (files === filesAt(path)) return untrusted;
    const cause = Object.assign(new Error("what is written goes nowhere"), { code: "SQLITE_CANTOPEN" });
    const why =
      `the database ${path}, or ${path}-wal, was removed or replaced while memoferry runs: nothing is taken. ` +
      "Bring both back as they were, or stop memoferry, restore a backup and start it";
    return new AppError("unavailable", why, { cause });
  }

  function commit<T>(work: () => T): T {
    if (untrusted) throw untrusted;
    const done = sqlite.transaction(work);
    failure = null;
    commits += 1;
    if (commits % LOOK_COMMITS === 0 && !sqlite.isInTransaction()) keepLogShort();
    return done;
  }

  function keepLogShort(): void {
    try {
      const log = sqlite.get<{ log: number }>("PRAGMA wal_checkpoint(NOOP)")?.log ?? 0;
      if (log > LONG_LOG) sqlite.get("PRAGMA wal_checkpoint(PASSIVE)");
    } catch {
      // What was committed is in the log, and synced. The failure is noted.
    }
  }

  /**
   * One IMMEDIATE transaction, synced with all that was written before it: for what somebody is told, and for what a call
   * outside depends on. Promises are refused: SQLite would commit before they settle.
   */
  function durable<T>(work: () => T extends Promise<unknown> ? never : T): T {
    return commit<T>(() => {
      const done = work();
      const refused = held && refusal();
      if (refused) throw refused;
      return done;
    });
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

  /** Empties the write-ahead log where that is owed. Waits for nobody: where somebody reads, such as a backup, it stays owed. */
  function emptyLog(): void {
    if (!owesEmptyLog) return;
    // With the timeout all of the program would wait.
    sqlite.exec("PRAGMA busy_timeout = 0");
    try {
      owesEmptyLog = sqlite.get<{ busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)")?.busy !== 0;
    } finally {
      sqlite.exec(BUSY_TIMEOUT);
    }
  }

  function renew(): void {
    writeAnew(sqlite, path, () => {
      files = filesAt(path);
    });
    sqlite.exec(SETTINGS);
    sqlite.run("UPDATE facts SET value = value + 1 WHERE name = 'unclean'");
    files = filesAt(path);
    untrusted = null;
    failure = null;
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
        return commit<T>(work);
      } finally {
        sqlite.exec("PRAGMA synchronous = FULL");
      }
    },
    syncSoon,
    /** What was overwritten, such as an access token, is to be gone from the write-ahead log too. */
    emptyLogSoon(): void {
      owesEmptyLog = true;
    },
    emptyLog,
    /** Why nothing may be taken now; null where it may. */
    refusal: (): string | null => refusal()?.message ?? null,
    /** Why it is not as it should be; null where it is. Reads a page of it. */
    trouble(): string | null {
      const refused = refusal();
      if (refused) return refused.message;
      try {
        // Else it is answered from what SQLite has in memory.
        sqlite.exec("PRAGMA shrink_memory");
        sqlite.get("SELECT value FROM facts WHERE name = 'unclean'");
        return failure;
      } catch (error) {
        return messageOf(error);
      }
    },
    /** Makes it fit to be written again, where it can. Returns whether it is; the log says so where that changes. */
    mend(): boolean {
      const before = refusal();
      if (before && before.message !== said) log.error(before.message);
      said = before?.message ?? said;
      try {
        if (untrusted && (files === filesAt(path) || existsSync(renewedPath(path)))) renew();
        saidOfCopy = null;
      } catch (cause) {
        const error = messageOf(explainStoreError(path, cause));
        if (error !== saidOfCopy) log.error("the database could not be written into a new file", { error });
        saidOfCopy = error;
      }
      const refused = refusal();
      if (refused === null && said !== null) {
        said = null;
        log.info("the database can be written again", { path });
      }
      return refused === null;
    },
    close(): void {
      if (closing.signal.aborted) return;
      closing.abort();
      try {
        if (held && !isUnclean && !untrusted) sqlite.run("DELETE FROM facts WHERE name = 'unclean'");
        // Closing it would take what the disk lost for written: the next start begins with its log.
        if (!untrusted) sqlite.close();
      } catch (error) {
        const mend = "nothing that was confirmed is lost; look at the disk before the next start";
        log.error("the database could not be closed in good order", { path, error, mend });
      }
      held?.closed();
    },
  };
}
