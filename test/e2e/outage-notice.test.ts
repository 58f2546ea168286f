import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { textsIn } from "../../src/locales/texts.ts";
import { botTexts, boundPerson, createWorld, rows, settled, until, type World } from "../support/app.ts";
import { talking } from "../support/conversation.ts";

setDefaultTimeout(60_000);
const HOUR = 3_600_000;
const DOWN = "Memos does not answer right now. I keep your messages and save them when Memos is back.";
const DOWN_IN_GERMAN = "Memos antwortet gerade nicht. Ich hebe deine Nachrichten auf";

/** Memos goes away, and what somebody says finds that out. */
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
  botTexts(world, chat).filter((text) => text.startsWith(DOWN) || text.startsWith(DOWN_IN_GERMAN));
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
    const { person: alice } = await talking(world, "alice", "de");
    const { person: bob } = await boundPerson(world, "bob");
    const { person: carol } = await boundPerson(world, "carol");
    const { person: dave } = await boundPerson(world, "dave");
    const { person: erin } = await boundPerson(world, "erin");
    await settled(world);
    await outage(world, () => dave.say("/recent"));
    for (const text of ["one", "two"]) alice.say(text);
    await until("taken", () => waiting(world) === 2);
    world.clock.advance(35_000);
    await until("told", () => told(world, alice).length === 1);
    await canary(world, bob);
    alice.say("three");
    erin.say("an apple");
    await until("taken", () => waiting(world) === 5);
    // Who asks meanwhile is told at once, and need not be told again.
    erin.say("/search apple");
    await until("told", () => told(world, erin).length === 1);
    // Her message is kept, and her question is not.
    expect(botTexts(world, erin)).toEqual([`${DOWN}\n${textsIn("en").askAgain}`]);
    world.clock.advance(5 * HOUR);
    await canary(world, carol);
    expect(botTexts(world, alice)).toEqual([expect.stringContaining(DOWN_IN_GERMAN)]);
    expect(botTexts(world, bob)).toEqual([DOWN]);
    await back(world);
    expect(botTexts(world, alice).map((text) => text.slice(0, 5))).toEqual([
      "Memos",
      "Gespe",
      "Gespe",
      "Gespe",
    ]);
    expect(told(world, bob)).toHaveLength(1);
    expect(told(world, erin)).toHaveLength(1);
    // Nothing of theirs waits.
    expect(botTexts(world, dave)).toEqual([textsIn("en").tryLater]);
  });
});
