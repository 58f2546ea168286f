import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { botTexts, memosSaved, rows, sample } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { testBound } from "../support/test-bound.ts";

/** What becomes of samples that are no memo, a word for each update; of all others test/corpus tells. */
const ENDS: Record<string, string[]> = {
  "future-unknown-content": ["unknown_kind"],
  // The message itself never came, and is older than the binding.
  "edited-album-part": ["never_saved"],
  "checklist-edited": ["never_saved"],
  "checklist-tasks-added": ["never_saved"],
  "checklist-tasks-done": ["never_saved"],
  // Nothing to save.
  "checklist-service-without-message": ["service_message"],
  "group-anonymous-admin": ["not_private"],
  "group-automatic-forward": ["not_private"],
  "group-command-to-bot": ["not_private"],
  "group-command-to-other-bot": ["not_private"],
  "group-migrate": ["service_message", "service_message"],
  "group-sender-channel": ["not_private"],
  "group-text-mention": ["not_private"],
  "group-topic-created": ["not_private"],
  "group-topic-general": ["not_private"],
  "group-topic-message": ["not_private"],
  "my-chat-member-added-to-group": ["member"],
  "my-chat-member-blocked": ["member"],
  "my-chat-member-unblocked": ["member"],
  // Never passed on, because they are not asked for.
  "business-message": [],
  "channel-post": [],
  "channel-post-edited": [],
  "deleted-business-messages": [],
  "future-unknown-kind": [],
  "giveaway-winners": [],
  "guest-message": [],
  "message-reaction": [],
};

const ends = (world: ChatWorld) =>
  rows<{ state: string; outcome: string | null; reason: string | null }>(
    world,
    "SELECT state, outcome, reason FROM jobs ORDER BY id",
  ).map(({ state, outcome, reason }) => (outcome === "saved" ? outcome : `${reason ?? outcome ?? state}`));
const contents = (world: ChatWorld) => world.memos.memos().map(({ content }) => content);

describe("the sample", () => {
  for (const [name, expected] of Object.entries(ENDS)) {
    testBound(
      `${name} ends as ${expected.join(", ") || "nothing that arrives"}, and the next text is saved`,
      async ({ world }) => {
        // By the first poll Telegram knows what is asked for.
        world.telegram.deliver(sample("text-plain"));
        await memosSaved(world, 1);
        world.telegram.deliver(sample(name));
        // Nobody can be answered who blocked the bot.
        if (name !== "my-chat-member-blocked") world.telegram.deliver(textAfter(9_000));
        await world.quiet();
        expect(ends(world).filter((end) => end !== "saved")).toEqual(expected);
        if (name !== "my-chat-member-blocked") expect(contents(world)).toContain("after it");

        const dead = expected.filter((end) => end.endsWith("_kind"));
        const told = world.telegram.sent
          .map(({ message }) => String(message["text"]))
          .filter((text) => !text.startsWith("Saved as"));
        expect(told).toHaveLength(dead.length);
        if (dead[0] === "unknown_kind")
          expect(told[0]).toStartWith("I do not know this kind of message yet.");
        // Dead letters keep the whole update, for a version that can save it.
        const kept = rows<{ payload: string | null }>(
          world,
          "SELECT payload FROM updates WHERE job_id IN (SELECT id FROM jobs WHERE state = 'dead')",
        );
        expect(kept.every(({ payload }) => payload?.startsWith('{"update_id":') ?? false)).toBe(true);
        expect(kept).toHaveLength(dead.length);
      },
    );
  }
});

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
    expect(botTexts(world, person)[0]).toBe("Trying again …");
    expect(botTexts(world, person)[1]).toStartWith("I do not know this kind of message yet.");
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
    const kinds = ["business-message", "channel-post", "guest-message", "future-unknown-kind"];
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

describe("updates with missing or surprising fields", () => {
  const base = sample("text-plain")[0]?.["message"] as Record<string, unknown>;
  const strange: Record<string, Record<string, unknown>> = {
    "without a sender": { ...base, from: undefined },
    "without a chat": { ...base, chat: undefined },
    "without a text or anything": { ...base, text: undefined },
    "with a text that is a number": { ...base, text: 42 },
    "with entities that are no list": { ...base, entities: "bold" },
    "with entities out of range": {
      ...base,
      entities: [
        { type: "bold", offset: 5, length: 9_999 },
        { type: "italic", offset: -3, length: 2 },
        { type: "code" },
        null,
      ],
    },
    "with a date of 0": { ...base, date: 0 },
    "with an empty list of photos": { ...base, text: undefined, photo: [] },
    "with a document that is null": { ...base, text: undefined, document: null },
    "with a document without an id": { ...base, text: undefined, document: { file_name: "x" } },
    "with a media_group_id that is a number": { ...base, media_group_id: 7 },
    "with unknown fields everywhere": {
      ...base,
      shiny: true,
      from: { ...(base["from"] as object), rank: { a: 1 } },
    },
  };
  for (const [what, message] of Object.entries(strange)) {
    testBound(`${what} never stop the next message`, async ({ world }) => {
      world.telegram.deliver([
        { update_id: 1, message: JSON.parse(JSON.stringify({ ...message, message_id: 8_000 })) },
        textAfter(8_001),
      ]);
      await world.settled();
      expect(contents(world)).toContain("after it");
      expect(world.log.filter((line) => line["level"] === "error")).toEqual([]);
    });
  }
});

function textAfter(message_id: number) {
  const [text] = sample("text-plain");
  return { ...text, message: { ...(text?.["message"] as object), message_id, text: "after it" } };
}
