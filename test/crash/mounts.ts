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
