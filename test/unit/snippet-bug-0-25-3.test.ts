import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { EARLY_SPACE_BYTES, withEarlySpace } from "../../src/markdown/split/snippet-bug-0-25-3.ts";
import { readMarkdown } from "../fakes/memos/markdown.ts";

const SEA = "今天我们去了海边看见了很多船在港口里停着还有很多人";

/** As Memos 0.25.3 reads it: no beginning is one that no answer can hold. */
const isShown = (content: string) =>
  readMarkdown(content, { tagsInLinks: true, tagsInLowerCase: true, snippetOfBytes: true }).isEncodable;

describe("a memo that begins with a long row of letters of several bytes", () => {
  for (const [what, marks] of [
    ["a paragraph", ""],
    ["a quote", "> "],
    ["a heading", "# "],
    ["a task", "- [ ] "],
    ["what follows code", "```\ncode\n```\n"],
  ] as const) {
    test(`gets a space that nobody sees, as ${what}`, () => {
      expect(isShown(`${marks}${SEA}`)).toBe(false);
      const content = withEarlySpace(`${marks}${SEA}`);
      expect(content).toBe(`${marks}\u200b ${SEA}`);
      expect(isShown(content)).toBe(true);
    });
  }

  test("stays as it is where it is short, has a space, or is ASCII", () => {
    for (const content of ["今天", `今天 ${SEA}`, "a".repeat(500), "", "\n\n"]) {
      expect(withEarlySpace(content)).toBe(content);
    }
  });

  test("can be shown whatever it is, and is no more than four bytes longer", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."今é😀 a\n"), maxLength: 120 }), (content) => {
        const made = withEarlySpace(content);
        expect(isShown(made)).toBe(true);
        expect(Buffer.byteLength(made) - Buffer.byteLength(content)).toBeLessThanOrEqual(EARLY_SPACE_BYTES);
        expect(made.replace("\u200b ", "")).toBe(content);
      }),
    );
  });
});
