import { lookup } from "node:dns/promises";
import { systemClock } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import { linkTrouble } from "../../chat/memo-urls.ts";
import type { Config } from "../../config/config.ts";
import { DEFAULT_API_URL } from "../../config/settings.ts";
import { problemType } from "../../http/problem.ts";
import { createMemosClient, type MemosClient } from "../../memos/client.ts";
import { bearsHangUps } from "../../memos/dialects.ts";
import { isMemosError } from "../../memos/errors.ts";
import type { Binding } from "../../store/accounts/bindings.ts";
import type { ReadOnlyStore } from "../../store/store.ts";
import type { TelegramApi, WebhookInfo } from "../../telegram/api.ts";
import { isTelegramError } from "../../telegram/errors.ts";
import { accountText, oneLine } from "../format.ts";
import { type Finding, failure, type Line, lineOf, within } from "./finding.ts";
import { isInContainer, isRunning } from "./machine.ts";

export async function checkBot(config: Config, api: TelegramApi): Promise<Finding> {
  const { telegramApiUrl, telegramProxy } = config;
  try {
    const ask = (signal: AbortSignal) => api.call("getMe", undefined, signal);
    const { first_name, username } = await within(`Telegram at ${telegramApiUrl}`, ask);
    return `@${username ?? "?"} (${oneLine(first_name)})`;
  } catch (error) {
    const text = messageOf(error);
    if (isTelegramError(error, "bad_token")) throw error;
    if (isTelegramError(error, "throttled")) throw failure(`${text}: wait, then check again`);
    const mend =
      telegramProxy !== null
        ? "is TELEGRAM_PROXY an http proxy, and does it let through to there?"
        : telegramApiUrl !== DEFAULT_API_URL
          ? "is TELEGRAM_API_URL right (https:// or http://), and does its server run?"
          : "look at this machine's network; where Telegram is blocked set TELEGRAM_PROXY or TELEGRAM_API_URL";
    throw failure(`${text} (${telegramApiUrl}): ${mend}`);
  }
}

/** Only @BotFather switches it on; why Telegram cannot be asked is said by the bot's line. */
export async function checkInline(api: TelegramApi): Promise<Finding> {
  const bot = await within("Telegram", (signal) => api.call("getMe", undefined, signal)).catch(() => null);
  if (bot === null) return null;
  const { supports_inline_queries: isOn, username } = bot;
  const use = `@${username ?? "?"} and some words, written in any chat, find memos to send there`;
  return isOn ? `on: ${use}` : `off: to have it, send /setinline to @BotFather; then ${use}`;
}

const webhookInfo = (api: TelegramApi) =>
  within("Telegram", (signal) => api.call("getWebhookInfo", undefined, signal)).catch(() => null);

/** Somebody else's webhook keeps the updates from everybody who polls. Why Telegram cannot be asked is said by the bot's line. */
export async function checkWebhook({ webhookUrl, receive }: Config, api: TelegramApi): Promise<Finding> {
  const hook = await webhookInfo(api);
  if (hook === null) return null;
  const pending = `${hook.pending_update_count} pending updates`;
  if (!hook.url && receive === "webhook") return `none yet: memoferry sets it when it starts; ${pending}`;
  if (!hook.url) return `none, so updates come by polling; ${pending}`;
  // The rest of a foreign URL is often a secret.
  const host = URL.parse(hook.url)?.host ?? "an unknown host";
  const said = hook.last_error_message ? `; its last error: ${errorText(hook)}` : "";
  if (webhookUrl !== null && hook.url === `${webhookUrl}/telegram/webhook`) {
    const text = `updates come to WEBHOOK_URL (${host}); ${pending}${said}`;
    // Telegram goes on telling of one that is long over.
    return said && hook.pending_update_count > 0 ? { warning: `${text}: ${webhookMend(said)}` } : text;
  }
  return {
    warning:
      `a webhook of another program at ${host} gets this bot's updates (${pending}${said}): memoferry removes it ` +
      "when it starts, so stop that program, or use another bot",
  };
}

function errorText({ last_error_message = "", last_error_date = 0 }: WebhookInfo): string {
  const minutes = Math.max(0, Math.floor((Date.now() / 1000 - last_error_date) / 60));
  const age = minutes < 120 ? `${minutes} minutes` : `${Math.floor(minutes / 60)} hours`;
  return `"${oneLine(last_error_message)}", ${age} ago`;
}

