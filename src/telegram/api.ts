import { AsyncLocalStorage } from "node:async_hooks";
import { type APIMethodParams, type APIMethodReturn, type APIMethods, Bot } from "gramio";
import { type Clock, deadline } from "../base/clock.ts";
import type { Secret } from "../base/secret.ts";
import { kindOf, readAnswer, secondsOf } from "./answer.ts";
import { TelegramError } from "./errors.ts";
import { type FileToSend, multipart } from "./multipart.ts";

export type WebhookInfo = APIMethodReturn<"getWebhookInfo">;

/** https://core.telegram.org/bots/api#available-methods */
export type TelegramMethod = keyof APIMethods;

export type TelegramApi = ReturnType<typeof createTelegramApi>;

/** Bots may send no larger files, except by a local Bot API server. https://core.telegram.org/bots/api#sending-files */
export const UPLOAD_LIMIT_BYTES = 50_000_000;
export const LOCAL_UPLOAD_LIMIT_BYTES = 2_000_000_000;

export type UploadMethod = "sendPhoto" | "sendVideo" | "sendAnimation" | "sendAudio" | "sendDocument";

export interface TelegramApiOptions {
  /** `https://api.telegram.org`, a reverse proxy of it, or a local Bot API server. */
  baseUrl: string;
  token: Secret;
  /** For Telegram only; Memos is always called directly. */
  proxy: Secret | null;
  clock: Pick<Clock, "monotonic">;
}

/** A call is given up after this long; getUpdates gets its own timeout on top. */
const CALL_TIMEOUT_MS = 30_000;
/** For the whole of an upload: 50 MB at 1 Mbit/s take 7 minutes. */
const UPLOAD_TIMEOUT_MS = 900_000;

/** The Bot API, typed by GramIO. Every failure is a TelegramError, and none holds the bot token. */
export function createTelegramApi(options: TelegramApiOptions) {
  const { baseUrl, token, proxy, clock } = options;
  const network = { redirect: "manual" as const, ...(proxy && { proxy: proxy.reveal() }) };
  // GramIO's methods take no signal.
  const signals = new AsyncLocalStorage<AbortSignal>();
  // Its own transport tells neither the status nor the headers of an answer, so the calls go out here.
  const bot = new Bot(token.reveal()).onApiCall(({ method, params }) =>
    exchange(
      method,
      { headers: { "Content-Type": "application/json" }, body: JSON.stringify(params ?? {}) },
      signals.getStore(),
    ),
  );
  // The methods are one generic function behind a Proxy; TypeScript cannot see that an indexed one is callable.
  const invoke = bot.api as unknown as Record<string, (params: unknown) => Promise<unknown>>;

  let reachable = false;
  /** Telegram's time, and when that was by the monotonic clock. */
  let told: { time: number; at: number } | null = null;

  /** One call; the result of a good answer. */
  async function exchange(
    method: string,
    request: { headers: Record<string, string>; body: string | ReadableStream<Uint8Array> },
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const response = await fetch(`${baseUrl}/bot${token.reveal()}/${method}`, {
      ...network,
      method: "POST",
      ...request,
      ...(signal && { signal }),
    });
    const { status, headers } = response;
    const answer = readAnswer(method, { status, headers, text: await response.text() });
    const time = Date.parse(headers.get("date") ?? "");
    if (!Number.isNaN(time)) told = { time, at: clock.monotonic() };
    if ("error" in answer) throw answer.error;
    return answer.result;
  }

  return {
    /** Whether the last call reached the Bot API, whatever it answered; false before the first one did. */
    reachable: () => reachable,
    /** Telegram's time in ms since 1970, by its last answer and what has passed since; null while it is not known. */
    time: () => told && Math.floor(told.time + clock.monotonic() - told.at),

    async call<Method extends TelegramMethod>(
      method: Method,
      params: APIMethodParams<Method>,
      signal?: AbortSignal,
    ): Promise<APIMethodReturn<Method>> {
      const waits =
        method === "getUpdates" ? Number((params as { timeout?: number }).timeout ?? 0) * 1000 : 0;
      const limit = deadline(CALL_TIMEOUT_MS + waits, signal);
      try {
        const answer = await signals.run(limit.signal, () => invoke[method]?.(params));
        reachable = true;
        return answer as APIMethodReturn<Method>;
      } catch (error) {
        const trouble = ours(method, error, signal, limit.signal);
        if (trouble.kind !== "aborted") reachable = trouble.answered || trouble.kind !== "unreachable";
        throw trouble;
      } finally {
        limit.clear();
      }
    },

    /** Sends a file, streamed. What its bytes throw is thrown as it is, and then nothing was sent. */
    async upload(
      method: UploadMethod,
      chatId: number,
      file: FileToSend,
      signal?: AbortSignal,
    ): Promise<void> {
      const field = method.slice("send".length).toLowerCase();
      const fields = { chat_id: String(chatId), disable_notification: "true" };
      const { contentType, body, failure } = multipart(fields, field, file);
      const limit = deadline(UPLOAD_TIMEOUT_MS, signal);
      try {
        await exchange(method, { headers: { "Content-Type": contentType }, body }, limit.signal);
      } catch (error) {
        const source = failure();
        if (source) throw source.error;
        throw ours(method, error, signal, limit.signal);
      } finally {
        limit.clear();
      }
    },

    /** Opens a download. The caller reads the body, or cancels it. */
    async download(filePath: string, signal?: AbortSignal): Promise<Response> {
      const limit = deadline(CALL_TIMEOUT_MS, signal);
      const url = `${baseUrl}/file/bot${token.reveal()}/${filePath.split("/").map(encodeURIComponent).join("/")}`;
      try {
        // Only the wait for the answer is limited here: the body of a large file may take longer.
        const response = await fetch(url, { ...network, ...(signal && { signal }) });
        if (response.ok && response.body) return response;
        await response.body?.cancel();
        const { status } = response;
        throw new TelegramError(
          status === 404 ? "file_gone" : kindOf(status, ""),
          `Telegram answered ${status} to the download of a file`,
          { status, ...secondsOf(response.headers.get("retry-after")) },
        );
      } catch (error) {
        throw ours("download", error, signal, limit.signal);
      } finally {
        limit.clear();
      }
    },
  };
}

/** Nothing of the original goes on: a failed fetch carries the URL, and with it the token. */
function ours(
  method: string,
  error: unknown,
  caller: AbortSignal | undefined,
  limit: AbortSignal,
): TelegramError {
  if (error instanceof TelegramError) return error;
  if (caller?.aborted) return new TelegramError("aborted", `${method}: stopped`);
  if (limit.aborted) return new TelegramError("unreachable", `${method}: Telegram did not answer in time`);
  const code = networkCode(error);
  return new TelegramError("unreachable", `${method}: no connection to Telegram (${code})`, {
    surelyNotDone: NEVER_CONNECTED.has(code),
  });
}

/** Bun's and the system's codes for a connection that never was. */
const NEVER_CONNECTED = new Set([
  "ConnectionRefused",
  "FailedToOpenSocket",
  "ECONNREFUSED",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** A system's code such as ECONNREFUSED says enough; the message could hold the URL. */
function networkCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "network error";
}
