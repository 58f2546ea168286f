import { createServer, type Socket } from "node:net";
import { Secret } from "../../src/base/secret.ts";
import { isMemosError, type MemosError } from "../../src/memos/errors.ts";

/** Small servers that misbehave in ways the Memos fake never would. */

export const token = new Secret("memos_pat_never-to-be-seen");

export const draft = {
  id: "x1",
  content: "text",
  visibility: "PRIVATE",
  createTime: null,
  attachments: [],
} as const;

export interface TestServer extends AsyncDisposable {
  url: string;
}

type Route = (request: Request) => Response | Promise<Response>;

/** What detection asks of a Memos; other paths go to `rest`. */
export function serveMemos(rest: Route, version = "0.30.0"): TestServer {
  return serve((request) => {
    const { pathname } = new URL(request.url);
    if (/\/api\/v1\/(?:instance|workspace)\/profile$/.test(pathname))
      return Response.json({ version, instanceUrl: "" });
    if (pathname.endsWith("/settings/MEMO_RELATED")) {
      return Response.json({ memoRelatedSetting: { contentLengthLimit: 8192 } });
    }
    return rest(request);
  });
}

export function serve(fetch: Route): TestServer {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 0, fetch });
  return {
    url: `http://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

export interface RawConnection {
  /** Bytes received so far. */
  received: number;
  /** The last of them. */
  tail: string;
  socket: Socket;
  /** True once the other side has ended or reset the connection. */
  gone: boolean;
}

/** A server below HTTP: `onData` sees every arrival. Reads as fast as it can unless it pauses the socket. */
export async function serveRaw(
  onData: (connection: RawConnection) => void,
): Promise<TestServer & { connections: RawConnection[]; port: number }> {
  const connections: RawConnection[] = [];
  const server = createServer((socket) => {
    const connection: RawConnection = { received: 0, tail: "", socket, gone: false };
    connections.push(connection);
    socket.on("data", (data) => {
      connection.received += data.length;
      connection.tail = (connection.tail + data.toString("latin1")).slice(-4096);
      onData(connection);
    });
    for (const end of ["end", "close", "error"]) {
      socket.on(end, () => {
        connection.gone = true;
      });
    }
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections,
    async [Symbol.asyncDispose]() {
      for (const { socket } of connections) socket.destroy();
      server.close();
    },
  };
}

/** The answer to a request of raw HTTP/1.1, as bytes. */
export function rawAnswer(status: string, body: string, headers: string[] = []): string {
  const lines = [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers, "", body];
  return lines.join("\r\n");
}

/** Waits for a condition that must come true, without guessing how long it takes. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** The `MemosError` a promise ends in; anything else fails the test. */
export async function troubleOf(promise: Promise<unknown>): Promise<MemosError> {
  const error = await promise.then(
    (value) => new Error(`no error, but ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (!isMemosError(error)) throw error;
  const printed = Bun.inspect(error) + JSON.stringify(error) + String(error.stack) + String(error.cause);
  if (printed.includes(token.reveal())) throw new Error("the error shows the token");
  return error;
}
