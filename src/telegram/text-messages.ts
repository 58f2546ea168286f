import type { TelegramMessageEntity } from "gramio";
import type { EntityText } from "./entity-writer.ts";

/** What fits into one message. */
export interface MessageRoom {
  /** UTF-16 code units: 4,096 at Telegram. */
  readonly length: number;
  /** Telegram shows the first 100 and drops the others. */
  readonly entities: number;
}

const CUT_BY_OTHERS = new Set<string>(["bold", "italic", "underline", "strikethrough", "spoiler"]);
const MAY_GO_ON = new Set<string>([...CUT_BY_OTHERS, "pre", "blockquote", "expandable_blockquote"]);
/** Telegram refuses a message of nothing but these. */
const INVISIBLE = /^(?:\s|\p{Cf}|\p{Default_Ignorable_Code_Point}|\u2800)*$/u;

/**
 * A text in as many messages as it needs: cut between paragraphs, lines or words, never through a character, and
 * through a link or a piece of inline code only where that is longer than a message. What is marked goes on in the next.
 */
export function textMessages(whole: EntityText, room: MessageRoom): EntityText[] {
  const messages: EntityText[] = [];
  for (let from = 0; from < whole.text.length; ) {
    const to = endOf(whole, from, room);
    const message = slice(whole, from, to);
    if (!INVISIBLE.test(message.text)) messages.push(message);
    from = to;
    while (whole.text[from] === "\n") from++;
  }
  return messages;
}

function endOf(whole: EntityText, from: number, room: MessageRoom): number {
  let to = Math.min(whole.text.length, from + room.length);
  for (;;) {
    const end = to === whole.text.length ? to : goodEnd(whole, from, to);
    const length = end - from;
    if (length <= 1 || count(slice(whole, from, end).entities) <= room.entities) return end;
    to = from + Math.ceil(length * 0.8);
    if (to >= end) to = end - 1;
  }
}

/** The last border before `to`, the stronger the better, as long as the message does not become too short for it. */
function goodEnd({ text, entities }: EntityText, from: number, to: number): number {
  const least = from + Math.floor((to - from) / 2);
  const solid = entities.filter(({ type }) => !MAY_GO_ON.has(type));
  const isInside = (at: number) => solid.some(({ offset, length }) => at > offset && at < offset + length);
  for (const border of ["\n\n", "\n", " "]) {
    for (let at = text.lastIndexOf(border, to - 1); at > least; at = text.lastIndexOf(border, at - 1)) {
      if (!isInside(at)) return at;
    }
  }
  for (let at = to; at > least; at--) {
    if (!isInside(at) && !splitsCharacter(text, at)) return at;
  }
  return splitsCharacter(text, to) && to - from > 1 ? to - 1 : to;
}

function splitsCharacter(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}

function slice({ text, entities }: EntityText, from: number, to: number): EntityText {
  return {
    text: text.slice(from, to),
    entities: entities.flatMap((entity) => {
      const begin = Math.max(entity.offset, from);
      const end = Math.min(entity.offset + entity.length, to);
      return end > begin ? [{ ...entity, offset: begin - from, length: end - begin }] : [];
    }),
  };
}

/** How many Telegram makes of them: it cuts a style wherever another entity begins or ends inside it. */
function count(entities: readonly TelegramMessageEntity[]): number {
  const borders = entities.flatMap(({ offset, length }) => [offset, offset + length]);
  const pieces = entities.map(({ type, offset, length }) => {
    if (!CUT_BY_OTHERS.has(type)) return 1;
    return 1 + new Set(borders.filter((at) => at > offset && at < offset + length)).size;
  });
  return pieces.reduce((sum, piece) => sum + piece, 0);
}
