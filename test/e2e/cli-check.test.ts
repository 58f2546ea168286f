import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "../fakes/telegram/client.ts";
import { boundPerson, createWorld, type World } from "../support/app.ts";
import { type Ran, run, spawn } from "./cli-run.ts";

interface Line {
  check: string;
  status: "ok" | "warning" | "fail";
  detail: string;
}

async function check(
  env: Record<string, string>,
): Promise<{ ran: Ran; line(name: string): Line; lines: Line[] }> {
  const ran = await run(env, ["check", "--json"]);
  const lines = JSON.parse(ran.out) as Line[];
  const line = (name: string) => {
    const found = lines.find((candidate) => candidate.check === name);
    if (!found) throw new Error(`no line "${name}" in ${ran.out}`);
    return found;
  };
  return { ran, line, lines };
}

/** Something that answers where Memos should. */
function answering(answer: (path: string) => Response): { url: string; [Symbol.dispose](): void } {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => answer(new URL(request.url).pathname),
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true) };
}

describe("check, with a program that was stopped", () => {
  let world: World;
  let person: { id: number };

  beforeAll(async () => {
    world = await createWorld();
    ({ person } = await boundPerson(world));
    await world.stopApp();
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  const folderAsItIs = () =>
    readdirSync(world.dataDir)
      .sort()
      .map((name) => `${name} ${Bun.hash(readFileSync(join(world.dataDir, name)))}`);

  test("has a line for each part, exits 0, and leaves the folder as it was", async () => {
    const before = folderAsItIs();
    const { ran, line, lines } = await check({ ...world.env, MEMOS_PUBLIC_URL: "https://memos.example.com" });
    expect(lines.filter(({ status }) => status === "fail")).toEqual([]);
    expect(ran.code).toBe(0);
    expect(line("data folder").detail).toContain("can be written");
    expect(line("database").detail).toContain("1 bound, 0 messages waiting, 0 failed");
    expect(line("key").status).toBe("ok");
    expect(line("bot").detail).toBe("@memoferry_test_bot (memoferry)");
    expect(line("webhook").status).toBe("ok");
    expect(line("memos").detail).toBe(`0.30.0 at ${world.memos.url}`);
    expect(line(`user ${person.id}`)).toMatchObject({ status: "ok", detail: "users/alice" });
    expect(line("memoferry").detail).toBe("not running");
    expect(folderAsItIs()).toEqual(before);
  });

  test("prints aligned lines with a mark in front, and every setting but no secret", async () => {
    const { out, err } = await run(world.env, ["check"]);
    expect(out).toMatch(/^ok {7}BOT_TOKEN {11}\[redacted\]$/m);
    expect(out).toMatch(/^ok {7}bot {17}@memoferry_test_bot/m);
    expect(out).toContain(world.env["MEMOS_URL"] ?? "?");
    for (const secret of [world.telegram.token, world.adminToken]) expect(out + err).not.toContain(secret);
  });

  const page = () => new Response("<!doctype html>login", { headers: { "content-type": "text/html" } });
  const tooOld = (path: string) =>
    path === "/api/v1/status"
      ? Response.json({ profile: { version: "0.18.2", mode: "prod" } })
      : Response.json({ code: 5, message: "Not Found", details: [] }, { status: 404 });
  /** What answers in place of Memos, or a setting; and what is said of which line. */
  const FAILURES: [string, ((path: string) => Response) | Record<string, string>, string, string][] = [
    ["an HTML page in place of Memos", page, "memos", "HTML page: is MEMOS_URL right"],
    [
      "a redirect, and names where it leads",
      (path) => Response.redirect(`https://memos.example.com${path}`, 301),
      "memos",
      "set MEMOS_URL to https://memos.example.com",
    ],
    [
      "a Memos that is too old",
      tooOld,
      "memos",
      "This Memos is 0.18.2; memoferry needs 0.22.3 to 0.22.5, or 0.23.1",
    ],
    [
      "a Telegram that cannot be reached",
      { TELEGRAM_API_URL: "http://127.0.0.1:9" },
      "bot",
      "set TELEGRAM_PROXY or TELEGRAM_API_URL",
    ],
    [
      "a DATA_DIR that is no folder",
      { DATA_DIR: import.meta.path },
      "data folder",
      `${import.meta.path} is not a folder: set DATA_DIR to one`,
    ],
    [
      "a DATA_DIR that lies below a file",
      { DATA_DIR: join(import.meta.path, "data") },
      "data folder",
      `${import.meta.path} is not a folder: set DATA_DIR to one`,
    ],
  ];
  test.each(FAILURES)("fails on %s", async (_, given, name, words) => {
    using server = answering(typeof given === "function" ? given : () => new Response());
    const env = typeof given === "function" ? { MEMOS_URL: server.url } : given;
    const { ran, line } = await check({ ...world.env, ...env });
    expect(ran.code).toBe(1);
    expect(line(name)).toMatchObject({ status: "fail", detail: expect.stringContaining(words) });
  });

  test("fails on a database that is damaged", async () => {
    const folder = mkdtempSync(join(tmpdir(), "memoferry-damaged-"));
    writeFileSync(join(folder, "memoferry.db"), "this is no database ".repeat(100));
    const { ran, line } = await check({ ...world.env, DATA_DIR: folder });
    rmSync(folder, { recursive: true });
    expect(ran.code).toBe(1);
    expect(line("database").detail).toContain("is damaged");
  });

  test("fails on bindings of another server, and does not send it their tokens", async () => {
    const seen: (string | null)[] = [];
    using other = answering((path) => {
      seen.push(path);
      return Response.json({ code: 5, message: "Not Found" }, { status: 404 });
    });
    const { line } = await check({ ...world.env, MEMOS_URL: other.url });
    expect(line("bindings").detail).toContain("Memos cannot be asked");
    await using second = await createWorld();
    const { ran, line: second_line } = await check({ ...world.env, MEMOS_URL: second.memos.url });
    expect(ran.code).toBe(1);
    expect(second_line(`user ${person.id}`).detail).toContain(
      "`memoferry bindings --move` if it is the same server",
    );
    expect(second.memos.requests.filter(({ authorization }) => authorization)).toEqual([]);
  });

  test("fails on a wrong bot token", async () => {
    const wrong = `${world.telegram.bot.id}:${"w".repeat(35)}`;
    const { ran, line } = await check({ ...world.env, BOT_TOKEN: wrong });
    expect(ran.code).toBe(1);
    expect(line("bot").detail).toContain("Telegram refuses BOT_TOKEN");
    expect(ran.out + ran.err).not.toContain(wrong);
  });

  test("warns of a foreign webhook and names its host alone", async () => {
    const call = createClient(world.telegram);
    await call("setWebhook", { url: "https://n8n.example.com/hook/s3cr3t" });
    const { ran, line } = await check(world.env);
    await call("deleteWebhook");
    expect(ran.code).toBe(0);
    expect(line("webhook").status).toBe("warning");
    expect(line("webhook").detail).toContain("a webhook of another program at n8n.example.com");
    expect(ran.out).not.toContain("s3cr3t");
  });

  // Root may write everywhere.
  if (process.getuid?.() !== 0) {
    test("fails on a DATA_DIR that cannot be written", async () => {
      const folder = mkdtempSync(join(tmpdir(), "memoferry-read-only-"));
      chmodSync(folder, 0o500);
      const { ran, line } = await check({ ...world.env, DATA_DIR: folder });
      rmSync(folder, { recursive: true });
      expect(ran.code).toBe(1);
      expect(line("data folder").detail).toContain("cannot be written by this user (EACCES)");
    });
  }

  test("exits 78 with a SECRET_KEY that is not the database's, and names the mends", async () => {
    rmSync(join(world.dataDir, "secret-key.away"), { force: true });
    const kept = readFileSync(join(world.dataDir, "secret-key"));
    const before = folderAsItIs();
    // SECRET_KEY counts, though the file would fit.
    const wrong = await check({ ...world.env, SECRET_KEY: "x".repeat(20) });
    expect(wrong.ran.code).toBe(78);
    expect(wrong.line("key").detail).toContain("bring the old key back");
    rmSync(join(world.dataDir, "secret-key"));
    const lost = await check({ ...world.env, SECRET_KEY: "x".repeat(20) });
    const gone = await check(world.env);
    const spawned = await spawn(world.env, ["check"]);
    writeFileSync(join(world.dataDir, "secret-key"), kept, { mode: 0o600 });
    expect([lost.ran.code, gone.ran.code, spawned.code]).toEqual([78, 78, 78]);
    expect(lost.line("key").detail).toContain("`memoferry forget-tokens`");
    expect(gone.line("key").detail).toContain("bring the old key back");
    expect(lost.line("bindings").detail).toContain("not checked");
    expect(folderAsItIs()).toEqual(before);
  });

  test("fails on a person whose access token was revoked", async () => {
    const account = world.memos.addUser("bob");
    const bound = await run(world.env, ["bind", "4711"], { stdin: account.token });
    expect(bound.err).toBe("");
    world.memos.revokeToken(account.token);
    const { ran, line } = await check(world.env);
    expect(ran.code).toBe(1);
    expect(line("user 4711").detail).toMatch(
      /refused the access token.*send the bot \/bind with a new access token/,
    );
    expect(line(`user ${person.id}`).status).toBe("ok");
    expect(ran.out).not.toContain(account.token);
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

test("check works beside a running program and tells where it is", async () => {
  await using world = await createWorld();
  const { person } = await boundPerson(world);
  const { ran, line } = await check(world.env);
  expect(ran.code).toBe(0);
  expect(line("memoferry").detail).toStartWith(`running at ${world.app.url}`);
  expect(line(`user ${person.id}`).status).toBe("ok");
  const health = await fetch(`${world.app.url}/readyz`);
  expect(health.status).toBe(200);
});

test("check fails on a clock that is ten minutes off", async () => {
  await using world = await createWorld();
  await world.stopApp();
  expect((await check(world.env)).line("clock")).toMatchObject({ status: "ok" });
  world.clock.advance(10 * 60_000);
  const { ran, line } = await check(world.env);
  expect(ran.code).toBe(1);
  expect(line("clock").detail).toContain("10 minutes behind Telegram's");
});

test("check makes nothing on a fresh machine", async () => {
  await using world = await createWorld();
  const folder = mkdtempSync(join(tmpdir(), "memoferry-fresh-"));
  const dataDir = join(folder, "deep", "data");
  const { ran, line } = await check({ ...world.env, DATA_DIR: dataDir });
  expect(ran.code).toBe(0);
  expect(line("data folder").detail).toContain("will be made at the first start");
  expect(line("bindings").detail).toContain("nobody is bound yet");
  expect(existsSync(join(folder, "deep"))).toBe(false);
  rmSync(folder, { recursive: true });
});

test("check prints every problem of the configuration and exits 78", async () => {
  const { ran, line } = await check({ MEMOS_URL: "memos.example.com", HTTP_PORT: "many" });
  expect(ran.code).toBe(78);
  expect(line("BOT_TOKEN").detail).toContain("is missing");
  expect(line("MEMOS_URL").detail).toContain("must begin with http");
  expect(line("HTTP_PORT").status).toBe("fail");
  const plain = await spawn({ MEMOS_URL: "memos.example.com" }, ["check"]);
  expect(plain.code).toBe(78);
  expect(plain.out).toMatch(/^FAIL {5}BOT_TOKEN/m);
  expect(plain.out).toContain("Failed: 2, warnings: 0.");
});

test("check and bindings read what a killed program left in its write-ahead log", async () => {
  await using world = await createWorld();
  await world.stopApp();
  const { token } = world.memos.addUser("carol");
  // It commits, and ends without closing its database: the row is in the log alone.
  const killed = `
    import { systemClock } from "${join(import.meta.dirname, "../../src/base/clock.ts")}";
    import { Secret } from "${join(import.meta.dirname, "../../src/base/secret.ts")}";
    import { openStore } from "${join(import.meta.dirname, "../../src/store/store.ts")}";
    const allowedUsers = null;
    const store = openStore({ dataDir: process.env.DATA_DIR, botId: 1, secretKey: null, allowedUsers }, systemClock);
    const server = process.env.MEMOS_URL;
    const named = { memos_username: "carol", memos_version: "0.30.0" };
    const account = { server, account: "users/carol", display_name: "Carol", ...named };
    store.bindings.save(1001, new Secret(process.env.TOKEN), account);
    process.kill(process.pid, "SIGKILL");`;
  const child = Bun.spawn([process.execPath, "-e", killed], { env: { ...world.env, TOKEN: token } });
  await child.exited;
  const { ran, line } = await check(world.env);
  expect(ran.code).toBe(0);
  expect(line("user 1001").detail).toBe("users/carol (Carol)");
  expect((await run(world.env, ["bindings"])).out).toContain("users/carol (Carol)");
});

test("check finds a damaged page that a start would not meet, and names the mend", async () => {
  await using world = await createWorld();
  await boundPerson(world);
  await world.stopApp();
  const path = join(world.dataDir, "memoferry.db");
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 3 * 4096, 4 * 4096);
  writeFileSync(path, bytes);
  const { out, code } = await run(world.env, ["check"]);
  expect(code).toBe(1);
  expect(out).toContain(`${path} is damaged`);
  expect(out).toContain("restore a backup");
});
