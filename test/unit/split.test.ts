import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { splitMarkdown } from "../../src/markdown/split/split.ts";
import { cpuMsOf, isCampaign, LIMIT_MS } from "../support/property.ts";

setDefaultTimeout(LIMIT_MS);

/** Both limits the same; words of a hundred letters are easy to count. */
const split = (content: string, bytes: number) =>
  splitMarkdown(content, { firstBytes: bytes, restBytes: bytes });
const words = (count: number, word = "word") => Array.from({ length: count }, () => word).join(" ");

describe("where it cuts", () => {
  test("leaves what fits as it is", () => {
    expect(split("\n  short **text\n\n", 100)).toEqual(["\n  short **text\n\n"]);
  });

  test("counts bytes, not characters", () => {
    expect(split("家".repeat(34), 100)).toEqual(["家".repeat(33), "家"]);
    expect(split("家".repeat(33), 100)).toHaveLength(1);
  });

  test("gives the first part another limit than the others", () => {
    const parts = splitMarkdown(words(100), { firstBytes: 400, restBytes: 64 });
    expect(parts[0]?.length).toBe(399);
    expect(parts[1]?.length).toBe(64);
  });

  test("at the last paragraph border of the second half", () => {
    const [a, b, c] = [words(10), words(8), words(15)];
    expect(split(`${a}\n\n${b}\n\n${c}`, 100)).toEqual([`${a}\n\n${b}`, c]);
  });

  test("at a line border rather than at a paragraph border in the first half", () => {
    const [a, b, c] = [words(3), words(12), words(15)];
    expect(split(`${a}\n\n${b}\n${c}`, 100)).toEqual([`${a}\n\n${b}`, c]);
  });

  test("behind a sentence rather than within one", () => {
    const sentence = `${words(13)}.`;
    expect(split(`${sentence} ${words(20)}`, 100)).toEqual([sentence, words(20)]);
  });

  test("behind a sentence where there are no spaces", () => {
    const sentence = `${"家".repeat(25)}。`;
    expect(split(`${sentence}${"家".repeat(20)}`, 100)).toEqual([sentence, "家".repeat(20)]);
  });

  test("between words, without the space", () => {
    expect(split(words(30), 100)).toEqual([words(20), words(10)]);
  });

  test("between what people see as characters", () => {
    const family = "👩‍👩‍👧";
    for (const part of split(family.repeat(50), 100)) expect(part.replaceAll(family, "")).toBe("");
    const flag = "🇸🇪";
    for (const part of split(flag.repeat(50), 100)) expect(part.replaceAll(flag, "")).toBe("");
    const letter = "e\u0301";
    for (const part of split(letter.repeat(100), 100)) expect(part.replaceAll(letter, "")).toBe("");
  });

  test("within a character only if it is too long for a part", () => {
    const letter = `e${"\u0301".repeat(200)}`;
    const parts = split(letter, 100);
    expect(parts.join("")).toBe(letter);
    for (const part of parts) expect(part.isWellFormed()).toBe(true);
  });

  test("never within a link, an entity or an escape", () => {
    const link = "[a long name of a link](https://example.com/path)";
    expect(split(`${"x".repeat(70)}${link}`, 100)).toEqual(["x".repeat(70), link]);
    for (let length = 90; length < 100; length += 1) {
      const [first, second] = split(`${"x".repeat(length)}&amp;${"y".repeat(50)}`, 100);
      expect([first?.includes("&amp;"), second?.includes("&amp;")]).toContain(true);
      expect(split(`${"x".repeat(length)}\\*${"y".repeat(50)}`, 100).join("|")).toContain("\\*");
    }
  });

  test("never within an address, code or emphasis that has room", () => {
    const address = "https://example.com/a-path/that/is/long?and=more";
    expect(split(`${words(12)} ${address}`, 100)).toEqual([words(12), address]);
    const code = "`some code in a line of text here`";
    expect(split(`${words(15)} ${code}`, 100)).toEqual([words(14), `word ${code}`]);
    const bold = `**${words(5)}**`;
    expect(split(`${words(17)} ${bold}`, 100)).toEqual([words(16), `word ${bold}`]);
  });

  test.each(["", "  ", " "])("between lines that end in %j, which goes where the part ends", (ending) => {
    const line = words(4);
    const part = [line, line, line, line].join(`${ending}\n`);
    const lines = `${part}${ending}\n${part}${ending}\n${part}`;
    expect(split(lines, 85)).toEqual([part, part, part]);
  });

  test("between the items of a list", () => {
    const item = `- ${words(7)}\n  ${words(6)}`;
    expect(split([item, item, item].join("\n"), 100)).toEqual([item, item, item]);
  });

  test("before a heading, never behind it", () => {
    const heading = `# ${words(4)}`;
    expect(split(`${words(15)}\n${heading}\n\n${words(15)}`, 100)).toEqual([
      words(15),
      `${heading}\n\n${words(15)}`,
    ]);
  });
});

