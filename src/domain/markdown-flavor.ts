/**
 * What the pages of a Memos server make of Markdown.
 * - `modern`, 0.26 and newer: react-markdown with GFM, line breaks, formulas in dollars and GitHub's sanitiser. HTML that
 *   it does not know vanishes.
 * - `0.25.3`: the same without formulas; a line break is shown as a space unless two spaces stand before it. See also
 *   `markdown/split/snippet-bug-0-25-3.ts`.
 * - `gomark`, up to 0.25.2: nothing nests, what stands between delimiters is raw, a quote holds lines alone, and no HTML is
 *   known.
 */
export type MarkdownFlavor = "modern" | "0.25.3" | "gomark";

/** `$…$` is a formula. */
export const hasFormulas = (flavor: MarkdownFlavor) => flavor !== "0.25.3";

/** `as_typed`: Markdown that a person typed counts. `exact`: only Telegram's own formatting does. */
export type Formatting = "as_typed" | "exact";