/** By the words of Telegram. */
export function webhookMend(error: string): string {
  if (/SSL|TLS|certificate/i.test(error))
    return "the certificate there must be one that Telegram trusts, with all that it is signed by, and not be out of date";
  if (/50[234]/.test(error))
    return "the proxy there does not reach memoferry: does it run, and is it the right HTTP_PORT?";
  if (/wrong response.*[34]\d\d/i.test(error))
    return "let the proxy there pass /telegram/webhook to HTTP_PORT, without a sign-in";
  return "let Telegram through to there: look at the name in the DNS, the router and the firewall";
}

/** Whether WEBHOOK_URL leads to the memoferry that runs. Where it cannot be seen from this machine, Telegram may still see it. */
export async function checkWebhookUrl(config: Config): Promise<Finding> {
  const { webhookUrl, receive, httpHost, httpPort } = config;
  if (webhookUrl === null) return null;
  const { hostname } = new URL(webhookUrl);
  const bad = (text: string): Finding => {
    if (receive === "webhook") throw failure(text);
    return { warning: text };
  };
  const isAlone = isInContainer() && isLoopback(httpHost);
  const alone = isAlone
    ? `; HTTP_HOST ${httpHost} is reached from this container alone, 0.0.0.0 from others too`
    : "";
  const address = await lookup(hostname.replace(/^\[|\]$/g, "")).catch(() => null);
  if (address === null) {
    return bad(`WEBHOOK_URL: no address is known for ${hostname}: look at its spelling, and at the DNS`);
  }
  if (!isRunning(config))
    return `${webhookUrl} was not tried, since memoferry does not run: check again once it does`;
  // Without the secret, a memoferry refuses it in its own words.
  const post = (signal: AbortSignal) =>
    fetch(`${webhookUrl}/telegram/webhook`, { method: "POST", redirect: "manual", signal });
  const answer = await within(webhookUrl, post).catch(messageOf);
  if (typeof answer === "string")
    return { warning: `${webhookUrl} cannot be called from this machine: ${answer}` };
  const { type } = Object(await answer.json().catch(() => null)) as { type?: unknown };
  if (type === problemType("unauthorized")) return `${webhookUrl} leads to memoferry`;
  return bad(
    `${webhookUrl}/telegram/webhook answered ${answer.status}, and not as memoferry does: let the proxy there pass ` +
      `/telegram/webhook to HTTP_PORT (${httpPort})${alone}`,
  );
}

const isLoopback = (host: string) => /^(localhost|127\.|\[?::1\]?$)/.test(host);

const TOLERABLE_MINUTES = 5;

export async function checkClock(api: TelegramApi): Promise<Finding> {
  await webhookInfo(api);
  const time = api.time();
  if (time === null) return { warning: "not compared: Telegram's time is not known" };
  const minutes = Math.round((Date.now() - time) / 60_000);
  if (Math.abs(minutes) <= TOLERABLE_MINUTES) return "agrees with Telegram's";
  throw failure(
    `this machine's clock is ${Math.abs(minutes)} minutes ${minutes > 0 ? "ahead of" : "behind"} Telegram's: set it, best by NTP (timedatectl set-ntp true)`,
  );
}

/** Which Memos answers, and whether links to memos work in the chat. */
export async function checkMemos(
  { memosUrl, memosPublicUrl }: Pick<Config, "memosUrl" | "memosPublicUrl">,
  memos: Pick<MemosClient, "info">,
): Promise<Finding> {
  const asked = within(`Memos at ${memosUrl}`, memos.info);
  const { version, note, instanceUrl } = await asked.catch(async (error: unknown) => {
    const mend = isMemosError(error, "unreachable", "not_memos") && (await memosMend(memosUrl));
    throw mend ? failure(`${messageOf(error)}. ${mend}`) : error;
  });
  const found = `${version} at ${memosUrl}`;
  const hangs = bearsHangUps(version)
    ? null
    : "Before 0.27 Memos can hang, its database locked, after a program hung up on it in mid-request, and answer well for what it never keeps: update it, and restart it where it does";
  const troubles = [note ?? linkTrouble(memosPublicUrl ?? instanceUrl ?? memosUrl), hangs];
  const told = troubles.filter((trouble) => trouble != null);
  return told.length > 0 ? { warning: [found, ...told].join(". ") } : found;
}

