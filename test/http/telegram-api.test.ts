import { afterAll, describe, expect, test } from "bun:test";
import { Secret } from "../../src/base/secret.ts";
import { createTelegramApi } from "../../src/telegram/api.ts";
import { isTelegramError, type TelegramError, type TelegramTrouble } from "../../src/telegram/errors.ts";
import { createFakeClock, START } from "../support/clock.ts";

const TOKEN = "6912873450:AAsecretsecretsecretsecretsecret";

let answer = () => new Response();
const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => answer() });
afterAll(() => server.stop(true));

const page = (status: number, headers: Record<string, string> = {}) =>
  new Response("<html><h1>nginx</h1></html>", {
    status,
    headers: { "content-type": "text/html", ...headers },
  });
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers });
const refused = (error_code: number, description: string, parameters?: object) =>
  json({ ok: false, error_code, description, ...(parameters && { parameters }) }, error_code);

function apiAt(baseUrl: string, doFetch = fetch) {
  const clock = createFakeClock();
  const api = createTelegramApi({ baseUrl, token: new Secret(TOKEN), proxy: null, clock, fetch: doFetch });
  return { clock, api };
}

async function troubleOf(baseUrl: string, doFetch?: typeof fetch): Promise<TelegramError> {
  const { api } = apiAt(baseUrl, doFetch);
  const error = await api.call("sendMessage", { chat_id: 1, text: "x" }).then(
    (result) => new Error(`it went well: ${JSON.stringify(result)}`),
    (failure: unknown) => failure,
  );
  if (!isTelegramError(error)) throw error;
  expect(`${error.message} ${JSON.stringify(error)} ${error.stack}`).not.toContain(TOKEN);
  const isRefusedToken = error.kind === "bad_token";
  expect(api.reachable()).toBe(!isRefusedToken && (error.kind !== "unreachable" || error.answered));
  expect(api.tokenTrouble()).toBe(isRefusedToken ? error.message : null);
  return error;
}

test("a 500 of the Bot API itself says that Telegram can be called, a proxy's does not", async () => {
  answer = () => refused(500, "Internal Server Error");
  expect(await troubleOf(server.url.href.slice(0, -1))).toMatchObject({
    kind: "unreachable",
    answered: true,
  });
  answer = () => page(502);
  expect(await troubleOf(server.url.href.slice(0, -1))).toMatchObject({
    kind: "unreachable",
    answered: false,
  });
});

describe("what answers a call", () => {
  const cases: [string, () => Response, TelegramTrouble, number?][] = [
    ["Telegram's 400", () => refused(400, "Bad Request: chat not found"), "refused"],
    ["Telegram's 401", () => refused(401, "Unauthorized"), "bad_token"],
    ["Telegram's 403", () => refused(403, "Forbidden: bot was blocked by the user"), "refused"],
    ["Telegram's 404 to a malformed token", () => refused(404, "Not Found"), "bad_token"],
    ["Telegram's 404 to an unknown method", () => refused(404, "Not Found: method not found"), "refused"],
    ["Telegram's 409", () => refused(409, "Conflict: terminated by other getUpdates request"), "conflict"],
    ["Telegram's 429", () => refused(429, "Too Many Requests", { retry_after: 7 }), "throttled", 7_000],
    ["Telegram's 500", () => refused(500, "Internal Server Error"), "unreachable"],
    ["a gateway's JSON with 503", () => json({ message: "no healthy upstream" }, 503), "unreachable"],
    [
      "a gateway's JSON with 429",
      () => json({ error: "slow down" }, 429, { "retry-after": "3" }),
      "throttled",
      3_000,
    ],
    ["a gateway's JSON that says ok: false, without a code", () => json({ ok: false }, 502), "unreachable"],
    ["a proxy's page with 302", () => page(302, { location: "https://login.example.org/" }), "unreachable"],
    ["a proxy's page with 403", () => page(403), "unreachable"],
    ["a proxy's page with 429", () => page(429, { "retry-after": "60" }), "throttled", 60_000],
    ["a proxy's page with 502", () => page(502), "unreachable"],
    ["a login page with 200", () => page(200), "unreachable"],
    ["nothing with 200", () => new Response(null), "unreachable"],
    ["null", () => json(null), "unreachable"],
    ["ok without a result", () => json({ ok: true }), "unreachable"],
    ["half an answer", () => new Response('{"ok":true,"result":{"mess'), "unreachable"],
  ];
  for (const [what, given, kind, retryAfterMs] of cases) {
    test(`${what} is ${kind}`, async () => {
      answer = given;
      const error = await troubleOf(server.url.origin);
      expect(error.kind).toBe(kind);
      expect(error.retryAfterMs).toBe(retryAfterMs as number);
      // It may have been done, as far as anybody knows.
      expect(error.surelyNotDone).toBe(false);
    });
  }

  test("as the Bot API does is the result", async () => {
    answer = () => json({ ok: true, result: { message_id: 5 } });
    const { api } = apiAt(server.url.origin);
    expect(api.reachable()).toBe(false);
    expect(await api.call("sendMessage", { chat_id: 1, text: "x" })).toEqual({ message_id: 5 } as never);
    expect(api.reachable()).toBe(true);
  });
});

describe("a connection that never was", () => {
  for (const [what, url] of [
    ["a closed port", "http://127.0.0.1:9"],
    ["a name that is not found", "http://no-such-host.invalid"],
    ["a closed port behind TLS", "https://127.0.0.1:9"],
  ]) {
    test(`${what}: nothing was done`, async () => {
      expect(await troubleOf(url ?? "")).toMatchObject({ kind: "unreachable", surelyNotDone: true });
    });
  }

  for (const [code, surelyNotDone] of [
    ["EHOSTUNREACH", true],
    ["EHOSTDOWN", true],
    ["ENETUNREACH", true],
    ["EAI_AGAIN", true],
    ["ECONNRESET", false],
    ["ETIMEDOUT", false],
  ] as const) {
    test(`${code}: ${surelyNotDone ? "nothing was done" : "it may have been done"}`, async () => {
      const lost = Object.assign(new Error(`${TOKEN} is in the URL`), { code });
      const failing = Object.assign(() => Promise.reject(lost), fetch);
      expect(await troubleOf("http://127.0.0.1:9", failing)).toMatchObject({
        kind: "unreachable",
        surelyNotDone,
      });
    });
  }

  test("TLS with somebody else's certificate is trouble that people can read", async () => {
    const error = await troubleOf(server.url.origin.replace("http:", "https:"));
    expect(error).toMatchObject({ kind: "unreachable" });
    expect(error.message).toStartWith("sendMessage: no connection to Telegram (");
  });
});

describe("Telegram's time", () => {
  const date = (time: number) => ({ date: new Date(time).toUTCString() });

  test("is that of its last answer, a refusal too, and goes on from there", async () => {
    const { api, clock } = apiAt(server.url.origin);
    expect(api.time()).toBeNull();
    answer = () => json({ ok: true, result: true }, 200, date(START + 60_000));
    await api.call("deleteWebhook", {});
    expect(api.time()).toBe(START + 60_000);
    await clock.advance(5_000);
    clock.set(0);
    expect(api.time()).toBe(START + 65_000);
    answer = () => json({ ok: false, error_code: 400, description: "no" }, 400, date(START));
    await api.call("deleteWebhook", {}).catch(() => undefined);
    expect(api.time()).toBe(START);
  });

  test("is not a proxy's", async () => {
    const { api } = apiAt(server.url.origin);
    answer = () => page(502, date(START));
    await api.call("deleteWebhook", {}).catch(() => undefined);
    expect(api.time()).toBeNull();
  });
});
