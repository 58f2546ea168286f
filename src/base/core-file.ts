import { writeFileSync } from "node:fs";

/**
 * A core file of this process holds nothing of its memory, so no token: not with a limit on its size either, which a
 * program that collects them does not obey. On Linux; elsewhere the limit of the system counts.
 */
export function keepMemoryFromCoreFiles(): void {
  if (process.platform !== "linux") return;
  try {
    writeFileSync("/proc/self/coredump_filter", "0");
  } catch {
    // No /proc, or none that may be written.
  }
}
