import { describe, expect, test } from "bun:test";
import { botTexts, boundPerson, contents, memosSaved, rows, sentName } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";

const accounts = (world: ChatWorld) =>
  rows(
    world,
    `SELECT DISTINCT name AS account FROM accounts WHERE id IN (SELECT account_key FROM bindings
       UNION SELECT account_key FROM jobs WHERE queue = 'messages')`,
  );

/** As an owner does it: the server stops, messages come meanwhile, another release starts over the same data. */
async function upgrade(world: ChatWorld, version: string, meanwhile: () => void): Promise<void> {
  await world.memos.stop();
  meanwhile();
  await world.quiet();
  world.memos.become(version);
  await world.memos.start();
  await world.settled();
}

type Person = Awaited<ReturnType<typeof boundPerson>>["person"];

const said = (world: ChatWorld, person: Person, text: string) => {
  const found = world.telegram.botMessages(person.id).find((one) => one.text?.includes(text));
  if (!found) throw new Error(`nothing says ${text}`);
  return found.message_id;
};
const newest = (world: ChatWorld, person: Person) => botTexts(world, person).at(-1) ?? "";

type FirstThing = [
  string,
  (world: ChatWorld, person: Person) => void,
  (world: ChatWorld, person: Person) => unknown,
];

/** What a person may do when Memos has just been upgraded, and how it shows that it worked. */
const FIRST_THINGS: readonly FirstThing[] = [
  [
    "/recent",
    (_, person) => person.say("/recent"),
    (world, person) => botTexts(world, person).filter((text) => text.includes("Your newest")).length === 2,
  ],
  [
    "/search",
    (_, person) => person.say("/search needle"),
    (world, person) => newest(world, person).includes("a needle"),
  ],
  [
    "/random",
    (_, person) => person.say("/random"),
    (world, person) => /^(a needle|hay \d)/.test(newest(world, person)),
  ],
  [
    "the next page of a list",
    (world, person) => person.press(said(world, person, "Your newest"), "6–7 ›"),
    (world, person) => /6\. (a needle|hay \d)/.test(newest(world, person)),
  ],
  [
    "[Show]",
    (world, person) => person.press(said(world, person, "Your newest"), "Show 1"),
    (world, person) => /^(a needle|hay \d)/.test(newest(world, person)),
  ],
  [
    "a press under a confirmation",
    (world, person) => person.press(said(world, person, "Saved"), "PUBLIC"),
    (world) => world.memos.memos().some(({ visibility }) => visibility === "PUBLIC"),
  ],
];

describe("one data folder through upgrades of Memos", () => {
  for (const [from, to] of [
    ["0.22.5", "0.25.3"],
    ["0.23.1", "0.24.4"],
    ["0.24.4", "0.25.0"],
    ["0.24.4", "0.25.3"],
    ["0.26.2", "0.27.1"],
    ["0.26.2", "0.30.0"],
    ["0.27.1", "0.26.2"],
  ] as const) {
    for (const [what, path] of [
      ["upload", /\/(attachments|resources)$/],
      ["create", /\/memos$/],
    ] as const) {
      test(`from ${from} to ${to} while the answer to the ${what} is lost: one memo with its file`, async () => {
        await using world = await chatWorld({ memos: { version: from } });
        const { person } = await boundPerson(world);
        await world.quiet();
        const lost = world.memos.fault({ match: { method: "POST", path }, times: 1, action: "drop-after" });
        const sent = person.sendDocument({ fileName: "a.txt", bytes: Buffer.from("a"), caption: "once" });
        await world.until("lost", () => lost.hits > 0);
        // At once, so that nothing but the answers tells of it.
        world.memos.become(to);
        person.say("after it");
        await world.settled();
        expect(botTexts(world, person)).toHaveLength(2);
        expect(contents(world)).toEqual(["once", "after it"]);
        const [memo] = world.memos.memos();
        expect(memo?.attachments.map(sentName)).toEqual(["a.txt"]);
        expect(memo?.createTime).toBe(`${new Date((sent.date ?? 0) * 1000).toISOString().slice(0, 19)}Z`);
        expect(world.memos.attachments()).toHaveLength(1);
      });
    }
  }

  for (const [from, to] of [
    ["0.22.5", "0.24.4"],
    ["0.24.4", "0.25.3"],
    ["0.26.2", "0.27.1"],
    ["0.26.2", "0.30.0"],
    ["0.27.1", "0.26.2"],
    ["0.30.0", "0.26.2"],
  ] as const) {
    for (const [what, act, isDone] of FIRST_THINGS) {
      test(`from ${from} to ${to}, ${what} is the first thing after it`, async () => {
        await using world = await chatWorld({ memos: { version: from } });
        const { person } = await boundPerson(world);
        for (const text of ["a needle", ...Array.from({ length: 6 }, (_, at) => `hay ${at}`)])
          person.say(text);
        await memosSaved(world, 7);
        person.say("/recent");
        await world.quiet();
        world.memos.become(to);
        act(world, person);
        await world.quiet();
        // A command is tried again a few times.
        await world.eventually(what, () => isDone(world, person), 1_000);
      });
    }
  }

  test("an album's late part joins the memo that was made under the account's old name", async () => {
    await using world = await chatWorld({ memos: { version: "0.26.2" } });
    const { person } = await boundPerson(world);
    const mediaGroupId = "13999999999999999";
    const part = (name: string) =>
      person.sendDocument({ fileName: name, bytes: Buffer.from(name), caption: name, mediaGroupId });
    part("1");
    part("2");
    await memosSaved(world, 1);
    await upgrade(world, "0.30.0", () => part("3"));
    expect(contents(world)).toEqual(["1\n\n2\n\n3"]);
    expect(world.memos.memos()[0]?.attachments.map(sentName)).toEqual(["1", "2", "3"]);
    expect(world.memos.attachments()).toHaveLength(3);
    expect(accounts(world)).toEqual([{ account: "users/alice" }]);
  });

  test("the visibility chosen in Memos is found under the account's new name", async () => {
    await using world = await chatWorld({ memos: { version: "0.26.2" } });
    const { person } = await boundPerson(world);
    world.memos.setDefaultVisibility("alice", "PROTECTED");
    // Nothing was said meanwhile, so nothing failed.
    world.memos.become("0.27.1");
    await world.passes(11 * 60_000);
    person.say("a thought");
    await memosSaved(world, 1);
    expect(world.memos.memos()[0]?.visibility).toBe("PROTECTED");
  });

  test("two people whose old and new names cross are not mixed up", async () => {
    await using world = await chatWorld({ memos: { version: "0.26.2" } });
    const one = await boundPerson(world, "2");
    const two = await boundPerson(world, "1");
    one.person.say("of one");
    two.person.say("of two");
    await memosSaved(world, 2);
    await upgrade(world, "0.27.1", () => {
      one.person.say("of one again");
      two.person.say("of two again");
    });
    const owners = world.memos.memos().map(({ creator, content }) => `${creator}: ${content}`);
    expect(owners.toSorted()).toEqual([
      "users/1: of two",
      "users/1: of two again",
      "users/2: of one",
      "users/2: of one again",
    ]);
    const links = rows<{ account: string; telegram_id: number }>(
      world,
      "SELECT DISTINCT telegram_id, name AS account FROM links JOIN jobs ON jobs.id = job_id JOIN accounts ON accounts.id = account_key ORDER BY 2",
    );
    expect(links).toEqual([
      { telegram_id: two.person.id, account: "users/1" },
      { telegram_id: one.person.id, account: "users/2" },
    ]);
  });
});
