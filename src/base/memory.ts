/**
 * Gives memory back to the system at once. After a large file most of what the process holds is garbage, and on
 * a small machine it should not stay until the runtime happens to collect it.
 */
export function releaseMemory(): void {
  // Only Bun offers it; elsewhere the runtime decides.
  if (typeof Bun !== "undefined") Bun.gc(true);
}
