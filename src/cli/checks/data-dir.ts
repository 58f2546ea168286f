import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../../base/errors.ts";
import { freeBytes } from "../../store/db/data-dir.ts";
import { networkFilesystem } from "../../store/db/lock.ts";
import { FULL_BYTES, TIGHT_BYTES } from "../../store/db/maintenance.ts";
import { fail, type Line, ok, warning } from "./line.ts";

const MIB = 1024 * 1024;

/** DATA_DIR, or where it will be made. Makes and writes nothing. */
export function checkDataDir(dataDir: string): Line[] {
  const exists = existsSync(dataDir);
  const folder = exists ? dataDir : existingParent(dataDir);
  const mend = "give the user that runs memoferry write access to it, or set DATA_DIR to another folder";
  if (!statSync(folder).isDirectory()) {
    return [fail("data folder", `${folder} is not a folder: set DATA_DIR to one`)];
  }
  const why = whyNotWritable(folder);
  if (why !== null) {
    const what = exists ? dataDir : `${dataDir} cannot be made: ${folder}`;
    return [fail("data folder", `${what} cannot be written by this user (${why}): ${mend}`)];
  }
  const network = networkFilesystem(folder);
  if (network !== null) {
    return [
      fail(
        "data folder",
        `${dataDir} is on a network file system (${network}), where a database can be damaged: put DATA_DIR on a local disk`,
      ),
    ];
  }
  const state = exists ? "can be written, on a local disk" : "will be made at the first start";
  return [ok("data folder", `${dataDir} ${state}`), diskLine(freeBytes(folder))];
}

export function diskLine(free: number): Line {
  const text = `${size(free)} free`;
  if (free < FULL_BYTES) {
    return fail("disk", `${text}: below 64 MiB no more messages are taken. Make space, at least 96 MiB`);
  }
  if (free < TIGHT_BYTES)
    return warning("disk", `${text}: below 64 MiB no more messages are taken. Make space`);
  return ok("disk", text);
}

function existingParent(path: string): string {
  const parent = dirname(path);
  return existsSync(parent) || parent === path ? parent : existingParent(parent);
}

function whyNotWritable(folder: string): string | null {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    const code = codeOf(error) ?? "unknown reason";
    return code === "EROFS" ? "read-only file system" : code === "EACCES" ? "no permission" : code;
  }
}

function size(bytes: number): string {
  const gib = bytes / (1024 * MIB);
  return gib >= 1 ? `${gib.toFixed(1)} GiB` : `${Math.floor(bytes / MIB)} MiB`;
}
