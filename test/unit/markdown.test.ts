import { describe, expect, test } from "bun:test";
import type { TelegramMessageEntity } from "../../src/domain/telegram.ts";
import { toMarkdown } from "../../src/markdown/write/write.ts";
import { cpuMsOf } from "../support/property.ts";

/** An entity over the first occurrence of a text, or at [offset, length] in UTF-16 code units; and its other fields. */
type Mark = string | { of?: string; at?: [offset: number, length: number]; [field: string]: unknown };
/** By the type of the entity. */
type Marks = Record<string, Mark | Mark[]>;
type Case = [title: string, text: string, marks: Marks, markdown: string];

function entitiesOf(text: string, marks: Marks): TelegramMessageEntity[] {
  return Object.entries(marks).flatMap(([type, given]) =>
    [given].flat().map((mark) => {
      const { of = "", at, ...more } = typeof mark === "string" ? { of: mark } : mark;
      if (!text.includes(of)) throw new Error(`"${of}" is not in "${text}"`);
      const [offset, length] = at ?? [text.indexOf(of), of.length];
      return { type, offset, length, ...more } as TelegramMessageEntity;
    }),
  );
}

function each(cases: readonly Case[], options: Parameters<typeof toMarkdown>[1] = {}): void {
  test.each(cases)("%s", (_title, text, marks, markdown) => {
    expect(toMarkdown({ text, entities: entitiesOf(text, marks) }, options)).toBe(markdown);
  });
}

/** A link. */
const on = (of: string) => ({ of, url: "https://e.org/" });

describe("styles", () => {
  each([
    ["plain text is itself", "Buy oat milk and stamps", {}, "Buy oat milk and stamps"],
    ["empty text", "", {}, ""],
    ["bold", "a b c", { bold: "b" }, "a **b** c"],
    ["italic", "a b c", { italic: "b" }, "a *b* c"],
    ["strikethrough", "a b c", { strikethrough: "b" }, "a ~~b~~ c"],
    ["underline", "a b c", { underline: "b" }, "a <ins>b</ins> c"],
    ["code", "a b c", { code: "b" }, "a `b` c"],
    ["bold and italic over the same text", "both", { bold: "both", italic: "both" }, "***both***"],
    [
      "all four over the same text",
      "x",
      { strikethrough: "x", italic: "x", bold: "x", underline: "x" },
      "<ins>***~~x~~***</ins>",
    ],
    ["italic within bold", "a b c", { bold: "a b c", italic: "b" }, "**a *b* c**"],
    ["italic at the start of bold", "a b", { bold: "a b", italic: "a" }, "***a* b**"],
    ["italic at the end of bold", "a b", { bold: "a b", italic: "b" }, "**a *b***"],
    ["bold part of a word", "unbelievable", { bold: "believ" }, "un**believ**able"],
    ["bold in Chinese", "我家很大", { bold: "家" }, "我**家**很大"],
    ["bold next to punctuation in a word takes HTML", "(a)b", { bold: "(a)" }, "<b>(a)</b>b"],
    ["bold Chinese quotes take HTML", "看「家」吧", { bold: "「家」" }, "看<b>「家」</b>吧"],
    ["italic next to punctuation in a word takes HTML", "a(b)", { italic: "(b)" }, "a<i>(b)</i>"],
    ["struck punctuation in a word takes HTML", "a-1b", { strikethrough: "-1" }, "a<s>-1</s>b"],
    ["an emoji within a word takes HTML", "a👍b", { bold: "👍" }, "a<b>👍</b>b"],
    ["bold punctuation between spaces", "a (b) c", { bold: "(b)" }, "a **(b)** c"],
    ["bold before a comma", "yes, no", { bold: "yes" }, "**yes**, no"],
    ["italic directly after bold takes HTML", "onetwo", { bold: "one", italic: "two" }, "**one**<i>two</i>"],
    ["spaces move out of the delimiters", "a  b  c", { bold: "  b  " }, "a  **b**  c"],
    ["newlines move out of the delimiters", "a\nb\nc", { italic: "\nb\n" }, "a\n*b*\nc"],
    ["an entity of spaces vanishes", "a   b", { bold: "   " }, "a   b"],
    ["styles are closed at each line end", "a\nb", { bold: "a\nb" }, "**a**\n**b**"],
    ["styles are opened again in each paragraph", "a\n\nb", { strikethrough: "a\n\nb" }, "~~a~~\n\n~~b~~"],
    ["underline over lines", "a\nb", { underline: "a\nb" }, "<ins>a</ins>\n<ins>b</ins>"],
    ["code over part of two lines", "x a\nb y", { code: "a\nb" }, "x `a`\n`b` y"],
    ["a spoiler within a line is readable", "it is me", { spoiler: "me" }, "it is me"],
    ["bold in a spoiler within a line", "it is me", { spoiler: "me", bold: "me" }, "it is **me**"],
    ["custom emoji is its emoji", "👍 ok", { custom_emoji: { of: "👍", custom_emoji_id: "1" } }, "👍 ok"],
    [
      "a date is its text",
      "on Nov 28",
      { date_time: { of: "Nov 28", unix_time: 1, date_time_format: "d" } },
      "on Nov 28",
    ],
    ["a type of the future is its text", "x y", { hologram: "y" }, "x y"],
  ]);
});

