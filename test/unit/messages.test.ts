import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isPrivateHost } from "../../src/base/hosts.ts";
import { markedLine, termsOf } from "../../src/chat/lists/best-line.ts";
import { linkTrouble, linkWorks } from "../../src/chat/memo-urls.ts";
import { parseTags, withTags } from "../../src/chat/tags.ts";
import { chatAlone } from "../../src/domain/outgoing.ts";
import { COMMANDS, LANGUAGES, textsIn } from "../../src/locales/texts.ts";
import { parsePress } from "../../src/replies/callback-data.ts";
import {
  callParams,
  change,
  confirmation,
  deleteQuestion,
  failure,
  help,
  type Message,
  restOfHelp,
  say,
  waysIn,
  withCode,
} from "../../src/replies/messages.ts";
import { createTextWriter, oneLine } from "../../src/replies/text-writer.ts";
import { runs } from "../support/property.ts";
import { must } from "../support/store.ts";

const texts = textsIn("en");
const toCall = callParams({
  urls: { memoUrl: (name) => `https://m.example/${name}` },
  textsFor: (telegramId) => textsIn(telegramId === 5 ? "de" : "en"),
});

const INLINE_BOT = { id: 1, is_bot: true, first_name: "m", username: "a_bot", supports_inline_queries: true };

const place = texts.inMemos({ at: "" });

const pressesOf = ({ buttons }: Message) =>
  (buttons ?? []).map((row) =>
    row.map((button) => parsePress("callback_data" in button ? button.callback_data : "")),
  );
const labelsOf = ({ buttons }: Message) => (buttons ?? []).map((row) => row.map(({ text }) => text));
/** The parts of the text that are marked, with what they are marked as. */
const marked = ({ text, entities }: Pick<Message, "text" | "entities">) =>
  (entities ?? []).map(({ type, offset, length }) => [type, text.slice(offset, offset + length)]);

describe("a confirmation", () => {
  const memo = {
    job_id: 7,
    visibility: "PRIVATE" as const,
    pinned: false,
    isArchived: false,
    isComment: false,
    url: "https://m.example/memos/x",
    remarks: [],
  };

  test("says how it was saved, with a link on the word that opens it", () => {
    const told = confirmation(texts, memo);
    expect(told.text).toBe("Saved as PRIVATE · open");
    expect(marked(told)).toEqual([["text_link", "open"]]);
    expect(told.entities?.[0]).toMatchObject({ url: memo.url });
  });

  test("has buttons for the other visibilities, to pin and to delete", () => {
    const told = confirmation(texts, memo);
    expect(labelsOf(told)).toEqual([
      ["PROTECTED", "PUBLIC"],
      ["Pin", "Delete"],
    ]);
    expect(pressesOf(told)).toEqual([
      [
        { ask: "visibility", job_id: 7, visibility: "PROTECTED" },
        { ask: "visibility", job_id: 7, visibility: "PUBLIC" },
      ],
      [
        { ask: "pin", job_id: 7, pinned: true },
        { ask: "delete", job_id: 7 },
      ],
    ]);
    const pinned = confirmation(texts, { ...memo, visibility: "PUBLIC", pinned: true });
    expect(labelsOf(pinned)).toEqual([
      ["PRIVATE", "PROTECTED"],
      ["Unpin", "Delete"],
    ]);
    expect(pressesOf(pinned)[1]?.[0]).toEqual({ ask: "pin", job_id: 7, pinned: false });
  });

  test("says that the memo is archived, and takes it out", () => {
    const told = confirmation(texts, { ...memo, isArchived: true });
    expect(told.text).toBe("Saved as PRIVATE · open\nIt is archived.");
    expect(labelsOf(told)).toEqual([["PROTECTED", "PUBLIC"], ["Pin", "Delete"], ["Take out of the archive"]]);
    const ofComment = confirmation(texts, { ...memo, isComment: true, isArchived: true });
    expect(labelsOf(ofComment)).toEqual([["Delete"], ["Take out of the archive"]]);
  });

  test("gives no link where Telegram would show none, and says what is missing in lines of its own", () => {
    const told = confirmation(texts, {
      ...memo,
      url: null,
      remarks: ["Without a.bin: too large", "Without b.bin: gone"],
    });
    expect(told.text).toBe("Saved as PRIVATE\nWithout a.bin: too large\nWithout b.bin: gone");
    expect(told.entities).toEqual([]);
  });
});

describe("questions and failures", () => {
  test("name the job in each of their buttons", () => {
    expect(pressesOf(deleteQuestion(texts, 7))).toEqual([
      [
        { ask: "delete_yes", job_id: 7 },
        { ask: "archive", job_id: 7, archived: true },
      ],
      [{ ask: "keep", job_id: 7 }],
    ]);
    expect(pressesOf(failure(texts, 7, "why"))).toEqual([
      [
        { ask: "retry", job_id: 7 },
        { ask: "discard", job_id: 7 },
      ],
    ]);
  });
});

