import { existsSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { AppError, messageOf } from "../../base/errors.ts";
import { openSqlite, type Sqlite } from "./sqlite.ts";

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
const systemFilesystem = (folder: string): number => statfsSync(folder).type;

/**
 * Takes the data folder for this process: a SQLite file under an exclusive transaction, which the system releases
 * however the process ends. Returns what releases it, to be kept for as long: with it the handle is garbage.
 * @throws AppError "conflict" when another process holds it.
 */
export function lockDataDir(dataDir: string, filesystemOf = systemFilesystem): () => void {
  const name = networkFilesystem(dataDir, filesystemOf);
  if (name !== null) {
    throw new AppError(
      "unavailable",
      `DATA_DIR ${dataDir} is on a network file system (${name}), where a database can be damaged: put DATA_DIR on a local disk.`,
    );
  }
  let sqlite: Sqlite | undefined;
  try {
    // By SQLite only: reading the file otherwise would end a lock that this very process holds.
    sqlite = openSqlite(join(dataDir, "lock"));
    sqlite.exec("PRAGMA busy_timeout = 0");
    sqlite.exec("BEGIN EXCLUSIVE");
    return sqlite.close;
  } catch (error) {
    sqlite?.close();
    if (/locked|busy/i.test(messageOf(error))) {
      throw new AppError(
        "conflict",
        `another memoferry is running on DATA_DIR ${dataDir}. Stop it first, or give this one a folder of its own.`,
      );
    }
    throw new AppError(
      "unavailable",
      `cannot lock DATA_DIR ${dataDir}: ${messageOf(error)}. Run this as the user that owns it.`,
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

/** The name of the network file system that the folder lies on; null on a local disk. */
export function networkFilesystem(dataDir: string, filesystemOf = systemFilesystem): string | null {
  if (process.platform !== "linux") return null;
  // Above 31 bits it comes as a negative number.
  return NETWORK_FILESYSTEMS.get(filesystemOf(dataDir) >>> 0) ?? null;
}
