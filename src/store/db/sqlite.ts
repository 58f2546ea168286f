// The database as the store has it; sqlite-bun.ts is the one file that knows which SQLite this is.

import type { Database as BunSqlite } from "bun:sqlite";
import { SQLiteBunSession } from "drizzle-orm/bun-sqlite/session";
import { BaseSQLiteDatabase, SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { AppError, codeOf, messageOf } from "../../base/errors.ts";
import { bytesOf } from "./files.ts";
import { mendOf } from "./obstacles.ts";
import { type Connection, copyInto, isSqliteError, open, type SqlValue } from "./sqlite-bun.ts";

export type Sqlite = ReturnType<typeof openSqlite>;
export type Drizzle = Sqlite["drizzle"];

export const BUSY_TIMEOUT = "PRAGMA busy_timeout = 5000";

/**
 * SQLite would checkpoint by itself, and tell nobody where that fails. With secure_delete what is deleted or replaced is
 * overwritten. A transaction writes each page that it changes as a whole: small pages are half the bytes of a message.
 * A database that was made with others keeps them.
 */
export const SETTINGS = `
  PRAGMA page_size = 1024;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA foreign_keys = ON;
  PRAGMA secure_delete = ON`;

const READS = /^\s*select\b/i;

function connect(path: string, readonly: boolean): Connection {
  requireDatabaseOfLog(path);
  const database = open(path, readonly);
  // A backup, or whoever looks at the file, may be at it this moment.
  database.run(BUSY_TIMEOUT);
  return database;
}

/**
 * @throws AppError where a write-ahead log lies beside a database that is missing or empty: SQLite would remove the log,
 * and begin anew.
 */
export function requireDatabaseOfLog(path: string): void {
  if (bytesOf(path) > 0 || bytesOf(`${path}-wal`) === 0) return;
  throw new AppError(
    "conflict",
    `the database ${path} is missing or empty, and ${path}-wal holds what was still to be written into it. Nothing was ` +
      `changed. Bring that ${path} back, or ${startAnew(path)}`,
  );
}

export const startAnew = (path: string) =>
  `move ${path}, ${path}-wal and ${path}-shm away, as many as there are, to start anew: memos that were saved already are ` +
  "recognised by their ids and not doubled";

export function openSqlite(path: string, { readonly = false } = {}) {
  let database = connect(path, readonly);
  let failed: (error: unknown) => void = () => undefined;
  let writing = (): void => undefined;
  let undone = (): void => undefined;

  function told<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      failed(error);
      throw error;
    }
  }

  /** Any statement that is not known to change nothing. */
  const written = <T>(work: () => T): T => {
    writing();
    return told(work);
  };
  /** How a statement is run. */
  const by = (sql: string) => (READS.test(sql) ? told : written);

  // Drizzle calls `prepare`, which would compile its SQL anew for each call: a tenth of the time that a backlog takes. It
  // keeps what it is given, which has to follow when the file is opened anew.
  function prepare(sql: string) {
    let of: Connection | undefined;
    let kept: ReturnType<Connection["query"]> | undefined;
    const asked = by(sql);
    const statement = () => {
      if (of === database && kept) return kept;
      of = database;
      kept = database.query(sql);
      return kept;
    };
    return {
      run: (...params: SqlValue[]) => written(() => statement().run(...params)),
      all: (...params: SqlValue[]) => asked(() => statement().all(...params)),
      values: (...params: SqlValue[]) => asked(() => statement().values(...params)),
    };
  }
  // All of a client that the session asks for; it knows no runtime.
  const client: BunSqlite = Object.assign(Object.create(null), { prepare });
  const dialect = new SQLiteSyncDialect();
  const session = new SQLiteBunSession<Record<string, never>, Record<string, never>>(
    client,
    dialect,
    undefined,
  );

  return {
    drizzle: new BaseSQLiteDatabase("sync", dialect, session, undefined),
    /** Runs one or more statements. */
    exec: (sql: string): void => void written(() => database.run(sql)),
    all: <Row>(sql: string, ...params: SqlValue[]): Row[] =>
      by(sql)(() => database.query(sql).all(...params) as Row[]),
    get: <Row>(sql: string, ...params: SqlValue[]): Row | undefined =>
      by(sql)(() => (database.query(sql).get(...params) ?? undefined) as Row | undefined),
    /** Rows changed. */
    run: (sql: string, ...params: SqlValue[]): number =>
      written(() => database.query(sql).run(...params).changes),
    transaction<T>(work: () => T): T {
      try {
        return written(() => database.transaction(work).immediate());
      } catch (error) {
        undone();
        throw error;
      }
    },
    /** Undoes the transaction that was begun by `exec`, unless SQLite did so by itself. */
    rollback(): void {
      if (database.inTransaction) told(() => database.run("ROLLBACK"));
      undone();
    },
    isInTransaction: (): boolean => database.inTransaction,
    /** Copies it as it is at one moment into a file that is empty, whose mode stays as it is. */
    copyInto: (path: string): void => written(() => copyInto(database, path)),
    /** From now on `listener` is told of each error that SQLite throws. */
    onFailure(listener: (error: unknown) => void): void {
      failed = listener;
    },
    /** From now on `listener` is called before each statement that may write. */
    beforeWrite(listener: () => void): void {
      writing = listener;
    },
    /** From now on `listener` is called after each transaction that was undone, also one within another. */
    onUndone(listener: () => void): void {
      undone = listener;
    },
    close: (): void => database.close(true),
    /** Closes the file, and opens what lies under its name after `between`. */
    reopen(between: () => void): void {
      database.close(true);
      between();
      database = connect(path, readonly);
    },
  };
}

const SYSTEM_CODES = /^E(?:NOSPC|DQUOT|ROFS|IO|ACCES|PERM|ISDIR|NOTDIR)$/;

/** An error of the database or its folder in words that name the file and the mend; any other error as it is. */
export function explainStoreError(path: string, error: unknown): unknown {
  const text = messageOf(error);
  const isOfStore = isSqliteError(error) || /database/i.test(text) || SYSTEM_CODES.test(codeOf(error) ?? "");
  if (error instanceof AppError || !isOfStore) return error;
  if (/not a database|malformed|corrupt/i.test(text)) {
    const why = `the database ${path} is damaged (${text}). Nothing was changed. Restore a backup, or`;
    return new AppError("internal", `${why} ${startAnew(path)}`);
  }
  const { path: file = path } = Object(error) as { path?: string };
  return new AppError("unavailable", `${file} cannot be used: ${text}. ${mendOf(file, error)}`);
}
