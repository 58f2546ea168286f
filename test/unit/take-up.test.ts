import { expect, test } from "bun:test";
import { isOfThatAlone } from "../../src/saving/take-up.ts";

const long = "word ".repeat(800).trim();

test.each([
  ["one line that is edited", "teh milk", "the milk", true],
  ["one line with tags", "teh milk\n\n#inbox #home", "the milk\n\n#inbox #home", true],
  ["more at the end", "a list\nof two", "a list\nof two\nand a third", true],
  ["a change above the last line", "a lits\nof two", "a list\nof two", true],
  ["a comment, with a forward below it", "look at this\n\nFrom Bob\n\nwords", "look at that", false],
  ["the same with tags", "look at this\n\nwords\n\n#inbox", "look at that\n\n#inbox", false],
  ["a long text that may go on in another message", `${long} and more`, long, false],
  ["a last line that is edited", "a list\nof tow", "a list\nof two", false],
] as const)("what a memo holds, and the edit of a message: %s", (_what, held, wanted, isAlone) => {
  expect(isOfThatAlone(held, wanted)).toBe(isAlone);
});