describe("entities that are cut, crossing or wrong", () => {
  each([
    ["neighbours of one style are joined", "abc", { bold: ["a", "b", "c"] }, "**abc**"],
    ["doubled entities count once", "abc", { bold: ["abc", "abc"] }, "**abc**"],
    ["the order of entities does not matter", "a b", { italic: "b", bold: "a" }, "**a** *b*"],
    [
      "crossing styles become nested ones",
      "a b c",
      { bold: "a b", underline: "b c" },
      "**a <ins>b</ins>** <ins>c</ins>",
    ],
    [
      "a style crossing into a link",
      "a bc d",
      { bold: "a b", text_link: on("bc") },
      "<b>a [b](https://e.org/)</b>[c](https://e.org/) d",
    ],
    [
      "a style crossing out of a link",
      "ab c",
      { text_link: on("ab"), bold: "b c" },
      "[a**b**](https://e.org/) **c**",
    ],
    ["beyond the end of the text", "abc", { bold: { at: [1, 99] } }, "a**bc**"],
    ["before its start", "abc", { bold: { at: [-1, 2] } }, "**a**bc"],
    ["wholly outside", "abc", { bold: { at: [7, 2] }, italic: { at: [-5, 3] } }, "abc"],
    ["empty and negative", "abc", { bold: { at: [1, 0] }, italic: { at: [2, -1] } }, "abc"],
    ["no number", "abc", { bold: { at: [Number.NaN, 2] }, italic: { at: [0, Number.NaN] } }, "abc"],
    ["endless", "abc", { bold: { at: [1, Number.POSITIVE_INFINITY] } }, "a**bc**"],
    ["fields missing", "abc", { text_link: "b", text_mention: "c", pre: { of: "" } }, "abc"],
    ["inside a surrogate pair", "a👍b", { code: { at: [2, 1] } }, "a`👍`b"],
    ["lone surrogates in the text", "a\ud83d b\udc4d", { bold: { at: [0, 2] } }, "**a\uFFFD** b\uFFFD"],
    ["carriage returns", "a\r\nb\rc", {}, "a \nb\nc"],
  ]);
});

