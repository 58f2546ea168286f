import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { botTexts, boundPerson, createWorld, rows, until } from "../support/app.ts";
import { run, spawn } from "./cli-run.ts";

// Each command is a process of its own.
setDefaultTimeout(60_000);
const WAITING = "SELECT 1 FROM jobs WHERE queue = 'messages' AND state = 'waiting'";

describe("bind", () => {
  test("beside a running program goes through its API, with a token from stdin, a terminal or a pipe", async () => {
    // The admin token is the generated one.
    await using world = await createWorld({ env: { ADMIN_TOKEN: "" } });
    const { token } = world.memos.addUser("carol");
    const bound = (id: number) => `Telegram user ${id} is bound to users/carol on ${world.memos.url}.`;
    const given_up = await run(world.env, ["bind", "1001"], { typed: null });
    const on = `DATA_DIR is ${world.dataDir}`;
    expect(given_up).toMatchObject({ code: 1, err: `${on}\nmemoferry: given up, nothing was changed` });
    expect(await run(world.env, ["bind", "1001"], { stdin: `${token}\n` })).toEqual({
      code: 0,
      out: bound(1001),
      err: on,
    });
    expect((await run(world.env, ["bind", "1002"], { typed: token })).out).toBe(bound(1002));
    const piped = await spawn(world.env, ["bind", "1003", "--token-file", "-"], `${token}\n`);
    expect(piped).toEqual({ code: 0, out: `${bound(1003)}\n`, err: `${on}\n` });
    const list = JSON.parse((await run(world.env, ["bindings", "--json"])).out);
    const authorization = `Bearer ${readFileSync(join(world.dataDir, "admin-token"), "utf8").trim()}`;
    const asked = await fetch(`${world.app.url}/api/v1/bindings`, { headers: { authorization } });
    expect(list).toEqual(await asked.json());
    expect(list.items).toMatchObject([
      { telegram_id: 1001, account: "users/carol", state: "active" },
      { telegram_id: 1002 },
      { telegram_id: 1003 },
    ]);
    expect(JSON.stringify(list)).not.toContain(token);
    const wrong = await run({ ...world.env, ADMIN_TOKEN: "not-the-admin-token" }, ["bindings"]);
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringContaining("ADMIN_TOKEN must be here what it is there"),
    });
  });

  test("alone opens the store itself, and a program started later has the binding", async () => {
    await using world = await createWorld();
    const carol = world.telegram.user({ first_name: "Carol" });
    carol.say("/id");
    await until("carol is answered", () => botTexts(world, carol).length === 1);
    const invited = () =>
      world.log.filter(({ message }) => message === "now write to https://t.me/memoferry_test_bot").length;
    await until("a first start ends with where to write", () => invited() === 1);
    await world.stopApp();
    const { token } = world.memos.addUser("carol");
    const file = join(world.dataDir, "token.txt");
    writeFileSync(file, `  ${token}\n`);
    expect((await run(world.env, ["bind", String(carol.id), "--token-file", file])).code).toBe(0);
    rmSync(file);
    await world.startApp();
    const answer = await fetch(`${world.app.url}/api/v1/bindings/${carol.id}`, {
      headers: { authorization: `Bearer ${world.adminToken}` },
    });
    expect(await answer.json()).toMatchObject({ account: "users/carol" });
    await until("carol is told", () => botTexts(world, carol).at(-1)?.includes("account of carol."));
    expect(invited()).toBe(1);
  });

  test("refuses what cannot be right with a clear text and no token in it", async () => {
    await using world = await createWorld();
    const refused = "memos_pat_0123456789abcdefghij";
    const cases: [string[], string, RegExp][] = [
      [["bind", "1001"], "", /there is no access token in stdin/],
      [["bind", "1001"], "two words", /there is more than an access token, which is one word, in stdin/],
      [["bind", "1001"], refused, /refused the access token.*: make another one in Memos, in Settings/],
      [["bind", "1001", "--token-file", refused], "", /no such file/],
      [
        ["bind", "1001", "--token-file", "/none/token"],
        "",
        /--token-file: \/none\/token cannot be read: ENOENT/,
      ],
    ];
    const check = async () => {
      for (const [args, stdin, text] of cases) {
        const { code, out, err } = await run(world.env, args, { stdin });
        expect(code).toBe(1);
        expect(err).toMatch(text);
        expect(out + err).not.toContain(refused);
      }
    };
    await check();
    await world.stopApp();
    await check();
    await world.memos.stop();
    const away = await run(world.env, ["bind", "1001"], { stdin: refused });
    expect(away.code).toBe(1);
    expect(away.err).toContain("is not reachable");
    expect((await run(world.env, ["bindings"])).out).toBe("Nobody is bound yet.");
  });
});

