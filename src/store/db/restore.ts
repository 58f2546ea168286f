import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { AppError, messageOf } from "../../base/errors.ts";
import { copyTo, digestOf, digestPath, withSqlite } from "./backup.ts";
import { databasePath, lockDataDir, prepareDataDir } from "./data-dir.ts";
import { bytesOf, putCopyInPlace, replacedPath, restoredPath, statOf } from "./files.ts";
import { type KeyOptions, lookAtKey } from "./keys.ts";
import { lookAtMigrations } from "./migrations.ts";
import { explainStoreError } from "./sqlite.ts";

export interface RestoreOptions extends KeyOptions {
  readonly file: string;
  /** Whether a database may be replaced. */
  readonly replaces: boolean;
  /** Whether it is taken although the key does not open it. */
  readonly withoutKey: boolean;
}

/**
 * Puts a copy in the place of the database of DATA_DIR. Wherever it is cut off, the next start finds the old database or
 * the new one. Returns where the old one is kept, if there was one.
 * @throws AppError where the file is not to be used, a database is there already, or a process holds it: nothing was changed.
 */
export function restore(options: RestoreOptions): { replaced: string | null } {
  const { dataDir, file, replaces } = options;
  const path = databasePath(dataDir);
  requireBackup(options, path);
  prepareDataDir(dataDir);
  const unlock = lockDataDir(dataDir);
  try {
    // Of one that was cut off.
    putCopyInPlace(path);
    const isThere = bytesOf(path) + bytesOf(`${path}-wal`) > 0;
    if (isThere && !replaces) {
      const mend = "--force replaces it, and keeps it beside it under another name";
      throw new AppError("conflict", `there is a database in ${dataDir} already: ${mend}`);
    }
    const replaced = isThere ? replacedPath(path) : null;
    copyTo(restoredPath(path), file);
    giveToOwner(dataDir, restoredPath(path));
    putCopyInPlace(path);
    return { replaced };
  } catch (error) {
    throw explainStoreError(path, error);
  } finally {
    unlock();
  }
}

/** By root, such as with sudo: the user of the service has to open them, and the key that was brought. */
function giveToOwner(dataDir: string, database: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dataDir);
  const files = [database, join(dataDir, "lock"), join(dataDir, "secret-key")];
  for (const file of files) if (existsSync(file)) chownSync(file, uid, gid);
}

/** @throws AppError with what is wrong with the file. */
function requireBackup({ file, withoutKey, ...key }: RestoreOptions, path: string): void {
  const refused = (why: string) => new AppError("invalid", `${file} ${why}. Nothing was changed.`);
  if (!isDatabase(file))
    throw refused("is no backup: it is not a database of SQLite (is it packed, or cut?)");
  if (existsSync(path) && realpathSync(file) === realpathSync(path)) throw refused("is the database itself");
  const sums = digestPath(file);
  if (existsSync(sums) && !readFileSync(sums, "utf8").includes(digestOf(file).sha256))
    throw refused(`is damaged, or another file: it does not have the checksum in ${sums}`);
  try {
    withSqlite(file, (sqlite) => {
      const { isNew, isForeign, newer } = lookAtMigrations(sqlite);
      if (isForeign || isNew) throw refused("is no backup: it is the database of another program");
      if (newer !== undefined)
        throw refused(`was written by a newer memoferry (it has "${newer}"): restore it with that version`);
      const soundness = sqlite.get<{ integrity_check: string }>("PRAGMA integrity_check(1)")?.integrity_check;
      if (soundness !== "ok") throw refused(`is damaged (${soundness})`);
      const { fits, why } = lookAtKey({ sqlite }, key);
      if (fits !== false || withoutKey) return;
      throw new AppError(
        "key_mismatch",
        `${why}: bring the one that belongs to ${file}, as SECRET_KEY or as ${join(key.dataDir, "secret-key")}; if it is lost, ` +
          "restore with --without-key, and then run `memoferry forget-tokens`. Nothing was changed.",
      );
    });
  } catch (error) {
    throw error instanceof AppError ? error : refused(`is damaged (${messageOf(error)})`);
  }
}

const HEADER = "SQLite format 3\0";

/** @throws AppError "not_found" where there is no such file, or this user cannot read it. */
function isDatabase(file: string): boolean {
  if (statOf(file)?.isDirectory()) return false;
  try {
    const opened = openSync(file, "r");
    const begin = Buffer.alloc(HEADER.length);
    readSync(opened, begin);
    closeSync(opened);
    return begin.toString("latin1") === HEADER;
  } catch (error) {
    throw new AppError("not_found", `${file} cannot be read: ${messageOf(error).split(", ")[0]}`);
  }
}
