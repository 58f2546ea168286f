import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import {
  api,
  attempts,
  botTexts,
  boundPerson,
  changeSettings,
  confirmed,
  contents,
  createWorld,
  jobsAtWork,
  memosSaved,
  openWork,
  passTime,
  rows,
  settled,
  until,
} from "../support/app.ts";

setDefaultTimeout(60_000);
const rate = 20;

describe("Memos in trouble", () => {
  // The other ways in which Memos can fail: test/chat/outages.
  test(`for every call, by silence: nothing lost or doubled, in order, without spending attempts`, async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await settled(world);
    const fault = world.memos.fault({ match: {}, action: "hang" });
    const texts = Array.from({ length: 8 }, (_, at) => `line ${at}`);
    for (const text of texts) person.say(text);
    person.sendDocument({ bytes: Buffer.from("bytes"), fileName: "a.txt", caption: "with a file" });
    await passTime(world, "several tries", () => fault.hits >= 6);
    world.memos.clearFaults();
    await passTime(world, "the last", () => contents(world).includes("with a file"));
    await settled(world);
    expect(contents(world)).toEqual([...texts, "with a file"]);
    expect(world.memos.attachments()).toHaveLength(1);
    expect(confirmed(world, person)).toBe(9);
    // Where every answer is lost the first is saved by then; of all others no attempt was spent.
    expect(attempts(world)).toEqual(Array.from({ length: 9 }, () => 0));
  });

  test("for one call of each kind, by silence: one memo with its file", async () => {
    // Silence is waited for: three minutes after the last byte of an upload.
    await using world = await createWorld({ rate: 50 });
    const { person } = await boundPerson(world);
    await settled(world);
    for (const match of [
      { method: "POST", path: /attachments$/ },
      { method: "POST", path: /memos$/ },
      { method: "GET", path: /memos\// },
      { method: "GET", path: /attachments\// },
      { method: "GET", path: /settings/ },
    ]) {
      world.memos.fault({ match, times: 1, action: "hang" });
    }
    person.sendDocument({ bytes: Buffer.from("bytes"), fileName: "a.txt", caption: "with a file" });
    person.say("after it");
    // The first has stepped aside by then: it holds back its chat for ten seconds only.
    await passTime(world, "both", () => contents(world).length === 2);
    await settled(world);
    expect(contents(world).toSorted()).toEqual(["after it", "with a file"]);
    const withFile = world.memos.memos().find(({ content }) => content === "with a file");
    expect(withFile?.attachments).toHaveLength(1);
    expect(world.memos.attachments()).toHaveLength(1);
    expect(confirmed(world, person)).toBe(2);
  });
});

// By the probe alone it would take minutes: the program's time hardly passes.
test("Memos that is back is noticed by whoever asks it: a command, /status, a retry", async () => {
  await using world = await createWorld({ rate: 0.02 });
  const { person } = await boundPerson(world);
  await settled(world);
  const asking = {
    "a command that calls Memos": () => person.say("/recent"),
    "the status": () => person.say("/status"),
    "a retry of something else": () => api(world, "POST", "/api/v1/updates/retry"),
  };
  const refused = { status: 400, body: { code: 3, message: "not this one", details: [] } };
  world.memos.fault({ match: { method: "POST", path: /memos$/ }, times: 1, action: refused });
  person.say("dead");
  await until("a dead letter", () => rows(world, "SELECT 1 FROM jobs WHERE state = 'dead'").length === 1);
  for (const [what, ask] of Object.entries(asking)) {
    const away = world.memos.fault({ match: {}, action: "drop-before" });
    person.say(what);
    for (let probes = 0; probes < 8; probes += 1) {
      const { hits } = away;
      const asked = () => world.clock.advance(2_000) ?? away.hits > hits;
      await until("a probe", asked);
    }
    await until("the message to wait", async () => (await jobsAtWork(world)) === 0);
    away.clear();
    ask();
    await until(what, () => contents(world).includes(what), 5_000);
  }
});

test("Memos that is away is noticed by who asks for the state, though nothing was sent", async () => {
  await using world = await createWorld({ rate });
  const { person } = await boundPerson(world);
  await settled(world);
  const away = world.memos.fault({ match: {}, action: "drop-before" });
  person.say("/status");
  await until("the status", () => botTexts(world, person).at(-1)?.includes("Memos does not answer"));
  away.clear();
  const readiness = async (isReady: boolean) => {
    world.clock.advance(5_000);
    return (await fetch(`${world.app.url}/readyz`)).ok === isReady;
  };
  await until("all to be ready", () => readiness(true));
  world.memos.fault({ match: {}, action: "drop-before" });
  await until("Memos to be missed", () => readiness(false));
});

describe("Telegram in trouble", () => {
  for (const [what, action] of [
    ["a 502 page", "html502"],
    ["429", { status: 429, retryAfter: 2 }],
    ["one 409", { status: 409, description: "Conflict: terminated by other getUpdates request" }],
    ["401", { status: 401, description: "Unauthorized" }],
    ["a closed connection", "drop-before"],
    ["lost answers", "drop-after"],
    ["half an answer", "truncate"],
  ] as const) {
    test(`by ${what} to getUpdates, and well again: every message is one memo`, async () => {
      await using world = await createWorld({ rate });
      const { person } = await boundPerson(world);
      await until("a poll", () => world.telegram.isPollWaiting);
      world.telegram.fault({ match: { method: "getUpdates" }, times: 3, action });
      const texts = ["one", "two", "three"];
      for (const text of texts) person.say(text);
      await passTime(world, "all", () => contents(world).length === 3, { stepMs: 5_000 });
      person.say("four");
      await passTime(world, "the next", () => contents(world).length === 4, { stepMs: 5_000 });
      await settled(world);
      expect(contents(world)).toEqual([...texts, "four"]);
      expect(botTexts(world, person)).toHaveLength(4);
    });
  }

  test("an own token that changed at @BotFather: the ids stay, so nothing is doubled", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.say("one");
    await memosSaved(world, 1);
    await world.stopApp();
    world.env["BOT_TOKEN"] = world.telegram.rotateToken();
    await world.startApp();
    person.say("two");
    await memosSaved(world, 2);
    await settled(world);
    expect(contents(world)).toEqual(["one", "two"]);
  });
});

