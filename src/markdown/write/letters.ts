import type { Range } from "./canvas.ts";

/** How the characters of a text are written. Offsets are those of the canvas. */
export type Letters = ReturnType<typeof createLetters>;

export function createLetters(text: string) {
  /** 1 where a character is written as it is, whatever stands around it: addresses, code that a person typed. */
  const verbatim = new Uint8Array(text.length);
  /** What is written for a character. */
  const instead = new Map<number, string>();

  return {
    keep({ start, end }: Range): void {
      verbatim.fill(1, start, end);
    },

    isKept: (at: number): boolean => verbatim[at] === 1,

    isFree: ({ start, end }: Range): boolean => !verbatim.subarray(start, end).includes(1),

    escape(start: number, length = 1): void {
      for (let at = start; at < start + length; at += 1)
        if (verbatim[at] === 0) instead.set(at, `\\${text.charAt(at)}`);
    },

    replace(at: number, written: string): void {
      instead.set(at, written);
    },

    enclose({ start, end }: Range, opening: string, closing: string): void {
      instead.set(start, opening + text.charAt(start));
      instead.set(end - 1, text.charAt(end - 1) + closing);
    },

    /** `special`: what needs a backslash too, unless a person typed one before it. */
    write({ start, end }: Range, special = ""): string {
      let written = "";
      let isEscaped = false;
      for (let at = start; at < end; at += 1) {
        const character = text.charAt(at);
        const own = instead.get(at);
        const needsEscape =
          own === undefined && special.includes(character) && !isEscaped && verbatim[at] === 0;
        isEscaped = !isEscaped && character === "\\";
        written += own ?? (needsEscape ? `\\${character}` : character);
      }
      return written;
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

/** Whether it ends in a backslash that would escape what follows. */
export const endsInBackslash = (text: string) => (text.match(/\\*$/u)?.[0].length ?? 0) % 2 === 1;
