// How Deno listens: what listen-bun.ts gives. By node:http, since `Deno.serve` keeps a connection whose body nobody read,
// and one on which nothing comes.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeStream } from "node:stream/web";
import type * as bun from "./listen-bun.ts";

const IDLE_MS = 60_000;

export const listen: typeof bun.listen = async (app, hostname, port) => {
  const callers = new WeakMap<Request, string | undefined>();
  const server = createServer((incoming, outgoing) => {
    const request = requestOf(incoming, outgoing);
    callers.set(request, incoming.socket.remoteAddress);
    // Whoever hangs up amid an answer needs none.
    answer(app.fetch(request), incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.keepAliveTimeout = IDLE_MS;
  server.headersTimeout = IDLE_MS;
  // Of bodies, `bodies` says how long they may take.
  server.requestTimeout = 0;
  server.listen(port, hostname);
  await once(server, "listening");
  const { address, port: taken } = server.address() as AddressInfo;
  // As much of Bun's as is used.
  app.server = Object.assign(Object.create(null), {
    url: new URL(`http://${address.includes(":") ? `[${address}]` : address}:${taken}`),
    /** It limits no answer. */
    timeout: () => undefined,
    requestIP: (request: Request) => ({ address: callers.get(request) }),
    async stop(isForced = false): Promise<void> {
      const closed = server.listening && once(server, "close");
      server.close();
      if (isForced) server.closeAllConnections();
      else server.closeIdleConnections();
      await closed;
    },
  });
};

function requestOf(incoming: IncomingMessage, outgoing: ServerResponse): Request {
  const { method = "GET", url = "/", headers, rawHeaders } = incoming;
  const given = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2)
    given.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  const hasBody = given.has("transfer-encoding") || Number(given.get("content-length") ?? 0) > 0;
  const isRead = hasBody && method !== "GET" && method !== "HEAD";
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  const path = url.startsWith("/") ? url : `/${url.replace(/^\w+:\/\/[^/]*\/?/, "")}`;
  const address = URL.parse(`http://${headers.host}${path}`) ?? new URL(`http://localhost${path}`);
  return new Request(address.href, {
    method,
    headers: given,
    signal: gone.signal,
    ...(isRead && { body: Readable.toWeb(incoming) as unknown as ReadableStream }),
  });
}

async function answer(
  made: Response | Promise<Response>,
  { method }: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { status, headers, body } = await made;
  outgoing.statusCode = status;
  outgoing.setHeaders(headers);
  if (body === null || method === "HEAD") {
    await body?.cancel();
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  await pipeline(Readable.fromWeb(body as unknown as NodeStream), outgoing);
}
