import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  change,
  confirmation,
  deleteQuestion,
  failure,
  linkWorks,
  type Message,
  type Press,
  parsePress,
  pressData,
  say,
  unbindQuestion,
  withCode,
} from "../../src/chat/messages.ts";
import { english as texts } from "../../src/chat/texts.ts";
import { must } from "../support/store.ts";

const JOB = 123_456_789_012_345;

const PRESSES: Press[] = [
  { ask: "visibility", job_id: 1, visibility: "PRIVATE" },
  { ask: "visibility", job_id: JOB, visibility: "PROTECTED" },
  { ask: "visibility", job_id: 3, visibility: "PUBLIC" },
  { ask: "pin", job_id: 4, pinned: true },
  { ask: "pin", job_id: 5, pinned: false },
  { ask: "delete", job_id: 6 },
  { ask: "delete_yes", job_id: 7 },
  { ask: "keep", job_id: 8 },
  { ask: "retry", job_id: 9 },
  { ask: "discard", job_id: 10 },
  { ask: "unbind_yes" },
  { ask: "unbind_no" },
];

const pressesOf = ({ buttons }: Message) =>
  (buttons ?? []).map((row) =>
    row.map((button) => parsePress("callback_data" in button ? button.callback_data : "")),
  );
const labelsOf = ({ buttons }: Message) => (buttons ?? []).map((row) => row.map(({ text }) => text));
/** The parts of the text that are marked, with what they are marked as. */
const marked = ({ text, entities }: Message) =>
  (entities ?? []).map(({ type, offset, length }) => [type, text.slice(offset, offset + length)]);

describe("what a button asks for", () => {
  test.each(PRESSES)(
    "%j is read as it was written, in at most 64 bytes, and no two are the same",
    (press) => {
      expect(parsePress(pressData(press))).toEqual(press);
      expect(Buffer.byteLength(pressData(press))).toBeLessThanOrEqual(64);
      expect(PRESSES.filter((other) => pressData(other) === pressData(press))).toEqual([press]);
    },
  );

  test.each([
    "",
    "d",
    "d:",
    "d:x",
    "d:-1",
    "d:1.5",
    "d:1:extra",
    "v:1",
    "v:1:SECRET",
    "v:1:private",
    "p:1",
    "p:1:2",
    "u",
    "u:maybe",
    "zz:1",
    "D:1",
    " d:1",
    "d:1\n",
    "d:1234567890123456",
    "constructor:1",
  ])("%j is nothing: clients can send what they like", (data) => {
    expect(parsePress(data)).toBeNull();
  });

  test("is read from any text without an error", () => {
    fc.assert(
      fc.property(fc.string(), (data) => {
        const press = parsePress(data);
        if (press !== null) expect(parsePress(pressData(press))).toEqual(press);
      }),
      { seed: 20261122 },
    );
  });
});

describe("a confirmation", () => {
  const memo = {
    job_id: 7,
    visibility: "PRIVATE" as const,
    pinned: false,
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
        { ask: "keep", job_id: 7 },
      ],
    ]);
    expect(pressesOf(failure(texts, 7, "why"))).toEqual([
      [
        { ask: "retry", job_id: 7 },
        { ask: "discard", job_id: 7 },
      ],
    ]);
    expect(pressesOf(unbindQuestion(texts, "users/alice", 0))).toEqual([
      [{ ask: "unbind_yes" }, { ask: "unbind_no" }],
    ]);
  });

  test("count in the singular and in the plural", () => {
    expect(unbindQuestion(texts, "alice", 0).text).toBe("Disconnect from alice?");
    expect(unbindQuestion(texts, "alice", 1).text).toContain("1 message still waits");
    expect(unbindQuestion(texts, "alice", 2).text).toContain("2 messages still wait to");
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
      texts.stranger(42),
      texts.notAllowed(42),
      texts.yourId(42),
      texts.greetingUnbound(42),
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

describe("what is sent to Telegram", () => {
  test("is silent, without a preview, and a reply that does not fail when its message is gone", () => {
    const owed = say(5, { text: "hello" }, { replyTo: 9, promise: "confirmation" });
    expect(owed).toEqual({
      chat_id: 5,
      method: "sendMessage",
      promise: "confirmation",
      params: {
        chat_id: 5,
        text: "hello",
        link_preview_options: { is_disabled: true },
        disable_notification: true,
        reply_parameters: { message_id: 9, allow_sending_without_reply: true },
      },
    });
    for (const replyTo of [null, undefined] as const) {
      const plain = say(5, { text: "hello" }, { ...(replyTo === null && { replyTo }), promise: "notice" });
      expect(plain.params).not.toHaveProperty("reply_parameters");
      expect(plain.params).not.toHaveProperty("reply_markup");
      expect(plain.params).not.toHaveProperty("entities");
    }
  });

  test("as a change names its message and carries the buttons: an edit without them would remove them", () => {
    const owed = change(5, 9, deleteQuestion(texts, 7));
    expect(owed).toMatchObject({
      chat_id: 5,
      method: "editMessageText",
      params: { chat_id: 5, message_id: 9 },
    });
    expect(must(owed.params["reply_markup"])).toEqual({
      inline_keyboard: must(deleteQuestion(texts, 7).buttons),
    });
    expect(change(5, 9, { text: "Done" }).params).not.toHaveProperty("reply_markup");
  });

  test("fits into one message of Telegram: 4,096 UTF-16 units", () => {
    const all = [
      texts.help,
      texts.stranger(JOB),
      texts.greetingUnbound(JOB),
      texts.howToBind("https://m.example"),
    ];
    for (const text of all) expect(text.length).toBeLessThan(4096);
  });
});
