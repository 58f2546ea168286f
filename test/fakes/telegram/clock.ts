/** Where the time comes from. */
export interface Clock {
  now(): number;
}

export type FakeTime = ReturnType<typeof createTime>;

interface Timer {
  due: number;
  work: () => void;
}

/** A clock that follows `base` and can be moved ahead. Real time passes too. */
export function createTime(base: Clock = { now: () => Date.now() }) {
  const timers = new Set<Timer>();
  let offset = 0;
  let alarm: ReturnType<typeof setTimeout> | undefined;

  const now = () => base.now() + offset;

  function earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) if (!first || timer.due < first.due) first = timer;
    return first;
  }

  function arm(): void {
    clearTimeout(alarm);
    const next = earliest();
    if (!next) return;
    alarm = setTimeout(ring, Math.min(Math.max(next.due - now(), 0), 2 ** 31 - 1));
    // A fake that nobody stopped must not keep a finished test run alive.
    alarm.unref();
  }

  function ring(): void {
    // Timers may fire a fraction of a millisecond early.
    for (let next = earliest(); next && next.due <= now() + 1; next = earliest()) {
      timers.delete(next);
      next.work();
    }
    arm();
  }

  return {
    /** Milliseconds since 1970. */
    now,
    /** Whole seconds since 1970, as Telegram dates things. */
    seconds: () => Math.floor(now() / 1000),
    /** Runs `work` once after `ms`; the function returned cancels it. */
    after(ms: number, work: () => void): () => void {
      const timer = { due: now() + ms, work };
      timers.add(timer);
      arm();
      return () => {
        if (timers.delete(timer)) arm();
      };
    },
    /** Moves this clock ahead by `ms` and runs, in order, what falls due on the way. */
    advance(ms: number): void {
      const target = now() + ms;
      for (let next = earliest(); next && next.due <= target; next = earliest()) {
        timers.delete(next);
        if (next.due > now()) offset += next.due - now();
        next.work();
      }
      if (target > now()) offset += target - now();
      arm();
    },
  };
}
