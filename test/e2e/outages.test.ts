import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { FaultAction } from "../fakes/memos/types.ts";
import {
  botTexts,
  boundPerson,
  createWorld,
  memosSaved,
  passTime,
  rows,
  settled,
  until,
  type World,
} from "../support/app.ts";

setDefaultTimeout(60_000);
const rate = 20;

const contents = (world: World) => world.memos.memos().map((memo) => memo.content);

/** How many messages the bot said it saved: one by one, or many as one. */
const confirmed = (world: World, chat: { readonly id: number }) =>
  botTexts(world, chat).reduce((sum, text) => {
    const many = /^Saved (\d+) messages$/.exec(text)?.[1];
    return sum + (many === undefined ? Number(text.startsWith("Saved as")) : Number(many));
  }, 0);

const wasLogged = (world: World, message: string) =>
  until(message, () => world.log.some((line) => line["message"] === message));

const attempts = (world: World) =>
  rows<{ attempts: number }>(world, "SELECT attempts FROM jobs WHERE queue = 'messages' ORDER BY id").map(
    (row) => row.attempts,
  );

const html = (status: number): FaultAction => ({
  status,
  body: "<!doctype html><html><body>nginx</body></html>",
  contentType: "text/html",
});

/** Of the ways in which Memos can fail; the others: test/chat/outages. */
const TROUBLE: Record<string, FaultAction> = {
  "a closed connection": "drop-before",
  "a login page with 200": html(200),
  silence: "hang",
};

