import { AsyncLocalStorage } from "node:async_hooks";
import { type APIMethodParams, type APIMethodReturn, type APIMethods, Bot, type TelegramUser } from "gramio";
import type { Clock } from "../base/clock.ts";
import { codeOf } from "../base/errors.ts";
import { fetch } from "../base/runtime-bun.ts";
import type { Secret } from "../base/secret.ts";
import type { Destination } from "../domain/outgoing.ts";
import type { BotName, TelegramMessage } from "../domain/telegram.ts";
import type { StyledText } from "../domain/text.ts";
import { TelegramError, type TelegramTrouble } from "./errors.ts";
import { type FileToSend, multipart } from "./multipart.ts";

export type WebhookInfo = APIMethodReturn<"getWebhookInfo">;

/** https://core.telegram.org/bots/api#available-methods */
export type TelegramMethod = keyof APIMethods;

export type TelegramApi = ReturnType<typeof createTelegramApi>;

/** Bots may send no larger files, except by a local Bot API server. https://core.telegram.org/bots/api#sending-files */
export const UPLOAD_LIMIT_BYTES = 50_000_000;
export const LOCAL_UPLOAD_LIMIT_BYTES = 2_000_000_000;

export type UploadMethod = "sendPhoto" | "sendVideo" | "sendAnimation" | "sendAudio" | "sendDocument";
/** What an album can be made of. */
export type AlbumMethod = Exclude<UploadMethod, "sendAnimation">;

interface UploadOptions {
  readonly silent?: boolean;
  /** Of an album: the caption of its first file. */
  readonly caption?: StyledText | undefined;
  readonly signal?: AbortSignal;
}

/** A call is given up after this long; getUpdates gets its own timeout on top. */
const CALL_TIMEOUT_MS = 30_000;
/** For the whole of an upload: 50 MB at 1 Mbit/s take 7 minutes. */
const UPLOAD_TIMEOUT_MS = 900_000;

/** The Bot API, typed by GramIO. Every failure is a TelegramError, and none holds the bot token. */
export function createTelegramApi(deps: {
  /** `https://api.telegram.org`, a reverse proxy of it, or a local Bot API server. */
  baseUrl: string;
  token: Secret;
  /** For Telegram only; Memos is always called directly. */
  proxy: Secret | null;
  clock: Pick<Clock, "monotonic">;
  fetch?: typeof fetch;
}) {
  const { baseUrl, token, proxy, clock, fetch: doFetch = fetch } = deps;
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
  /** What is wrong with the token, by the last answer to whatever call. */
  let tokenTrouble: string | null = null;
  /** Telegram's time, and when that was by the monotonic clock. */
  let told: { time: number; at: number } | null = null;

  async function exchange(
    method: string,
    request: { headers: Record<string, string>; body: string | AsyncGenerator<Uint8Array, void, undefined> },
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const response = await doFetch(`${baseUrl}/bot${token.reveal()}/${method}`, {
      ...network,
      method: "POST",
      ...request,
      ...(signal && { signal }),
    });
    const { ok, result, error_code, description = "", parameters } = parse(await response.text());
    const isResult = ok === true && result !== undefined;
    const isRefusal = ok === false && typeof error_code === "number";
    // Only what has the Bot API's form is believed to be its own word. https://core.telegram.org/bots/api#making-requests
    if (!isResult && !isRefusal) {
      throw new TelegramError(
        response.status === 429 ? "throttled" : "unreachable",
        `${method}: what answered (${response.status}) is not the Bot API, or broke off: a proxy, or a wrong TELEGRAM_API_URL`,
        waitOf(response.headers.get("retry-after")),
      );
    }
    const time = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(time)) told = { time, at: clock.monotonic() };
    const kind = isRefusal ? kindOf(error_code, description) : null;
    tokenTrouble = kind === "bad_token" ? BAD_TOKEN : null;
    if (kind === null) return result;
    throw new TelegramError(kind, kind === "bad_token" ? BAD_TOKEN : `${method}: ${description}`, {
      answered: true,
      migrateToChatId: parameters?.migrate_to_chat_id,
      ...waitOf(parameters?.retry_after),
    });
  }

  /** A request with files. What their bytes throw is thrown as it is. */
  async function send(
    method: string,
    fields: Readonly<Record<string, string>>,
    files: Readonly<Record<string, FileToSend>>,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const boundary = `memoferry-${crypto.randomUUID()}`;
    let failure: unknown;
    async function* body() {
      try {
        yield* multipart(boundary, fields, files);
      } catch (error) {
        failure = error;
        throw error;
      }
    }
    const headers = { "Content-Type": `multipart/form-data; boundary=${boundary}` };
    const limit = deadline(UPLOAD_TIMEOUT_MS, signal);
    try {
      return await exchange(method, { headers, body: body() }, limit);
    } catch (error) {
      throw failure ?? ours(method, error, signal, limit);
    }
  }

  return {
    /** Whether the Bot API took the last call for one of its bots, whatever it answered; false before the first one. */
    reachable: () => reachable,
    tokenTrouble: () => tokenTrouble,
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
        const answer = await signals.run(limit, () => invoke[method]?.(params));
        reachable = true;
        return answer as APIMethodReturn<Method>;
      } catch (error) {
        const trouble = ours(method, error, signal, limit);
        const { kind, answered } = trouble;
        if (kind !== "aborted") reachable = kind !== "bad_token" && (answered || kind !== "unreachable");
        throw trouble;
      }
    },

    /** Sends a file, streamed; returns its message. What its bytes throw is thrown as it is, and then nothing was sent. */
    async upload(
      method: UploadMethod,
      to: Destination,
      file: FileToSend,
      { silent = true, caption, signal }: UploadOptions = {},
    ): Promise<TelegramMessage> {
      const fields = { ...fieldsOf(to, silent), ...(caption && captionFields(caption)) };
      return (await send(method, fields, { [kindOfFile(method)]: file }, signal)) as TelegramMessage;
    },

    /** The same of two to ten, as an album; returns its messages. Documents are among themselves, and so is audio. */
    async uploadAlbum(
      to: Destination,
      files: readonly (FileToSend & { readonly method: AlbumMethod })[],
      { silent = true, caption, signal }: UploadOptions = {},
    ): Promise<readonly TelegramMessage[]> {
      const media = files.map(({ method }, nth) => ({
        type: kindOfFile(method),
        media: `attach://${nth}`,
        ...(nth === 0 && caption && { caption: caption.text, caption_entities: caption.entities }),
      }));
      const fields = { ...fieldsOf(to, silent), media: JSON.stringify(media) };
      return (await send(
        "sendMediaGroup",
        fields,
        Object.fromEntries(files.entries()),
        signal,
      )) as TelegramMessage[];
    },

    /** Opens a download. The caller reads the body, or cancels it, and limits how long that may take. */
    async download(filePath: string, signal?: AbortSignal): Promise<Response> {
      const url = `${baseUrl}/file/bot${token.reveal()}/${filePath.split("/").map(encodeURIComponent).join("/")}`;
      try {
        const response = await doFetch(url, { ...network, ...(signal && { signal }) });
        if (response.ok && response.body) return response;
        await response.body?.cancel();
        const { status } = response;
        throw new TelegramError(
          status === 404 ? "refused" : kindOf(status, ""),
          `Telegram answered ${status} to the download of a file`,
          waitOf(response.headers.get("retry-after")),
        );
      } catch (error) {
        throw ours("download", error, signal);
      }
    },
  };
}

