// What sqlite-bun.ts gives, by node:sqlite as Deno has it.

import { writeFileSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { codeOf, messageOf } from "../../base/errors.ts";
import type * as bun from "./sqlite-bun.ts";

export const open: typeof bun.open = (path, readOnly = false) => {
  // The others are SQLite's own defaults, as Bun leaves them.
  const options = { readOnly, enableForeignKeyConstraints: false, enableDoubleQuotedStringLiterals: true };
  const database = named(() => new DatabaseSync(path, options));
  const statements = new Map<string, ReturnType<typeof compile>>();
  const run = (sql: string) => named(() => database.exec(sql));

  function compile(sql: string) {
    const statement = named(() => database.prepare(sql));
    const rows = (asArrays: boolean, params: bun.SqlValue[]) => {
      statement.setReturnArrays(asArrays);
      return named(() => statement.all(...params.map(bound)));
    };
    return {
      run: (...params: bun.SqlValue[]) => ({
        changes: Number(named(() => statement.run(...params.map(bound))).changes),
      }),
      all: (...params: bun.SqlValue[]) => rows(false, params),
      get: (...params: bun.SqlValue[]) => rows(false, params)[0],
      values: (...params: bun.SqlValue[]) => rows(true, params) as unknown as unknown[][],
    };
  }

  function immediate<T>(work: () => T): T {
    const isInner = database.isTransaction;
    run(isInner ? "SAVEPOINT inner_one" : "BEGIN IMMEDIATE");
    try {
      const done = work();
      run(isInner ? "RELEASE inner_one" : "COMMIT");
      return done;
    } catch (error) {
      // SQLite has undone it by itself after some errors.
      if (database.isTransaction) run(isInner ? "ROLLBACK TO inner_one; RELEASE inner_one" : "ROLLBACK");
      throw error;
    }
  }

  return {
    get inTransaction() {
      return database.isTransaction;
    },
    query(sql: string) {
      const known = statements.get(sql) ?? compile(sql);
      statements.set(sql, known);
      return known;
    },
    run,
    transaction: <T>(work: () => T) => ({ immediate: () => immediate(work) }),
    serialize: () => database.serialize(),
    close: () => database.close(),
  };
};

/** node:sqlite binds every number as a REAL, which is another text, and takes no boolean. */
function bound(value: bun.SqlValue | boolean | undefined): SQLInputValue {
  if (typeof value === "boolean" || (typeof value === "number" && Number.isSafeInteger(value)))
    return BigInt(value);
  return value ?? null;
}

/** VACUUM INTO is for programs that may do all: Deno lets no other attach a file. Held in memory as a whole. */
export const copyInto: typeof bun.copyInto = (connection, path) => {
  const bytes = connection.serialize();
  // The versions of the file's format, 2 for a database with a write-ahead log: VACUUM leaves none. https://www.sqlite.org/fileformat.html
  bytes.fill(1, 18, 20);
  writeFileSync(path, bytes);
  // VACUUM would not have copied what it cannot read.
  const copy = open(path);
  try {
    const { quick_check } = copy.query("PRAGMA quick_check").get() as { quick_check: string };
    if (quick_check !== "ok") throw Object.assign(new Error(quick_check), { code: "SQLITE_CORRUPT" });
  } finally {
    copy.close(true);
  }
};

export const isSqliteError: typeof bun.isSqliteError = (error) => /^SQLITE_/.test(codeOf(error) ?? "");

/** Bun's names of what SQLite says; node:sqlite has numbers, and for some errors only the words. */
const NAMES: readonly [number, string, RegExp][] = [
  [5, "SQLITE_BUSY", /is locked/],
  [8, "SQLITE_READONLY", /readonly/],
  [10, "SQLITE_IOERR", /I\/O error/],
  [11, "SQLITE_CORRUPT", /malformed/],
  [13, "SQLITE_FULL", /is full/],
  [14, "SQLITE_CANTOPEN", /unable to open/],
  [26, "SQLITE_NOTADB", /not a database/],
];

function named<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (codeOf(error) !== "ERR_SQLITE_ERROR") throw error;
    const { errcode } = error as { errcode?: number };
    const isMeant = ([number, , words]: (typeof NAMES)[number]) =>
      errcode === undefined ? words.test(messageOf(error)) : number === (errcode & 0xff);
    throw Object.assign(new Error(messageOf(error)), { code: NAMES.find(isMeant)?.[1] ?? "SQLITE_ERROR" });
  }
}
