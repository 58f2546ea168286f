import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import type { Nodes } from "mdast";
import { guard, MOST_DELIMITERS, MOST_NESTED, parseMarkdown, unguard } from "../../src/markdown/parse.ts";
import { LIMIT_MS, runs } from "../support/property.ts";

// A slow machine takes its time.
setDefaultTimeout(LIMIT_MS);

const LENGTH = 32_000;
/** The parser takes seconds to minutes for each, or overflows its stack. */
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

/** The most delimiters in one node that is read as one run of text, and how deep the tree goes. */
function measure(source: string): { delimiters: number; depth: number } {
  const found = { delimiters: 0, depth: 0 };
  const visit = (node: Nodes, depth: number) => {
    found.depth = Math.max(found.depth, depth);
    if (node.type === "paragraph" || node.type === "heading" || node.type === "tableCell") {
      const text = source.slice(node.position?.start.offset, node.position?.end.offset);
      const count = text.match(/\*+|_+|~+|`+|\$+|[[\]<]/g)?.length ?? 0;
      found.delimiters = Math.max(found.delimiters, count);
      return;
    }
    if ("children" in node) for (const child of node.children) visit(child, depth + 1);
  };
  visit(parseMarkdown(source), 0);
  return found;
}

describe("a text that would keep the parser busy", () => {
  test.each(Object.entries(hostile))("%s", (_, text) => {
    const source = guard(text);
    const { delimiters, depth } = measure(source);
    expect(delimiters).toBeLessThanOrEqual(MOST_DELIMITERS);
    // A list and its item are two.
    expect(depth).toBeLessThanOrEqual(2 * MOST_NESTED + 2);
    expect(unguard(source)).toBe(text);
  });
});

describe("a text that people write", () => {
  test.each([
    ["a long list of links", "- see [the page](https://a.b/c) and `code`\n".repeat(200)],
    ["many paragraphs", "some **bold** and *slanted* words\n\n".repeat(500)],
    ["much code", `\`\`\`js\n${"const [a] = $b * `c`;\n".repeat(100)}\`\`\`\n\n**bold**`],
    ["a table", `| a | b |\n| - | - |\n${"| **c** | d |\n".repeat(90)}`],
    ["a deep list", Array.from({ length: 30 }, (_, depth) => `${"  ".repeat(depth)}- item`).join("\n")],
  ])("is read as ever: %s", (_, text) => {
    const same = (source: string) =>
      JSON.stringify(parseMarkdown(source), (key, value) => (key === "position" ? undefined : value));
    expect(unguard(same(guard(text)))).toBe(same(text));
  });
});

test("every offset stays, and all that is hidden comes back", () => {
  const sign = fc.constantFrom(..."*_~[]<`$>-+.)#a 1\n", "\n\n", "> ", "- ", "```\n");
  const many = fc.array(fc.array(sign, { maxLength: 6 }), { maxLength: 30 });
  const text = fc
    .tuple(many, fc.integer({ min: 1, max: 60 }))
    .map(([parts, times]) => parts.flat().join("").repeat(times));
  fc.assert(
    fc.property(text, (given) => {
      const source = guard(given);
      expect(source.length).toBe(given.length);
      expect(unguard(source)).toBe(given);
      const { delimiters } = measure(source);
      expect(delimiters).toBeLessThanOrEqual(MOST_DELIMITERS);
    }),
    runs,
  );
});
