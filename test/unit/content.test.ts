import { describe, expect, test } from "bun:test";
import type { MemoSettings } from "../../src/domain/saved.ts";
import type { TelegramMessage } from "../../src/domain/telegram.ts";
import { textsIn } from "../../src/locales/texts.ts";
import { kindOf, readContent } from "../../src/messages/content.ts";
import { organisationOf } from "../../src/messages/vcard.ts";
import { desired } from "../../src/saving/desired.ts";

// What becomes of each kind: test/corpus. Here is what a case cannot show.

const sent = (content: object) =>
  ({
    message_id: 7,
    date: 1_795_342_553,
    chat: { id: 2, type: "private" },
    ...content,
  }) as unknown as TelegramMessage;
const file = { file_id: "F", file_unique_id: "U" };
const texts = textsIn("en");
const words = texts.memo;

const SETTINGS = { tags: [], formatting: "as_typed", source_line: true, language: "en" } as const;
const plan = (messages: TelegramMessage[], settings: MemoSettings = SETTINGS) =>
  desired(messages, {
    idSource: {
      id_key: "ab".repeat(32),
      bot_id: 1,
      server: "s",
      id_name: "a",
      chat_id: 2,
      job_key: "3",
    },
    id_generation: 0,
    botName: { id: 1, username: null },
    settings,
    form: { limit: 8192, memos: "0.30.0" },
    tried: null,
  });

describe("what a message is about", () => {
  test.each([
    ["an animation, not its document", "animation", { document: file, animation: file }],
    ["a live photo, not its picture", "live_photo", { photo: [file], live_photo: file }],
    [
      "a venue, not its location",
      "venue",
      {
        location: { latitude: 1, longitude: 2 },
        venue: { title: "t", location: { latitude: 1, longitude: 2 } },
      },
    ],
    [
      "its location, where the venue is broken",
      "location",
      { location: { latitude: 1, longitude: 2 }, venue: { title: "t" } },
    ],
    ["its document, where the animation is broken", "document", { document: file, animation: {} }],
    ["a note of Telegram", "service", { pinned_message: {} }],
    ["nothing that is known", "unknown", { hologram: {} }],
  ] as const)("is %s", (_title, kind, content) => {
    expect(kindOf(sent(content))).toBe(kind);
    expect(readContent(sent(content), { words }).kind).toBe(kind);
  });
});

test("the buttons of what nobody knows lead where they did", () => {
  const content = {
    hologram: {},
    reply_markup: { inline_keyboard: [[{ text: "More", url: "https://x.org/a" }]] },
  };
  expect(readContent(sent(content), { words }).markdown).toBe("[More](https://x.org/a)");
});

describe("the source of a forward", () => {
  const forward = (text: string, name = "Eve", more: object = {}) =>
    sent({
      text,
      forward_origin: { type: "hidden_user", sender_user_name: name, date: 1_795_200_200 },
      ...more,
    });

  test("can be left out", () => {
    const content = (source_line: boolean) => plan([forward("hi")], { ...SETTINGS, source_line }).content;
    expect(content(false)).toBe("hi");
    expect(content(true)).toBe("> Forwarded from Eve · 2026-11-20 18:43 UTC\n\nhi");
  });

  test("is said again where it changes", () => {
    const all = [forward("1"), forward("2"), forward("3", "Bob"), sent({ text: "4" }), forward("5", "Bob")];
    const source = (name: string) => `> Forwarded from ${name} · 2026-11-20 18:43 UTC`;
    expect(plan(all).content.split("\n\n")).toEqual([
      source("Eve"),
      "1",
      "2",
      source("Bob"),
      "3",
      "4",
      source("Bob"),
      "5",
    ]);
  });

  test("has no date where that is none", () => {
    const origin = { type: "hidden_user", sender_user_name: "Eve", date: 0 };
    expect(plan([sent({ text: "hi", forward_origin: origin })]).content).toBe("> Forwarded from Eve\n\nhi");
  });
});

describe("a file that the message brought itself", () => {
  const contact = {
    phone_number: "+1",
    first_name: "Eve",
    vcard: `BEGIN:VCARD\nNOTE:${"x".repeat(60)}\nEND:VCARD`,
  };

  test("is among its files", () => {
    expect(plan([sent({ contact })]).files).toMatchObject([
      { file_id: "", text: contact.vcard, filename: "Eve.vcf" },
    ]);
  });

  test("has an id of its own in each message", () => {
    const ids = [7, 8].map((message_id) => plan([sent({ contact, message_id })]).files[0]?.id);
    expect(new Set(ids).size).toBe(2);
  });
});

