import { join } from "node:path";
import { needsStrace, strace } from "./power.ts";

/** What a disk answers that takes nothing more: remounted read-only after an error, or broken. */
type DiskError = "EROFS" | "EIO";

/**
 * From now on every write of a running program to its database fails, and every sync, as the kernel would answer it.
 * Returns what mends the disk.
 */
export async function breakDisk(
  pid: number,
  dataDir: string,
  error: DiskError,
): Promise<() => Promise<void>> {
  const files = ["", "-wal", "-journal"].flatMap((end) => ["-P", join(dataDir, `memoferry.db${end}`)]);
  const calls = "pwrite64,write,fsync,fdatasync,ftruncate";
  const child = Bun.spawn(
    [
      ...[strace(), "-f", "-p", String(pid), ...files],
      ...["-e", `trace=${calls}`, "-e", `inject=${calls}:error=${error}`, "-o", "/dev/null"],
    ],
    { stdout: "ignore", stderr: "pipe" },
  );
  const decoder = new TextDecoder();
  let said = "";
  for await (const chunk of child.stderr) {
    said += decoder.decode(chunk);
    if (/attached/.test(said)) break;
  }
  if (!/attached/.test(said)) throw new Error(`strace could not be attached: ${said}`);
  return async () => {
    // It lets the program go and ends.
    child.kill("SIGINT");
    await child.exited;
  };
}

export { needsStrace };
