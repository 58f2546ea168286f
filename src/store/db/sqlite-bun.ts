// SQLite as Bun has it. On Deno, deno.json puts sqlite-deno.ts in its place.

import { Database, SQLiteError } from "bun:sqlite";

export type SqlValue = string | number | bigint | null | Uint8Array;

interface Statement {
  run(...params: SqlValue[]): { changes: number };
  all(...params: SqlValue[]): unknown[];
  get(...params: SqlValue[]): unknown;
  values(...params: SqlValue[]): unknown[][];
}

/** A connection to a file. */
export interface Connection {
  readonly inTransaction: boolean;
  /** A statement is compiled once. */
  query(sql: string): Statement;
  /** Runs one or more statements. */
  run(sql: string): unknown;
  transaction<T>(work: () => T): { immediate(): T };
  /** All of it, as a file would hold it. */
  serialize(): Uint8Array;
  close(isThrowing: true): void;
}

/** More statements than the program has: each is compiled once, and let go of when the connection is closed. */
Database.MAX_QUERY_CACHE_SIZE = 300;

/** Makes the file if need be, unless it is only read. */
export const open = (path: string, readonly = false): Connection =>
  new Database(path, readonly ? { readonly } : { create: true, readwrite: true });

/** Into a file that is empty, whose mode stays as it is. */
export const copyInto = (connection: Connection, path: string): void =>
  void connection.query("VACUUM INTO ?").run(path);

/** Not all of Bun's errors of SQLite are of its class. */
export const isSqliteError = (error: unknown): boolean => error instanceof SQLiteError;
