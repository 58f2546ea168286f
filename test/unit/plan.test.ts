import { describe, expect, test } from "bun:test";
import { modernFlavor } from "../../src/domain/markdown-flavor.ts";
import type { TelegramMessage } from "../../src/domain/telegram.ts";
import { textsIn } from "../../src/locales/texts.ts";
import { makePlan } from "../../src/saving/build-plan.ts";
import {
  attachmentNames,
  type Identity,
  megabytes,
  memoName,
  remarks,
  revise,
  savedFiles,
  withFile,
  withNextId,
  withoutFile,
} from "../../src/saving/plan.ts";
import { must, photo, type Sent, update } from "../support/store.ts";

const texts = textsIn("en");

const MIB = 1024 * 1024;
const IDENTITY: Identity = {
  id_key: "ab".repeat(32),
  bot_id: 1,
  server: "https://memos.example.org",
  account: "users/alice",
  id_name: "users/alice",
  chat_id: 2,
  job_key: "3",
};
const LIMITS = {
  downloadBytes: 20 * MIB,
  upload: { bytes: 30 * MIB, of: "memos" },
  contentBytes: 8192,
} as const;
const OWN = { parent: null, quote: "all", refused: null } as const;
const SETTINGS = { tags: [], formatting: "as_typed", source_line: true, language: "en" } as const;
/** 2026-11-22 */
const DATE = Date.UTC(2026, 10, 22, 10, 15, 30) / 1000;

const message = (sent: Sent = {}) => must(update({ date: DATE, ...sent }).message) as TelegramMessage;
const withDocument = (document: object, sent: Sent = {}) =>
  message({ document: { file_id: "F", file_unique_id: "U", ...document }, ...sent });
const withPhoto = (sent: Sent = {}) => must(photo(null, { date: DATE, ...sent }).message) as TelegramMessage;

function plan(messages: TelegramMessage[], more: Partial<Parameters<typeof makePlan>[0]> = {}) {
  return makePlan({
    identity: IDENTITY,
    messages,
    bot: { id: 1, username: null },
    seq: 1,
    visibility: "PRIVATE",
    reply: OWN,
    settings: SETTINGS,
    limits: LIMITS,
    markdown: modernFlavor,
    texts,
    apart: [],
    ...more,
  });
}

const tags = (wanted: string[]) => ({ ...SETTINGS, tags: wanted });
const onlyFile = (of: TelegramMessage) => must(plan([of]).files[0]);

