import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/base/errors.ts";
import type { ImportBatch } from "../../src/http/imports.ts";
import { createTestServer, problemIn, READY, STATUS } from "./api-server.ts";

describe("health", () => {
  test("says ok while the process answers, without a token", async () => {
    const response = await createTestServer().ask("/healthz");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok" });
  });

  test("is ready when all parts are", async () => {
    const response = await createTestServer().ask("/readyz");
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({ status: "ready", parts: READY });
  });

  test("names the parts that are not ready with 503", async () => {
    const parts = {
      ...READY,
      telegram: { ready: false, detail: "the bot token is refused" },
      disk: { ready: false },
    };
    const response = await createTestServer({ readiness: () => parts }).ask("/readyz");
    expect(response.status).toBe(503);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("retry-after")).toBe("30");
    const problem: unknown = await problemIn(response);
    expect(problem).toEqual({
      type: "/problems#unavailable",
      title: "Service Unavailable",
      status: 503,
      detail: "Not ready: telegram (the bot token is refused), disk.",
      parts,
      not_ready: ["telegram", "disk"],
    });
  });
});

describe("status", () => {
  test("passes on what the program says", async () => {
    const response = await createTestServer().admin("/api/v1/status");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({ ...STATUS });
  });
});

describe("routes", () => {
  test("that do not exist are a 404 problem", async () => {
    const { ask, admin } = createTestServer();
    for (const path of ["/nothing", "/healthz/x", "//healthz", "/HEALTHZ", "/constructor", "/__proto__"]) {
      expect((await problemIn(await ask(path))).status).toBe(404);
    }
    for (const path of ["/api/v1", "/api/v1/nothing", "/api/v1/bindings/1/more", "/metrics/more"]) {
      const response = await admin(path);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect((await problemIn(response)).status).toBe(404);
    }
  });

  test.each([
    ["POST", "/healthz", "GET, HEAD"],
    ["PUT", "/api/v1/bindings", "GET, POST, HEAD"],
    ["PUT", "/api/v1/bindings/", "GET, POST, HEAD"],
    ["OPTIONS", "/api/v1/bindings/5", "GET, PATCH, DELETE, HEAD"],
    ["HEAD", "/api/v1/receive", "POST"],
    ["PUT", "/api/v1/updates/retry", "POST"],
    ["PUT", "/api/v1/updates/5/retry/", "POST"],
    ["GET", "/telegram/webhook", "POST"],
    ["GET", "/memos/webhook/ring-ring", "POST"],
  ])("tell by which methods they can be asked: %s %s", async (method, path, allow) => {
    const answer = await createTestServer().admin(path, { method });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, allow]);
    if (method !== "HEAD")
      expect(await problemIn(answer)).toMatchObject({ type: "/problems#method_not_allowed" });
  });

  test("do nothing for who does not take JSON", async () => {
    const { admin, bindings } = createTestServer();
    const body = JSON.stringify({ telegram_id: 42, access_token: "abc" });
    const post = (accept: string) =>
      admin("/api/v1/bindings", {
        method: "POST",
        body,
        headers: { accept, "content-type": "application/json" },
      });
    for (const accept of [
      "text/html",
      "application/xml, text/*",
      "application/json;q=0, */*",
      "*/*; q=0.0",
    ]) {
      expect((await problemIn(await post(accept))).status).toBe(406);
    }
    expect(bindings.list({ limit: 10, after: null })).toEqual([]);
    for (const accept of ["", "application/json; q=0.1", "text/html, */*;q=0.8", "Application/*"]) {
      expect((await post(accept)).status).toBe(201);
    }
    expect((await admin("/readyz", { headers: { accept: "text/html" } })).status).toBe(200);
  });

  test("all of them tell the request's id: the caller's, where it looks like one", async () => {
    const { admin, ask, lines } = createTestServer();
    const idOf = async (answer: Promise<Response>) => (await answer).headers.get("x-request-id") ?? "";
    const headers = { "x-request-id": "Proxy-1.a_b" };
    for (const path of ["/healthz", "/api/v1/status", "/nothing", "/api/v1/bindings/x"]) {
      expect(await idOf(admin(path, { headers }))).toBe(headers["x-request-id"]);
    }
    expect(await idOf(ask("/api/v1/status", { headers }))).toBe(headers["x-request-id"]);
    const made = [await idOf(ask("/healthz")), await idOf(ask("/healthz"))];
    for (const bad of ["", "a b", "x".repeat(65), "id;drop"]) {
      made.push(await idOf(ask("/healthz", { headers: { "x-request-id": bad } })));
    }
    for (const id of made) expect(id).toMatch(/^[\da-f-]{36}$/);
    expect(new Set(made).size).toBe(made.length);
    while (lines.length < 11) await Bun.sleep(1);
    const requests = lines.map(({ level, message, fields }) => ({ level, message, fields }));
    const of = (fields: object) => ({
      level: "debug",
      message: "request",
      fields: { method: "GET", request_id: headers["x-request-id"], ...fields },
    });
    expect(requests).toContainEqual(of({ route: "/api/v1/status", status: 200 }));
    expect(requests).toContainEqual(of({ route: "/api/v1/bindings/:telegram_id", status: 400 }));
    expect(requests).toContainEqual(of({ route: undefined, status: 404 }));
  });

  test("take HEAD wherever they take GET, and send no body", async () => {
    const { admin } = createTestServer();
    for (const path of ["/healthz", "/readyz", "/api/v1/status", "/api/v1/bindings"]) {
      const get = await admin(path);
      const head = await admin(path, { method: "HEAD" });
      expect(head.status).toBe(200);
      expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
      expect(head.headers.get("content-length")).toBe(String((await get.arrayBuffer()).byteLength));
      expect(await head.text()).toBe("");
    }
    expect((await admin("/api/v1/bindings/5", { method: "HEAD" })).status).toBe(404);
  });

  test("are found under a host name of two letters", async () => {
    const { server } = createTestServer();
    expect((await server.handle(new Request("http://pi/healthz"))).status).toBe(200);
    expect((await server.handle(new Request("http://a/api/v1/status"))).status).toBe(401);
    expect((await server.handle(new Request("http://a/x/api/v1/status"))).status).toBe(404);
  });
});

