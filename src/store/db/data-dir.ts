import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AppError, codeOf, messageOf } from "../../base/errors.ts";
import { Secret } from "../../base/secret.ts";
import { bytesOf, syncPath } from "./files.ts";
import { mendOf } from "./obstacles.ts";
import { explainStoreError, openSqlite, requireDatabaseOfLog, type Sqlite } from "./sqlite.ts";

/** The database's file in DATA_DIR. */
export const databasePath = (dataDir: string) => join(dataDir, "memoferry.db");

/** Makes DATA_DIR (0700) if need be. @throws AppError "unavailable" when it cannot be made. */
export function prepareDataDir(dataDir: string): void {
  // Everything made from here on is for this user alone, also what SQLite makes beside its database.
  process.umask(0o077);
  try {
    const made = mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    // A new folder is on the disk only when the one that holds it is synced.
    for (let at = resolve(dataDir); made !== undefined && at.startsWith(resolve(made)); at = dirname(at))
      syncPath(dirname(at));
  } catch (error) {
    const user = process.getuid?.();
    // What holds it is not for this user to have.
    const mend = /^E(?:ACCES|PERM)$/.test(codeOf(error) ?? "")
      ? `Make it for user ${user}: mkdir -p ${dataDir} && chown ${user} ${dataDir}.`
      : mendOf(databasePath(dataDir), error);
    throw new AppError(
      "unavailable",
      `DATA_DIR ${dataDir} cannot be made: ${messageOf(error)}. ${mend} Or set DATA_DIR to another folder.`,
    );
  }
}

/** @throws AppError "not_found" where no memoferry ever ran. */
export function requireDatabase(dataDir: string): void {
  requireDatabaseOfLog(databasePath(dataDir));
  // One that is empty was never begun.
  if (bytesOf(databasePath(dataDir)) > 0) return;
  throw new AppError(
    "not_found",
    `there is no database in DATA_DIR ${dataDir}: \`memoferry serve\` makes it at its first start. If memoferry runs already, ` +
      "set DATA_DIR to the folder that it uses, or give the same --env-file",
  );
}

/** A generated secret: read from its file, or made and on disk before it is first used. */
export function generatedSecret(dataDir: string, name: keyof typeof LOST): Secret {
  const existing = secretFile(dataDir, name);
  if (existing) return existing;
  const path = join(dataDir, name);
  const value = randomBytes(32).toString("base64url");
  // A power cut leaves nothing or the whole of it.
  writeFileSync(`${path}.new`, `${value}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  syncPath(dataDir);
  return new Secret(value);
}

const LOST = {
  "admin-token": "restore it from a backup, or remove it to have a new one made",
  "secret-key":
    "restore it from a backup; if it is lost, remove it and run `memoferry forget-tokens`: everybody binds anew",
};

/** The secret in its file, or null when there is none. */
export function secretFile(dataDir: string, name: keyof typeof LOST): Secret | null {
  const path = join(dataDir, name);
  if (!existsSync(path)) return null;
  try {
    const value = readFileSync(path, "utf8").trim();
    if (value.length < 16) throw new AppError("unavailable", `${path} is empty or too short: ${LOST[name]}`);
    chmodSync(path, 0o600);
    return new Secret(value);
  } catch (error) {
    throw explainStoreError(path, error);
  }
}

/** With less on the disk, space is made; from here on intake goes on: at the same mark it would switch to and fro. */
export const TIGHT_BYTES = 96 * 1024 ** 2;
/** With less, no more updates are taken: Telegram keeps them, here they could not be kept whole. */
export const FULL_BYTES = 64 * 1024 ** 2;

/** Bytes that this user can still write on the disk of `dataDir`. */
export function freeBytes(dataDir: string): number {
  const { bavail, bsize } = statfsSync(dataDir);
  return bavail * bsize;
}

/** NFS, CIFS, SMB2, SMB, 9P, Ceph, AFS (linux/magic.h): there SQLite's locks and WAL do not hold between machines. */
const NETWORKS = new Set([0x6969, 0xff534d42, 0xfe534d42, 0x517b, 0x01021997, 0x00c36400, 0x5346414f]);

/** `typeOf`: the number of a folder's file system. @throws AppError "unavailable" on a network file system. */
export function requireLocalDisk(folder: string, typeOf = (path: string) => statfsSync(path).type): void {
  // Above 31 bits it comes as a negative number.
  if (process.platform !== "linux" || !NETWORKS.has(typeOf(folder) >>> 0)) return;
  const why = "is on a network file system, where a database can be damaged: put DATA_DIR on a local disk";
  throw new AppError("unavailable", `${folder} ${why}`);
}

/**
 * Takes the data folder for this process: a SQLite file under an exclusive transaction, which the system releases
 * however the process ends. Returns what releases it, to be kept for as long: with it the handle is garbage.
 * @throws AppError "conflict" when another process holds it.
 */
export function lockDataDir(dataDir: string, typeOf?: (path: string) => number): () => void {
  requireLocalDisk(dataDir, typeOf);
  const path = join(dataDir, "lock");
  let sqlite: Sqlite | undefined;
  try {
    // By SQLite only: reading the file otherwise would end a lock that this very process holds.
    sqlite = openSqlite(path);
    sqlite.exec("PRAGMA busy_timeout = 0");
    sqlite.exec("BEGIN EXCLUSIVE");
    return sqlite.close;
  } catch (error) {
    sqlite?.close();
    if (codeOf(error) === "SQLITE_NOTADB") {
      throw new AppError("unavailable", `${path} is no lock of memoferry's: remove it, it holds nothing`);
    }
    if (!/locked|busy/i.test(messageOf(error))) throw explainStoreError(path, error);
    throw new AppError(
      "conflict",
      `another memoferry is running on DATA_DIR ${dataDir}. Stop it first, or give this one a folder of its own.`,
    );
  }
}

/** True while a process holds the folder. Makes no file. */
export function isLocked(dataDir: string): boolean {
  if (!existsSync(join(dataDir, "lock"))) return false;
  try {
    lockDataDir(dataDir)();
    return false;
  } catch (error) {
    if (error instanceof AppError && error.code === "conflict") return true;
    throw error;
  }
}
