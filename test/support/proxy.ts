/** A reverse proxy before some server, which can be used to do something when a call was done, or not yet. */
export interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** "before": nothing was passed on yet. "after": the server has answered. "lose" answers the client nothing. */
  onCall: ((call: Call, phase: "before" | "after") => Promise<"go on" | "lose">) | undefined;
}

export interface Call {
  readonly method: string;
  readonly path: string;
}

/** `target`: where the server is right now; null while it is away, for which the proxy answers 502. */
export function startProxy(target: string | (() => string | null)): Proxy {
  const place = () => (typeof target === "string" ? target : target());
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const call = { method: request.method, path: pathname };
      // Read whole, so that a client that goes away in the middle changes nothing of what it began.
      const body = request.body === null ? null : await request.bytes();
      if ((await proxy.onCall?.(call, "before")) === "lose") return lost();
      const origin = place();
      if (origin === null) return new Response(null, { status: 502 });
      const headers = new Headers(request.headers);
      for (const name of ["host", "connection", "content-length", "transfer-encoding"]) headers.delete(name);
      const answer = await fetch(`${origin}${pathname}${search}`, {
        method: request.method,
        headers,
        body,
        redirect: "manual",
        decompress: false,
      }).catch(() => null);
      if (answer === null) return new Response(null, { status: 502 });
      if ((await proxy.onCall?.(call, "after")) === "lose") return lost();
      return new Response(answer.body, answer);
    },
  });
  const proxy: Proxy = {
    url: `http://127.0.0.1:${server.port}`,
    onCall: undefined,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  return proxy;
}

/** The client is gone, or is to think that the connection broke. */
function lost(): Response {
  return new Response(
    new ReadableStream({
      start(controller) {
        controller.error(new Error("lost"));
      },
    }),
  );
}
