import { describe, expect, test } from "bun:test";
import { AppError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import { EXPORTED_CHATS } from "../../src/domain/exported.ts";
import type { HttpDeps } from "../../src/http/server.ts";
import type { UpdateRow } from "../../src/http/updates.ts";
import { START } from "../support/clock.ts";
import { ACCESS_TOKEN, ADMIN_TOKEN, BINDING, createTestServer, QUEUE, STATUS } from "./api-server.ts";

const DAY_MS = 86_400_000;

const FAILED: UpdateRow = {
  seq: 7,
  update_id: "8/1",
  source: "telegram",
  kind: "message",
  chat_id: 42,
  message_id: 5,
  received_at: START - 120_000,
  state: "dead",
  outcome: null,
  waiting_for: null,
  attempts: 3,
  reason: "refused_by_memos",
  detail: "Memos says: <b>no</b>",
  memo_name: null,
};
const WAITING: UpdateRow = {
  ...FAILED,
  seq: 8,
  update_id: "9",
  chat_id: -100,
  state: "waiting",
  waiting_for: "memos",
  reason: null,
  detail: null,
};

const IMPORTED: UpdateRow = { ...WAITING, seq: 9, chat_id: EXPORTED_CHATS + 7, waiting_for: null };

const inForm = (fields: Record<string, string>) => ({ method: "POST", body: new URLSearchParams(fields) });
const cookieIn = (answer: Response) => answer.headers.get("set-cookie")?.split(";")[0] ?? "";

/** A server, and a browser that is signed in to it. */
async function signedIn(overrides: Partial<HttpDeps> = {}) {
  const parts = createTestServer(overrides);
  const cookie = cookieIn(await parts.ask("/sign-in", inForm({ token: ADMIN_TOKEN })));
  const browse = (path: string, init: RequestInit = {}) =>
    parts.ask(path, { ...init, headers: { cookie, ...init.headers } });
  const submit = async (path: string, fields: Record<string, string> = {}) => {
    const answer = await browse(path, inForm(fields));
    return { status: answer.status, location: answer.headers.get("location"), text: await answer.text() };
  };
  const page = async () => (await browse("/")).text();
  return { ...parts, cookie, browse, submit, page };
}

/** One who is bound, in memory. */
async function withAlice(overrides: Partial<HttpDeps> = {}) {
  const parts = await signedIn(overrides);
  await parts.send("POST", "/api/v1/bindings", { telegram_id: 42, access_token: ACCESS_TOKEN });
  return parts;
}

const FORMS: [string, Record<string, string>][] = [
  ["/sign-out", {}],
  ["/receive", { mode: "webhook" }],
  ["/retry", { update_id: "7" }],
  ["/retry-all", {}],
  ["/discard", { update_id: "7" }],
  ["/bind", { telegram_id: "42", access_token: ACCESS_TOKEN }],
  ["/unbind", { telegram_id: "42" }],
  ["/invite", { account_of: "" }],
  ["/add-token", { name: "grafana", scope: "metrics", telegram_id: "" }],
  ["/revoke-token", { name: "grafana" }],
];

/** Whatever would change something fails the test. */
const UNTOUCHED: Partial<HttpDeps> = Object.fromEntries(
  ["updates", "bind", "unbind", "invitations", "tokens", "switchTo", "signOuts"].map((name) => [
    name,
    new Proxy(() => undefined, {
      get: (_, method) =>
        method === "count" || method === "list"
          ? () => (method === "count" ? 0 : [])
          : never(`${name}.${String(method)}`),
      apply: () => never(name)(),
    }),
  ]),
);
function never(what: string) {
  return () => {
    throw new Error(`${what} was called`);
  };
}

describe("signing in", () => {
  test("is asked for: the page shows nothing before", async () => {
    const { ask } = createTestServer();
    const answer = await ask("/");
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    expect(answer.headers.get("content-security-policy")).not.toContain("unsafe");
    const text = await answer.text();
    expect(text).toContain('name="token"');
    expect(text).not.toContain("ferry_bot");
    expect(text).not.toContain(STATUS.version);
    expect((await ask("/events")).status).toBe(401);
  });

  test("gives a cookie for scripts of nobody, without the token in it", async () => {
    const { ask } = createTestServer();
    const answer = await ask("/sign-in", inForm({ token: ` ${ADMIN_TOKEN}\n` }));
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "./"]);
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^memoferry_session=[^;]+; Max-Age=604800; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(ADMIN_TOKEN);
    expect(await (await ask("/", { headers: { cookie: `a=b; ${cookieIn(answer)}` } })).text()).toContain(
      "Sign out",
    );
  });

  test("by https gives a cookie for https alone", async () => {
    const { ask } = createTestServer();
    const headers = { origin: "https://ferry.example", host: "ferry.example" };
    const answer = await ask("/sign-in", { ...inForm({ token: ADMIN_TOKEN }), headers });
    expect(answer.headers.get("set-cookie")).toEndWith("; Secure");
  });

  test("with another token fails, and counts with those that the API refuses", async () => {
    const { ask, clock } = createTestServer();
    for (let i = 0; i < 5; i++) {
      await ask("/api/v1/status");
      const answer = await ask("/sign-in", inForm({ token: "wrong" }));
      expect(answer.status).toBe(403);
      expect(answer.headers.get("set-cookie")).toBeNull();
      expect(await answer.text()).toContain("not the admin token");
    }
    await clock.advance(15_000);
    const answer = await ask("/sign-in", inForm({ token: "wrong" }));
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "45"]);
    expect(await answer.text()).toContain("wait 45 s");
    expect((await ask("/api/v1/status")).status).toBe(429);
    expect((await ask("/sign-in", inForm({ token: ADMIN_TOKEN }))).status).toBe(303);
  });

  test("takes little of whoever sends much", async () => {
    const { ask } = createTestServer();
    expect((await ask("/sign-in", inForm({ token: "x".repeat(16 * 1024) }))).status).toBe(413);
    expect((await ask("/sign-in", inForm({ token: "x", more: "y" }))).status).toBe(422);
  });
});

