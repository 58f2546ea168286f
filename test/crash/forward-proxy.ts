import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP proxy that passes on what it is asked for, and knows what that was. */
export async function startForwardProxy() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", async () => {
      const { host: _, connection: __, "content-length": ___, ...headers } = request.headers;
      const answer = await fetch(request.url ?? "", {
        method: request.method ?? "GET",
        headers: headers as Record<string, string>,
        ...(pieces.length > 0 && { body: Buffer.concat(pieces) }),
        // The server is stopped before the proxy is.
      }).catch(() => null);
      if (!answer) return response.destroy();
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  server.on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
