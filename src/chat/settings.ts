import { TAG_QUESTION } from "../domain/outgoing.ts";
import { VISIBILITIES } from "../domain/visibility.ts";
import { LANGUAGES, languageOf, SETTINGS, type SettingName, type Texts, textsIn } from "../locales/texts.ts";
import { messageText } from "../messages/message-text.ts";
import type { Keyboard } from "../replies/callback-data.ts";
import { button, type Message, say } from "../replies/messages.ts";
import type { Binding, BindingSettings } from "../store/accounts/bindings.ts";
import { bound, type Handlers } from "./buttons.ts";
import type { Answers, ChatContext, Said } from "./context.ts";
import { createWriter, cut } from "./lists/writer.ts";
import { parseTags, shownTags, TAGS_LIMIT } from "./tags.ts";

const CONFIRMATIONS = ["reply", "reaction", "off"] as const;
const FORMATTINGS = ["as_typed", "exact"] as const;

/** What a person sets in the chat. */
export function createSettings({ bindings, textsFor }: ChatContext) {
  const buttons = {
    settings: bound(({ texts, binding, edit }) => edit(settingsMessage(texts, binding, null))),
    setting: bound(({ texts, binding, chat_id, edit }, { setting }) => [
      ...edit(settingsMessage(texts, binding, setting)),
      ...(setting === "tags" ? [say(chat_id, tagQuestion(texts))] : []),
    ]),
    set: bound(({ from, texts, binding, edit }, asked) => {
      const change = settingOf(texts, binding, asked);
      const changed = change && bindings.update(from, change);
      // In the language that was perhaps just chosen.
      return changed ? edit(settingsMessage(textsFor(from), changed, null)) : texts.alreadySettled;
    }),
  } satisfies Partial<Handlers>;

  const commands: Answers = {
    settings: ({ binding, texts }) =>
      binding ? settingsMessage(texts, binding, null) : { text: texts.notBound },
  };

  return {
    commands,
    buttons,

    /** Sets the tags that somebody answers the question for them with. */
    answerTags({ message, job, from, texts }: Said): Message {
      // It may have been meant as a memo.
      const buttons = [[button(texts.saveAsMemo, { ask: "save", job_id: job.id })]];
      const parsed = parseTags(messageText(message).text);
      if ("bad" in parsed) return { text: texts.badTag({ tag: parsed.bad }), buttons };
      const { tags } = parsed;
      if (tags.length > TAGS_LIMIT) return { text: texts.tooManyTags({ limit: TAGS_LIMIT }), buttons };
      if (!bindings.update(from, { tags })) return { text: texts.notBound };
      return { text: tags.length === 0 ? texts.done : texts.tagsSet({ tags: shownTags(tags) }) };
    },
  };
}

/** The settings as they are, or one of them with what can be chosen. */
export function settingsMessage(texts: Texts, binding: Binding, open: SettingName | null): Message {
  const writer = createWriter();
  if (open !== null) {
    const buttons: Keyboard = choicesOf(texts, binding, open).map(([value, label, change]) => [
      button(isSet(binding, change) ? `✓ ${label}` : label, { ask: "set", setting: open, value }),
    ]);
    writer.add(texts.settings[open], "bold").add(`\n${texts.settingsHint[open]}`);
    return { ...writer.done(), buttons: [...buttons, [button(texts.back, { ask: "settings" })]] };
  }
  writer.add(`${texts.settingsHead({ name: binding.display_name })}\n`);
  const buttons: Keyboard = [];
  for (const [at, setting] of SETTINGS.entries()) {
    const name = texts.settings[setting];
    writer
      .add("\n")
      .add(name, "bold")
      .add(`${texts.colon}${shownValue(texts, binding, setting)}`);
    // Two in a row.
    if (at % 2 === 0) buttons.push([]);
    buttons.at(-1)?.push(button(name, { ask: "setting", setting }));
  }
  return { ...writer.done(), buttons };
}

/** Sent beside the choices: a reply to it is tags. */
const tagQuestion = (texts: Texts): Message => ({
  text: texts.tagQuestion,
  asksFor: "#inbox #phone",
  slot: TAG_QUESTION,
});

/** What can be chosen for a setting: its value in a button's data, its name, and what it changes. */
type Choice = readonly [value: string, label: string, change: BindingSettings];

function choicesOf(texts: Texts, binding: Binding, setting: SettingName): Choice[] {
  switch (setting) {
    case "visibility":
      return [
        ["follow", texts.followMemos, { visibility: null }],
        ...VISIBILITIES.map((visibility): Choice => [visibility, visibility, { visibility }]),
      ];
    case "tags":
      return [["none", texts.noTags, { tags: [] }]];
    case "confirmation":
      return CONFIRMATIONS.map((value) => [value, texts.confirmations[value], { confirmation: value }]);
    case "source_line":
      return [
        ["on", texts.on, { source_line: true }],
        ["off", texts.off, { source_line: false }],
      ];
    case "formatting":
      return FORMATTINGS.map((value) => [value, texts.formattings[value], { formatting: value }]);
    case "language": {
      const ofTelegram = textsIn(languageOf(binding.telegram_language) ?? "en").languageName;
      return [
        ["follow", texts.followTelegram({ language: ofTelegram }), { language: null }],
        ...LANGUAGES.map((language): Choice => [language, textsIn(language).languageName, { language }]),
      ];
    }
  }
}

function isSet(binding: Binding, change: BindingSettings): boolean {
  const names = Object.keys(change) as (keyof BindingSettings)[];
  return names.every((name) => binding[name] === change[name]);
}

function shownValue(texts: Texts, binding: Binding, setting: SettingName): string {
  if (setting === "tags") return binding.tags.length === 0 ? texts.none : cut(shownTags(binding.tags), 1_000);
  const [, label = ""] =
    choicesOf(texts, binding, setting).find(([, , change]) => isSet(binding, change)) ?? [];
  return label;
}

/** What a pressed button sets; undefined for a value that there is not. */
export function settingOf(
  texts: Texts,
  binding: Binding,
  { setting, value }: { readonly setting: SettingName; readonly value: string },
): BindingSettings | undefined {
  return choicesOf(texts, binding, setting).find(([one]) => one === value)?.[2];
}
