import type { Clock } from "../base/clock.ts";
import type { Secret } from "../base/secret.ts";
import type { JsonObject } from "./answers.ts";
import { type Deadline, startDeadline } from "./deadline.ts";
import { MemosError } from "./errors.ts";
import { interpret, unreachable } from "./interpret.ts";

export interface MemosRequest {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** From `/api/` on; the base URL comes before it. */
  path: string;
  query?: Record<string, string>;
  token?: Secret;
}

interface SentRequest extends MemosRequest {
  body?: string | StreamedBody;
  /** Of a file: what is refused is told in its words. */
  upload?: boolean;
}

/** A body as it comes. Its length is announced: some proxies take none without. */
interface StreamedBody {
  readonly stream: AsyncGenerator<Uint8Array, void, undefined>;
  /** In bytes, exactly. */
  readonly length: number;
}

export type MemosHttp = ReturnType<typeof createMemosHttp>;

export interface MemosHttpOptions {
  /** Without a trailing slash, as MEMOS_URL is read. */
  baseUrl: string;
  clock: Clock;
  fetch?: typeof fetch;
}

export const ANSWER_MS = 30_000;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

export function createMemosHttp({ baseUrl: server, clock, fetch: doFetch = fetch }: MemosHttpOptions) {
  let clockAheadMs = 0;

  return {
    /** Base URL. */
    server,

    /** One JSON call. Gives the JSON object of a 2xx answer; everything else is a `MemosError`. */
    async call(
      { body, limitMs = ANSWER_MS, ...request }: MemosRequest & { body?: JsonObject; limitMs?: number },
      signal?: AbortSignal,
    ): Promise<JsonObject> {
      const deadline = startDeadline(clock, server, limitMs, signal);
      try {
        return await send(body ? { ...request, body: JSON.stringify(body) } : request, deadline);
      } finally {
        deadline.end();
      }
    },

    /** One call under a deadline of the caller's, for bodies that stream. */
    send,

    /** The answer to a GET with its body unread, whatever it says. Redirects are not followed. */
    open: ({ path, token }: { path: string; token: Secret }, deadline: Deadline): Promise<Response> =>
      respond(`${server}${path}`, { method: "GET", path, token }, deadline),

    deadline: (limitMs: number, signal?: AbortSignal): Deadline =>
      startDeadline(clock, server, limitMs, signal),

    /** How far the server's clock is ahead of ours, by its last answer; whole seconds are as exact as it tells. */
    get clockAheadMs() {
      return clockAheadMs;
    },
  };

  async function send(request: SentRequest, deadline: Deadline): Promise<JsonObject> {
    const query = new URLSearchParams(request.query).toString();
    const url = `${server}${request.path}${query && `?${query}`}`;
    const response = await respond(url, request, deadline);
    const { status, headers } = response;
    const date = Date.parse(headers.get("date") ?? "");
    if (!Number.isNaN(date)) clockAheadMs = date - clock.now();
    const text = await textOf(response).catch(() => {
      deadline.throwIfEnded();
      throw new MemosError("server", `the answer of Memos at ${server} broke off`, { status });
    });
    return interpret({ server, url, request, status, headers, text, clock });
  }

  async function respond(url: string, request: SentRequest, deadline: Deadline): Promise<Response> {
    deadline.throwIfEnded();
    const headers = new Headers({ Accept: "application/json" });
    if (request.token) headers.set("Authorization", bearer(request.token));
    const { body } = request;
    if (body !== undefined) headers.set("Content-Type", "application/json");
    if (typeof body === "object") headers.set("Content-Length", String(body.length));
    try {
      return await doFetch(url, {
        method: request.method,
        headers,
        redirect: "manual",
        signal: deadline.signal,
        ...(body !== undefined && { body: typeof body === "string" ? body : body.stream }),
      });
    } catch (error) {
      deadline.throwIfEnded();
      throw unreachable(server, error);
    }
  }
}

/** A header with a line break or a letter beyond ASCII would make fetch throw an error that quotes the token. */
function bearer(token: Secret): string {
  const text = token.reveal();
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new MemosError(
      "invalid",
      "this is no access token: it is empty or holds spaces or unusual characters",
    );
  }
  return `Bearer ${text}`;
}

async function textOf(response: Response): Promise<string> {
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
