// What Memos up to 0.25.2 shows of Markdown: a reading of gomark's rules, as real servers answer to ParseMarkdown.
// It knows no tables, math blocks or embedded memos: text that is escaped never makes one.
import type { Shown } from "./rendered.ts";

type Token = { readonly type: string; readonly value: string };

/** From 0.24 on underscores are emphasis as well, labels read escapes, and an empty line goes on with a quote. */
interface GomarkVersion {
  readonly underscores: boolean;
}

const SYMBOL = /[_*#`[\]()!?~\-<>+.$=|:^\\/\n ]/;

function tokenizeWith(apostrophe: boolean, text: string): Token[] {
  const tokens: { type: string; value: string }[] = [];
  for (const character of text) {
    const isSymbol = SYMBOL.test(character) || (apostrophe && character === "'");
    const type = isSymbol ? character : /\d/.test(character) ? "number" : "text";
    const last = tokens.at(-1);
    if (last && last.type === type && (type === "number" || type === "text")) last.value += character;
    else tokens.push({ type, value: character });
  }
  return tokens;
}

const textOf = (tokens: readonly Token[]) => tokens.map(({ value }) => value).join("");

/** Every character that is shown, line breaks among them, with its styles. */
export function renderGomark(markdown: string, version: GomarkVersion, link: string): Shown[] {
  const shown: Shown[] = [];
  const show = (text: string, styles: readonly string[]) => {
    const all = [...new Set(styles)].sort().join(" ");
    for (const character of text) shown.push({ character, styles: all });
  };
  const tokenize = (text: string) => tokenizeWith(version.underscores, text);
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    if (at > 0) show("\n", []);
    const line = lines[at] ?? "";
    const opens =
      line.startsWith("```") && tokenize(line.slice(3)).every(({ type }) => /^(?:text|number|_)$/.test(type));
    const fence = opens && at + 2 < lines.length ? lines.indexOf("```", at + 1) : -1;
    if (fence > 0) {
      show(lines.slice(at + 1, fence).join("\n"), ["code"]);
      const isEmpty = fence === at + 1;
      at = fence;
      // An empty one takes the line break behind it along.
      if (isEmpty && lines[fence + 1] !== undefined) showLine(lines[++at] ?? "", []);
      continue;
    }
    showLine(line, []);
  }
  return shown;

  function showLine(line: string, styles: readonly string[]): void {
    const isTop = styles.length === 0;
    if (isTop && /^(?:---|\*\*\*)$/.test(line)) return;
    const heading = isTop ? /^#{1,6} (?=.)/.exec(line)?.[0] : undefined;
    const quote = (version.underscores ? /^> / : /^> (?=.)/).exec(line)?.[0];
    const item = isTop ? /^ *(?:[-*+] (?:\[[ x]\] (?=.))?|\d+\. )(?=.)/.exec(line)?.[0] : undefined;
    if (heading !== undefined) showInline(tokenize(line.slice(heading.length)), ["heading"]);
    else if (quote !== undefined && line === quote) show(" ", [...styles, "quote"]);
    else if (quote !== undefined) showLine(line.slice(quote.length), [...styles, "quote"]);
    else if (item !== undefined) showInline(tokenize(line.slice(item.length)), ["list"]);
    else showInline(tokenize(line), styles);
  }

  function showInline(tokens: readonly Token[], styles: readonly string[]): void {
    for (let at = 0; at < tokens.length; ) {
      const size = inlineAt(tokens.slice(at), styles);
      if (size === 0) show(tokens[at]?.value ?? "", styles);
      at += Math.max(size, 1);
    }
  }

  /** Shows what begins here, and tells of how many tokens it is; 0 when it is text. */
  function inlineAt(tokens: readonly Token[], styles: readonly string[]): number {
    const type = (at: number) => tokens[at]?.type;
    if (type(0) === "\\" && tokens.length > 1 && !["text", "number", " "].includes(type(1) ?? "")) {
      show(tokens[1]?.value ?? "", styles);
      return 2;
    }
    return (
      span(tokens, "***", styles, ["bold", "italic"], "raw") ||
      imageAt(tokens) ||
      linkAt(tokens, styles) ||
      autoLinkAt(tokens, styles) ||
      span(tokens, "**", styles, ["bold"], "links") ||
      (version.underscores ? span(tokens, "__", styles, ["bold"], "links") : 0) ||
      span(tokens, "*", styles, ["italic"], version.underscores ? "links" : "raw") ||
      (version.underscores ? span(tokens, "_", styles, ["italic"], "links") : 0) ||
      span(tokens, "||", styles, ["spoiler"], "raw") ||
      span(tokens, "==", styles, ["highlight"], "raw") ||
      codeAt(tokens, styles) ||
      span(tokens, "~", styles, ["subscript"], "raw") ||
      span(tokens, "^", styles, ["superscript"], "raw") ||
      span(tokens, "$", styles, ["math"], "raw") ||
      referenceAt(tokens) ||
      tagAt(tokens, styles) ||
      span(tokens, "~~", styles, ["strikethrough"], "raw")
    );
  }

  function span(
    tokens: readonly Token[],
    sign: string,
    styles: readonly string[],
    own: readonly string[],
    content: "raw" | "links",
  ): number {
    const isSign = (at: number) =>
      [...sign].every((character, index) => tokens[at + index]?.type === character);
    if (!isSign(0)) return 0;
    let end = sign.length;
    while (end < tokens.length && !isSign(end)) end += 1;
    const inner = tokens.slice(sign.length, end);
    // These may hold nothing, if anything comes behind them.
    const mayBeEmpty = (sign === "||" || sign === "==") && tokens.length >= 5;
    if (end >= tokens.length || (inner.length === 0 && !mayBeEmpty)) return 0;
    if (content === "raw") show(textOf(inner), [...styles, ...own]);
    else {
      for (let at = 0; at < inner.length; ) {
        const size = linkAt(inner.slice(at), [...styles, ...own]);
        if (size === 0) show(inner[at]?.value ?? "", [...styles, ...own]);
        at += Math.max(size, 1);
      }
    }
    return end + sign.length;
  }

  function codeAt(tokens: readonly Token[], styles: readonly string[]): number {
    if (tokens[0]?.type !== "`") return 0;
    const end = tokens.findIndex(
      ({ type }, at) => at > 0 && type === "`" && (at === 1 || tokens[at - 1]?.type !== "\\"),
    );
    if (end < 2) return 0;
    show(textOf(tokens.slice(1, end)), [...styles, "code"]);
    return end + 1;
  }

  function linkAt(tokens: readonly Token[], styles: readonly string[]): number {
    if (tokens[0]?.type !== "[") return 0;
    let close = tokens.findIndex(({ type }) => type === "]");
    while (version.underscores && close > 0 && tokens[close - 1]?.type === "\\")
      close = tokens.findIndex(({ type }, at) => at > close && type === "]");
    const end = targetEnd(tokens, close);
    if (close < 0 || end === 0) return 0;
    const holdsOther = tokens
      .slice(1, close)
      .some(({ type }, at) => type === "[" && tokens[at]?.type !== "\\");
    if (version.underscores && holdsOther) return 0;
    const url = textOf(tokens.slice(close + 2, end));
    const own = [...styles, ...(unescapedUrl(url) === link ? ["link"] : [])];
    const label = textOf(tokens.slice(1, close));
    show(version.underscores ? label.replace(/\\([^\w\s])/g, "$1") : label, own);
    return end + 1;
  }

  /** Where `(url)` ends that begins behind `close`; 0 when there is none. */
  function targetEnd(tokens: readonly Token[], close: number): number {
    if (close < 0 || tokens[close + 1]?.type !== "(") return 0;
    const end = tokens.findIndex(({ type }, at) => at > close + 1 && (type === ")" || type === " "));
    return end > close + 2 && tokens[end]?.type === ")" ? end : 0;
  }

  function imageAt(tokens: readonly Token[]): number {
    if (tokens[0]?.type !== "!" || tokens[1]?.type !== "[") return 0;
    const close = tokens.findIndex(({ type }) => type === "]");
    const end = targetEnd(tokens, close);
    return end === 0 ? 0 : end + 1;
  }

  function autoLinkAt(tokens: readonly Token[], styles: readonly string[]): number {
    if (tokens.length < 3) return 0;
    if (tokens[0]?.type === "<") {
      const end = tokens.findIndex(({ type }, at) => type === ">" && tokens[at - 1]?.type !== "\\");
      if (end < 0) return 0;
      const url = textOf(tokens.slice(1, end));
      // What a label could not be put around is said behind it.
      if (unescapedUrl(url) !== link) show(url, styles);
      return end + 1;
    }
    const space = tokens.findIndex(({ type }) => type === " ");
    const word = tokens.slice(0, space < 0 ? tokens.length : space);
    if (!isUrl(textOf(word))) return 0;
    show(textOf(word), styles);
    return word.length;
  }

  function referenceAt(tokens: readonly Token[]): number {
    if (tokens[0]?.type !== "[" || tokens[1]?.type !== "[") return 0;
    const end = tokens.findIndex(({ type }, at) => at > 1 && type === "]" && tokens[at + 1]?.type === "]");
    return end < 0 ? 0 : end + 2;
  }

  function tagAt(tokens: readonly Token[], styles: readonly string[]): number {
    if (tokens[0]?.type !== "#") return 0;
    const ends = version.underscores ? [" ", "#", "\\"] : [" ", "#"];
    const found = tokens.findIndex(({ type }, at) => at > 0 && ends.includes(type));
    const end = found < 0 ? tokens.length : found;
    if (end < 2) return 0;
    show(textOf(tokens.slice(0, end)), styles);
    return end;
  }
}

/** As Go parses one: with a scheme and a host. */
function isUrl(text: string): boolean {
  const match = /^([a-z][a-z\d+.-]*):\/\/([^/?#]+)(.*)$/isu.exec(text);
  if (!match) return false;
  const [, , host = "", rest = ""] = match;
  const name = host.replace(/^[^@]*@/, "");
  return (
    !/%(?![\da-f]{2})/i.test(rest.split("?")[0] ?? "") &&
    !/[\s\\"<>[\]^`{|}%]/.test(name) &&
    /^[^:]*(?::\d*)?$/.test(name) &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: Go refuses them
    !/[\u0000-\u001f\u007f]/.test(text)
  );
}

/** With the parentheses that would end a link. */
export function unescapedUrl(url: string): string {
  return url.replaceAll("%28", "(").replaceAll("%29", ")");
}
