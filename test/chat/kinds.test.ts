import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { botTexts, contents, memosSaved, rows, sample } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { testBound } from "../support/test-bound.ts";

const ends = (world: ChatWorld) =>
  rows<{ state: string; outcome: string | null; reason: string | null }>(
    world,
    "SELECT state, outcome, reason FROM jobs ORDER BY id",
  ).map(({ state, outcome, reason }) => (outcome === "saved" ? outcome : `${reason ?? outcome ?? state}`));
describe("a dead letter", () => {
  testBound("is told once, also after a restart, and Retry tells it again", async ({ world, person }) => {
    person.send({ hologram: { depth: 1 } });
    await world.quiet();
    await world.restart();
    await world.quiet();
    expect(botTexts(world, person)).toHaveLength(1);
    const [told] = world.telegram.botMessages(person.id);
    person.press(told?.message_id ?? 0, "Retry");
    await world.until("told again", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[0]).toBe("I am on it …");
    expect(botTexts(world, person)[1]).toStartWith("I do not know such messages yet.");
    expect(rows(world, "SELECT state, reason FROM jobs WHERE kind = 'message'")).toEqual([
      { state: "dead", reason: "unknown_kind" },
    ]);
  });

  testBound(
    "of an older version, which could not save its kind, is saved on Retry, with its caption",
    async ({ world, person }) => {
      const { message_id } = person.send({ hologram: { depth: 1 } }, { caption: "hear this" });
      await world.quiet();
      await world.restart(() => {
        const voice = { duration: 3, mime_type: "audio/ogg", ...world.telegram.file("voice", { size: 321 }) };
        const database = new Database(join(world.dataDir, "memoferry.db"));
        database.run("UPDATE jobs SET reason = 'unsupported_kind' WHERE state = 'dead'");
        database.run("UPDATE updates SET payload = replace(payload, ?, ?)", [
          '"hologram":{"depth":1}',
          `"voice":${JSON.stringify(voice)}`,
        ]);
        database.close();
      });
      const [told] = world.telegram.botMessages(person.id);
      person.press(told?.message_id ?? 0, "Retry");
      const [memo] = await memosSaved(world, 1);
      expect(memo?.content).toBe("hear this");
      expect(memo?.attachments.map(({ filename, type, size }) => ({ filename, type, size }))).toEqual([
        {
          filename: expect.stringMatching(new RegExp(`^voice-[-0-9]+-${message_id}\\.ogg$`)),
          type: "audio/ogg",
          size: 321,
        },
      ]);
      expect(ends(world)).toContain("saved");
    },
  );

  testBound("never blocks the next message: twenty of them in a row", async ({ world, person }) => {
    for (let at = 0; at < 20; at++) person.send({ hologram: { depth: at } });
    person.say("after them");
    await world.settled();
    expect(contents(world)).toEqual(["after them"]);
    expect(botTexts(world, person)).toHaveLength(21);
  });
});

describe("what is no message to save", () => {
  testBound("service messages are ignored and counted, in private chats and groups", async ({ world }) => {
    const all = sample("service-messages");
    world.telegram.deliver(all);
    await world.quiet();
    expect(ends(world)).toHaveLength(all.length);
    expect(new Set(ends(world))).toEqual(new Set(["not_private", "service_message"]));
    expect(rows(world, "SELECT count(*) AS kept FROM updates WHERE payload IS NOT NULL")).toEqual([
      { kept: 0 },
    ]);
    expect(world.telegram.sent).toEqual([]);
  });

  test("updates of kinds that nobody asked for are kept when they come all the same", async () => {
    const kinds = ["business-message", "guest-message", "future-unknown-kind"];
    await using world = await chatWorld();
    // Before the first getUpdates Telegram still passes on whatever it likes.
    world.telegram.deliver(kinds.flatMap(sample));
    await world.quiet();
    expect(ends(world)).toEqual(kinds.map(() => "unknown_update_kind"));
    const kept = rows<{ kind: string; payload: string | null }>(world, "SELECT kind, payload FROM updates");
    expect(kept).toHaveLength(kinds.length);
    for (const { kind, payload } of kept) expect(payload).toContain(`"${kind}":`);
    expect(world.memos.memos()).toEqual([]);
    expect(world.telegram.sent).toEqual([]);
  });
});
