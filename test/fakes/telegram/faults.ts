/** What goes wrong with a request. "before" means that nothing was done, "after" that all was done. */
export type FaultAction =
  | { status: number; error_code?: number; description?: string; retryAfter?: number }
  | "html502"
  | "drop-before"
  | "drop-after"
  /** All done, the answer cut in the middle. */
  | "truncate"
  /** Done and answered, but so much later. */
  | { delayMs: number }
  /** Nothing done, never answered. */
  | "hang"
  /** All done, never answered. */
  | "hang-after"
  /** For downloads: so many bytes of the body, then the connection is cut. `chunked`: without Content-Length. */
  | { cutAfter: number; chunked?: boolean };

export interface Fault {
  match?: {
    /** A method's name in any case; "file" for downloads. */
    method?: string;
    /** Tested against the path without the token: "/sendMessage", "/file/photos/file_1.jpg". */
    path?: RegExp;
    /** Only from the nth matching request on, counted from 1. */
    nth?: number;
  };
  /** How many requests it strikes. Default 1. */
  times?: number;
  action: FaultAction;
}

export interface Faults {
  /** The returned function takes the fault out again. */
  add(fault: Fault): () => void;
  clear(): void;
  /** The fault that strikes this request, counted as used. */
  strike(method: string, path: string): FaultAction | undefined;
}

export function createFaults(): Faults {
  const active = new Set<Fault & { seen: number; left: number }>();
  return {
    add(fault) {
      const entry = { ...fault, seen: 0, left: fault.times ?? 1 };
      active.add(entry);
      return () => active.delete(entry);
    },
    clear: () => active.clear(),
    strike(method, path) {
      for (const fault of active) {
        const { match = {} } = fault;
        if (match.method !== undefined && match.method.toLowerCase() !== method.toLowerCase()) continue;
        if (match.path !== undefined && !match.path.test(path)) continue;
        fault.seen++;
        if (fault.seen < (match.nth ?? 1)) continue;
        fault.left--;
        if (fault.left <= 0) active.delete(fault);
        return fault.action;
      }
      return undefined;
    },
  };
}
