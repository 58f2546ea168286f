// What readers of contents give, and what they are given.

import type { MarkdownOptions } from "../markdown/write/markdown-parts.ts";
import type { ContentFile } from "./content-files.ts";
import type { ContentKind } from "./content-kinds.ts";
import { type ContentWords, englishWords } from "./content-words.ts";

export interface ReadContent {
  readonly kind: ContentKind | "service" | "unknown";
  readonly markdown: string;
  /** In the order in which they are shown. */
  readonly files: readonly ContentFile[];
  readonly location?: MemoPlace;
  /** What of it is of a later Bot API and so is in neither, by Telegram's names. */
  readonly unknown: readonly string[];
}

/** The place of a memo, as Memos takes it. */
export interface MemoPlace {
  readonly placeholder: string;
  readonly latitude: number;
  readonly longitude: number;
}

export interface ContentOptions extends MarkdownOptions {
  readonly words?: ContentWords;
}

/** What one kind of content gives; its files are those of the message, where it names no others. */
export type Read = Pick<ReadContent, "markdown"> &
  Partial<Pick<ReadContent, "files" | "location" | "unknown">>;

export const words = (options: ContentOptions) => options.words ?? englishWords;

/** Joined by a dash where there is something on both sides. */
export const dashed = (parts: readonly string[]) => parts.filter((part) => part !== "").join(" – ");
