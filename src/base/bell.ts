/** Tells who listens that there may be something to do. Nothing is lost where nobody does yet: they look for themselves first. */
export function createBell<What>() {
  let listener: (what: What) => void = () => undefined;
  return {
    ring: (what: What) => listener(what),
    listen(to: (what: What) => void): void {
      listener = to;
    },
  };
}

export type Bell<What> = ReturnType<typeof createBell<What>>;
