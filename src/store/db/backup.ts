import { closeSync, existsSync, openSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { AppError, messageOf } from "../../base/errors.ts";
import { databasePath } from "../store.ts";
import { syncPath } from "./data-dir.ts";
import { explainStoreError } from "./database.ts";
import { lockDataDir } from "./lock.ts";
import { quickCheck } from "./quick-check.ts";
import { openSqliteReadOnly, type Sqlite } from "./sqlite.ts";

/**
 * Copies the database into a new file as it is at one moment, also while a process writes to it, and looks whether the
 * copy is sound. It is on disk when this returns, for this user alone. Returns its size in bytes.
 * @throws AppError "not_found" where there is no database, "conflict" where `target` exists: nothing is ever replaced.
 */
export function backUp(dataDir: string, target: string): number {
  const path = databasePath(dataDir);
  if (!existsSync(path)) throw new AppError("not_found", `there is no database in DATA_DIR ${dataDir}`);
  createEmpty(target);
  try {
    copy(dataDir, path, target);
    syncPath(target);
    syncPath(dirname(target));
    return statSync(target).size;
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  }
}

/** SQLite fills a file that is empty, and leaves its mode as it is. */
function createEmpty(target: string): void {
  try {
    closeSync(openSync(target, "wx", 0o600));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST")
      throw new AppError("conflict", `${target} exists already: name a file that does not`);
    if (code === "ENOENT") throw new AppError("not_found", `there is no folder ${dirname(target)}`);
    throw new AppError("unavailable", `cannot write ${target}: ${messageOf(error)}`);
  }
}

function copy(dataDir: string, path: string, target: string): void {
  // A process that would start in the middle waits for its turn; one that runs shares the database by SQLite's locks.
  const unlock = lockUnlessRunning(dataDir);
  let sqlite: Sqlite | undefined;
  try {
    sqlite = openSqliteReadOnly(path, { inUse: unlock === null });
    sqlite.exec("PRAGMA busy_timeout = 5000");
    sqlite.run("VACUUM INTO ?", target);
  } catch (error) {
    throw /full|disk I\/O/i.test(messageOf(error))
      ? new AppError("unavailable", `cannot write ${target}: ${messageOf(error)}`)
      : explainStoreError(path, error);
  } finally {
    sqlite?.close();
    unlock?.();
  }
  const made = openSqliteReadOnly(target);
  try {
    const found = quickCheck(made);
    if (found !== "ok") throw new AppError("internal", `the database ${path} is damaged: ${found}`);
  } finally {
    made.close();
  }
}

function lockUnlessRunning(dataDir: string): (() => void) | null {
  try {
    return lockDataDir(dataDir);
  } catch (error) {
    if (error instanceof AppError && error.code === "conflict") return null;
    throw error;
  }
}
