import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { botTexts, boundPerson, createWorld, rows, settled, until, type World } from "../support/app.ts";

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
});
