import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bestLine, markedLine, termsOf } from "../../src/chat/lists/best-line.ts";

describe("what is looked for", () => {
  test.each([
    ["apple cake", ["apple", "cake"]],
    ['"apple cake" tin', ["apple cake", "tin"]],
    ["„Apfel Kuchen“ Form", ["Apfel Kuchen", "Form"]],
    ['12"', ['12"']],
    ['""', ['""']],
    ["  ", []],
    ["a a", ["a"]],
  ])("%j", (query, terms) => {
    expect(termsOf(query)).toEqual(terms);
  });
});

describe("a line of a memo in plain words", () => {
  test.each([
    ["📊 **Pizza?**", "📊 Pizza?"],
    ["> Forwarded from [News](https://t.me/newsch/55) · 2023-11-14", "Forwarded from News · 2023-11-14"],
    ["# Apple *cake*", "Apple cake"],
    ["- [ ] buy ~~milk~~ _bread_", "☐ buy milk bread"],
    ["3. ***all*** **of *it* here**", "3. all of it here"],
    ["> - quoted", "• quoted"],
    ["![photo](https://a.org/b_(c).png) there", "🖼 photo there"],
    ["[a](<https://a.org/x y>) <https://a.org/_b_>", "a https://a.org/_b_"],
    ["see https://a.org/_b_/c_d_ and snake_case_name", "see https://a.org/_b_/c_d_ and snake_case_name"],
    ["2 * 3 * 4, 100% of it_all", "2 * 3 * 4, 100% of it_all"],
    ["\\*not\\* `**code**` \\# [x]", "*not* **code** # [x]"],
    ["#tag #other", "#tag #other"],
    ["<b>bold</b> C:\\temp", "bold C:\\temp"],
    ["a\u0001\u00010\u0001b", "a 0 b"],
    ["", ""],
  ])("%j is %j", async (line, plain) => {
    expect(await bestLine(line, [])).toBe(plain);
  });

  test("is well formed, whatever people write", async () => {
    const signs = fc.array(
      fc.constantFrom("*", "_", "`", "[", "](", ")", "<", ">", "~~", "\\", "a", " ", "\u0001"),
      { maxLength: 200 },
    );
    await fc.assert(
      fc.asyncProperty(signs, fc.string({ unit: "binary" }), async (some, text) => {
        const plain = await bestLine(`${some.join("")}${text}`, []);
        expect(plain.isWellFormed() && [...plain].every((sign) => sign >= " ")).toBe(true);
      }),
    );
  });
});

describe("the line of a memo that a list shows", () => {
  const forward = "> Forwarded from [News](https://t.me/newsch/55) · 2023\n\nThe **train** is late";

  test("is the one that has most of what is looked for", async () => {
    expect(await bestLine("\nfirst\nan apple\nCAKE of Apple\ncake", ["apple", "cake"])).toBe("CAKE of Apple");
    expect(await bestLine("\nfirst\nsecond", ["apple", "cake"])).toBe("first");
  });

  test("is of the text and not of where it is from, unless that matches better", async () => {
    expect(await bestLine(forward, [])).toBe("The train is late");
    expect(await bestLine(forward, ["from"])).toBe("Forwarded from News · 2023");
    expect(await bestLine("> only a quote", [])).toBe("only a quote");
  });

  test("has who wrote it in front", async () => {
    expect(await bestLine("Mia:\n\nwater the plants", [])).toBe("Mia: water the plants");
    const forward = "> from a group\n\nMia B.:\n\n**water** the plants\n\nand the trees";
    expect(await bestLine(forward, [])).toBe("Mia B.: water the plants");
    expect(await bestLine(forward, ["trees"])).toBe("and the trees");
    expect(await bestLine("Mia:", [])).toBe("Mia:");
    expect(await bestLine("To buy:\n\n- milk", [])).toBe("To buy:");
  });

  test("says something where there are only signs, too", async () => {
    expect(await bestLine("```\ncode", [])).toBe("code");
    expect(await bestLine("---\n", [])).toBe("———");
    expect(await bestLine("# \n| --- | :-: |\nwords", [])).toBe("words");
  });

  test("has what was found marked", () => {
    const { entities } = markedLine("a b ABC *b", ["abc", "*"]);
    expect(entities.map(({ offset, length }) => [offset, length])).toEqual([
      [4, 3],
      [8, 1],
    ]);
  });
});