describe("bindings and unbind", () => {
  test("list more people than a page of the API has, the same with and without a running program", async () => {
    await using world = await createWorld();
    const { token } = world.memos.addUser("carol");
    const ids = Array.from({ length: 203 }, (_, at) => 1001 + at);
    const headers = { authorization: `Bearer ${world.adminToken}`, "content-type": "application/json" };
    for (const telegram_id of ids) {
      await fetch(`${world.app.url}/api/v1/bindings`, {
        method: "POST",
        headers,
        body: JSON.stringify({ telegram_id, access_token: token }),
      });
    }
    const beside = await run(world.env, ["bindings", "--json"]);
    await world.stopApp();
    const alone = await run(world.env, ["bindings", "--json"]);
    expect(JSON.parse(beside.out).items.map((row: { telegram_id: number }) => row.telegram_id)).toEqual(ids);
    expect(alone.out).toBe(beside.out);
    // Relative to the file of settings, which lies in a folder beside, not to where the tests run.
    const DATA_DIR = `../${basename(world.dataDir)}`;
    const related = await run({ ...world.env, DATA_DIR }, ["bindings", "--json"]);
    expect(related).toEqual({ code: 0, out: beside.out, err: `DATA_DIR is ${world.dataDir}` });
    const table = (await run(world.env, ["bindings"])).out.split("\n");
    expect(table).toHaveLength(204);
    expect(table[1]).toMatch(
      /^1001 {9}not known {2}users\/carol {2}http:\S+ {2}active {2}as in Memos {2}\d{4}-\d\d-\d\d$/,
    );
  });

  test("unbind says what becomes of messages that wait, beside a running program and alone", async () => {
    await using world = await createWorld();
    const { person } = await boundPerson(world);
    const { person: bob } = await boundPerson(world, "bob");
    person.say("/id");
    await until("the bot may write to the person", () => botTexts(world, person).length === 1);
    const { code, out } = await run(world.env, ["unbind", String(person.id)]);
    expect(code).toBe(0);
    expect(out).toContain("is no longer bound. Messages that wait are kept");
    await until("the person is told", () =>
      botTexts(world, person).at(-1)?.includes("Disconnected from alice"),
    );
    const none = `memoferry: There is no binding of the Telegram user ${person.id}.`;
    const again = await run(world.env, ["unbind", String(person.id)]);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining(none) });
    await world.stopApp();
    expect((await run(world.env, ["unbind", String(bob.id)])).out).toContain("is no longer bound.");
    expect(JSON.parse((await run(world.env, ["bindings", "--json"])).out)).toEqual({ items: [], next: null });
  });
});

describe("bindings --move", () => {
  test("goes on under the new address with what waited, and leaves who does not fit", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    const stranger = await boundPerson(world, "bob");
    await world.memos.stop();
    person.send({ text: "written while the server moved" });
    await until("the message waits", () => rows(world, WAITING).length === 1);
    const running = await run(world.env, ["bindings", "--move"]);
    expect(running.code).toBe(1);
    expect(running.err).toContain("Stop it first");
    await world.stopApp();
    await world.memos.start();
    world.memos.revokeToken(stranger.account.token);

    // The same server under another name.
    world.env["MEMOS_URL"] = world.memos.url.replace("127.0.0.1", "localhost");
    const { code, out } = await run(world.env, ["bindings", "--move"]);
    expect(code).toBe(1);
    expect(out).toMatch(new RegExp(`^moved {2}${person.id} {2}users/alice .*1 message waiting$`, "m"));
    expect(out).toMatch(
      new RegExp(`^LEFT {3}${stranger.person.id} {2}users/bob .*refused the access token`, "m"),
    );

    await world.startApp();
    const memo = await until("the memo is there", () => world.memos.memos()[0]);
    expect(memo).toMatchObject({ creator: "users/alice", content: "written while the server moved" });
    expect(world.memos.memos()).toHaveLength(1);
  });

  test("knows an account again that an upgrade named anew meanwhile, and takes what waits along", async () => {
    await using world = await createWorld({ memos: { version: "0.26.2" }, rate: 20 });
    const { person, account } = await boundPerson(world);
    expect(account.name).toBe("users/1");
    person.send({ text: "before" });
    await until("saved", () => world.memos.memos().length === 1);
    await world.memos.stop();
    person.send({ text: "written while the server moved" });
    await until("it waits", () => rows(world, "SELECT id FROM jobs WHERE queue = 'messages'").length === 2);
    await world.stopApp();
    world.memos.become("0.27.1");
    await world.memos.start();
    world.env["MEMOS_URL"] = world.memos.url.replace("127.0.0.1", "localhost");
    const { code, out } = await run(world.env, ["bindings", "--move"]);
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^moved .*users\/1 .*: 1 message waiting, by now users\/alice$/),
    });
    expect(
      rows(
        world,
        "SELECT DISTINCT server, name AS account FROM links JOIN jobs ON jobs.id = job_id JOIN accounts ON accounts.id = account_key",
      ),
    ).toEqual([{ server: world.env["MEMOS_URL"], account: "users/alice" }]);
    await world.startApp();
    await until("both are there", () => world.memos.memos().length === 2);
    expect(world.memos.memos().map(({ creator }) => creator)).toEqual(["users/alice", "users/alice"]);
  });

  test("asks no token of anybody when nothing is to be moved, or of what is no Memos", async () => {
    await using world = await createWorld();
    await boundPerson(world);
    await world.stopApp();
    const asked = world.memos.requests.length;
    expect(await run(world.env, ["bindings", "--move"])).toMatchObject({
      code: 0,
      out: `All bindings are to ${world.memos.url} already: there is nothing to move.`,
    });
    expect(world.memos.requests.slice(asked).filter(({ authorization }) => authorization)).toEqual([]);
    const authorizations: (string | null)[] = [];
    await using page = Bun.serve({
      port: 0,
      fetch(request) {
        authorizations.push(request.headers.get("authorization"));
        return new Response("<html>", { headers: { "content-type": "text/html" } });
      },
    });
    const MEMOS_URL = `http://localhost:${page.port}`;
    const { code, err } = await run({ ...world.env, MEMOS_URL }, ["bindings", "--move"]);
    expect(code).toBe(1);
    expect(err).toContain("not as Memos does");
    expect(authorizations.filter((value) => value !== null)).toEqual([]);
  });
});

