// The one file that knows which SQLite this is. Deno brings its own behind the same three functions.
import { Database as BunSqlite } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import * as schema from "./schema.ts";

export type Drizzle = ReturnType<typeof drizzle<typeof schema>>;

export interface Sqlite {
  readonly drizzle: Drizzle;
  /** Runs one or more statements. */
  exec(sql: string): void;
  /** Rows of one statement, with positional or named parameters. */
  all<Row>(sql: string, ...params: SqlValue[]): Row[];
  get<Row>(sql: string, ...params: SqlValue[]): Row | undefined;
  /** Rows changed. */
  run(sql: string, ...params: SqlValue[]): number;
  transaction<T>(work: () => T): T;
  close(): void;
}

export type SqlValue = string | number | bigint | null | Uint8Array;

export function openSqlite(path: string): Sqlite {
  const database = new BunSqlite(path, { create: true, readwrite: true });
  return {
    drizzle: drizzle(database, { schema }),
    exec: (sql) => {
      database.run(sql);
    },
    all: <Row>(sql: string, ...params: SqlValue[]) => database.query<Row, SqlValue[]>(sql).all(...params),
    get: <Row>(sql: string, ...params: SqlValue[]) =>
      database.query<Row, SqlValue[]>(sql).get(...params) ?? undefined,
    run: (sql, ...params) => database.query(sql).run(...params).changes,
    transaction: (work) => database.transaction(work).immediate(),
    close: () => database.close(),
  };
}
