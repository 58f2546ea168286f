import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { TelegramMessage, TelegramMessageEntity, TelegramUpdate } from "../../src/domain/telegram.ts";
import { textsIn } from "../../src/locales/texts.ts";
import { readContent } from "../../src/messages/content.ts";
import { continues, wholeTexts } from "../../src/messages/continuation.ts";
import { mutatedUpdates } from "../support/mutated.ts";
import { runs } from "../support/property.ts";
import { BOB, must, type Sent, update } from "../support/store.ts";

const DATE = 1_795_340_000;
/** As long as Telegram lets a message be. */
const FULL = "x".repeat(4_096);

const message = (message_id: number, more: Sent = {}) =>
  must(update({ message_id, date: DATE, ...more }).message) as TelegramMessage;
const stored = (of: TelegramMessage) => ({ update_id: 1, message: of }) as TelegramUpdate;

const FORWARDED = {
  forward_origin: { type: "hidden_user", sender_user_name: "Eve", date: DATE - 900 },
} as Sent;
const MEDIA = { photo: [{ file_id: "F", file_unique_id: "U", width: 9, height: 9 }] };

const comment = message(11, { text: "look at this" });
const forward = (message_id: number, more: Sent = {}) => message(message_id, { ...FORWARDED, ...more });
const picture = (message_id: number, more: Sent = {}) =>
  forward(message_id, { ...MEDIA, media_group_id: "G", ...more });

/** Whether the last goes on with what the others, in the order in which they came, have become. */
function goOn(...messages: TelegramMessage[]): boolean {
  const [leader, before, next] = [messages[0], messages.at(-2), messages.at(-1)].map((one) => must(one));
  return continues(stored(must(leader)), stored(must(before)), must(next));
}

