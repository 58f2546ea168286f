import { Secret } from "../../src/base/secret.ts";
import { ConfigError, loadConfig } from "../../src/config/config.ts";
import type { Environment } from "../../src/config/settings.ts";

/** What the demo stands on: the stand-ins, unless the real thing is given. */
export interface DemoSettings {
  /** The page's port; undefined: 8090, or any free one when that is taken. */
  readonly port: number | undefined;
  readonly realMemos: { readonly url: string; readonly token: Secret } | null;
  readonly realTelegram: { readonly token: Secret; readonly apiUrl: string } | null;
  /** Who is bound at the start; only with a real bot, whose people the demo cannot know. */
  readonly telegramId: number | null;
  /** Handed on to memoferry as they are. */
  readonly passedOn: Record<string, string>;
}

/** Tells what to set otherwise, in words for the person who started the demo. */
export class DemoError extends Error {}

/** @throws DemoError with everything that is wrong. */
export function readDemoSettings(env: Environment): DemoSettings {
  const given = (name: string) => env[name]?.trim() || undefined;
  const problems: string[] = [];
  const port = wholeNumber(given("DEMO_PORT"), 65_535);
  if (port === null) problems.push("DEMO_PORT must be a port number (0 is any free one)");
  const telegramId = wholeNumber(given("DEMO_TELEGRAM_ID"), Number.MAX_SAFE_INTEGER);
  const isRealBot = given("BOT_TOKEN") !== undefined || given("BOT_TOKEN_FILE") !== undefined;
  if (telegramId === null || telegramId === 0)
    problems.push("DEMO_TELEGRAM_ID must be your numeric Telegram id");
  else if (telegramId !== undefined && !isRealBot)
    problems.push("DEMO_TELEGRAM_ID is for a real bot: set BOT_TOKEN too");

  const memosToken = given("MEMOS_TOKEN");
  const hasMemosUrl = given("MEMOS_URL") !== undefined || given("MEMOS_URL_FILE") !== undefined;
  if (hasMemosUrl && memosToken === undefined) {
    problems.push(
      "MEMOS_URL is set without MEMOS_TOKEN: make an access token in Memos (Settings › Access Tokens) and set both",
    );
  } else if (!hasMemosUrl && memosToken !== undefined) {
    problems.push("MEMOS_TOKEN is set without MEMOS_URL: set the address of its Memos server too");
  }

  // memoferry's own reading of its variables, with stand-ins for those the demo will fill in itself.
  const names = ["BOT_TOKEN", "MEMOS_URL", "MEMOS_PUBLIC_URL", "ALLOWED_USERS"];
  const passing = isRealBot
    ? [...names, "TELEGRAM_API_URL", "TELEGRAM_FILES_DIR", "TELEGRAM_PROXY", "HTTPS_PROXY", "https_proxy"]
    : names;
  const own: Record<string, string> = {};
  for (const name of passing.flatMap((known) => [known, `${known}_FILE`])) {
    const value = given(name);
    if (value !== undefined) own[name] = value;
  }
  try {
    const config = loadConfig({
      ...(isRealBot ? {} : { BOT_TOKEN: `1:${"x".repeat(35)}` }),
      ...(hasMemosUrl ? {} : { MEMOS_URL: "http://127.0.0.1" }),
      ...own,
    });
    if (problems.length === 0) {
      const passedOn = { ...own };
      for (const name of ["BOT_TOKEN", "BOT_TOKEN_FILE", "MEMOS_URL", "MEMOS_URL_FILE"])
        delete passedOn[name];
      // Those of the real server and the real bot make no sense for the stand-ins.
      if (!hasMemosUrl) delete passedOn["MEMOS_PUBLIC_URL"];
      if (!isRealBot) delete passedOn["ALLOWED_USERS"];
      return {
        port: port ?? undefined,
        realMemos:
          hasMemosUrl && memosToken !== undefined
            ? { url: config.memosUrl, token: new Secret(memosToken) }
            : null,
        realTelegram: isRealBot ? { token: config.botToken, apiUrl: config.telegramApiUrl } : null,
        telegramId: telegramId ?? null,
        passedOn,
      };
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { variable, problem, example } of error.problems)
      problems.push(`${variable} ${problem} (example: ${example})`);
  }
  throw new DemoError(problems.join("\n"));
}

/** Null for what is no whole number up to `highest`. */
function wholeNumber(text: string | undefined, highest: number): number | null | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  return /^\d+$/.test(text) && value <= highest ? value : null;
}
