/**
 * The HTTP side: reads whole requests, meets faults, calls the hook, answers. On node:http, because its sockets
 * can be cut at any moment; Bun.serve always answers something.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Answer, ApiError, errorAnswer } from "./answers.ts";
import type { Faults } from "./faults.ts";
import type { LoggedRequest, RequestHook, RequestInfo } from "./types.ts";

export interface ListenerParts {
  port: number;
  basePath: string;
  bodyLimitBytes: number;
  faults: Faults;
  log: LoggedRequest[];
  hook: () => RequestHook | undefined;
  /** Does the request: every change is made when it returns. */
  answer: (request: {
    method: string;
    path: string;
    query: URLSearchParams;
    body: Uint8Array;
    headers: Headers;
    breaksComment: boolean;
  }) => Answer;
}

type Headers = IncomingMessage["headers"];

export class Listener {
  private server: Server | undefined;
  private port: number;
  private readonly parts: ListenerParts;

  constructor(parts: ListenerParts) {
    this.parts = parts;
    this.port = parts.port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    if (this.server) return;
    const server = createServer((request, response) => {
      this.serve(request, response).catch((error) => {
        // A hook or the fake itself failed: cut the client off, and let the test runner see the error.
        request.socket.destroy();
        throw error;
      });
    });
    // A big upload over a slow line is no fault of the client here.
    server.requestTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.port, "127.0.0.1", resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log, faults, basePath } = this.parts;
    const method = request.method ?? "GET";
    const url = new URL(this.origin + (request.url ?? "/"));
    const inside = url.pathname === basePath || url.pathname.startsWith(`${basePath}/`);
    const path = inside ? url.pathname.slice(basePath.length) || "/" : url.pathname;
    const entry: LoggedRequest = {
      method,
      path,
      query: Object.fromEntries(url.searchParams),
      status: null,
      answered: false,
      at: Date.now(),
      authorization: request.headers.authorization !== undefined,
    };
    log.push(entry);
    response.on("error", () => {});
    const body = await this.receive(request, response, entry);
    if (!body) return;
    const info: RequestInfo = { method, path, query: entry.query, body };
    const hook = this.parts.hook();
    await hook?.(info, "before");
    const fault = faults.meet(method, path, url.search);
    if (fault === "hang") return;
    if (fault === "drop-before") return void request.socket.destroy();
    if (fault === "busy") {
      return send(response, entry, errorAnswer(new ApiError(13, "database is locked (5) (SQLITE_BUSY)")));
    }
    if (typeof fault === "object" && "status" in fault) {
      const text =
        typeof fault.body === "string"
          ? fault.body
          : fault.body === undefined
            ? ""
            : JSON.stringify(fault.body);
      const contentType =
        fault.contentType ??
        (typeof fault.body === "string" ? "text/plain; charset=utf-8" : "application/json");
      return send(response, entry, {
        status: fault.status,
        contentType,
        body: text,
        headers: fault.headers ?? {},
      });
    }
    const answer = inside
      ? this.parts.answer({
          method,
          path,
          query: url.searchParams,
          body,
          headers: request.headers,
          breaksComment: fault === "comment-alone",
        })
      : proxyPage();
    entry.status = answer.status;
    await hook?.({ ...info, status: answer.status }, "after");
    if (typeof fault === "object") await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault === "drop-after") return void request.socket.destroy();
    if (fault === "truncate") return sendHalf(request, response, answer);
    send(response, entry, answer);
  }

  /** The whole body; undefined when the client went away before its end, or when it was refused for its size. */
  private async receive(
    request: IncomingMessage,
    response: ServerResponse,
    entry: LoggedRequest,
  ): Promise<Uint8Array | undefined> {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length <= this.parts.bodyLimitBytes) chunks.push(chunk);
        else chunks.length = 0;
      }
    } catch {
      return undefined;
    }
    if (!request.complete) return undefined;
    if (length <= this.parts.bodyLimitBytes) return Buffer.concat(chunks);
    send(response, entry, errorAnswer(new ApiError(3, "http: request body too large")));
    return undefined;
  }
}

function head(response: ServerResponse, answer: Answer): Buffer {
  const bytes =
    typeof answer.body === "string"
      ? Buffer.from(answer.body)
      : Buffer.from(answer.body.buffer, answer.body.byteOffset, answer.body.byteLength);
  response.writeHead(answer.status, {
    ...answer.headers,
    "content-type": answer.contentType,
    "content-length": bytes.length,
  });
  return bytes;
}

function send(response: ServerResponse, entry: LoggedRequest, answer: Answer): void {
  entry.status = answer.status;
  if (response.destroyed) return;
  response.end(head(response, answer), () => {
    entry.answered = true;
  });
}

function sendHalf(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const bytes = head(response, answer);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => request.socket.destroy());
}

/** What a reverse proxy says about a path that is not the server's. */
function proxyPage(): Answer {
  return {
    status: 404,
    contentType: "text/html",
    body: "<html><head><title>404 Not Found</title></head></html>\r\n",
    headers: {},
  };
}
