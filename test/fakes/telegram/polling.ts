import type { AllowedUpdates } from "./allowed-updates.ts";
import { notImitated } from "./called.ts";
import type { FakeTime } from "./clock.ts";
import { ApiError } from "./errors.ts";
import { RawJson } from "./json.ts";
import type { Params } from "./params.ts";
import type { QueuedUpdate, UpdateQueue } from "./update-queue.ts";

const maxAnswerBytes = 1 << 22;
const otherPoll =
  "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
const webhookActive =
  "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

export type Polling = ReturnType<typeof createPolling>;

interface WaitingPoll {
  offset: number;
  limit: number;
  deadline: number;
  wokenAt: number | undefined;
  resolve(updates: RawJson): void;
  reject(error: ApiError): void;
  cancel: () => void;
}

/** getUpdates with its long polls, its brake on repeats and its conflicts. */
export function createPolling(parts: {
  time: FakeTime;
  queue: UpdateQueue;
  allowed: AllowedUpdates;
  webhookIsSet: () => boolean;
}) {
  const { time, queue, allowed } = parts;
  let waiting: WaitingPoll | undefined;
  let previousOffset = 0;
  let previousStart = Number.NEGATIVE_INFINITY;
  let nextConflict = Number.NEGATIVE_INFINITY;

  /** A second conflict within 3 s is told 3 s late. */
  function conflict(text: string, reject: (error: ApiError) => void): void {
    const error = new ApiError(409, text);
    if (time.now() < nextConflict) {
      time.after(3000, () => reject(error));
      return;
    }
    nextConflict = time.now() + 3000;
    reject(error);
  }

  function end(text: string): void {
    const ended = waiting;
    waiting = undefined;
    if (!ended) return;
    ended.cancel();
    conflict(text, ended.reject);
  }

  function answer(updates: QueuedUpdate[]): RawJson {
    const parts: string[] = [];
    let left = maxAnswerBytes;
    for (const update of updates) {
      left -= 50 + update.bytes;
      if (left <= 0) break;
      parts.push(`{"update_id":${update.id},\n${update.json}}`);
      queue.handedOut(update.id);
    }
    return new RawJson(`[${parts.join(",")}]`);
  }

  function wake(): void {
    if (!waiting) return;
    // A burst is gathered for 1 ms after each update, but never for more than 2 ms.
    waiting.wokenAt ??= time.now();
    const until = Math.min(time.now() + 1, waiting.wokenAt + 2, waiting.deadline);
    waiting.cancel();
    waiting.cancel = time.after(Math.max(until - time.now(), 0), serve);
  }

  function serve(): void {
    const served = waiting;
    waiting = undefined;
    if (!served) return;
    served.resolve(answer(queue.take(served.offset, served.limit)));
  }

  queue.onPush(wake);

  return {
    get isWaiting() {
      return waiting !== undefined;
    },
    getUpdates(params: Params): Promise<RawJson> {
      return new Promise((resolve, reject) => {
        if (parts.webhookIsSet()) return conflict(webhookActive, reject);
        const offset = params.integer("offset", 0, -(2 ** 31), 2 ** 31 - 1);
        let limit = params.integer("limit", 100, 1, 100);
        let timeout = params.integer("timeout", 0, 0, 50);
        allowed.update(params.text("allowed_updates"));

        const since = time.now() - previousStart;
        if (offset === previousOffset && since < 3000 && timeout < 3) timeout = 3;
        if (offset === previousOffset && since < 500) limit = 1;
        previousOffset = offset;
        previousStart = time.now();

        if (offset < 0) throw notImitated("a negative offset");
        const updates = queue.take(offset, limit);
        if (updates.length > 0 || timeout === 0) return resolve(answer(updates));
        end(otherPoll);
        waiting = {
          offset,
          limit,
          deadline: time.now() + timeout * 1000,
          wokenAt: undefined,
          resolve,
          reject,
          cancel: time.after(timeout * 1000, serve),
        };
      });
    },
    /** Ends a waiting poll with a 409, because a webhook is being set. */
    endForWebhook: () => end("Conflict: terminated by setWebhook request"),
    /** Ends a waiting poll without any answer, as a server that stops. */
    abandon(): void {
      waiting?.cancel();
      waiting = undefined;
    },
  };
}
