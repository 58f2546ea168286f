import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  api,
  boundPerson,
  createWorld,
  memosSaved,
  rows,
  settled,
  until,
  type World,
} from "../support/app.ts";

setDefaultTimeout(60_000);
const rate = 20;

const readyz = async (world: World) => {
  const answer = await fetch(`${world.app.url}/readyz`);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

/** Until /readyz says so: 200, or 503 with just these parts. */
const untilReady = (world: World, ...missing: string[]) =>
  until(`ready but for ${missing.join(", ") || "nothing"}`, async () => {
    const { status, body } = await readyz(world);
    return missing.length === 0
      ? status === 200
      : status === 503 && JSON.stringify(body["not_ready"]) === JSON.stringify(missing);
  });

describe("health", () => {
  test("/healthz is 200 whatever is away; /readyz names what is", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await untilReady(world);
    await world.memos.stop();
    person.say("finds it away");
    await untilReady(world, "memos");
    expect((await fetch(`${world.app.url}/healthz`)).status).toBe(200);
    await world.telegram.stop();
    await untilReady(world, "telegram", "memos");
    expect((await fetch(`${world.app.url}/healthz`)).status).toBe(200);
    await world.memos.start();
    await untilReady(world, "telegram");
    await world.telegram.start();
    await untilReady(world);
    await memosSaved(world, 1);
  });

  test("/readyz asks Memos for no more than once in five seconds, that of the start with it", async () => {
    await using world = await createWorld();
    const looks = () => world.memos.requests.filter(({ path }) => path.endsWith("/profile")).length;
    await until("Memos to be found", () => world.log.some(({ message }) => message === "memos found"));
    await untilReady(world);
    expect(looks()).toBe(1);
    world.clock.advance(5_000);
    await Promise.all([readyz(world), readyz(world)]);
    expect(looks()).toBe(2);
  });
});

describe("/api/v1/status", () => {
  test("counts what is done, dead and waiting, and knows bot, server and times", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const at = Date.now();
    person.say("saved");
    person.send({ hologram: { depth: 1 } });
    person.say("/help");
    await memosSaved(world, 1);
    await settled(world);
    const { status, body } = await api(world, "GET", "/api/v1/status");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      bot: { id: world.telegram.bot.id, username: world.telegram.bot.username },
      receive: { mode: "polling" },
      telegram: { reachable: true },
      memos: { url: world.memos.url, version: "0.30.0", reachable: true },
      bindings: { active: 1, paused: 0 },
      jobs: { waiting: 0, working: 0, done: 2, dead: 1 },
      oldest_waiting_at: null,
      disk: { taking_updates: true },
    });
    expect(Date.parse(String(body["last_saved_at"]))).toBeGreaterThan(at - 1_000);

    await world.memos.stop();
    person.say("waits");
    person.say("waits too");
    await until("both wait", async () => {
      const { jobs } = (await api(world, "GET", "/api/v1/status")).body as { jobs: { waiting: number } };
      return jobs.waiting === 2;
    });
    const away = (await api(world, "GET", "/api/v1/status")).body;
    expect(away["memos"]).toMatchObject({
      reachable: false,
      detail: expect.stringContaining("not reachable"),
    });
    expect(away["oldest_waiting_at"]).not.toBeNull();
    await world.memos.start();
    await memosSaved(world, 3);
  });

  test("says of what was not heard of yet that it is not known, not that it is away", async () => {
    await using world = await createWorld({
      prepare: ({ telegram, memos }) => {
        telegram.fault({ match: {}, action: "hang" });
        memos.fault({ match: {}, action: "hang" });
      },
    });
    const { body } = await api(world, "GET", "/api/v1/status");
    expect(body).toMatchObject({
      telegram: { reachable: null, detail: "receiving: starting" },
      memos: { reachable: null, version: null, detail: "not asked yet" },
    });
    expect((await readyz(world)).body["not_ready"]).toEqual(["telegram", "memos"]);
  });
});

test("no secret is in any answer, in any log line, in any message of the bot, or bare on the disk", async () => {
  await using world = await createWorld({ rate, env: { SECRET_KEY: "a-very-secret-key-of-the-test" } });
  const answers: string[] = [];
  const ask = async (method: string, path: string, body?: unknown) => {
    const { status, text } = await api(world, method, path, body);
    answers.push(`${status} ${text}`);
  };
  const { person, account } = await boundPerson(world);
  const partner = world.telegram.user();
  const second = world.memos.addToken("alice");
  const wrong = "memos_pat_wrongButSecret0123456789";
  partner.say(`/bind ${second}`);
  partner.say(`/bind ${wrong}`);
  person.say(wrong);
  person.sendDocument({ bytes: Buffer.from("x"), fileName: "x.txt" });
  await memosSaved(world, 1);
  await settled(world);

  // Everything fails once, in as many ways as there are.
  for (const action of ["drop-before", "html502", "truncate", { status: 500 }, { status: 401 }] as const) {
    for (const method of ["getUpdates", "getFile", "file", "sendMessage", "deleteMessage"]) {
      world.telegram.fault({ match: { method }, action });
    }
  }
  for (const action of ["drop-before", "truncate", "busy", { status: 500 }] as const) {
    world.memos.fault({ match: { path: /attachments|memos/ }, times: 1, action });
  }
  person.sendDocument({ bytes: Buffer.from("y"), fileName: "y.txt" });
  partner.say(`/bind ${second}`);
  await ask("GET", "/readyz");
  await ask("POST", "/api/v1/bindings", { telegram_id: 42, access_token: wrong });
  await ask("POST", "/api/v1/bindings", { telegram_id: 42, access_token: `${second}\nX: y` });
  await ask("POST", "/api/v1/bindings", { telegram_id: 42, access_token: second, secret: second });
  await ask("GET", "/api/v1/bindings");
  await ask("GET", `/api/v1/bindings/${person.id}`);
  await ask("GET", `/api/v1/${second}`);
  await ask("GET", "/api/v1/status");
  await world.memos.stop();
  await ask("POST", "/api/v1/bindings", { telegram_id: 42, access_token: second });
  await ask("GET", "/readyz");
  await world.memos.start();
  const owed = "SELECT id FROM outbox WHERE state IN ('waiting', 'sending')";
  await until("the second file, and all that was owed meanwhile", () => {
    world.clock.advance(5_000);
    // The sender goes on once a poll is answered, and Telegram answers that after 50 s.
    world.telegram.advance(5_000);
    return world.memos.memos().length === 2 && rows(world, owed).length === 0;
  });
  await settled(world);
  await ask("GET", "/api/v1/status");
  await world.stopApp();

  // What it answers is shown with it by Telegram, until that is deleted.
  const said = world.telegram.sent
    .map(({ message: { reply_to_message: _, ...own } }) => JSON.stringify(own))
    .join("\n");
  const logged = world.log.map((line) => JSON.stringify(line)).join("\n");
  const secrets = {
    "the bot token": world.telegram.token,
    "the admin token": world.adminToken,
    "an access token": account.token,
    "another access token": second,
    "a token that was refused": wrong,
    "the key": "a-very-secret-key-of-the-test",
  };
  for (const [what, secret] of Object.entries(secrets)) {
    // What a caller put into a path is given back by nobody.
    expect({ what, found: answers.filter((text) => text.includes(secret)) }).toEqual({ what, found: [] });
    expect({ what, found: logged.includes(secret) }).toEqual({ what, found: false });
    expect({ what, found: said.includes(secret) }).toEqual({ what, found: false });
  }
  // The last line of defence in log.ts had nothing to do.
  expect(logged).not.toContain("[redacted]");
});
