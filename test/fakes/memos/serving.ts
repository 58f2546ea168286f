/** One request: it is read whole, meets its fault, the hook is called around the work, and it is answered. */
import { setTimeout } from "node:timers/promises";
import type { Exchange, Reply } from "../http.ts";
import { type Answer, ApiError, errorAnswer, json } from "./answers.ts";
import type { UserRow } from "./state.ts";
import type { FaultAction, LoggedRequest, RequestHook, RequestInfo } from "./types.ts";

/** What the answer is made of. */
export interface Asked extends RequestInfo {
  search: URLSearchParams;
  authorization: string | undefined;
  /** A comment is not put under its memo: a fault. */
  breaksComment: boolean;
}

export function createServing(parts: {
  basePath: string;
  bodyLimitBytes: number;
  /** The fault that this request meets. */
  meet: (method: string, path: string, search: string) => FaultAction | undefined;
  log: LoggedRequest[];
  hook: () => RequestHook | undefined;
  /** Does the request: every change is made when it returns. */
  answer: (asked: Asked) => Answer;
  /** Who listens to what happens; undefined where the release has no such stream. */
  listener: (authorization: string | undefined) => UserRow | "nobody" | undefined;
  listen: (exchange: Exchange, user: UserRow) => Promise<void>;
}) {
  const { log, basePath } = parts;

  return async function serve(exchange: Exchange): Promise<void> {
    const { method, headers, target } = exchange;
    const url = new URL(target, "http://127.0.0.1");
    const inside = url.pathname === basePath || url.pathname.startsWith(`${basePath}/`);
    const path = inside ? url.pathname.slice(basePath.length) || "/" : url.pathname;
    const { authorization } = headers;
    const entry: LoggedRequest = {
      method,
      path,
      query: Object.fromEntries(url.searchParams),
      status: null,
      answered: false,
      at: Date.now(),
      authorization: authorization !== undefined,
    };
    log.push(entry);
    async function send(answer: Answer, more: Partial<Reply> = {}): Promise<void> {
      entry.status = answer.status;
      const { status, body, contentType } = answer;
      const reply = { status, body, headers: { ...answer.headers, "content-type": contentType }, ...more };
      entry.answered = await exchange.reply(reply);
    }

    const body = await exchange.body(parts.bodyLimitBytes);
    if (body === undefined) return;
    if (body === "too long") return send(errorAnswer(new ApiError(3, "http: request body too large")));
    const info: RequestInfo = { method, path, query: entry.query, body };
    const hook = parts.hook();
    await hook?.(info, "before");
    const fault = parts.meet(method, path, url.search);
    if (fault === "hang") return;
    if (fault === "drop-before") return exchange.drop();
    const instead = fault && replacement(fault);
    if (instead) return send(instead);
    const listener = inside && path === "/api/v1/sse" ? parts.listener(authorization) : undefined;
    if (listener === "nobody") return send(json({ error: "authentication required" }, 401));
    if (listener) {
      entry.status = 200;
      return parts.listen(exchange, listener);
    }
    const breaksComment = fault === "comment-alone";
    const answer = inside
      ? parts.answer({ ...info, search: url.searchParams, authorization, breaksComment })
      : proxyPage;
    entry.status = answer.status;
    await hook?.({ ...info, status: answer.status }, "after");
    if (typeof fault === "object" && "delayMs" in fault) await setTimeout(fault.delayMs);
    if (fault === "drop-after") return exchange.drop();
    const cutAfter = Math.floor(Buffer.byteLength(answer.body) / 2);
    await send(answer, fault === "truncate" ? { cutAfter } : {});
  };
}

/** What is answered in place of doing anything, if the fault is of that kind. */
function replacement(fault: FaultAction): Answer | undefined {
  if (fault === "busy") return errorAnswer(new ApiError(13, "database is locked (5) (SQLITE_BUSY)"));
  if (typeof fault !== "object" || !("status" in fault)) return undefined;
  const { status, body = "", headers = {} } = fault;
  const isText = typeof body === "string" && fault.body !== undefined;
  return {
    status,
    contentType: fault.contentType ?? (isText ? "text/plain; charset=utf-8" : "application/json"),
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers,
  };
}

/** What a reverse proxy says about a path that is not the server's. */
const proxyPage: Answer = {
  status: 404,
  contentType: "text/html",
  body: "<html><head><title>404 Not Found</title></head></html>\r\n",
  headers: {},
};
