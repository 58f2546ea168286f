// The one file that knows which SQLite this is.

import { Database as BunSqlite, SQLiteError } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { AppError, messageOf } from "../../base/errors.ts";
import * as schema from "./schema.ts";

export type Sqlite = ReturnType<typeof openSqlite>;
export type Drizzle = Sqlite["drizzle"];

export type SqlValue = string | number | bigint | null | Uint8Array;

export const BUSY_TIMEOUT = "PRAGMA busy_timeout = 5000";

/** More statements than the program has: each is compiled once, and let go of when the connection is closed. */
BunSqlite.MAX_QUERY_CACHE_SIZE = 300;

export function openSqlite(path: string) {
  const database = new BunSqlite(path, { create: true, readwrite: true });
  // A backup, or whoever looks at the file, may be at it this moment.
  database.run(BUSY_TIMEOUT);
  // Drizzle calls `prepare`, which would compile its SQL anew for each call: a tenth of the time that a backlog takes.
  const client: BunSqlite = Object.assign(Object.create(database), {
    prepare: (sql: string) => database.query(sql),
  });
  return {
    drizzle: drizzle(client, { schema }),
    /** Runs one or more statements. */
    exec: (sql: string): void => void database.run(sql),
    all: <Row>(sql: string, ...params: SqlValue[]): Row[] =>
      database.query<Row, SqlValue[]>(sql).all(...params),
    get: <Row>(sql: string, ...params: SqlValue[]): Row | undefined =>
      database.query<Row, SqlValue[]>(sql).get(...params) ?? undefined,
    /** Rows changed. */
    run: (sql: string, ...params: SqlValue[]): number => database.query(sql).run(...params).changes,
    transaction: <T>(work: () => T): T => database.transaction(work).immediate(),
    close: (): void => database.close(true),
  };
}

/** An error of the database in words that name the file and the mend; any other error as it is. */
export function explainStoreError(path: string, error: unknown): unknown {
  const text = messageOf(error);
  // Bun's errors of SQLite are not all of its class.
  if (error instanceof AppError || !(error instanceof SQLiteError || /database/i.test(text))) return error;
  if (/not a database|malformed|corrupt/i.test(text)) {
    return new AppError(
      "internal",
      `the database ${path} is damaged (${text}). Nothing was changed. Restore a backup, or move the file ` +
        "away to start anew: memos that were saved already are recognised by their ids and not doubled.",
    );
  }
  const mend = "Is there room on its disk, and may this user write DATA_DIR and what is in it?";
  return new AppError("unavailable", `the database ${path} cannot be used: ${text}. ${mend}`);
}