describe("a word that can be copied", () => {
  test("is marked where it stands last, counted in UTF-16", () => {
    expect(marked(withCode("🦣 id 42 is 42", "42"))).toEqual([["code", "42"]]);
    expect(withCode("🦣 id 42 is 42", "42").entities?.[0]?.offset).toBe(12);
    expect(withCode("nothing here", "42")).toEqual({ text: "nothing here" });
  });

  test("is found in each text that shows an id", () => {
    for (const text of [
      texts.notAllowed({ id: 42 }),
      texts.yourId({ id: 42 }),
      texts.orAskAdmin({ id: 42 }),
    ]) {
      expect(marked(withCode(text, "42"))).toEqual([["code", "42"]]);
    }
  });
});

describe("a link", () => {
  test.each([
    ["https://memos.example.org/memos/x", true],
    ["http://192.168.1.20:5230/memos/x", true],
    ["http://[fd00::1]:5230/x", true],
    ["http://memos:5230/x", false],
    ["http://localhost:5230/x", false],
  ])("to %s works: %j", (url, works) => {
    expect(linkWorks(url)).toBe(works);
  });
});

describe("what keeps links from working", () => {
  test.each([
    ["https://memos.example.org", null],
    ["http://192.168.1.20:5230", null],
    ["http://memos:5230", "no link to memos: set MEMOS_PUBLIC_URL to a name with a dot"],
    ["http://127.0.0.1:5230", "is this machine only: set MEMOS_PUBLIC_URL"],
    ["http://localhost:5230", "is this machine only: set MEMOS_PUBLIC_URL"],
  ])("to %s: %j", (base, trouble) => {
    const told = linkTrouble(base);
    if (trouble === null) expect(told).toBeNull();
    else expect(told).toContain(trouble);
  });
});

describe("an address that strangers are told", () => {
  test.each([
    ["https://memos.example.org", true],
    ["http://8.8.8.8:5230", true],
    ["http://172.32.0.1", true],
    ["https://[2a00:1450::1]", true],
    ["http://memos:5230", false],
    ["http://localhost:5230", false],
    ["http://pi.local", false],
    ["http://nas.fritz.lan", false],
    ["http://memos.home.arpa", false],
    ["http://127.0.0.1:5230", false],
    ["http://10.1.2.3", false],
    ["http://172.16.0.1", false],
    ["http://192.168.1.20:5230", false],
    ["http://100.100.1.1", false],
    ["http://169.254.0.1", false],
    ["http://[::1]:5230", false],
    ["http://[fd00::1]", false],
    ["http://[fe80::1]", false],
  ])("is one that everybody can reach: %s: %j", (url, told) => {
    expect(isPrivateHost(new URL(url).hostname)).toBe(!told);
  });
});

