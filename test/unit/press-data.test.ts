import { describe, expect, test } from "bun:test";
import { ALERTS, alertIn } from "../../src/chat/alerts.ts";
import { LANGUAGES } from "../../src/chat/plurals.ts";
import { type Press, parsePress, pressData, VISIBILITIES } from "../../src/chat/press-data.ts";
import { settingOf, settingsMessage } from "../../src/chat/settings.ts";
import { type SettingName, textsIn } from "../../src/chat/texts.ts";
import type { Binding } from "../../src/store/bindings.ts";

/** Larger than any row's number will be. */
const job_id = 999_999_999_999_999;
const page = 999_999;
const to = "0123456789ab";

const PRESSES: Record<Press["ask"], Press[]> = {
  visibility: VISIBILITIES.map((visibility) => ({ ask: "visibility", job_id, visibility })),
  pin: [true, false].map((pinned) => ({ ask: "pin", job_id, pinned })),
  archive: [true, false].map((archived) => ({ ask: "archive", job_id, archived })),
  delete: [{ ask: "delete", job_id }],
  delete_yes: [{ ask: "delete_yes", job_id }],
  keep: [{ ask: "keep", job_id }],
  undo: [{ ask: "undo", job_id }],
  overwrite: [{ ask: "overwrite", job_id }],
  save_again: [{ ask: "save_again", job_id }],
  retry: [{ ask: "retry", job_id }],
  discard: [{ ask: "discard", job_id }],
  save: [{ ask: "save", job_id }],
  failed: [{ ask: "failed", page }],
  failed_retry: [{ ask: "failed_retry", job_id, page }],
  failed_discard: [{ ask: "failed_discard", job_id, page }],
  failed_save: [{ ask: "failed_save", job_id, to }],
  stranded_save: [{ ask: "stranded_save", job_id, to }],
  stranded_discard: [{ ask: "stranded_discard", job_id, to }],
  list: [{ ask: "list", search_id: job_id, page }],
  show: [{ ask: "show", search_id: job_id, at: page }],
  settings: [null, "source_line" as const].map((open) => ({ ask: "settings", open })),
  set: [{ ask: "set", setting: "confirmation", value: "reaction" }],
  unbind_yes: [{ ask: "unbind_yes" }],
  unbind_no: [{ ask: "unbind_no" }],
  token_connect: [{ ask: "token_connect" }],
  token_forget: [{ ask: "token_forget" }],
};

describe("what a button asks for", () => {
  for (const press of Object.values(PRESSES).flat()) {
    test(`is read again: ${JSON.stringify(press)}, in 64 bytes`, () => {
      const data = pressData(press);
      expect(parsePress(data)).toEqual(press);
      expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64);
    });
  }

  test("that Telegram would refuse, or nobody could read again, is a fault of ours", () => {
    const value = "x".repeat(60);
    expect(() => pressData({ ask: "set", setting: "tags", value })).toThrow("a button cannot carry");
    expect(() => pressData({ ask: "delete", job_id: -1 })).toThrow("a button cannot carry");
  });

  test("has its own words each", () => {
    const all = Object.values(PRESSES).flat().map(pressData);
    expect(new Set(all).size).toBe(all.length);
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
  } as Partial<Binding> as Binding;
  const names = Object.keys(textsIn("en").settings) as SettingName[];

  for (const language of LANGUAGES) {
    test(`set what they say in ${language}`, () => {
      for (const open of [null, ...names]) {
        const { buttons = [] } = settingsMessage(textsIn(language), binding, open);
        for (const { callback_data = "" } of buttons.flat() as { callback_data?: string }[]) {
          const press = parsePress(callback_data);
          expect(press).not.toBeNull();
          if (press?.ask === "set") expect(settingOf(press.setting, press.value)).not.toBeNull();
        }
      }
    });
  }
});

describe("an alert", () => {
  for (const language of LANGUAGES) {
    test(`fits into Telegram's 200 characters in ${language}`, () => {
      for (const alert of ALERTS) {
        const text = alertIn(textsIn(language), alert, 9_999_999_999_999);
        expect([alert, text.length <= 200]).toEqual([alert, true]);
      }
    });
  }
});
