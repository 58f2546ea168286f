import type { Clock } from "../clock.ts";
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

/** Judges the webhook by what getWebhookInfo tells and by what was delivered. */
export function createWebhookWatch(deps: {
  /** Where Telegram delivers to; null without WEBHOOK_URL. */
  url: string | null;
  /** Telegram's time, which it dates errors by; null while that is not known. */
  telegramTime: () => number | null;
  clock: Pick<Clock, "now" | "monotonic">;
}) {
  const { url, telegramTime, clock } = deps;
  let seen = begin();

  function begin() {
    return {
      /** By the monotonic clock: the last delivery, or where the watch began. */
      goodAt: clock.monotonic(),
      delivered: false,
      refusedOurselves: false,
      backlog: 0,
      growing: 0,
      comparedAt: Number.NEGATIVE_INFINITY,
    };
  }

  /** An error after the last delivery and after the watch began: the program was not there before. Not our own 503. */
  function failing(errorDate: number | undefined): boolean {
    if (errorDate === undefined || seen.refusedOurselves) return false;
    const ageMs = (telegramTime() ?? clock.now()) - errorDate * 1000;
    return ageMs < clock.monotonic() - seen.goodAt;
  }

  return {
    /** It begins anew: what was before counts no more. */
    begin() {
      seen = begin();
    },
    /** A delivery was answered. */
    delivered(status: number): void {
      if (status === 200) {
        seen.goodAt = clock.monotonic();
        seen.delivered = true;
      }
      if (status === 503) seen.refusedOurselves = true;
    },
    /** Whether a delivery came since this was last asked. */
    deliveredLately(): boolean {
      const { delivered } = seen;
      seen.delivered = false;
      return delivered;
    },
    judge(info: WebhookInfo): WebhookHealth {
      const { pending_update_count, last_error_date, last_error_message } = info;
      if (clock.monotonic() - seen.comparedAt >= COMPARE_MS) {
        seen.growing = pending_update_count > seen.backlog && !seen.refusedOurselves ? seen.growing + 1 : 0;
        seen.backlog = pending_update_count;
        seen.comparedAt = clock.monotonic();
      }
      const fails = failing(last_error_date);
      seen.refusedOurselves = false;
      if (!info.url) return { set: "none", trouble: "the webhook is not set", complaint: null };
      if (info.url !== url) {
        return { set: "foreign", trouble: "another program set a webhook for this bot", complaint: null };
      }
      const complaint = "Telegram reports errors of the webhook";
      if (fails) return { set: "ours", trouble: last_error_message ?? complaint, complaint };
      const piles = seen.growing >= GROWING_LOOKS ? "updates pile up behind the webhook" : null;
      return { set: "ours", trouble: null, complaint: piles };
    },
  };
}
