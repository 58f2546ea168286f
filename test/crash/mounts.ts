import { mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of its own, in memory. */
interface SmallDisk {
  readonly folder: string;
  /** Leaves nobody else room for a byte. */
  fill(): void;
  /** Gives the room back. */
  empty(): void;
  [Symbol.dispose](): void;
}

const run = (...command: string[]) => Bun.spawnSync(command, { stdout: "ignore", stderr: "pipe" });

/** Null where this user may not mount. */
export function createSmallDisk(mib: number): SmallDisk | null {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-small-disk-"));
  const mounted = run("mount", "-t", "tmpfs", "-o", `size=${mib}m,mode=0700`, "memoferry-test", folder);
  if (mounted.exitCode !== 0) {
    rmSync(folder, { recursive: true });
    return null;
  }
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill() {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize));
    },
    empty: () => unlinkSync(ballast),
    [Symbol.dispose]() {
      // Lazily: what still has a file open there is about to end.
      run("umount", "--lazy", folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A disk that loses what is written to it for a time, and says so only when it is asked to sync. */
interface LossyDisk {
  readonly folder: string;
  /** From now on nothing new comes onto it: the system takes the writes, and loses them. */
  fail(): void;
  mend(): void;
  /** What the system only had in memory is gone, as after a reboot. */
  remount(): void;
  [Symbol.dispose](): void;
}

/** An ext4 of a sparse file, on a tmpfs that may be full. Null where this user may not mount one. */
export function createLossyDisk(mib: number): LossyDisk | null {
  const below = createSmallDisk(mib);
  if (!below) return null;
  const folder = mkdtempSync(join(tmpdir(), "memoferry-lossy-disk-"));
  const image = join(below.folder, "image");
  const mount = () => run("mount", "-o", "loop", image, folder).exitCode === 0;
  const made =
    run("truncate", "-s", `${2 * mib}M`, image).exitCode === 0 &&
    run(
      "mkfs.ext4",
      "-q",
      "-F",
      "-O",
      "^has_journal",
      "-E",
      "nodiscard,lazy_journal_init=0,lazy_itable_init=0",
      image,
    ).exitCode === 0;
  const disk: LossyDisk = {
    folder,
    fail() {
      try {
        below.fill();
      } catch {
        // What is written at this moment took the last of the room.
      }
    },
    mend: below.empty,
    remount() {
      run("umount", folder);
      // As a boot does: without it the file system takes blocks for free whose use it could not write down.
      run("e2fsck", "-f", "-y", image);
      if (!mount()) throw new Error("the disk could not be mounted again");
    },
    [Symbol.dispose]() {
      run("umount", "--lazy", folder);
      rmSync(folder, { recursive: true, force: true });
      below[Symbol.dispose]();
    },
  };
  if (made && mount()) return disk;
  disk[Symbol.dispose]();
  return null;
}