/** Where people who gave the address of a page, or the other scheme, find Memos; what a container takes for an address. */
export async function memosMend(memosUrl: string, inContainer = isInContainer()): Promise<string | null> {
  const { origin, hostname } = new URL(memosUrl);
  const swapped = (url: string) =>
    /^https/.test(url) ? url.replace("https", "http") : url.replace("http", "https");
  const others = new Set([origin, swapped(memosUrl), swapped(origin)]);
  others.delete(memosUrl);
  const asked = [...others].map(async (url) => {
    await within(url, createMemosClient({ baseUrl: url, clock: systemClock }).info);
    return url;
  });
  const found = await Promise.any(asked).catch(() => null);
  if (found !== null) return `Memos answers at ${found}: set MEMOS_URL to that`;
  if (!inContainer) return null;
  if (isLoopback(hostname))
    return `In a container ${hostname} is the container itself: set MEMOS_URL to the name of that of Memos, or to host.docker.internal for this machine`;
  if (!hostname.includes("."))
    return "A container finds another by its name only on a network that both are in";
  return null;
}

/** Whether each person's access token still opens the account: a line each. */
export async function checkBindings(store: ReadOnlyStore | null, memos: MemosClient): Promise<Line[]> {
  const people = store?.bindings.list() ?? [];
  const instead = (finding: Finding) => lineOf("bindings", () => finding);
  if (!store) return instead("nobody is bound yet: start memoferry, then send the bot /start");
  if (people.length === 0) {
    return instead("nobody is bound yet: send the bot /start, or run `memoferry bind`");
  }
  const unchecked = (why: string) => instead({ warning: `${people.length} not checked: ${why}` });
  if (!store.keyFits) return unchecked("their tokens cannot be opened without the key");
  const info = await within("Memos", memos.info).catch(() => null);
  if (info === null) return unchecked("Memos cannot be asked");
  const lines: Line[] = [];
  for (const binding of people) {
    lines.push(...(await lineOf(`user ${binding.telegram_id}`, () => bindingFinding(binding, store, memos))));
  }
  return lines;
}

async function bindingFinding(binding: Binding, store: ReadOnlyStore, memos: MemosClient): Promise<Finding> {
  const { telegram_id, account, display_name, memos_username, server, state, paused_reason } = binding;
  const who = accountText(account, display_name);
  if (!store.isAllowed(telegram_id)) {
    const mend = `nothing of theirs is saved. Add ${telegram_id} to it, or run \`memoferry unbind ${telegram_id}\``;
    return { warning: `${who} is bound, but not on ALLOWED_USERS: ${mend}` };
  }
  const mend = "send the bot /bind with a new access token, or run `memoferry bind`";
  if (server !== memos.server) {
    throw failure(
      `${who} is bound on ${server}, and MEMOS_URL is another server, which gets no token: set MEMOS_URL back, bind anew, ` +
        "or run `memoferry bindings --move` if it is the same server",
    );
  }
  const token = store.bindings.accessToken(telegram_id);
  if (!token) throw failure(`${who}: the access token was forgotten: ${mend}`);
  const found = await within("Memos", (signal) => memos.whoAmI(token, signal)).catch((error: unknown) => {
    if (isMemosError(error, "token_refused")) throw failure(`${who}: ${messageOf(error)}: ${mend}`);
    return messageOf(error);
  });
  if (typeof found === "string") return { warning: `${who}: not known: ${found}` };
  const isRenamed = found.name !== account;
  if (isRenamed && found.username !== memos_username) {
    throw failure(`${who}: the access token belongs to ${found.name} by now: ${mend}`);
  }
  if (state === "paused") {
    const why = paused_reason ?? "no reason is known";
    const words = `paused (${why}), but the token is good: it goes on by itself within an hour of running`;
    return { warning: `${who} is ${words}` };
  }
  return isRenamed ? `${who}, named ${found.name} since Memos was upgraded or set back` : who;
}
