import type { Clock } from "../base/clock.ts";
import type { Identity, TelegramApi, WebhookInfo } from "../telegram/api.ts";
import { isTelegramError, type TelegramError } from "../telegram/errors.ts";
import type { Found } from "./polling.ts";

const LOOK_MS = 60_000;
const FAILED_LOOK_MS = 10_000;
const GROWING_LOOKS = 3;
/** An error so soon after a delivery is of that one: we refused it ourselves. */
const SAME_DELIVERY_MS = 5_000;

/** Looks after the webhook from now on: judges it by what getWebhookInfo tells and by what was delivered. */
export function createWebhookWatch(deps: {
  api: Pick<TelegramApi, "call" | "time">;
  identity: Identity;
  /** Where Telegram delivers to; null without WEBHOOK_URL. */
  webhookUrl: string | null;
  /** Sets it where this run has not yet: what is there may have the secret and the kinds of an older version. */
  renew: () => Promise<void>;
  clock: Pick<Clock, "now" | "monotonic">;
}) {
  const { api, identity, webhookUrl, renew, clock } = deps;
  /** By the monotonic clock: the last delivery, or where the watch began. */
  let deliveredAt = clock.monotonic();
  let backlog = 0;
  let growing = 0;
  /** Since when Telegram cannot be called. */
  let unreachableSince: number | null = null;

  function judged({ url, pending_update_count, last_error_date, last_error_message }: WebhookInfo) {
    unreachableSince = null;
    growing = pending_update_count > backlog ? growing + 1 : 0;
    backlog = pending_update_count;
    if (url !== webhookUrl) {
      const trouble = url ? "another program set a webhook for this bot" : "the webhook is not set";
      return { trouble, wrongUrl: url ?? "" };
    }
    const why = "Telegram reports errors of the webhook";
    // An error after the last delivery, and after the watch began: the program was not there before.
    const ageMs = (api.time() ?? clock.now()) - (last_error_date ?? 0) * 1000;
    const isNews = ageMs < clock.monotonic() - deliveredAt - SAME_DELIVERY_MS;
    if (isNews) return { trouble: last_error_message ?? why, complaint: why };
    const complaint = growing >= GROWING_LOOKS ? "updates pile up behind the webhook" : undefined;
    return { trouble: null, complaint };
  }

  function failed(error: TelegramError): Found {
    // Somebody has to change a setting: no use in asking more often.
    if (error.kind === "bad_token") return { trouble: error.message, pauseMs: LOOK_MS };
    unreachableSince ??= clock.monotonic();
    const isUnasked = deliveredAt > unreachableSince;
    const trouble = isUnasked ? null : `Telegram's API cannot be called: ${error.message}`;
    return { trouble, isUnasked, pauseMs: FAILED_LOOK_MS };
  }

  return {
    /** One look. */
    async next(signal: AbortSignal): Promise<Found> {
      try {
        await identity.get(signal);
        const info = await api.call("getWebhookInfo", undefined, signal);
        if (info.url === webhookUrl) await renew();
        return { ...judged(info), pauseMs: LOOK_MS };
      } catch (error) {
        if (isTelegramError(error)) return failed(error);
        throw error;
      }
    },
    delivered(): void {
      deliveredAt = clock.monotonic();
    },
  };
}
