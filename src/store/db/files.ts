// The files of a database: its own, its write-ahead log, and a copy that is to take their place.
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  type StatsFs,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { codeOf, messageOf } from "../../base/errors.ts";

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

/** Which files lie where the database and its log belong; those of a process stay the same for as long as it has them. */
export const filesAt = (path: string): string => [path, `${path}-wal`].map(identityOf).join();

/** Null also where it cannot be looked at: its disk is gone, say. */
function statOf(file: string) {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function identityOf(file: string): string {
  const found = statOf(file);
  return found ? `${found.dev}:${found.ino}` : "none";
}

export const bytesOf = (file: string): number => statOf(file)?.size ?? 0;

/** There while nobody knows what the disk has of the database: whoever opens it next writes it into a new file first. */
const markOf = (path: string) => `${path}.untrusted`;
export const isMarked = (path: string): boolean => existsSync(markOf(path));

/** As much as the disk takes: what counts is that a process sees it that finds the same in the system's memory. */
export function mark(path: string): void {
  try {
    writeFileSync(markOf(path), "");
  } catch {
    // Then this process has to outlive the trouble.
  }
}

/** A copy under this name is whole, on the disk, and newer than the database. */
export const renewedPath = (path: string) => `${path}.renewed`;

/**
 * Puts such a copy in the place of the database, if there is one; however often it is cut off, the next start goes on.
 * The log of the old one goes first: its pages would be written into the new one.
 */
export function putCopyInPlace(path: string): void {
  const copy = renewedPath(path);
  if (!existsSync(copy)) return;
  for (const end of ["-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
  syncPath(dirname(path));
  renameSync(copy, path);
  rmSync(markOf(path), { force: true });
  syncPath(dirname(path));
}

export const existingParent = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : existingParent(dirname(path));

const MIB = 1024 ** 2;

/** What to do where a file, or what SQLite keeps beside it, cannot be read or written. */
export function mendOf(
  path: string,
  error: unknown,
  statfs: (folder: string) => StatsFs = statfsSync,
): string {
  const text = `${codeOf(error)} ${messageOf(error)}`;
  const folder = existingParent(dirname(path));
  if (/IOERR|EIO\b/.test(text)) {
    return (
      "The disk failed; the system's log (dmesg) has more. What was confirmed is on it: start memoferry again when the " +
      "disk is well, or restore a backup on another one."
    );
  }
  const { bavail, bsize, files, ffree } = statfs(folder);
  // Some file systems count none.
  if (files > 0 && ffree === 0) return `The disk of ${folder} has no inodes left: remove files from it.`;
  if (/full|ENOSPC|EDQUOT/i.test(text)) {
    const free = Math.floor((bavail * bsize) / MIB);
    return `The disk of ${folder} has ${free} MiB free: make room, at least 96 MiB.`;
  }
  return (
    [folder, path, `${path}-wal`, `${path}-shm`].map(obstacle).find(Boolean) ??
    `May this user write ${folder}?`
  );
}

/** What is in the way of writing an existing file or folder. */
function obstacle(path: string, nth: number): string | undefined {
  const found = statOf(path);
  if (!found) return undefined;
  if (nth > 0 && found.isDirectory()) return `${path} is a folder: remove it, a file belongs there.`;
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    if (codeOf(error) === "EROFS") return `${path} is on a disk that is mounted read-only: mount it anew.`;
    const user = process.getuid?.();
    const folder = nth > 0 ? dirname(path) : path;
    const change = `chown -R ${user} ${folder} && chmod -R u+rwX ${folder}`;
    return `${path}, which belongs to user ${found.uid}, cannot be read and written by user ${user}: ${change}`;
  }
}
