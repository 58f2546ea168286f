/** Which request meets which fault. */
import type { Fault, FaultAction, FaultRule } from "./types.ts";

export class Faults {
  private rules: { rule: FaultRule; seen: number; hits: number }[] = [];

  add(rule: FaultRule): Fault {
    const entry = { rule, seen: 0, hits: 0 };
    this.rules.push(entry);
    return {
      get hits() {
        return entry.hits;
      },
      clear: () => {
        this.rules = this.rules.filter((candidate) => candidate !== entry);
      },
    };
  }

  clear(): void {
    this.rules = [];
  }

  /** The first rule that has something left for this request; every matching rule counts it. */
  meet(method: string, path: string, search: string): FaultAction | undefined {
    let met: FaultAction | undefined;
    for (const entry of this.rules) {
      const { match, times, action } = entry.rule;
      if (match.method !== undefined && match.method.toUpperCase() !== method) continue;
      if (match.path && !fits(match.path, path) && !fits(match.path, path + search)) continue;
      entry.seen++;
      const first = match.nth ?? 1;
      const last = first + (times ?? (match.nth === undefined ? Number.POSITIVE_INFINITY : 1)) - 1;
      if (met !== undefined || entry.seen < first || entry.seen > last) continue;
      entry.hits++;
      met = action;
    }
    return met;
  }
}

/** A global or sticky expression keeps a position between tests, which no rule means. */
function fits(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text);
}
