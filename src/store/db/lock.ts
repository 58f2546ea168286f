import { existsSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { AppError, messageOf } from "../../base/errors.ts";
import { openSqlite, openSqliteReadOnly, type Sqlite } from "./sqlite.ts";

/** Held for life: the lock goes when the handle is garbage-collected. */
const held = new Map<string, Sqlite>();

/** File systems on which SQLite's locks and WAL do not hold between machines. Numbers: linux/magic.h. */
const NETWORK_FILESYSTEMS = new Map<number, string>([
  [0x6969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x517b, "SMB"],
  [0x01021997, "9P"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
]);

/** The number of the file system that a folder lies on: `f_type` of statfs(2). */
export type FilesystemOf = (folder: string) => number;

const systemFilesystem: FilesystemOf = (folder) => statfsSync(folder).type;

/**
 * Takes the data folder for this process: a SQLite file under an exclusive transaction, which the system
 * releases however the process ends.
 * @throws AppError "conflict" when another process holds it.
 */
export function lockDataDir(dataDir: string, filesystemOf: FilesystemOf = systemFilesystem): () => void {
  refuseNetworkFilesystem(dataDir, filesystemOf);
  const path = join(dataDir, "lock");
  let sqlite: Sqlite;
  try {
    sqlite = openSqlite(path);
  } catch (error) {
    throw new AppError("unavailable", `cannot write in DATA_DIR ${dataDir}: ${messageOf(error)}`);
  }
  try {
    sqlite.exec("PRAGMA busy_timeout = 0");
    sqlite.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    sqlite.close();
    if (/locked|busy/i.test(messageOf(error))) {
      throw new AppError(
        "conflict",
        `another memoferry is running on DATA_DIR ${dataDir}. Stop it first, or give this one a folder of its own.`,
      );
    }
    throw new AppError("unavailable", `cannot lock DATA_DIR ${dataDir}: ${messageOf(error)}`);
  }
  held.set(path, sqlite);
  return () => {
    held.get(path)?.close();
    held.delete(path);
  };
}

/** True while a process holds the folder. Takes nothing: a look of a moment, which makes no file. */
export function isLocked(dataDir: string): boolean {
  const path = join(dataDir, "lock");
  if (!existsSync(path)) return false;
  let sqlite: Sqlite | undefined;
  try {
    // By SQLite only: reading the file otherwise would end a lock that this very process holds.
    sqlite = openSqliteReadOnly(path, { inUse: true });
    sqlite.exec("PRAGMA busy_timeout = 0");
    sqlite.get("SELECT count(*) FROM sqlite_master");
    return false;
  } catch (error) {
    if (/locked|busy/i.test(messageOf(error))) return true;
    throw new AppError(
      "unavailable",
      `cannot tell whether a memoferry runs on DATA_DIR ${dataDir}: ${messageOf(error)}. Run this as the same user.`,
    );
  } finally {
    sqlite?.close();
  }
}

/** The name of the network file system that the folder lies on; null on a local disk. */
export function networkFilesystem(
  dataDir: string,
  filesystemOf: FilesystemOf = systemFilesystem,
): string | null {
  if (process.platform !== "linux") return null;
  // Above 31 bits it comes as a negative number.
  return NETWORK_FILESYSTEMS.get(filesystemOf(dataDir) >>> 0) ?? null;
}

function refuseNetworkFilesystem(dataDir: string, filesystemOf: FilesystemOf): void {
  const name = networkFilesystem(dataDir, filesystemOf);
  if (name === null) return;
  throw new AppError(
    "unavailable",
    `DATA_DIR ${dataDir} is on a network file system (${name}), where a database can be damaged: put DATA_DIR on a local disk.`,
  );
}
