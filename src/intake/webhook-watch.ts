import type { Clock } from "../base/clock.ts";
import type { WebhookInfo } from "../telegram/api.ts";

export interface WebhookHealth {
  /** Whose webhook Telegram has. */
  readonly set: "ours" | "foreign" | "none";
  /** Why updates do not come in by it; null while they do. */
  readonly trouble: string | null;
  /** Why another way of receiving is worth a try; null while it is not. */
  readonly complaint: string | null;
}

/** Whether the backlog grows is told by looks that lie as far apart. */
const COMPARE_MS = 55_000;
const GROWING_LOOKS = 3;

/** Judges the webhook from now on, by what getWebhookInfo tells and by what was delivered. */
export function createWebhookWatch(deps: {
  /** Where Telegram delivers to; null without WEBHOOK_URL. */
  url: string | null;
  /** Telegram's time, which it dates errors by; null while that is not known. */
  telegramTime: () => number | null;
  clock: Pick<Clock, "now" | "monotonic">;
}) {
  const { url, telegramTime, clock } = deps;
  /** By the monotonic clock: the last delivery, or where the watch began. */
  let goodAt = clock.monotonic();
  let delivered = false;
  let refusedOurselves = false;
  let backlog = 0;
  let growing = 0;
  let comparedAt = Number.NEGATIVE_INFINITY;

  /** An error after the last delivery and after the watch began: the program was not there before. Not our own 503. */
  function failing(errorDate: number | undefined): boolean {
    if (errorDate === undefined || refusedOurselves) return false;
    const ageMs = (telegramTime() ?? clock.now()) - errorDate * 1000;
    return ageMs < clock.monotonic() - goodAt;
  }

  return {
    /** A delivery was answered. */
    answered(status: number): void {
      if (status === 200) {
        goodAt = clock.monotonic();
        delivered = true;
      }
      if (status === 503) refusedOurselves = true;
    },
    /** Whether a delivery came since this was last asked. */
    deliveredLately(): boolean {
      const lately = delivered;
      delivered = false;
      return lately;
    },
    judge(info: WebhookInfo): WebhookHealth {
      const { pending_update_count, last_error_date, last_error_message } = info;
      if (clock.monotonic() - comparedAt >= COMPARE_MS) {
        growing = pending_update_count > backlog && !refusedOurselves ? growing + 1 : 0;
        backlog = pending_update_count;
        comparedAt = clock.monotonic();
      }
      const fails = failing(last_error_date);
      refusedOurselves = false;
      if (!info.url) return { set: "none", trouble: "the webhook is not set", complaint: null };
      if (info.url !== url) {
        return { set: "foreign", trouble: "another program set a webhook for this bot", complaint: null };
      }
      const complaint = "Telegram reports errors of the webhook";
      if (fails) return { set: "ours", trouble: last_error_message ?? complaint, complaint };
      const piles = growing >= GROWING_LOOKS ? "updates pile up behind the webhook" : null;
      return { set: "ours", trouble: null, complaint: piles };
    },
  };
}
