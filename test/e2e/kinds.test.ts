import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  api,
  botTexts,
  boundPerson,
  createWorld,
  memosSaved,
  rows,
  SAMPLE_USER,
  sample,
  settled,
  until,
  type World,
} from "../support/app.ts";

setDefaultTimeout(20_000);
const rate = 20;

/** What becomes of each sample; one word for each of its updates that Telegram passes on. */
const ENDS: Record<string, string[]> = {
  "future-unknown-content": ["unknown_kind"],
  // What of it is saved: test/corpus.
  animation: ["saved"],
  audio: ["saved"],
  "audio-no-tags": ["saved"],
  checklist: ["saved"],
  contact: ["saved"],
  "contact-minimal": ["saved"],
  dice: ["saved"],
  giveaway: ["saved"],
  game: ["saved"],
  invoice: ["saved"],
  "live-photo": ["saved"],
  location: ["saved"],
  "location-live": ["saved"],
  "paid-media": ["saved"],
  "poll-quiz": ["saved"],
  "poll-regular": ["saved"],
  "rich-message": ["saved"],
  "rich-message-simple": ["saved"],
  "sticker-animated": ["saved"],
  "sticker-static": ["saved"],
  "sticker-video": ["saved"],
  "story-forward": ["saved"],
  venue: ["saved"],
  video: ["saved"],
  "video-note": ["saved"],
  "video-qualities-cover": ["saved"],
  voice: ["saved"],
  "voice-caption": ["saved"],
  "album-photo-video": ["saved"],
  "album-documents-captions": ["saved"],
  "album-photos": ["saved"],
  "document-20mb-edge": ["saved"],
  "document-bare": ["saved"],
  "document-image-uncompressed": ["saved"],
  "document-pdf": ["saved"],
  "document-too-big": ["saved"],
  "document-unsafe-name": ["saved"],
  "forward-album": ["saved"],
  "forward-channel": ["saved"],
  "forward-channel-private": ["saved"],
  "forward-chat": ["saved"],
  "forward-hidden-user": ["saved"],
  "forward-user": ["saved"],
  "forward-with-comment": ["saved"],
  "message-effect-offline": ["saved"],
  "message-private-topic": ["saved"],
  "message-protected": ["saved"],
  "message-via-bot": ["saved"],
  "photo-caption": ["saved"],
  "photo-no-caption-spoiler": ["saved"],
  "reply-checklist-task": ["saved"],
  "reply-deleted-target": ["saved"],
  "reply-external": ["saved"],
  "reply-external-photo": ["saved"],
  "reply-plain": ["saved"],
  "reply-quote": ["saved"],
  "reply-story": ["saved"],
  "reply-to-bot": ["saved"],
  // What they change: edits.test.ts.
  "edited-text": ["saved"],
  "edited-caption": ["saved"],
  "edited-media": ["saved"],
  "edited-no-visible-change": ["saved"],
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

/** Samples that other files of this folder are about. */
const ELSEWHERE = /^(text-|command-|callback-|service-messages|album-audio-interleaved|ephemeral-message)/;

const ends = (world: World) =>
  rows<{ state: string; outcome: string | null; reason: string | null }>(
    world,
    "SELECT state, outcome, reason FROM jobs ORDER BY id",
  ).map(({ state, outcome, reason }) => (outcome === "saved" ? outcome : `${reason ?? outcome ?? state}`));

test("every sample is named in a test", () => {
  const all = readdirSync(join(import.meta.dir, "../fixtures/telegram/updates"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.replace(/\.json$/, ""));
  expect(all.filter((name) => !ELSEWHERE.test(name)).toSorted()).toEqual(Object.keys(ENDS).toSorted());
});

describe("the sample", () => {
  for (const [name, expected] of Object.entries(ENDS)) {
    test(`${name} ends as ${expected.join(", ") || "nothing that arrives"}, and the next text is saved`, async () => {
      await using world = await createWorld({ rate });
      await boundPerson(world);
      await until("a poll", () => world.telegram.isPollWaiting);
      world.telegram.deliver(sample(name));
      // A chat of its own for the samples that tell of a block.
      if (name !== "my-chat-member-blocked") {
        const [text] = sample("text-plain");
        world.telegram.deliver({ ...text, message: { ...(text?.["message"] as object), message_id: 9_000 } });
        await until("the text after it", () =>
          world.memos.memos().some((memo) => memo.content === "Buy oat milk and stamps"),
        );
        await settled(world);
        expect(ends(world)).toEqual([...expected, "saved"]);
      } else {
        await until("its end", () => ends(world).length > 0);
        expect(ends(world)).toEqual(expected);
      }

      const dead = expected.filter((end) => end.endsWith("_kind"));
      const told = world.telegram.sent
        .map(({ message }) => String(message["text"]))
        .filter((text) => !text.startsWith("Saved as"));
      expect(told).toHaveLength(dead.length);
      if (dead[0] === "unknown_kind") expect(told[0]).toStartWith("I do not know this kind of message yet.");
      // Dead letters keep the whole update, for a version that can save it.
      const kept = rows<{ payload: string | null }>(
        world,
        "SELECT payload FROM updates WHERE job_id IN (SELECT id FROM jobs WHERE state = 'dead')",
      );
      expect(kept.every(({ payload }) => payload?.startsWith('{"update_id":') ?? false)).toBe(true);
      if (dead.length > 0) expect(kept.length).toBeGreaterThan(0);
      expect((await api(world, "GET", "/api/v1/status")).body["jobs"]).toMatchObject({ dead: dead.length });
      if (name !== "my-chat-member-blocked") await world.stopApp();
    });
  }
});

describe("a dead letter", () => {
  test("is told once, also after a restart, and Retry tells it again", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.send({ hologram: { depth: 1 } });
    await settled(world);
    await world.stopApp();
    await world.startApp();
    await settled(world);
    expect(botTexts(world, person)).toHaveLength(1);
    const [told] = world.telegram.botMessages(person.id);
    person.press(told?.message_id ?? 0, "Retry");
    await until("told again", () => botTexts(world, person).length === 2);
    await settled(world);
    expect(botTexts(world, person)[0]).toBe("Trying again …");
    expect(botTexts(world, person)[1]).toStartWith("I do not know this kind of message yet.");
    expect(rows(world, "SELECT state, reason FROM jobs WHERE kind = 'message'")).toEqual([
      { state: "dead", reason: "unknown_kind" },
    ]);
  });

  test("that has a caption keeps the caption with it", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.send({ hologram: { depth: 1 } }, { caption: "remember this" });
    person.say("after it");
    await memosSaved(world, 1);
    await settled(world);
    expect(world.memos.memos().map((memo) => memo.content)).toEqual(["after it"]);
    expect(
      rows<{ payload: string }>(world, "SELECT payload FROM updates WHERE payload LIKE '%remember this%'"),
    ).toHaveLength(1);
  });

  test("of an older version, which could not save its kind, is saved on Retry", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const { message_id } = person.send({ hologram: { depth: 1 } }, { caption: "hear this" });
    await settled(world);
    await world.stopApp();
    const voice = { duration: 3, mime_type: "audio/ogg", ...world.telegram.file("voice", { size: 321 }) };
    const database = new Database(join(world.dataDir, "memoferry.db"));
    database.run("UPDATE jobs SET reason = 'unsupported_kind' WHERE state = 'dead'");
    database.run("UPDATE updates SET payload = replace(payload, ?, ?)", [
      '"hologram":{"depth":1}',
      `"voice":${JSON.stringify(voice)}`,
    ]);
    database.close();
    await world.startApp();
    const [told] = world.telegram.botMessages(person.id);
    person.press(told?.message_id ?? 0, "Retry");
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    expect(memo?.content).toBe("hear this");
    expect(memo?.attachments.map(({ filename, type, size }) => ({ filename, type, size }))).toEqual([
      {
        filename: expect.stringMatching(new RegExp(`^voice-[-0-9]+-${message_id}\\.ogg$`)),
        type: "audio/ogg",
        size: 321,
      },
    ]);
    expect(ends(world)).toContain("saved");
  });

  test("of one poison message never blocks the next: twenty of them in a row", async () => {
    await using world = await createWorld({ rate: 50 });
    const { person } = await boundPerson(world);
    for (let at = 0; at < 20; at++) person.send({ hologram: { depth: at } });
    person.say("after them");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toBe("after them");
    await settled(world);
    expect(botTexts(world, person)).toHaveLength(21);
  });
});