describe("a session", () => {
  const isOpen = async (
    ask: (path: string, init: RequestInit) => Promise<Response> | Response,
    cookie: string,
  ) => (await (await ask("/", { headers: { cookie } })).text()).includes("Sign out");

  test("ends after a week", async () => {
    const { ask, clock, cookie } = await signedIn();
    await clock.advance(7 * DAY_MS - 1);
    expect(await isOpen(ask, cookie)).toBe(true);
    await clock.advance(1);
    expect(await isOpen(ask, cookie)).toBe(false);
  });

  test("ends by signing out, whoever has the cookie", async () => {
    const { ask, browse, cookie } = await signedIn();
    const answer = await browse("/sign-out", { method: "POST" });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "./"]);
    expect(answer.headers.get("set-cookie")).toBe("memoferry_session=; Max-Age=0; HttpOnly; SameSite=Strict");
    expect(await isOpen(ask, cookie)).toBe(false);
  });

  test("is of one admin token, and cannot be made longer", async () => {
    const { ask, cookie } = await signedIn();
    const other = createTestServer({ adminToken: new Secret("another-admin-token") });
    expect(await isOpen(other.ask, cookie)).toBe(false);
    expect(await isOpen(ask, cookie)).toBe(true);
    const [, until = ""] = /=(\d+)\./.exec(cookie) ?? [];
    for (const forged of [
      cookie.replace(until, String(Number(until) + 1)),
      `${cookie}x`,
      cookie.slice(0, -1),
    ]) {
      expect(await isOpen(ask, forged)).toBe(false);
    }
  });
});

