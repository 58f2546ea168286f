import type { Binding, BindingSettings, Bindings } from "../store/bindings.ts";
import { button, type Keyboard, type Message } from "./messages.ts";
import { LANGUAGES } from "./plurals.ts";
import { VISIBILITIES } from "./press-data.ts";
import { parseTags, shownTags, TAGS_LIMIT } from "./tags.ts";
import { languageOf, type SettingName, type Texts, textsIn } from "./texts.ts";
import { createWriter, cut } from "./writer.ts";

const NAMES: readonly SettingName[] = [
  "visibility",
  "tags",
  "confirmation",
  "source_line",
  "formatting",
  "language",
];

/** The settings as they are, or one of them with what can be chosen. */
export function settingsMessage(texts: Texts, binding: Binding, open: SettingName | null): Message {
  if (open !== null) return choices(texts, binding, open);
  const writer = createWriter().add(texts.settingsHead(binding.display_name)).add("\n");
  for (const name of NAMES) {
    writer
      .add("\n")
      .add(texts.settings[name], "bold")
      .add(`${texts.colon}${shownValue(texts, binding, name)}`);
  }
  const buttons: Keyboard = [];
  for (let at = 0; at < NAMES.length; at += 2) {
    buttons.push(
      NAMES.slice(at, at + 2).map((name) => button(texts.settings[name], { ask: "setting", setting: name })),
    );
  }
  return { ...writer.done(), buttons };
}

function choices(texts: Texts, binding: Binding, setting: SettingName): Message {
  const writer = createWriter().add(texts.settings[setting], "bold").add(`\n${texts.settingsHint[setting]}`);
  const current = wordOf(binding, setting);
  return {
    ...writer.done(),
    buttons: [
      ...options(texts, binding, setting).map(([value, label]) => [
        button(value === current ? `✓ ${label}` : label, { ask: "set", setting, value }),
      ]),
      [button(texts.back, { ask: "settings" })],
    ],
  };
}

/** Sent beside the choices: a reply to it is tags. */
export const tagQuestion = (texts: Texts): Message => ({
  text: texts.tagQuestion,
  asksFor: "#inbox #phone",
  about: "tag_question",
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
  if ("bad" in parsed) return { text: texts.badTag(parsed.bad), buttons };
  const { tags } = parsed;
  if (tags.length > TAGS_LIMIT) return { text: texts.tooManyTags(TAGS_LIMIT), buttons };
  if (!update(from, { tags })) return { text: texts.notBound };
  return { text: tags.length === 0 ? texts.done : texts.tagsSet(shownTags(tags)) };
}

/** The values of a setting as buttons carry them, with their names. */
function options(texts: Texts, binding: Binding, setting: SettingName): [string, string][] {
  switch (setting) {
    case "visibility":
      return [["follow", texts.followMemos], ...VISIBILITIES.map((name): [string, string] => [name, name])];
    case "tags":
      return [["none", texts.noTags]];
    case "confirmation":
      return Object.entries(texts.confirmations);
    case "source_line":
      return [
        ["on", texts.on],
        ["off", texts.off],
      ];
    case "formatting":
      return Object.entries(texts.formattings);
    case "language":
      return [
        ["follow", followed(texts, binding)],
        ...LANGUAGES.map((language): [string, string] => [language, textsIn(language).languageName]),
      ];
  }
}

/** The value that is set now, as buttons carry it. */
function wordOf(binding: Binding, setting: SettingName): string {
  switch (setting) {
    case "visibility":
      return binding.visibility ?? "follow";
    case "tags":
      return "";
    case "source_line":
      return binding.source_line ? "on" : "off";
    case "language":
      return binding.language ?? "follow";
    default:
      return binding[setting];
  }
}

function shownValue(texts: Texts, binding: Binding, setting: SettingName): string {
  if (setting === "tags") return binding.tags.length === 0 ? texts.none : cut(shownTags(binding.tags), 1_000);
  const word = wordOf(binding, setting);
  return options(texts, binding, setting).find(([value]) => value === word)?.[1] ?? word;
}

function followed(texts: Texts, binding: Binding): string {
  return texts.followTelegram(textsIn(languageOf(binding.telegram_language) ?? "en").languageName);
}

/** What a pressed button sets; null for a value that there is not. */
export function settingOf(setting: SettingName, value: string): BindingSettings | null {
  switch (setting) {
    case "visibility": {
      const visibility = VISIBILITIES.find((name) => name === value);
      if (visibility) return { visibility };
      return value === "follow" ? { visibility: null } : null;
    }
    case "tags":
      return value === "none" ? { tags: [] } : null;
    case "confirmation":
      return value === "reply" || value === "reaction" || value === "off" ? { confirmation: value } : null;
    case "source_line":
      return value === "on" || value === "off" ? { source_line: value === "on" } : null;
    case "formatting":
      return value === "as_typed" || value === "exact" ? { formatting: value } : null;
    case "language": {
      const language = LANGUAGES.find((name) => name === value);
      if (language) return { language };
      return value === "follow" ? { language: null } : null;
    }
  }
}
