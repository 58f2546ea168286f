import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { AppError, messageOf } from "../../base/errors.ts";
import { COMMIT } from "../../base/version.ts";
import { databasePath, freeBytes, TIGHT_BYTES } from "./data-dir.ts";
import { bytesOf, syncPath } from "./files.ts";
import { pendingMigrations } from "./migrations.ts";
import { explainStoreError, openSqlite, type Sqlite } from "./sqlite.ts";

/**
 * Copies the database as it is at one moment, also while a process writes to it. Under its name only once it is whole,
 * and on the disk.
 */
export function copyInto(sqlite: Sqlite, target: string): void {
  const copy = `${target}.new`;
  // Of one that was cut off, such as by a kill.
  removeUnfinished(copy);
  try {
    writeFileSync(copy, "", { mode: 0o600 });
    sqlite.copyInto(copy);
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
export const copyTo = (target: string, path: string): void =>
  withSqlite(path, (sqlite) => copyInto(sqlite, target));

/** Only reads. */
export function withSqlite(path: string, work: (sqlite: Sqlite) => void): void {
  const sqlite = openSqlite(path, { readonly: true });
  try {
    work(sqlite);
  } finally {
    sqlite.close();
  }
}

export interface Backup {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/**
 * Copies the database of DATA_DIR into a new file.
 * @throws AppError "conflict" where `target` exists, since nothing is ever replaced, or the database is not ours.
 */
export function backUp(dataDir: string, target: string): Backup {
  const path = databasePath(dataDir);
  if (existsSync(target))
    throw new AppError("conflict", `${target} exists already: name a file that does not`);
  try {
    withSqlite(path, (sqlite) => copyOwn(sqlite, target));
  } catch (error) {
    throw explainStoreError(path, error);
  }
  return digestOf(target);
}

function copyOwn(sqlite: Sqlite, target: string): void {
  pendingMigrations(sqlite);
  try {
    copyInto(sqlite, target);
  } catch (error) {
    throw new AppError("unavailable", `cannot copy the database to ${target}: ${messageOf(error)}`);
  }
}

/** Beside a backup: its checksum, as `sha256sum -c` reads it. */
export const digestPath = (file: string) => `${file}.sha256`;

export const writeDigest = (file: string, { sha256 }: Backup): void =>
  writeFileSync(digestPath(file), `${sha256}  ${basename(file)}\n`, { mode: 0o600, flush: true });

export function digestOf(path: string): Backup {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(1024 * 1024);
  const file = openSync(path, "r");
  try {
    let bytes = 0;
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      hash.update(chunk.subarray(0, read));
      bytes += read;
    }
    return { bytes, sha256: hash.digest("hex") };
  } finally {
    closeSync(file);
  }
}

/** In the executable all lies below one root. */
const WORKER = COMMIT === null ? "./backup-worker.ts" : "./store/db/backup-worker.ts";

/** The same beside the work: SQLite copies in one go, and nothing else would be done in this thread meanwhile. */
function backUpBeside(dataDir: string, target: string): Promise<Backup> {
  const worker = new Worker(new URL(WORKER, import.meta.url), { workerData: { dataDir, target } });
  return new Promise((resolve, reject) => {
    const failed = (why: string) => reject(new AppError("unavailable", why));
    worker.once("message", resolve);
    worker.once("error", (error) => failed(messageOf(error)));
    worker.once("exit", () => failed("the copy was broken off"));
  });
}

/** Copies to be handed out, each under a name of its own in DATA_DIR: whoever takes one removes it. One at a time. */
export function createBackups({ dataDir }: { dataDir: string }) {
  const folder = join(dataDir, "backup");
  let isAtWork = false;

  return {
    /** What a process that was killed left. */
    clear: () => rmSync(folder, { recursive: true, force: true }),
    /** @throws AppError "conflict" while another one is made, "unavailable" where it cannot be made. */
    async make(): Promise<Backup & { path: string }> {
      if (isAtWork)
        throw new AppError("conflict", "A backup is being made already: wait until that one is there.");
      const path = databasePath(dataDir);
      // Beside it, the disk is not to become tight.
      const needed = bytesOf(path) + bytesOf(`${path}-wal`) + TIGHT_BYTES;
      if (freeBytes(dataDir) < needed) {
        throw new AppError(
          "unavailable",
          `There is too little disk space in ${dataDir} for a copy of the database.`,
        );
      }
      isAtWork = true;
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const copy = join(folder, `${randomUUID()}.db`);
        return { path: copy, ...(await backUpBeside(dataDir, copy)) };
      } finally {
        isAtWork = false;
      }
    },
  };
}
