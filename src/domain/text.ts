/** What Telegram marks in a text, as far as we read it: https://core.telegram.org/bots/api#messageentity */
export interface TextEntity {
  readonly type: string;
  /** In UTF-16 code units, as `length`. */
  readonly offset: number;
  readonly length: number;
  readonly url?: string | undefined;
  readonly language?: string | undefined;
}

/** A text or caption as it was sent. */
export interface FormattedText {
  readonly text: string;
  readonly entities: readonly TextEntity[];
}

type Style = "bold" | "italic" | "underline" | "strikethrough" | "code" | "blockquote";

/** How we mark a range of a text that the bot sends. */
export type Mark =
  | { readonly type: Style }
  | { readonly type: "pre"; readonly language?: string }
  | { readonly type: "text_link"; readonly url: string };

/** A text that the bot sends. */
export interface StyledText {
  readonly text: string;
  readonly entities: readonly (Mark & { readonly offset: number; readonly length: number })[];
}