describe("what is sent to Telegram", () => {
  test("is silent, without a preview, and a reply that does not fail when its message is gone", () => {
    const owed = say(chatAlone(5), { text: "hello" }, { replyTo: 9, promise: "confirmation" });
    expect(owed).toMatchObject({ chat_id: 5, method: "sendMessage", promise: "confirmation" });
    expect(toCall(owed)).toEqual({
      chat_id: 5,
      text: "hello",
      link_preview_options: { is_disabled: true },
      disable_notification: true,
      reply_parameters: { message_id: 9, allow_sending_without_reply: true },
    });
    for (const replyTo of [null, undefined] as const) {
      const plain = say(
        chatAlone(5),
        { text: "hello" },
        { ...(replyTo === null && { replyTo }), promise: "notice" },
      );
      expect(toCall(plain)).not.toHaveProperty("reply_parameters");
      expect(toCall(plain)).not.toHaveProperty("reply_markup");
      expect(toCall(plain)).not.toHaveProperty("entities");
    }
  });

  test("but for what has to be heard", () => {
    const owed = say(chatAlone(5), { text: "hello" }, { isLoud: true });
    expect(toCall(owed)).toMatchObject({ disable_notification: false });
  });

  test("as an older version left it, whole, is sent so", () => {
    const params = {
      ...{ chat_id: 5, text: "Saved", disable_notification: false, reply_parameters: { message_id: 9 } },
      ...{ entities: [], reply_markup: { inline_keyboard: [] } },
    };
    const owed = { chat_id: 5, method: "sendMessage", promise: "confirmation", params } as const;
    expect(toCall(owed)).toEqual(params);
  });

  test("as the sum of many such words is in the language of its person", () => {
    const sum = { ...say(chatAlone(7), { text: "" }), params: { summed: 11 } };
    const { text, disable_notification } = toCall({ ...sum, telegram_id: 5 });
    expect([text, disable_notification]).toEqual([textsIn("de").savedMany({ count: 11 }), true]);
  });

  test("as the word that something was saved is made of what little is kept of it", () => {
    const memo = {
      ...({ visibility: "PUBLIC", pinned: true, isArchived: true, messages: 2, lacksFiles: true } as const),
      remarks: ["Ohne a.bin"],
    };
    const saved = { ...memo, language: "de" } as const;
    const word = { slot: "saved:7", saved };
    const told = confirmation(textsIn("de"), { ...memo, job_id: 7, url: "https://m.example/memos/x" });
    const { text, entities, buttons } = told;
    const shown = { text, entities: must(entities), reply_markup: { inline_keyboard: must(buttons) } };
    const owed = say({ chat_id: 5, message_thread_id: 3 }, word, { replyTo: 9 });
    expect(owed).toMatchObject({ slot: "saved:7", params: { message_thread_id: 3, reply_to: 9 } });
    const of = { job_id: 7, memo_name: "memos/x" };
    expect(toCall({ ...owed, ...of })).toMatchObject({ ...shown, chat_id: 5, message_thread_id: 3 });
    const changed = toCall({ ...change(5, { job_id: 7 }, word), ...of });
    expect(changed).toMatchObject(shown);
    expect(changed).not.toHaveProperty("disable_notification");
    const headed = say(chatAlone(5), { ...word, saved: { ...saved, head: "A channel, 12" } });
    const below = toCall({ ...headed, ...of });
    expect(below["text"]).toBe(`A channel, 12\n${text}`);
    expect(marked(below as unknown as Message)).toEqual(marked(told));
  });

  test("as a change names its message and carries the buttons: an edit without them would remove them", () => {
    const owed = change(5, { message_id: 9 }, deleteQuestion(texts, 7));
    expect(owed).toMatchObject({
      chat_id: 5,
      method: "editMessageText",
      params: { message_id: 9 },
    });
    expect(must(owed.params["reply_markup"])).toEqual({
      inline_keyboard: must(deleteQuestion(texts, 7).buttons),
    });
    expect(change(5, { message_id: 9 }, { text: "Done" }).params).not.toHaveProperty("reply_markup");
  });

  test("fits into one message of Telegram: 4,096 UTF-16 units", () => {
    const all = [
      help(texts).text,
      restOfHelp(texts, INLINE_BOT).text,
      waysIn(texts, texts.stranger, { id: 9_007_199_254_740_991, place }).text,
      waysIn(texts, texts.greeting, { id: 9_007_199_254_740_991, place }).text,
    ];
    for (const text of all) expect(text.length).toBeLessThan(4096);
  });
});

test.each([...LANGUAGES])("help in %s has ten lines, and the rest each other command", (language) => {
  const [first, rest] = [help(textsIn(language)), restOfHelp(textsIn(language), INLINE_BOT)];
  expect(first.text.split("\n")).toHaveLength(10);
  const named = `${first.text}\n${rest.text}`.match(/^\/\w+/gm);
  expect(named?.toSorted()).toEqual(COMMANDS.map((name) => `/${name}`).toSorted());
});

describe("tags that somebody typed", () => {
  test.each<[string, string[] | string]>([
    ["#a #b", ["a", "b"]],
    ["a, b;c", ["a", "b", "c"]],
    ["#a#b", ["a", "b"]],
    ["  #日本/東京\n#x_y-z ", ["日本/東京", "x_y-z"]],
    ["#a #a", ["a"]],
    ["", []],
    ["#", []],
    ["#ok not.ok", "not.ok"],
    ["---", "---"],
    [`#${"🎈".repeat(100)}`, ["🎈".repeat(100)]],
    [`#${"x".repeat(101)}`, `#${"x".repeat(101)}`],
  ])("%j", (typed, expected) => {
    expect(parseTags(typed)).toEqual(typeof expected === "string" ? { bad: expected } : { tags: expected });
  });

  test("join a content's last line of tags, or stand apart", () => {
    expect(withTags("text", ["a", "b"], "end")).toBe("text\n\n#a #b");
    expect(withTags("text\n\n#a", ["b"], "end")).toBe("text\n\n#a #b");
    expect(withTags("```\ntext", ["a"], "start")).toBe("#a\n\n```\ntext");
    expect(withTags("", ["a"], "end")).toBe("#a");
  });
});

describe("a text that is built with its entities", () => {
  test("has entities that lie within it, whole and apart, whatever people wrote", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 300 }),
        fc.array(fc.string({ unit: "binary", minLength: 1, maxLength: 3 }), { maxLength: 4 }),
        (content, words) => {
          const terms = words.flatMap(termsOf);
          const line = markedLine(oneLine(content), terms);
          const { text, entities } = createTextWriter().add("head", "bold").add("\n").add(line).done();
          expect(text.isWellFormed()).toBe(true);
          expect(line.text.length).toBeLessThanOrEqual(203);
          let end = 0;
          for (const { offset, length } of entities) {
            expect(offset).toBeGreaterThanOrEqual(end);
            expect(length).toBeGreaterThan(0);
            end = offset + length;
            expect(text.slice(offset, end).isWellFormed()).toBe(true);
          }
          expect(end).toBeLessThanOrEqual(text.length);
        },
      ),
      runs,
    );
  });
});
