/** What the pages of a Memos server make of Markdown. */
export interface MarkdownFlavor {
  /**
   * `gomark`: nothing nests but a link in bold text, what stands between delimiters is raw, and a quote holds lines
   * alone. `commonmark`: all others.
   */
  readonly engine: "commonmark" | "gomark";
  /** `ins`: `<ins>` is kept and drawn underlined. `none`: underlined text is left plain. */
  readonly underline: "ins" | "none";
  /**
   * `details`: a spoiler on lines of its own folds into `<details>`; one within a line has no form that survives
   * and stays plain. `pipes`: `||x||`. `none`: plain.
   */
  readonly spoiler: "details" | "pipes" | "none";
  /** HTML is kept, so `<b>` can stand in where `**` would not render; and what it does not know of HTML vanishes. */
  readonly html: boolean;
  /** `$…$` is math. */
  readonly escapeDollar: boolean;
  /** A single newline is shown as a space unless the line ends with two spaces. */
  readonly hardBreaks: boolean;
  /** `tg://user?id=` links keep their address. False: the plain name. */
  readonly userLinks: boolean;
  /** The beginning needs a space within 64 bytes, unless it is ASCII: see `markdown/split/snippet-bug-0-25-3.ts`. */
  readonly earlySpace?: true;
}

/** Memos 0.26 and newer: react-markdown with GFM, breaks, math and GitHub's sanitiser. */
export const modernFlavor: MarkdownFlavor = {
  engine: "commonmark",
  underline: "ins",
  spoiler: "details",
  html: true,
  escapeDollar: true,
  hardBreaks: false,
  userLinks: false,
};

/** `as_typed`: Markdown that a person typed counts. `exact`: only Telegram's own formatting does. */
export type Formatting = "as_typed" | "exact";
