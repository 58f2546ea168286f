import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { TelegramMessageEntity } from "gramio";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { math, mathHtml } from "micromark-extension-math";
import {
  type FormattedText,
  type MarkdownDialect,
  modernDialect,
  toMarkdown,
} from "../../src/telegram/markdown.ts";

// Found by `seed`; raise MARKDOWN_RUNS to search longer.
const runs = { seed: 20260822, numRuns: Number(process.env["MARKDOWN_RUNS"] ?? 400) };
const types = [
  ..."mention hashtag cashtag bot_command url email phone_number bold italic underline strikethrough spoiler".split(
    " ",
  ),
  ..."blockquote expandable_blockquote code pre text_link text_mention custom_emoji date_time bank_card_number".split(
    " ",
  ),
];
const link = "https://example.com/a_(b)?c=1&d=*2*#e";

// Everything that means something to Markdown, to Memos or to UTF-16, thrown together.
const fragment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(..."abcdxyz0123456789 ", "  ", "word", "word ") },
  { weight: 6, arbitrary: fc.constantFrom(..."*_~`[]()<>#+-=|!&$\\.:'\"/{}^@\n") },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...[
        "\n",
        "\n\n",
        "\n- ",
        "\n1. ",
        "\n# ",
        "\n    ",
        "\n> ",
        "```",
        "~~~",
        "---",
        "***",
        "**",
        "~~",
        "__",
        "$$",
      ],
      ...[
        "<b>",
        "</b>",
        "<!--",
        "&amp;",
        "&#35;",
        "[x]: ",
        "[^1]",
        "![",
        "](u)",
        "| - |",
        "\n:-:",
        "\n===",
        "\\",
      ],
      ...[
        "http://",
        "https://a.b/c",
        "https://a.b/x_y*z*",
        "www.a.b",
        "a_b@c.de",
        "t.me/x_y",
        "#tag",
        "@user_x",
        "$5",
      ],
      ...["👍", "👩‍👩‍👧", "家", "「", "」", "é", "مرحبا", "𝒽", "…", "—", "\u00A0", "\u200B", "\t"],
    ),
  },
);
const text = fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join(""));

const garbageOffset = fc.oneof(
  fc.integer({ min: -5, max: 60 }),
  fc.constantFrom(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    2 ** 31,
    1.5,
    undefined,
    "3",
    null,
  ),
);
const garbageEntity = fc.record(
  {
    type: fc.oneof(fc.constantFrom(...types), fc.constantFrom("future_type", undefined, 7)),
    offset: garbageOffset,
    length: garbageOffset,
    url: fc.constantFrom(link, "tg://user?id=1", "javascript:alert(1)", "", "a b)<c>\ud800", undefined, 5),
    language: fc.constantFrom("ts", "c++ x", "`\n`", "\ud800", undefined, 5),
    user: fc.constantFrom({ id: 1 }, {}, null, undefined),
  },
  { requiredKeys: [] },
);
const garbage = fc.record({
  text: fc.oneof(
    text,
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.array(fc.constantFrom("\ud83d", "\udc4d", "a", " ")).map((units) => units.join("")),
  ),
  entities: fc.array(fc.oneof(garbageEntity, fc.constantFrom(null, undefined, 3)), { maxLength: 12 }),
}) as unknown as fc.Arbitrary<FormattedText>;

const dialects: MarkdownDialect[] = [
  modernDialect,
  {
    underline: "none",
    spoiler: "pipes",
    html: false,
    escapeDollar: false,
    hardBreaks: true,
    userLinks: true,
  },
  {
    underline: "none",
    spoiler: "none",
    html: false,
    escapeDollar: true,
    hardBreaks: false,
    userLinks: false,
  },
];
const options = fc.record({
  formatting: fc.constantFrom("as_typed" as const, "exact" as const),
  dialect: fc.constantFrom(...dialects),
});

