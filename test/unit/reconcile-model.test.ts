import { describe, expect, test } from "bun:test";
import type { TelegramUpdate } from "../../src/domain/telegram.ts";
import { explore } from "../support/explore.ts";
import type { Scenario } from "../support/reconcile-world.ts";

const DATE = 1_795_340_000;
const at = (message_id: number, more: object) => ({
  message_id,
  date: DATE,
  chat: { id: 5, type: "private" },
  from: { id: 5, is_bot: false, first_name: "A" },
  ...more,
});
const sent = (message_id: number, more: object) =>
  ({ update_id: 1, message: at(message_id, more) }) as TelegramUpdate;
const edited = (message_id: number, after: number, more: object) =>
  ({ update_id: 1, edited_message: { ...at(message_id, more), edit_date: DATE + after } }) as TelegramUpdate;
const file = (id: string, file_name = id) => ({ file_id: id, file_unique_id: id, file_name, file_size: 1 });
const document = (id: string, caption?: string, name = id) => ({
  document: file(id, name),
  ...(caption && { caption }),
});
const long = (letter: string) => `${letter.repeat(30)}\n\n${letter.repeat(30)}`;

const text = sent(7, { text: "one" });
const scenarios: Scenario[] = [
  { name: "a text", first: [text] },
  { name: "a file", first: [sent(7, document("a", "one"))] },
  { name: "a text that is edited", first: [text], later: [edited(7, 1, { text: "two" })] },
  {
    name: "a text that is edited twice",
    first: [text],
    later: [edited(7, 1, { text: "two" }), edited(7, 2, { text: "three" })],
  },
  {
    name: "a file that is exchanged",
    first: [sent(7, document("a", "one"))],
    later: [edited(7, 1, document("b", "two"))],
  },
  {
    name: "a file that is exchanged for one of the same name",
    first: [sent(7, document("a", "one", "scan"))],
    later: [edited(7, 1, document("b", "one", "scan"))],
  },
  {
    name: "two files of one name",
    first: [sent(7, document("a", "one", "scan")), sent(8, document("b", "two", "scan"))],
  },
  {
    name: "a part that comes late",
    first: [sent(7, document("a", "one"))],
    later: [sent(8, document("b", "two"))],
  },
  { name: "a text over the limit", first: [sent(7, { text: long("a") })], limit: 40 },
  {
    name: "a file that is not to be had at first",
    first: [sent(7, document("a", "one"))],
    refusedFiles: 1,
  },
  {
    name: "files that are not to be had, whose words are edited",
    first: [sent(7, document("a", "one")), sent(8, document("b"))],
    later: [edited(7, 1, document("a", "two"))],
    refusedFiles: 2,
  },
  {
    name: "a file that is not to be had, and a late part",
    first: [sent(7, document("a", "one"))],
    later: [sent(8, document("b", "two"))],
    refusedFiles: 2,
  },
  {
    name: "a text over the limit that is edited",
    first: [sent(7, { text: long("a") })],
    later: [edited(7, 1, { text: "short" })],
    limit: 40,
  },
  { name: "two texts that say the same", first: [text], twin: true },
  { name: "a reply", first: [sent(7, { text: "one", reply_to_message: at(3, { text: "before" }) })] },
  { name: "a limit that is lowered", first: [sent(7, { text: long("a") })], limit: 100, lowered: 40 },
];
const inMemos: Scenario[] = [
  {
    name: "a text that is changed in Memos",
    first: [text],
    later: [edited(7, 1, { text: "two" })],
    person: ["changes"],
  },
  {
    name: "a late part of what is changed in Memos",
    first: [sent(7, document("a", "one"))],
    later: [sent(8, document("b", "two"))],
    person: ["changes"],
  },
  {
    name: "a late part, and a file that is deleted in Memos",
    first: [sent(7, document("a", "one"))],
    later: [sent(8, document("b", "two"))],
    person: ["deletes a file"],
  },
  {
    name: "a late part, and a file that is added in Memos",
    first: [sent(7, document("a", "one"))],
    later: [sent(8, document("b", "two"))],
    person: ["adds a file"],
  },
  {
    name: "a memo that is deleted",
    first: [text],
    later: [edited(7, 1, { text: "two" })],
    person: ["deletes"],
  },
  {
    name: "a text that is changed in Memos, and that [Overwrite] is pressed for",
    first: [text],
    later: [edited(7, 1, { text: "two" })],
    person: ["changes"],
    press: "overwrite",
  },
  {
    name: "a memo that is deleted, and that [Save again] is pressed for",
    first: [text],
    later: [edited(7, 1, { text: "two" })],
    person: ["deletes"],
    press: "save_again",
  },
  {
    name: "a reply to what is deleted in Memos",
    first: [sent(7, { text: "one", reply_to_message: at(3, { text: "before" }) })],
    person: ["deletes the parent"],
  },
  { name: "what an older version wrote otherwise", first: [text], older: "*one*" },
  {
    name: "an edit of what an older version wrote otherwise",
    first: [text],
    later: [edited(7, 1, { text: "two" })],
    older: "*one*",
  },
];

/** How much may go wrong in one way: more of it in the campaign. */
const TROUBLES = process.env["CRASH_WHOLE"] ? 2 : 1;

describe("whatever goes wrong on the way", () => {
  for (const chosen of [false, true]) {
    for (const scenario of chosen ? scenarios : [...scenarios, ...inMemos]) {
      test(`${scenario.name}${chosen ? ", where the server chooses ids" : ""}: is as it is wanted`, async () => {
        const { found, ways } = await explore({ ...scenario, chosen }, TROUBLES);
        expect(found).toEqual({});
        expect(ways).toBeGreaterThan(5);
      });
    }
  }
});