describe("forget-tokens", () => {
  test("refuses while the key fits or a program runs; after it everybody binds anew", async () => {
    await using world = await createWorld();
    const { person, account } = await boundPerson(world);
    expect((await run(world.env, ["forget-tokens"])).err).toContain("another memoferry is running");
    await world.stopApp();
    const fits = await run(world.env, ["forget-tokens"]);
    expect(fits.code).toBe(1);
    expect(fits.err).toContain("no token is lost, and nothing was changed");

    rmSync(join(world.dataDir, "secret-key"));
    expect((await run(world.env, ["bind", "1001"], { stdin: account.token })).code).toBe(78);
    const copied = await run(world.env, ["backup", join(world.dataDir, "copy")]);
    expect(copied.out).toContain("is missing: there is neither SECRET_KEY nor");
    const { code, out } = await run(world.env, ["forget-tokens"]);
    expect(code).toBe(0);
    expect(out).toContain("goes on with a new key, which the next start makes. 1 person has to bind anew");
    const [binding] = JSON.parse((await run(world.env, ["bindings", "--json"])).out).items;
    expect(binding).toMatchObject({ telegram_id: person.id, state: "paused" });
    expect((await run(world.env, ["bind", String(person.id)], { stdin: account.token })).code).toBe(0);
  });
});

/** A folder of its own, and settings that name one in it. */
function nowhere() {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-none-"));
  const env = { BOT_TOKEN: `123456:${"t".repeat(35)}`, MEMOS_URL: "http://localhost:9" };
  return { folder, env, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

test("only serve makes a database: each other command names the folder where there is none, and makes nothing", async () => {
  using where = nowhere();
  const DATA_DIR = join(where.folder, "data");
  for (const args of [
    ["bind", "1001"],
    ["bindings"],
    ["bindings", "--json"],
    ["bindings", "--move"],
    ["unbind", "1001"],
    ["invite"],
    ["updates"],
    ["updates", "--state", "dead"],
    ["retry", "1"],
    ["retry", "--all"],
    ["webhook"],
    ["backup", join(where.folder, "copy")],
    ["forget-tokens"],
  ]) {
    const { code, out, err } = await run({ ...where.env, DATA_DIR }, args, { stdin: "memos_pat_0123456789" });
    expect({ args, code, out, err }).toEqual({
      args,
      code: 1,
      out: "",
      err: expect.stringContaining(
        `memoferry: there is no database in DATA_DIR ${DATA_DIR}: \`memoferry serve\``,
      ),
    });
  }
  expect(readdirSync(where.folder)).toEqual([]);
});

describe("healthcheck", () => {
  test("is quiet and exits 0 while the program answers, and 1 after", async () => {
    await using world = await createWorld();
    expect(await spawn(world.env, ["healthcheck"])).toEqual({ code: 0, out: "", err: "" });
    await world.stopApp();
    const stopped = await spawn(world.env, ["healthcheck"]);
    expect(stopped.code).toBe(1);
    expect(stopped.err).toContain("it is not running");
  });

  test("fails on another program at the address, and gives up on one that never answers", async () => {
    const other = Bun.serve({ port: 0, fetch: () => new Response("hello") });
    const silent = Bun.serve({ port: 0, fetch: () => new Promise<Response>(() => {}) });
    const dataDir = mkdtempSync(join(tmpdir(), "memoferry-health-"));
    const env = { BOT_TOKEN: `1:${"x".repeat(35)}`, MEMOS_URL: "http://localhost", DATA_DIR: dataDir };
    const at = (port: number | undefined) => {
      writeFileSync(join(dataDir, "http-address"), `http://127.0.0.1:${port}\n`);
      return run(env, ["healthcheck"]);
    };
    expect((await at(other.port)).err).toContain("no memoferry answers");
    const begun = performance.now();
    expect(await at(silent.port)).toMatchObject({
      code: 1,
      err: expect.stringContaining("within 2 s"),
    });
    expect(performance.now() - begun).toBeLessThan(4_000);
    await other.stop(true);
    await silent.stop(true);
    rmSync(dataDir, { recursive: true });
  });
});
