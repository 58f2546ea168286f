import type { StyledText } from "../../domain/text.ts";

/** What fits into one message. */
export interface MessageRoom {
  /** UTF-16 code units: 4,096 at Telegram. */
  readonly length: number;
  /** Telegram shows the first 100 and drops the others. */
  readonly entities: number;
}

const MAY_BE_CUT = new Set<string>(
  "bold italic underline strikethrough spoiler pre blockquote expandable_blockquote".split(" "),
);

/**
 * The beginning of a text, as much of it as a message takes: cut between paragraphs, lines or words, and through
 * a link, a piece of inline code or a word only where there is no such place in the second half of the room.
 */
export function firstMessage(whole: StyledText, room: MessageRoom): StyledText {
  const starts = whole.entities.map(({ offset }) => offset).sort((a, b) => a - b);
  const to = Math.min(whole.text.length, room.length, starts[room.entities] ?? whole.text.length);
  const end = to === whole.text.length ? to : goodEnd(whole, to);
  return {
    text: whole.text.slice(0, end),
    entities: whole.entities
      .filter(({ offset }) => offset < end)
      .map((entity) => ({ ...entity, length: Math.min(entity.length, end - entity.offset) })),
  };
}

/** The last border before `to`, the stronger the better, as long as the message does not become too short for it. */
function goodEnd({ text, entities }: StyledText, to: number): number {
  const least = Math.floor(to / 2);
  const solid = entities.filter(({ type }) => !MAY_BE_CUT.has(type));
  const isInside = (at: number) => solid.some(({ offset, length }) => at > offset && at < offset + length);
  for (const border of ["\n\n", "\n", " "]) {
    for (let at = text.lastIndexOf(border, to - 1); at > least; at = text.lastIndexOf(border, at - 1)) {
      if (!isInside(at)) return at;
    }
  }
  return text.slice(0, to).isWellFormed() ? to : to - 1;
}
