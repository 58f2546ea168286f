// The files of a database: its own, its write-ahead log, and a copy that is to take their place.
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

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
export function statOf(file: string) {
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

/** The same, of a database that is to be there in place of this one, which is kept. */
export const restoredPath = (path: string) => `${path}.restored`;

/** Where the next database goes that a restored one replaces. */
export function replacedPath(path: string): string {
  let nth = 1;
  while (existsSync(`${path}.replaced-${nth}`)) nth += 1;
  return `${path}.replaced-${nth}`;
}

/**
 * Puts such a copy in the place of the database, if there is one; however often it is cut off, the next start goes on.
 * The log of the old one goes first: its pages would be written into the new one.
 */
export function putCopyInPlace(path: string): void {
  const isRestored = existsSync(restoredPath(path));
  const copy = isRestored ? restoredPath(path) : renewedPath(path);
  if (!existsSync(copy)) return;
  const replaced = replacedPath(path);
  for (const end of isRestored ? ["-wal", ""] : []) {
    if (bytesOf(`${path}${end}`) > 0) renameSync(`${path}${end}`, `${replaced}${end}`);
  }
  for (const end of ["-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
  syncPath(dirname(path));
  renameSync(copy, path);
  rmSync(markOf(path), { force: true });
  syncPath(dirname(path));
}