describe("what is no message to save", () => {
  test("service messages are ignored and counted, in private chats and groups", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    const all = sample("service-messages");
    world.telegram.deliver(all);
    await until("all of them", () => ends(world).length === all.length);
    expect(new Set(ends(world))).toEqual(new Set(["not_private", "service_message"]));
    expect(rows(world, "SELECT count(*) AS kept FROM updates WHERE payload IS NOT NULL")).toEqual([
      { kept: 0 },
    ]);
    expect(world.telegram.sent).toEqual([]);
    expect((await api(world, "GET", "/api/v1/status")).body["jobs"]).toMatchObject({ done: all.length });
  });

  test("group privacy off: whatever a group says to others is ignored, and the bot says nothing", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    const group = world.telegram.group({ privacy: false });
    const inGroup = group.as(person);
    inGroup.say("secret of the group");
    inGroup.say("/start@another_bot");
    inGroup.say("/weather");
    inGroup.sendPhoto({ caption: "photo of the group" });
    inGroup.sendAlbum([{ type: "photo" }, { type: "photo" }]);
    person.say("mine");
    await memosSaved(world, 1);
    await settled(world);
    expect(world.memos.memos().map((memo) => memo.content)).toEqual(["mine"]);
    expect(world.telegram.botMessages(group.id)).toEqual([]);
    expect(rows(world, "SELECT payload FROM updates WHERE payload LIKE '%of the group%'")).toEqual([]);
  });

  test("updates of kinds that nobody asked for are kept when they come all the same", async () => {
    const kinds = ["business-message", "channel-post", "guest-message", "future-unknown-kind"];
    await using world = await createWorld({
      rate,
      // Before the first getUpdates Telegram still passes on whatever it likes.
      prepare: ({ telegram }) => void telegram.deliver(kinds.flatMap(sample)),
    });
    await until("all of them", () => ends(world).length >= kinds.length);
    expect(new Set(ends(world))).toEqual(new Set(["unknown_update_kind"]));
    const kept = rows<{ kind: string; payload: string | null }>(world, "SELECT kind, payload FROM updates");
    expect(kept).toHaveLength(kinds.length);
    for (const { kind, payload } of kept) expect(payload).toContain(`"${kind}":`);
    expect(world.memos.memos()).toEqual([]);
    expect(world.telegram.sent).toEqual([]);
  });

  test("an edit is asked for, and changes the memo", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const message = person.say("as it was");
    await memosSaved(world, 1);
    person.edit(message.message_id, "as it is");
    person.say("after it");
    await memosSaved(world, 2);
    await settled(world);
    expect(world.memos.memos().map((memo) => memo.content)).toEqual(["as it is", "after it"]);
    const asked = world.telegram.requests.find(({ method }) => method === "getUpdates");
    expect(JSON.parse(asked?.params["allowed_updates"] ?? "[]")).toEqual([
      "message",
      "edited_message",
      "callback_query",
      "my_chat_member",
    ]);
  });

  test("an audio album with another chat between its parts is one memo, told once", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    world.telegram.deliver(sample("album-audio-interleaved"));
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    expect(memo?.attachments).toHaveLength(2);
    expect(botTexts(world, { id: SAMPLE_USER })).toHaveLength(1);
    expect(rows(world, "SELECT count(*) AS albums FROM jobs WHERE kind = 'album'")).toEqual([{ albums: 1 }]);
  });

  test("an ephemeral message, whose message_id is 0, harms nothing", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    world.telegram.deliver([...sample("ephemeral-message"), ...sample("text-plain")]);
    await until("the text", () => world.memos.memos().some((memo) => memo.content.startsWith("Buy oat")));
    await settled(world);
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
    test(`${what} never stop the next message`, async () => {
      await using world = await createWorld({ rate });
      await boundPerson(world);
      await until("a poll", () => world.telegram.isPollWaiting);
      const next = { ...base, message_id: 8_001, text: "after it" };
      world.telegram.deliver([
        { update_id: 1, message: JSON.parse(JSON.stringify({ ...message, message_id: 8_000 })) },
        { update_id: 2, message: next },
      ]);
      await until("the next", () => world.memos.memos().some((memo) => memo.content === "after it"));
      await settled(world);
      expect(world.log.filter((line) => line["level"] === "error")).toEqual([]);
      expect(rows(world, "SELECT id FROM jobs WHERE state IN ('waiting', 'working')")).toEqual([]);
    });
  }
});