describe("forms", () => {
  test("do nothing for who is not signed in", async () => {
    const { ask } = createTestServer(UNTOUCHED);
    for (const [path, fields] of FORMS) {
      const answer = await ask(path, inForm(fields));
      expect([path, answer.status, answer.headers.get("location")]).toEqual([path, 303, "./"]);
    }
  });

  test("do nothing for another page", async () => {
    const { browse } = await signedIn(UNTOUCHED);
    const headers = { "sec-fetch-site": "cross-site", origin: "http://localhost" };
    for (const [path, fields] of FORMS) {
      const { status } = await browse(path, { ...inForm(fields), headers });
      expect([path, status]).toEqual([path, 403]);
    }
  });

  test("are all of those that there are", async () => {
    const { page } = await withAlice({
      updates: { ...QUEUE, list: ({ state }) => (state === "dead" ? [FAILED, FAILED] : []) },
      tokens: TOKENS_OF_ONE,
    });
    const actions = [...(await page()).matchAll(/method="post" action="([^"]+)"/g)].map(
      ([, action]) => `/${action}`,
    );
    expect([...new Set(actions)].sort()).toEqual(FORMS.map(([path]) => path).sort());
  });

  const pages: [string, Record<string, string>, boolean][] = [
    [
      "a browser by https",
      { "sec-fetch-site": "same-origin", origin: "https://a.test", host: "b.test" },
      true,
    ],
    ["what the person typed", { "sec-fetch-site": "none" }, true],
    [
      "a page of a neighbour",
      { "sec-fetch-site": "same-site", origin: "http://x.a.test", host: "a.test" },
      false,
    ],
    ["a browser by http", { origin: "http://192.168.1.5:8081", host: "192.168.1.5:8081" }, true],
    ["another port", { origin: "http://192.168.1.5:80", host: "192.168.1.5:8081" }, false],
    ["a page without an origin", { origin: "null", host: "a.test" }, false],
    ["a proxy", { origin: "http://pi", host: "127.0.0.1:8081", "x-forwarded-host": "pi" }, true],
    ["no browser", { host: "a.test" }, true],
  ];
  test("are taken from pages of ours alone", async () => {
    const { ask } = createTestServer();
    for (const [who, headers, isTaken] of pages) {
      const { status } = await ask("/sign-in", { ...inForm({ token: ADMIN_TOKEN }), headers });
      expect([who, status]).toEqual([who, isTaken ? 303 : 403]);
    }
  });
});

const TOKENS_OF_ONE: HttpDeps["tokens"] = {
  add: () => null,
  list: () => [
    {
      id: 1,
      name: "grafana",
      scope: "metrics",
      telegram_id: null,
      created_at: START,
      used_at: START - DAY_MS,
    },
  ],
  revoke: (name) => name === "grafana",
  find: () => undefined,
};

