import type { StyledText } from "../domain/text.ts";

export type Writer = ReturnType<typeof createTextWriter>;

/** A text that grows with its entities: what people wrote never has to be escaped. */
export function createTextWriter() {
  let text = "";
  const entities: StyledText["entities"][number][] = [];
  const writer = {
    /** Adds a text, marked as a whole where `as` says so, or one that has entities of its own. */
    add(part: string | StyledText, as?: "bold" | "italic" | { readonly url: string }) {
      const added = typeof part === "string" ? { text: part, entities: [] } : part;
      const range = { offset: text.length, length: added.text.length };
      if (as !== undefined && range.length > 0) {
        entities.push(
          typeof as === "string" ? { type: as, ...range } : { type: "text_link", ...range, ...as },
        );
      }
      entities.push(...added.entities.map((entity) => ({ ...entity, offset: text.length + entity.offset })));
      text += added.text;
      return writer;
    },
    done: () => ({ text, entities }),
  };
  return writer;
}

/** Telegram refuses a message of nothing but what nobody sees. */
export const isBlank = (text: string): boolean =>
  /^(?:\s|\p{Cf}|\p{Default_Ignorable_Code_Point}|\u2800)*$/u.test(text);

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