describe("a stop", () => {
  test("in the middle of an upload, and a start: one memo, its file whole and once", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await settled(world);
    const bytes = Buffer.alloc(3_000_000, "0123456789abcdef");
    const hold = world.memos.fault({ match: { method: "POST", path: /attachments$/ }, action: "hang" });
    person.sendDocument({ bytes, fileName: "big.bin", caption: "big" });
    person.say("after it");
    await until("uploading", () => hold.hits > 0);
    const stopping = performance.now();
    await world.stopApp();
    expect(performance.now() - stopping).toBeLessThan(10_000);
    expect(world.memos.memos()).toEqual([]);
    hold.clear();
    await world.startApp();
    await memosSaved(world, 2);
    await settled(world);
    expect(contents(world)).toEqual(["big", "after it"]);
    expect(world.memos.attachments().map((file) => file.size)).toEqual([bytes.length]);
    expect(attempts(world)).toEqual([0, 0]);
  });

  test("lets what is nearly done finish first", async () => {
    await using world = await createWorld({ rate: 1, telegram: { limits: false } });
    const { person } = await boundPerson(world);
    await settled(world);
    const slow = world.memos.fault({ match: { method: "POST", path: /memos$/ }, action: { delayMs: 300 } });
    person.say("nearly");
    await until("at work", () => slow.hits > 0);
    await world.stopApp();
    expect(contents(world)).toEqual(["nearly"]);
    expect(rows(world, "SELECT state, outcome FROM jobs")).toEqual([{ state: "done", outcome: "saved" }]);
  });
});

describe("a disk that takes no more for a moment", () => {
  test("has what was done in it looked at again at once", async () => {
    await using world = await createWorld();
    const { person } = await boundPerson(world);
    await settled(world);
    changeSettings(world, person, { confirmation: "off" });
    const database = new Database(join(world.dataDir, "memoferry.db"));
    database.run("PRAGMA busy_timeout = 10000");
    // No COMMIT succeeds in which a message is done.
    database.run("CREATE TABLE nowhere (name REFERENCES facts DEFERRABLE INITIALLY DEFERRED)");
    database.run(`CREATE TRIGGER full AFTER UPDATE OF state ON jobs WHEN new.state = 'done' AND new.kind = 'message'
      BEGIN INSERT INTO nowhere VALUES ('a fact that is none'); END`);
    person.say("once");
    await until("undone", () => world.log.some(({ message }) => /could not be written/.test(`${message}`)));
    database.run("DROP TRIGGER full");
    database.run("DROP TABLE nowhere");
    database.close();
    await until("done", () => openWork(world) === 0);
    expect(contents(world)).toEqual(["once"]);
  });
});
