import { createServer, type Server, type Socket } from "node:net";

const maxHeaderBytes = 256 * 1024;
export const maxParameterBytes = 1024 * 1024;
const maxBodyBytes = 2100 * 1024 * 1024;

const reasons: Record<number, string> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  413: "Request Entity Too Large",
  421: "Misdirected Request",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

/** A fault found while reading a request: answered as a bare status line, and the connection is closed. */
export class BareStatus extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

export interface HttpRequest {
  httpMethod: "GET" | "POST";
  path: string;
  query: string;
  headers: Map<string, string>;
  body: Buffer;
}

export interface HttpReply {
  status: number;
  headers?: Record<string, string>;
  body: Uint8Array | string;
  /** Sends the body with chunked encoding, so that its length is not known ahead. */
  chunked?: boolean;
  /** Sends only so many bytes of the body and cuts the connection. */
  cutAfter?: number;
}

/** What becomes of a request: an answer, a closed connection, or nothing at all. */
export type HttpOutcome = HttpReply | "drop" | "hang";

export interface HttpServer {
  readonly port: number;
  start(port: number): Promise<void>;
  /** Closes the listener and every connection. */
  stop(): Promise<void>;
}

/** An HTTP/1.1 server on 127.0.0.1 over bare sockets: only they allow bare status lines and cut answers. */
export function createHttpServer(options: {
  handle: (request: HttpRequest) => Promise<HttpOutcome>;
  now: () => number;
}): HttpServer {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let port = 0;

  async function converse(socket: Socket): Promise<void> {
    const reader = createReader(socket);
    while (!socket.destroyed) {
      const request = await readRequest(reader);
      if (!request) break;
      const outcome = await options.handle(request.request);
      if (outcome === "hang") return;
      if (outcome === "drop") break;
      const kept = await writeReply(socket, outcome, request.keepAlive, options.now());
      if (!kept) break;
    }
    socket.destroy();
  }

  function accept(socket: Socket): void {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    converse(socket).catch((error: unknown) => {
      const status = error instanceof BareStatus ? error.status : 500;
      if (!(error instanceof BareStatus)) console.error("fake telegram:", error);
      refuse(socket, status);
    });
  }

  return {
    get port() {
      return port;
    },
    start(wanted) {
      return new Promise((resolve, reject) => {
        const listening = createServer(accept);
        listening.once("error", reject);
        listening.listen(wanted, "127.0.0.1", () => {
          const address = listening.address();
          if (typeof address === "object" && address) port = address.port;
          server = listening;
          resolve();
        });
      });
    },
    stop() {
      return new Promise((resolve) => {
        const closing = server;
        server = undefined;
        for (const socket of sockets) socket.destroy();
        if (!closing) return resolve();
        closing.close(() => resolve());
      });
    },
  };
}

function refuse(socket: Socket, status: number): void {
  if (socket.destroyed) return;
  socket.write(
    `HTTP/1.1 ${status} ${reasons[status] ?? "Error"}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  );
  // What the client still sends is read and thrown away: closing over unread bytes would reset the
  // connection and might take the answer with it.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), 500);
  socket.once("close", () => clearTimeout(timer));
  socket.end();
}

async function writeReply(
  socket: Socket,
  reply: HttpReply,
  keepAlive: boolean,
  now: number,
): Promise<boolean> {
  if (socket.destroyed) return false;
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : Buffer.from(reply.body);
  const lines = [
    `HTTP/1.1 ${reply.status} ${reasons[reply.status] ?? "Status"}`,
    "Server: nginx/1.18.0",
    `Date: ${new Date(now).toUTCString()}`,
    ...Object.entries(reply.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    reply.chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`,
    `Connection: ${keepAlive ? "keep-alive" : "close"}`,
  ];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
  const sent = reply.cutAfter === undefined ? body : body.subarray(0, reply.cutAfter);
  const payload = reply.chunked ? chunksOf(sent, reply.cutAfter === undefined) : sent;
  await new Promise<void>((resolve) => {
    const done = () => {
      socket.off("close", done);
      resolve();
    };
    socket.once("close", done);
    socket.write(Buffer.concat([head, payload]), done);
  });
  return keepAlive && reply.cutAfter === undefined;
}

