// The one file that knows which SQLite this is. Deno brings its own behind the same three functions.

import { Database as BunSqlite, constants } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
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
  return sqliteOf(new BunSqlite(path, { create: true, readwrite: true }));
}

/**
 * Opens a file to look at it, also beside the process that has it open (`inUse`). Makes no file: of a database that
 * nobody uses and that has no write-ahead log SQLite is told so, else it would leave an empty log and its index behind.
 */
export function openSqliteReadOnly(path: string, { inUse = false } = {}): Sqlite {
  const log = `${path}-wal`;
  if (inUse || (existsSync(log) && statSync(log).size > 0)) {
    return sqliteOf(new BunSqlite(path, { readonly: true }));
  }
  const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
  return sqliteOf(new BunSqlite(`${pathToFileURL(path).href}?immutable=1`, flags));
}

function sqliteOf(database: BunSqlite): Sqlite {
  const { client, forget } = withCachedStatements(database);
  return {
    drizzle: drizzle(client, { schema }),
    exec: (sql) => {
      database.run(sql);
    },
    all: <Row>(sql: string, ...params: SqlValue[]) => database.query<Row, SqlValue[]>(sql).all(...params),
    get: <Row>(sql: string, ...params: SqlValue[]) =>
      database.query<Row, SqlValue[]>(sql).get(...params) ?? undefined,
    run: (sql, ...params) => database.query(sql).run(...params).changes,
    transaction: (work) => database.transaction(work).immediate(),
    close() {
      // What is still compiled would keep the file open, and close it at whatever moment it is collected as garbage.
      const all = forget();
      database.close(all);
    },
  };
}

/** More than the program has: only a fault in it would fill the cache. */
const STATEMENTS = 300;

/**
 * `forget` lets go of what is compiled; true when that is all. Drizzle compiles its SQL anew for each call, a tenth of the time a backlog takes: here each text is compiled
 * once. `query` of bun:sqlite caches too, but Drizzle calls `prepare`.
 */
function withCachedStatements(database: BunSqlite): { client: BunSqlite; forget: () => boolean } {
  const statements = new Map<string, ReturnType<BunSqlite["prepare"]>>();
  const forget = () => {
    const all = statements.size < STATEMENTS;
    for (const statement of statements.values()) statement.finalize();
    statements.clear();
    return all;
  };
  const prepare = (sql: string) => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    if (statements.size < STATEMENTS) statements.set(sql, statement);
    return statement;
  };
  return { client: Object.assign(Object.create(database), { prepare }), forget };
}
