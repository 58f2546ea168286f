import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createTraceReader, type FileCall, underStrace } from "./trace.ts";

/**
 * What a power cut leaves of what was not synced. `nothing`: just what was. `pieces`: each sector on its own, or
 * not, and names up to some moment, as a journaling file system keeps them in order. `all`: the process was killed.
 */
export type Leftover =
  | { readonly keep: "nothing" | "all" }
  | { readonly keep: "pieces"; readonly random: () => number };

/** A folder as it is on a disk, below the memory of the system. */
export interface Disk {
  /** What the program that writes to the folder has to be run by. */
  readonly under: readonly string[];
  /**
   * Cuts the power: the folder is left as the disk holds it. The program has to be dead by then. Returns how many
   * calls the cut undid, wholly or in part.
   */
  cut(leftover: Leftover): number;
}

/** Less than a page of SQLite: what a disk writes at once. */
const SECTOR = 512;
/** SQLite's index of the write-ahead log lives in shared memory and is made anew after a crash. */
const NOT_KEPT = /-shm$/;

type Content = Extract<FileCall, { call: "write" | "resize" }>;

interface File {
  readonly isFolder: boolean;
  /** What a sync has brought to the disk. */
  synced: Buffer;
  /** What was done to it since. */
  readonly since: Content[];
}

/** Names since the last sync of their folder. */
interface Naming {
  readonly folder: string;
  readonly change: (names: Map<string, File>) => void;
}

/** Follows what is done to a new folder, which is empty at first, by the trace of the program's calls. */
export function createDisk(options: { folder: string; traceFile: string; strace: string }): Disk {
  const { folder, traceFile, strace } = options;
  writeFileSync(traceFile, "");
  let readTo = 0;
  let reader = createTraceReader(folder);
  const state = createDiskState(folder);

  return {
    under: underStrace(strace, traceFile),
    cut(leftover) {
      for (const call of reader.read(news())) state.follow(call);
      reader = createTraceReader(folder);
      return state.cut(leftover);
    },
  };

  /** What strace wrote since the last look. */
  function news(): string {
    const trace = openSync(traceFile, "r");
    try {
      const bytes = Buffer.alloc(fstatSync(trace).size - readTo);
      readTo += readSync(trace, bytes, 0, bytes.length, readTo);
      return bytes.toString("latin1");
    } finally {
      closeSync(trace);
    }
  }
}

/** What the memory of the system and the disk below it have of a folder, which is empty at first. */
export function createDiskState(folder: string) {
  /** As the running program sees them, and as they are on the disk. */
  let names = new Map<string, File>();
  let kept = new Map<string, File>();
  let namings: Naming[] = [];

  function named(path: string, change: Naming["change"]): void {
    change(names);
    namings.push({ folder: dirname(path), change });
  }

  function make(path: string, isFolder: boolean): void {
    const made: File = { isFolder, synced: Buffer.alloc(0), since: [] };
    named(path, (all) => all.set(path, made));
  }

  function file(path: string): File {
    const found = names.get(path);
    if (!found) throw new Error(`the trace names a file that nobody made: ${path}`);
    return found;
  }

  function follow(call: FileCall): void {
    if (NOT_KEPT.test(call.path)) return;
    switch (call.call) {
      case "create": {
        if (names.has(call.path)) return;
        make(call.path, false);
        return;
      }
      case "truncate to nothing":
        file(call.path).since.push({ call: "resize", path: call.path, size: 0 });
        return;
      case "write":
      case "resize":
        file(call.path).since.push(call);
        return;
      case "unlink":
      case "rmdir":
        named(call.path, (all) => all.delete(call.path));
        return;
      case "rename": {
        const moved = file(call.path);
        named(call.path, (all) => {
          all.delete(call.path);
          all.set(call.to, moved);
        });
        return;
      }
      case "sync": {
        const synced = names.get(call.path);
        if (synced && !synced.isFolder) {
          synced.synced = content(synced.synced, synced.since);
          synced.since.length = 0;
          return;
        }
        for (const { change, folder: in_ } of namings) if (in_ === call.path) change(kept);
        namings = namings.filter(({ folder: in_ }) => in_ !== call.path);
        return;
      }
      case "mkdir":
        make(call.path, true);
        return;
      default:
        call satisfies never;
    }
  }

  return {
    follow,
    cut(leftover: Leftover): number {
      const pieces = leftover.keep === "pieces" ? leftover.random : null;
      let undone = 0;
      const isKill = leftover.keep === "all";
      const later = isKill
        ? namings
        : pieces
          ? namings.slice(0, Math.floor(pieces() * (namings.length + 1)))
          : [];
      undone += namings.length - later.length;
      for (const { change } of later) change(kept);
      const after = new Map<string, File>();
      const isThere = (path: string): boolean =>
        path === folder || (kept.get(path)?.isFolder === true && isThere(dirname(path)));
      for (const [path, { isFolder, synced, since }] of kept) {
        if (!isThere(dirname(path))) continue;
        const stays = isKill ? since : pieces ? sectors(since).filter(() => pieces() < 0.5) : [];
        undone += since.length > 0 ? 1 : 0;
        after.set(path, { isFolder, synced: content(synced, stays), since: [] });
      }
      for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true, force: true });
      const folderFirst = [...after].sort(([a], [b]) => a.length - b.length);
      for (const [path, { isFolder, synced }] of folderFirst) {
        if (isFolder) mkdirSync(path, { mode: 0o700 });
        else writeFileSync(path, synced, { mode: 0o600 });
      }
      names = after;
      kept = new Map(after);
      namings = [];
      return undone;
    },
  };
}

/** A file's content after these changes, in their order. */
function content(before: Buffer, changes: readonly Content[]): Buffer {
  const size = changes.reduce((most, one) => Math.max(most, endOf(one)), before.length);
  const bytes = Buffer.alloc(size);
  before.copy(bytes);
  let length = before.length;
  for (const one of changes) {
    if (one.call === "write") {
      one.bytes.copy(bytes, one.at);
      length = Math.max(length, endOf(one));
    } else {
      bytes.fill(0, Math.min(one.size, length));
      length = one.size;
    }
  }
  return bytes.subarray(0, length);
}

const endOf = (one: Content) => (one.call === "write" ? one.at + one.bytes.length : one.size);

/** The same changes, each write cut where sectors end. */
function sectors(changes: readonly Content[]): Content[] {
  return changes.flatMap((one) => {
    if (one.call !== "write") return [one];
    const parts: Content[] = [];
    for (let at = one.at; at < endOf(one); ) {
      const end = Math.min(endOf(one), (Math.floor(at / SECTOR) + 1) * SECTOR);
      parts.push({ ...one, at, bytes: one.bytes.subarray(at - one.at, end - one.at) });
      at = end;
    }
    return parts;
  });
}