describe("code", () => {
  each([
    ["backticks within", "a ` b", { code: "a ` b" }, "``a ` b``"],
    ["backticks at the edge", "`a", { code: "`a" }, "`` `a ``"],
    ["spaces at both edges", "x  a  y", { code: { at: [1, 5] } }, "x`   a   `y"],
    ["markup within stays", "*a* $b <c>", { code: "*a* $b <c>" }, "`*a* $b <c>`"],
    ["within bold", "a b", { bold: "a b", code: "b" }, "**a `b`**"],
    ["next to a typed backtick", "`a", { code: "a" }, "\\``a`"],
    ["among typed code", "`x` y", { code: "y" }, "`x` `y`"],
    ["a block", "a", { pre: "a" }, "```\na\n```"],
    ["a block with a language", "a", { pre: { of: "a", language: "c++" } }, "```c++\na\n```"],
    ["a language that is none", "a", { pre: { of: "a", language: "`x y\nz" } }, "```x\na\n```"],
    ["a block among lines", "a\nb\nc", { pre: "b" }, "a\n```\nb\n```\nc"],
    ["a block within a line", "a b c", { pre: "b" }, "a\n```\nb\n```\nc"],
    ["blank lines around a block stay", "a\n\nb\n\nc", { pre: "b" }, "a\n\n```\nb\n```\n\nc"],
    ["a fence within a block", "```\na\n```", { pre: "```\na\n```" }, "````\n```\na\n```\n````"],
    [
      "indentation and blank lines of a block",
      "if a:\n\n    b",
      { pre: "if a:\n\n    b" },
      "```\nif a:\n\n    b\n```",
    ],
    ["the last newline of a block is its end", "a\nb", { pre: "a\n" }, "```\na\n```\nb"],
    ["two blocks", "a\nb", { pre: ["a", "b"] }, "```\na\n```\n```\nb\n```"],
    [
      "code over whole lines is a block",
      "run\n  a\n  b\nnow",
      { code: "  a\n  b" },
      "run\n```\n  a\n  b\n```\nnow",
    ],
    ["styles do not enter a block", "a b", { bold: "a b", pre: "b" }, "**a**\n```\nb\n```"],
  ]);
});

describe("links and what is its own text", () => {
  each([
    ["a link", "see this now", { text_link: on("this") }, "see [this](https://e.org/) now"],
    ["emphasis in a link", "a b", { text_link: on("a b"), bold: "b" }, "[a **b**](https://e.org/)"],
    ["a link in emphasis", "a b", { text_link: on("b"), bold: "a b" }, "**a [b](https://e.org/)**"],
    [
      "emphasis over a link within a word",
      "abc",
      { text_link: on("b"), bold: "b" },
      "a[**b**](https://e.org/)c",
    ],
    ["spaces move out of a link", "a b c", { text_link: on(" b ") }, "a [b](https://e.org/) c"],
    ["a link over lines", "a\nb", { text_link: on("a\nb") }, "[a](https://e.org/)\n[b](https://e.org/)"],
    ["brackets in its text", "a [b]", { text_link: on("a [b]") }, "[a \\[b\\]](https://e.org/)"],
    [
      "parentheses in its address",
      "x",
      { text_link: { of: "x", url: "https://e.org/a_(b)" } },
      "[x](https://e.org/a_%28b%29)",
    ],
    [
      "spaces and angle brackets in its address",
      "x",
      { text_link: { of: "x", url: "https://e.org/a b<c>" } },
      "[x](https://e.org/a%20b%3Cc%3E)",
    ],
    ["an exclamation mark before it", "wow!x", { text_link: on("x") }, "wow\\![x](https://e.org/)"],
    ["a link that shows its address", "https://e.org", { text_link: on("https://e.org") }, "https://e.org"],
    [
      "a link that shows another address",
      "https://a.org",
      { text_link: on("https://a.org") },
      "[https://a.org](https://e.org/)",
    ],
    ["a link that shows a host", "e.org", { text_link: on("e.org") }, "[e.org](https://e.org/)"],
    ["a script", "x", { text_link: { of: "x", url: "javascript:alert(1)" } }, "x"],
    [
      "a mention without a username",
      "hi Boris",
      { text_mention: { of: "Boris", user: { id: 5 } } },
      "hi Boris",
    ],
    [
      "a bold address",
      "see https://a.b/c_d",
      { url: "https://a.b/c_d", bold: "see https://a.b/c_d" },
      "**see https://a.b/c_d**",
    ],
    [
      "a bold address that text follows",
      "https://a.b/c家",
      { url: "https://a.b/c", bold: "https://a.b/c" },
      "<b><https://a.b/c></b>家",
    ],
    ["hashtags next to punctuation", "(#a), #b. #c! #д/e", { hashtag: ["#a", "#b"] }, "(#a), #b. #c! #д/e"],
    ["a bold hashtag", "x #tag", { hashtag: "#tag", bold: "#tag" }, "x **#tag**"],
    [
      "a hashtag is not the last thing struck",
      "old #tag",
      { hashtag: "#tag", strikethrough: "old #tag" },
      "~~old~~ #tag",
    ],
    ["a hashtag is not the last thing underlined", "#tag", { hashtag: "#tag", underline: "#tag" }, "#tag"],
  ]);
});

