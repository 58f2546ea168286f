import { describe, expect, test } from "bun:test";
import { createClients } from "../../src/app/context.ts";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { lineOf } from "../../src/cli/checks/finding.ts";
import { checkMemos } from "../../src/cli/checks/servers.ts";
import { loadConfig } from "../../src/config/config.ts";
import { createMemosClient, type MemosClient } from "../../src/memos/client.ts";
import type { MemosTrouble } from "../../src/memos/errors.ts";
import { startFakeMemos } from "../fakes/memos.ts";
import { createFakeClock } from "../support/clock.ts";
import { startProxy } from "../support/proxy.ts";
import {
  draft,
  rawAnswer,
  serve,
  serveMemos,
  serveRaw,
  token,
  troubleOf,
  until,
} from "./memos-client-servers.ts";

const clientOf = (baseUrl: string) => createMemosClient({ baseUrl, clock: systemClock });
const file = {
  id: "f1",
  filename: "a.bin",
  type: "application/octet-stream",
  size: 3,
  open: async function* () {
    yield new Uint8Array(3);
  },
};

const memosJson = (status: number, code: number, message: string, headers: Record<string, string> = {}) =>
  Response.json({ code, message, details: [] }, { status, headers });
const html = (status: number) =>
  new Response("<html><body>nginx</body></html>", { status, headers: { "Content-Type": "text/html" } });

/** Memos' own JSON, a proxy's page with a status, or something else. */
type Answer = [status: number, code: number, message: string] | number | (() => Response);

function answered(answer: Answer): Response {
  if (typeof answer === "function") return answer();
  return typeof answer === "number" ? html(answer) : memosJson(...answer);
}

type Call = (client: MemosClient) => Promise<unknown>;
const get: Call = (client) => client.getMemo(token, "memos/x1");
const create: Call = (client) => client.createMemo(token, draft);
const upload: Call = (client) => client.createAttachment(token, file);