describe("the page", () => {
  test("shows what the API tells", async () => {
    const { page } = await withAlice({
      status: () => ({
        ...STATUS,
        jobs: { waiting: 1, working: 0, done: 30, dead: 1 },
        last_saved_at: new Date(START - 3_600_000).toISOString(),
      }),
      updates: {
        ...QUEUE,
        list: ({ state }) => (state === "dead" ? [FAILED] : state === "waiting" ? [WAITING, IMPORTED] : []),
      },
      tokens: TOKENS_OF_ONE,
      savedByHour: (hours) => Array.from({ length: hours }, (_, at) => (at === hours - 3 ? 12 : 1)),
    });
    const text = wordsOf(await page());
    for (const words of [
      "1 message failed. Last saved 1 h ago.",
      "Telegram Receiving @ferry_bot By polling since",
      "Memos Reachable Version 0.30.0 http://memos.test",
      "Store Good Disk Good 1.0 GB free",
      "Waiting 1 At work 0 Failed 1 Done 30",
      "Message from Alice, 2 min ago Memos says: <b>no</b> Retry",
      "Message from an export, 2 min ago Queued",
      "Message from the group -100, 2 min ago Waits for Memos, 3 failed tries",
      "Saved in the last 24 hours 35 messages",
      "Alice @alice_t 42 → alice",
      "grafana may read the metrics, used 24 h ago",
    ]) {
      expect(text).toContain(words);
    }
    expect(await page()).toContain('aria-label="Messages saved per hour; most 2 h ago: 12."');
  });

  test("says what is wrong", async () => {
    const { page } = await withAlice({
      status: () => ({
        ...STATUS,
        telegram: { reachable: false, detail: "getUpdates: Conflict" },
        memos: { url: "http://memos.test", version: null, reachable: false, detail: "connection refused" },
        disk: { free_bytes: 1_000_000, taking_updates: false },
      }),
      readiness: () => ({
        store: { ready: false, detail: "disk I/O error" },
        telegram: { ready: false },
        memos: { ready: false },
        disk: { ready: false },
      }),
    });
    const text = wordsOf(await page());
    expect(text).toContain(
      "The database cannot be written. The disk is full. Nothing comes in from Telegram. Memos is not reachable.",
    );
    for (const words of [
      "Not receiving getUpdates: Conflict",
      "Not reachable connection refused",
      "Trouble disk I/O error",
      "Full 1 MB free Nothing is taken in",
    ])
      expect(text).toContain(words);
  });

  test("escapes what people and servers say", async () => {
    const row = { ...FAILED, kind: "<i>", detail: `"><script>alert('&')</script>`, update_id: `"'` };
    const { page } = await withAlice({
      updates: { ...QUEUE, list: ({ state }) => (state === "dead" ? [row] : []) },
    });
    const text = await page();
    expect(text).not.toContain("<i>");
    expect(text).toContain("&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;");
    expect(text).toContain('value="&quot;&#39;"');
  });

  test("does not offer to try again what the API refuses: a notification, and what could not be read", async () => {
    const rows = [
      { ...FAILED, source: "api", kind: "notification", detail: "bot was blocked by the user" } as const,
      { ...FAILED, reason: "unreadable", detail: null },
    ];
    const { page } = await withAlice({
      updates: { ...QUEUE, list: ({ state }) => (state === "dead" ? rows : []) },
    });
    const text = await page();
    expect(wordsOf(text)).toContain("Notification to Alice, 2 min ago bot was blocked by the user Discard");
    expect(text).not.toContain('action="retry"');
  });

  test("says who is whose guest", async () => {
    const rows = [
      { ...BINDING, telegram_id: 42 },
      { ...BINDING, telegram_id: 43, guest_of: 42 },
    ];
    const bindings = { list: () => rows, get: () => undefined, update: () => undefined };
    const words = wordsOf(await (await signedIn({ bindings })).page());
    expect(words).toContain("42 → alice Remove");
    expect(words).toContain("43 → alice, guest of 42 Remove");
  });

  test("shows the beginning of what is long", async () => {
    const rows = Array.from({ length: 21 }, (_, seq) => ({ ...FAILED, seq, update_id: String(seq) }));
    const { page } = await withAlice({
      updates: { ...QUEUE, list: ({ state }, { limit }) => (state === "dead" ? rows.slice(0, limit) : []) },
    });
    const text = await page();
    expect(text.match(/action="retry"/g)?.length).toBe(20);
    expect(text).toContain("These are the first 20");
  });

  test("and what belongs to it is asked for beside it, wherever a proxy has put it", async () => {
    const { ask, page } = await withAlice();
    const text = `${await page()}${await (await ask("/")).text()}`;
    const addresses = [...text.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses.filter((address) => !address?.startsWith("https://t.me/")).sort()).not.toContainEqual(
      expect.stringMatching(/^\/|:/),
    );
    const types = { css: "text/css", svg: "image/svg+xml", js: "text/javascript" };
    for (const name of new Set(addresses.filter((address) => /\.(css|svg|js)$/.test(address ?? "")))) {
      const asset = await ask(`/${name}`);
      const [, ending = ""] = name?.split(".") ?? [];
      expect(asset.headers.get("content-type")).toBe(`${types[ending as "css"]}; charset=utf-8`);
      expect((await asset.text()).length).toBeGreaterThan(100);
    }
  });
});

/** What is read, with one space between. */
const wordsOf = (page: string) =>
  page
    .replace(/<title>.*?<\/title>|<div popover.*?<\/div>/gs, "")
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replace(/\s+/g, " ")
    .replace(/ ([.,])/g, "$1");

