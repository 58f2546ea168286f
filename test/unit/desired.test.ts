import { describe, expect, test } from "bun:test";
import type { LeftOut, MemoSettings } from "../../src/domain/saved.ts";
import type { TelegramMessage } from "../../src/domain/telegram.ts";
import { textsIn } from "../../src/locales/texts.ts";
import { currentMessages } from "../../src/messages/versions.ts";
import type { Work } from "../../src/saving/context.ts";
import {
  type Desired,
  desired,
  type IdSource,
  revisionOf,
  type Terms,
  whyLeftOut,
} from "../../src/saving/desired.ts";
import { wantedOf } from "../../src/saving/fix-terms.ts";
import { must, photo, type Sent, update } from "../support/store.ts";

const MIB = 1024 * 1024;
const IDENTITY: IdSource = {
  id_key: "ab".repeat(32),
  bot_id: 1,
  server: "https://memos.example.org",
  id_name: "users/alice",
  chat_id: 2,
  job_key: "3",
};
const SETTINGS: MemoSettings = { tags: [], formatting: "as_typed", source_line: true, language: "en" };
/** 2026-11-22 */
const DATE = Date.UTC(2026, 10, 22, 10, 15, 30) / 1000;

const message = (sent: Sent = {}) => must(update({ date: DATE, ...sent }).message) as TelegramMessage;
const withDocument = (document: object, sent: Sent = {}) =>
  message({ document: { file_id: "F", file_unique_id: "U", ...document }, ...sent });
const withPhoto = (sent: Sent = {}) => must(photo(null, { date: DATE, ...sent }).message) as TelegramMessage;

const TERMS: Terms = {
  idSource: IDENTITY,
  id_generation: 0,
  botName: { id: 1, username: null },
  settings: SETTINGS,
  form: { limit: 8192, memos: "0.30.0" },
  tried: null,
};

const want = (messages: TelegramMessage[], more: Partial<Terms> = {}): Desired =>
  desired(messages, { ...TERMS, ...more });

const tags = (wanted: string[]) => ({ ...SETTINGS, tags: wanted });
const onlyFile = (of: TelegramMessage) => must(want([of]).files[0]);

describe("the memo's id", () => {
  test("is 32 hex digits and always the same for the same job", () => {
    const first = want([message({ text: "a" })]);
    expect(first.id).toMatch(/^[0-9a-f]{32}$/);
    const other = want([message({ text: "other text, other day", date: 5 })], { settings: tags(["x"]) });
    expect(other.id).toBe(first.id);
  });

  test("differs with each part of the id source", () => {
    const others: Partial<IdSource>[] = [
      {},
      { id_key: "cd".repeat(32) },
      { bot_id: 9 },
      { server: "https://memos.example.com" },
      { id_name: "users/bob" },
      { chat_id: 9 },
      { job_key: "9" },
      // Borders between the parts are kept.
      { chat_id: 23, job_key: "" },
    ];
    const ids = others.map((other) => want([message()], { idSource: { ...IDENTITY, ...other } }).id);
    expect(new Set(ids).size).toBe(others.length);
  });

  test("is another for each generation, where somebody else has the one before", () => {
    const ids = [0, 1, 2, 1].map((n) => want([message()], { id_generation: n }).id);
    expect(new Set(ids).size).toBe(3);
    expect(ids[3]).toBe(must(ids[1]));
  });

  test("is the one that an older version gave, where the account had another name then", () => {
    const today = want([message()]).id;
    expect(want([message()], { tried: { ids: { [today]: "then" } } }).id).toBe("then");
  });
});

