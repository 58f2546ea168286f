import { AsyncLocalStorage } from "node:async_hooks";
import {
  type APIMethodParams,
  type APIMethodReturn,
  type APIMethods,
  Bot,
  TelegramError as GramioError,
} from "gramio";
import { deadline } from "../clock.ts";
import type { Secret } from "../secret.ts";
import { TelegramError } from "./errors.ts";
import { type FileToSend, multipart } from "./multipart.ts";

/** The Bot API, typed by GramIO. Every failure is a TelegramError, and none holds the bot token. */
export interface TelegramApi {
  call<Method extends keyof APIMethods>(
    method: Method,
    params: APIMethodParams<Method>,
    signal?: AbortSignal,
  ): Promise<APIMethodReturn<Method>>;
  /** False when the last call did not reach Telegram. */
  reachable(): boolean;
  /** Opens a download. The caller reads the body, or cancels it. */
  download(filePath: string, signal?: AbortSignal): Promise<Response>;
}

/** Bots may send no larger files, except by a local Bot API server. https://core.telegram.org/bots/api#sending-files */
export const UPLOAD_LIMIT_BYTES = 50_000_000;
export const LOCAL_UPLOAD_LIMIT_BYTES = 2_000_000_000;

export type UploadMethod = "sendPhoto" | "sendVideo" | "sendAnimation" | "sendAudio" | "sendDocument";

/** The calls that bring a file along. */
export interface TelegramUploads {
  /** Sends a file, streamed. What its bytes throw is thrown as it is, and then nothing was sent. */
  upload(method: UploadMethod, chatId: number, file: FileToSend, signal?: AbortSignal): Promise<void>;
}

export interface TelegramApiOptions {
  /** `https://api.telegram.org`, a reverse proxy of it, or a local Bot API server. */
  baseUrl: string;
  token: Secret;
  /** For Telegram only; Memos is always called directly. */
  proxy: Secret | null;
}

/** A call is given up after this long; getUpdates gets its own timeout on top. */
const CALL_TIMEOUT_MS = 30_000;
/** For the whole of an upload: 50 MB at 1 Mbit/s take 7 minutes. */
const UPLOAD_TIMEOUT_MS = 900_000;
const METHOD_NOT_FOUND = /method not found/i;

export function createTelegramApi({
  baseUrl,
  token,
  proxy,
}: TelegramApiOptions): TelegramApi & TelegramUploads {
  // GramIO's methods take no signal, but it spreads fetchOptions anew for each call: a getter gives each its own.
  const signals = new AsyncLocalStorage<AbortSignal>();
  const network = { redirect: "manual" as const, ...(proxy && { proxy: proxy.reveal() }) };
  const bot = new Bot(token.reveal(), {
    api: {
      baseURL: `${baseUrl}/bot`,
      fetchOptions: {
        ...network,
        get signal() {
          return signals.getStore() ?? null;
        },
      },
    },
  });
  // GramIO's methods are one generic function behind a Proxy; TypeScript cannot see that an indexed one is callable.
  const invoke = bot.api as unknown as Record<string, (params: unknown) => Promise<unknown>>;

  let reachable = true;

  return {
    reachable: () => reachable,

    async call(method, params, signal) {
      const waits =
        method === "getUpdates" ? Number((params as { timeout?: number }).timeout ?? 0) * 1000 : 0;
      const limit = deadline(CALL_TIMEOUT_MS + waits, signal);
      try {
        const answer = await signals.run(limit.signal, () => invoke[method]?.(params));
        reachable = true;
        return answer as APIMethodReturn<typeof method>;
      } catch (error) {
        const trouble = ours(method, error, signal, limit.signal);
        if (trouble.kind !== "aborted") reachable = trouble.kind !== "unreachable";
        throw trouble;
      } finally {
        limit.clear();
      }
    },

    async upload(method, chatId, file, signal) {
      const field = method.slice("send".length).toLowerCase();
      const fields = { chat_id: String(chatId), disable_notification: "true" };
      const { contentType, body, failure } = multipart(fields, field, file);
      const limit = deadline(UPLOAD_TIMEOUT_MS, signal);
      try {
        const response = await fetch(`${baseUrl}/bot${token.reveal()}/${method}`, {
          ...network,
          method: "POST",
          headers: { "Content-Type": contentType },
          body,
          signal: limit.signal,
        });
        const answer = (await response.json()) as ApiAnswer;
        if (!answer.ok) {
          const { error_code: code = response.status, description: message = "", parameters } = answer;
          throw refusal(method, { code, message, ...(parameters && { payload: parameters }) });
        }
      } catch (error) {
        const source = failure();
        if (source) throw source.error;
        throw ours(method, error, signal, limit.signal);
      } finally {
        limit.clear();
      }
    },

    async download(filePath, signal) {
      const limit = deadline(CALL_TIMEOUT_MS, signal);
      const url = `${baseUrl}/file/bot${token.reveal()}/${filePath.split("/").map(encodeURIComponent).join("/")}`;
      try {
        // Only the wait for the answer is limited here: the body of a large file may take longer.
        const response = await fetch(url, { ...network, ...(signal && { signal }) });
        if (response.ok && response.body) return response;
        await response.body?.cancel();
        const { status } = response;
        const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
        throw new TelegramError(
          status === 404 ? "file_gone" : kindOf(status, ""),
          `Telegram answered ${status} to the download of a file`,
          { status, ...(Number.isFinite(retryAfter) && { retryAfterMs: retryAfter * 1000 }) },
        );
      } catch (error) {
        throw ours("download", error, signal, limit.signal);
      } finally {
        limit.clear();
      }
    },
  };
}

