import { describe, expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { createMemosClient } from "../../src/memos/client.ts";
import { decide, needsProbe } from "../../src/saving/outcome.ts";
import { createTelegramApi } from "../../src/telegram/api.ts";
import { serve, serveMemos, serveRaw, type TestServer, token } from "./memos-client-servers.ts";

/** What came over the wire for one call of a message's work, and what becomes of the message. */
type Becomes = "retry" | "wait for memos" | "wait for telegram" | "ask who-am-I" | "dead";

function outcomeOf(error: unknown, memosAnswers: boolean): Becomes {
  const now = { attempts: 0, snoozes: 0, failingForMs: 0, memosAnswers, random: 1 };
  const outcome = decide(error, now);
  if (outcome.kind === "snooze") return `wait for ${outcome.waiting_for}` as Becomes;
  if (outcome.kind === "token_refused") return "ask who-am-I";
  return outcome.kind === "bury" ? "dead" : "retry";
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers });
const memos = (status: number, code: number, message: string) => json(status, { code, message, details: [] });
const page = (status: number, headers: Record<string, string> = {}) =>
  new Response("<html><body>nginx</body></html>", {
    status,
    headers: { "content-type": "text/html", ...headers },
  });
const HALF = '{"name":"memos/x1","cont';

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  const nothing = Symbol("nothing");
  const failure = await call.then(
    () => nothing,
    (error: unknown) => error,
  );
  if (failure === nothing) throw new Error("it went well");
  return failure;
}

describe("what answers the creation of a memo", () => {
  const create = (url: string) =>
    failureOf(
      createMemosClient({ baseUrl: url, clock: systemClock }).createMemo(token, {
        id: "x1",
        content: "text",
        visibility: "PRIVATE",
        createTime: null,
        attachments: [],
      }),
    );

  /** The outcome while Memos answers otherwise, and while it does not. */
  const cases: [string, () => Response, Becomes, Becomes][] = [
    ["Memos' 400", () => memos(400, 3, "content is bad"), "dead", "dead"],
    ["Memos' 400, too long", () => memos(400, 3, "content too long (max 8192)"), "dead", "dead"],
    ["Memos' 401", () => memos(401, 16, "no"), "ask who-am-I", "ask who-am-I"],
    ["Memos' 403", () => memos(403, 7, "permission denied"), "retry", "wait for memos"],
    ["Memos' 429", () => memos(429, 8, "slow down"), "wait for memos", "wait for memos"],
    ["Memos' 500", () => memos(500, 13, "internal"), "retry", "wait for memos"],
    [
      "Memos' 500, its database locked",
      () => memos(500, 13, "database is locked"),
      "wait for memos",
      "wait for memos",
    ],
    ["a proxy's 302", () => page(302, { location: "https://login.example.org/" }), "retry", "wait for memos"],
    ["a proxy's login page with 200", () => page(200), "retry", "wait for memos"],
    ["a proxy's 401", () => page(401), "retry", "wait for memos"],
    ["a proxy's 403", () => page(403), "retry", "wait for memos"],
    ["a proxy's 404", () => page(404), "retry", "wait for memos"],
    ["a proxy's 413: too long for it", () => page(413), "dead", "dead"],
    ["a proxy's 429", () => page(429, { "retry-after": "7" }), "wait for memos", "wait for memos"],
    ["a proxy's 502", () => page(502), "retry", "wait for memos"],
    ["a gateway's JSON with 503", () => json(503, { error: "no upstream" }), "retry", "wait for memos"],
    ["a gateway's JSON with 200", () => json(200, [1]), "retry", "wait for memos"],
    ["half an answer", () => new Response(HALF), "retry", "wait for memos"],
    ["nothing with 200", () => new Response(null), "retry", "wait for memos"],
  ];
  for (const [what, answer, answers, silent] of cases) {
    test(`${what}: ${answers}, and ${silent} where Memos is away`, async () => {
      await using server = serveMemos((request) =>
        request.method === "POST" ? answer() : memos(404, 5, "memo not found"),
      );
      const error = await create(server.url);
      expect([outcomeOf(error, true), outcomeOf(error, false)]).toEqual([answers, silent]);
      expect(needsProbe(error)).toBe(answers !== silent);
    });
  }

  async function neverThere(url: string): Promise<void> {
    const error = await create(url);
    expect([outcomeOf(error, true), outcomeOf(error, false)]).toEqual(["retry", "wait for memos"]);
    expect(needsProbe(error)).toBe(true);
  }

  test("nothing, at a closed port, under an unknown name, or to TLS that is none", async () => {
    await neverThere("http://127.0.0.1:9");
    await neverThere("http://no-such-host.invalid");
    await using plain = serveMemos(() => memos(500, 13, "x"));
    await neverThere(plain.url.replace("http:", "https:"));
  });

  test("a connection that is cut", async () => {
    await using server = await serveRaw(({ socket }) => socket.destroy());
    await neverThere(server.url);
  });
});

describe("what answers a call to Telegram for a file", () => {
  const getFile = (url: string) =>
    failureOf(
      createTelegramApi({ baseUrl: url, token: new Secret("1:abc"), proxy: null, clock: systemClock }).call(
        "getFile",
        { file_id: "F" },
      ),
    );
  const refused = (error_code: number, description: string) =>
    json(error_code, { ok: false, error_code, description });

  const cases: [string, () => Response, Becomes][] = [
    ["Telegram's 400", () => refused(400, "Bad Request: invalid file_id"), "retry"],
    ["Telegram's 401", () => refused(401, "Unauthorized"), "wait for telegram"],
    ["Telegram's 429", () => refused(429, "Too Many Requests: retry after 5"), "wait for telegram"],
    ["Telegram's 500", () => refused(500, "Internal Server Error"), "wait for telegram"],
    ["a proxy's 302", () => page(302, { location: "https://login.example.org/" }), "wait for telegram"],
    ["a proxy's 403", () => page(403), "wait for telegram"],
    ["a proxy's 413", () => page(413), "wait for telegram"],
    ["a proxy's 429", () => page(429), "wait for telegram"],
    ["a proxy's 502", () => page(502), "wait for telegram"],
    ["a gateway's JSON with 503", () => json(503, { message: "no healthy upstream" }), "wait for telegram"],
    ["a gateway's JSON with 429", () => json(429, { message: "slow down" }), "wait for telegram"],
    ["half an answer", () => new Response('{"ok":true,"res'), "wait for telegram"],
    ["nothing with 200", () => new Response(null), "wait for telegram"],
  ];
  for (const [what, answer, becomes] of cases) {
    test(`${what}: ${becomes}`, async () => {
      await using server: TestServer = serve(answer);
      expect(outcomeOf(await getFile(server.url), true)).toBe(becomes);
    });
  }

  test("nothing, at a closed port, under an unknown name, to TLS that is none, or cut off: wait for telegram", async () => {
    await using cut = await serveRaw(({ socket }) => socket.destroy());
    await using plain = serve(() => page(200));
    for (const url of [
      "http://127.0.0.1:9",
      "http://no-such-host.invalid",
      plain.url.replace("http:", "https:"),
      cut.url,
    ])
      expect(outcomeOf(await getFile(url), true)).toBe("wait for telegram");
  });
});
