import { endsInBackslash } from "../code-spans.ts";

/** Half-open range of UTF-16 code units that never begins or ends inside a surrogate pair. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * How the characters of a text are written. Offsets are those of the canvas. `isExact`: a backslash in the text is none
 * of Markdown.
 */
export function createLetters(text: string, isExact: boolean) {
  /** 1 where a character is written as it is, whatever stands around it: addresses, code that a person typed. */
  const verbatim = new Uint8Array(text.length);
  /** What is written for a character. */
  const instead = new Map<number, string>();
  const isTaken = (at: number) => verbatim[at] === 1 || (!isExact && endsInBackslash(text, at));

  return {
    keep({ start, end }: Range): void {
      verbatim.fill(1, start, end);
    },

    isFree: ({ start, end }: Range): boolean => !verbatim.subarray(start, end).includes(1),

    /** What has a backslash before it already, or is kept, stays. */
    escape(at: number, written = `\\${text.charAt(at)}`): void {
      if (!isTaken(at)) instead.set(at, written);
    },

    enclose({ start, end }: Range, opening: string, closing: string): void {
      const isOne = start === end - 1;
      instead.set(start, opening + text.charAt(start) + (isOne ? closing : ""));
      if (!isOne) instead.set(end - 1, text.charAt(end - 1) + closing);
    },

    /** `special`: what needs a backslash, too. */
    write({ start, end }: Range, special = ""): string {
      let written = "";
      let from = start;
      for (let at = start; at < end; at += 1) {
        const isSpecial = special !== "" && special.includes(text.charAt(at)) && !isTaken(at);
        const other = instead.get(at) ?? (isSpecial ? `\\${text.charAt(at)}` : undefined);
        if (other === undefined) continue;
        written += text.slice(from, at) + other;
        from = at + 1;
      }
      return written + text.slice(from, end);
    },
  };
}

/** A link destination: what would end it or mean something in it is percent-encoded, the rest left readable. */
export const destination = (url: string) =>
  url
    .trim()
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}<>\\`]/gu, encodeURIComponent)
    .replaceAll(/&(?=#?\w+;)/gu, "&amp;")
    .replaceAll("(", "%28")
    .replaceAll(")", "%29");

/** Back-ticks around code: more than stand next to one another in it, and `least`. */
export function ticksAround(code: string, least: number): string {
  let longest = least - 1;
  for (const [run] of code.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return "`".repeat(longest + 1);
}
