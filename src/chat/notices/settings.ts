import { TAG_QUESTION } from "../../domain/outgoing.ts";
import { VISIBILITIES } from "../../domain/visibility.ts";
import {
  LANGUAGES,
  languageOf,
  SETTINGS,
  type SettingName,
  type Texts,
  textsIn,
} from "../../locales/texts.ts";
import { button, type Keyboard, type Message } from "../../replies/messages.ts";
import type { Binding, BindingSettings, Bindings } from "../../store/accounts/bindings.ts";
import { parseTags, shownTags, TAGS_LIMIT } from "../commands/tags.ts";
import { createWriter, cut } from "../lists/writer.ts";

const CONFIRMATIONS = ["reply", "reaction", "off"] as const;
const FORMATTINGS = ["as_typed", "exact"] as const;

/** The settings as they are, or one of them with what can be chosen. */
export function settingsMessage(texts: Texts, binding: Binding, open: SettingName | null): Message {
  if (open !== null) return openSetting(texts, binding, open);
  const writer = createWriter()
    .add(texts.settingsHead({ name: binding.display_name }))
    .add("\n");
  for (const name of SETTINGS) {
    writer
      .add("\n")
      .add(texts.settings[name], "bold")
      .add(`${texts.colon}${shownValue(texts, binding, name)}`);
  }
  const buttons: Keyboard = [];
  for (let at = 0; at < SETTINGS.length; at += 2) {
    buttons.push(
      SETTINGS.slice(at, at + 2).map((name) =>
        button(texts.settings[name], { ask: "setting", setting: name }),
      ),
    );
  }
  return { ...writer.done(), buttons };
}

function openSetting(texts: Texts, binding: Binding, setting: SettingName): Message {
  const writer = createWriter().add(texts.settings[setting], "bold").add(`\n${texts.settingsHint[setting]}`);
  return {
    ...writer.done(),
    buttons: [
      ...choicesOf(texts, binding, setting).map(({ value, label, change }) => [
        button(isSet(binding, change) ? `✓ ${label}` : label, { ask: "set", setting, value }),
      ]),
      [button(texts.back, { ask: "settings" })],
    ],
  };
}

/** Sent beside the choices: a reply to it is tags. */
export const tagQuestion = (texts: Texts): Message => ({
  text: texts.tagQuestion,
  asksFor: "#inbox #phone",
  slot: TAG_QUESTION,
});

/** Sets the tags that somebody answers that question with. */
export function answerTags(
  { update }: Pick<Bindings, "update">,
  said: { readonly text: string; readonly job_id: number; readonly from: number; readonly texts: Texts },
): Message {
  const { text, job_id, from, texts } = said;
  // It may have been meant as a memo.
  const buttons = [[button(texts.saveAsMemo, { ask: "save", job_id })]];
  const parsed = parseTags(text);
  if ("bad" in parsed) return { text: texts.badTag({ tag: parsed.bad }), buttons };
  const { tags } = parsed;
  if (tags.length > TAGS_LIMIT) return { text: texts.tooManyTags({ limit: TAGS_LIMIT }), buttons };
  if (!update(from, { tags })) return { text: texts.notBound };
  return { text: tags.length === 0 ? texts.done : texts.tagsSet({ tags: shownTags(tags) }) };
}

/** What can be chosen for a setting: its value in a button's data, its name, and what it changes. */
interface Choice {
  readonly value: string;
  readonly label: string;
  readonly change: BindingSettings;
}

const choice = (value: string, label: string, change: BindingSettings): Choice => ({ value, label, change });

function choicesOf(texts: Texts, binding: Binding, setting: SettingName): Choice[] {
  switch (setting) {
    case "visibility":
      return [
        choice("follow", texts.followMemos, { visibility: null }),
        ...VISIBILITIES.map((visibility) => choice(visibility, visibility, { visibility })),
      ];
    case "tags":
      return [choice("none", texts.noTags, { tags: [] })];
    case "confirmation":
      return CONFIRMATIONS.map((value) => choice(value, texts.confirmations[value], { confirmation: value }));
    case "source_line":
      return [
        choice("on", texts.on, { source_line: true }),
        choice("off", texts.off, { source_line: false }),
      ];
    case "formatting":
      return FORMATTINGS.map((value) => choice(value, texts.formattings[value], { formatting: value }));
    case "language": {
      const ofTelegram = textsIn(languageOf(binding.telegram_language) ?? "en").languageName;
      return [
        choice("follow", texts.followTelegram({ language: ofTelegram }), { language: null }),
        ...LANGUAGES.map((language) => choice(language, textsIn(language).languageName, { language })),
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
  return choicesOf(texts, binding, setting).find(({ change }) => isSet(binding, change))?.label ?? "";
}

/** What a pressed button sets; undefined for a value that there is not. */
export function settingOf(
  texts: Texts,
  binding: Binding,
  { setting, value }: { readonly setting: SettingName; readonly value: string },
): BindingSettings | undefined {
  return choicesOf(texts, binding, setting).find((one) => one.value === value)?.change;
}
