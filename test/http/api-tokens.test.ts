import { describe, expect, test } from "bun:test";
import { Elysia } from "elysia";
import { AppError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import { SCOPES, type Scope } from "../../src/domain/scope.ts";
import { requireTokenFor, scopes, tokenGuard } from "../../src/http/auth.ts";
import type { TokenDeps } from "../../src/http/tokens.ts";
import { createTestServer, NAMED_TOKENS, problemIn } from "./api-server.ts";

const bearer = (token: string, method = "GET") => ({ method, headers: { authorization: `Bearer ${token}` } });

describe("a named token", () => {
  /** Behind the guard: routes of each kind, and what each scope is answered by them. */
  function guarded() {
    const app = new Elysia({ aot: true, systemRouter: false })
      .onError(({ error, set }) => {
        set.status = error instanceof AppError && error.code === "forbidden" ? 403 : 401;
        return (error as Error).message;
      })
      .get("/metrics", () => "", { detail: scopes("metrics") })
      .post("/api/v1/messages", () => "", { detail: { summary: "x", ...scopes("notify") } })
      .post("/api/v1/messages/:telegram_id/webhook", () => "", { detail: scopes("notify") })
      .post("/api/v1/memos", () => "", { detail: scopes("capture", "notify") })
      .get("/api/v1/status", () => "")
      .post("/api/v1/messages/:telegram_id/more", () => "")
      .delete("/api/v1/tokens/:name", () => "")
      .post("/api/v1/me/:id", ({ params, request }) => requireTokenFor(Number(params.id), request), {
        detail: scopes("capture"),
      });
    app.use(
      tokenGuard({
        adminToken: new Secret("admin"),
        tokens: { find: (token) => NAMED_TOKENS.find(({ name }) => name === token) },
        routes: app.routes,
        failures: { note: () => null, refuse: () => undefined },
      }),
    );
    return (path: string, token: string, method: string) =>
      app.handle(new Request(`http://localhost${path}`, bearer(token, method)));
  }

  const reached: [string, string, Scope[]][] = [
    ["GET", "/metrics", ["metrics", "read"]],
    ["HEAD", "/metrics", ["metrics", "read"]],
    ["POST", "/metrics", []],
    ["GET", "/metrics/", ["metrics", "read"]],
    ["POST", "/api/v1/messages", ["notify"]],
    ["GET", "/api/v1/messages", ["read"]],
    ["POST", "/api/v1/messages/42/webhook", ["notify"]],
    ["POST", "/api/v1/messages/4/2/webhook", []],
    ["POST", "/x/api/v1/messages", [...SCOPES]],
    ["POST", "/api/v1/messages/42/webhook/more", []],
    ["POST", "/api/v1/messages/42/more", []],
    ["POST", "/api/v1/memos", ["notify", "capture"]],
    ["GET", "/api/v1/status", ["read"]],
    ["DELETE", "/api/v1/tokens/read", []],
    ["GET", "/api/v1/nothing", ["read"]],
  ];
  test.each(reached)(
    "is let through at %s %s where its scope is named: %j",
    async (method, path, allowed) => {
      const ask = guarded();
      const through: Scope[] = [];
      for (const scope of SCOPES) {
        const { status } = await ask(path, scope, method);
        if (status !== 403) through.push(scope);
      }
      expect(through.toSorted()).toEqual(allowed.toSorted());
      expect((await ask(path, "admin", method)).status).not.toBe(403);
    },
  );

  test("of one person does nothing for another", async () => {
    const ask = guarded();
    expect((await ask("/api/v1/me/42", "capture", "POST")).status).toBe(200);
    const refused = await ask("/api/v1/me/43", "capture", "POST");
    expect(refused.status).toBe(403);
    expect(await refused.text()).toBe("The token capture is for the Telegram user 42 alone.");
    expect((await ask("/api/v1/me/43", "admin", "POST")).status).toBe(200);
  });

  test("is told which scope it has where that does not reach", async () => {
    const { ask } = createTestServer();
    const problem = await problemIn(await ask("/api/v1/updates/retry", bearer("read", "POST")));
    expect(problem).toMatchObject({
      type: "/problems#forbidden",
      status: 403,
      detail: "The token read has the scope read, which does not reach this.",
    });
    // Before a body is looked at, and for what is not there.
    const broken = { ...bearer("metrics", "POST"), body: "{" };
    expect((await ask("/api/v1/bindings", broken)).status).toBe(403);
    expect((await ask("/api/v1/nothing", bearer("notify"))).status).toBe(403);
    expect((await ask("/api/v1/status", bearer("read"))).status).toBe(200);
    expect((await ask("/api/v1/tokens", bearer("metrics"))).status).toBe(403);
  });

  test("that is refused does not count as a wrong one; one that nobody knows does", async () => {
    const { ask } = createTestServer();
    for (let i = 0; i < 20; i++)
      expect((await ask("/api/v1/tokens", bearer("metrics", "POST"))).status).toBe(403);
    for (let i = 0; i < 10; i++) expect((await ask("/metrics", bearer("nobody"))).status).toBe(401);
    expect((await ask("/metrics", bearer("nobody"))).status).toBe(429);
    expect((await ask("/api/v1/status", bearer("read"))).status).toBe(200);
  });
});

describe("/api/v1/tokens", () => {
  const row = {
    id: 7,
    name: "phone",
    scope: "capture" as const,
    telegram_id: 42,
    created_at: Date.parse("2026-01-01T00:00:00.000Z"),
    used_at: null,
  };
  const shown = { ...row, id: undefined, created_at: "2026-01-01T00:00:00.000Z" };
  const given: unknown[] = [];
  const tokens: TokenDeps["tokens"] = {
    add(...args) {
      given.push(args);
      return args[0] === "taken" ? null : { ...row, token: "mft_secret" };
    },
    list: () => [row, { ...row, id: 8, used_at: Date.parse("2026-01-02T00:00:00.000Z") }],
    revoke: (name) => name === "phone",
    find: () => undefined,
  };

  test("makes a token, which stands in that answer only", async () => {
    const { admin, send } = createTestServer({ tokens });
    const body = { name: "phone", scope: "capture", telegram_id: 42 };
    const made = await send("POST", "/api/v1/tokens", body);
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe("/api/v1/tokens/phone");
    expect(await made.json()).toEqual({ ...shown, token: "mft_secret" });
    expect(given.at(-1)).toEqual(["phone", "capture", 42]);
    const list = await admin("/api/v1/tokens");
    expect(await list.json()).toEqual({
      items: [shown, { ...shown, used_at: "2026-01-02T00:00:00.000Z" }],
      next: null,
    });
  });

  test.each([
    [{ name: "x", scope: "capture" }, 422],
    [{ name: "x", scope: "read", telegram_id: 42 }, 422],
    [{ name: "x", scope: "all" }, 422],
    [{ name: "x" }, 422],
    [{ name: "a/b", scope: "read" }, 422],
    [{ name: "", scope: "read" }, 422],
    [{ name: "-x", scope: "read" }, 422],
    [{ name: "n".repeat(65), scope: "read" }, 422],
    [{ name: "taken", scope: "read" }, 409],
  ])("refuses %j with %i", async (body, status) => {
    const { send } = createTestServer({ tokens });
    expect((await problemIn(await send("POST", "/api/v1/tokens", body))).status).toBe(status);
  });

  test("revokes one by its name", async () => {
    const { admin } = createTestServer({ tokens });
    const revoke = (name: string) => admin(`/api/v1/tokens/${name}`, { method: "DELETE" });
    expect((await revoke("phone")).status).toBe(204);
    expect((await problemIn(await revoke("nobody"))).detail).toBe("There is no token nobody.");
  });
});
