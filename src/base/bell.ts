/**
 * Tells who listens that there may be something to do. It may ring within a transaction: who listens only notes it, and
 * looks once that is over. Nothing is lost where nobody listens yet: they look for themselves first.
 */
export function createBell<What>() {
  const listeners: ((what: What) => void)[] = [];
  return {
    ring(what: What): void {
      for (const listener of listeners) listener(what);
    },
    listen(listener: (what: What) => void): void {
      listeners.push(listener);
    },
  };
}