describe("Memos in trouble", () => {
  for (const [what, action] of Object.entries(TROUBLE)) {
    test(`for every call, by ${what}: nothing lost or doubled, in order, without spending attempts`, async () => {
      await using world = await createWorld({ rate });
      const { person } = await boundPerson(world);
      await settled(world);
      const fault = world.memos.fault({ match: {}, action });
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
  }

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

  test("away from the start: the program starts, and saves once it is there", async () => {
    await using world = await createWorld({
      rate,
      env: { MEMOS_PUBLIC_URL: "http://memos:5230" },
      prepare: ({ memos }) => memos.stop(),
    });
    await wasLogged(world, "memos does not answer");
    expect((await fetch(`${world.app.url}/healthz`)).status).toBe(200);
    await world.memos.start();
    await wasLogged(world, "memos answers again");
    await wasLogged(world, "links to memos do not work in the chat");
    const { person } = await boundPerson(world);
    person.say("hello");
    await memosSaved(world, 1);
  });

  test("away for hours: 100 messages of one chat are drained in order, each once", async () => {
    await using world = await createWorld({ rate: 50 });
    const { person } = await boundPerson(world);
    await settled(world);
    await world.memos.stop();
    const texts = Array.from({ length: 100 }, (_, at) => `line ${at}`);
    for (const text of texts) person.say(text);
    await until("all taken", () => rows(world, "SELECT id FROM jobs").length === 100);
    expect(confirmed(world, person)).toBe(0);
    world.clock.advance(4 * 3_600_000);
    await until("told that Memos is down", () => botTexts(world, person).length === 1);
    await world.memos.start();
    await memosSaved(world, 100);
    expect(contents(world)).toEqual(texts);
    await until("all confirmed", () => confirmed(world, person) === 100);
    expect(botTexts(world, person).filter((text) => text.startsWith("Memos does not answer"))).toHaveLength(
      1,
    );
    expect(new Set(attempts(world))).toEqual(new Set([0]));
  });

  test("behind a path prefix works, and the prefix forgotten is trouble of the server", async () => {
    await using world = await createWorld({ rate, memos: { basePath: "/memos" } });
    const { person } = await boundPerson(world);
    person.say("one");
    await memosSaved(world, 1);
    await world.stopApp();
    const right = world.env["MEMOS_URL"] ?? "";
    expect(right).toEndWith("/memos");
    world.env["MEMOS_URL"] = right.replace(/\/memos$/, "");
    await world.startApp();
    await wasLogged(world, "memos does not answer");
    await world.stopApp();
    world.env["MEMOS_URL"] = right;
    await world.startApp();
    person.say("two");
    await memosSaved(world, 2);
    expect(contents(world)).toEqual(["one", "two"]);
  });

  test("a redirect is never followed, and the token goes nowhere with it", async () => {
    const heard: (string | null)[] = [];
    await using elsewhere = Bun.serve({
      port: 0,
      fetch(request) {
        heard.push(request.headers.get("authorization"));
        return Response.json({ memos: [] });
      },
    });
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await settled(world);
    const location = `http://127.0.0.1:${elsewhere.port}/api/v1/memos`;
    const fault = world.memos.fault({ match: {}, action: { status: 302, headers: { location } } });
    person.say("keep it here");
    await passTime(world, "several tries", () => fault.hits >= 4);
    world.memos.clearFaults();
    await memosSaved(world, 1);
    expect(heard).toEqual([]);
  });
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

  test("two pollers (409): it says so, asks on, and takes over when the other is gone", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    const action = {
      status: 409,
      description:
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    };
    const end = world.telegram.fault({ match: { method: "getUpdates" }, times: 1_000, action });
    person.say("meanwhile");
    await until("conflict", () =>
      world.log.some(
        ({ message, detail }) =>
          message === "not receiving updates" && `${detail}`.startsWith("another program polls"),
      ),
    );
    const ready = await fetch(`${world.app.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain("another program polls with this BOT_TOKEN");
    end();
    await memosSaved(world, 1);
    await settled(world);
    expect(contents(world)).toEqual(["meanwhile"]);
  });

  test("away at the start: waits, does not exit, and goes on when it is there", async () => {
    await using world = await createWorld({ rate, prepare: ({ telegram }) => telegram.stop() });
    const { person } = await boundPerson(world);
    await wasLogged(world, "not receiving updates");
    expect((await fetch(`${world.app.url}/healthz`)).status).toBe(200);
    person.say("while away");
    await world.telegram.start();
    await memosSaved(world, 1);
    expect(contents(world)).toEqual(["while away"]);
  });

  test("answers of getUpdates lost again and again: each message is one memo, confirmed once", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    for (const nth of [1, 2, 4, 5, 7]) {
      world.telegram.fault({
        match: { method: "getUpdates", nth },
        action: nth % 2 ? "drop-after" : "truncate",
      });
    }
    for (let at = 0; at < 5; at++) {
      person.say(`line ${at}`);
      await until("it", () => contents(world).includes(`line ${at}`));
    }
    await settled(world);
    expect(contents(world)).toEqual(Array.from({ length: 5 }, (_, at) => `line ${at}`));
    expect(botTexts(world, person)).toHaveLength(5);
  });

  for (const [what, step] of [
    ["lower", -500_000],
    ["higher", 500_000],
  ] as const) {
    test(`update ids that start again ${what} deafen nobody and hide nothing`, async () => {
      await using world = await createWorld({ rate });
      const { person } = await boundPerson(world);
      world.telegram.restartUpdateIds({ to: 600_000_000 });
      person.say("before one");
      person.say("before two");
      await memosSaved(world, 2);
      await settled(world);
      world.telegram.restartUpdateIds({ to: 600_000_000 + step });
      person.say("after one");
      person.say("after two");
      person.say("after three");
      await memosSaved(world, 5);
      await world.stopApp();
      person.say("after four");
      await world.startApp();
      await memosSaved(world, 6);
      await settled(world);
      expect(contents(world)).toEqual([
        "before one",
        "before two",
        "after one",
        "after two",
        "after three",
        "after four",
      ]);
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

  for (const [what, match] of [
    ["the upload", { method: "POST", path: /attachments$/ }],
    ["the creation", { method: "POST", path: /memos$/ }],
  ] as const) {
    test(`after ${what} was done but not answered, and a start: done once`, async () => {
      await using world = await createWorld({ rate });
      const { person } = await boundPerson(world);
      await settled(world);
      // Done at once, answered long after the stop.
      const slow = world.memos.fault({ match, times: 1, action: { delayMs: 3_000 } });
      person.sendDocument({ bytes: Buffer.from("bytes"), fileName: "a.txt", caption: "once" });
      await until("at work", () => slow.hits > 0);
      await world.stopApp();
      await world.startApp();
      await memosSaved(world, 1);
      await settled(world);
      expect(contents(world)).toEqual(["once"]);
      expect(world.memos.memos()[0]?.attachments).toHaveLength(1);
      expect(world.memos.attachments()).toHaveLength(1);
      expect(botTexts(world, person)).toHaveLength(1);
    });
  }

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

  test("and a start, five times while messages come: each is one memo, in order", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const texts: string[] = [];
    for (let round = 0; round < 5; round++) {
      for (let at = 0; at < 5; at++) {
        texts.push(`line ${round}.${at}`);
        person.say(texts.at(-1) ?? "");
      }
      await until("some", () => contents(world).length > round * 4);
      await world.stopApp();
      await world.startApp();
    }
    await memosSaved(world, 25);
    await settled(world);
    expect(contents(world)).toEqual(texts);
  });
});
