import { randomBytes } from "node:crypto";
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AppError, messageOf } from "../../base/errors.ts";
import { Secret } from "../../base/secret.ts";

/** The database's file in DATA_DIR. */
export const databasePath = (dataDir: string) => join(dataDir, "memoferry.db");

/** Makes DATA_DIR (0700) if need be. @throws AppError "unavailable" when nothing can be written there. */
export function prepareDataDir(dataDir: string): void {
  // Everything made from here on is for this user alone, also what SQLite makes beside its database.
  process.umask(0o077);
  if (existsSync(dataDir) && !statSync(dataDir).isDirectory()) {
    throw new AppError("unavailable", `DATA_DIR ${dataDir} is not a folder: set DATA_DIR to one.`);
  }
  try {
    const made = mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    // A new folder is on the disk only when the one that holds it is synced.
    for (let at = resolve(dataDir); made !== undefined && at.startsWith(resolve(made)); at = dirname(at))
      syncPath(dirname(at));
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new AppError(
      "unavailable",
      `DATA_DIR ${dataDir} cannot be written: ${messageOf(error)}. Make the folder writable for this user, ` +
        "or set DATA_DIR to one that is.",
    );
  }
}

/** A generated secret: read from its file, or made and on disk before it is first used. */
export function generatedSecret(dataDir: string, name: "admin-token" | "secret-key"): Secret {
  const existing = secretFile(dataDir, name);
  if (existing) return existing;
  const value = randomBytes(32).toString("base64url");
  writeDurably(join(dataDir, name), `${value}\n`);
  return new Secret(value);
}

/** The secret in its file, or null when there is none. */
export function secretFile(dataDir: string, name: "admin-token" | "secret-key"): Secret | null {
  const path = join(dataDir, name);
  if (!existsSync(path)) return null;
  const value = readFileSync(path, "utf8").trim();
  if (value.length < 16) {
    throw new AppError(
      "unavailable",
      `${path} is empty or too short: restore it from a backup, or remove it to have a new one made.`,
    );
  }
  chmodSync(path, 0o600);
  return new Secret(value);
}

/** Bytes that this user can still write on the disk of `dataDir`. */
export function freeBytes(dataDir: string): number {
  const { bavail, bsize } = statfsSync(dataDir);
  return bavail * bsize;
}

/** After this returns, a power cut leaves either the old file or the whole new one. */
export function writeDurably(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  syncPath(dirname(path));
}

/** A file's bytes, or a folder's names, are on the disk when this returns. */
export function syncPath(path: string): void {
  if (process.platform === "win32") return;
  const opened = openSync(path, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
