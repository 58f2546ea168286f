import { describe, expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { EXPORTED_CHATS } from "../../src/domain/exported.ts";
import { mark } from "../../src/domain/outgoing.ts";
import { textsIn } from "../../src/locales/texts.ts";
import { readContent } from "../../src/messages/content.ts";
import { albumsOf } from "../../src/messages/exported/albums.ts";
import type { ExportedMessage } from "../../src/messages/exported/export-format.ts";
import { readExported } from "../../src/messages/exported/exported-message.ts";
import { readExportedText } from "../../src/messages/exported/exported-text.ts";
import { exportedUpdate } from "../../src/messages/exported/exported-update.ts";
import { sourceLines } from "../../src/messages/forward-source.ts";
import { TelegramError } from "../../src/telegram/errors.ts";
import { exportedFileId, openExported } from "../../src/telegram/exported-files.ts";
import { writeExport } from "../support/exports.ts";
import { runs } from "../support/property.ts";
import { ALICE, BOB, BOT, prune, storeWorld } from "../support/store.ts";

const OWNER = 1001;
const SAVED = { name: null, type: "saved_messages", id: OWNER };
const GROUP = { name: "Trip", type: "private_supergroup", id: 55 };
const options = { flavor: "modern", words: textsIn("en").memo, formatting: "as_typed" } as const;
const files = {
  fileId: (path: string) => `/x//${path}`,
  textOf: (path: string) => (path.endsWith(".vcard") ? "BEGIN:VCARD\nORG:Works\nEND:VCARD" : null),
};

const exported = (more: object, id = 7): ExportedMessage => ({
  id,
  type: "message",
  date: "2022-01-01T12:00:00",
  date_unixtime: "1641038400",
  from: "Ann",
  from_id: `user${OWNER}`,
  text: "",
  ...more,
});
const read = (more: object, chat = SAVED, id = 7) =>
  readExported(exported(more, id), { chat, owner: OWNER, files });
const stored = (more: object, chat = SAVED) => {
  const { json } = exportedUpdate(read(more, chat), { telegram_id: OWNER, chat: "user1", bot: BOT });
  return JSON.parse(json).message;
};

describe("an exported text", () => {
  test("has its entities where the parts before them end, in UTF-16", () => {
    expect(
      readExportedText([
        "🦊 ",
        { type: "bold", text: "bold" },
        { type: "plain", text: " " },
        { type: "link", text: "https://a.example" },
        { type: "bank_card", text: " 4242 " },
        { type: "pre", text: "x", language: "ts" },
        { type: "mention_name", text: "Zoe", user_id: 77 },
        { type: "blockquote", text: "long", collapsed: true },
      ]),
    ).toMatchObject({
      text: "🦊 bold https://a.example 4242 xZoelong",
      entities: [
        { type: "bold", offset: 3, length: 4 },
        { type: "url", offset: 8, length: 17 },
        { type: "pre", offset: 31, length: 1, language: "ts" },
        { type: "text_mention", offset: 32, length: 3, user: { id: 77 } },
        { type: "expandable_blockquote", offset: 35, length: 4 },
      ],
    });
  });

  test.each([
    ["", ""],
    [undefined, ""],
    [[], ""],
    [[null, 5, {}], ""],
  ])("of any shape is read: %p", (shape, text) => {
    expect(readExportedText(shape as never)).toEqual({ text, entities: [] });
  });
});

describe("an exported message", () => {
  test.each([
    ["text", { text: "hello" }, "hello", []],
    ["photo", { photo: "photos/1.jpg", text: "see" }, "see", ["photo"]],
    ["document", { file: "files/a.pdf", file_name: "a.pdf", mime_type: "application/pdf" }, "", ["document"]],
    ["sticker", { file: "stickers/a.webp", media_type: "sticker", sticker_emoji: "🦊" }, "", ["sticker"]],
    ["voice", { file: "voice/a.ogg", media_type: "voice_message" }, "", ["voice"]],
    ["video_note", { file: "round/a.mp4", media_type: "video_message" }, "", ["video_note"]],
    ["audio", { file: "a.mp3", media_type: "audio_file", performer: "P", title: "T" }, "P – T", ["audio"]],
    ["animation", { file: "a.mp4", media_type: "animation" }, "", ["animation"]],
    ["video", { file: "a.mp4", media_type: "video_file" }, "", ["video"]],
    [
      "contact",
      {
        contact_information: { first_name: "Zoe", last_name: "", phone_number: "+1" },
        contact_vcard: "c.vcard",
      },
      "👤 **Zoe**\n+1\nWorks",
      ["contact"],
    ],
    ["location", { location_information: { latitude: 1, longitude: 2 } }, expect.stringContaining("📍"), []],
    [
      "venue",
      { place_name: "Café", address: "Road 1", location_information: { latitude: 1, longitude: 2 } },
      expect.stringContaining("📍 **Café**\nRoad 1"),
      [],
    ],
    [
      "poll",
      {
        poll: {
          question: "Which?",
          closed: false,
          answers: [{ text: "A" }, { text: ["B ", { type: "bold", text: "b" }] }],
        },
      },
      "📊 **Which?**\n\n- A\n- B **b**",
      [],
    ],
    [
      "checklist",
      { todo_list: { title: "Buy", answers: [{ text: "milk", id: 1 }] } },
      "**Buy**\n\n- [ ] milk",
      [],
    ],
    ["game", { game_title: "G", game_description: "d" }, expect.stringContaining("**G** – d"), []],
    ["invoice", { invoice_information: '{"title": "Bill"}' }, expect.stringContaining("**Bill**"), []],
    [
      "giveaway",
      { giveaway_information: { additional_prize: "prize" } },
      expect.stringContaining("prize"),
      [],
    ],
    ["paid_media", { paid_stars_amount: 5 }, expect.stringContaining("⭐"), []],
  ] as const)("of the kind %s says what it said", (kind, more, markdown, kinds) => {
    const content = readContent(stored(more), options);
    expect(content).toMatchObject({ kind, unknown: [] });
    expect(content.markdown).toEqual(markdown);
    expect(content.files.map((file) => file.kind)).toEqual([...kinds]);
  });

  test.each([
    ["its owner's", {}, SAVED, ""],
    [
      "another person's",
      { from: "Zoe", from_id: "user77" },
      GROUP,
      "> Forwarded from Zoe · 2022-01-01 12:00 UTC",
    ],
    [
      "a deleted account's",
      { from: null, from_id: "user77" },
      GROUP,
      "> Forwarded from Deleted account · 2022-01-01 12:00 UTC",
    ],
    [
      "the channel's",
      { from: "News", from_id: "channel55", author: "Zoe" },
      { ...GROUP, type: "public_channel" },
      "> Forwarded from [News](https://t.me/c/55/7) (Zoe) · 2022-01-01 12:00 UTC",
    ],
    ["forwarded", { forwarded_from: "Zoe", from_id: "user77" }, GROUP, "> Forwarded from Zoe"],
    ["forwarded from who is gone", { forwarded_from: null }, SAVED, "> Forwarded from Deleted account"],
    ["saved from a chat", { saved_from: "Trip" }, SAVED, "> Forwarded from Trip"],
  ])("that is %s tells where it is from", (_whose, more, chat, line) => {
    expect(sourceLines([stored({ text: "x", ...more }, chat as typeof SAVED)], options)).toEqual([line]);
  });

  test("of any shape is read, and stored", () => {
    const names = [
      "type",
      "date_unixtime",
      "from",
      "from_id",
      "forwarded_from",
      "author",
      "text",
      "text_entities",
    ];
    const contents = [
      "photo",
      "file",
      "media_type",
      "contact_information",
      "contact_vcard",
      "place_name",
      "poll",
    ];
    const others = [
      "location_information",
      "todo_list",
      "game_title",
      "invoice_information",
      "reply_to_message_id",
    ];
    const any = fc.oneof(
      fc.anything(),
      fc.json(),
      fc.array(fc.record({ type: fc.anything(), text: fc.anything() })),
    );
    const fields = Object.fromEntries([...names, ...contents, ...others].map((name) => [name, any]));
    const ofAnyShape = fc.record(fields, { requiredKeys: [] });
    fc.assert(
      fc.property(ofAnyShape, (more) => {
        expect(() => readContent(stored(JSON.parse(JSON.stringify(more))), options)).not.toThrow();
      }),
      runs,
    );
  });

  test("of an old export has the time of this machine", () => {
    const { date_unixtime: _, ...old } = exported({ text: "x" });
    const { date } = readExported(old, { chat: SAVED, owner: OWNER, files });
    expect(date).toBe(new Date(2022, 0, 1, 12).getTime() / 1000);
  });
});

describe("albums", () => {
  const photo = (id: number, more: object = {}, chat = SAVED) => ({
    chat,
    message: read({ photo: `${id}.jpg`, ...more }, chat, id),
  });
  const groups = async (...messages: { chat: typeof SAVED; message: ReturnType<typeof read> }[]) => {
    async function* all() {
      yield* messages;
    }
    const found = await Array.fromAsync(albumsOf(all()));
    return found.map((album) => album.map(({ message }) => message.message_id));
  };
  const later = { date_unixtime: "1641038402" };

  test("are what was sent as one, and one group in each run", async () => {
    expect(
      await groups(photo(1, { text: "all" }), photo(2), photo(3), {
        chat: SAVED,
        message: read({ text: "x" }, SAVED, 4),
      }),
    ).toEqual([[1, 2, 3], [4]]);
    const ten = Array.from({ length: 12 }, (_, at) => photo(at + 1));
    expect((await groups(...ten)).map(({ length }) => length)).toEqual([10, 2]);
  });

  test.each([
    ["of another second", photo(2, later)],
    ["with an id between", photo(3)],
    ["of another author", photo(2, { from_id: "user77" }, { ...GROUP, name: null })],
    ["forwarded", photo(2, { forwarded_from: "Zoe" })],
    ["with words of its own", photo(2, { text: "two" })],
    ["of another kind", photo(2, { photo: undefined, file: "a.pdf" })],
    ["that answers", photo(2, { reply_to_message_id: 1 })],
    ["of another chat", { ...photo(2), chat: { ...SAVED } }],
  ])("have no part %s", async (_what, other) => {
    expect(await groups(photo(1, { text: "one" }), other)).toHaveLength(2);
  });
});

describe("a file of an export", () => {
  const kindOf = (fileId: string) =>
    openExported(fileId).then(
      ({ size }) => size,
      (error) => error instanceof TelegramError && error.kind,
    );

  test("is opened by its path there, and nothing else is", async () => {
    using source = writeExport(
      { ...GROUP, messages: [] },
      { "files/a.txt": "four", "../outside.txt": "out" },
    );
    const { folder } = source;
    symlinkSync(join(folder, "../outside.txt"), join(folder, "link.txt"));
    symlinkSync(join(folder, "files/a.txt"), join(folder, "own.txt"));
    for (const path of ["files/a.txt", "./files//a.txt", "own.txt"])
      expect(await kindOf(exportedFileId(folder, path))).toBe(4);
    for (const path of ["none", "files", "", "../outside.txt", "link.txt", join(folder, "files/a.txt")])
      expect(await kindOf(exportedFileId(folder, path))).toBe("not_exported");
    for (const other of [join(folder, "files"), "/none", ""])
      expect(await kindOf(exportedFileId(other, "a.txt"))).toBe("file_unreadable");
  });
});

describe("stored", () => {
  const update = (id: number, more: object, telegram_id = ALICE) =>
    exportedUpdate(read(more, SAVED, id), { telegram_id, chat: "user1", bot: BOT });

  test("it is in a chat of its own, for each person, and nothing of it is carried out", () => {
    const [alice, bob] = [update(1, { text: "x" }), update(1, { text: "x" }, BOB)];
    expect(alice.chat_id).toBeGreaterThanOrEqual(EXPORTED_CHATS);
    expect(Number.isSafeInteger(alice.chat_id)).toBe(true);
    expect(bob.chat_id).not.toBe(alice.chat_id);
    expect(update(2, { text: "y" })).toMatchObject({ chat_id: alice.chat_id, sender: { id: ALICE } });
    for (const text of ["/start", "/bind x", "/help@another_bot", "words"])
      expect(update(1, { text: [{ type: "bot_command", text }] }).task).toEqual({ kind: "message" });
    const token = update(1, { text: "memos_pat_0123456789abcdefghijklmnopqrstuv" });
    expect(token.task).toMatchObject({ kind: "nothing", reason: "leaked_token" });
  });

  test("no message is stored twice, not even when only its memo is known any more", () => {
    using world = storeWorld();
    world.bind();
    const { inbox, jobs, bots } = world.store;
    const batch = [update(1, { text: "one" }), update(2, { text: "two", reply_to_message_id: 1 })];
    const before = bots.find();
    expect(inbox.acceptExported(batch, null)).toBe(2);
    expect(inbox.acceptExported([...batch, update(3, { text: "three" })], null)).toBe(1);
    expect(jobs.importedOf(ALICE)).toEqual({ waiting: 3, dead: 0 });
    expect(jobs.importedOf(BOB)).toEqual({ waiting: 0, dead: 0 });
    for (let leased = world.tryLease(); leased; leased = world.tryLease()) {
      const { message_id } = leased.job;
      const link = { chat_id: batch[0]?.chat_id ?? 0, message_id: message_id ?? 0 };
      const memo_name = `memos/${message_id}`;
      const owed = [mark(link.chat_id, link.message_id, "👍")];
      jobs.finish(leased.lease, { outcome: "saved", memo_name, links: [link], owed });
    }
    prune(world, world.clock.now() + 1, world.clock.now() + 1);
    expect(world.all("SELECT 1 FROM updates")).toEqual([]);
    expect(inbox.acceptExported(batch, null)).toBe(0);
    // What Telegram gives next is another matter, and nothing can be said in such a chat.
    expect(bots.find()).toEqual(before);
    expect(world.store.outbox.chats()).toEqual([]);
  });
});
