import { existsSync } from "node:fs";
import { join } from "node:path";
import { createBell } from "../../base/bell.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { AppError, codeOf } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { copyInto } from "./backup.ts";
import { createBatch } from "./batch.ts";
import { databasePath, lockDataDir, prepareDataDir } from "./data-dir.ts";
import type { Encryption } from "./encryption.ts";
import { isMarked, mark, putCopyInPlace } from "./files.ts";
import { migrate, migrations, pendingMigrations } from "./migrations.ts";
import { explainStoreError, openSqlite, SETTINGS, type Sqlite } from "./sqlite.ts";
import { prepareStatements } from "./statements.ts";
import { createTrust, writeAnew } from "./trust.ts";
import { createWriteAheadLog } from "./write-ahead-log.ts";

export type Database = ReturnType<typeof databaseOn>;

/** What the parts of the store are made with. */
export interface StoreContext {
  readonly database: Database;
  readonly encryption: Encryption;
  readonly clock: Clock;
  readonly botId: number;
}

/*
 * What can be wrong with a database:
 * - `unclean`, a row in it: the last run did not close it. The next start looks for what that run left unfinished.
 * - marked, a file beside it (files.ts): the disk failed in the last run. The next start writes it into a new file first.
 * - `untrusted` (trust.ts): the disk failed in this run. Nothing is written until it is in a new file, which `mend` makes.
 * - `refusal` (trust.ts): it is untrusted, or its files were removed or replaced. No update is taken.
 * - `isFailing`: a batch was undone, and nothing could be written since. Nothing is batched, so that each caller is told.
 */

const SYNC_SOON_MS = 1_000;
const IO_ERROR = /^SQLITE_IOERR/;

/**
 * Opens and migrates the database of DATA_DIR, which this process has for itself until it is closed. WAL with
 * synchronous=FULL, but for lazy transactions: a commit survives a power cut, which is what lets a batch be confirmed to
 * Telegram.
 * @throws AppError when the folder cannot be used; "internal" for a file that is no sound database; "conflict" for one of
 * a newer program, or where another process holds it.
 */
export function holdDatabase(
  dataDir: string,
  clock: Pick<Clock, "now" | "monotonic" | "sleep"> = systemClock,
): Database {
  prepareDataDir(dataDir);
  const closed = lockDataDir(dataDir);
  const path = databasePath(dataDir);
  try {
    putCopyInPlace(path);
    const failed = (error: unknown) => {
      if (IO_ERROR.test(codeOf(error) ?? "")) mark(path);
    };
    return opened(path, failed, (sqlite) => {
      // This reads from the file. Until a connection has read, SQLite does not count it: another one, such as that which
      // makes the copy below, would take itself for the last one as it closes, write the log into the file and remove it.
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
      sqlite.transaction(() => {
        sqlite.run("INSERT OR REPLACE INTO facts (name, value) VALUES ('unclean', '1')");
        countJobsFrom(sqlite, clock.now());
      });
      return databaseOn(sqlite, path, { clock, unclean, closed });
    });
  } catch (error) {
    closed();
    throw error;
  }
}

/**
 * The next job has the number of now, in milliseconds, or a higher one. Whatever older copy of the database this is, and
 * whoever put it back, no job has the number of one that was made since, unless the clock went back: buttons in the chats
 * hold those numbers, and would act on another memo.
 */
function countJobsFrom(sqlite: Sqlite, now: number): void {
  sqlite.run(
    "INSERT INTO sqlite_sequence SELECT 'jobs', 0 WHERE 'jobs' NOT IN (SELECT name FROM sqlite_sequence)",
  );
  sqlite.run("UPDATE sqlite_sequence SET seq = max(seq, CAST(? AS INTEGER)) WHERE name = 'jobs'", now);
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
    // Before the close, which may remove the file that this names as the cause.
    const explained = explainStoreError(path, error);
    failed(error);
    // After a failure of the disk it is left open until the process ends: closing it would write the log into the file and
    // remove it, and the disk may have lost what was written.
    if (!isMarked(path)) sqlite?.close();
    throw explained;
  }
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
    readonly clock: Pick<Clock, "monotonic" | "sleep">;
    readonly unclean: boolean;
    readonly closed: () => void;
  } | null,
) {
  const undoneBell = createBell<void>();
  const failedBell = createBell<void>();
  const trust = createTrust(sqlite, path);
  const writeAhead = createWriteAheadLog(sqlite);
  if (held) sqlite.onFailure((error) => trust.failed(error) && failedBell.ring());
  const closing = new AbortController();
  let syncing = false;
  let isFailing = false;
  let isUnclean = held?.unclean === true;

  const batch = createBatch(sqlite, {
    clock: held?.clock ?? systemClock,
    closing: closing.signal,
    untrusted: trust.untrusted,
    committed,
    undone(error) {
      isFailing = true;
      logger("store").error("what was just done could not be written: it is done once more", { error });
      undoneBell.ring();
    },
  });

  function committed(): void {
    isFailing = false;
    trust.wrote();
    writeAhead.committed();
  }

  function trusted(): void {
    const untrusted = trust.untrusted();
    if (untrusted) throw untrusted;
  }

  /**
   * One IMMEDIATE transaction, synced with all that was written before it: for what somebody is told, and for what a call
   * outside depends on. Promises are refused: SQLite would commit before they settle.
   */
  function durable<T>(work: () => T extends Promise<unknown> ? never : T): T {
    trusted();
    const done = sqlite.transaction(() => {
      const result = work();
      const refused = held && trust.refusal();
      if (refused) throw refused;
      return result;
    });
    committed();
    return done;
  }

  /**
   * The same without a sync: until something durable is written, a power cut may undo it, but no end of the process. For
   * what the next start puts right by itself, such as what was sent.
   */
  function lazy<T>(work: () => T extends Promise<unknown> ? never : T): T {
    trusted();
    return batch.addAndEnd<T>(work);
  }

  /**
   * The same together with what comes in the next moment: the end of the process may undo it too, and so does a disk that
   * takes no more by then. Only for what is found again, and done once more, such as a job that is done; or needs nothing
   * then, such as a confirmation that was sent.
   */
  function batched<T>(work: () => T extends Promise<unknown> ? never : T): T {
    if (isFailing) return lazy<T>(work);
    trusted();
    return batch.add<T>(work);
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
    /** Rung when a batch could not be written: what was taken for done in it is not. */
    undoneBell,
    /** Rung when nothing is taken any more, until what is held is in a new file. */
    failedBell,
    /** Rung for each message that the outbox is given. */
    owedBell: createBell<{ readonly chat_id: number; readonly isAnswer: boolean }>(),
    durable,
    lazy,
    batched,
    syncSoon,
    emptyLogSoon: writeAhead.emptySoon,
    emptyLog: writeAhead.empty,
    /** Why nothing may be taken now; null where it may. */
    refusal: (): string | null => trust.refusal()?.message ?? null,
    trouble: trust.trouble,
    mend: trust.mend,
    close(): void {
      if (closing.signal.aborted) return;
      closing.abort();
      try {
        batch.end();
        if (held && !isUnclean && !trust.untrusted()) sqlite.run("DELETE FROM facts WHERE name = 'unclean'");
        // Closing it would take what the disk lost for written: the next start begins with its log.
        if (!trust.untrusted()) sqlite.close();
      } catch (error) {
        const mend = "nothing that was confirmed is lost; look at the disk before the next start";
        logger("store").error("the database could not be closed in good order", { path, error, mend });
      }
      held?.closed();
    },
  };
}
