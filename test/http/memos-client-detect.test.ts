import { describe, expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { createMemosClient } from "../../src/memos/client.ts";
import { createFakeClock } from "../support/clock.ts";
import { serve, type TestServer, token, troubleOf } from "./memos-client-servers.ts";

const memosJson = (status: number, code: number, message: string) =>
  Response.json({ code, message, details: [] }, { status });
const notFound = () => memosJson(404, 5, "Not Found");
const noUser = () => memosJson(401, 16, "user not authenticated");

type Paths = Record<string, () => Response>;

/** A server that knows these paths and answers others as a Memos from 0.22 on. */
function knowing(paths: Paths, other: () => Response = notFound): TestServer & { asked: string[] } {
  const asked: string[] = [];
  const server = serve((request) => {
    const { pathname } = new URL(request.url);
    asked.push(`${request.method} ${pathname}`);
    return (paths[pathname] ?? other)();
  });
  return { ...server, asked };
}

const PROFILE = "/api/v1/instance/profile";
const LIMIT = "/api/v1/instance/settings/MEMO_RELATED";
const ME = "/api/v1/auth/me";
const memos = (version: string, more: Paths = {}, instanceUrl = ""): Paths => ({
  [PROFILE]: () => Response.json({ version, demo: false, instanceUrl, admin: null }),
  [LIMIT]: () => Response.json({ memoRelatedSetting: { contentLengthLimit: 8192 } }),
  [ME]: noUser,
  ...more,
});
const tooOld = (version: string) =>
  `This Memos is ${version}; memoferry needs 0.22.3 to 0.22.5, or 0.23.1 and newer: please upgrade`;
const infoOf = ({ url }: TestServer) => createMemosClient({ baseUrl: url, clock: systemClock }).info();

describe("a version it serves", () => {
  test.each(["0.26.0", "0.26.2", "0.27.1", "0.28.0", "0.29.1", "0.30.0", "0.30.0-rc.1", "v0.28.0", "0.27"])(
    "%s",
    async (version) => {
      await using server = knowing(memos(version));
      const info = await infoOf(server);
      expect(info).toMatchObject({ version, instanceUrl: null, contentLimitBytes: 8192 });
      expect(info).not.toHaveProperty("note");
      expect(server.asked).toEqual([`GET ${PROFILE}`, `GET ${LIMIT}`]);
    },
  );

  test.each(["0.31.0", "0.100.2", "1.0.0"])(
    "%s is newer: treated as the newest, and noted",
    async (version) => {
      await using server = knowing(memos(version));
      const info = await infoOf(server);
      expect(info.tokens).toBe("pat");
      expect(info.note).toContain(`"${version}", newer than memoferry knows`);
    },
  );

  test.each([
    ["0.25.3", "instance"],
    ["0.25.2", "workspace"],
    ["0.25.0", "workspace"],
    ["0.24.4", "workspace"],
    ["0.24.0", "workspace"],
    ["0.23.1", "workspace"],
    ["0.22.5", "workspace"],
    ["0.22.3", "workspace"],
  ])("%s", async (version, home) => {
    const profile = `/api/v1/${home}/profile`;
    const limit = `/api/v1/${home}/settings/MEMO_RELATED`;
    await using server = knowing({
      [profile]: () => Response.json({ owner: "users/1", version, mode: "prod", instanceUrl: "" }),
      [limit]: () => Response.json({ memoRelatedSetting: { contentLengthLimit: 9000 } }),
    });
    expect(await infoOf(server)).toMatchObject({ version, contentLimitBytes: 9000 });
    const asked = [`GET ${PROFILE}`, `GET ${profile}`, `GET ${limit}`];
    expect(server.asked).toEqual([...new Set(asked)]);
  });

  test.each(["dev", "", "nightly"])(
    "%j cannot be read: treated as the newest, and noted",
    async (version) => {
      await using server = knowing(memos(version));
      const info = await infoOf(server);
      expect(info).toMatchObject({ version, tokens: "pat", serverNames: { memos: false } });
      expect(info.note).toBe(`This Memos is "${version}", newer than memoferry knows: it is treated as 0.30`);
      expect(server.asked).toEqual([`GET ${PROFILE}`, `GET ${LIMIT}`]);
    },
  );

  test("the instance URL is given without its slash", async () => {
    await using server = knowing(memos("0.30.0", {}, "https://memos.example/notes/"));
    expect((await infoOf(server)).instanceUrl).toBe("https://memos.example/notes");
  });
});

describe("the content limit", () => {
  const limitOf = async (answer: () => Response) => {
    await using server = knowing(memos("0.30.0", { [LIMIT]: answer }));
    return (await infoOf(server)).contentLimitBytes;
  };

  test.each([
    [Response.json({ memoRelatedSetting: { contentLengthLimit: 16384 } }), 16384],
    // Smaller settings are shown but not applied.
    [Response.json({ memoRelatedSetting: { contentLengthLimit: 100 } }), 8192],
    [Response.json({}), 8192],
    [noUser(), 8192],
    [notFound(), 8192],
  ])("is the server's, and never under 8192", async (answer, expected) => {
    expect(await limitOf(() => answer)).toBe(expected);
  });

  test("is not guessed from a server in trouble: the guess would hold a while", async () => {
    await using server = knowing(memos("0.30.0", { [LIMIT]: () => new Response("", { status: 502 }) }));
    expect((await troubleOf(infoOf(server))).kind).toBe("server");
  });
});

describe("a server it does not serve", () => {
  test("0.21 and older is told to upgrade, and to what", async () => {
    const paths = { "/api/v1/status": () => Response.json({ profile: { version: "0.21.0" } }) };
    await using server = knowing(paths);
    expect(await troubleOf(infoOf(server))).toMatchObject({
      kind: "unsupported_version",
      message: tooOld("0.21.0"),
    });
  });

  test.each(["0.22.0", "0.22.2", "0.23.0", "0.23.0-rc.3"])("so is %s", async (version) => {
    await using server = knowing({ "/api/v1/workspace/profile": () => Response.json({ version }) });
    expect(await troubleOf(infoOf(server))).toMatchObject({
      kind: "unsupported_version",
      message: tooOld(version),
    });
  });

  test("0.21.0 wants a login for every path that it does not know, in a form of its own", async () => {
    const wantsLogin = () =>
      new Response(
        '{\n  "error": "code=401, message=Missing access token",\n  "message": "Missing access token"\n}\n',
        { status: 401, headers: { "Content-Type": "application/json; charset=UTF-8" } },
      );
    const status = { host: null, profile: { mode: "prod", version: "0.21.0" }, dbSize: 0 };
    await using server = knowing({ "/api/v1/status": () => Response.json(status) }, wantsLogin);
    expect(await troubleOf(infoOf(server))).toMatchObject({
      kind: "unsupported_version",
      message: tooOld("0.21.0"),
    });
    await using other = knowing({}, wantsLogin);
    expect((await troubleOf(infoOf(other))).kind).toBe("not_memos");
  });

  test("one that tells its version to nobody refuses no token", async () => {
    await using server = knowing({}, noUser);
    expect((await troubleOf(infoOf(server))).kind).toBe("not_memos");
  });

  test("something that knows none of the paths is not Memos", async () => {
    await using grpc = knowing({});
    expect((await troubleOf(infoOf(grpc))).kind).toBe("not_memos");
    await using json = knowing({ [PROFILE]: () => Response.json({ hello: "world" }) });
    expect((await troubleOf(infoOf(json))).kind).toBe("not_memos");
  });

  test("a page for people is not Memos, whatever path is asked", async () => {
    await using server = knowing(
      {},
      () => new Response("<!DOCTYPE html>", { headers: { "Content-Type": "text/html" } }),
    );
    expect((await troubleOf(infoOf(server))).kind).toBe("not_memos");
    expect(server.asked).toEqual([`GET ${PROFILE}`]);
  });
});

describe("what was found out", () => {
  test("is asked once, also by many at a time", async () => {
    await using server = knowing(memos("0.30.0"));
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    await Promise.all([client.info(), client.info(), client.info()]);
    await client.info();
    expect(server.asked).toHaveLength(2);
  });

  test("is asked again after ten minutes, and by freshInfo", async () => {
    const clock = createFakeClock();
    let version = "0.29.1";
    await using server = knowing({ ...memos(""), [PROFILE]: () => Response.json({ version }) });
    const client = createMemosClient({ baseUrl: server.url, clock });
    await client.info();
    version = "0.30.0";
    await clock.advance(10 * 60_000 - 1);
    expect((await client.info()).version).toBe("0.29.1");
    await clock.advance(1);
    expect((await client.info()).version).toBe("0.30.0");
    version = "0.31.0";
    expect((await client.freshInfo()).version).toBe("0.31.0");
  });

  test("freshInfo joins a detection that has just begun, and not one that hangs", async () => {
    const clock = createFakeClock();
    await using server = knowing(memos("0.30.0"));
    const client = createMemosClient({ baseUrl: server.url, clock });
    const both = [client.freshInfo(), client.freshInfo()];
    await clock.advance(5_000);
    await Promise.all([...both, client.freshInfo()]);
    expect(server.asked).toHaveLength(4);
  });

  test("a failure is not kept", async () => {
    let up = false;
    await using server = knowing({
      ...memos(""),
      [PROFILE]: () => (up ? Response.json({ version: "0.30.0" }) : new Response("", { status: 503 })),
    });
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    expect((await troubleOf(client.info())).kind).toBe("server");
    up = true;
    expect((await client.info()).version).toBe("0.30.0");
  });

  test("one who gives up waiting does not end it for the others", async () => {
    const gate = Promise.withResolvers<void>();
    await using server = serve(async (request) => {
      await gate.promise;
      return (memos("0.30.0")[new URL(request.url).pathname] ?? notFound)();
    });
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    const controller = new AbortController();
    const impatient = troubleOf(client.info(controller.signal));
    const patient = client.info();
    controller.abort();
    expect((await impatient).kind).toBe("aborted");
    gate.resolve();
    expect((await patient).version).toBe("0.30.0");
  });

  test("is asked again when the server stops knowing a path, and the new answer is told", async () => {
    let version = "0.30.0";
    await using server = knowing({ ...memos(""), [PROFILE]: () => Response.json({ version }) });
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    await client.info();
    version = "0.21.0";
    const error = await troubleOf(client.getMemo(token, "memos/x1"));
    expect(error.message).toBe(tooOld("0.21.0"));
  });

  test("is asked again after a 400: of a server that is another one by now it refuses nothing", async () => {
    let version = "0.30.0";
    const refusing = () => memosJson(400, 3, "invalid filter");
    await using server = knowing({ ...memos(""), [PROFILE]: () => Response.json({ version }) }, refusing);
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    const read = () => troubleOf(client.getMemo(token, "memos/x1"));
    expect((await read()).kind).toBe("invalid");
    version = "0.25.3";
    expect(await read()).toMatchObject({
      kind: "version_changed",
      message: expect.stringContaining("was 0.30.0 and is 0.25.3 by now"),
    });
    expect((await read()).kind).toBe("invalid");
  });

  test("an unknown path on a server of the same version is an error, not a missing memo, and no loop", async () => {
    await using server = knowing(memos("0.30.0"));
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    expect((await troubleOf(client.getMemo(token, "memos/x1"))).kind).toBe("unsupported_version");
    expect(server.asked.filter((line) => line === "GET /api/v1/memos/x1")).toHaveLength(1);
  });

  test("is asked again after a refused token: an upgrade may have ended it", async () => {
    await using server = knowing(memos("0.30.0"));
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    expect((await troubleOf(client.whoAmI(token))).kind).toBe("token_refused");
    await client.info();
    expect(server.asked.filter((line) => line === `GET ${PROFILE}`)).toHaveLength(2);
  });
});