describe("the memo's id", () => {
  test("is 32 hex digits and always the same for the same job", () => {
    const first = plan([message({ text: "a" })]);
    expect(first.memo_id).toMatch(/^[0-9a-f]{32}$/);
    const other = plan([message({ text: "other text, other day", date: 5 })], { settings: tags(["x"]) });
    expect(other.memo_id).toBe(first.memo_id);
    expect(memoName(first)).toBe(`memos/${first.memo_id}`);
  });

  test("differs with each part of the identity", () => {
    const others: Partial<Identity>[] = [
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
    const ids = others.map((other) => plan([message()], { identity: { ...IDENTITY, ...other } }).memo_id);
    expect(new Set(ids).size).toBe(others.length);
  });

  test("is another for each n, where somebody else has the one before", () => {
    const zero = plan([message()]);
    const one = withNextId(zero, IDENTITY);
    const two = withNextId(one, IDENTITY);
    expect([zero.n, one.n, two.n]).toEqual([0, 1, 2]);
    expect(new Set([zero.memo_id, one.memo_id, two.memo_id]).size).toBe(3);
    expect(withNextId(zero, IDENTITY)).toEqual(one);
    expect(one.content).toBe(zero.content);
  });
});

describe("a file's id", () => {
  const idOf = (of: TelegramMessage, identity = IDENTITY) =>
    must(plan([of], { identity }).files[0]).attachment_id;
  const base = { message_id: 7 };

  test("is the same when the message is read again, whatever its file_id is by then", () => {
    expect(idOf(withDocument({ file_id: "now" }, base))).toBe(idOf(withDocument({ file_id: "later" }, base)));
  });

  test("differs by message, by file and by identity, and is never the memo's", () => {
    const ids = [
      idOf(withDocument({}, base)),
      idOf(withDocument({}, { message_id: 8 })),
      idOf(withDocument({ file_unique_id: "V" }, base)),
      idOf(withDocument({}, base), { ...IDENTITY, id_name: "users/bob" }),
      plan([withDocument({}, base)]).memo_id,
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
    const made = plan(album);
    expect(made.content).toBe("first\n\nthird\nline");
    expect(made.message_ids).toEqual([1, 2, 3]);
    expect(made.files.map(({ message_id }) => message_id)).toEqual([1, 2, 3]);
  });

  test("is empty where nothing was written", () => {
    expect(plan([withPhoto()]).content).toBe("");
  });

  test("shows what Telegram formats as Markdown, in texts and in captions", () => {
    const bold = [{ type: "bold" as const, offset: 0, length: 2 }];
    expect(plan([message({ text: "so it is", entities: bold })]).content).toBe("**so** it is");
    expect(plan([withPhoto({ caption: "so it is", caption_entities: bold })]).content).toBe("**so** it is");
  });
});

describe("tags", () => {
  const tagged = (text: string, wanted: string[]) =>
    plan([message({ text })], { settings: tags(wanted) }).content;

  test("are added on a line of their own", () => {
    expect(tagged("hello", ["inbox", "from/telegram"])).toBe("hello\n\n#inbox #from/telegram");
    expect(plan([withPhoto()], { settings: tags(["inbox"]) }).content).toBe("#inbox");
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

  test("are not taken for another that only begins like them", () => {
    for (const text of ["#inboxes", "#inbox/sub", "#inbox-2", "#inbox_2"]) {
      expect(tagged(text, ["inbox"])).toBe(`${text}\n\n#inbox`);
    }
  });

  test("are each added once", () => {
    expect(tagged("hello", ["a", "a"])).toBe("hello\n\n#a");
  });
});

describe("a file that is too large", () => {
  const large = (megabytes: number) =>
    withDocument({ file_name: "film_1.mkv", file_size: megabytes * MIB }, { caption: "look" });

  test("for Telegram is left out, and the memo and the sender are told", () => {
    const made = plan([large(21)]);
    expect(savedFiles(made)).toEqual([]);
    expect(attachmentNames(made)).toEqual([]);
    expect(made.content).toBe(
      "look\n\n📎 film\\_1.mkv is only in Telegram: at 21.0 MB it is larger than what Telegram gives to bots (20 MB).",
    );
    expect(remarks(made, texts)).toEqual([
      "Without film_1.mkv: at 21.0 MB it is larger than what Telegram gives to bots (20 MB).",
    ]);
  });

  test("for Memos is left out too, in its own words", () => {
    const made = plan([large(21)], {
      limits: {
        ...LIMITS,
        downloadBytes: Number.POSITIVE_INFINITY,
        upload: { bytes: 20 * MIB, of: "memos" },
      },
    });
    expect(made.content).toContain("larger than this Memos server accepts");
    expect(savedFiles(made)).toEqual([]);
  });

  test("by nothing, exactly at the limit, is saved", () => {
    expect(savedFiles(plan([large(20)]))).toHaveLength(1);
  });

  test("leaves the other files of its album alone", () => {
    const made = plan([
      withPhoto({ message_id: 1 }),
      withDocument({ file_size: 3 * 1024 * MIB }, { message_id: 2 }),
    ]);
    expect(savedFiles(made).map(({ message_id }) => message_id)).toEqual([1]);
  });

  test("and says so only when it is tried is left out then, and said the same way", () => {
    const before = plan([
      withPhoto({ message_id: 1 }),
      withDocument({ file_name: "a.bin" }, { message_id: 2 }),
    ]);
    const refused = must(before.files[1]);
    expect(refused.size).toBeNull();
    const after = withoutFile(before, { file: refused, why: "too large.", identity: IDENTITY, texts });
    expect(after.content).toBe("📎 a.bin is only in Telegram: too large.");
    expect(savedFiles(after)).toEqual([must(before.files[0])]);
    expect(remarks(after, texts)).toEqual(["Without a.bin: too large."]);
    const said = withoutFile(
      { ...before, content: "text" },
      { file: refused, why: "x", identity: IDENTITY, texts },
    );
    expect(said.content).toStartWith("text\n\n📎");
  });

  test("is linked to by its name wherever the message has an address, whenever it is left out", () => {
    const post = {
      type: "channel",
      chat: { id: -1_001_234, type: "channel", username: "films" },
      message_id: 77,
      date: 1,
    };
    const of = (more: object, size = 30 * MIB) =>
      plan([withDocument({ file_name: "a_1=.bin", file_size: size }, more as Partial<TelegramMessage>)]);
    const [there, elsewhere] = ["https://t.me/films/77", "https://t.me/c/1234/5/9"];
    const group = { chat: { id: -1_001_234, type: "supergroup" }, message_id: 9 };
    expect(of({ forward_origin: post }).content).toContain(`[a\\_1\\=.bin](${there}) is only`);
    expect(of({ ...group, is_topic_message: true, message_thread_id: 5 }).content).toContain(
      `](${elsewhere}) is`,
    );
    const before = of({ forward_origin: post }, 5);
    const after = withoutFile(before, { file: must(before.files[0]), why: "x", identity: IDENTITY, texts });
    expect(after.content).toContain(`](${there}) is only`);
    for (const none of [
      {},
      { chat: { id: -7, type: "group" } },
      { chat: { id: 7, type: "private", username: "ada" } },
    ]) {
      expect(of(none).content).toContain("📎 a\\_1\\=.bin is only");
    }
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
      left_out: null,
    });
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
    const made = plan([message(), message({ date: DATE + 60 })]);
    expect(made.create_time).toBe("2026-11-22T10:15:30Z");
  });

  test("is now where the message has none that could be", () => {
    for (const date of [0, -5, 1.5, Number.MAX_SAFE_INTEGER, 8_640_000_000_001, "x", null]) {
      const { create_time } = plan([message({ date: date as number })]);
      expect(Math.abs(Date.parse(create_time) - Date.now())).toBeLessThan(60_000);
    }
  });
});

describe("a later revision", () => {
  test("keeps the memo's id, visibility and time, and knows what the memo was before", () => {
    const first = withNextId(plan([withPhoto({ message_id: 1, caption: "one" })]), IDENTITY);
    const fresh = plan(
      [withPhoto({ message_id: 1, caption: "one" }), withPhoto({ message_id: 2, caption: "two", date: 99 })],
      {
        visibility: "PUBLIC",
      },
    );
    const saved = { ...first, done: true };
    const next = revise(saved, fresh);
    expect(next).toMatchObject({
      memo_id: first.memo_id,
      n: 1,
      visibility: "PRIVATE",
      create_time: first.create_time,
      content: "one\n\ntwo",
      message_ids: [1, 2],
      done: false,
      before: saved,
    });
    expect(next.files).toHaveLength(2);
  });

  test("keeps the names of what was saved, whatever the account is called by now", () => {
    const parts = [withPhoto({ message_id: 1 }), withPhoto({ message_id: 2 })];
    const first = plan(parts.slice(0, 1));
    const saved = withFile(
      { ...first, memo_name: "memos/theirs", create_began_at: 5 },
      { ...must(first.files[0]), name: "attachments/theirs", upload_began_at: 6 },
    );
    const fresh = plan(parts, { identity: { ...IDENTITY, account: "users/7" } });
    const next = revise(saved, fresh);
    expect(next.files).toEqual([must(saved.files[0]), must(fresh.files[1])]);
    expect(next.before).toEqual(saved);
    expect(attachmentNames(must(next.before))).toEqual(["attachments/theirs"]);
    expect(memoName(next)).toBe("memos/theirs");
    expect(next.create_began_at).toBe(5);
  });
});

describe("names that the server chose", () => {
  test("stand in place of ours once they are known", () => {
    const ours = plan([withPhoto()]);
    expect(attachmentNames(ours)).toEqual([`attachments/${ours.files[0]?.attachment_id}`]);
    const known = withFile(ours, { ...must(ours.files[0]), name: "attachments/x" });
    expect(attachmentNames(known)).toEqual(["attachments/x"]);
    expect(memoName({ ...known, memo_name: "memos/y" })).toBe("memos/y");
  });
});

test("megabytes are those of 1024 × 1024 bytes", () => {
  expect([0, MIB, 1.25 * MIB].map(megabytes)).toEqual(["0.0", "1.0", "1.3"]);
});
