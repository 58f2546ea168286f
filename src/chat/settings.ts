import { machineZone, zoneOf } from "../base/zones.ts";
import { ASKED_FOR, CONFIRMATIONS, NEWS } from "../domain/choices.ts";
import { TAGS_LIMIT } from "../domain/tags.ts";
import { VISIBILITIES } from "../domain/visibility.ts";
import { LANGUAGES, SETTING_NAMES, type SettingName, type Texts, textsIn } from "../locales/texts.ts";
import { messageText } from "../messages/message-text.ts";
import type { Keyboard } from "../replies/callback-data.ts";
import { button, type Message, replies, say } from "../replies/messages.ts";
import { createTextWriter, cut, oneLine } from "../replies/text-writer.ts";
import type { Binding, BindingSettings } from "../store/accounts/bindings.ts";
import { bound, type Handlers } from "./buttons.ts";
import { type Choice, changeOf, chosenLabel, oneOf, onOrOff, openedSetting } from "./choices.ts";
import { type Answers, type ChatContext, notUnderstood, type Said, type Worked } from "./context.ts";
import type { createRules } from "./publishing/rules.ts";
import { digestChoices, setZone, shownDigest, shownZone } from "./reminders/time-settings.ts";
import { parseTags, shownTags } from "./tags.ts";

/** What a person sets in the chat. */
export function createSettings(
  context: ChatContext,
  rules: Pick<ReturnType<typeof createRules>, "message" | "shown">,
) {
  const { bindings, textsFor, api, clock } = context;
  const now = () => api.time() ?? clock.now();
  const shown = (texts: Texts, binding: Binding, open: SettingName | null = null) =>
    open === "publishing"
      ? rules.message(texts, binding.telegram_id)
      : settingsMessage(texts, binding, open, now(), rules.shown(texts, binding.telegram_id));

  const buttons = {
    settings: bound(({ texts, binding, edit }) => edit(shown(texts, binding))),
    setting: bound(({ texts, binding, to, edit }, { setting }) => [
      ...edit(shown(texts, binding, setting)),
      ...questionFor(texts, setting).map((question) => say(to, question)),
    ]),
    set: bound(({ from, texts, binding, edit }, asked) => {
      const change = changeOf(choicesOf(texts, asked.setting, binding, now()).flat(), asked.value);
      if (!change) return texts.alreadySettled;
      // In the language that was perhaps just chosen.
      const told = (changed: Binding | undefined) => (changed ? edit(shown(textsFor(from), changed)) : []);
      if (change.time_zone !== undefined)
        return setZone(context, binding, change.time_zone, now()).then(told);
      return told(bindings.update(from, change));
    }),
  } satisfies Partial<Handlers>;

  return {
    commands: {
      settings: ({ binding, texts }) => (binding ? shown(texts, binding) : { text: texts.notBound }),
    } satisfies Answers,
    buttons,

    /** Sets the tags that somebody answers the question for them with. */
    answerTags(said: Said): Worked {
      const { message, from, texts } = said;
      const { text } = messageText(message);
      // Several words without a # are a note: its writer overlooked that Telegram had opened a reply.
      const isNote = /\S\s+\S/.test(text) && !text.includes("#");
      const parsed = isNote ? { bad: cut(oneLine(text), 60) } : parseTags(text);
      if ("bad" in parsed) return notUnderstood(said, texts.badTag({ tag: parsed.bad }));
      const changed = bindings.update(from, { tags: parsed.tags.slice(0, TAGS_LIMIT) });
      const told = changed ? shown(texts, changed) : { text: texts.notBound };
      return { owed: replies(message, told) };
    },

    /** Sets the time zone that somebody answers the question for it with. */
    async answerZone(said: Said): Promise<Worked> {
      const { message, binding, texts } = said;
      const { text } = messageText(message);
      const zone = zoneOf(text, texts.language);
      if (zone === undefined) return notUnderstood(said, texts.badZone({ said: cut(oneLine(text), 60) }));
      const changed = binding && (await setZone(context, binding, zone, now()));
      return { owed: replies(message, changed ? shown(texts, changed) : { text: texts.notBound }) };
    },
  };
}

/** The question for a setting that is typed, and not only chosen: a reply to it is the answer. */
function questionFor(texts: Texts, setting: SettingName): Message[] {
  const slot = ASKED_FOR.find((one) => one === setting);
  if (slot === "tags") return [{ text: texts.tagQuestion, asksFor: "#inbox #phone", slot }];
  return slot === "time_zone" ? [{ text: texts.zoneQuestion, asksFor: "Berlin", slot }] : [];
}

/** The settings as they are, or one of them with what can be chosen. */
export function settingsMessage(
  texts: Texts,
  binding: Binding,
  open: SettingName | null,
  now: number,
  /** Which memos go to channels. */
  rules: string,
): Message {
  if (open !== null) {
    return openedSetting(texts, binding, {
      name: texts.settings[open],
      rows: choicesOf(texts, open, binding, now),
      set: (value) => ({ ask: "set", setting: open, value }),
      back: { ask: "settings" },
    });
  }
  const writer = createTextWriter();
  writer.add(`${texts.settingsHead({ name: binding.display_name })}\n`);
  const buttons: Keyboard = [];
  for (const [at, setting] of SETTING_NAMES.entries()) {
    const name = texts.settings[setting];
    writer
      .add("\n")
      .add(name, "bold")
      .add(`: ${setting === "publishing" ? rules : shownValue(texts, binding, setting, now)}`);
    // Two in a row.
    if (at % 2 === 0) buttons.push([]);
    buttons.at(-1)?.push(button(name, { ask: "setting", setting }));
  }
  return { ...writer.done(), buttons };
}

/** What can be chosen for a setting, in rows. */
function choicesOf(texts: Texts, setting: SettingName, binding: Binding, now: number) {
  if (setting === "digest") return digestChoices(texts, binding, now);
  return CHOICES[setting](texts).map((choice) => [choice]);
}

const CHOICES: Readonly<
  Record<Exclude<SettingName, "digest">, (texts: Texts) => readonly Choice<BindingSettings>[]>
> = {
  visibility: (texts) => [
    ["follow", texts.follow({ app: "Memos" }), { visibility: null }],
    ...oneOf("visibility", VISIBILITIES, (visibility) => visibility),
  ],
  tags: (texts) => [["none", texts.off, { tags: [] }]],
  confirmation: (texts) => oneOf("confirmation", CONFIRMATIONS, (value) => texts.confirmations[value]),
  source_line: (texts) => onOrOff("source_line", texts),
  formatting: (texts) => oneOf("formatting", ["as_typed", "exact"], (value) => texts.formattings[value]),
  news: (texts) =>
    NEWS.map((news) => [
      news,
      texts.newsChoices[news],
      // What came before somebody chooses to be told again is not told.
      { news, ...(news === "off" && { news_after: null }) },
    ]),
  publishing: () => [],
  time_zone: (texts) => [["follow", texts.zoneFollows({ zone: machineZone() }), { time_zone: null }]],
  language: (texts) => [
    ["follow", texts.follow({ app: "Telegram" }), { language: null }],
    ...oneOf("language", LANGUAGES, (language) => textsIn(language).languageName),
  ],
};

function shownValue(texts: Texts, binding: Binding, setting: SettingName, now: number): string {
  if (setting === "tags" && binding.tags.length > 0) return cut(shownTags(binding.tags), 1_000);
  if (setting === "time_zone") return shownZone(texts, binding, now);
  if (setting === "digest") return shownDigest(texts, binding);
  return chosenLabel(binding, CHOICES[setting](texts));
}
