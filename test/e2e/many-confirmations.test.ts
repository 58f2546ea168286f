import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  botTexts,
  boundPerson,
  createWorld,
  memosSaved,
  rows,
  settled,
  until,
  type World,
} from "../support/app.ts";

setDefaultTimeout(60_000);

const reactions = (world: World, chat: { readonly id: number }) =>
  world.telegram.chat(chat.id).messages.filter((message) => message.reactions.length > 0);

const PAUSE_MS = 600_000;

/** Saves `count` messages while Telegram takes no confirmation for ten minutes: more than a slow machine needs for it. */
async function pileUp(world: World, person: { say(text: string): unknown }, count: number) {
  world.telegram.fault({
    match: { method: "sendMessage" },
    times: 1,
    action: { status: 429, retryAfter: PAUSE_MS / 1000 },
  });
  for (let at = 0; at < count; at += 1) person.say(`line ${at}`);
  await memosSaved(world, count, 20_000);
  await until(
    "all confirmations owed",
    () =>
      rows<{ count: number }>(world, "SELECT count(*) AS count FROM outbox WHERE state = 'waiting'")[0]
        ?.count === count,
  );
}

describe("confirmations that piled up", () => {
  test("are one message; a reply to one of those that were saved still finds its memo", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    await settled(world);
    await pileUp(world, person, 25);
    world.clock.advance(PAUSE_MS);
    await settled(world, 20_000);
    expect(botTexts(world, person)).toEqual(["Saved 25 messages"]);
    expect(reactions(world, person)).toEqual([]);
    const first = world.telegram.chat(person.id).messages.find(({ text }) => text === "line 0");
    person.say("/pin", { replyTo: first?.message_id ?? 0 });
    await until("pinned", () => world.memos.memos().find(({ content }) => content === "line 0")?.pinned);
  });

  test("up to ten are told one by one", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    await settled(world);
    await pileUp(world, person, 10);
    world.clock.advance(PAUSE_MS);
    await settled(world, 20_000);
    expect(botTexts(world, person)).toEqual(
      Array.from({ length: 10 }, () => expect.stringMatching(/^Saved as/)),
    );
    expect(reactions(world, person)).toEqual([]);
  });

  test("do not hide that a file is missing", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    await settled(world);
    world.telegram.fault({
      match: { method: "sendMessage" },
      times: 1,
      action: { status: 429, retryAfter: PAUSE_MS / 1000 },
    });
    person.sendDocument({ fileName: "big.zip", size: 30_000_000, caption: "with a file" });
    for (let at = 0; at < 12; at += 1) person.say(`line ${at}`);
    await memosSaved(world, 13);
    world.clock.advance(PAUSE_MS);
    await settled(world, 20_000);
    expect(botTexts(world, person)).toEqual([
      expect.stringMatching(/^Saved as PRIVATE[\s\S]*big\.zip/),
      "Saved 12 messages",
    ]);
  });

  test("are told at most once, also when the program ends in between", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    await settled(world);
    await pileUp(world, person, 15);
    world.telegram.fault({ match: { method: "sendMessage" }, times: 1, action: "drop-after" });
    world.clock.advance(PAUSE_MS);
    await until("the sum is out", () => botTexts(world, person).length === 1);
    await world.stopApp();
    await world.startApp();
    await settled(world, 20_000);
    expect(botTexts(world, person)).toEqual(["Saved 15 messages"]);
  });
});

describe("to many people at once", () => {
  test("no more is sent than Telegram takes: it never has to say 429", async () => {
    await using world = await createWorld({ rate: 1 });
    const people = [];
    for (let at = 0; at < 50; at += 1) people.push((await boundPerson(world, `person${at}`)).person);
    await settled(world);
    for (const person of people) person.say("hello");
    await memosSaved(world, 50);
    await settled(world);
    for (const person of people) expect(botTexts(world, person)).toHaveLength(1);
    const refused = world.telegram.requests.filter(
      ({ method, status }) => method === "sendMessage" && status === 429,
    );
    expect(refused).toEqual([]);
  });
});

describe("a person who blocked the bot", () => {
  test("has their messages saved, and what they are owed is dropped, not asked for again and again", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    const bob = await boundPerson(world, "bob");
    await settled(world);
    world.telegram.fault({
      match: { method: "sendMessage" },
      times: 3,
      action: { status: 403, description: "Forbidden: bot was blocked by the user" },
    });
    for (const text of ["one", "two", "three"]) person.say(text);
    await memosSaved(world, 3);
    await settled(world);
    const calls = () => world.telegram.requests.filter(({ method }) => method === "sendMessage").length;
    expect(calls()).toBe(3);
    world.clock.advance(3_600_000);
    bob.person.say("four");
    await memosSaved(world, 4);
    await settled(world);
    expect(calls()).toBe(4);
    expect(rows(world, "SELECT * FROM outbox")).toEqual([]);
  });
});