export type Identity = ReturnType<typeof createIdentity>;

export function createIdentity(api: Pick<TelegramApi, "call">, botId: number) {
  let bot: TelegramUser | null = null;
  return {
    known: () => bot,
    /** As far as it is known: its id is a part of its token. */
    name: (): BotName => ({ id: botId, username: bot?.username ?? null }),
    /** @throws TelegramError while Telegram does not tell. */
    async get(signal?: AbortSignal): Promise<TelegramUser> {
      bot ??= await api.call("getMe", undefined, signal);
      return bot;
    },
  };
}

function deadline(ms: number, caller: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(ms);
  return caller ? AbortSignal.any([caller, limit]) : limit;
}

const kindOfFile = (method: UploadMethod) => method.slice("send".length).toLowerCase();

const fieldsOf = ({ chat_id, message_thread_id: thread }: Destination, silent: boolean) => ({
  chat_id: String(chat_id),
  disable_notification: String(silent),
  ...(thread !== null && { message_thread_id: String(thread) }),
});

const captionFields = ({ text, entities }: StyledText) => ({
  caption: text,
  caption_entities: JSON.stringify(entities),
});

/** Nothing of the original goes on: a failed fetch carries the URL, and with it the token. */
function ours(
  method: string,
  error: unknown,
  caller: AbortSignal | undefined,
  limit?: AbortSignal,
): TelegramError {
  if (error instanceof TelegramError) return error;
  if (caller?.aborted) return new TelegramError("aborted", `${method}: stopped`);
  if (limit?.aborted) return new TelegramError("unreachable", `${method}: Telegram did not answer in time`);
  // A system's code such as ECONNREFUSED says enough; the message could hold the URL.
  const code = codeOf(error) ?? "network error";
  return new TelegramError("unreachable", `${method}: no connection to Telegram (${code})`, {
    surelyNotDone: NEVER_CONNECTED.test(code),
  });
}

/** The runtime's and the system's codes for a connection that never was. */
const NEVER_CONNECTED =
  /^(ConnectionRefused|FailedToOpenSocket|ECONNREFUSED|E(HOST|NET)(DOWN|UNREACH)|ENOTFOUND|EAI_AGAIN)$/;

const BAD_TOKEN =
  "Telegram refuses BOT_TOKEN: compare it with the one that @BotFather shows (/mybots, API Token)";

function kindOf(code: number, description: string): TelegramTrouble {
  if (code === 401 || (code === 404 && !/method not found/i.test(description))) return "bad_token";
  if (code === 409) return "conflict";
  if (code === 429) return "throttled";
  if (code >= 500) return "unreachable";
  return "refused";
}

function waitOf(seconds: unknown): { retryAfterMs?: number } {
  const retryAfterMs = Number(seconds ?? Number.NaN) * 1000;
  return Number.isFinite(retryAfterMs) ? { retryAfterMs } : {};
}

interface Answer {
  readonly ok?: unknown;
  readonly result?: unknown;
  readonly error_code?: unknown;
  readonly description?: string;
  readonly parameters?: { readonly retry_after?: number; readonly migrate_to_chat_id?: number };
}

function parse(text: string): Answer {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
