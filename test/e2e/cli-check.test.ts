import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../fakes/telegram/client.ts";
import { boundPerson, createWorld, type World } from "../support/app.ts";
import { run, spawn } from "./cli-run.ts";

interface Line {
  check: string;
  status: "ok" | "warning" | "fail";
  detail: string;
}

async function check(env: Record<string, string>) {
  const ran = await run(env, ["check", "--json"]);
  const lines = JSON.parse(ran.out) as Line[];
  const line = (name: string): Line => {
    const found = lines.find((candidate) => candidate.check === name);
    if (!found) throw new Error(`no line "${name}" in ${ran.out}`);
    return found;
  };
  return { ran, line, lines };
}

/** Something that answers where Memos should. */
function answering(answer: (path: string) => Response | Promise<Response>): {
  url: string;
  [Symbol.dispose](): void;
} {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => answer(new URL(request.url).pathname),
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true) };
}

const page = () => new Response("<!doctype html>login", { headers: { "content-type": "text/html" } });
const nothing = () => Response.json({ code: 5, message: "Not Found", details: [] }, { status: 404 });
const tooOld = (path: string) =>
  path === "/api/v1/status" ? Response.json({ profile: { version: "0.18.2", mode: "prod" } }) : nothing();
const elsewhere = (path: string) => Response.redirect(`https://memos.example.com${path}`, 301);
const NOWHERE = "http://127.0.0.1:9";
const folder = mkdtempSync(join(tmpdir(), "memoferry-check-"));
const damaged = join(folder, "damaged");
const fresh = join(folder, "deep", "data");
const isFile = `${import.meta.path} is not a folder: set DATA_DIR to one`;
const OTHER_TOKEN = `123456789:${"o".repeat(35)}`;
const WRONG_TOKEN = `6912873450:${"w".repeat(35)}`;

const NO_HOST = { RECEIVE: "webhook", WEBHOOK_URL: "https://nope.invalid" };

/** What answers in place of Memos, or settings; and what is said of which line. */
const FINDINGS: [string, ((path: string) => Response) | Record<string, string>, string, string][] = [
  ["an HTML page", page, "fail memos", "but not as Memos does: is MEMOS_URL right"],
  ["a redirect", elsewhere, "fail memos", "redirects to https://memos.example.com/"],
  ["a Memos that is too old", tooOld, "fail memos", "0.18.2; memoferry needs 0.22.3 to 0.22.5, or 0.23.1"],
  ["no Telegram", { TELEGRAM_API_URL: NOWHERE }, "fail bot", "is TELEGRAM_API_URL right"],
  ["no proxy", { TELEGRAM_PROXY: NOWHERE }, "fail bot", "is TELEGRAM_PROXY an http proxy"],
  ["a person who is not on the list", { ALLOWED_USERS: "1" }, `warning user PERSON`, "not on ALLOWED_USERS"],
  [
    "another bot",
    { BOT_TOKEN: OTHER_TOKEN },
    "warning database",
    "BOT_TOKEN is not of the bot that it was begun with",
  ],
  ["a wrong bot token", { BOT_TOKEN: WRONG_TOKEN }, "fail bot", "Telegram refuses BOT_TOKEN"],
  ["a file as DATA_DIR", { DATA_DIR: import.meta.path }, "fail data folder", isFile],
  ["a DATA_DIR below a file", { DATA_DIR: `${import.meta.path}/data` }, "fail data folder", isFile],
  ["a damaged database", { DATA_DIR: damaged }, "fail database", "is damaged"],
  ["a fresh machine", { DATA_DIR: fresh }, "ok data folder", "will be made at the first start"],
  ["a DATA_DIR on no disk", { DATA_DIR: "/proc/x" }, "fail data folder", "/proc is on no disk"],
  ["no files of a local Bot API server", { TELEGRAM_FILES_DIR: "/nope" }, "fail telegram files", "(ENOENT)"],
  ["a WEBHOOK_URL that is nowhere", NO_HOST, "fail webhook url", "no address is known for nope.invalid"],
  ["the same where polling works", { ...NO_HOST, RECEIVE: "auto" }, "warning webhook url", "nope.invalid"],
  // It counts, though the file would fit.
  ["another SECRET_KEY", { SECRET_KEY: "x".repeat(20) }, "fail key", "bring the old key back"],
];
/** EX_CONFIG where it is a setting that is wrong; the token of another bot is none that Telegram knows here. */
const CODES: Record<string, number> = { "fail key": 78, "warning database": 1 };