describe("an answer becomes the kind of trouble it is", () => {
  const cases: [string, Call, Answer, MemosTrouble, RegExp][] = [
    ["401 in Memos' JSON", get, [401, 16, "user not found"], "token_refused", /user not found/],
    [
      "401 of 0.30, JSON as text/plain",
      get,
      () => new Response('{"code": 16, "message": "authentication required"}\n', { status: 401 }),
      "token_refused",
      /access token/,
    ],
    ["401 of a proxy, HTML", get, 401, "not_memos", /sign-in/],
    ["403 in Memos' JSON", get, [403, 7, "permission denied"], "forbidden", /permission denied/],
    ["403 of a proxy", get, 403, "not_memos", /sign-in/],
    ["404 of a missing memo", get, [404, 5, "memo not found"], "not_found", /memo not found/],
    ["404 of an unknown path", get, [404, 5, "Not Found"], "unsupported_version", /another version's API/],
    ["501 of an unknown method", get, [501, 12, "Method Not Allowed"], "unsupported_version", /version/],
    ["404 of a proxy", get, 404, "not_memos", /path prefix/],
    ["409", create, [409, 6, 'memo with ID "x1" already exists'], "exists", /id already/],
    ["400", create, [400, 3, "unexpected EOF"], "invalid", /unexpected EOF/],
    ["400, too long", create, [400, 3, "content too long (max 8192 characters)"], "content_too_long", /8192/],
    ["400, file too large", upload, [400, 3, "file size exceeds the limit"], "file_too_large", /limit/],
    ["400, body too large", upload, [400, 3, "http: request body too large"], "file_too_large", /large/],
    ["413 for a file", upload, 413, "file_too_large", /client_max_body_size/],
    ["413 for a text", create, 413, "content_too_long", /client_max_body_size/],
    [
      "500 for a used attachment id",
      upload,
      [500, 13, "failed to create attachment: UNIQUE constraint failed: attachment.uid (2067)"],
      "exists",
      /id already/,
    ],
    ["500", create, [500, 13, "failed to create memo"], "server", /500\): failed to create memo/],
    ["500 of a locked database", create, [500, 13, "database is locked (5) (SQLITE_BUSY)"], "busy", /busy/],
    ["502 of a proxy", get, 502, "server", /502/],
    ["503", get, [503, 14, "unavailable"], "server", /503/],
    ["408", get, 408, "timeout", /408/],
    ["429", get, [429, 8, "too many"], "busy", /busy/],
    ["200 with an HTML page", get, 200, "not_memos", /MEMOS_URL.*prefix.*sign-in/],
    ["200 with text", get, () => new Response("Service ready."), "not_memos", /not as Memos does/],
    ["200 with a list", get, () => Response.json([1]), "not_memos", /not as Memos does/],
    ["200 with half of its JSON", get, () => new Response('{"name":"memos/x1","con'), "server", /not whole/],
    [
      "200 with another memo",
      get,
      () => Response.json(memo("memos/other")),
      "server",
      /memos\/other.*memos\/x1/,
    ],
    [
      "200 for a create with a generated id",
      create,
      () => Response.json(memo("memos/gEnErAtEd")),
      "server",
      /memos\/x1/,
    ],
    ["200 with no memo", create, () => Response.json({}), "server", /no memo/],
  ];

  test.each(cases)("%s", async (_title, call, answer, kind, text) => {
    await using server = serveMemos(() => answered(answer));
    const error = await troubleOf(call(clientOf(server.url)));
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(text);
  });

  const memo = (name: string) => ({
    name,
    creator: "users/alice",
    visibility: "PRIVATE",
    createTime: "2024-01-01T00:00:00Z",
  });

  test("status and the wait asked for are kept", async () => {
    await using server = serveMemos(() => memosJson(429, 8, "later", { "Retry-After": "17" }));
    const error = await troubleOf(get(clientOf(server.url)));
    expect(error).toMatchObject({ status: 429, retryAfterMs: 17_000 });
  });

  test("a wait asked for as a date counts from now", async () => {
    const clock = createFakeClock();
    const date = new Date(clock.now() + 90_000).toUTCString();
    await using server = serveMemos(
      () => new Response("", { status: 503, headers: { "Retry-After": date } }),
    );
    const error = await troubleOf(get(createMemosClient({ baseUrl: server.url, clock })));
    expect(error).toMatchObject({ kind: "server", retryAfterMs: 90_000 });
  });

  test("an instance that allows no public memos says so in a way of its own", async () => {
    await using server = serveMemos(() =>
      memosJson(403, 7, "disable public memos system setting is enabled"),
    );
    const error = await troubleOf(clientOf(server.url).createMemo(token, { ...draft, visibility: "PUBLIC" }));
    expect(error).toMatchObject({ kind: "forbidden", reason: "public_disallowed" });
  });

  test("a server that quotes the token does not bring it into the error, nor endless words", async () => {
    await using server = serveMemos(() =>
      memosJson(400, 3, `bad header Bearer ${token.reveal()}\n${"x".repeat(9999)}`),
    );
    const error = await troubleOf(get(clientOf(server.url)));
    expect(error.message).toContain("Bearer [redacted] xxx");
    expect(error.message.length).toBeLessThan(500);
  });

  test("keeps its words whole where what is offered as a token is a short one, which stands in them", async () => {
    await using server = serveMemos(() => memosJson(401, 16, "authentication required"));
    const error = await troubleOf(clientOf(server.url).whoAmI(new Secret("t")));
    expect(error.message).toContain("authentication required");
  });
});

describe("a redirect", () => {
  test.each([301, 302, 303, 307, 308])(
    "%i in the middle of the work carries no token away",
    async (status) => {
      let followed = 0;
      await using target = serve(() => {
        followed++;
        return Response.json({});
      });
      await using server = serveMemos(() => {
        return new Response(null, {
          status,
          headers: { Location: `${target.url}/elsewhere?next=${token.reveal()}` },
        });
      });
      for (const call of [get, create, upload]) {
        const error = await troubleOf(call(clientOf(server.url)));
        expect(error.kind).toBe("not_memos");
        expect(error.message).toContain(`redirects to ${target.url}/elsewhere: set MEMOS_URL`);
      }
      expect(followed).toBe(0);
    },
  );
});

