import type { TelegramWebhookInfo } from "gramio";
import type { Clock } from "../clock.ts";
import type { WebhookHealth } from "./intake.ts";

/** Judges the webhook by what getWebhookInfo tells and by what was delivered. */
export interface WebhookWatch {
  /** A delivery was answered. */
  delivered(status: number): void;
  /** Whether a delivery came since this was last asked. */
  deliveredLately(): boolean;
  judge(info: TelegramWebhookInfo): WebhookHealth;
  /** It begins anew: what was before counts no more. */
  reset(): void;
}

/** Whether the backlog grows is told by looks that lie as far apart. */
const COMPARE_MS = 55_000;

export function createWebhookWatch(deps: {
  /** Where Telegram delivers to; null without WEBHOOK_URL. */
  url: string | null;
  /** Telegram's time, which it dates errors by; null while that is not known. */
  telegramTime: () => number | null;
  clock: Pick<Clock, "now" | "monotonic">;
}): WebhookWatch {
  const { url, telegramTime, clock } = deps;
  /** By the monotonic clock: the last delivery, or where the watch began. */
  let goodAt = clock.monotonic();
  let delivered = false;
  let refusedOurselves = false;
  let backlog = 0;
  let growing = 0;
  let comparedAt = Number.NEGATIVE_INFINITY;

  /** No error of before the watch began is one of this webhook: the program was not there then. */
  function failing(errorDate: number | undefined): boolean {
    if (errorDate === undefined || refusedOurselves) return false;
    const ageMs = (telegramTime() ?? clock.now()) - errorDate * 1000;
    return ageMs < clock.monotonic() - goodAt;
  }

  return {
    delivered(status) {
      if (status === 200) {
        goodAt = clock.monotonic();
        delivered = true;
      }
      if (status === 503) refusedOurselves = true;
    },
    deliveredLately() {
      const lately = delivered;
      delivered = false;
      return lately;
    },
    judge({ url: set, pending_update_count, last_error_date }) {
      if (clock.monotonic() - comparedAt >= COMPARE_MS) {
        growing = pending_update_count > backlog && !refusedOurselves ? growing + 1 : 0;
        backlog = pending_update_count;
        comparedAt = clock.monotonic();
      }
      const health: WebhookHealth = {
        set: set === url ? "ours" : set ? "foreign" : "none",
        failing: failing(last_error_date),
        growing,
      };
      refusedOurselves = false;
      return health;
    },
    reset() {
      goodAt = clock.monotonic();
      growing = 0;
      backlog = 0;
      comparedAt = Number.NEGATIVE_INFINITY;
    },
  };
}
