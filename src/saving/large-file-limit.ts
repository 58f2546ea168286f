import { releaseMemory } from "../base/memory.ts";

/** From this size on a file counts as large. */
const LARGE_BYTES = 4 * 1024 * 1024;
/** Each takes some 25 MB while it goes through. */
const AT_ONCE = 2;

/** Runs `work` for a file of `size` bytes; large ones wait for each other, so that memory stays bounded. */
export type LargeFiles = <T>(size: number, work: () => Promise<T>) => Promise<T>;

export function createLargeFiles(): LargeFiles {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function turn(): Promise<void> {
    if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
  }

  /** The place goes to the next that waits, or is free again. */
  function done(): void {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }

  return async (size, work) => {
    if (size < LARGE_BYTES) return work();
    await turn();
    try {
      return await work();
    } finally {
      done();
      releaseMemory();
    }
  };
}