test("a file that is named like an access token has a name without it", () => {
  const token = "memos_pat_0123456789abcdefghijklmnopqrstuv";
  const named = (file_name: string) =>
    plan([sent({ document: { file_id: "f", file_unique_id: "f", file_name } })]).files[0]?.name;
  expect(named(`${token}.txt`)).toBe("[redacted].txt");
  expect(named(`my ${token}`)).toBe("my [redacted]");
});

describe("files of one message", () => {
  const blocks = ["a", "b", "b"].map((id) => ({
    type: "document",
    document: { file_id: id, file_unique_id: id, file_name: "Scan.PDF" },
  }));
  const { files } = plan([sent({ rich_message: { blocks } })]);

  test("have ids of their own, which stay when another goes", () => {
    expect(new Set(files.map(({ id }) => id)).size).toBe(3);
    const less = plan([sent({ rich_message: { blocks: blocks.slice(1) } })]).files;
    expect(less.map(({ id }) => id)).toEqual(files.slice(1).map((one) => one.id));
  });
});

describe("an older server", () => {
  const location = { latitude: 1, longitude: 2 };
  const read = (content: object) => readContent(sent(content), { words, flavor: "0.25.3" }).markdown;

  test("that joins lines has two spaces before each break", () => {
    expect(read({ location, venue: { title: "Bar", address: "Street 1", location } })).toMatch(
      /^📍 \*\*Bar\*\* {2}\nStreet 1 {2}\n\[1, 2\]/,
    );
  });

  test("that knows no formulas has them as code", () => {
    const formula = { type: "mathematical_expression", expression: "a+`b`" };
    expect(read({ rich_message: { blocks: [{ type: "paragraph", text: ["x ", formula] }, formula] } })).toBe(
      "x `` a+`b` ``\n\n```latex\na+`b`\n```",
    );
  });
});

describe("a text longer than Telegram sends any", () => {
  const text = "word ".repeat(10_000);
  const [said, edited] = [plan([sent({ text })]), plan([sent({ text: `${text}!` })])];

  test("is a file, and another one once it is edited", () => {
    const { content, files } = said;
    expect(content).toBe("");
    expect(files).toMatchObject([
      { filename: "text-2026-11-22-7.txt", type: "text/plain", text, size: 50_000 },
    ]);
    expect(edited.files[0]?.id).not.toBe(files[0]?.id);
  });

  test("as a caption leaves the files of the message", () => {
    const { files } = plan([sent({ document: { ...file, file_name: "a.pdf" }, caption: text })]);
    expect(files.map(({ filename }) => filename)).toEqual(["a.pdf", "text-2026-11-22-7.txt"]);
  });
});

test("half a character in a name is none that Memos would refuse", () => {
  const half = "Caf\ud83d\0";
  const place = { latitude: 1, longitude: 2 };
  const user = { id: 9, is_bot: false, first_name: half };
  for (const content of [
    { venue: { title: half, address: half, location: place }, location: place },
    { contact: { first_name: half, phone_number: half, vcard: half } },
    { document: { ...file, file_name: half, mime_type: `text/${half}` }, caption: half },
    { poll: { question: half, options: [{ text: half }] } },
    { checklist: { title: half, tasks: [{ id: 1, text: half }] } },
    { dice: { emoji: half, value: 1 } },
    { audio: { ...file, title: half, performer: half } },
    { text: "x", forward_origin: { type: "user", sender_user: user, date: 1 } },
    { text: "x", quote: { text: half, position: 0 }, reply_to_message: { message_id: 1, text: half } },
    { text: "x", reply_markup: { inline_keyboard: [[{ text: half, url: `https://x.org/${half}` }]] } },
    { rich_message: { blocks: [{ type: "paragraph", text: half }] } },
  ]) {
    const { content: written, location, files } = plan([sent(content)]);
    for (const text of [
      written,
      location?.placeholder ?? "",
      ...files.flatMap((one) => [one.filename, one.type]),
    ]) {
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toContain("\0");
    }
  }
});

test("the organisation of a vCard is found in every way of writing it", () => {
  expect(
    [
      "ORG:One",
      "item1.org;type=pref:Two;;Sub",
      "ORG:Fol\r\n ded",
      "ORG;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:M=C3=BC=\r\nller",
      "NOTE:ORG:none",
      "ORG:",
      "",
    ].map((line) => organisationOf(`BEGIN:VCARD\r\n${line}\r\nEND:VCARD`)),
  ).toEqual(["One", "Two, Sub", "Folded", "", "", "", ""]);
});
