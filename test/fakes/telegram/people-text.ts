import type { TelegramMessageEntity } from "@gramio/types";
import { type Entity, type FormattedText, fixText } from "./entities.ts";
import type { JsonObject } from "./json.ts";

/** Texts as people's apps send them. */

export const maxText = 4096;
const maxCaption = 1024;
const maxQuote = 1024;
/** How far from the end of a part an app looks for a line end. */
const lineReach = 600;
/** Only these are kept in a quote. */
const quoted = new Set([
  "bold",
  "italic",
  "underline",
  "strikethrough",
  "spoiler",
  "custom_emoji",
  "date_time",
]);

/** The fields of a text or caption; undefined where they are to be left out. Throws over what one message holds. */
export function textFields(
  text: string,
  entities: TelegramMessageEntity[] | undefined,
  name: "text" | "caption",
): JsonObject {
  const fixed: FormattedText = fixText(
    { text, entities: (entities ?? []) as Entity[] },
    { allowEmpty: true },
  );
  const limit = name === "text" ? maxText : maxCaption;
  if (fixed.text.length > limit)
    throw new Error(`Telegram's clients send at most ${limit} characters at once`);
  return {
    [name]: fixed.text === "" ? undefined : fixed.text,
    [name === "text" ? "entities" : "caption_entities"]:
      fixed.entities.length === 0 ? undefined : fixed.entities,
  };
}

/** Cuts a text into parts of one message each, never inside a surrogate pair. */
export function cutText(
  text: string,
  entities: TelegramMessageEntity[],
  atLines: boolean,
): { text: string; entities: TelegramMessageEntity[] }[] {
  const parts: { text: string; entities: TelegramMessageEntity[] }[] = [];
  for (let at = 0; at < text.length; ) {
    const end = endOfPart(text, at, atLines);
    parts.push({ text: text.slice(at, end), entities: within(entities, at, end) });
    at = end;
  }
  return parts;
}

function endOfPart(text: string, at: number, atLines: boolean): number {
  if (text.length - at <= maxText) return text.length;
  const full = at + maxText;
  const line = text.lastIndexOf("\n", full - 1) + 1;
  if (atLines && line > full - lineReach) return line;
  return /[\ud800-\udbff]/.test(text.charAt(full - 1)) ? full - 1 : full;
}

/** What of the entities lies in the range, counted from its start. */
function within<T extends { offset: number; length: number }>(entities: T[], from: number, to: number): T[] {
  return entities.flatMap((entity) => {
    const start = Math.max(entity.offset, from);
    const length = Math.min(entity.offset + entity.length, to) - start;
    return length > 0 ? [{ ...entity, offset: start - from, length }] : [];
  });
}

/** A chosen quote of a message. Throws for what an app cannot quote. */
export function quoteOf(message: JsonObject | undefined, text: string): JsonObject {
  const whole = String(message?.["text"] ?? message?.["caption"] ?? "");
  const position = whole.indexOf(text);
  if (text === "" || position < 0) throw new Error("the quoted text is not in the message");
  if (text.length > maxQuote) throw new Error(`Telegram's clients quote at most ${maxQuote} characters`);
  const all = (message?.["entities"] ?? message?.["caption_entities"] ?? []) as Entity[];
  const entities = within(all, position, position + text.length).filter(({ type }) => quoted.has(type));
  return { text, ...(entities.length > 0 ? { entities } : {}), position, is_manual: true };
}
