import type { Mark, StyledText } from "../../domain/text.ts";

/** Builds a text with its marks from its beginning to its end. Empty lines at both ends are left out. */
export function createTextBuilder() {
  let text = "";
  let margin = "";
  let gap = 0;
  const entities: StyledText["entities"][number][] = [];
  return {
    get length() {
      return text.length;
    },

    write(part: string): void {
      if (part === "") return;
      if (gap > 0 && text !== "") text += `${"\n".repeat(gap)}${margin}`;
      gap = 0;
      text += part;
    },

    /** What is written next begins a line, `lines` further down. */
    newline(lines: 1 | 2 = 1): void {
      gap = Math.max(gap, lines);
    },

    /** Marks what was written since `from`, but for the space that it begins with. */
    mark(from: number, mark: Mark): void {
      const inside = text.slice(from);
      const offset = from + inside.length - inside.trimStart().length;
      if (offset < text.length) entities.push({ ...mark, offset, length: text.length - offset });
    },

    /** Every line that `work` begins has `indent` before it. */
    indented(indent: string, work: () => void): void {
      const before = margin;
      margin += indent;
      work();
      margin = before;
    },

    done: (): StyledText => ({ text, entities }),
  };
}
