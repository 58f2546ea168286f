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
export function copyInto(sqlite: Sqlite, target: string): void {
  const copy = `${target}.new`;
  // Of one that was cut off, such as by a kill.
  removeUnfinished(copy);
  try {
    // SQLite fills a file that is empty, and leaves its mode as it is.
    writeFileSync(copy, "", { mode: 0o600 });
    sqlite.run("VACUUM INTO ?", copy);
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
export function copyTo(target: string, path: string): void {
  const sqlite = openSqlite(path);
  try {
    copyInto(sqlite, target);
  } finally {
    sqlite.close();
  }
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
    copyTo(target, path);
    return statSync(target).size;
  } catch (error) {
    throw new AppError("unavailable", `cannot copy the database to ${target}: ${messageOf(error)}`);
  }
}