describe("whatever the entities are", () => {
  test("keeps every visible character in its order and stays well formed", () => {
    fc.assert(
      fc.property(garbage, options, (input, chosen) => {
        const markdown = toMarkdown(input, chosen);
        expect(markdown.isWellFormed()).toBe(true);
        const visible = [...input.text.toWellFormed().replaceAll("\0", "\uFFFD").replaceAll(/\s/gu, "")];
        expect(missing(visible, [...markdown])).toBeUndefined();
      }),
      { ...runs, numRuns: runs.numRuns * 2 },
    );
  });

  test("depends on nothing but its input", () => {
    fc.assert(
      fc.property(garbage, options, (input, chosen) => {
        expect(toMarkdown(input, chosen)).toBe(toMarkdown(structuredClone(input), chosen));
      }),
      runs,
    );
  });
});

describe("exact", () => {
  test("shows the text itself when rendered, without any entity", () => {
    fc.assert(
      fc.property(text, (typed) => {
        const shown = render(toMarkdown({ text: typed, entities: [] }, { formatting: "exact" }));
        expect(shown.map(({ character }) => character).join("")).toBe(typed.replaceAll(/\s/gu, ""));
        expect(shown.filter(({ styles }) => styles !== "")).toEqual([]);
      }),
      { ...runs, numRuns: runs.numRuns * 2 },
    );
  });

  test("shows the text itself when rendered, with garbage entities", () => {
    fc.assert(
      fc.property(garbage, (input) => {
        const shown = render(toMarkdown(input, { formatting: "exact" }));
        const visible = input.text.toWellFormed().replaceAll("\0", "\uFFFD").replaceAll(/\s/gu, "");
        expect(shown.map(({ character }) => character).join("")).toBe(visible);
      }),
      { ...runs, numRuns: runs.numRuns * 2 },
    );
  });

  test("shows each character in the styles Telegram gave it", () => {
    fc.assert(
      fc.property(formatted(text), (input) => {
        expect(render(toMarkdown(input, { formatting: "exact" }))).toEqual(expected(input));
      }),
      { ...runs, numRuns: runs.numRuns * 3 },
    );
  });
});

