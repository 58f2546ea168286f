import type { TelegramMessageEntity } from "../../domain/telegram.ts";

/** A text that grows with its entities: what people wrote never has to be escaped. */
export interface Writer {
  /** Adds a text, marked as a whole where `as` says so. */
  add(text: string, as?: "bold" | "italic" | { readonly url: string }): Writer;
  /** Adds a line that people wrote, with what `marks` find in it in bold: the first dozen, at most. */
  addMarked(line: string, marks: readonly RegExp[]): Writer;
  done(): { text: string; entities: TelegramMessageEntity[] };
}

/** In a line: Telegram keeps 100 entities of a message, and drops those behind, links too. */
const MOST_MARKS = 12;

/** Begins with `start`. */
export function createWriter(
  start: { text: string; entities?: readonly TelegramMessageEntity[] } = { text: "" },
) {
  let { text } = start;
  const entities: TelegramMessageEntity[] = [...(start.entities ?? [])];
  const writer: Writer = {
    add(part, as) {
      if (as !== undefined && part !== "") {
        const range = { offset: text.length, length: part.length };
        entities.push(
          typeof as === "string" ? { type: as, ...range } : { type: "text_link", ...range, url: as.url },
        );
      }
      text += part;
      return writer;
    },
    addMarked(line, marks) {
      const found = joined(marks.flatMap((mark) => rangesOf(line, mark)));
      for (const [from, to] of found.slice(0, MOST_MARKS)) {
        entities.push({ type: "bold", offset: text.length + from, length: to - from });
      }
      text += line;
      return writer;
    },
    done: () => ({ text, entities }),
  };
  return writer;
}

function rangesOf(line: string, mark: RegExp): [number, number][] {
  return [...line.matchAll(new RegExp(mark.source, `${mark.flags.replace("g", "")}g`))]
    .filter(([found]) => found.length > 0)
    .map(({ 0: found, index }) => [index, index + found.length]);
}

/** Entities of one type never overlap. */
function joined(ranges: readonly [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

/** One line without what Telegram removes or changes by itself, which would move the entities behind it. */
export function oneLine(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is replaced.
      .replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]+/g, " ")
      .replace(/\s+/g, " ")
      .trim()
  );
}

/** At most `length` UTF-16 units from `at` on, never through a character, with … where something is left out. */
export function cut(text: string, length: number, at = 0): string {
  const start = at > 0 && isLow(text, at) ? at - 1 : Math.max(0, at);
  if (start === 0 && text.length <= length) return text;
  let end = Math.min(text.length, start + length);
  if (isLow(text, end)) end -= 1;
  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
}

const isLow = (text: string, at: number) => {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
};
