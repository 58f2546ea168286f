import { oneLine } from "./writer.ts";

/** A line longer than this is left as it is: nobody reads it to its end in a list. */
const LONGEST = 4_000;

// After oneLine there are no control characters: one of them marks what is kept as it was typed, by its number.
const MARK = "\u0001";
const KEPT = new RegExp(`${MARK}(\\d+)${MARK}`, "g");
const CODE_ESCAPE_OR_ADDRESS = /(?<!`)(`+)([^`]+)\1(?!`)|\\([!-/:-@[-`{-~])|(https?:\/\/[^\s<>()[\]*\\`]+)/gu;
const LINK = /!?\[([^[\]]*)\]\((?:<[^<>]*>|(?:[^()\s<]|\([^()\s]*\))*)(?: "[^"]*")?\)/gu;
const AUTOLINK = new RegExp(`<(${MARK}\\d+${MARK})>`, "g");
const STARS = /(\*{1,3})(?=\S)([^*]+)(?<=\S)\1/gu;
const UNDERSCORES = /(?<![\p{L}\p{N}_])(_{1,3})(?=\S)([^_]+)(?<=\S)\1(?![\p{L}\p{N}_])/gu;
const STRUCK = /~~(?=\S)([^~]+)(?<=\S)~~/gu;
/** Emphasis within emphasis: deeper is not looked for. */
const DEPTH = 3;

const PREFIXES = /^(?:> ?|#{1,6}(?: |$)|(?:[-*+]|\d{1,9}[.)])(?: |$)|\[[ xX]\](?: |$))+/u;
/** A rule, the edge of a code block, or the line under the head of a table. */
const NO_WORDS = /^(?:[-*_=|: ]+|(?:`{3,}|~{3,})[^`]*)$/u;

/** What a line of a memo says, as one line without its Markdown; "" where it says nothing. */
export function plainLine(line: string): string {
  const text = oneLine(line).replace(PREFIXES, "").trim();
  return NO_WORDS.test(text) ? "" : withoutMarks(text);
}

/** A line without emphasis signs and link targets; lists, quotes and headings stay. */
export function withoutMarks(line: string): string {
  const text = oneLine(line);
  if (text.length > LONGEST) return text;
  const kept: string[] = [];
  let plain = text
    .replace(CODE_ESCAPE_OR_ADDRESS, (_, __, code?: string, escaped?: string, address?: string) => {
      kept.push(code ?? escaped ?? address ?? "");
      return `${MARK}${kept.length - 1}${MARK}`;
    })
    .replace(LINK, "$1")
    .replace(AUTOLINK, "$1");
  for (let depth = 0; depth < DEPTH; depth++) {
    plain = plain.replace(STARS, "$2").replace(UNDERSCORES, "$2").replace(STRUCK, "$1");
  }
  return plain.replace(KEPT, (_, at) => kept[Number(at)] ?? "").trim();
}
