import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { settingsMessage } from "../../src/chat/settings.ts";
import { LANGUAGES, type SettingName, textsIn } from "../../src/locales/texts.ts";
import { type Press, parsePress, pressData } from "../../src/replies/callback-data.ts";
import type { Binding } from "../../src/store/accounts/bindings.ts";
import { START } from "../support/clock.ts";

/** Larger than any row's number will be. */
const job_id = 999_999_999_999_999;
const page = 999_999;

/** What stands in old chats: whatever is changed, each of these goes on to mean what it meant. */
const PRESSES: Readonly<Record<string, Press>> = {
  "v:999999999999999:PRIVATE": { ask: "visibility", job_id, visibility: "PRIVATE" },
  "v:999999999999999:PROTECTED": { ask: "visibility", job_id, visibility: "PROTECTED" },
  "v:999999999999999:PUBLIC": { ask: "visibility", job_id, visibility: "PUBLIC" },
  "p:999999999999999:1": { ask: "pin", job_id, pinned: true },
  "p:999999999999999:0": { ask: "pin", job_id, pinned: false },
  "a:999999999999999:1": { ask: "archive", job_id, archived: true },
  "a:999999999999999:0": { ask: "archive", job_id, archived: false },
  "d:999999999999999": { ask: "delete", job_id },
  "dy:999999999999999": { ask: "delete_yes", job_id },
  "dn:999999999999999": { ask: "keep", job_id },
  "o:999999999999999": { ask: "overwrite", job_id },
  "n:999999999999999": { ask: "save_again", job_id },
  "r:999999999999999": { ask: "retry", job_id },
  "x:999999999999999": { ask: "discard", job_id },
  "s:999999999999999": { ask: "save", job_id },
  "f:999999": { ask: "failed", page },
  "fr:999999999999999:999999": { ask: "failed_retry", job_id, page },
  "fx:999999999999999:999999": { ask: "failed_discard", job_id, page },
  fa: { ask: "failed_retry_all" },
  "fd:0": { ask: "failed_discard_all", count: 0 },
  "fd:999999": { ask: "failed_discard_all", count: page },
  "q:999999999999999:999999": { ask: "list", search_id: job_id, page },
  "m:999999999999999:999999": { ask: "show", search_id: job_id, at: page },
  c: { ask: "settings" },
  "c:source_line": { ask: "setting", setting: "source_line" },
  "c:confirmation:reaction": { ask: "set", setting: "confirmation", value: "reaction" },
  "zw:999999999999999:tomorrow": { ask: "remind_at", job_id, when: "tomorrow" },
  "z:999999": { ask: "reminders", page },
  "zp:999999999999999:999999": { ask: "reminders_cancel", reminder_id: job_id, page },
  "zx:999999999999999": { ask: "reminder_cancel", reminder_id: job_id },
  "zd:999999999999999": { ask: "reminder_done", reminder_id: job_id },
  "zl:999999999999999:hour": { ask: "reminder_later", reminder_id: job_id, when: "hour" },
  "k:999999:0123456789abcdef0123456789abcdef-xyz:01234567": {
    ask: "tick",
    account_key: page,
    uid: "0123456789abcdef0123456789abcdef-xyz",
    item: "01234567",
  },
  "h:0": { ask: "help", all: false },
  "h:1": { ask: "help", all: true },
  "u:a": { ask: "unbind_yes" },
  "u:n": { ask: "unbind_no" },
};

describe("what a button asks for", () => {
  test.each(Object.entries(PRESSES))("%s is read, and written again, in 64 bytes", (data, press) => {
    expect(parsePress(data)).toEqual(press);
    expect(pressData(press)).toBe(data);
    expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64);
  });

  test("is to leave the archive, where it is [Undo] of an older version", () => {
    expect(parsePress("dz:7")).toEqual({ ask: "archive", job_id: 7, archived: false });
    expect(parsePress("dz:7:1")).toBeNull();
  });

  test("data that is no text is none", () => {
    for (const data of [undefined, null, 7, {}, ["v", 1]]) expect(parsePress(data)).toBeNull();
  });

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
    "d:12345678901234567",
    "constructor:1",
    "c:",
    "c:nonsense",
    "c:tags:",
    "c:tags:a b",
    "q:1",
    "q:1:x",
    "q:01:1",
    "fr:1",
    "f:1:1",
    "fd",
    "fa:1",
  ])("%j is nothing: clients can send what they like", (data) => {
    expect(parsePress(data)).toBeNull();
  });

  test("is read from any text without an error", () => {
    fc.assert(
      fc.property(fc.string(), (data) => {
        const press = parsePress(data);
        if (press && press.ask !== "retired") expect(parsePress(pressData(press))).toEqual(press);
      }),
      { seed: 20261122 },
    );
  });
});

describe("the buttons of the settings", () => {
  const binding: Binding = {
    telegram_id: 1,
    username: null,
    server: "https://memos.example.org",
    account: "users/alice",
    display_name: "Alice",
    tags: ["a"],
    visibility: null,
    confirmation: "reply",
    source_line: true,
    formatting: "as_typed",
    language: null,
    telegram_language: null,
    state: "active",
    time_zone: null,
    digest: "weekly",
    digest_hour: 8,
    digest_at: START,
  } as Partial<Binding> as Binding;
  const names = Object.keys(textsIn("en").settings) as SettingName[];

  for (const language of LANGUAGES) {
    test(`can be read in ${language}`, () => {
      for (const open of [null, ...names]) {
        const { buttons = [] } = settingsMessage(textsIn(language), binding, open, START, "");
        for (const { callback_data = "" } of buttons.flat() as { callback_data?: string }[]) {
          expect(parsePress(callback_data)).not.toBeNull();
        }
      }
    });
  }
});
