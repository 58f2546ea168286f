/** Which request meets which fault, on either stand-in. */
export interface FaultRule<Action> {
  match?: {
    /** In any case. */
    method?: string;
    /** Tested against the path, and against path and query together. */
    path?: RegExp;
    /** Counting the matching requests from 1: the first one that fails. */
    nth?: number;
  };
  /** How many requests fail from there. */
  times?: number;
  action: Action;
}

export function createFaults<Action>() {
  const rules = new Set<{ rule: FaultRule<Action>; seen: number; hits: number }>();
  return {
    add(rule: FaultRule<Action>) {
      const entry = { rule, seen: 0, hits: 0 };
      rules.add(entry);
      return {
        /** Requests that met the fault so far. */
        get hits() {
          return entry.hits;
        },
        clear: () => void rules.delete(entry),
      };
    },
    clear: () => rules.clear(),
    /** The first rule that has something left for this request; every matching rule counts it. */
    meet(method: string, path: string, search = ""): Action | undefined {
      let met: Action | undefined;
      for (const entry of rules) {
        const { match = {}, times = Number.POSITIVE_INFINITY, action } = entry.rule;
        if (match.method !== undefined && match.method.toLowerCase() !== method.toLowerCase()) continue;
        if (match.path && path.search(match.path) < 0 && (path + search).search(match.path) < 0) continue;
        entry.seen++;
        const first = match.nth ?? 1;
        if (met !== undefined || entry.seen < first || entry.seen >= first + times) continue;
        entry.hits++;
        met = action;
      }
      return met;
    },
  };
}
