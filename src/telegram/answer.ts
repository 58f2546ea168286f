import { TelegramError, type TelegramTrouble } from "./errors.ts";

/** An answer to a call, as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Pick<Headers, "get">;
  readonly text: string;
}

const METHOD_NOT_FOUND = /method not found/i;

/**
 * What the Bot API answered: the result, or its refusal. Only what has its form is believed to be its own word.
 * https://core.telegram.org/bots/api#making-requests
 * @throws TelegramError for any other answer, such as a proxy's: nothing is known of the call then.
 */
export function readAnswer(
  method: string,
  answer: RawAnswer,
): { result: unknown } | { error: TelegramError } {
  const { ok, result, error_code, description, parameters } = parse(answer.text);
  if (ok === true && result !== undefined) return { result };
  if (ok !== false || typeof error_code !== "number") throw notTheBotApi(method, answer);
  const words = typeof description === "string" ? description : "";
  const { retry_after, migrate_to_chat_id } = isObject(parameters) ? parameters : {};
  return {
    error: new TelegramError(kindOf(error_code, words), `${method}: ${words}`, {
      status: error_code,
      answered: true,
      ...secondsOf(retry_after),
      ...(migrate_to_chat_id !== undefined && { migrateToChatId: Number(migrate_to_chat_id) }),
    }),
  };
}

export function kindOf(code: number, description: string): TelegramTrouble {
  if (code === 401 || (code === 404 && !METHOD_NOT_FOUND.test(description))) return "bad_token";
  if (code === 409) return "conflict";
  if (code === 429) return "throttled";
  if (code === 403) return "forbidden";
  if (code >= 500) return "unreachable";
  return "refused";
}

/** A wait in seconds, where one is told. */
export function secondsOf(value: unknown): { retryAfterMs?: number } {
  const seconds = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {};
}

function notTheBotApi(method: string, { status, headers }: RawAnswer): TelegramError {
  return new TelegramError(
    status === 429 ? "throttled" : "unreachable",
    `${method}: what answered (${status}) is not the Bot API, or broke off: a proxy, or a wrong TELEGRAM_API_URL`,
    { status, ...secondsOf(headers.get("retry-after")) },
  );
}

function parse(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : {};
  } catch {
    return {};
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
