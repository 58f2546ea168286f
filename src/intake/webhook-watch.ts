import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { WebhookInfo } from "../telegram/api.ts";
import { BAD_TOKEN, isTelegramError } from "../telegram/errors.ts";
import type { Found } from "./polling.ts";

const LOOK_MS = 60_000;
/** At first it is looked at more often until nothing waits at Telegram, for so long. */
const SETTLING_MS = 150_000;
const SETTLING_LOOK_MS = 5_000;
/** What waited before has come by then, as far as anybody can tell. */
const CAUGHT_UP_MS = 10_000;
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
  const begunAt = clock.monotonic();
  /** By the monotonic clock: the last delivery, or where the watch began. */
  let goodAt = begunAt;
  let isSettling = true;
  let refusedOurselves = false;
  let backlog = 0;
  let growing = 0;
  let comparedAt = Number.NEGATIVE_INFINITY;
  let isUnreachable = false;
  /** Deliveries come though Telegram cannot be called: it is blocked from here, and not the other way round. */
  let comesUnasked = false;

  function judged(info: WebhookInfo): Found {
    const { url, pending_update_count: waiting, last_error_date, last_error_message } = info;
    isUnreachable = comesUnasked = false;
    if (waiting === 0) isSettling = false;
    if (clock.monotonic() - comparedAt >= COMPARE_MS) {
      growing = waiting > backlog && !refusedOurselves ? growing + 1 : 0;
      [backlog, comparedAt] = [waiting, clock.monotonic()];
    }
    const fails = isNews(last_error_date);
    refusedOurselves = false;
    if (!url) return { trouble: "the webhook is not set", obstacle: "no webhook" };
    if (url !== webhookUrl) {
      return { trouble: "another program set a webhook for this bot", obstacle: "foreign webhook" };
    }
    const why = "Telegram reports errors of the webhook";
    if (fails) return { trouble: last_error_message ?? why, complaint: why };
    const complaint = growing >= GROWING_LOOKS ? "updates pile up behind the webhook" : undefined;
    return { trouble: null, seen: { judged: true }, complaint, caughtUp: waiting === 0 };
  }

  /** An error after the last delivery and after the watch began: the program was not there before. Not our own 503. */
  function isNews(errorDate: number | undefined): boolean {
    if (errorDate === undefined || refusedOurselves) return false;
    const ageMs = (telegramTime() ?? clock.now()) - errorDate * 1000;
    return ageMs < clock.monotonic() - goodAt;
  }

  function failed(error: unknown): Found {
    isUnreachable = isTelegramError(error, "unreachable");
    comesUnasked &&= isUnreachable;
    const seen = comesUnasked ? { judged: false } : undefined;
    if (!isTelegramError(error, "bad_token")) {
      return { trouble: `Telegram's API cannot be called: ${messageOf(error)}`, seen };
    }
    // Somebody has to change a setting: no use in asking more often than once a minute.
    isSettling = false;
    return { trouble: BAD_TOKEN };
  }

  return {
    /** One look. */
    async next(signal: AbortSignal): Promise<Found> {
      let found: Found;
      try {
        const info = await askWebhook(signal);
        if (info.url === webhookUrl) await renewWebhook();
        found = judged(info);
      } catch (error) {
        if (signal.aborted || !isTelegramError(error)) throw error;
        found = failed(error);
      }
      const ageMs = clock.monotonic() - begunAt;
      const pauseMs = isSettling && ageMs < SETTLING_MS ? SETTLING_LOOK_MS : LOOK_MS;
      return { ...found, pauseMs, caughtUp: found.caughtUp || ageMs >= CAUGHT_UP_MS };
    },
    /** A delivery was answered. */
    answered(status: number): void {
      if (status === 503) refusedOurselves = true;
      if (status !== 200) return;
      goodAt = clock.monotonic();
      comesUnasked = isUnreachable;
    },
  };
}
