import type { Clock } from "../base/clock.ts";
import { fetch } from "../base/runtime-bun.ts";
import type { Secret } from "../base/secret.ts";
import type { JsonObject } from "./answers.ts";
import { MemosError, UploadSizeError } from "./errors.ts";
import { interpret, unreachable } from "./interpret.ts";
import { createLockWatch } from "./lock-watch.ts";

export interface MemosRequest {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** From `/api/` on; the base URL comes before it. */
  path: string;
  query?: Record<string, string>;
  token?: Secret;
  /** The connection may be closed while the server works on it: not known, and up to Memos 0.26, it may not. */
  mayHangUp?: boolean;
}

interface SentRequest extends MemosRequest {
  /** The length of a stream, in bytes, is announced: some proxies take none without. */
  body?: string | { stream: AsyncGenerator<string>; length: number; isSent: () => boolean };
  /** Of a file: what is refused is told in its words. */
  upload?: boolean;
}

export type MemosHttp = ReturnType<typeof createMemosHttp>;

export interface MemosHttpOptions {
  /** Without a trailing slash, as MEMOS_URL is read. */
  baseUrl: string;
  /** Sent with every call: `Name: value`, one a line. */
  headers?: Secret | null;
  clock: Clock;
  fetch?: typeof fetch;
}

export const ANSWER_MS = 30_000;
/** Without a byte of a file. */
export const IDLE_MS = 60_000;
/** What was given up is hung up on after so long all the same; before another try relies on its being over. */
const LEFT_MS = 110_000;
/** A stop takes 10 s at most, of which work under way gets six. */
const SETTLE_MS = 3_000;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** Made once: each call ends by it. */
const OVER = new MemosError("aborted", "the call is over");

