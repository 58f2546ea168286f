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

/** How much is read behind the room, in UTF-16 units: enough for one character, as people see it, and a border. */
export const LOOK_AHEAD = 64;

/** The beginning of a text, as much of it as a message takes; links and inline code stay whole where they can. */
export const firstMessage = (whole: StyledText, room: MessageRoom): StyledText => cutOff(whole, room).first;

/** A text as so many messages as it takes. */
export function allMessages(whole: StyledText, room: MessageRoom): StyledText[] {
  const messages: StyledText[] = [];
  for (let left = whole; left.text !== ""; ) {
    const { first, rest } = cutOff(left, room);
    messages.push(first);
    left = rest;
  }
  return messages;
}

function cutOff(whole: StyledText, room: MessageRoom): { first: StyledText; rest: StyledText } {
  const starts = whole.entities.map(({ offset }) => offset).sort((a, b) => a - b);
  const to = Math.min(whole.text.length, room.length, starts[room.entities] ?? whole.text.length);
  const solid = whole.entities.filter(({ type }) => !MAY_BE_CUT.has(type));
  const isFree = (at: number) => !solid.some(({ offset, length }) => at > offset && at < offset + length);
  const { end, next } = bestCut(whole.text.slice(0, to + LOOK_AHEAD), to, isFree);
  return { first: slice(whole, 0, end), rest: slice(whole, next, whole.text.length) };
}

/** A part of a text, with what of its marks is in it. */
const slice = ({ text, entities }: StyledText, from: number, to: number): StyledText => ({
  text: text.slice(from, to),
  entities: entities.flatMap((entity) => {
    const begin = Math.max(entity.offset, from);
    const length = Math.min(entity.offset + entity.length, to) - begin;
    return length > 0 ? [{ ...entity, offset: begin - from, length }] : [];
  }),
});

/** Where a part may end and another begin, the best first. A sign that would open a block begins none. */
const BORDERS = [
  { between: "paragraphs", find: /\n(?<!^#{1,6} .*\n)(?:[ \t>]*\n)+/gm },
  { between: "lines", find: / {0,2}\n(?<!^#{1,6} .*\n{1,2})/gm },
  { between: "sentences", find: /(?:(?<=[.!?…]) +|(?<=[。！？]))(?![\s\d#>*+=~`$|<[-])/g },
  { between: "words", find: /(?:(?<! ) +|(?<=[，、；：]))(?![\s\d#>*+=~`$|<[-])/g },
] as const;
type Border = (typeof BORDERS)[number]["between"] | "characters";

/**
 * The best place to cut `text` at or before `to`: in the second half of what there is room for, and between characters,
 * as people see them, only where nothing better is free. What lies from `end` to `next` is left out.
 */
export function bestCut(text: string, to: number, isFree: (at: number, between: Border) => boolean) {
  if (to >= text.length) return { end: text.length, next: text.length };
  const least = to / 2;
  for (const { between, find } of BORDERS) {
    const found = [...text.matchAll(find)].findLast(
      ({ index }) => index > least && index <= to && isFree(index, between),
    );
    if (found) return { end: found.index, next: found.index + found[0].length };
  }
  const starts = Array.from(new Intl.Segmenter().segment(text), ({ index }) => index);
  const near = starts.filter((at) => at > least && at <= to);
  const end = near.findLast((at) => isFree(at, "characters")) ?? near.at(-1) ?? to;
  return { end, next: end };
}