function chunksOf(body: Buffer, ended: boolean): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += 65536) {
    const part = body.subarray(at, at + 65536);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  if (ended) parts.push(Buffer.from("0\r\n\r\n"));
  return Buffer.concat(parts);
}

interface Reader {
  /** Bytes up to and including `mark`, or undefined when the other side ended before. */
  until(mark: string, max: number, tooLong: number): Promise<Buffer | undefined>;
  exactly(size: number): Promise<Buffer | undefined>;
}

function createReader(socket: Socket): Reader {
  let chunks: Buffer[] = [];
  let size = 0;
  let ended = false;
  let wake: (() => void) | undefined;

  const rouse = () => {
    wake?.();
    wake = undefined;
  };
  socket.on("data", (data: Buffer) => {
    chunks.push(data);
    size += data.length;
    rouse();
  });
  for (const event of ["end", "close"] as const) {
    socket.on(event, () => {
      ended = true;
      rouse();
    });
  }

  const more = () =>
    new Promise<void>((resolve) => {
      if (ended) return resolve();
      wake = resolve;
    });

  function take(count: number): Buffer {
    const all = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    const rest = all.subarray(count);
    chunks = rest.length > 0 ? [rest] : [];
    size = rest.length;
    return all.subarray(0, count);
  }

  return {
    async until(mark, max, tooLong) {
      while (true) {
        if (chunks.length > 1) chunks = [Buffer.concat(chunks)];
        const found = chunks[0]?.indexOf(mark) ?? -1;
        if (found > max || (found < 0 && size > max)) throw new BareStatus(tooLong);
        if (found >= 0) return take(found + mark.length);
        if (ended) return undefined;
        await more();
      }
    },
    async exactly(count) {
      while (size < count) {
        if (ended) return undefined;
        await more();
      }
      return take(count);
    },
  };
}

async function readRequest(
  reader: Reader,
): Promise<{ request: HttpRequest; keepAlive: boolean } | undefined> {
  const head = await reader.until("\r\n\r\n", maxHeaderBytes, 431);
  if (!head) return undefined;
  const [requestLine = "", ...headerLines] = head.toString("latin1").trimEnd().split("\r\n");
  const [httpMethod = "", target = "", version = ""] = requestLine.split(" ");
  if (!/^HTTP\//.test(version)) throw new BareStatus(400);
  if (version !== "HTTP/1.1" && version !== "HTTP/1.0") throw new BareStatus(505);
  if (httpMethod !== "GET" && httpMethod !== "POST") throw new BareStatus(501);
  const headers = new Map<string, string>();
  for (const line of headerLines) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new BareStatus(400);
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const body = await readBody(reader, headers);
  if (!body) return undefined;
  const [path = "", query = ""] = splitOnce(target, "?");
  const connection = (headers.get("connection") ?? "").toLowerCase();
  const keepAlive = version === "HTTP/1.1" ? connection !== "close" : connection === "keep-alive";
  return { request: { httpMethod, path, query, headers, body }, keepAlive };
}

async function readBody(reader: Reader, headers: Map<string, string>): Promise<Buffer | undefined> {
  const multipart = /^multipart\/form-data/i.test(headers.get("content-type") ?? "");
  const limit = multipart ? maxBodyBytes : maxParameterBytes;
  if (/chunked/i.test(headers.get("transfer-encoding") ?? "")) {
    const parts: Buffer[] = [];
    let total = 0;
    while (true) {
      const line = await reader.until("\r\n", 1024, 400);
      if (!line) return undefined;
      const size = Number.parseInt(line.toString("latin1"), 16);
      if (Number.isNaN(size)) throw new BareStatus(400);
      total += size;
      if (total > limit) throw new BareStatus(413);
      const part = await reader.exactly(size + 2);
      if (!part) return undefined;
      if (size === 0) return Buffer.concat(parts);
      parts.push(part.subarray(0, size));
    }
  }
  const length = Number(headers.get("content-length") ?? "0");
  if (!Number.isSafeInteger(length) || length < 0) throw new BareStatus(400);
  if (length > limit) throw new BareStatus(413);
  return reader.exactly(length);
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