describe("a query", () => {
  test("tells all that is wrong with it at once, unknown names included", async () => {
    const { admin } = createTestServer();
    const problem = await problemIn(await admin("/api/v1/updates?sate=dead&state=deaf&chat_id=x&limit=0"));
    expect(problem.status).toBe(400);
    expect(problem.errors).toEqual([
      { field: "limit", detail: "must be a number from 1 to 200" },
      { field: "state", detail: "must be one of waiting, working, done, dead" },
      { field: "chat_id", detail: "must be an integer" },
      { field: "sate", detail: "is unknown here; known are limit, cursor, state, chat_id" },
    ]);
  });

  test.each(["", "0x10", "1e3", "1.0", " 5", "5 ", "--5", "9".repeat(16)])(
    "takes no number written as %j",
    async (text) => {
      const { admin } = createTestServer();
      for (const [name, path] of [
        ["chat_id", `/api/v1/updates?chat_id=${encodeURIComponent(text)}`],
        ["limit", `/api/v1/updates?limit=${encodeURIComponent(text)}`],
        ["limit", `/api/v1/bindings?limit=${encodeURIComponent(text)}`],
        ["telegram_id", `/api/v1/bindings/${encodeURIComponent(text)}`],
      ] as const) {
        if (text === "" && name === "telegram_id") continue;
        const problem = await problemIn(await admin(path));
        expect([path, problem.status, problem.errors?.map(({ field }) => field)]).toEqual([
          path,
          400,
          [name],
        ]);
      }
    },
  );
});

test("a mode that is none is told in words that say it once", async () => {
  const { admin } = createTestServer();
  const body = JSON.stringify({ mode: "x" });
  const problem = await problemIn(await admin("/api/v1/receive", { method: "POST", body }));
  expect(problem["detail"]).toBe("mode must be one of polling, webhook.");
});

describe("an answer", () => {
  test("with more in it than its schema has is not sent: it may be a secret", async () => {
    const careless = { ...STATUS, token: "s3cr3t" };
    const { admin, lines } = createTestServer({ status: () => careless });
    const response = await admin("/api/v1/status");
    expect(JSON.stringify(await problemIn(response))).not.toContain("s3cr3t");
    expect(response.status).toBe(500);
    expect(lines).toMatchObject([{ level: "error", message: "request failed" }]);
  });
});

describe("errors", () => {
  test("that are known are told with their code", async () => {
    const { admin } = createTestServer({
      status: () => {
        throw new AppError("conflict", "what went wrong");
      },
    });
    const problem = await problemIn(await admin("/api/v1/status"));
    const type = "/problems#conflict";
    expect(problem).toMatchObject({ status: 409, type, detail: "what went wrong" });
  });

  for (const [what, thrown] of [
    ["an error", new TypeError("innards")],
    [
      "an error that looks like Elysia's",
      Object.assign(new Error("innards"), { code: "NOT_FOUND", status: 404 }),
    ],
    ["our own internal error", new AppError("internal", "innards")],
  ] as const) {
    test(`tell nothing but log everything when ${what} is thrown`, async () => {
      const { admin, lines } = createTestServer({ status: () => Promise.reject(thrown) });
      const response = await admin("/api/v1/status?secret=1");
      const text = JSON.stringify(await problemIn(response));
      expect(text).toContain("internal");
      expect(text).not.toContain("innards");
      const fields = { method: "GET", route: "/api/v1/status", error: thrown };
      expect(lines).toMatchObject([{ level: "error", message: "request failed", fields }]);
    });
  }
});

describe("imports", () => {
  test("take messages whole, and nothing else", async () => {
    const accepted: ImportBatch[] = [];
    const accept = (batch: ImportBatch) => accepted.push(batch);
    const { send, admin } = createTestServer({
      imports: { accept, progressOf: (waiting) => ({ waiting, dead: 0 }) },
    });
    const message = { message_id: -3, date: 2, photo: [{ file_id: "f" }], media_group_id: "exported:1" };
    const batch = { telegram_id: 42, chat: "user42", folder: "/export", messages: [message] };
    expect(await (await send("POST", "/api/v1/imports", batch)).json()).toEqual({ stored: 1 });
    expect(accepted).toEqual([batch]);
    expect(await (await admin("/api/v1/imports/42")).json()).toEqual({ waiting: 42, dead: 0 });
    const many = Array.from({ length: 1_001 }, () => message);
    for (const wrong of [{ messages: many }, { messages: [{ date: 1 }] }, { chat: "" }, { more: 1 }]) {
      expect((await send("POST", "/api/v1/imports", { ...batch, ...wrong })).status).toBe(422);
    }
    expect(accepted).toHaveLength(1);
  });
});