describe("a press", () => {
  test("asks the API for what it says", async () => {
    const asked: unknown[] = [];
    const note =
      <Answer>(what: string, answer: Answer) =>
      (...args: unknown[]) => {
        asked.push([what, ...args]);
        return answer;
      };
    const { submit } = await withAlice({
      updates: {
        ...QUEUE,
        get: () => FAILED,
        retry: note("retry", true),
        retryAll: note("retry all", { retried: 1, left: 0 }),
        discard: note("discard", true),
      },
      tokens: { ...TOKENS_OF_ONE, revoke: note("revoke", true) },
      switchTo: note("switch to", Promise.resolve({ mode: "webhook" as const, since: "", reason: "" })),
    });
    for (const [path, fields] of [
      ["/retry", { update_id: "8/1" }],
      ["/retry-all", {}],
      ["/discard", { update_id: "8/1" }],
      ["/revoke-token", { name: "grafana" }],
      ["/receive", { mode: "webhook" }],
    ] as const)
      expect(await submit(path, fields)).toEqual({ status: 303, location: "./", text: "" });
    expect(asked).toEqual([
      ["retry", "8/1"],
      ["retry all"],
      ["discard", "8/1", "admin API"],
      ["revoke", "grafana"],
      ["switch to", "webhook"],
    ]);
  });

  test("that cannot be done is answered in the API's words", async () => {
    const { submit } = await withAlice({
      switchTo: () => Promise.reject(new AppError("conflict", "WEBHOOK_URL is not set")),
    });
    for (const [path, fields, status, words] of [
      ["/retry", { update_id: "7" }, 404, "There is no update 7."],
      ["/receive", { mode: "webhook" }, 409, "WEBHOOK_URL is not set"],
      ["/receive", { mode: "pull" }, 422, "mode must be one of polling, webhook"],
      ["/unbind", { telegram_id: "43" }, 404, "There is no binding of the Telegram user 43."],
      ["/bind", { telegram_id: "x", access_token: "refused" }, 422, "telegram_id must be a positive integer"],
      ["/bind", { telegram_id: "43", access_token: "refused" }, 422, "Memos refused the access token."],
      ["/invite", { account_of: "43" }, 422, "has no access to an account in Memos right now"],
      ["/add-token", { name: "-", scope: "metrics", telegram_id: "" }, 422, "name must be a name of"],
      ["/revoke-token", { name: "kuma" }, 404, "There is no token kuma."],
    ] as const) {
      const answer = await submit(path, fields);
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.text).toContain(`<p class="bad" role="alert">`);
      expect(answer.text).toContain(words);
      expect(answer.text).toContain("Sign out");
    }
  });

  test("binds and unbinds, and no access token is shown", async () => {
    const { submit, page, secrets } = await signedIn();
    const fields = { telegram_id: " 42", access_token: ` ${ACCESS_TOKEN} ` };
    expect(await submit("/bind", fields)).toMatchObject({ status: 303 });
    expect(secrets).toEqual([ACCESS_TOKEN]);
    expect(await page()).toContain("Alice");
    expect(await page()).not.toContain(ACCESS_TOKEN);
    expect(await submit("/unbind", { telegram_id: "42" })).toMatchObject({ status: 303 });
    expect(await page()).toContain("Three steps");
  });

  test("makes an invitation, with its QR code", async () => {
    const shared: unknown[] = [];
    const { submit } = await withAlice({
      invitations: {
        create(accountOf) {
          shared.push(accountOf);
          return { code: "inv_code", expires_at: START };
        },
      },
    });
    for (const account_of of ["", "42"]) {
      const { status, text } = await submit("/invite", { account_of });
      expect(status).toBe(200);
      expect(text).toContain('<a href="https://t.me/ferry_bot?start=inv_code">');
      expect(text).toContain('aria-label="QR code of the link"');
    }
    expect(shared).toEqual([null, 42]);
  });

  test("makes a token, which is shown this once", async () => {
    const made: unknown[] = [];
    const { submit, page } = await withAlice({
      tokens: {
        ...TOKENS_OF_ONE,
        add(name, scope, telegram_id) {
          made.push([name, scope, telegram_id]);
          return { id: 2, name, scope, telegram_id, created_at: START, used_at: null, token: "mft_secret" };
        },
      },
    });
    for (const fields of [
      { name: "kuma", scope: "notify", telegram_id: "" },
      { name: "phone", scope: "capture", telegram_id: "42" },
    ]) {
      const { status, text } = await submit("/add-token", fields);
      expect(status).toBe(200);
      expect(text).toContain('<code class="once">mft_secret</code>');
    }
    expect(made).toEqual([
      ["kuma", "notify", null],
      ["phone", "capture", 42],
    ]);
    expect(await page()).not.toContain("mft_secret");
  });
});

