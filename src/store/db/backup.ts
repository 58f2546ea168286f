import { closeSync, existsSync, openSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { AppError, codeOf, messageOf } from "../../base/errors.ts";
import { databasePath, syncPath } from "./data-dir.ts";
import { explainStoreError } from "./database.ts";
import { openSqlite, type Sqlite } from "./sqlite.ts";

/**
 * Copies the database into a new file as it is at one moment, also while a process writes to it. It is on disk when
 * this returns, for this user alone. Returns its size in bytes.
 * @throws AppError "not_found" where there is no database, "conflict" where `target` exists: nothing is ever replaced.
 */
export function backUp(dataDir: string, target: string): number {
  const path = databasePath(dataDir);
  if (!existsSync(path)) throw new AppError("not_found", `there is no database in DATA_DIR ${dataDir}`);
  createEmpty(target);
  let sqlite: Sqlite | undefined;
  try {
    sqlite = openSqlite(path);
    sqlite.exec("PRAGMA busy_timeout = 5000");
    sqlite.run("VACUUM INTO ?", target);
    syncPath(target);
    syncPath(dirname(target));
    return statSync(target).size;
  } catch (error) {
    rmSync(target, { force: true });
    throw /full|disk I\/O/i.test(messageOf(error))
      ? new AppError("unavailable", `cannot write ${target}: ${messageOf(error)}`)
      : explainStoreError(path, error);
  } finally {
    sqlite?.close();
  }
}

/** SQLite fills a file that is empty, and leaves its mode as it is. */
function createEmpty(target: string): void {
  try {
    closeSync(openSync(target, "wx", 0o600));
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST")
      throw new AppError("conflict", `${target} exists already: name a file that does not`);
    if (code === "ENOENT") throw new AppError("not_found", `there is no folder ${dirname(target)}`);
    throw new AppError("unavailable", `cannot write ${target}: ${messageOf(error)}`);
  }
}