export function createMemosHttp({
  baseUrl: server,
  headers: added,
  clock,
  fetch: doFetch = fetch,
}: MemosHttpOptions) {
  const addedHeaders = (added?.reveal().split("\n") ?? []).map((line): [name: string, value: string] => {
    const [, name = "", value = ""] = /^(.*?):\s*(.*)$/.exec(line) ?? [];
    return [name, value];
  });
  // Not what says nothing, such as `1`.
  const secrets = addedHeaders.map(([, value]) => value).filter((value) => value.length >= 8);
  let clockAheadMs = 0;
  const lock = createLockWatch(clock);
  /** Requests that the server has not answered yet. */
  const underWay = new Set<Promise<unknown>>();

  return {
    /** Base URL. */
    server,

    /** One JSON call. Gives the JSON object of a 2xx answer; everything else is a `MemosError`. */
    async call(
      { body, limitMs = ANSWER_MS, ...request }: MemosRequest & { body?: JsonObject; limitMs?: number },
      signal?: AbortSignal,
    ): Promise<JsonObject> {
      const deadline = startDeadline(limitMs, signal);
      try {
        return await send(body ? { ...request, body: JSON.stringify(body) } : request, deadline);
      } finally {
        deadline.end();
      }
    },

    /** One call under a deadline of the caller's, for bodies that stream. */
    send,
    startDeadline,

    /**
     * The bytes of a file, as they come. On S3 it is behind a redirect to an open address, to which no token goes. Throws
     * UploadSizeError when it was not the whole file, such as the page that 0.26 to 0.28 give for one that is gone.
     */
    async *download(
      { size, ...request }: Required<Pick<MemosRequest, "path" | "token" | "mayHangUp">> & { size: number },
      signal?: AbortSignal,
    ): AsyncGenerator<Uint8Array, void, undefined> {
      const deadline = startDeadline(ANSWER_MS, signal);
      try {
        const url = `${server}${request.path}`;
        const answer = await respond(url, { ...request, method: "GET" }, deadline);
        const elsewhere = answer.status >= 300 && answer.status < 400 && answer.headers.get("location");
        if (elsewhere) await answer.body?.cancel();
        const { ok, status, body } = elsewhere
          ? await doFetch(new URL(elsewhere, url), { signal: deadline.signal })
          : answer;
        if (!ok || !body) {
          await body?.cancel();
          const kind =
            status === 404 ? "not_found" : status === 401 || status === 403 ? "forbidden" : "server";
          const text = `Memos at ${server} answered ${status} to the download of a file`;
          throw new MemosError(kind, text, { status });
        }
        let received = 0;
        for await (const chunk of body) {
          deadline.limit(IDLE_MS, `the file gave no byte for ${IDLE_MS / 1000} seconds`);
          received += chunk.byteLength;
          if (received > size) break;
          yield chunk;
        }
        if (received !== size) throw new UploadSizeError(size, received);
      } catch (error) {
        deadline.signal.throwIfAborted();
        if (error instanceof MemosError || error instanceof UploadSizeError) throw error;
        throw unreachable(server, error);
      } finally {
        deadline.end();
      }
    },

    /** The bytes of an answer without an end, as they come. Throws after `idleMs` without one. */
    async *stream(
      { path, token, idleMs }: { path: string; token: Secret; idleMs: number },
      signal?: AbortSignal,
    ): AsyncGenerator<Uint8Array, void, undefined> {
      const deadline = startDeadline(ANSWER_MS, signal);
      const url = `${server}${path}`;
      const request = { method: "GET", path, token, mayHangUp: true } as const;
      try {
        const answer = await respond(url, request, deadline);
        const { status, headers } = answer;
        const isStream = status === 200 && /^text\/event-stream\b/.test(headers.get("content-type") ?? "");
        if (!isStream || !answer.body) {
          const text = await bodyText(answer);
          interpret({ server, url, request, secrets, status, headers, text, clock });
          throw new MemosError("not_memos", `${server} gave no stream of events`, { status });
        }
        const silence = `Memos at ${server} was silent for ${idleMs / 1000} seconds`;
        deadline.limit(idleMs, silence);
        for await (const chunk of answer.body) {
          deadline.limit(idleMs, silence);
          yield chunk;
        }
      } catch (error) {
        deadline.signal.throwIfAborted();
        throw error instanceof MemosError ? error : unreachable(server, error);
      } finally {
        deadline.end();
      }
    },

    /** How long writes were only answered that the database is locked, in ms; null where that is less than a minute. */
    lockedForMs: lock.forMs,

    /** Before the process ends: waits until the server has answered all that was asked, or `limit` aborts. */
    async settled(limit = AbortSignal.timeout(SETTLE_MS)): Promise<void> {
      await orAborted(Promise.allSettled(underWay), limit).catch(() => undefined);
    },

    /** How far the server's clock is ahead of ours, by its last answer; whole seconds are as exact as it tells. */
    get clockAheadMs() {
      return clockAheadMs;
    },
  };

  /** Of one request, counted from now: it ends by its caller's signal, by its own limit, or by `end`. */
  function startDeadline(limitMs: number, parent?: AbortSignal) {
    const controller = new AbortController();
    const { signal } = controller;
    let movedAt = clock.monotonic();
    let limit = { ms: limitMs, text: `Memos at ${server} did not answer within ${limitMs / 1000} seconds` };

    const onParent = () => controller.abort(new MemosError("aborted", "the call to Memos was given up"));
    if (parent?.aborted) onParent();
    parent?.addEventListener("abort", onParent, { once: true });

    const watch = async () => {
      while (!signal.aborted) {
        const left = movedAt + limit.ms - clock.monotonic();
        if (left <= 0) return controller.abort(new MemosError("timeout", limit.text));
        await clock.sleep(left, signal);
      }
    };
    void watch();

    return {
      signal,
      /** Something moved: from now on this limit, never shorter than the one before, with what is said at its end. */
      limit(ms: number, text: string): void {
        limit = { ms, text };
        movedAt = clock.monotonic();
      },
      /** Over, whatever the outcome: aborts what may still run. Call it always. */
      end(): void {
        parent?.removeEventListener("abort", onParent);
        controller.abort(OVER);
      },
    };
  }

  async function send(request: SentRequest, deadline: Deadline): Promise<JsonObject> {
    const query = new URLSearchParams(request.query).toString();
    const url = `${server}${request.path}${query && `?${query}`}`;
    const response = await respond(url, request, deadline);
    const { status, headers } = response;
    const date = Date.parse(headers.get("date") ?? "");
    if (!Number.isNaN(date)) clockAheadMs = date - clock.now();
    const text = await bodyText(response).catch(() => {
      deadline.signal.throwIfAborted();
      throw new MemosError("server", `the answer of Memos at ${server} broke off`, { status });
    });
    return lock.note(request, () =>
      interpret({ server, url, request, secrets, status, headers, text, clock }),
    );
  }

  async function respond(url: string, request: SentRequest, { signal }: Deadline): Promise<Response> {
    signal.throwIfAborted();
    const headers = new Headers([...addedHeaders, ["Accept", "application/json"]]);
    if (request.token) headers.set("Authorization", bearer(request.token));
    const { body } = request;
    if (body !== undefined) headers.set("Content-Type", "application/json");
    if (typeof body === "object") headers.set("Content-Length", String(body.length));
    const connection = new AbortController();
    let isAnswered = false;
    signal.addEventListener("abort", () => {
      const isWhole = typeof body !== "object" || body.isSent();
      if (request.mayHangUp || isAnswered || !isWhole) connection.abort(signal.reason);
      else void clock.sleep(LEFT_MS, connection.signal).then(() => connection.abort());
    });
    const asking = doFetch(url, {
      method: request.method,
      headers,
      redirect: "manual",
      signal: connection.signal,
      ...(body !== undefined && { body: typeof body === "string" ? body : body.stream }),
    });
    const answered = asking.finally(() => {
      isAnswered = true;
      underWay.delete(asking);
      // Nobody waits for it any more.
      if (signal.aborted) connection.abort();
    });
    underWay.add(asking);
    try {
      return await orAborted(answered, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(server, error);
    }
  }
}

type Deadline = ReturnType<MemosHttp["startDeadline"]>;

/** A header with a line break or a letter beyond ASCII would make fetch throw an error that quotes the token. */
function bearer(token: Secret): string {
  const text = token.reveal();
  if (/^[\x21-\x7e]+$/.test(text)) return `Bearer ${text}`;
  const why = "this is no access token: it is empty or holds spaces or unusual characters";
  throw new MemosError("invalid", why);
}

/** Kind `aborted` where the signal comes first; what is waited for goes on. */
export function orAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new MemosError("aborted", "the call to Memos was given up"));
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([aborted, promise]).finally(() => signal.removeEventListener("abort", onAbort));
}

async function bodyText(response: Response): Promise<string> {
  const { headers } = response;
  const announced = Number(headers.get("content-length") ?? Number.NaN);
  // Most are small, and say so: chunk by chunk they cost several times as much.
  if (announced <= MAX_ANSWER_BYTES && !headers.has("content-encoding")) return response.text();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new Error("too long an answer");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
