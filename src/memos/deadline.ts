import type { Clock } from "../base/clock.ts";
import { MemosError } from "./errors.ts";

/** Of one request: it ends by its caller's signal, by its own limit, or by `end`. */
export type Deadline = ReturnType<typeof startDeadline>;

/** Begins to count at once. */
export function startDeadline(clock: Clock, server: string, limitMs: number, parent?: AbortSignal) {
  const controller = new AbortController();
  let ended: MemosError | undefined;
  let movedAt = clock.monotonic();
  let limit = { ms: limitMs, text: `Memos at ${server} did not answer within ${limitMs / 1000} seconds` };

  const stop = (error: MemosError) => {
    ended ??= error;
    controller.abort(ended);
  };
  const onParent = () => stop(new MemosError("aborted", "the call to Memos was given up"));
  if (parent?.aborted) onParent();
  parent?.addEventListener("abort", onParent, { once: true });

  const watch = async () => {
    while (!controller.signal.aborted) {
      const left = movedAt + limit.ms - clock.monotonic();
      if (left <= 0) return stop(new MemosError("timeout", limit.text));
      await clock.sleep(left, controller.signal);
    }
  };
  void watch();

  return {
    signal: controller.signal,
    /** Something moved: from now on this limit, never shorter than the one before, with what is said at its end. */
    limit(ms: number, text: string): void {
      limit = { ms, text };
      movedAt = clock.monotonic();
    },
    /** Throws why it ended, if it did. */
    throwIfEnded(): void {
      if (ended) throw ended;
    },
    /** Over, whatever the outcome: aborts what may still run. Call it always. */
    end(): void {
      parent?.removeEventListener("abort", onParent);
      stop(new MemosError("aborted", "the call is over"));
    },
  };
}
