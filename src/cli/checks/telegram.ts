import { messageOf } from "../../base/errors.ts";
import type { Config } from "../../config/config.ts";
import type { TelegramApi } from "../../telegram/api.ts";
import { isTelegramError } from "../../telegram/errors.ts";
import { oneLine } from "../table.ts";
import { fail, type Line, ok, warning, within } from "./line.ts";

/** The bot token, and what stands in the way of its updates. */
export async function checkBot(
  config: Pick<Config, "telegramApiUrl" | "webhookUrl">,
  api: TelegramApi,
): Promise<Line[]> {
  const whom = `Telegram at ${config.telegramApiUrl}`;
  try {
    const { first_name, username } = await within(whom, (signal) => api.call("getMe", undefined, signal));
    const bot = ok("bot", `@${username ?? "?"} (${oneLine(first_name)})`);
    const hook = await within(whom, (signal) => api.call("getWebhookInfo", undefined, signal));
    return [bot, webhookLine(hook, config.webhookUrl)];
  } catch (error) {
    return [fail("bot", failure(error, config.telegramApiUrl))];
  }
}

function failure(error: unknown, apiUrl: string): string {
  const text = messageOf(error);
  if (isTelegramError(error, "bad_token")) {
    return "Telegram refuses BOT_TOKEN: compare it with the one that @BotFather shows (/mybots, API Token)";
  }
  if (isTelegramError(error, "throttled")) return `${text}: wait, then check again`;
  return `${text} (${apiUrl}): look at this machine's network; where Telegram is blocked set TELEGRAM_PROXY or TELEGRAM_API_URL`;
}

/** Somebody else's webhook keeps the updates from everybody who polls. */
export function webhookLine(
  hook: { url?: string; pending_update_count: number; last_error_message?: string },
  ours: string | null,
): Line {
  const pending = `${hook.pending_update_count} pending updates`;
  if (!hook.url) return ok("webhook", `none, so updates come by polling; ${pending}`);
  // The rest of a foreign URL is often a secret.
  const host = URL.parse(hook.url)?.host ?? "an unknown host";
  const said = hook.last_error_message ? `; its last error: ${oneLine(hook.last_error_message)}` : "";
  const isOurs = ours !== null && hook.url === `${ours}/telegram/webhook`;
  if (isOurs) {
    const line = hook.last_error_message ? warning : ok;
    return line("webhook", `updates come to WEBHOOK_URL (${host}); ${pending}${said}`);
  }
  return warning(
    "webhook",
    `a webhook of another program at ${host} gets this bot's updates (${pending}${said}): memoferry removes it ` +
      "when it starts, so stop that program, or use another bot",
  );
}

const TOLERABLE_MS = 5 * 60_000;

/** This machine's clock against Telegram's. The call carries no token. */
export async function checkClock(
  config: Pick<Config, "telegramApiUrl" | "telegramProxy">,
  now: () => number,
) {
  const { telegramApiUrl, telegramProxy } = config;
  const date = await within("Telegram", async (signal) => {
    const answer = await fetch(telegramApiUrl, {
      redirect: "manual",
      signal,
      ...(telegramProxy && { proxy: telegramProxy.reveal() }),
    });
    await answer.body?.cancel();
    return Date.parse(answer.headers.get("date") ?? "");
    // Unreachable is said by the bot's line; what fetch throws may quote a proxy's password.
  }).catch(() => Number.NaN);
  return [clockLine(date, now())];
}

/** `telegram` is not a number where Telegram's time is not known. */
export function clockLine(telegram: number, now: number): Line {
  if (Number.isNaN(telegram)) return warning("clock", "not compared: Telegram's time is not known");
  const off = now - telegram;
  if (Math.abs(off) <= TOLERABLE_MS) return ok("clock", "agrees with Telegram's");
  const minutes = Math.round(Math.abs(off) / 60_000);
  const span = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  return fail(
    "clock",
    `this machine's clock is ${span} ${off > 0 ? "ahead of" : "behind"} Telegram's: set it, best by NTP (timedatectl set-ntp true)`,
  );
}
