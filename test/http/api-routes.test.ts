import { describe, expect, test } from "bun:test";
import { AppError, type ErrorCode } from "../../src/base/errors.ts";
import { createTestServer, problemIn, QUEUE, READY, STATUS } from "./api-server.ts";

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
      type: "urn:memoferry:problem:unavailable",
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

  test("may take its time", async () => {
    const { admin } = createTestServer({ status: () => Promise.resolve(STATUS) });
    expect((await admin("/api/v1/status")).status).toBe(200);
  });
});

describe("routes", () => {
  test("that do not exist are a 404 problem", async () => {
    const { ask, admin } = createTestServer();
    for (const path of [
      "/",
      "/nothing",
      "/healthz/x",
      "//healthz",
      "/HEALTHZ",
      "/constructor",
      "/__proto__",
    ]) {
      expect((await problemIn(await ask(path))).status).toBe(404);
    }
    for (const path of ["/api/v1", "/api/v1/nothing", "/api/v1/bindings/1/more", "/metrics"]) {
      const response = await admin(path);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect((await problemIn(response)).status).toBe(404);
    }
  });

  test("are found by their method too", async () => {
    const { admin } = createTestServer();
    for (const [method, path] of [
      ["POST", "/healthz"],
      ["PUT", "/api/v1/bindings"],
      ["OPTIONS", "/api/v1/bindings/5"],
    ] as const) {
      expect((await problemIn(await admin(path, { method }))).status).toBe(404);
    }
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

  test("do not say what serves them", async () => {
    const { headers } = await createTestServer().ask("/healthz");
    expect(headers.get("server") ?? headers.get("x-powered-by")).toBeNull();
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

  test("comes to the queue as numbers", async () => {
    const asked: unknown[] = [];
    const updates = { ...QUEUE, list: (...given: unknown[]) => [void asked.push(given)].slice(1) as never[] };
    await createTestServer({ updates }).admin("/api/v1/updates?state=dead&chat_id=-100123&limit=7");
    await createTestServer({ updates }).admin("/api/v1/updates?cursor=12");
    expect(asked).toEqual([
      [
        { state: "dead", chat_id: -100123 },
        { limit: 8, after: null },
      ],
      [
        { state: null, chat_id: null },
        { limit: 51, after: 12 },
      ],
    ]);
  });
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
  const statuses: Record<ErrorCode, number> = {
    invalid: 400,
    unauthorized: 401,
    not_found: 404,
    conflict: 409,
    unprocessable: 422,
    rate_limited: 429,
    unavailable: 503,
    internal: 500,
    key_mismatch: 500,
  };
  for (const [code, status] of Object.entries(statuses) as [ErrorCode, number][]) {
    test(`with the code ${code} are ${status}`, async () => {
      const { admin } = createTestServer({
        status: () => {
          throw new AppError(code, "what went wrong");
        },
      });
      const problem = await problemIn(await admin("/api/v1/status"));
      expect(problem.status).toBe(status);
      expect(problem.type).toBe(`urn:memoferry:problem:${code}`);
      if (code !== "internal") expect(problem.detail).toBe("what went wrong");
    });
  }

  const unknown: [string, unknown][] = [
    ["an error", new TypeError("innards")],
    [
      "an error that looks like Elysia's",
      Object.assign(new Error("innards"), { code: "NOT_FOUND", status: 404 }),
    ],
    ["our own internal error", new AppError("internal", "innards")],
    ["a text", "innards"],
  ];
  for (const [what, thrown] of unknown) {
    test(`tell nothing but log everything when ${what} is thrown`, async () => {
      for (const status of [
        () => {
          throw thrown;
        },
        () => Promise.reject(thrown),
      ]) {
        const { admin, lines } = createTestServer({ status });
        const response = await admin("/api/v1/status?secret=1");
        expect(response.headers.get("cache-control")).toBe("no-store");
        const text = JSON.stringify(await problemIn(response));
        expect(text).toContain("internal");
        expect(text).not.toContain("innards");
        const [line] = lines;
        expect(line).toMatchObject({
          level: "error",
          message: "request failed",
          fields: { method: "GET", path: "/api/v1/status" },
        });
        if (thrown instanceof Error) expect(line?.fields?.["error"]).toBe(thrown);
      }
    });
  }
});
