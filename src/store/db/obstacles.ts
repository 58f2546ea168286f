// What is in the way of a file, and what to do about it.
import { accessSync, constants, existsSync, type StatsFs, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf, messageOf } from "../../base/errors.ts";
import { statOf } from "./files.ts";

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
  if (nth === 0 && !found.isDirectory())
    return `${path} is a file, and a folder belongs there: move it if it is not needed.`;
  if (nth > 0 && found.isDirectory()) return `${path} is a folder: remove it, a file belongs there.`;
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    if (codeOf(error) === "EROFS") return `${path} is on a disk that is mounted read-only: mount it anew.`;
    const user = process.getuid?.();
    const folder = nth > 0 ? dirname(path) : path;
    // Nobody should have that done.
    if (folder === "/") return `User ${user} may make no folder in /.`;
    const open = `chmod -R u+rwX ${folder}`;
    const mend =
      found.uid === user
        ? open
        : `run memoferry as that user, or give it to this one: chown -R ${user} ${folder} && ${open}`;
    return `${path}, which belongs to user ${found.uid}, cannot be read and written by user ${user}: ${mend}`;
  }
}
