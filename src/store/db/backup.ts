import { existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AppError, messageOf } from "../../base/errors.ts";
import { databasePath } from "./data-dir.ts";
import { syncPath } from "./files.ts";
import { openSqlite, type Sqlite } from "./sqlite.ts";

/**
 * Copies the database as it is at one moment, also while a process writes to it. Under its name only once it is whole,
 * and on the disk.
 */
export function copyInto(sqlite: Sqlite, target: string, change = (_copy: Sqlite): void => undefined): void {
  const copy = `${target}.new`;
  // Of one that was cut off, such as by a kill.
  removeUnfinished(copy);
  try {
    // SQLite fills a file that is empty, and leaves its mode as it is.
    writeFileSync(copy, "", { mode: 0o600 });
    sqlite.run("VACUUM INTO ?", copy);
    withSqlite(copy, change);
    syncPath(copy);
  } catch (error) {
    removeUnfinished(copy);
    throw error;
  }
  renameSync(copy, target);
  syncPath(dirname(target));
}

function removeUnfinished(copy: string): void {
  for (const end of ["", "-journal"]) rmSync(`${copy}${end}`, { force: true });
}

/** The same, of the database of this name. */
export const copyTo = (target: string, path: string, change?: (copy: Sqlite) => void): void =>
  withSqlite(path, (sqlite) => copyInto(sqlite, target, change));

function withSqlite(path: string, work: (sqlite: Sqlite) => void): void {
  const sqlite = openSqlite(path);
  try {
    work(sqlite);
  } finally {
    sqlite.close();
  }
}

/** More jobs than are made between a copy and the day on which it is put back. */
const SKIPPED_IDS = 1_000_000;

/**
 * Where the copy is put back, no job has the id of one that was made after it: buttons in the chats hold those ids, and
 * would act on another memo.
 */
function skipIds(copy: Sqlite): void {
  const has = (table: string) => copy.get("SELECT 1 FROM sqlite_master WHERE name = ?", table) !== undefined;
  if (!has("sqlite_sequence") || !has("jobs")) return;
  copy.run(
    "INSERT INTO sqlite_sequence SELECT 'jobs', 0 WHERE 'jobs' NOT IN (SELECT name FROM sqlite_sequence)",
  );
  copy.run("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'jobs'", SKIPPED_IDS);
}

/**
 * Copies the database of DATA_DIR into a new file; returns its size in bytes.
 * @throws AppError "conflict" where `target` exists: nothing is ever replaced.
 */
export function backUp(dataDir: string, target: string): number {
  const path = databasePath(dataDir);
  if (existsSync(target))
    throw new AppError("conflict", `${target} exists already: name a file that does not`);
  try {
    copyTo(target, path, skipIds);
    return statSync(target).size;
  } catch (error) {
    throw new AppError("unavailable", `cannot copy the database to ${target}: ${messageOf(error)}`);
  }
}