describe("quotes and spoilers", () => {
  each([
    ["a quote", "a\nb\nc", { blockquote: "b" }, "a\n> b\n\nc"],
    ["a folded quote", "a\nb", { expandable_blockquote: "a\nb" }, "> a\n> b"],
    ["a blank line in a quote", "a\n\nb", { blockquote: "a\n\nb" }, "> a\n>\n> b"],
    ["a blank line after a quote is not doubled", "a\n\nb", { blockquote: "a" }, "> a\n\nb"],
    ["two quotes stay two", "a\nb", { blockquote: ["a", "b"] }, "> a\n\n> b"],
    ["two quotes that touch stay two", "a\nb", { blockquote: ["a\n", "b"] }, "> a\n\n> b"],
    ["a quote within a line", "a b c", { blockquote: "b" }, "a\n> b\n\nc"],
    ["styles over lines of a quote", "a\nb", { blockquote: "a\nb", bold: "a\nb" }, "> **a**\n> **b**"],
    [
      "a code block in a quote",
      "a\nb\nc",
      { blockquote: "a\nb\nc", pre: "b" },
      "> a\n> ```\n> b\n> ```\n> c",
    ],
    ["a style that crosses a quote", "a\nb", { bold: "a\nb", blockquote: "b" }, "**a**\n> **b**"],
    [
      "a spoiler of whole lines folds",
      "who:\nme\nyes",
      { spoiler: "me" },
      "who:\n<details><summary>Spoiler</summary>\n\nme\n\n</details>\n\nyes",
    ],
    [
      "a spoiler cut by a style is one",
      "me too",
      { spoiler: ["me ", "too"], bold: "too" },
      "<details><summary>Spoiler</summary>\n\nme **too**\n\n</details>",
    ],
    [
      "a spoiler in a quote",
      "a\nb",
      { blockquote: "a\nb", spoiler: "b" },
      "> a\n> <details><summary>Spoiler</summary>\n>\n> b\n>\n> </details>",
    ],
  ]);
});

describe("as typed", () => {
  const typed =
    "# Title\n\n- [ ] task *one*\n- [x] task two\n\n> quote\n\n`inline` and **bold** as typed_by_hand";
  each([
    ["typed Markdown stays", typed, {}, typed],
    ["dollars are no math", "cost $5 and $10", {}, "cost \\$5 and \\$10"],
    ["dollars typed with a backslash", "\\$5", {}, "\\$5"],
    ["dollars in typed code", "`$a` $b", {}, "`$a` \\$b"],
    ["dollars in a typed fence", "```sh\necho $a\n```\n$b", {}, "```sh\necho $a\n```\n\\$b"],
    ["dollars in an address", "https://a.b/?q=$c $d", { url: "https://a.b/?q=$c" }, "https://a.b/?q=$c \\$d"],
    ["a list marker stays out of bold", "- a\n- b", { bold: "- a\n- b" }, "- **a**\n- **b**"],
    ["a heading in italic", "# a", { italic: "# a" }, "# *a*"],
    ["asterisks in bold", "a* b", { bold: "a* b" }, "**a\\* b**"],
    ["asterisks in bold code that was typed", "a `b*c`", { bold: "a" }, "**a** `b*c`"],
    ["tildes in strikethrough", "a~~b", { strikethrough: "a~~b" }, "~~a\\~\\~b~~"],
    ["an asterisk before bold", "*b", { bold: "b" }, "\\***b**"],
    ["an asterisk after bold", "b*", { bold: "b" }, "**b**\\*"],
    ["a backslash at the end of bold", "a\\ b", { bold: "a\\" }, "**a\\\\** b"],
    ["a backslash before bold", "\\b", { bold: "b" }, "\\\\**b**"],
    ["indentation stays", "a\n  b", {}, "a\n  b"],
  ]);
});

