import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { type SplitLimits, splitMarkdown } from "../../src/markdown/split/split.ts";
import { toMarkdown } from "../../src/markdown/write/write.ts";
import { isCampaign, LIMIT_MS, runs } from "../support/property.ts";
import { formatted, missing, modern, type Shown, visible } from "../support/rendered.ts";

setDefaultTimeout(LIMIT_MS);

// An example has some thousand characters, and takes a fifth of a second.
const blocksALevel = isCampaign ? 5 : 2;

const limitsFrom = (min: number) =>
  fc
    .tuple(fc.integer({ min, max: min + 300 }), fc.integer({ min, max: min + 300 }))
    .map(([firstBytes, restBytes]): SplitLimits => ({ firstBytes, restBytes }));
const limits = limitsFrom(100);

const plainWord = fc.constantFrom(
  ..."word a I sentence. comma, end! Größe naïve 家族。 这是一个很长的句子没有空格 مرحبا שלום 👩‍👩‍👧 🇸🇪 🇩🇪 👍🏽 é".split(
    " ",
  ),
  "https://example.com/a/path?x=1",
  "1986.",
  "\\*",
  "&amp;",
  "#tag",
);

describe("whatever the text is", () => {
  const sign = fc.constantFrom(..."*_~`[]()<>#+-=|!&$\\.:'\"/{}^@\n\n \t0123");
  const start = fc.constantFrom(
    ..."- |1. |   |# |> |> > |```ts\n|```\n|~~~\n|$$\n|---\n|<details>\n\n|</details>\n\n"
      .split("|")
      .map((start) => `\n${start}`),
    ...["\n| a | b |\n| - | - |\n", "| c | d |\n"],
    ..."[a](b <ins> </ins> ** __ ~~ || `` &#35; \ud83d \u0301 \u200d \0".split(" "),
  );
  const text = fc
    .array(fc.oneof(sign, start, plainWord, fc.string({ unit: "grapheme", maxLength: 30 })), {
      minLength: 20,
      maxLength: 150,
    })
    .map((parts) => parts.join(""));

  test("each part has room, none is blank, and every visible character is in them in its order", () => {
    fc.assert(
      fc.property(text, limits, (content, { firstBytes, restBytes }) => {
        const parts = splitMarkdown(content, { firstBytes, restBytes });
        expectRoom(parts, { firstBytes, restBytes }, content);
        // A quoted line that is blank may go where it is cut.
        expect(missing(content.replaceAll(/[\s>]/gu, ""), parts.join(""))).toBeUndefined();
      }),
      runs,
    );
  });
});

describe("Markdown", () => {
  const several = (run: fc.Arbitrary<string>) =>
    fc.array(run, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(" "));
  const simple = fc.oneof(
    plainWord,
    several(plainWord),
    plainWord.map((text) => `~~${text} struck~~`),
    plainWord.map((text) => `_${text} slanted_`),
    fc.constant("`code * of _ one`"),
    plainWord.map((text) => `[${text.includes("http") ? "address" : text}](https://a.b/c)`),
  );
  const strong = fc.oneof(
    simple,
    several(simple).map((text) => `**${text}**`),
  );
  const inline = several(
    fc.oneof(
      strong,
      several(strong).map((text) => `<ins>${text}</ins>`),
    ),
  );
  const lines = fc.array(inline, { minLength: 1, maxLength: 4 }).map((all) => all.join("\n"));
  const code = fc.array(fc.constantFrom("const a = `b`;", "  if (* > _) {", "> # no", "}", "家 = 1"), {
    minLength: 1,
    maxLength: 12,
  });
  const indented = (text: string, by: string) => text.replaceAll("\n", `\n${by}`);
  const block = fc.letrec<{ block: string; item: string; blocks: string }>((tie) => ({
    blocks: fc.array(tie("block"), { minLength: 1, maxLength: blocksALevel }).map((all) => all.join("\n\n")),
    item: fc.oneof({ maxDepth: 2 }, inline, tie("blocks")),
    block: fc.oneof(
      { maxDepth: 2 },
      lines,
      inline.map((text) => `## ${text}`),
      fc
        .tuple(code, fc.constantFrom("```", "~~~~", "`````"), fc.constantFrom("", "ts"))
        .map(([all, fence, language]) => `${fence}${language}\n${all.join("\n")}\n${fence}`),
      tie("blocks").map((text) => `> ${indented(text, "> ")}`),
      fc
        .tuple(fc.array(tie("item"), { minLength: 1, maxLength: 4 }), fc.constantFrom("- ", "8. ", "9) "))
        .map(([all, marker]) =>
          all.map((text) => marker + indented(text, " ".repeat(marker.length))).join("\n"),
        ),
      tie("blocks").map((text) => `<details><summary>Spoiler</summary>\n\n${text}\n\n</details>`),
      fc
        .array(inline, { minLength: 1, maxLength: 6 })
        .map((rows) => `| H1 | H2 |\n| --- | --- |\n${rows.map((row) => `| ${row} | cell |`).join("\n")}`),
    ),
  })).blocks;

  test("shows in its parts what the whole shows", () => {
    fc.assert(
      // What is open around a link takes room too, and comes before and behind it.
      fc.property(block, limitsFrom(700), (content, limit) => {
        fc.pre(hasShortLines(content, limit));
        const parts = splitMarkdown(content, limit);
        expectRoom(parts, limit, content);
        // Signs and numbers may come to be seen, nothing goes.
        const letters = seenIn([content]).replaceAll(/[^\p{L}\p{N}]/gu, "");
        expect(missing(letters, seenIn(parts))).toBeUndefined();
      }),
      { ...runs, numRuns: Math.ceil(runs.numRuns / 4) },
    );
  });
});

describe("what Telegram's text became", () => {
  const text = fc
    .array(
      fc.oneof(plainWord, fc.constantFrom(" ", "\n", "\n\n", " - ", "\n1. ", "*", "_", "<", "`", "|", "$")),
      {
        minLength: 20,
        maxLength: 120,
      },
    )
    .map((parts) => parts.join(" "));

  test("shows the same characters in the same styles", () => {
    fc.assert(
      fc.property(formatted(text), limitsFrom(400), (input, limit) => {
        const content = toMarkdown(input, { formatting: "exact" });
        fc.pre(hasShortLines(content, limit));
        const parts = splitMarkdown(content, limit);
        expectRoom(parts, limit, content);
        expect(parts.flatMap(shownStyles)).toEqual(shownStyles(content));
      }),
      runs,
    );
  });

  const shownStyles = (content: string): string[] =>
    visible(modern.render(content)).map(({ character, styles }: Shown) => `${character} ${styles}`);
});

function expectRoom(parts: readonly string[], limit: SplitLimits, content: string): void {
  for (const [index, part] of parts.entries()) {
    expect(Buffer.byteLength(part)).toBeLessThanOrEqual(index === 0 ? limit.firstBytes : limit.restBytes);
    if (content.trim() !== "") expect(part.trim()).not.toBe("");
    if (content.isWellFormed()) expect(part.isWellFormed()).toBe(true);
  }
}

/** Within a line styles end where it is cut. */
const hasShortLines = (content: string, { firstBytes, restBytes }: SplitLimits) =>
  content.split("\n").every((line) => Buffer.byteLength(line) <= Math.min(firstBytes, restBytes) / 3);

/** What a reader sees, without the heads of tables, which come again. */
function seenIn(parts: readonly string[]): string {
  return parts
    .map((part) =>
      visible(modern.render(part))
        .map(({ character }) => character)
        .join("")
        .replaceAll("H1H2", ""),
    )
    .join("");
}