describe("a long text goes on in the next message", () => {
  const long = (message_id: number, length: number, more: Sent = {}) =>
    message(message_id, { text: "x".repeat(length), ...more });

  test("from 3,500 UTF-16 units on: a shorter one was not cut", () => {
    expect(goOn(long(11, 3_500), long(12, 5))).toBe(true);
    expect(goOn(long(11, 4_096), long(12, 4_096))).toBe(true);
    expect(goOn(long(11, 3_499), long(12, 4_096))).toBe(false);
    // 3,500 units, half as many characters.
    expect(goOn(message(11, { text: "🛳".repeat(1_750) }), long(12, 5))).toBe(true);
    expect(goOn(message(11, { text: "🛳".repeat(1_749) }), long(12, 5))).toBe(false);
  });

  test("not farther than a second apart, either way", () => {
    for (const [apart, expected] of [
      [-2, false],
      [-1, true],
      [1, true],
      [2, false],
    ] as const) {
      expect(goOn(long(11, 4_096), long(12, 5, { date: DATE + apart }))).toBe(expected);
    }
  });

  test("whatever had the ids between them: an answer of the bot, or a message of another chat", () => {
    expect([10, 11, 12, 13, 19].map((id) => goOn(long(11, 4_096), long(id, 5)))).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  test("of the same sender in the same chat only", () => {
    expect(goOn(long(11, 4_096), long(12, 5, { from: { id: BOB } as never }))).toBe(false);
    expect(goOn(long(11, 4_096), long(12, 5, { chat: { id: BOB } as never }))).toBe(false);
  });

  test.each([
    ["answers something", { reply_to_message: { message_id: 1 } as never }],
    ["answers something elsewhere", { external_reply: { chat: { id: 1 } } as never }],
    ["answers a story", { reply_to_story: { id: 1 } as never }],
    ["brings a file", { ...MEDIA, text: undefined, caption: "x".repeat(1_024) } as unknown as Sent],
    ["is a command", { entities: [{ type: "bot_command", offset: 0, length: 5 }] as never }],
  ] as [string, Sent][])("but not where a part %s", (_title, more) => {
    expect(goOn(long(11, 4_096, more), long(12, 5))).toBe(false);
    expect(goOn(long(11, 4_096), long(12, 5, more))).toBe(false);
  });

  test("but not where it was forwarded itself", () => {
    expect(goOn(long(11, 4_096, FORWARDED), long(12, 5, FORWARDED))).toBe(false);
    expect(goOn(long(11, 4_096, FORWARDED), long(12, 5))).toBe(false);
  });

  test("whatever was edited in it since", () => {
    const next = long(12, 5);
    const edit = { edited_message: { ...long(11, 4_096), edit_date: DATE } } as TelegramUpdate;
    expect(continues(edit, stored(long(11, 4_096)), next)).toBe(true);
  });
});

describe("what is forwarded goes on with the comment before it", () => {
  test("one message or several, of any kind", () => {
    expect(goOn(comment, forward(12))).toBe(true);
    expect(goOn(comment, forward(12), forward(13, { ...MEDIA }))).toBe(true);
    expect(goOn(comment, forward(12), forward(13), forward(14, { date: DATE + 1 }))).toBe(true);
  });

  test("an album with its parts in any order", () => {
    expect(goOn(comment, picture(14))).toBe(true);
    expect(goOn(comment, picture(12))).toBe(true);
    expect(goOn(comment, picture(12), picture(14))).toBe(true);
    expect(goOn(comment, forward(12), picture(15))).toBe(true);
  });

  test("also where the comment is a text that Telegram had cut", () => {
    expect(goOn(message(11, { text: FULL }), message(12), forward(13))).toBe(true);
  });

  test("whatever had the ids between them", () => {
    expect(goOn(comment, forward(13))).toBe(true);
    expect(goOn(comment, forward(14), forward(17))).toBe(true);
    expect(goOn(comment, forward(10))).toBe(false);
  });

  test("but not what came a moment later", () => {
    expect(goOn(comment, forward(12, { date: DATE + 2 }))).toBe(false);
    expect(goOn(comment, picture(12, { date: DATE + 2 }))).toBe(false);
  });

  test("but not what its sender wrote or sent themselves", () => {
    expect(goOn(comment, message(12))).toBe(false);
    expect(goOn(comment, message(12, { ...MEDIA, media_group_id: "G" }))).toBe(false);
    expect(goOn(comment, forward(12), message(13))).toBe(false);
  });

  test.each([
    ["a command", message(11, { text: "/id", entities: [{ type: "bot_command", offset: 0, length: 3 }] })],
    ["an answer", message(11, { reply_to_message: { message_id: 1 } as never })],
    ["a forward itself", forward(11)],
    ["a file with a caption", message(11, { ...MEDIA, caption: "look" })],
    ["empty", message(11, { text: "" })],
  ])("but not where the comment is %s", (_title, first) => {
    expect(goOn(first, forward(12))).toBe(false);
    expect(goOn(first, picture(12))).toBe(false);
  });
});

describe("updates of any shape", () => {
  test("do not go on with each other where something is missing", () => {
    const next = forward(12);
    const other = { callback_query: { id: "1" } } as TelegramUpdate;
    for (const update of [null, {} as TelegramUpdate, other]) {
      expect(continues(update, stored(comment), next)).toBe(false);
      expect(continues(stored(comment), update, next)).toBe(false);
    }
  });

  test("are read without an error", () => {
    fc.assert(
      fc.property(
        fc.array(mutatedUpdates(/^(text|forward|album)/), { minLength: 3, maxLength: 3 }),
        (updates) => {
          const messages = updates.flatMap(({ message }) => message ?? []);
          const [leader, before, next] = updates;
          if (next?.message) expect(continues(must(leader), must(before), next.message)).toBeBoolean();
          expect(wholeTexts(messages).length).toBeLessThanOrEqual(messages.length);
        },
      ),
      runs,
    );
  });
});

const entity = (type: string, offset: number, length: number, more: object = {}) =>
  ({ type, offset, length, ...more }) as TelegramMessageEntity;

/** The one message that several texts, each with its entities, become. */
function whole(...parts: [string, ...TelegramMessageEntity[]][]): TelegramMessage {
  const [one, ...others] = wholeTexts(
    parts.map(([text, ...entities], at) => message(11 + at, { text, entities })),
  );
  expect(others).toEqual([]);
  return must(one);
}

describe("a text that was cut is made whole", () => {
  test("with nothing between its parts where they were cut at Telegram's limit", () => {
    expect(whole([FULL], ["and on"]).text).toBe(`${FULL}and on`);
  });

  test("with a newline where Telegram cut at one, and so took it away", () => {
    const short = FULL.slice(0, 4_000);
    expect(whole([short], ["and on"]).text).toBe(`${short}\nand on`);
  });

  test("out of three parts, each joined by how the one before it was cut", () => {
    const short = FULL.slice(0, 3_999);
    expect(whole([FULL], [short], ["end"]).text).toBe(`${FULL}${short}\nend`);
    expect(whole([short], [FULL], ["end"]).text).toBe(`${short}\n${FULL}end`);
  });

  test("also in the middle of a character that is two UTF-16 units", () => {
    const ship = "🛳";
    const first = `${FULL.slice(1)}${ship[0]}`;
    expect(first).toHaveLength(4_096);
    const { text } = whole([first], [`${ship[1]} sails`]);
    expect(text).toBe(`${FULL.slice(1)}${ship} sails`);
    expect(text?.isWellFormed()).toBe(true);
  });

  test("and other messages stand as they are, in their order", () => {
    const others = [forward(12), picture(13), message(14, { ...MEDIA, caption: "mine" })];
    expect(wholeTexts([comment, ...others])).toEqual([comment, ...others]);
    expect(wholeTexts([message(11, { text: FULL }), message(12), forward(13)])).toHaveLength(2);
    expect(wholeTexts([])).toEqual([]);
  });
});

describe("the entities of a text that was cut", () => {
  test("move along with their part", () => {
    expect(whole([FULL], ["and on", entity("bold", 4, 2)]).entities).toEqual([entity("bold", 4_100, 2)]);
    const short = FULL.slice(0, 4_000);
    expect(whole([short], ["and on", entity("bold", 4, 2)]).entities).toEqual([entity("bold", 4_005, 2)]);
  });

  test("are one block over three parts", () => {
    const all = whole(
      [FULL, entity("pre", 4_090, 6)],
      [FULL, entity("pre", 0, 4_096)],
      ["end", entity("pre", 0, 3)],
    );
    expect(all.entities).toEqual([entity("pre", 4_090, 6 + 4_096 + 3)]);
  });

  test.each([
    ["of another kind", entity("pre", 4_000, 96), entity("blockquote", 0, 3)],
    ["not at the end", entity("pre", 4_000, 95), entity("pre", 0, 3)],
    ["not at the beginning", entity("pre", 4_000, 96), entity("pre", 1, 2)],
  ])("stay two where they are %s", (_title, last, first) => {
    expect(whole([FULL, last], ["end", first]).entities).toEqual([
      last,
      { ...first, offset: first.offset + 4_096 },
    ]);
  });

  test("are one block of code, quote and style in the memo", () => {
    const short = FULL.slice(0, 4_000);
    const markdown = (type: string) =>
      readContent(whole([short, entity(type, 0, 4_000)], ["end", entity(type, 0, 3)]), {
        words: textsIn("en").memo,
      }).markdown;
    expect(markdown("pre")).toBe(`\`\`\`\n${short}\nend\n\`\`\``);
    expect(markdown("blockquote")).toBe(`> ${short}\n> end`);
    expect(markdown("bold")).toBe(`**${short}**\n**end**`);
    expect(markdown("spoiler")).toBe(`<details><summary>Spoiler</summary>\n\n${short}\nend\n\n</details>`);
  });
});
