export type KeyedMutex = ReturnType<typeof createKeyedMutex>;

/** Runs what has the same key one after another, or `atOnce` of it at a time, in the order in which it came. */
export function createKeyedMutex(atOnce = 1) {
  const running = new Map<string, { count: number; waiting: (() => void)[] }>();
  return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const turn = running.get(key) ?? { count: 0, waiting: [] };
    running.set(key, turn);
    if (turn.count < atOnce) turn.count += 1;
    else await new Promise<void>((resolve) => turn.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place goes to the next that waits, or is free again.
      const next = turn.waiting.shift();
      if (next) next();
      else turn.count -= 1;
      if (turn.count === 0) running.delete(key);
    }
  };
}
