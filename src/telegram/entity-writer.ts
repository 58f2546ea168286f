import type { TelegramMessageEntity } from "gramio";

type WithoutRange<Entity> = Entity extends unknown ? Omit<Entity, "offset" | "length"> : never;

/** What a range is marked as. */
export type Mark = WithoutRange<TelegramMessageEntity>;

/** A text as Telegram takes it: offsets in UTF-16 code units. */
export interface EntityText {
  readonly text: string;
  readonly entities: readonly TelegramMessageEntity[];
}

/** Writes a text from its beginning to its end with its marks. Empty lines at both ends are left out. */
export interface EntityWriter {
  readonly length: number;
  write(text: string): void;
  /** What is written next begins a line, `gap` lines further down. */
  newline(gap?: 1 | 2): void;
  /** Marks what was written since `from`, but for the space that it begins with. */
  mark(from: number, mark: Mark): void;
  /** Every line that `work` begins has `indent` before it. */
  indented(indent: string, work: () => void): void;
  done(): EntityText;
}

export function createEntityWriter(): EntityWriter {
  let text = "";
  let margin = "";
  let gap = 0;
  const entities: TelegramMessageEntity[] = [];
  return {
    get length() {
      return text.length;
    },
    write(part) {
      if (part === "") return;
      if (gap > 0 && text !== "") text += `${"\n".repeat(gap)}${margin}`;
      gap = 0;
      text += part;
    },
    newline(lines = 1) {
      gap = Math.max(gap, lines);
    },
    mark(from, mark) {
      const inside = text.slice(from);
      const offset = from + inside.length - inside.trimStart().length;
      // GramIO's types of entities differ by what only some of them have, which is what a mark is.
      const entity = { ...mark, offset, length: text.length - offset } as TelegramMessageEntity;
      if (entity.length > 0) entities.push(entity);
    },
    indented(indent, work) {
      const before = margin;
      margin += indent;
      work();
      margin = before;
    },
    done: () => ({ text, entities }),
  };
}
