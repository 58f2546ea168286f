import type { TelegramMessageEntity } from "@gramio/types";
import { type Entity, type FormattedText, fixText } from "./entities.ts";
import type { JsonObject } from "./json.ts";

/** Texts as people's apps send them. */

export const maxText = 4096;
const maxCaption = 1024;
/** How far from the end of a part an app looks for a line end. */
const lineReach = 600;
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
