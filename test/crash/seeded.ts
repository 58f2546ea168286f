/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** CRASH_SEED, or a new one; said, so that the run can be repeated. */
export function theSeed(): number {
  const seed = Number(process.env["CRASH_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
  console.log(`CRASH_SEED=${seed}`);
  return seed;
}

/** One of each so many in a row, in their order; of fewer, one. */
export function oneInEach<T>(items: readonly T[], count: number, seed: number): T[] {
  const from = Math.floor(seeded(seed)() * Math.min(count, items.length));
  return items.filter((_, at) => at % count === from);
}
