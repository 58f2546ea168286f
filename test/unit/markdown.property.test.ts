import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { FormattedText } from "../../src/domain/text.ts";
import { toMarkdown } from "../../src/markdown/write/write.ts";
import { runs } from "../support/property.ts";
import {
  commonmark,
  expectedLines,
  formatted,
  gomark,
  linesOf,
  link,
  missing,
  textOf,
  visible,
} from "../support/rendered.ts";

const types = [
  ..."mention hashtag cashtag bot_command url email phone_number bold italic underline strikethrough spoiler".split(
    " ",
  ),
  ..."blockquote expandable_blockquote code pre text_link text_mention custom_emoji date_time bank_card_number".split(
    " ",
  ),
];

// Everything that means something to Markdown, to Memos or to UTF-16, thrown together.
const fragment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(..."abcdxyz0123456789 ", "  ", "word", "word ") },
  { weight: 6, arbitrary: fc.constantFrom(..."*_~`[]()<>#+-=|!&$\\.:'\"/{}^@\n") },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ..."- |1. |# |    |> |:-:|===||\n".split("|").map((start) => `\n${start}`),
      ..."``` ~~~ --- *** ** ~~ __ $$ <b> </b> <!-- &amp; &#35; [x]: [^1] ![ ](u) |-| \\".split(" "),
      ..."http:// https://a.b/c https://a.b/x_y*z* www.a.b a_b@c.de t.me/x_y #tag @user_x $5".split(" "),
      ..."👍 👩‍👩‍👧 家 「 」 é مرحبا 𝒽 … — \u200B".split(" "),
      ...["\u00A0", "\t"],
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

const options = fc.record({
  formatting: fc.constantFrom("as_typed" as const, "exact" as const),
  flavor: fc.constantFrom("modern" as const, "0.25.3" as const, "gomark" as const),
});

describe("whatever the entities are", () => {
  test("keeps every visible character in its order and stays well formed", () => {
    fc.assert(
      fc.property(garbage, options, (input, chosen) => {
        const markdown = toMarkdown(input, chosen);
        expect(markdown.isWellFormed()).toBe(true);
        const visible = input.text.toWellFormed().replaceAll("\0", "\uFFFD").replaceAll(/\s/gu, "");
        expect(missing(visible, markdown)).toBeUndefined();
      }),
      runs,
    );
  });
});

const engines = [...commonmark, ...gomark];

describe.each(engines)("exact, in Memos $name", ({ flavor, render }) => {
  const exact = { formatting: "exact", flavor } as const;
  /** gomark has the address behind a label that would end the link. */
  const withoutLinks = ({ text, entities }: FormattedText): FormattedText => ({
    text,
    entities: entities.filter((entity) => flavor !== "gomark" || entity?.type !== "text_link"),
  });

  test("shows the text itself, without any entity", () => {
    fc.assert(
      fc.property(text, (typed) => {
        const shown = visible(render(toMarkdown({ text: typed, entities: [] }, exact)));
        expect(textOf(shown)).toBe(typed.replaceAll(/\s/gu, ""));
        expect(shown.filter(({ styles }) => styles !== "")).toEqual([]);
      }),
      runs,
    );
  });

  test("shows the text itself with garbage entities", () => {
    fc.assert(
      fc.property(garbage, (input) => {
        const shown = visible(render(toMarkdown(withoutLinks(input), exact)));
        const wanted = input.text.toWellFormed().replaceAll("\0", "\uFFFD").replaceAll(/\s/gu, "");
        expect(textOf(shown)).toBe(wanted);
      }),
      runs,
    );
  });

  test("shows the lines and the spaces between words", () => {
    fc.assert(
      fc.property(formatted(text), (given) => {
        const input = withoutLinks(given);
        expect(linesOf(textOf(render(toMarkdown(input, exact))))).toEqual(expectedLines(input));
      }),
      runs,
    );
  });
});

describe.each(commonmark)("exact, in Memos $name", ({ flavor, render, expected }) => {
  test("shows each character in the styles Telegram gave it", () => {
    fc.assert(
      fc.property(formatted(text), (input) => {
        const markdown = toMarkdown(input, { formatting: "exact", flavor });
        expect(visible(render(markdown))).toEqual(expected(input));
      }),
      runs,
    );
  });
});

describe.each(gomark)("exact, in Memos $name", ({ flavor, render, expected }) => {
  test("shows no style that Telegram did not give", () => {
    fc.assert(
      fc.property(formatted(text), (input) => {
        const shown = visible(render(toMarkdown(input, { formatting: "exact", flavor })));
        const wanted = expected(input);
        expect(textOf(shown)).toBe(textOf(wanted));
        const given = (at: number) => wanted[at]?.styles.split(" ") ?? [];
        const strange = shown.filter(({ styles }, at) =>
          styles.split(" ").some((style) => style !== "" && !given(at).includes(style)),
        );
        expect(strange).toEqual([]);
      }),
      runs,
    );
  });
});

describe("words alone", () => {
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

  for (const { name, flavor, render, expected } of engines) {
    for (const formatting of ["as_typed", "exact"] as const) {
      test(`and ${formatting}, shows each character in the styles Telegram gave it, in Memos ${name}`, () => {
        fc.assert(
          fc.property(formatted(innocent), (input) => {
            fc.pre(!/^ {4}/mu.test(input.text));
            // That is a formula.
            fc.pre(formatting === "exact" || !/\$\S(?:.*\S)?\$(?!\d)/u.test(input.text));
            const shown = render(toMarkdown(input, { formatting, flavor }));
            expect(visible(shown)).toEqual(expected(input));
            expect(linesOf(textOf(shown))).toEqual(expectedLines(input));
          }),
          runs,
        );
      });
    }
  }

  test("as typed leaves text without entities as it is, but for what would vanish and an open block of code", () => {
    fc.assert(
      fc.property(text, (given) => {
        const typed = given.replaceAll(/[<$&|[]/g, "").replaceAll(/(```|~~~).*/g, "$1");
        const lines = typed.replaceAll("\r", "\n");
        const markdown = toMarkdown({ text: typed, entities: [] });
        expect(markdown.slice(0, lines.length)).toBe(lines);
        expect(markdown.slice(lines.length)).toMatch(/^(?:\n[\s>]*(?:`{3,}|~{3,}))?$/);
      }),
      runs,
    );
  });
});
