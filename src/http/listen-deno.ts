// How Deno listens: what listen-bun.ts gives.

import type * as bun from "./listen-bun.ts";

interface Address {
  readonly hostname: string;
  readonly port: number;
}

declare const Deno: {
  serve(
    options: { hostname: string; port: number; signal: AbortSignal; onListen: () => void },
    handler: (request: Request, caller: { remoteAddr: Address }) => Response | Promise<Response>,
  ): { addr: Address; shutdown(): Promise<void>; finished: Promise<void> };
};

export const listen: typeof bun.listen = (app, hostname, port) => {
  const ending = new AbortController();
  const callers = new WeakMap<Request, Address>();
  const options = { hostname, port, signal: ending.signal, onListen: () => undefined };
  const server = Deno.serve(options, (given, { remoteAddr }) => {
    const request = withoutEmptyBody(given);
    callers.set(request, remoteAddr);
    return app.fetch(request);
  });
  const { addr } = server;
  let isOver = false;
  void server.finished.then(() => {
    isOver = true;
  });
  const host = addr.hostname.includes(":") ? `[${addr.hostname}]` : addr.hostname;
  // As much of Bun's as is used.
  app.server = Object.assign(Object.create(null), {
    url: new URL(`http://${host}:${addr.port}`),
    /** A connection that is idle is not closed here. */
    timeout: () => undefined,
    requestIP: (request: Request) => ({ address: callers.get(request)?.hostname }),
    stop(isForced: boolean | undefined): Promise<void> {
      if (!isForced) return server.shutdown();
      if (!isOver) ending.abort();
      return server.finished;
    },
  });
};

/** Bun's requests without a body have none, Deno's one that is empty: Elysia would read it, as JSON where its type says so. */
function withoutEmptyBody(request: Request): Request {
  const { headers, method, signal, url, body } = request;
  const isEmpty = !headers.has("transfer-encoding") && Number(headers.get("content-length") ?? 0) === 0;
  return body && isEmpty ? new Request(url, { headers, method, signal }) : request;
}
