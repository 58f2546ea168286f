import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { AppError } from "../../src/base/errors.ts";
import type { HttpDeps } from "../../src/http/server.ts";
import { createFakeClock } from "../support/clock.ts";
import { ADMIN_TOKEN, createTestServer, problemIn, STATUS } from "./api-server.ts";

const WEBHOOK_SECRET = "webhook-secret-for-tests";
const SECRET = `X-Telegram-Bot-Api-Secret-Token: ${WEBHOOK_SECRET}`;
const AUTHORIZATION = `Authorization: Bearer ${ADMIN_TOKEN}`;

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server that listens on a free port, and is stopped after the test. */
async function listening(overrides: Partial<HttpDeps> = {}) {
  const refused: string[] = [];
  const webhook: HttpDeps["webhook"] = {
    paths: ["/telegram/webhook"],
    authorize(secret) {
      if (secret !== WEBHOOK_SECRET) throw new AppError("unauthorized", "not the secret");
    },
    receive: async () => undefined,
    refused: (why) => void refused.push(why),
  };
  const parts = createTestServer({ webhook, ...overrides });
  cleanups.push(() => parts.server.stop());
  const { url } = await parts.server.start();
  return { ...parts, refused, url, port: Number(new URL(url).port) };
}

/** A bare connection: writes text, and reads until the text received satisfies `enough`, or the end. */
function dial(port: number) {
  let received = "";
  let ended = false;
  let changed = () => {};
  const socket: Socket = connect(port, "127.0.0.1");
  cleanups.push(() => void socket.destroy());
  socket.on("data", (data) => {
    received += data;
    changed();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    ended = true;
    changed();
  });
  return {
    write: (text: string) => socket.write(text),
    async read(enough: (text: string) => boolean = () => false): Promise<string> {
      while (!ended && !enough(received)) await new Promise<void>((resolve) => (changed = resolve));
      return received;
    },
  };
}

/** A promise and the function that fulfils it. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

/** A status that tells when it was asked and answers when it may. */
function heldStatus() {
  const asked = gate();
  const answer = gate();
  const status = async () => {
    asked.open();
    await answer.passed;
    return STATUS;
  };
  return { asked: asked.passed, answer: answer.open, status };
}

const admin = { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };

async function refusalOf(start: Promise<unknown>): Promise<AppError> {
  const error = await start.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof AppError) return error;
  throw new Error(`no AppError: ${error}`);
}

test("an answer may take longer than the ten seconds after which Bun by itself would cut the connection", async () => {
  const serve = spyOn(Bun, "serve");
  cleanups.push(() => serve.mockRestore());
  await listening();
  const [options] = serve.mock.calls[0] ?? [];
  expect((options as { idleTimeout?: number }).idleTimeout).toBeGreaterThanOrEqual(60);
});

describe("listening", () => {
  test("where nothing can names both settings and the mend", async () => {
    const { port } = await listening();
    const mends: [{ port?: number; host?: string }, string][] = [
      [{ port }, "another program listens there: stop it, or choose another HTTP_PORT"],
      [{ host: "host.invalid" }, "host.invalid is no address of this machine: set HTTP_HOST to 127.0.0.1"],
      [{ host: "192.0.2.1" }, "192.0.2.1 is no address of this machine"],
    ];
    for (const [at, mend] of mends) {
      const error = await refusalOf(createTestServer(at).server.start());
      expect(error.code).toBe("conflict");
      const where = { host: "127.0.0.1", port: 0, ...at };
      expect(error.message).toStartWith(
        `cannot listen on HTTP_HOST ${where.host}, HTTP_PORT ${where.port} (`,
      );
      expect(error.message).toContain(mend);
    }
  });
});

