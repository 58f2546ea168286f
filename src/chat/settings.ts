import { isDeepStrictEqual } from "node:util";
import { type AskedFor, CONFIRMATIONS, NEWS } from "../domain/choices.ts";
import { UNKNOWN_COMMAND } from "../domain/job.ts";
import { VISIBILITIES } from "../domain/visibility.ts";
import { LANGUAGES, SETTING_NAMES, type SettingName, type Texts, textsIn } from "../locales/texts.ts";
import { messageText } from "../messages/message-text.ts";
import type { Keyboard } from "../replies/callback-data.ts";
import { button, type Message, replies, say } from "../replies/messages.ts";
import { createTextWriter, cut, oneLine } from "../replies/text-writer.ts";
import type { Binding, BindingSettings } from "../store/accounts/bindings.ts";
import { bound, type Handlers } from "./buttons.ts";
import type { Answers, ChatContext, Said, Worked } from "./context.ts";
import { parseTags, shownTags, TAGS_LIMIT } from "./tags.ts";

/** What a person sets in the chat. */
export function createSettings({ bindings, textsFor }: ChatContext) {
  const buttons = {
    settings: bound(({ texts, binding, edit }) => edit(settingsMessage(texts, binding, null))),
    setting: bound(({ texts, binding, to, edit }, { setting }) => [
      ...edit(settingsMessage(texts, binding, setting)),
      // A reply to it is tags.
      ...(setting === "tags"
        ? [say(to, { text: texts.tagQuestion, asksFor: "#inbox #phone", slot: "tags" satisfies AskedFor })]
        : []),
    ]),
    set: bound(({ from, texts, edit }, asked) => {
      const chosen = choicesOf(texts, asked.setting).find(([value]) => value === asked.value);
      const changed = chosen && bindings.update(from, chosen[2]);
      // In the language that was perhaps just chosen.
      return changed ? edit(settingsMessage(textsFor(from), changed, null)) : texts.alreadySettled;
    }),
  } satisfies Partial<Handlers>;

  return {
    commands: {
      settings: ({ binding, texts }) =>
        binding ? settingsMessage(texts, binding, null) : { text: texts.notBound },
    } satisfies Answers,
    buttons,

    /** Sets the tags that somebody answers the question for them with. */
    answerTags({ message, job_id, from, texts }: Said): Worked {
      const { text } = messageText(message);
      // Several words without a # are a note: that Telegram opened a reply was overlooked.
      const isNote = /\S\s+\S/.test(text) && !text.includes("#");
      const parsed = isNote ? { bad: cut(oneLine(text), 60) } : parseTags(text);
      if ("bad" in parsed) {
        const buttons = [[button(texts.saveAsMemo, { ask: "save", job_id })]];
        const told = { text: texts.badTag({ tag: parsed.bad }), buttons };
        return { owed: replies(message, told), reason: UNKNOWN_COMMAND };
      }
      const changed = bindings.update(from, { tags: parsed.tags.slice(0, TAGS_LIMIT) });
      const told = changed ? settingsMessage(texts, changed, null) : { text: texts.notBound };
      return { owed: replies(message, told) };
    },
  };
}

/** The settings as they are, or one of them with what can be chosen. */
export function settingsMessage(texts: Texts, binding: Binding, open: SettingName | null): Message {
  const writer = createTextWriter();
  if (open !== null) {
    const buttons: Keyboard = choicesOf(texts, open).map(([value, label, change]) => [
      button(isSet(binding, change) ? `✓ ${label}` : label, { ask: "set", setting: open, value }),
    ]);
    writer.add(texts.settings[open], "bold");
    return { ...writer.done(), buttons: [...buttons, [button(texts.back, { ask: "settings" })]] };
  }
  writer.add(`${texts.settingsHead({ name: binding.display_name })}\n`);
  const buttons: Keyboard = [];
  for (const [at, setting] of SETTING_NAMES.entries()) {
    const name = texts.settings[setting];
    writer
      .add("\n")
      .add(name, "bold")
      .add(`: ${shownValue(texts, binding, setting)}`);
    // Two in a row.
    if (at % 2 === 0) buttons.push([]);
    buttons.at(-1)?.push(button(name, { ask: "setting", setting }));
  }
  return { ...writer.done(), buttons };
}

/** What can be chosen for a setting: its value in a button's data, its name, and what it changes. */
type Choice = readonly [value: string, label: string, change: BindingSettings];

function choicesOf(texts: Texts, setting: SettingName): Choice[] {
  switch (setting) {
    case "visibility":
      return [
        ["follow", texts.follow({ app: "Memos" }), { visibility: null }],
        ...VISIBILITIES.map((visibility): Choice => [visibility, visibility, { visibility }]),
      ];
    case "tags":
      return [["none", texts.off, { tags: [] }]];
    case "confirmation":
      return CONFIRMATIONS.map((value) => [value, texts.confirmations[value], { confirmation: value }]);
    case "source_line":
      return [
        ["on", texts.on, { source_line: true }],
        ["off", texts.off, { source_line: false }],
      ];
    case "formatting":
      return (["as_typed", "exact"] as const).map((value) => [
        value,
        texts.formattings[value],
        { formatting: value },
      ]);
    case "news":
      return NEWS.map((value) => [
        value,
        texts.newsChoices[value],
        // What came before somebody chooses to be told again is not told.
        { news: value, ...(value === "off" && { news_after: null }) },
      ]);
    case "language":
      return [
        ["follow", texts.follow({ app: "Telegram" }), { language: null }],
        ...LANGUAGES.map((language): Choice => [language, textsIn(language).languageName, { language }]),
      ];
  }
}

const isSet = (binding: Binding, change: BindingSettings) =>
  isDeepStrictEqual({ ...binding, ...change }, { ...binding });

function shownValue(texts: Texts, binding: Binding, setting: SettingName): string {
  if (setting === "tags" && binding.tags.length > 0) return cut(shownTags(binding.tags), 1_000);
  const [, label = ""] = choicesOf(texts, setting).find(([, , change]) => isSet(binding, change)) ?? [];
  return label;
}