describe("exact", () => {
  each(
    [
      ["headings", "# a\n#b\n##", {}, "\\# a\n\\#b\n\\##"],
      ["lists", "- a\n+ b\n* c\n1. d\n2) e", {}, "\\- a\n\\+ b\n\\* c\n1\\. d\n2\\) e"],
      ["numbers that open no list", "1.5 - 2\n-1", {}, "1.5 - 2\n-1"],
      ["quotes", "> a > b", {}, "\\> a > b"],
      ["rules and underlines", "a\n---\n===\n- - -", {}, "a\n\\---\n\\===\n\\- - -"],
      ["emphasis", "*a* __b__ ~~c~~ snake_case", {}, "\\*a\\* \\_\\_b\\_\\_ \\~\\~c\\~\\~ snake_case"],
      ["code", "`a` ```", {}, "\\`a\\` \\`\\`\\`"],
      ["links", "[a](b) ![c]", {}, "\\[a\\](b) !\\[c\\]"],
      ["HTML", "<b> a < b <!-- </b>", {}, "\\<b> a < b \\<!-- \\</b>"],
      ["character references", "&amp; & &x &#35;", {}, "\\&amp; & &x \\&\\#35;"],
      ["backslashes", "a\\b\\", {}, "a\\\\b\\\\"],
      ["tables", "a|b\n-|-", {}, "a\\|b\n\\-\\|-"],
      ["dollars", "$5", {}, "\\$5"],
      [
        "hashtags stay, other numbers signs do not make tags",
        "#tag #5 c#d C# x",
        { hashtag: "#tag" },
        "#tag \\#5 c\\#d C# x",
      ],
      ["indentation is shown", "    a\n  b", {}, "\u00A0\u00A0\u00A0\u00A0a\n\u00A0\u00A0b"],
      [
        "addresses stay",
        "https://a.b/c_d_e, www.a.b/c_d x_y@a.b",
        { url: ["https://a.b/c_d_e", "www.a.b/c_d"] },
        "https://a.b/c_d_e, www.a.b/c_d x_y@a.b",
      ],
      [
        "an address that GFM would end elsewhere",
        "https://a.b/c_*",
        { url: "https://a.b/c" },
        "<https://a.b/c>\\_\\*",
      ],
      [
        "an address that Telegram has not found is none",
        "http://localhost www.x",
        {},
        "http\\://localhost www\\.x",
      ],
      ["styles around escaped text", "*a* b", { bold: "*a*" }, "**\\*a\\*** b"],
      ["code is not escaped", "a*b", { code: "a*b" }, "`a*b`"],
      ["a block is not escaped", "# a", { pre: "# a" }, "```\n# a\n```"],
    ],
    { formatting: "exact" },
  );
});

describe("Memos 0.25.3", () => {
  each(
    [
      ["dollars stay", "$5", {}, "$5"],
      ["two spaces before each break", "a\nb\n\nc\nd", { pre: "d" }, "a  \nb\n\nc\n```\nd\n```"],
    ],
    { flavor: "0.25.3" },
  );
});

