import { afterAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MINIFY } from "../../.ci/minify.ts";
import { ACCESS_TOKEN, ADMIN_TOKEN, createTestServer } from "./api-server.ts";

// Elysia decides by the source text of handlers what it gives them. The executable is minified, so its text differs,
// and it compiles a handler for each route and schema.

const folder = await mkdtemp(join(tmpdir(), "memoferry-http-"));
afterAll(() => rm(folder, { recursive: true }));

test("the minified server answers as the readable one does", async () => {
  const { success, outputs } = await Bun.build({
    entrypoints: [join(import.meta.dir, "../../src/http/server.ts")],
    target: "bun",
    minify: MINIFY,
    outdir: folder,
  });
  expect(success).toBe(true);
  const minified = (await import(outputs[0]?.path ?? "")) as typeof import("../../src/http/server.ts");

  const binding = { telegram_id: 42, access_token: ACCESS_TOKEN };
  const batch = { telegram_id: 42, chat: "user42", folder: "/export" };
  const steps: [string, string, unknown?][] = [
    ["POST", "/api/v1/bindings", binding],
    ["POST", "/api/v1/bindings", { ...binding, telegram_id: 43 }],
    ["POST", "/api/v1/bindings", { telegram_id: 0, extra: 1 }],
    ["POST", "/api/v1/bindings", "{"],
    ["GET", "/api/v1/bindings?limit=1"],
    ["GET", "/api/v1/bindings?limit=0"],
    ["GET", "/api/v1/bindings?limit=1&cursor=42"],
    ["GET", "/api/v1/bindings?cursor=x&limit=x&page=2"],
    ["HEAD", "/api/v1/bindings?limit=1"],
    ["PATCH", "/api/v1/bindings/42", { tags: ["a"] }],
    ["GET", "/api/v1/bindings/42"],
    ["DELETE", "/api/v1/bindings/42"],
    ["DELETE", "/api/v1/bindings/42x"],
    ["PUT", "/api/v1/bindings/42"],
    ["GET", "/api/v1/chats?limit=1"],
    ["GET", "/api/v1/chats?limit=x"],
    ["PATCH", "/api/v1/chats/-4812345678", { confirmation: null }],
    ["PATCH", "/api/v1/chats/-4812345678", { mode: "all", telegram: 1 }],
    ["GET", "/problems"],
    ["GET", "/openapi/json"],
    ["POST", "/api/v1/imports", { ...batch, messages: [{ message_id: 1, date: 2, text: "x", photo: [] }] }],
    ["POST", "/api/v1/imports", { ...batch, messages: [{ message_id: 1.5 }], more: 1 }],
    ["GET", "/api/v1/imports/42"],
    ["POST", "/api/v1/invitations"],
    ["POST", "/api/v1/invitations", { account_of: 42 }],
    ["POST", "/api/v1/invitations", { account_of: 0 }],
    ["GET", "/api/v1/invitations"],
    ["GET", "/api/v1/updates?state=dead&chat_id=-5"],
    ["GET", "/api/v1/updates?state=deaf&chat_id=x"],
    ["GET", "/api/v1/updates/7"],
    ["POST", "/api/v1/updates/retry"],
    ["POST", "/api/v1/updates/7/retry"],
    ["DELETE", "/api/v1/updates/7"],
    ["POST", "/api/v1/tokens", { name: "x", scope: "read" }],
    ["POST", "/api/v1/tokens", { name: "x", scope: "all" }],
    ["GET", "/api/v1/tokens"],
    ["DELETE", "/api/v1/tokens/x"],
    ["POST", "/api/v1/receive", { mode: "webhook" }],
    ["POST", "/api/v1/memos", { telegram_id: 42, content: "x" }],
    ["POST", "/api/v1/memos", { telegram_id: "me", files: ["x"] }],
    ["GET", "/capture"],
    ["POST", "/api/v1/messages", { telegram_id: 42, text: "x" }],
    ["POST", "/api/v1/messages", { chat_id: "x", buttons: [{}] }],
    ["GET", "/api/v1/messages/api-2"],
    ["POST", "/api/v1/messages/7/webhook", { msg: "x" }],
    ["POST", "/api/v1/messages/7/webhook", []],
    ["POST", "/api/v1/receive", { mode: "pull" }],
    ["POST", "/telegram/webhook", {}],
    ["POST", "/memos/webhook/ring-ring", { memo: { name: "memos/a" } }],
    ["POST", "/memos/webhook/ring-ring", []],
    ["POST", "/memos/webhook/wrong", { memo: {} }],
    ["GET", "/api/v1/status"],
    ["GET", "/api/v1/nothing"],
    ["GET", "/metrics"],
    ["GET", "/readyz"],
    ["HEAD", "/healthz"],
    ["GET", "/"],
    ["GET", "/dashboard.js"],
    ["GET", "/events"],
  ];
  const forms: [string, Record<string, string>][] = [
    ["/retry", { update_id: "7" }],
    ["/bind", { telegram_id: "42", access_token: ACCESS_TOKEN }],
    ["/bind", { telegram_id: "0", access_token: ACCESS_TOKEN }],
    ["/bind", { telegram_id: "42", other: "field" }],
    ["/invite", { account_of: "42" }],
    ["/receive", { mode: "webhook" }],
    ["/sign-out", {}],
    ["/", {}],
  ];
  const run = async ({ admin, send, ask }: ReturnType<typeof createTestServer>) => {
    const answers = [await ask("/api/v1/status")];
    for (const [method, path, body] of steps) {
      answers.push(await (body === undefined ? admin(path, { method }) : send(method, path, body)));
    }
    const body = new URLSearchParams({ token: ADMIN_TOKEN });
    const signedIn = await ask("/sign-in", { method: "POST", body });
    const cookie = signedIn.headers.get("set-cookie") ?? "";
    answers.push(signedIn, await ask("/", { headers: { cookie } }));
    for (const [path, fields] of forms) {
      const form = { method: "POST", body: new URLSearchParams(fields), headers: { cookie } };
      answers.push(await ask(path, form));
    }
    const whole = answers.map(async ({ status, headers }, at) => {
      // Made anew for each.
      headers.set("x-request-id", String(headers.get("x-request-id")?.length));
      return [status, [...headers], await answers[at]?.text()];
    });
    return Promise.all(whole);
  };
  expect(await run(createTestServer({}, minified.createHttpServer))).toEqual(await run(createTestServer()));
});
