import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { parseMarkdown } from "../../src/markdown/read.ts";
import { cpuMsOf, LIMIT_MS } from "../support/property.ts";

// A slow machine takes its time.
setDefaultTimeout(LIMIT_MS);

/** Of the source of a memo that is shown. */
const LENGTH = 6_000;
/** The parser takes seconds for some, and overflows its stack with others. */
const hostile: Record<string, string> = {
  emphasis: "*a ".repeat(LENGTH / 6) + "b* ".repeat(LENGTH / 6),
  "two signs": "*a_b".repeat(LENGTH / 4),
  "back-ticks of every length": Array.from({ length: 250 }, (_, size) => "`".repeat(size)).join(" "),
  "links that never end": "[a](".repeat(LENGTH / 4),
  "brackets that never opened": "](".repeat(LENGTH / 2),
  footnotes: "[^a]".repeat(LENGTH / 4),
  definitions: "[a]:\n".repeat(LENGTH / 5),
  comments: "x <!-- ".repeat(LENGTH / 7),
  formulas: "$a$$b".repeat(LENGTH / 5),
  quotes: "> ".repeat(LENGTH / 2),
  "quotes without spaces": ">".repeat(LENGTH),
  items: "- ".repeat(LENGTH / 2),
  numbers: "1. ".repeat(LENGTH / 3),
  "quotes and items": "> - 1) ".repeat(LENGTH / 7),
  "lines that go on with a quote": "> a\nb\n".repeat(LENGTH / 6),
  "what only looks like a fence": "``` `\n*a _b\n".repeat(LENGTH / 12),
  "emphasis in a quote": "> *a _b\n".repeat(LENGTH / 8),
  "emphasis in an item": `- ${"*a\n  ".repeat(LENGTH / 5)}`,
};

describe("a text that would keep the parser busy takes little time", () => {
  test.each(Object.entries(hostile))("%s", (_, text) => {
    expect(cpuMsOf(() => parseMarkdown(text))).toBeLessThan(1_000);
  });
});

describe("a text that people write", () => {
  test.each([
    ["a long list of links", "- see [the page](https://a.b/c) and `code`\n".repeat(140)],
    ["many paragraphs", "some **bold** and *slanted* words\n\n".repeat(170)],
    ["much code", `\`\`\`js\n${"const [a] = $b * `c`;\n".repeat(100)}\`\`\`\n\n**bold**`],
    ["a table", `| a | b |\n| - | - |\n${"| **c** | d |\n".repeat(90)}`],
    ["a deep list", Array.from({ length: 30 }, (_, depth) => `${"  ".repeat(depth)}- item`).join("\n")],
  ])("is read: %s", (_, text) => {
    expect(parseMarkdown(text)).not.toBeNull();
  });
});
