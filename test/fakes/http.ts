/**
 * The HTTP side of both fakes. On node:http, because its sockets can be cut at any moment; Bun.serve always answers
 * something.
 */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body: Uint8Array | string;
  /** Without a Content-Length, so that nobody knows how much is to come. */
  chunked?: boolean;
  /** Sends only so many bytes of the body and cuts the connection. */
  cutAfter?: number;
}

/** One request, and what becomes of it. Nothing is answered unless it is said. */
export interface Exchange {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** The whole body. Undefined when the client went away before its end; of a longer one nothing is kept. */
  body(limitBytes: number): Promise<Buffer | "too long" | undefined>;
  /** True once the whole of it was handed to the socket. */
  reply(reply: Reply): Promise<boolean>;
  /** Begins an answer without an end. */
  open(headers: Record<string, string>): { write(text: string): void; closed: Promise<void> };
  /** Cuts the connection. */
  drop(): void;
}

/** A server on 127.0.0.1 that keeps its port over a stop and a start. */
export function createHttpServer(port: number, serve: (exchange: Exchange) => Promise<void>) {
  let server: Server | undefined;
  let taken = port;
  return {
    get port() {
      return taken;
    },
    get origin() {
      return `http://127.0.0.1:${taken}`;
    },

    async start(wanted = taken): Promise<void> {
      if (server) return;
      const starting = createServer((request, response) => {
        response.on("error", () => {});
        serve(exchangeOf(request, response)).catch((error) => {
          // A hook or the fake itself failed: cut the client off, and let the test runner see the error.
          request.socket.destroy();
          throw error;
        });
      });
      // A big upload over a slow line is no fault of the client here.
      starting.requestTimeout = 0;
      await new Promise<void>((resolve, reject) => {
        starting.once("error", reject);
        starting.listen(wanted, "127.0.0.1", resolve);
      });
      taken = (starting.address() as AddressInfo).port;
      server = starting;
    },

    /** Closes the listener and every connection. */
    async stop(): Promise<void> {
      const stopping = server;
      server = undefined;
      if (!stopping) return;
      const closed = new Promise<void>((resolve) => stopping.close(() => resolve()));
      stopping.closeAllConnections();
      await closed;
    },
  };
}

function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
  return {
    method: request.method ?? "GET",
    target: request.url ?? "/",
    headers: request.headers,
    drop: () => void request.socket.destroy(),

    open(headers) {
      response.writeHead(200, headers);
      response.flushHeaders();
      return {
        write: (text) => void response.write(text),
        closed: new Promise((resolve) => response.once("close", resolve)),
      };
    },

    async body(limitBytes) {
      const chunks: Buffer[] = [];
      let length = 0;
      try {
        for await (const chunk of request as AsyncIterable<Buffer>) {
          length += chunk.length;
          if (length <= limitBytes) chunks.push(chunk);
          else chunks.length = 0;
        }
      } catch {
        return undefined;
      }
      if (!request.complete) return undefined;
      return length <= limitBytes ? Buffer.concat(chunks) : "too long";
    },

    reply({ status, headers = {}, body, chunked = false, cutAfter }) {
      if (response.destroyed) return Promise.resolve(false);
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      response.writeHead(status, { ...headers, ...(chunked ? {} : { "Content-Length": bytes.length }) });
      return new Promise((resolve) => {
        response.once("close", () => resolve(false));
        if (cutAfter === undefined) response.end(bytes, () => resolve(true));
        else response.write(bytes.subarray(0, cutAfter), () => void request.socket.destroy());
      });
    },
  };
}
