import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { api, botTexts, boundPerson, createWorld, rows, settled, until, type World } from "../support/app.ts";

setDefaultTimeout(60_000);

/** As if the version before had been another one. */
function anotherVersionBefore(world: World): void {
  const database = new Database(join(world.dataDir, "memoferry.db"));
  database.run("UPDATE facts SET value = '0.0.1' WHERE name LIKE 'version:%'");
  database.close();
}

const versions = (world: World) => rows(world, "SELECT value FROM facts WHERE name LIKE 'version:%'");

/** How many jobs each start of another version tried again. */
const tried = (world: World) =>
  world.log
    .filter(({ message }) => message === "another version than before")
    .map((line) => line["requeued"]);

describe("after an upgrade of memoferry", () => {
  test("what was not known is tried again by itself, and nobody is told twice that it still is not", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    const texts = () => botTexts(world, person);
    person.send({ hologram: { depth: 1 } }, { caption: "hear this" });
    person.send({ scent: { notes: 3 } }, { caption: "smell this" });
    await until("not understood", () => texts().length === 2);
    await settled(world);
    const states = () =>
      rows<{ state: string }>(world, "SELECT state FROM jobs ORDER BY id").map(({ state }) => state);
    // The same version: nothing is tried.
    await world.stopApp();
    await world.startApp();
    await settled(world);
    expect(states()).toEqual(["dead", "dead"]);
    expect(tried(world)).toEqual([]);
    await world.stopApp();
    anotherVersionBefore(world);
    await world.startApp();
    await settled(world);
    expect(tried(world)).toEqual([2]);
    expect(states()).toEqual(["dead", "dead"]);
    expect(texts()).toHaveLength(2);
    expect(versions(world)).toEqual([{ value: "0.0.0-source" }]);
    await world.stopApp();
    anotherVersionBefore(world);
    const database = new Database(join(world.dataDir, "memoferry.db"));
    database.run(`UPDATE updates SET payload = replace(payload, ?, ?)`, [
      '"hologram":{"depth":1}',
      `"voice":${JSON.stringify({ duration: 3, ...world.telegram.file("voice", { size: 321 }) })}`,
    ]);
    // As the first versions called what they could not save.
    database.run("UPDATE jobs SET reason = 'unsupported_kind'");
    database.close();
    await world.startApp();
    await until("saved", () => texts().length === 3);
    await settled(world);
    expect(texts()[2]).toStartWith("Saved as PRIVATE");
    expect(world.memos.memos().map(({ content }) => content)).toEqual(["hear this"]);
    expect(states()).toEqual(["done", "dead"]);
    // By hand it is told again, as ever.
    const [, told] = world.telegram.botMessages(person.id);
    person.press(told?.message_id ?? 0, "Retry");
    await until("told", () => texts().length === 4);
    expect(texts()[3]).toStartWith("I do not know such messages yet.");
  });

  test("what was not known does not wait for an account that nobody is bound to", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    person.send({ hologram: { depth: 1 } }, {});
    await until("not understood", () => botTexts(world, person).length === 1);
    await settled(world);
    await api(world, "DELETE", `/api/v1/bindings/${person.id}`);
    await world.stopApp();
    anotherVersionBefore(world);
    await world.startApp();
    await settled(world);
    expect(tried(world)).toEqual([0]);
    expect(rows(world, "SELECT state FROM jobs WHERE kind = 'message'")).toEqual([{ state: "dead" }]);
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
    expect(botTexts(world, person).at(-1)).toContain("I add it after an update");
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
});

test("what is stored in a shape that nobody knows is found out anew, and holds up nobody", async () => {
  await using world = await createWorld({ rate: 20 });
  const { person } = await boundPerson(world);
  const before = person.say("before");
  await settled(world);
  const away = world.memos.fault({ match: { path: /memos/ }, action: { status: 503 } });
  const texts = ["one", "two", "three", "four"];
  for (const text of texts) person.say(text);
  await until("accepted", () => rows(world, "SELECT 1 FROM jobs WHERE state = 'waiting'").length === 4);
  await world.stopApp();
  const database = new Database(join(world.dataDir, "memoferry.db"));
  const set = (column: string, value: string, which: string) =>
    database.run(`UPDATE jobs SET ${column} = ? WHERE kind = 'message' AND ${which}`, [value]);
  set("written", '{"v":2,"main":"h","rest":{},"files":{}}', "state = 'done'");
  const waits = (nth: number) =>
    `id = (SELECT id FROM jobs WHERE state = 'waiting' ORDER BY id LIMIT 1 OFFSET ${nth})`;
  for (const [nth, value] of ["{", "[1]", '{"v":2}', '{"limit":"long"}'].entries())
    for (const column of ["settings", "form", "tried", "written"]) set(column, value, waits(nth));
  database.run(
    `INSERT INTO outbox (bot_id, chat_id, id, method, params, promise, state)
       SELECT bot_id, chat_id, 1, 'sendMessage', '{"v":2,"words":[]}', 'notice', 'waiting' FROM chats`,
  );
  database.close();
  away.clear();
  await world.startApp();
  await settled(world);
  person.edit(before.message_id, "before, edited");
  await until("edited", () => world.memos.memos().some(({ content }) => content === "before, edited"));
  expect(world.memos.memos().map(({ content }) => content)).toEqual(["before, edited", ...texts]);
  expect(botTexts(world, person).filter((text) => text.startsWith("Saved as"))).toHaveLength(5);
});
