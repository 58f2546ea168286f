import type { TelegramMessage } from "gramio";
import type { Bindings } from "../store/bindings.ts";
import type { Owed } from "../store/outbox.ts";
import { answersSettings, asksForTags, isOnlyTags } from "../telegram/command.ts";
import { written } from "../telegram/written.ts";
import { button, change, type Message, say } from "./messages.ts";
import { settingsMessage } from "./settings.ts";
import { parseTags, shownTags, TAGS_LIMIT } from "./tags.ts";
import type { Texts } from "./texts.ts";

/** Takes the tags that somebody answers the settings with: as a reply, or without one while they are asked for. */
export type AnswerSettings = (said: {
  readonly message: TelegramMessage;
  readonly job: { readonly id: number };
  readonly from: number;
  readonly texts: Texts;
}) => Owed[];

export function createAnswerSettings(deps: {
  bindings: Pick<Bindings, "get" | "update" | "askTags">;
}): AnswerSettings {
  const { bindings } = deps;

  return ({ message, job, from, texts }) => {
    const { chat, message_id } = message;
    const reply = (text: string, more: Partial<Message> = {}) =>
      say(chat.id, { text, ...more }, { replyTo: message_id, promise: "notice" });
    // It may have been meant as what everything else is.
    const orSave = { buttons: [[button(texts.saveAsMemo, { ask: "save" as const, job_id: job.id })]] };
    const binding = bindings.get(from);
    if (!binding) return [reply(texts.notBound)];
    const settings = answersSettings(message) ? message.reply_to_message : undefined;
    const { text } = written(message);
    const isAsked = !settings || asksForTags(settings) || settings.message_id === binding.tags_asked_in;
    if (!isAsked && !isOnlyTags(text)) return [reply(texts.tagsHow, orSave)];
    const parsed = parseTags(text);
    if ("bad" in parsed) return [reply(texts.badTag(parsed.bad), orSave)];
    const { tags } = parsed;
    if (tags.length > TAGS_LIMIT) return [reply(texts.tooManyTags(TAGS_LIMIT), orSave)];
    const shownIn = settings?.message_id ?? binding.tags_asked_in;
    bindings.askTags(from, null);
    const changed = bindings.update(from, { tags });
    const set = tags.length === 0 ? texts.done : texts.tagsSet(shownTags(tags));
    return [
      ...(changed && shownIn !== null
        ? [change(chat.id, shownIn, settingsMessage(texts, changed, null))]
        : []),
      reply(set, settings ? {} : orSave),
    ];
  };
}