describe("over a connection", () => {
  test("every route answers as it does without one", async () => {
    const { url } = await listening();
    expect((await fetch(`${url}/api/v1/status`)).status).toBe(401);
    expect(await (await fetch(`${url}/api/v1/status`, admin)).json()).toEqual({ ...STATUS });
    expect((await problemIn(await fetch(`${url}/nothing`))).status).toBe(404);
    expect((await problemIn(await fetch(`${url}/healthz`, { method: "PUT" }))).status).toBe(405);
    const headers = { ...admin.headers, "content-type": "application/json" };
    const body = JSON.stringify({ telegram_id: 5, access_token: "abc" });
    const created = await fetch(`${url}/api/v1/bindings`, { method: "POST", headers, body });
    expect(created.status).toBe(201);
    const removed = await fetch(`${url}/api/v1/bindings/5`, { method: "DELETE", ...admin });
    expect(removed.status).toBe(204);
  });

  test("the limiter counts the address of the connection", async () => {
    const { url, lines } = await listening();
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++) statuses.push((await fetch(`${url}/metrics`)).status);
    expect(statuses.slice(-2)).toEqual([401, 429]);
    expect(lines.find((line) => line.level === "warn")?.fields).toMatchObject({ address: "127.0.0.1" });
  });

  test("HEAD answers the headers of GET alone, also where the answer is a problem", async () => {
    const { port } = await listening();
    for (const [path, status] of [
      ["/healthz", "200"],
      ["/nothing", "404"],
    ]) {
      const connection = dial(port);
      connection.write(`HEAD ${path} HTTP/1.1\r\nHost: pi\r\nConnection: close\r\n\r\n`);
      const answer = await connection.read((text) => text.includes("\r\n\r\n"));
      expect(answer).toStartWith(`HTTP/1.1 ${status} `);
      expect(answer).toEndWith("\r\n\r\n");
    }
  });

  test("a body over a mebibyte is 413, however it is sent, and a delivery so long is told", async () => {
    const { url, port, refused } = await listening();
    const body = new Uint8Array(1024 * 1024 + 1);
    const headers = { "x-telegram-bot-api-secret-token": WEBHOOK_SECRET };
    expect(
      (await problemIn(await fetch(`${url}/telegram/webhook`, { method: "POST", body, headers }))).status,
    ).toBe(413);
    const bindings = await fetch(`${url}/api/v1/bindings`, { method: "POST", body, ...admin });
    expect(bindings.status).toBe(413);
    const connection = dial(port);
    connection.write(
      `POST /telegram/webhook HTTP/1.1\r\nHost: pi\r\n${SECRET}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    for (let i = 0; i < 17; i++) connection.write(`10000\r\n${" ".repeat(0x10000)}\r\n`);
    expect(await connection.read()).toStartWith("HTTP/1.1 413 ");
    expect(refused).toEqual(Array(2).fill("The body may have 1048576 bytes at most."));
  });

  for (const [what, head, status] of [
    ["without the secret of the webhook", "POST /telegram/webhook HTTP/1.1\r\nHost: pi", 401],
    ["without the admin token", "POST /api/v1/bindings HTTP/1.1\r\nHost: pi", 401],
    ["to nowhere", "POST /nothing HTTP/1.1\r\nHost: pi", 404],
    ["of which nothing is read", "GET /healthz HTTP/1.1\r\nHost: pi", 200],
  ] as const) {
    test(`a request ${what} is answered before its body came, and its connection is closed`, async () => {
      const { port } = await listening();
      const connection = dial(port);
      connection.write(`${head}\r\nContent-Length: 1000000\r\n\r\n`);
      expect(await connection.read()).toStartWith(`HTTP/1.1 ${status} `);
    });
  }

  test("a hundred bodies may be under way, each for half a minute", async () => {
    const { port, clock, url } = await listening();
    const head = `POST /telegram/webhook HTTP/1.1\r\nHost: pi\r\n${SECRET}\r\nContent-Length: 100\r\n\r\n{`;
    const open = Array.from({ length: 100 }, () => {
      const connection = dial(port);
      connection.write(head);
      return connection;
    });
    while (clock.sleepers < 100) await Bun.sleep(1);
    const headers = { "x-telegram-bot-api-secret-token": WEBHOOK_SECRET };
    const post = () => fetch(`${url}/telegram/webhook`, { method: "POST", body: "{}", headers });
    const refused = await post();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "30"]);
    await clock.advance(30_000);
    for (const connection of open) expect(await connection.read()).toStartWith("HTTP/1.1 408 ");
    expect((await post()).ok).toBe(true);
  });

  test("a request without Host is served, and never past the admin token", async () => {
    const { port } = await listening();
    for (const [path, status] of [
      ["/healthz", "200"],
      ["/readyz", "200"],
      ["/metrics", "401"],
      ["/123456/api/v1/status", "401"],
    ]) {
      const connection = dial(port);
      connection.write(`GET ${path} HTTP/1.0\r\n\r\n`);
      expect(await connection.read((text) => text.includes("}"))).toStartWith(`HTTP/1.1 ${status} `);
    }
  });

  for (const path of ["/api/v1/bindings", "/telegram/webhook"]) {
    test(`a connection that ends within the body of ${path} is no internal error`, async () => {
      const { port, server, lines } = await listening();
      const connection = dial(port);
      connection.write(
        `POST ${path} HTTP/1.1\r\nHost: pi\r\n${AUTHORIZATION}\r\n${SECRET}\r\nContent-Length: 100\r\n\r\n{`,
      );
      // Answered on a second connection: so the first request has arrived.
      await fetch(`http://127.0.0.1:${port}/healthz`);
      cleanups.pop()?.();
      await connection.read();
      await server.stop();
      expect(lines.filter((line) => line.level === "error")).toEqual([]);
    });
  }
});

describe("stopping", () => {
  test("takes no new connection but finishes the running request", async () => {
    const { asked, answer, status } = heldStatus();
    const { server, url } = await listening({ status });
    const running = fetch(`${url}/api/v1/status`, admin);
    await asked;
    const stopped = server.stop();
    expect(fetch(`${url}/healthz`)).rejects.toThrow();
    answer();
    expect((await running).status).toBe(200);
    await stopped;
  });

  test("cuts a request that takes longer than 2 s", async () => {
    const { asked, status } = heldStatus();
    const waits: number[] = [];
    const over = gate();
    const sleep = (ms: number) => {
      waits.push(ms);
      return over.passed;
    };
    const { server, url } = await listening({ status, clock: { ...createFakeClock(), sleep } });
    const running = fetch(`${url}/api/v1/status`, admin);
    await asked;
    const stopped = server.stop();
    expect(waits).toEqual([2_000]);
    over.open();
    expect(running).rejects.toThrow();
    await stopped;
  });
});