describe("a sign-in before Memos", () => {
  const SECRET = "the-gate-is-open";
  const clientWith = (baseUrl: string, headers: string | undefined) =>
    createClients(
      loadConfig({
        BOT_TOKEN: "123456789:AAFabcdefghijklmnopqrstuvwxyz01234",
        MEMOS_URL: baseUrl,
        MEMOS_HEADERS: headers,
      }),
      systemClock,
    ).memos;
  const refusals: [string, () => Response, RegExp][] = [
    [
      "basic auth",
      () => new Response("no", { status: 401, headers: { "WWW-Authenticate": 'Basic realm="x"' } }),
      /\(401, it asks for a login by Basic\)/,
    ],
    [
      "Cloudflare Access",
      () =>
        Response.redirect(
          "https://team.cloudflareaccess.com/cdn-cgi/access/login/memos.example.com?kid=1&x=2",
        ),
      /\(it redirects to https:\/\/team\.cloudflareaccess\.com\/cdn-cgi\/access\/login\/memos\.example\.com\)/,
    ],
    ["a service token that it does not take", () => html(403), /\(it answers 403\)/],
    [
      "Authelia",
      () => Response.redirect("https://auth.example.com/?rd=https%3A%2F%2Fmemos.example.com%2F"),
      /\(it redirects to https:\/\/auth\.example\.com\/\)/,
    ],
    [
      "a page with a form",
      () => new Response('<html><form><input name="p" type="password"></form>'),
      /\(it answers with a page that asks for a password\)/,
    ],
  ];
  for (const [what, refuse, how] of refusals) {
    test(`such as ${what} is told from Memos, and every call gets past it with MEMOS_HEADERS`, async () => {
      const fake = await startFakeMemos();
      await using gate = startProxy(fake.url, (forward, request) =>
        request.headers.get("x-gate") === SECRET && request.headers.get("x-two") === "2"
          ? forward()
          : refuse(),
      );
      try {
        const alone = clientWith(gate.url, undefined);
        const [line] = await lineOf("memos", () =>
          checkMemos({ memosUrl: gate.url, memosPublicUrl: "https://memos.example.com" }, alone),
        );
        expect(line?.status).toBe("fail");
        expect(line?.detail).toMatch(/^a login page stands before Memos at .* set MEMOS_HEADERS/);
        expect(line?.detail).toMatch(how);
        const client = clientWith(gate.url, `X-Gate: ${SECRET}, X-Two: 2`);
        const token = new Secret(fake.addUser("alice").token);
        await client.whoAmI(token);
        const { name } = await client.createAttachment(token, file);
        const memo = await client.createMemo(token, { ...draft, attachments: [name] });
        const [stored] = memo.attachments;
        if (!stored) throw new Error("no file");
        expect(Buffer.concat(await Array.fromAsync(client.download(token, stored)))).toHaveLength(3);
      } finally {
        await fake.stop();
      }
    });
  }

  test("does not bring the headers into an error, whatever it repeats of them", async () => {
    await using server = serveMemos(() => memosJson(400, 3, `bad ${SECRET}`));
    const error = await troubleOf(get(clientWith(server.url, `X-Gate: ${SECRET}`)));
    expect(error.message).toContain("bad [redacted]");
    expect(`${error.message}${error.stack}${Bun.inspect(error)}`).not.toContain(SECRET);
  });
});

