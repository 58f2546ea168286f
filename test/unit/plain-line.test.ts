import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { plainLine, withoutMarks } from "../../src/chat/lists/plain-line.ts";
import { bestLine, termPattern } from "../../src/chat/lists/search-terms.ts";
import { cpuMsOf } from "../support/property.ts";

describe("a line of a memo in plain words", () => {
  test.each([
    ["📊 **Pizza?**", "📊 Pizza?"],
    ["> Forwarded from [News](https://t.me/newsch/55) · 2023-11-14", "Forwarded from News · 2023-11-14"],
    ["# Apple *cake*", "Apple cake"],
    ["- [ ] buy ~~milk~~ _bread_", "buy milk bread"],
    ["3. ***all*** **of *it* here**", "all of it here"],
    ["> - quoted", "quoted"],
    ["![photo](https://a.org/b_(c).png) there", "photo there"],
    ["[a](<https://a.org/x y>) <https://a.org/_b_>", "a https://a.org/_b_"],
    ["see https://a.org/_b_/c_d_ and snake_case_name", "see https://a.org/_b_/c_d_ and snake_case_name"],
    ["2 * 3 * 4, 100% of it_all", "2 * 3 * 4, 100% of it_all"],
    ["\\*not\\* `**code**` \\# [x]", "*not* **code** # [x]"],
    ["**a \\* b**", "a * b"],
    ["#tag #other", "#tag #other"],
    ["<b>bold</b> C:\\temp", "<b>bold</b> C:\\temp"],
    ["a\u0001\u00010\u0001b", "a 0 b"],
    ["---", ""],
    ["```ts", ""],
    ["| --- | :-: |", ""],
    ["# ", ""],
    ["", ""],
  ])("%j is %j", (line, plain) => {
    expect(plainLine(line)).toBe(plain);
  });

  test("keeps lists, quotes and headings where the whole memo is shown", () => {
    expect(withoutMarks("- **milk** from [here](https://a.org)")).toBe("- milk from here");
    expect(withoutMarks("> # said")).toBe("> # said");
  });

  test("is soon found, and well formed, whatever people write", () => {
    const signs = fc.array(
      fc.constantFrom("*", "_", "`", "[", "](", ")", "<", ">", "~~", "\\", "a", " ", "\u0001"),
      {
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(signs, fc.string({ unit: "binary" }), (some, text) => {
        const plain = [some.join(""), text].map(plainLine).join("");
        expect(plain.isWellFormed() && [...plain].every((sign) => sign >= " ")).toBe(true);
      }),
    );
    for (const sign of ["*", "_", "`", "[a](", "[", "](", "**a", "[a]()(", "\\", "> ", "*a* ", "_a_ "]) {
      const text = sign.repeat(Math.floor(4_000 / sign.length));
      expect(cpuMsOf(() => plainLine(text))).toBeLessThan(500);
    }
  });
});

describe("the line of a memo that a list shows", () => {
  const forward = "> Forwarded from [News](https://t.me/newsch/55) · 2023\n\nThe **train** is late";

  test("is of the text and not of where it is from, unless that matches better", () => {
    expect(bestLine(forward, [])).toBe("The train is late");
    expect(bestLine(forward, [termPattern("from")])).toBe("Forwarded from News · 2023");
    expect(bestLine("> only a quote", [])).toBe("only a quote");
  });

  test("stays as it is where what was looked for is in its Markdown", () => {
    expect(bestLine(forward, [termPattern("newsch")])).toStartWith("> Forwarded from [News](");
    expect(bestLine(forward, [termPattern("**train")])).toBe("The **train** is late");
  });

  test("says something where there are only signs, too", () => {
    expect(bestLine("```\ncode", [])).toBe("code");
    expect(bestLine("---\n", [])).toBe("---");
  });
});