describe("a file's id", () => {
  const idOf = (of: TelegramMessage, idSource = IDENTITY) => must(want([of], { idSource }).files[0]).id;
  const base = { message_id: 7 };

  test("is the same when the message is read again, whatever its file_id is by then", () => {
    expect(idOf(withDocument({ file_id: "now" }, base))).toBe(idOf(withDocument({ file_id: "later" }, base)));
  });

  test("differs by message, by file and by id source, and is never the memo's", () => {
    const ids = [
      idOf(withDocument({}, base)),
      idOf(withDocument({}, { message_id: 8 })),
      idOf(withDocument({ file_unique_id: "V" }, base)),
      idOf(withDocument({}, base), { ...IDENTITY, id_name: "users/bob" }),
      want([withDocument({}, base)]).id,
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("rests on the file_id where there is no unique one", () => {
    const bare = (file_id: string) => withDocument({ file_id, file_unique_id: undefined }, base);
    expect(idOf(bare("a"))).toMatch(/^[0-9a-f]{32}$/);
    expect(idOf(bare("a"))).not.toBe(idOf(bare("b")));
  });
});

describe("the content", () => {
  test("of an album is every caption, in message order, with a blank line between", () => {
    const album = [
      withPhoto({ message_id: 1, caption: "first" }),
      withPhoto({ message_id: 2 }),
      withPhoto({ message_id: 3, caption: "third\nline" }),
    ];
    const made = want(album);
    expect(made.content).toBe("first\n\nthird\nline");
    expect(made.message_ids).toEqual([1, 2, 3]);
    expect(made.files).toHaveLength(3);
  });

  test("shows what Telegram formats as Markdown, in texts and in captions", () => {
    const bold = [{ type: "bold" as const, offset: 0, length: 2 }];
    expect(want([message({ text: "so it is", entities: bold })]).content).toBe("**so** it is");
    expect(want([withPhoto({ caption: "so it is", caption_entities: bold })]).content).toBe("**so** it is");
  });
});

describe("a channel's post", () => {
  const chat = { id: -1_001_893_344_556, title: "Kitchen Notes", type: "channel" } as const;
  const post = (more: object) => message({ chat, text: "Sourdough", ...more } as Partial<TelegramMessage>);
  const line = "> [Kitchen Notes](https://t.me/c/1893344556/7)";

  test("has where it stands above it, and who signed it", () => {
    expect(want([post({ message_id: 7 })]).content).toBe(`${line}\n\nSourdough`);
    const signed = post({ message_id: 7, author_signature: "Ines *" });
    expect(want([signed]).content).toBe(`${line} (Ines \\*)\n\nSourdough`);
    const open = post({ message_id: 7, chat: { ...chat, username: "kitchennotes" } });
    expect(want([open]).content).toStartWith("> [Kitchen Notes](https://t.me/kitchennotes/7)");
  });

  test("has it once where there are several, and not where its owner wants none", () => {
    const album = [7, 8].map((message_id) =>
      withPhoto({ message_id, chat, caption: `day ${message_id}` } as Partial<TelegramMessage>),
    );
    expect(want(album).content).toBe(`${line}\n\nday 7\n\nday 8`);
    const settings = { ...TERMS.settings, source_line: false };
    expect(want([post({ message_id: 7 })], { settings }).content).toBe("Sourdough");
  });

  test("keeps all of its words, also those that call a bot elsewhere", () => {
    const entities = [{ type: "bot_command" as const, offset: 0, length: 5 }];
    const settings = { ...TERMS.settings, source_line: false };
    expect(want([post({ text: "/save money", entities })], { settings }).content).toBe("/save money");
  });
});

test("between the revisions of what was joined others have their turn", async () => {
  const updates = Array.from({ length: 9 }, (_, at) => ({
    seq: at + 1,
    update: { update_id: at, message: message({ message_id: 10 + at, text: "x".repeat(4_096) }) },
  }));
  const leased = { job: { kind: "message" }, updates };
  const { idSource, botName, ...terms } = TERMS;
  const record = { known: { ...terms, covered: 0, written: null } };
  const work = { leased, record, idSource, botName, current: currentMessages(updates) };
  let turns = 0;
  const other = () => {
    turns += 1;
    timer = setImmediate(other);
  };
  let timer = setImmediate(other);
  const { everWanted } = await wantedOf(work as unknown as Work);
  clearImmediate(timer);
  expect(everWanted).toHaveLength(updates.length);
  expect(turns).toBeGreaterThanOrEqual(updates.length - 2);
});

describe("tags", () => {
  const tagged = (text: string, wanted: string[]) =>
    want([message({ text })], { settings: tags(wanted) }).content;

  test("are added on a line of their own", () => {
    expect(tagged("hello", ["inbox", "from/telegram"])).toBe("hello\n\n#inbox #from/telegram");
    expect(want([withPhoto()], { settings: tags(["inbox"]) }).content).toBe("#inbox");
  });

  test("are not doubled when they were written already, also next to punctuation", () => {
    expect(tagged("#inbox hello", ["inbox"])).toBe("#inbox hello");
    for (const text of [
      "see #inbox.",
      "(#inbox)",
      "#inbox, please",
      "#inbox!",
      "“#inbox”",
      "#inbox: later",
    ]) {
      expect(tagged(text, ["inbox"])).toBe(text);
    }
    expect(tagged("both #a #b", ["b", "c", "a"])).toBe("both #a #b\n\n#c");
  });

  test("in code or in an address are none", () => {
    for (const text of [
      "`#inbox`",
      "```\n#inbox\n```",
      "```\n#inbox",
      "[x](https://x.org/#inbox)",
      "<https://x.org/#inbox>",
    ])
      expect(tagged(text, ["inbox"])).toEndWith("\n\n#inbox");
  });

  test("are not taken for another that only begins like them", () => {
    for (const text of ["#inboxes", "#inbox/sub", "#inbox-2", "#inbox_2"]) {
      expect(tagged(text, ["inbox"])).toBe(`${text}\n\n#inbox`);
    }
  });

  test("are each added once", () => {
    expect(tagged("hello", ["a", "a"])).toBe("hello\n\n#a");
  });
});

describe("a file that stays in Telegram", () => {
  const large: LeftOut = { why: "bots", bytes: 21 * MIB };
  const leftOut = (of: TelegramMessage, why = large) =>
    want([of], { tried: { left_out: { [onlyFile(of).id]: why } } });
  const film = withDocument({ file_name: "film_1.mkv" }, { caption: "look" });

  test("is named in the memo, with the reason", () => {
    const made = leftOut(film);
    expect(made.files).toEqual([]);
    expect(made.leftOut).toHaveLength(1);
    expect(made.content).toBe(
      "look\n\n📎 film\\_1.mkv is only in Telegram: it is larger than what Telegram gives to bots (20 MB).",
    );
    expect(leftOut(film, { why: "memos", bytes: MIB }).content).toContain("this Memos server accepts");
  });

  test("has a reason in words for each", () => {
    const reasons: LeftOut[] = [
      large,
      { why: "bots", bytes: null },
      { why: "memos", bytes: MIB },
      { why: "proxy", bytes: 1.25 * MIB },
      { why: "lost", bytes: null },
    ];
    const words = reasons.map((why) => whyLeftOut(textsIn("en"), why));
    expect(new Set(words).size).toBe(4);
    expect(words[3]).toContain("1.3 MB");
  });

  test("leaves the other files of its album alone", () => {
    const parts = [withPhoto({ message_id: 1 }), withDocument({}, { message_id: 2 })];
    const [kept, left] = want(parts).files;
    const made = want(parts, { tried: { left_out: { [must(left).id]: large } } });
    expect(made.files).toEqual([must(kept)]);
  });

  test("is linked to by its name wherever the message has an address", () => {
    const post = {
      type: "channel",
      chat: { id: -1_001_234, type: "channel", username: "films" },
      message_id: 77,
      date: 1,
    };
    const of = (more: object) =>
      leftOut(withDocument({ file_name: "a_1=.bin" }, more as Partial<TelegramMessage>)).content;
    const group = { chat: { id: -1_001_234, type: "supergroup" }, message_id: 9 };
    expect(of({ forward_origin: post })).toContain("[a\\_1\\=.bin](https://t.me/films/77) is only");
    expect(of(group)).toContain("](https://t.me/c/1234/9) is");
    for (const none of [
      {},
      { chat: { id: -7, type: "group" } },
      { chat: { id: 7, type: "private", username: "ada" } },
    ]) {
      expect(of(none)).toContain("📎 a\\_1\\=.bin is only");
    }
  });
});

describe("a text over the limit", () => {
  const long = (letter: string) => `${letter.repeat(30)}\n\n${letter.repeat(30)}`;

  test("goes on in comments, each with a key and an id of its own", () => {
    const made = want([message({ text: long("a") })], { form: { limit: 40, memos: "0.30.0" } });
    expect(made.content).toBe("a".repeat(30));
    expect(made.rest.map(({ key, content }) => [key, content])).toEqual([["#0", "a".repeat(30)]]);
    expect(made.rest[0]?.id).not.toBe(made.id);
  });

  test("keeps the words that stand apart in comments of theirs", () => {
    const parts = [message({ message_id: 1, text: long("a") }), message({ message_id: 2, text: "late" })];
    const made = want(parts, { form: { limit: 40, memos: "0.30.0" }, tried: { in_own_comments: [[2]] } });
    expect(made.content).toBe("a".repeat(30));
    expect(made.rest.map(({ key }) => key)).toEqual(["#0", "2#0"]);
  });
});

describe("what is kept of what was written", () => {
  test("are hashes and ids, never what was said", () => {
    const parts = [withDocument({ file_name: "secret.txt" }, { caption: "secret words" })];
    const kept = JSON.stringify(revisionOf(want(parts)));
    expect(kept).not.toContain("secret");
    expect(kept).toContain(must(want(parts).files[0]).id);
  });
});

describe("a file's name and type", () => {
  test("are those that Telegram gives", () => {
    expect(
      onlyFile(withDocument({ file_name: "scan 1.pdf", mime_type: "application/pdf", file_size: 9 })),
    ).toMatchObject({
      filename: "scan 1.pdf",
      type: "application/pdf",
      size: 9,
      file_id: "F",
    });
  });

  test("hold the beginning of the file's id where Memos or we need names of their own", () => {
    const scan = (message_id: number, file_name: string) =>
      want([withDocument({ file_name }, { message_id })], { form: { limit: 8192, memos: "0.26.2" } })
        .files[0];
    for (const [sent, stored] of [
      ["scan.pdf", /^scan-[0-9a-f]{8}\.pdf$/],
      [".profile", /^profile-[0-9a-f]{8}$/],
      ["notes", /^notes-[0-9a-f]{8}$/],
    ] as const) {
      const file = must(scan(1, sent));
      expect(file.filename).toMatch(stored);
      expect(scan(1, sent)).toEqual(file);
      expect(scan(2, sent)?.filename).not.toBe(file.filename);
    }
    const began = want([withDocument({ file_name: "scan.pdf" })], { tried: { begun: 1 } });
    expect(began.files[0]?.filename).toMatch(/^scan-[0-9a-f]{8}\.pdf$/);
    const lost = withDocument({ file_name: "scan.pdf" });
    const left_out = { [onlyFile(lost).id]: { why: "lost", bytes: null } };
    const without = want([lost], {
      form: { limit: 8192, memos: "0.26.2" },
      tried: { left_out } as Terms["tried"],
    });
    expect(without.content).toContain("📎 scan.pdf is only in Telegram");
  });

  test("say kind, day and message where Telegram gives none", () => {
    expect(onlyFile(withDocument({}, { message_id: 44 }))).toMatchObject({
      filename: "document-2026-11-22-44.bin",
      type: "application/octet-stream",
      size: null,
    });
    expect(onlyFile(withPhoto({ message_id: 45 }))).toMatchObject({
      filename: "photo-2026-11-22-45.jpg",
      type: "image/jpeg",
    });
  });

  test("are made safe for Memos", () => {
    const odd = onlyFile(
      withDocument({ file_name: "../../etc/pass wd?.txt", mime_type: "text/plain; charset=utf-8" }),
    );
    expect(odd).toMatchObject({ filename: "pass wd_.txt", type: "text/plain" });
    expect(
      onlyFile(withDocument({ file_name: "///", mime_type: "nonsense" }, { message_id: 46 })),
    ).toMatchObject({
      filename: "document-2026-11-22-46.bin",
      type: "application/octet-stream",
    });
  });

  test("of a photo are those of its largest size", () => {
    const size = (file_id: string, width: number, height: number) => ({
      file_id,
      file_unique_id: file_id,
      width,
      height,
    });
    const sizes = [size("small", 90, 60), size("large", 1280, 960), size("medium", 320, 240)];
    expect(onlyFile(message({ photo: sizes })).file_id).toBe("large");
  });
});

describe("the creation time", () => {
  test("is the first message's, in whole seconds of UTC", () => {
    const made = want([message(), message({ date: DATE + 60 })]);
    expect(made.createTime.toISOString()).toBe("2026-11-22T10:15:30.000Z");
  });

  test("is one that can be written, whatever the message tells", () => {
    for (const date of [0, -5, 1.5, Number.MAX_SAFE_INTEGER, 8_640_000_000_001, "x", null]) {
      const { createTime } = want([message({ date: date as number })]);
      expect(createTime.toISOString()).toMatch(/^(?:1970|9999)-/);
      // Comments follow it, each a second later.
      expect(new Date(createTime.getTime() + 100_000).toISOString()).toMatch(/^(?:1970|9999)-/);
    }
  });
});
