import type { Range } from "./canvas.ts";

/** How the characters of a text are written. Offsets are those of the canvas. */
export type Letters = ReturnType<typeof createLetters>;

export function createLetters(text: string) {
  /** 1 where a character is written as it is, whatever stands around it: addresses, code that a person typed. */
  const verbatim = new Uint8Array(text.length);
  /** What is written for a character, or around it. */
  const instead = new Map<number, string>();
  const before = new Map<number, string>();
  const after = new Map<number, string>();

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
      before.set(start, opening);
      after.set(end - 1, closing);
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
        written += `${before.get(at) ?? ""}${own ?? (needsEscape ? `\\${character}` : character)}${after.get(at) ?? ""}`;
      }
      return written;
    },
  };
}

/** A link destination: what would end it or mean something in it is percent-encoded, the rest left readable. */
export function destination(url: string): string {
  const encoded = url
    .trim()
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}<>\\`]/gu, encodeURIComponent)
    .replaceAll(/&(?=#?\w+;)/gu, "&amp;");
  return isBalanced(encoded) ? encoded : encoded.replaceAll("(", "%28").replaceAll(")", "%29");
}

function isBalanced(url: string): boolean {
  let depth = 0;
  for (const character of url) {
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** Text between signs, which must not add to them, nor escape one. */
export function guarded(content: string, before: string, after: string): string {
  const first = content.charAt(0);
  const text = before === first && "*~`".includes(first) && first !== "" ? `\\${content}` : content;
  if (after === "") return text;
  if (endsInBackslash(text)) return `${text}\\`;
  const last = text.slice(-1);
  const joins = "*~`".includes(last) ? after === last || after === "sign" : last === "!" && after === "[";
  return joins && !endsInBackslash(text.slice(0, -1)) ? `${text.slice(0, -1)}\\${last}` : text;
}

/** Whether it ends in a backslash that would escape what follows. */
export const endsInBackslash = (text: string) => (text.match(/\\*$/u)?.[0].length ?? 0) % 2 === 1;