describe("without a binding the page is a guide", () => {
  const guide = async (changed: Partial<typeof STATUS>) => {
    const { page } = await signedIn({ status: () => ({ ...STATUS, ...changed }) });
    return page();
  };

  test("at its beginning", async () => {
    const unknown = { reachable: null, detail: "not asked yet" };
    const text = wordsOf(
      await guide({ bot: null, telegram: unknown, memos: { ...STATUS.memos, ...unknown } }),
    );
    for (const words of ["Telegram is being asked …", "Memos is being asked …", "Once the bot is reached."])
      expect(text).toContain(words);
  });

  test("with the mend of each step", async () => {
    const text = wordsOf(
      await guide({
        telegram: { reachable: false, detail: "Telegram does not know the bot token" },
        memos: { ...STATUS.memos, reachable: false, detail: "connection refused" },
      }),
    );
    for (const words of [
      "Reach the bot Not yet Telegram does not know the bot token",
      "BOT_TOKEN",
      "Reach Memos Not yet connection refused",
      "MEMOS_URL",
      "Once the bot is reached.",
    ])
      expect(text).toContain(words);
  });

  test("at its last step", async () => {
    const text = await guide({});
    expect(text).toContain('<a href="https://t.me/ferry_bot">');
    expect(text).toContain('aria-label="QR code of the link"');
    expect(wordsOf(text)).toContain("Reach the bot Done Messages to @ferry_bot come in. Reach Memos Done");
    expect(text).toContain('action="bind"');
  });
});

describe("events", () => {
  /** Reads one event: its data, or "comment"; null at the end. */
  async function listen(browse: (path: string) => Promise<Response> | Response) {
    const answer = await browse("/events");
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    return async (): Promise<Record<string, string> | "comment" | null> => {
      const { value, done } = (await reader?.read()) ?? { done: true };
      if (done || value === undefined) return null;
      return value.startsWith(":") ? "comment" : JSON.parse(value.slice("data: ".length));
    };
  }

  test("tell each part that has changed, and are never silent for long", async () => {
    let jobs = STATUS.jobs;
    const { browse, clock, page } = await withAlice({ status: () => ({ ...STATUS, jobs }) });
    const next = await listen(browse);
    const first = await next();
    expect(Object.keys(first ?? {})).toEqual([
      "summary",
      "state",
      "messages",
      "chart",
      "people",
      "tokens",
      "forms",
    ]);
    const whole = await page();
    for (const part of Object.values(first ?? {})) expect(whole).toContain(part);
    await clock.asleep();
    jobs = { ...jobs, dead: 1 };
    await clock.advance(1_000);
    const second = (await next()) as Record<string, string>;
    expect(Object.keys(second)).toEqual(["summary", "messages"]);
    expect(second["summary"]).toContain("1 message failed");
    await clock.asleep();
    await clock.advance(15_000);
    expect(await next()).toBe("comment");
  });

  test("are looked for less often where a look takes long", async () => {
    let look = async () => {};
    const { browse, clock } = await withAlice({
      status: async () => {
        await look();
        return STATUS;
      },
    });
    look = () => clock.advance(500);
    const next = await listen(browse);
    await next();
    await clock.asleep();
    expect(clock.pauses).toEqual([10_000]);
  });

  test("end with the session", async () => {
    const { browse, clock } = await withAlice();
    const next = await listen(browse);
    await next();
    await browse("/sign-out", { method: "POST" });
    await clock.asleep();
    await clock.advance(1_000);
    expect(await next()).toBeNull();
  });

  test("end with the server, which waits for nobody, and with the browser", async () => {
    let looks = 0;
    const { server, cookie, clock } = await withAlice({
      status: () => {
        looks += 1;
        return STATUS;
      },
    });
    const { url } = await server.start();
    const leaving = new AbortController();
    const left = await fetch(`${url}/events`, { headers: { cookie }, signal: leaving.signal });
    await left.body?.getReader().read();
    await clock.asleep();
    leaving.abort();
    while (clock.sleepers > 0) await Bun.sleep(1);
    expect(looks).toBe(1);
    const answer = await fetch(`${url}/events`, { headers: { cookie } });
    const reader = answer.body?.getReader();
    await reader?.read();
    await clock.asleep();
    await server.stop();
    expect((await reader?.read())?.done).toBe(true);
  });
});