describe("what is open at a cut", () => {
  test("a code block is closed and opened again with its language", () => {
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index} of code`);
    const parts = split(["~~~~ts", ...lines, "~~~~"].join("\n"), 100);
    for (const part of parts) expect(part).toMatch(/^~~~~ts\n(?:line \d+ of code\n)+~~~~$/u);
    expect(parts.flatMap((part) => part.split("\n").slice(1, -1))).toEqual(lines);
  });

  test("a code block ends as it ended", () => {
    expect(split(`${words(18)}\n\n~~~\ncode\n~~~~\n\nend`, 100)).toEqual([
      words(18),
      "~~~\ncode\n~~~~\n\nend",
    ]);
  });

  test("a code block in a quote keeps both", () => {
    const lines = Array.from({ length: 12 }, (_, index) => `> line ${index} of code`);
    for (const part of split(["> ```js", ...lines, "> ```"].join("\n"), 100))
      expect(part).toMatch(/^> ```js\n(?:> line \d+ of code\n)+> ```$/u);
  });

  test("a code block in an item keeps both", () => {
    const lines = Array.from({ length: 12 }, (_, index) => `  line ${index} of code`);
    const parts = split(["- ```js", ...lines, "  ```", "- next"].join("\n"), 100);
    expect(parts[0]).toMatch(/^- ```js\n(?: {2}line \d+ of code\n)+ {2}```$/u);
    expect(parts.at(-1)).toMatch(/^```js\n(?:line \d+ of code\n)+```\n- next$/u);
  });

  test("a quote goes on", () => {
    expect(split(`> > ${words(30)}`, 100)).toEqual([`> > ${words(19)}`, `> > ${words(11)}`]);
  });

  test("folded text is folded on both sides", () => {
    const open = "<details><summary>Spoiler</summary>";
    const parts = split(`${open}\n\n${words(90)}\n\n</details>\n\nend`, 250);
    for (const part of parts.slice(0, -1))
      expect(part).toMatch(/^<details>.*\n\n(?:word ?)+\n\n<\/details>$/u);
    expect(parts.at(-1)).toMatch(/<\/details>\n\nend$/u);
  });

  test("a table repeats its head", () => {
    const head = "| a | b |\n| --- | --- |";
    const rows = Array.from({ length: 12 }, (_, index) => `| row ${index} | cell |`);
    const parts = split([head, ...rows].join("\n"), 100);
    for (const part of parts) expect(part.startsWith(`${head}\n| row`)).toBe(true);
    expect(parts.flatMap((part) => part.split("\n").slice(2))).toEqual(rows);
  });
});

describe("what begins a part", () => {
  test.each(["1. x", "- x", "# x", "> x", "+ x", "12) x"])("%p, which is no block, does not", (start) => {
    expect(split(`${words(20)} ${start}${words(5)}`, 100)).toEqual([words(19), `word ${start}${words(5)}`]);
  });

  test("an item goes on at the margin, with what is below it where it stood", () => {
    const list = ["1. one", `   - ${words(17)}`, "   - two", "     - three", "2. four"].join("\n");
    expect(split(list, 100)).toEqual([
      `1. one\n   - ${words(17)}`,
      ["- two", "  - three", "2. four"].join("\n"),
    ]);
  });

  test("blank text gives one empty part", () => {
    expect(split("\n".repeat(200), 100)).toEqual([""]);
  });
});

test("a note and what refers to it are shown as they are, wherever they come to lie", () => {
  expect(split(`a[^1] ${words(30)}\n\n[^1]: note`, 100).at(-1)).toEndWith("\\[^1]: note");
});

describe("what takes several parts", () => {
  const long = (piece: (index: number) => string, border: string) =>
    Array.from({ length: 3000 }, (_, index) => piece(index)).join(border);
  const whole = (content: string, border: string) => {
    const parts = split(content, 8192);
    expect(parts.length).toBeGreaterThan(4);
    expect(parts.join(border)).toBe(content);
  };

  describe.each([11, 12])("in lines of about %d letters", (length) => {
    const line = (index: number) => `${"x".repeat(length)}${index}`;

    test("has all its lines and paragraphs, and no other", () => {
      whole(long(line, " "), " ");
      whole(long(line, "\n"), "\n");
      whole(long(line, "  \n"), "  \n");
      whole(long(line, "\n\n"), "\n\n");
      whole(
        long((index) => `> ${line(index)}`, "\n"),
        "\n",
      );
    });

    test("has its items where they were", () => {
      const parts = split(
        long((index) => `- ${line(index)}\n  - two\n    - three`, "\n"),
        8192,
      );
      const items = parts.flatMap((part) => part.split("\n"));
      for (const [index, item] of items.entries())
        expect(item).toMatch(
          [/^- x+\d+$/u, /^(?: {2})?- two$/u, /^(?: {4}| {2})?- three$/u][index % 3] ?? /$^/u,
        );
      expect(items).toHaveLength(9000);
    });

    test("opens code and the head of a table in each part, not within one", () => {
      const code = long((index) => (index % 7 === 3 ? "" : line(index)), "\n");
      const blocks = split(`~~~ts\n${code}\n~~~\n\n${words(2000)}`, 8192);
      const ofCode = blocks.flatMap((part) => /^~~~ts\n([^~]*)\n~~~(?:$|\n\nword)/u.exec(part)?.[1] ?? []);
      expect(ofCode.join("\n")).toBe(code);
      const head = "| a |\n| --- |\n";
      const rows = long((index) => `| ${line(index)} |`, "\n");
      const parts = split(`${head}${rows}`, 8192);
      expect(parts.map((part) => part.slice(head.length)).join("\n")).toBe(rows);
    });
  });
});

describe("what is long, or made to keep a reader busy", () => {
  const inputs = {
    "one word": "x".repeat(1e6),
    words: words(200_000),
    emphasis: "*a **b ".repeat(140_000),
    "nested emphasis": `${"*a ".repeat(160_000)}${"b* ".repeat(160_000)}`,
    brackets: `${"![".repeat(250_000)}${"[a](b)".repeat(80_000)}`,
    "links that never end": "[x](".repeat(250_000),
    backticks: Array.from({ length: 1400 }, (_, size) => "`".repeat(size)).join(" "),
    quotes: "> ".repeat(500_000),
    items: "- ".repeat(500_000),
    lines: "\n> a".repeat(250_000),
    addresses: "](".repeat(500_000),
    tags: "<a ".repeat(330_000),
    dollars: "$a\n$$\n".repeat(160_000),
    details: "<details>\n\n".repeat(90_000),
  };
  function expectLittleWork(content: string, bytes: number): void {
    let parts: string[] = [];
    const ms = cpuMsOf(() => {
      parts = split(content, bytes);
    });
    expect(Math.max(...parts.map((part) => Buffer.byteLength(part)))).toBeLessThanOrEqual(bytes);
    expect(parts.length).toBeLessThan(5 * (content.length / bytes));
    // Where it grows with the square of the length it takes some seconds.
    expect(ms).toBeLessThan(content.length / 10);
  }

  // Up to a megabyte in the campaign.
  const lengths = isCampaign ? [100_000, 1e6] : [5_000, 30_000];
  test.each(Object.entries(inputs))("%s: takes work that grows with the length", (_, content) => {
    expectLittleWork(content.slice(0, lengths[0]), 100);
    expectLittleWork(content.slice(0, lengths[1]), 8192);
  });
});