describe("check", () => {
  let world: World;
  let person: { id: number };

  beforeAll(async () => {
    mkdirSync(damaged);
    writeFileSync(join(damaged, "memoferry.db"), "this is no database ".repeat(100));
    world = await createWorld();
    ({ person } = await boundPerson(world));
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const folderAsItIs = () =>
    readdirSync(world.dataDir)
      .sort()
      .map((name) => `${name} ${Bun.hash(readFileSync(join(world.dataDir, name)))}`);

  test("works beside a running program and tells where it is", async () => {
    const { ran, line } = await check(world.env);
    expect(ran.code).toBe(0);
    expect(line("memoferry").detail).toStartWith(`running at ${world.app.url}`);
    expect(line(`user ${person.id}`).status).toBe("ok");
    expect((await fetch(`${world.app.url}/readyz`)).status).toBe(200);
  });

  test("tells of a database that was removed while the program runs", async () => {
    const path = join(world.dataDir, "memoferry.db");
    renameSync(path, `${path}.moved`);
    const { ran, line } = await check(world.env);
    const backed = await run(world.env, ["backup", join(folder, "copy")]);
    renameSync(`${path}.moved`, path);
    expect(ran.code).toBe(1);
    // Its log is still there.
    expect(line("database")).toMatchObject({
      status: "fail",
      detail: expect.stringContaining(`${path}-wal`),
    });
    expect(line("memoferry").detail).toContain(`running at ${world.app.url}. Not ready: store (the database`);
    expect(backed).toMatchObject({ code: 1, err: expect.stringContaining(`${path}-wal`) });
    const log = `${path}-wal`;
    for (const file of [path, log]) renameSync(file, `${file}.moved`);
    const without = await check(world.env);
    for (const file of [path, log]) renameSync(`${file}.moved`, file);
    expect(without.line("database").detail).toContain("was removed while memoferry runs");
    expect((await check(world.env)).ran.code).toBe(0);
  });

  test("asks WEBHOOK_URL whether it leads to the running program", async () => {
    const webhook = (url: string) => check({ ...world.env, RECEIVE: "webhook", WEBHOOK_URL: url });
    const found = await webhook(world.app.url);
    expect(found.line("webhook url")).toMatchObject({
      status: "ok",
      detail: `${world.app.url} leads to memoferry`,
    });
    expect(found.line("webhook").detail).toStartWith("none yet: memoferry sets it when it starts");
    using other = answering(page);
    const { ran, line } = await webhook(other.url);
    expect(ran.code).toBe(1);
    expect(line("webhook url").detail).toContain("and not as memoferry does: let the proxy there pass");
  });

  test("tells a memoferry on the port from another program: whose folder DATA_DIR is not", async () => {
    using other = answering(page);
    const { port } = new URL(world.app.url);
    const env = { ...world.env, DATA_DIR: fresh };
    const ours = await check({ ...env, HTTP_PORT: port });
    const detail = `not running on DATA_DIR ${fresh}, but a memoferry answers at ${world.app.url}`;
    expect(ours.line("memoferry")).toMatchObject({ status: "fail", detail: expect.stringContaining(detail) });
    const theirs = await check({ ...env, HTTP_PORT: new URL(other.url).port });
    expect(theirs.line("memoferry").detail).toContain("another program listens there: stop it");
    const nobodys = await check({ ...env, HTTP_HOST: "0.0.0.0:8081" });
    expect(nobodys.line("memoferry").detail).toContain("0.0.0.0:8081 is no address of this machine");
    await world.stopApp();
  });

  test("has a line for each part, exits 0, and leaves the folder as it was", async () => {
    const before = folderAsItIs();
    const { ran, line, lines } = await check({ ...world.env, MEMOS_PUBLIC_URL: "https://memos.example.com" });
    expect(lines.filter(({ status }) => status !== "ok")).toEqual([]);
    expect(ran.code).toBe(0);
    expect(line("data folder").detail).toContain("can be written");
    expect(line("database").detail).toContain("1 bound, 0 messages waiting, 0 dead");
    expect(line("bot").detail).toBe("@memoferry_test_bot (memoferry)");
    expect(line("inline mode").detail).toStartWith("off: to have it, send /setinline to @BotFather");
    expect(line("memos").detail).toBe(`0.30.0 at ${world.memos.url}`);
    expect(line(`user ${person.id}`).detail).toBe("users/alice");
    expect(line("memoferry").detail).toBe("not running");
    expect(folderAsItIs()).toEqual(before);
  });

  test("prints aligned lines with a mark in front, and every setting but no secret", async () => {
    const { out, err } = await run(world.env, ["check"]);
    expect(out).toMatch(/^ok {7}BOT_TOKEN {13}\[redacted\]$/m);
    expect(out).toMatch(/^ok {7}bot {19}@memoferry_test_bot/m);
    expect(out).toContain(world.env["MEMOS_URL"] ?? "?");
    for (const secret of [world.telegram.token, world.adminToken]) expect(out + err).not.toContain(secret);
  });

  test.each(FINDINGS)("tells of %s", async (_, given, found, words) => {
    const [status = "", name] = found.replace("PERSON", String(person.id)).split(/ (.*)/);
    using server = answering(typeof given === "function" ? given : nothing);
    const env = typeof given === "function" ? { MEMOS_URL: server.url } : given;
    const { ran, line } = await check({ ...world.env, ...env });
    expect(line(name ?? "")).toMatchObject({ status, detail: expect.stringContaining(words) });
    expect(ran.code).toBe(CODES[found] ?? (status === "fail" ? 1 : 0));
    expect(ran.out + ran.err).not.toContain(WRONG_TOKEN);
    expect(existsSync(join(folder, "deep"))).toBe(false);
  });

  test("finds Memos where MEMOS_URL is the address of one of its pages", async () => {
    const { url } = world.memos;
    using server = answering((path) => (path.startsWith("/explore") ? page() : fetch(`${url}${path}`)));
    const { ran, line } = await check({ ...world.env, MEMOS_URL: `${server.url}/explore` });
    expect(ran.code).toBe(1);
    expect(line("memos").detail).toEndWith(`Memos answers at ${server.url}: set MEMOS_URL to that`);
  });

  test("fails on bindings of another server, and does not send it their tokens", async () => {
    using other = answering(nothing);
    expect((await check({ ...world.env, MEMOS_URL: other.url })).line("bindings").detail).toContain(
      "Memos cannot be asked",
    );
    await using second = await createWorld();
    const { ran, line } = await check({ ...world.env, MEMOS_URL: second.memos.url });
    expect(ran.code).toBe(1);
    expect(line(`user ${person.id}`).detail).toContain(
      "`memoferry bindings --move` if it is the same server",
    );
    expect(second.memos.requests.filter(({ authorization }) => authorization)).toEqual([]);
  });

  test("warns of a foreign webhook and names its host alone", async () => {
    const call = createClient(world.telegram);
    await call("setWebhook", { url: "https://n8n.example.com/hook/s3cr3t" });
    const { ran, line } = await check(world.env);
    await call("deleteWebhook");
    expect(ran.code).toBe(0);
    expect(line("webhook")).toMatchObject({
      status: "warning",
      detail: expect.stringContaining("a webhook of another program at n8n.example.com"),
    });
    expect(ran.out).not.toContain("s3cr3t");
  });

  test("exits 78 without the SECRET_KEY of the database, names the mends and changes nothing", async () => {
    const kept = readFileSync(join(world.dataDir, "secret-key"));
    rmSync(join(world.dataDir, "secret-key"));
    const before = folderAsItIs();
    const lost = await check({ ...world.env, SECRET_KEY: "x".repeat(20) });
    const gone = await check(world.env);
    const spawned = await spawn(world.env, ["check"]);
    expect(folderAsItIs()).toEqual(before);
    writeFileSync(join(world.dataDir, "secret-key"), kept, { mode: 0o600 });
    expect([lost.ran.code, gone.ran.code, spawned.code]).toEqual([78, 78, 78]);
    expect(lost.line("key").detail).toContain("`memoferry forget-tokens`");
    expect(gone.line("key").detail).toContain("bring the old key back");
    expect(lost.line("bindings").detail).toContain("not checked");
  });

  test("fails on a person whose access token was revoked", async () => {
    const account = world.memos.addUser("bob");
    await run(world.env, ["bind", "4711"], { stdin: account.token });
    world.memos.revokeToken(account.token);
    const { ran, line } = await check(world.env);
    expect(ran.code).toBe(1);
    expect(line("user 4711").detail).toMatch(
      /refused the access token.*send the bot \/bind with a new access token/,
    );
    expect(line(`user ${person.id}`).status).toBe("ok");
    expect(ran.out).not.toContain(account.token);
  });

  test("and bindings read what a killed program left in its write-ahead log", async () => {
    const { token } = world.memos.addUser("carol");
    // It commits, and ends without closing its database: the row is in the log alone.
    const killed = `
      import { systemClock } from "${join(import.meta.dirname, "../../src/base/clock.ts")}";
      import { Secret } from "${join(import.meta.dirname, "../../src/base/secret.ts")}";
      import { openStore } from "${join(import.meta.dirname, "../../src/store/store.ts")}";
      const { DATA_DIR: dataDir, MEMOS_URL: server, TOKEN } = process.env;
      const botId = ${world.telegram.bot.id};
      const store = openStore({ dataDir, botId, secretKey: null, allowedUsers: null }, systemClock);
      const named = { memos_username: "carol", memos_version: "0.30.0" };
      const account = { server, account: "users/carol", display_name: "Carol", ...named };
      store.bindings.save(1001, new Secret(TOKEN), account);
      process.kill(process.pid, "SIGKILL");`;
    const child = Bun.spawn([process.execPath, "-e", killed], { env: { ...world.env, TOKEN: token } });
    await child.exited;
    expect((await check(world.env)).line("user 1001").detail).toBe("users/carol (Carol)");
    expect((await run(world.env, ["bindings"])).out).toContain("users/carol (Carol)");
  });

  test("fails on a clock that is ten minutes off", async () => {
    expect((await check(world.env)).line("clock").status).toBe("ok");
    world.clock.advance(10 * 60_000);
    const { ran, line } = await check(world.env);
    expect(ran.code).toBe(1);
    expect(line("clock").detail).toContain("10 minutes behind Telegram's");
  });

  test("finds a damaged page that a start would not meet, and names the mend", async () => {
    const path = join(world.dataDir, "memoferry.db");
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 3 * 4096, 4 * 4096);
    writeFileSync(path, bytes);
    const { out, code } = await run(world.env, ["check"]);
    expect(code).toBe(1);
    expect(out).toContain(`${path} is damaged`);
    expect(out).toContain("restore a backup");
  });
});

test.each([
  ["0.26.2", "0.27.1", "users/alice"],
  ["0.27.1", "0.26.2", "users/1"],
])(
  "check after Memos went from %s to %s: the account is named anew, and all is well",
  async (from, to, name) => {
    await using world = await createWorld({ memos: { version: from } });
    const { person } = await boundPerson(world);
    await world.stopApp();
    world.memos.become(to);
    const { ran, line } = await check(world.env);
    expect(line(`user ${person.id}`)).toMatchObject({
      status: "ok",
      detail: expect.stringContaining(`named ${name} since Memos was upgraded or set back`),
    });
    expect(ran.code).toBe(0);
  },
);

test("check prints every problem of the configuration and exits 78", async () => {
  const { code, err } = await spawn({ MEMOS_URL: "memos.example.com", HTTP_PORT: "many" }, ["check"]);
  expect(code).toBe(78);
  for (const text of ["BOT_TOKEN: is missing", "MEMOS_URL: must begin with http", "HTTP_PORT:"]) {
    expect(err).toContain(text);
  }
});