describe("the network", () => {
  test("nobody listening is unreachable", async () => {
    const server = serve(() => new Response());
    await server[Symbol.asyncDispose]();
    const error = await troubleOf(clientOf(server.url).info());
    expect(error.kind).toBe("unreachable");
    expect(error.message).toContain(server.url);
  });

  test("an unknown host is unreachable, and named", async () => {
    const error = await troubleOf(clientOf("http://memos.invalid").info());
    expect(error.kind).toBe("unreachable");
    expect(error.message).toMatch(/http:\/\/memos\.invalid .*host name is not found/);
  });

  test("https where http is spoken says so", async () => {
    await using server = serve(() => new Response());
    const error = await troubleOf(clientOf(server.url.replace("http:", "https:")).info());
    expect(error.kind).toBe("unreachable");
    expect(error.message).toContain("http:// instead of https://");
  });

  test("http where https is spoken says so", async () => {
    await using server = serve(
      () => new Response("Client sent an HTTP request to an HTTPS server.\n", { status: 400 }),
    );
    const error = await troubleOf(clientOf(server.url).info());
    expect(error.kind).toBe("not_memos");
    expect(error.message).toContain("https://");
  });

  test.each([
    ["ERR_TLS_CERT_ALTNAME_INVALID", /this name/],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", /SSL_CERT_FILE or NODE_EXTRA_CA_CERTS/],
    ["ECONNRESET", /failed \(ECONNRESET\)/],
    ["", /failed$/],
  ])("of what fetch throws only the code %j reaches the error", async (code, text) => {
    const failing = async () => {
      throw Object.assign(new TypeError(token.reveal()), { code, path: token.reveal() });
    };
    const fetch = Object.assign(failing, { preconnect: globalThis.fetch.preconnect });
    const client = createMemosClient({ baseUrl: "https://memos.home", clock: systemClock, fetch });
    const error = await troubleOf(client.info());
    expect(error.kind).toBe("unreachable");
    expect(error.message).toMatch(text);
  });

  test("a lost answer is unreachable: what was asked may have been done", async () => {
    await using lost = await serveRaw(({ socket }) => socket.destroy());
    const error = await troubleOf(clientOf(lost.url).info());
    expect(error.kind).toBe("unreachable");
  });

  test("an answer that breaks off is the server's trouble", async () => {
    await using server = await serveRaw(({ socket }) => {
      socket.end(rawAnswer("200 OK", "x".repeat(100)).slice(0, -50));
    });
    const error = await troubleOf(clientOf(server.url).info());
    expect(error.kind).toBe("server");
  });

  test("a server that never answers is given up after 30 seconds", async () => {
    const clock = createFakeClock();
    await using server = await serveRaw(() => {});
    const failed = troubleOf(createMemosClient({ baseUrl: server.url, clock }).info());
    await until(() => (server.connections[0]?.received ?? 0) > 0);
    await clock.advance(29_999);
    await clock.advance(1);
    const error = await failed;
    expect(error.kind).toBe("timeout");
    expect(error.message).toContain("30 seconds");
    // Which Memos it is is not known yet: some do not bear that the connection is closed.
    await clock.advance(110_000);
    await until(() => server.connections[0]?.gone === true);
    expect(clock.sleepers).toBe(0);
  });

  test.each([
    ["0.25.2", 120_000, "slow_text"],
    ["0.25.3", 30_000, undefined],
  ] as const)("a text on %s is given up after %d ms", async (version, limitMs, reason) => {
    const clock = createFakeClock();
    let asked = false;
    await using server = serve((request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/profile")) return Response.json({ version });
      if (request.method === "GET") return Response.json({});
      asked = true;
      return new Promise<Response>(() => undefined);
    });
    let ended = false;
    const failed = troubleOf(createMemosClient({ baseUrl: server.url, clock }).createMemo(token, draft));
    failed.finally(() => {
      ended = true;
    });
    await until(() => asked);
    await clock.advance(limitMs - 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    await clock.advance(1);
    expect(await failed).toMatchObject({ kind: "timeout", reason });
  });

  test("the caller's signal ends a call, and the connection with it", async () => {
    const asked = Promise.withResolvers<void>();
    const cut = Promise.withResolvers<void>();
    await using server = serveMemos((request) => {
      request.signal.addEventListener("abort", () => cut.resolve());
      asked.resolve();
      return new Promise<Response>(() => {});
    });
    const controller = new AbortController();
    const failed = troubleOf(clientOf(server.url).getMemo(token, "memos/x1", controller.signal));
    await asked.promise;
    controller.abort();
    expect((await failed).kind).toBe("aborted");
    await cut.promise;
  });

  test("a signal that aborted before sends nothing", async () => {
    let asked = 0;
    await using server = serveMemos(() => {
      asked++;
      return new Response();
    });
    const client = clientOf(server.url);
    await client.info();
    for (const call of [
      () => client.getMemo(token, "memos/x1", AbortSignal.abort()),
      () => client.createAttachment(token, file, AbortSignal.abort()),
      () => client.info(AbortSignal.abort()),
    ]) {
      expect((await troubleOf(call())).kind).toBe("aborted");
    }
    expect(asked).toBe(0);
  });
});

describe("what Memos would take in silence is refused before it is sent", () => {
  const refused: [string, Call][] = [
    ["an empty memo", (client) => client.createMemo(token, { ...draft, content: " \n" })],
    ["an empty comment", (client) => client.createComment(token, "memos/x1", { ...draft, content: "" })],
    ["a name that leads elsewhere", (client) => client.deleteMemo(token, "memos/../users/alice")],
    ["a name of another collection", (client) => client.getMemo(token, "attachments/f1")],
    ["an attachment without its collection", (client) => client.setAttachments(token, "memos/x1", ["f1"])],
    ["an account that leads elsewhere", (client) => client.defaultVisibility(token, "users/..")],
    [
      "a time that is none",
      (client) => client.createMemo(token, { ...draft, createTime: new Date("yesterday") }),
    ],
    ["a token with a line break", (client) => client.whoAmI(new Secret(`${token.reveal()}\nX: y`))],
    ["an empty token", (client) => client.whoAmI(new Secret(""))],
  ];

  test.each(refused)("%s", async (_title, call) => {
    let asked = 0;
    await using server = serveMemos(() => {
      asked++;
      return new Response();
    });
    expect((await troubleOf(call(clientOf(server.url)))).kind).toBe("invalid");
    expect(asked).toBe(0);
  });
});
