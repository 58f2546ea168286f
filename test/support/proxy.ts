/** What a proxy does with a request, whose body it has read whole: passes it on, to a path of its own, or does otherwise. */
export type Between = (
  forward: (path?: string) => Promise<Response>,
  request: Request,
  body: Uint8Array | null,
) => Response | Promise<Response>;

export interface Proxy extends AsyncDisposable {
  readonly url: string;
  between: Between;
}

/** A reverse proxy. `target`: where the server is right now; null while it is away, for which it answers 502. */
export function startProxy(
  target: string | (() => string | null),
  between: Between = (forward) => forward(),
): Proxy {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      // Read whole, so that a client that goes away in the middle changes nothing of what it began.
      const body = request.body === null ? null : await request.bytes();
      const headers = new Headers(request.headers);
      for (const name of ["host", "connection", "content-length", "transfer-encoding"]) headers.delete(name);
      const forward = async (path = `${pathname}${search}`) => {
        const origin = typeof target === "string" ? target : target();
        const { method, signal } = request;
        const init = { method, headers, body, signal, redirect: "manual", decompress: false } as const;
        const answer = origin === null ? null : await fetch(`${origin}${path}`, init).catch(() => null);
        return answer === null ? new Response(null, { status: 502 }) : new Response(answer.body, answer);
      };
      return proxy.between(forward, request, body);
    },
  });
  const proxy: Proxy = {
    url: `http://127.0.0.1:${server.port}`,
    between,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  return proxy;
}

/** The client is gone, or is to think that the connection broke. */
export function lost(): Response {
  return new Response(
    new ReadableStream({
      start(controller) {
        controller.error(new Error("lost"));
      },
    }),
  );
}