/** What the Bot API answers to every call. */
interface ApiAnswer {
  readonly ok: boolean;
  readonly error_code?: number;
  readonly description?: string;
  readonly parameters?: NonNullable<Refusal["payload"]>;
}

type Refusal = Pick<GramioError<keyof APIMethods>, "code" | "message" | "payload">;

/** Nothing of the original goes on: a failed fetch carries the URL, and with it the token. */
function ours(
  method: string,
  error: unknown,
  caller: AbortSignal | undefined,
  limit: AbortSignal,
): TelegramError {
  if (error instanceof TelegramError) return error;
  if (error instanceof GramioError) return refusal(method, error);
  if (caller?.aborted) return new TelegramError("aborted", `${method}: stopped`);
  if (limit.aborted) return new TelegramError("unreachable", `${method}: Telegram did not answer in time`);
  if (error instanceof SyntaxError) {
    return new TelegramError(
      "unreachable",
      `${method}: what answered is not the Bot API (no JSON): a proxy's error page, or a wrong TELEGRAM_API_URL`,
    );
  }
  const code = networkCode(error);
  return new TelegramError("unreachable", `${method}: no connection to Telegram (${code})`, {
    surelyNotDone: NEVER_CONNECTED.has(code),
  });
}

function refusal(method: string, error: Refusal): TelegramError {
  const retryAfter = error.payload?.retry_after;
  const migrated = error.payload?.migrate_to_chat_id;
  return new TelegramError(kindOf(error.code, error.message), `${method}: ${error.message}`, {
    status: error.code,
    ...(retryAfter !== undefined && { retryAfterMs: retryAfter * 1000 }),
    ...(migrated !== undefined && { migrateToChatId: Number(migrated) }),
  });
}

function kindOf(code: number, description: string): TelegramError["kind"] {
  if (code === 401 || (code === 404 && !METHOD_NOT_FOUND.test(description))) return "bad_token";
  if (code === 409) return "conflict";
  if (code === 429) return "throttled";
  if (code === 403) return "forbidden";
  if (code >= 500) return "unreachable";
  return "refused";
}

/** Bun's and the system's codes for a connection that never was. */
const NEVER_CONNECTED = new Set([
  "ConnectionRefused",
  "FailedToOpenSocket",
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** A system's code such as ECONNREFUSED says enough; the message could hold the URL. */
function networkCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "network error";
}
