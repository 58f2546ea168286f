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
  const owed = `SELECT total(coalesce(params ->> '$.summed', 1)) AS count FROM outbox WHERE state = 'waiting'`;
  await until("all confirmations owed", () => rows<{ count: number }>(world, owed)[0]?.count === count);
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