describe("as typed", () => {
  // Words and punctuation that mean nothing by themselves, so that all formatting is Telegram's.
  const innocent = fc
    .array(
      fc.constantFrom(
        ..."abcxyz",
        "word ",
        " ",
        "  ",
        "\n",
        "\n\n",
        ..."().,!?:;'\"/",
        "家",
        "「",
        "」",
        "👍",
        "é",
        "$",
        "—",
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(""));

  test("shows each character in the styles Telegram gave it", () => {
    fc.assert(
      fc.property(formatted(innocent), (input) => {
        fc.pre(!/^ {4}/mu.test(input.text));
        expect(render(toMarkdown(input))).toEqual(expected(input));
      }),
      { ...runs, numRuns: runs.numRuns * 3 },
    );
  });

  test("leaves text without entities as it is, dollars aside", () => {
    fc.assert(
      fc.property(text, (typed) => {
        const lines = typed.replaceAll("\r", "\n");
        const markdown = toMarkdown(
          { text: typed, entities: [] },
          { dialect: { ...modernDialect, escapeDollar: false } },
        );
        expect(markdown).toBe(lines);
      }),
      runs,
    );
  });
});

/** The first character of `wanted` that does not follow in `all`. */
function missing(wanted: readonly string[], all: readonly string[]): string | undefined {
  let at = 0;
  for (const character of wanted) {
    at = all.indexOf(character, at) + 1;
    if (at === 0) return character;
  }
  return undefined;
}

interface Shown {
  character: string;
  styles: string;
}

/** A text with entities as a Telegram client may send them: styles that cross, links, code and quotes that do not. */
function formatted(content: fc.Arbitrary<string>): fc.Arbitrary<FormattedText> {
  const range = fc.tuple(fc.nat(1000), fc.nat(1000));
  return fc
    .tuple(
      content,
      fc.array(fc.tuple(range, fc.constantFrom("bold", "italic", "underline", "strikethrough")), {
        maxLength: 6,
      }),
      fc.array(fc.tuple(range, fc.constantFrom("text_link", "code", "pre", "spoiler")), { maxLength: 3 }),
      fc.array(range, { maxLength: 2 }),
    )
    .map(([typed, styles, atoms, quotes]) => {
      const entities: TelegramMessageEntity[] = [];
      const place = ([a, b]: [number, number]) => {
        const start = Math.floor((a / 1001) * typed.length);
        return { offset: start, length: Math.ceil((b / 1001) * (typed.length - start)) };
      };
      for (const [where, type] of styles) entities.push({ type, ...place(where) } as TelegramMessageEntity);
      let free = 0;
      for (const [where, type] of atoms) {
        const { offset, length } = place(where);
        const start = Math.max(offset, free);
        const newline = typed.indexOf("\n", start);
        // Code over several lines of its own becomes a block, which has no styles within.
        const end = type === "code" && newline >= 0 ? Math.min(offset + length, newline) : offset + length;
        free = Math.max(free, end);
        if (start < end)
          entities.push({ type, offset: start, length: end - start, url: link } as TelegramMessageEntity);
      }
      for (const where of quotes) entities.push({ type: "blockquote", ...place(where) });
      return { text: typed, entities };
    });
}

/** What Telegram shows: each visible character with its styles. */
function expected({ text: typed, entities }: FormattedText): Shown[] {
  const shown: Shown[] = [];
  let offset = 0;
  for (const character of typed) {
    const at = offset;
    offset += character.length;
    if (/\s/u.test(character)) continue;
    const covering = entities.filter(
      ({ offset: start, length }) => length > 0 && start < at + character.length && at < start + length,
    );
    const isPre = covering.some(({ type }) => type === "pre");
    const styles = new Set<string>();
    for (const { type } of covering) {
      if (type === "blockquote") styles.add("quote");
      if (type === "code" || type === "pre") styles.add("code");
      if (isPre) continue;
      if (type === "text_link") styles.add("link");
      if (["bold", "italic", "underline", "strikethrough"].includes(type)) styles.add(type);
    }
    shown.push({ character, styles: [...styles].sort().join(" ") });
  }
  return shown;
}

const tagStyles: Record<string, string> = {
  ...{
    strong: "bold",
    b: "bold",
    em: "italic",
    i: "italic",
    ins: "underline",
    del: "strikethrough",
    s: "strikethrough",
  },
  ...{
    code: "code",
    blockquote: "quote",
    h1: "heading",
    h2: "heading",
    li: "list",
    td: "table",
    th: "table",
  },
};

/** What Memos shows: the visible characters of the rendered HTML with their styles. */
function render(markdown: string): Shown[] {
  const html = micromark(markdown, {
    allowDangerousHtml: true,
    extensions: [gfm(), math()],
    htmlExtensions: [gfmHtml(), mathHtml({ throwOnError: false })],
  }).replaceAll("<summary>Spoiler</summary>", "");
  const open: string[] = [];
  const shown: Shown[] = [];
  for (const [, close, name, attributes, content] of html.matchAll(
    /<(\/?)([a-z][a-z0-9]*)([^<>]*)>|([^<>]+)/gu,
  )) {
    if (content !== undefined) {
      const styles = [...new Set(open.filter((style) => style !== ""))].sort().join(" ");
      for (const character of decode(content).replaceAll(/\s/gu, "")) shown.push({ character, styles });
      continue;
    }
    if (name === undefined || ["br", "hr", "img", "input"].includes(name)) continue;
    if (close === "/") open.pop();
    // Addresses that GFM links by itself are not Telegram's links.
    else if (name === "a")
      open.push(attributes?.includes(`"${link.replaceAll("&", "&amp;")}"`) ? "link" : "");
    else open.push(tagStyles[name] ?? "");
  }
  return shown;
}

function decode(html: string): string {
  return html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
