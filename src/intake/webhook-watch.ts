import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { WebhookInfo } from "../telegram/api.ts";
import { BAD_TOKEN, isTelegramError, type TelegramError } from "../telegram/errors.ts";
import type { Found } from "./polling.ts";

const LOOK_MS = 60_000;
/** At first it is looked at more often until nothing waits at Telegram, for so long. */
const SETTLING_MS = 150_000;
const SETTLING_LOOK_MS = 5_000;
/** Whether the backlog grows is told by looks that lie as far apart. */
const COMPARE_MS = 55_000;
const GROWING_LOOKS = 3;

/** Looks after the webhook from now on: judges it by what getWebhookInfo tells and by what was delivered. */
export function createWebhookWatch(deps: {
  /** Where Telegram delivers to; null without WEBHOOK_URL. */
  webhookUrl: string | null;
  askWebhook: (signal: AbortSignal) => Promise<WebhookInfo>;
  /** Sets it where this run has not yet: what is there may have the secret and the kinds of an older version. */
  renewWebhook: () => Promise<void>;
  /** Telegram's time, which it dates errors by; null while that is not known. */
  telegramTime: () => number | null;
  clock: Pick<Clock, "now" | "monotonic">;
}) {
  const { webhookUrl, askWebhook, renewWebhook, telegramTime, clock } = deps;
  /** By the monotonic clock: the last delivery, or where the watch began. */
  let goodAt = clock.monotonic();
  let settlesUntil = goodAt + SETTLING_MS;
  let delivered = false;
  let refusedOurselves = false;
  let backlog = 0;
  let growing = 0;
  let comparedAt = Number.NEGATIVE_INFINITY;
  let obstacle: "foreign" | "none" | null = null;
  let complaint: string | null = null;
  let unreachable = false;
  /** Deliveries come though Telegram cannot be called: it is blocked from here, and not the other way round. */
  let deliversUnasked = false;

  async function next(signal: AbortSignal): Promise<Found> {
    const delivers = delivered;
    delivered = false;
    obstacle = null;
    complaint = null;
    try {
      const info = await askWebhook(signal);
      if (info.url === webhookUrl) await renewWebhook();
      unreachable = false;
      deliversUnasked = false;
      const waits = info.pending_update_count > 0;
      if (!waits) settlesUntil = Number.NEGATIVE_INFINITY;
      const trouble = judge(info);
      return found(trouble, trouble === null ? { judged: true } : null, trouble === null && !waits);
    } catch (error) {
      if (signal.aborted || !isTelegramError(error)) throw error;
      return notLooked(error, delivers);
    }
  }

  function notLooked(error: TelegramError, delivers: boolean): Found {
    const again = unreachable;
    unreachable = error.kind === "unreachable";
    deliversUnasked = unreachable && (deliversUnasked || (again && delivers));
    const isBadToken = error.kind === "bad_token";
    // Somebody has to change a setting: no use in asking more often than once a minute.
    if (isBadToken) settlesUntil = Number.NEGATIVE_INFINITY;
    const trouble = isBadToken ? BAD_TOKEN : `Telegram's API cannot be called: ${messageOf(error)}`;
    return found(trouble, deliversUnasked ? { judged: false } : null, false);
  }

  function found(trouble: string | null, seen: Found["seen"], caughtUp: boolean): Found {
    const pauseMs = clock.monotonic() < settlesUntil ? SETTLING_LOOK_MS : LOOK_MS;
    return { pauseMs, trouble, seen, caughtUp };
  }

  /** Returns why updates do not come in by it; null while they do. */
  function judge(info: WebhookInfo): string | null {
    const { pending_update_count, last_error_date, last_error_message } = info;
    if (clock.monotonic() - comparedAt >= COMPARE_MS) {
      growing = pending_update_count > backlog && !refusedOurselves ? growing + 1 : 0;
      backlog = pending_update_count;
      comparedAt = clock.monotonic();
    }
    const fails = failing(last_error_date);
    refusedOurselves = false;
    if (!info.url) {
      obstacle = "none";
      return "the webhook is not set";
    }
    if (info.url !== webhookUrl) {
      obstacle = "foreign";
      return "another program set a webhook for this bot";
    }
    if (fails) complaint = "Telegram reports errors of the webhook";
    else if (growing >= GROWING_LOOKS) complaint = "updates pile up behind the webhook";
    return fails ? (last_error_message ?? complaint) : null;
  }

  /** An error after the last delivery and after the watch began: the program was not there before. Not our own 503. */
  function failing(errorDate: number | undefined): boolean {
    if (errorDate === undefined || refusedOurselves) return false;
    const ageMs = (telegramTime() ?? clock.now()) - errorDate * 1000;
    return ageMs < clock.monotonic() - goodAt;
  }

  return {
    /** One look. */
    next,
    /** Whose webhook there is instead of ours; null while ours is set, or nothing is known. */
    obstacle: () => obstacle,
    /** Why another way of receiving is worth a try; null while it is not. */
    complaint: () => complaint,
    /** A delivery was answered. */
    answered(status: number): void {
      if (status === 200) {
        goodAt = clock.monotonic();
        delivered = true;
      }
      if (status === 503) refusedOurselves = true;
    },
  };
}
