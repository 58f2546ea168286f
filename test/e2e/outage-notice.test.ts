import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { botTexts, boundPerson, createWorld, rows, settled, until, type World } from "../support/app.ts";

setDefaultTimeout(60_000);
const HOUR = 3_600_000;
const DOWN = "Memos does not answer right now. I keep your messages and save them when Memos is back.";

/** Memos goes away, and a message finds that out. */
async function outage(world: World, say: () => void): Promise<void> {
  const before = world.log.filter((line) => line["message"] === "memos does not answer").length;
  await world.memos.stop();
  say();
  await until(
    "found out",
    () => world.log.filter((line) => line["message"] === "memos does not answer").length > before,
  );
}

const told = (world: World, chat: { readonly id: number }) =>
  botTexts(world, chat).filter((text) => text === DOWN);
const waiting = (world: World) =>
  rows<{ count: number }>(world, "SELECT count(*) AS count FROM jobs WHERE state = 'waiting'")[0]?.count ?? 0;

type Person = Awaited<ReturnType<typeof boundPerson>>["person"];

/** Somebody who was not told yet sends a message, and is told: so everybody else was looked at too. */
async function canary(world: World, person: Person): Promise<void> {
  const before = waiting(world);
  person.say(`of ${person.id}`);
  await until("taken", () => waiting(world) > before);
  world.clock.advance(35_000);
  await until("told", () => told(world, person).length === 1);
}

async function back(world: World): Promise<void> {
  await world.memos.start();
  await until("all saved", () => waiting(world) === 0);
  await settled(world);
}

describe("while Memos is down", () => {
  test("whoever waits is told once, after half a minute, and nobody else; then come the confirmations", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person: alice } = await boundPerson(world);
    const { person: bob } = await boundPerson(world, "bob");
    const { person: carol } = await boundPerson(world, "carol");
    const { person: dave } = await boundPerson(world, "dave");
    await settled(world);
    await outage(world, () => alice.say("one"));
    alice.say("two");
    world.clock.advance(35_000);
    await until("told", () => told(world, alice).length === 1);
    await canary(world, bob);
    alice.say("three");
    await until("taken", () => waiting(world) === 4);
    world.clock.advance(5 * HOUR);
    await canary(world, carol);
    expect(botTexts(world, alice)).toEqual([DOWN]);
    expect(botTexts(world, bob)).toEqual([DOWN]);
    await back(world);
    expect(botTexts(world, alice).map((text) => text.slice(0, 5))).toEqual([
      "Memos",
      "Saved",
      "Saved",
      "Saved",
    ]);
    expect(told(world, bob)).toHaveLength(1);
    expect(botTexts(world, dave)).toEqual([]);
  });

  test("a hiccup is not told", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    await settled(world);
    await outage(world, () => person.say("one"));
    world.clock.advance(10_000);
    await back(world);
    world.clock.advance(HOUR);
    person.say("two");
    await until("saved", () => world.memos.memos().length === 2);
    await settled(world);
    expect(told(world, person)).toEqual([]);
  });

  test("a restart does not tell it again; another outage does, but not within the hour", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    const canaries = [];
    for (const name of ["bob", "carol", "dave"]) canaries.push((await boundPerson(world, name)).person);
    const [bob, carol, dave] = canaries as [Person, Person, Person];
    await settled(world);
    await outage(world, () => person.say("one"));
    world.clock.advance(35_000);
    await until("told", () => told(world, person).length === 1);
    await world.stopApp();
    world.clock.advance(2 * HOUR);
    await world.startApp();
    await canary(world, bob);
    expect(told(world, person)).toHaveLength(1);
    await back(world);
    await outage(world, () => person.say("two"));
    await canary(world, carol);
    await until("told again", () => told(world, person).length === 2);
    await back(world);
    await outage(world, () => person.say("three"));
    await canary(world, dave);
    expect(told(world, person)).toHaveLength(2);
  });

  test("is told in the sender's language", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    await settled(world);
    await outage(world, () =>
      world.telegram.deliver({
        message: {
          message_id: 1,
          date: Math.floor(Date.now() / 1000),
          from: { id: person.id, is_bot: false, first_name: "alice", language_code: "de" },
          chat: { id: person.id, type: "private", first_name: "alice" },
          text: "eins",
        },
      }),
    );
    world.clock.advance(35_000);
    const [text] = await until("told", () => botTexts(world, person).length === 1 && botTexts(world, person));
    expect(text).toStartWith("Memos antwortet gerade nicht. Ich hebe deine Nachrichten auf");
  });
});
