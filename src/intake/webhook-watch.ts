import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { TelegramApi, WebhookInfo } from "../telegram/api.ts";
import { isTelegramError } from "../telegram/errors.ts";
import type { Found } from "./polling.ts";

const LOOK_MS = 60_000;
/** At first it is looked at more often until nothing waits at Telegram, for so long. */
const SETTLING_MS = 150_000;
const SETTLING_LOOK_MS = 5_000;
const GROWING_LOOKS = 3;
/** An error so soon after a delivery is of that one: we refused it ourselves. */
const SAME_DELIVERY_MS = 5_000;

/** Looks after the webhook from now on: judges it by what getWebhookInfo tells and by what was delivered. */
export function createWebhookWatch(deps: {
  api: Pick<TelegramApi, "call" | "time">;
  /** Where Telegram delivers to; null without WEBHOOK_URL. */
  webhookUrl: string | null;
  /** Sets it where this run has not yet: what is there may have the secret and the kinds of an older version. */
  renew: () => Promise<void>;
  clock: Pick<Clock, "now" | "monotonic">;
}) {
  const { api, webhookUrl, renew, clock } = deps;
  const begunAt = clock.monotonic();
  /** By the monotonic clock: the last delivery, or where the watch began. */
  let deliveredAt = begunAt;
  let isSettling = true;
  let backlog = 0;
  let growing = 0;
  /** Since when Telegram cannot be called. */
  let unreachableSince: number | null = null;

  function judged({ url, pending_update_count, last_error_date, last_error_message }: WebhookInfo) {
    unreachableSince = null;
    if (pending_update_count === 0) isSettling = false;
    growing = pending_update_count > backlog && !isSettling ? growing + 1 : 0;
    backlog = pending_update_count;
    if (url !== webhookUrl) {
      const trouble = url ? "another program set a webhook for this bot" : "the webhook is not set";
      return { trouble, wrongUrl: url ?? "" };
    }
    const why = "Telegram reports errors of the webhook";
    if (isNews(last_error_date)) return { trouble: last_error_message ?? why, complaint: why };
    const complaint = growing >= GROWING_LOOKS ? "updates pile up behind the webhook" : undefined;
    return { trouble: null, complaint };
  }

  /** An error after the last delivery and after the watch began: the program was not there before. */
  function isNews(errorDate = 0): boolean {
    const ageMs = (api.time() ?? clock.now()) - errorDate * 1000;
    return ageMs < clock.monotonic() - deliveredAt - SAME_DELIVERY_MS;
  }

  function failed(error: unknown) {
    if (isTelegramError(error, "bad_token")) {
      // Somebody has to change a setting: no use in asking more often than once a minute.
      isSettling = false;
      return { trouble: messageOf(error) };
    }
    unreachableSince ??= clock.monotonic();
    const isUnasked = deliveredAt > unreachableSince;
    return { trouble: isUnasked ? null : `Telegram's API cannot be called: ${messageOf(error)}`, isUnasked };
  }

  return {
    /** One look. */
    async next(signal: AbortSignal): Promise<Found> {
      let found: Omit<Found, "pauseMs">;
      try {
        const info = await api.call("getWebhookInfo", undefined, signal);
        if (info.url === webhookUrl) await renew();
        found = judged(info);
      } catch (error) {
        if (!isTelegramError(error)) throw error;
        found = failed(error);
      }
      if (clock.monotonic() - begunAt >= SETTLING_MS) isSettling = false;
      const pauseMs = isSettling ? SETTLING_LOOK_MS : LOOK_MS;
      return { ...found, pauseMs };
    },
    /** A delivery came, whatever became of it. */
    delivered(): void {
      deliveredAt = clock.monotonic();
    },
  };
}