describe("gomark, the engine of Memos up to 0.25.2", () => {
  each(
    [
      ["each word has one pair of signs", "a b c", { bold: "a b c", italic: "b" }, "**a** ***b*** **c**"],
      [
        "the style that says most is kept",
        "a b",
        { bold: "a b", strikethrough: "a", spoiler: "b", underline: "a b" },
        "~~a~~ ||b||",
      ],
      [
        "a link goes before all styles",
        "a b c",
        {
          bold: "a b",
          italic: "c",
          text_link: [on("b"), on("c")],
        },
        "**a** [b](https://e.org/) [c](https://e.org/)",
      ],
      ["a link of several words is one", "a b", { text_link: on("a b") }, "[a b](https://e.org/)"],
      [
        "an address with a bracket",
        "a",
        { text_link: { of: "a", url: "https://e.org/(b)" } },
        "[a](https://e.org/%28b%29)",
      ],
      ["code without a back-tick", "a b", { code: "b" }, "a `b`"],
      ["what signs cannot hold stands without them", "a*b c", { bold: "a*b" }, "a*b c"],
      ["code with a back-tick is plain", "a`b", { code: "a`b" }, "a\\`b"],
      [
        "a tag has a space behind it",
        "so #tag, ok",
        { bold: "so #tag, ok", hashtag: "#tag" },
        "**so** #tag **, ok**",
      ],
      ["a nested tag is whole", "#a/b-c d", { hashtag: "#a" }, "#a/b-c d"],
      ["a quote goes on over an empty line", "a\n\nb", { blockquote: "a\n\nb" }, "> a\n>  \n> b"],
      ["a fence with a name it takes", "x", { pre: { of: "x", language: "go" } }, "```go\nx\n```"],
      ["a fence without a name it does not take", "x", { pre: { of: "x", language: "c++" } }, "```\nx\n```"],
      ["code of several lines in a quote", "a\nb", { blockquote: "a\nb", pre: "a\nb" }, "> `a`\n> `b`"],
      ["a block that holds a fence", "a\n```\nb`", { pre: "a\n```\nb`" }, "`a`\n\\`\\`\\`\nb\\`"],
    ],
    { flavor: "gomark" },
  );
  each(
    [
      ["what it alone reads is escaped", "==a== ^b^ a_b_c", {}, "\\=\\=a\\=\\= \\^b\\^ a\\_b\\_c"],
      ["a reference to a character is no Markdown to it", "a &amp; b", {}, "a &amp; b"],
      ["what is in angles", "a < b > c", {}, "a \\< b > c"],
      ["what signs cannot hold stands without them, escaped", "a*b c", { bold: "a*b" }, "a\\*b c"],
      ["a label that would end the link", "[a] b", { text_link: on("[a]") }, "\\[a\\] <https://e.org/> b"],
      [
        "an address before a space",
        "see https://a.b/x_y_z ok",
        { url: "https://a.b/x_y_z" },
        "see https://a.b/x_y_z ok",
      ],
      [
        "an address before punctuation",
        "(https://a.b/x_y).",
        { url: "https://a.b/x_y" },
        "(<https://a.b/x_y>).",
      ],
      ["another scheme", "foo://b_c", {}, "foo\\://b\\_c"],
      ["another scheme behind a dot", "a.foo://b", {}, "a.foo\\://b"],
      ["the beginning of a line", "1234567890. a\n---", {}, "1234567890\\. a\n\\---"],
    ],
    { flavor: "gomark", formatting: "exact" },
  );
});

describe("the work for a text grows with its length", () => {
  const shapes =
    "` x|*a|$a |$$\n\n|<a |<b>|</b>|a <b>x</b>|<p>\n|http://|foo://|www.|https://a.b/( |a@b.c |```\n|> |- |$$\n|<x>\n".split(
      "|",
    );
  test.each(shapes)("%p, again and again", (shape) => {
    const text = shape.repeat(32_000 / shape.length);
    for (const formatting of ["as_typed", "exact"] as const) {
      for (const flavor of ["modern", "gomark"] as const) {
        // Where it grows with the square of the length it takes some seconds.
        expect(cpuMsOf(() => toMarkdown({ text, entities: [] }, { formatting, flavor }))).toBeLessThan(1000);
      }
    }
  });
});
