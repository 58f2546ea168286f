import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { api, botTexts, boundPerson, createWorld, rows, settled, until, type World } from "../support/app.ts";

setDefaultTimeout(30_000);

/** As if the version before had been another one. */
function anotherVersionBefore(world: World): void {
  const database = new Database(join(world.dataDir, "memoferry.db"));
  database.run("UPDATE facts SET value = '0.0.1' WHERE name LIKE 'version:%'");
  database.close();
}

const versions = (world: World) => rows(world, "SELECT value FROM facts WHERE name LIKE 'version:%'");

describe("after an upgrade of memoferry", () => {
  test("whoever sent what was not known is told once where to try again, and nobody else", async () => {
    await using world = await createWorld({ rate: 20 });
    const alice = await boundPerson(world);
    const bob = await boundPerson(world, "bob");
    for (const message_id of [1, 2]) {
      world.telegram.deliver({
        message: {
          message_id,
          date: Math.floor(Date.now() / 1000),
          from: { id: alice.person.id, is_bot: false, first_name: "alice" },
          chat: { id: alice.person.id, type: "private", first_name: "alice" },
          hologram: { file_id: "x" },
        },
      });
    }
    bob.person.say("hello");
    await until("not understood", () => botTexts(world, alice.person).length === 2);
    await settled(world);
    // The same version: nothing new to say.
    await world.stopApp();
    await world.startApp();
    await settled(world);
    expect(botTexts(world, alice.person)).toHaveLength(2);
    await world.stopApp();
    anotherVersionBefore(world);
    await world.startApp();
    await until("told", () => botTexts(world, alice.person).length === 3);
    await settled(world);
    expect(botTexts(world, alice.person)[2]).toBe(
      "I was updated, and may now know 2 messages of yours that I did not know before. /failed shows them: press Retry there.",
    );
    expect(botTexts(world, bob.person)).toHaveLength(1);
    expect(versions(world)).toEqual([{ value: "0.0.0-source" }]);
    await world.stopApp();
    await world.startApp();
    await settled(world);
    expect(botTexts(world, alice.person)).toHaveLength(3);
  });

  test("the first start has nothing to tell, and notes its version", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    await settled(world);
    expect(botTexts(world, person)).toEqual([]);
    expect(versions(world)).toEqual([{ value: "0.0.0-source" }]);
  });

  test("a memo that lacked a part which was not known gets it, however long ago that was", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    const { chat, from, date } = person.say("before it");
    const part = (message_id: number, content: object) => ({
      message: { chat, from, date, message_id, media_group_id: "G", ...content },
    });
    const photo = (id: string) => [{ file_id: id, file_unique_id: id, width: 1, height: 1, file_size: 3 }];
    world.telegram.deliver([
      part(901, { photo: photo("a"), caption: "one" }),
      part(902, { hologram: photo("b"), caption: "two" }),
    ]);
    const album = () => world.memos.memos().find(({ content }) => content === "one\n\ntwo");
    await until("saved", album);
    await settled(world);
    expect(botTexts(world, person).at(-1)).toContain("I keep it, and add it after an update");
    world.clock.advance(40 * 24 * 3_600_000);
    await until(
      "what is whole was pruned",
      () => rows(world, "SELECT 1 FROM updates WHERE payload IS NOT NULL").length === 2,
    );
    // Still not known: nothing is said again.
    await world.stopApp();
    anotherVersionBefore(world);
    await world.startApp();
    await settled(world);
    const told = botTexts(world, person).length;
    await world.stopApp();
    anotherVersionBefore(world);
    const database = new Database(join(world.dataDir, "memoferry.db"));
    database.run(`UPDATE updates SET payload = replace(payload, '"hologram"', '"photo"')`);
    database.close();
    await world.startApp();
    await until("whole", () => album()?.attachments.length === 2);
    await settled(world);
    expect(botTexts(world, person)).toHaveLength(told);
    expect(botTexts(world, person)).toContain("Saved as PRIVATE · open");
    expect(botTexts(world, person).join()).not.toContain("I keep it");
    expect(rows(world, "SELECT 1 FROM jobs WHERE reason IS NOT NULL")).toEqual([]);
  });

  test("what lacks a part does not wait for an account that nobody is bound to", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    const { chat, from, date } = person.say("before it");
    const poll = { id: "1", question: "Where?", options: [{ text: "here", media: { hologram: {} } }] };
    world.telegram.deliver({ message: { chat, from, date, message_id: 901, poll } });
    await until(
      "saved",
      () => rows(world, "SELECT 1 FROM jobs WHERE reason = 'unknown_part' AND state = 'done'").length === 1,
    );
    await settled(world);
    await api(world, "DELETE", `/api/v1/bindings/${person.id}`);
    await world.stopApp();
    anotherVersionBefore(world);
    await world.startApp();
    await settled(world);
    expect(rows(world, "SELECT state FROM jobs WHERE reason = 'unknown_part'")).toEqual([{ state: "done" }]);
  });
});
