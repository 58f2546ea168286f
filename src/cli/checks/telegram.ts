import { messageOf } from "../../base/errors.ts";
import type { Config } from "../../config/config.ts";
import type { TelegramApi } from "../../telegram/api.ts";
import { isTelegramError } from "../../telegram/errors.ts";
import { oneLine } from "../format.ts";
import { type Finding, failure, within } from "./finding.ts";

/** The bot token. */
export async function checkBot({ telegramApiUrl }: Config, api: TelegramApi): Promise<Finding> {
  try {
    const ask = (signal: AbortSignal) => api.call("getMe", undefined, signal);
    const { first_name, username } = await within(`Telegram at ${telegramApiUrl}`, ask);
    return `@${username ?? "?"} (${oneLine(first_name)})`;
  } catch (error) {
    const text = messageOf(error);
    if (isTelegramError(error, "bad_token")) throw error;
    if (isTelegramError(error, "throttled")) throw failure(`${text}: wait, then check again`);
    throw failure(
      `${text} (${telegramApiUrl}): look at this machine's network; where Telegram is blocked set TELEGRAM_PROXY or TELEGRAM_API_URL`,
    );
  }
}

/** What stands in the way of updates. Why Telegram cannot be asked is said by the bot's line. */
export async function checkWebhook({ webhookUrl }: Config, api: TelegramApi): Promise<Finding | null> {
  const hook = await within("Telegram", (signal) => api.call("getWebhookInfo", undefined, signal)).catch(
    () => null,
  );
  return hook && webhookFinding(hook, webhookUrl);
}

/** Somebody else's webhook keeps the updates from everybody who polls. */
export function webhookFinding(
  hook: { url?: string; pending_update_count: number; last_error_message?: string },
  ours: string | null,
): Finding {
  const pending = `${hook.pending_update_count} pending updates`;
  if (!hook.url) return `none, so updates come by polling; ${pending}`;
  // The rest of a foreign URL is often a secret.
  const host = URL.parse(hook.url)?.host ?? "an unknown host";
  const said = hook.last_error_message ? `; its last error: ${oneLine(hook.last_error_message)}` : "";
  if (ours !== null && hook.url === `${ours}/telegram/webhook`) {
    const text = `updates come to WEBHOOK_URL (${host}); ${pending}${said}`;
    return said ? { warning: text } : text;
  }
  return {
    warning:
      `a webhook of another program at ${host} gets this bot's updates (${pending}${said}): memoferry removes it ` +
      "when it starts, so stop that program, or use another bot",
  };
}

/** This machine's clock against Telegram's. The call carries no token. */
export async function checkClock({ telegramApiUrl, telegramProxy }: Config): Promise<Finding> {
  const date = await within("Telegram", async (signal) => {
    const proxy = telegramProxy && { proxy: telegramProxy.reveal() };
    const answer = await fetch(telegramApiUrl, { redirect: "manual", signal, ...proxy });
    await answer.body?.cancel();
    return Date.parse(answer.headers.get("date") ?? "");
    // Unreachable is said by the bot's line; what fetch throws may quote a proxy's password.
  }).catch(() => Number.NaN);
  return clockFinding(date, Date.now());
}

const TOLERABLE_MS = 5 * 60_000;

/** `telegram` is not a number where Telegram's time is not known. */
export function clockFinding(telegram: number, now: number): Finding {
  if (Number.isNaN(telegram)) return { warning: "not compared: Telegram's time is not known" };
  const off = now - telegram;
  if (Math.abs(off) <= TOLERABLE_MS) return "agrees with Telegram's";
  const minutes = Math.round(Math.abs(off) / 60_000);
  const span = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  throw failure(
    `this machine's clock is ${span} ${off > 0 ? "ahead of" : "behind"} Telegram's: set it, best by NTP (timedatectl set-ntp true)`,
  );
}
