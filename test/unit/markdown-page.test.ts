import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { TextEntity } from "../../src/domain/text.ts";
import { parseMarkdown } from "../../src/markdown/read.ts";
import { toMarkdown } from "../../src/markdown/write/write.ts";
import { readMarkdown } from "../fakes/memos/markdown.ts";
import { renderGomark } from "../support/gomark.ts";
import { memosPage } from "../support/memos-page.ts";
import { runs } from "../support/property.ts";

const formattings = ["as_typed", "exact"] as const;
const written = (text: string, entities: readonly TextEntity[] = []) => toMarkdown({ text, entities });
const withoutSpaces = (text: string) => text.replaceAll(/\s/gu, "");

describe("nothing that a person typed vanishes from Memos' page", () => {
  test.each([
    "Use List<String> and Map<K, V> here",
    "fill <name> and <your-email> in",
    "<script src=x>\nalert(1)\nthe rest",
    "<!-- to do\nthe rest\n\nof it",
    "a <!-- b --> c",
    "<?php echo 1 ?>",
    "<!DOCTYPE html>",
    "<style>\np {}\n</style>",
    "<u>under</u> and <mark>er",
    "<div>\n<name> in a block\n</div>",
    "- <name>\n- <script>\n- end",
    "> <name> said\n> <title> x",
    "<p and <b",
    "if a<b and c>d",
    "`<code>` and <code> alone",
    "</b> closes nothing",
    "</kbd> closes nothing, and <kbd> is not closed",
    "<img src=x onerror=alert(1)>",
    "a\\<b>",
    "<textarea>\n\n</textarea> x",
    "[to do]: milk",
    "[^1]: a note",
    "[a]: /x 'title'\n\n[a](1)",
    "see [b] later\n\n> [a]: x",
    "> [a]: x",
    "| a |\n|-|\n| b | more |",
    "a | b\n-|-\n1 | 2 | 3",
    "$$ words\nx\n$$",
    "use &nbsp; and &#173; here",
    "class A:\n\n    Map<K, V> a\n    b = $5 + $6\n\n\t[c]: &nbsp;",
    "- item\n\n    <name>",
    "a\n\u00A0\n    <name>",
    "\\http://localhost/<name>",
    "curl http://localhost:8080/users/<id>/posts",
    "GET http://db/<name> or www.intra.net/<name>",
    '<app at="http://localhost:3000">start</app>',
  ])("%p", (text) => {
    const tags = /<\/?(?:div)>/g;
    const wanted = withoutSpaces(text.replaceAll(tags, "").replaceAll(/^(?:- |> )/gm, ""))
      .replace("`<code>`", "<code>")
      .replace("[a](1)", "a")
      .replace("\\<", "<");
    expect(memosPage(written(text)).text).toBe(wanted);
  });

  test("elements that the page shows stay", () => {
    const text =
      "<b>bold</b> H<sub>2</sub>O <kbd>Ctrl</kbd><br><details><summary>More</summary>\n\nhidden\n\n</details>";
    expect(written(text)).toBe(text);
  });

  test("of a definition that is referred to, and of a table that fits, nothing is changed", () => {
    for (const text of [
      "see [a]\n\n[a]: https://x.org",
      "see[^1]\n\n[^1]: a note",
      "| a | b |\n|---|---|\n| 1 |\n| 2 | 3 |",
      "```ts\ncode\n```",
    ])
      expect(written(text)).toBe(text);
  });

  test("a heading, a tag, a table, a quote or a rule ends what code of a line could be", () => {
    for (const text of [
      "# ` a\n<c> `",
      "` a\n<!-- <c> `",
      "` a\nb|<c>\n-|-\nd `",
      "` a\n> <c> `",
      "` a\n---\n<c> `",
      "` a\n- <c> `",
    ])
      expect(memosPage(written(text)).text).toContain("<c>");
  });

  test("words behind the signs of a block of code are its first line", () => {
    expect(written("```some words\ncode\n```\nafter")).toBe("```\nsome words\ncode\n```\nafter");
    expect(written("> ~~~ yes?\n> no")).toBe("> ~~~\n>  yes?\n> no\n> ~~~");
  });

  test("in any mixture of what Markdown reads, each letter is seen", () => {
    const words =
      "word |more |«q» |<name> |List<String> |<!-- |<script> |`c` |` |**b** |* |_ |~~ |~ |$ |$$ |# ";
    const signs = "\\|& |! |[t](1) |( |) |@me |: |; |= |+ |😀 |- |1. ";
    const lines =
      "|\n|> |- |1. |# |```\n|~~~ |``` |[t]: |[^n]: |---\n|===\n|    |$$\n|$$|[ ] |- [ ] |:-|-:\n";
    const fragment = fc.oneof(
      fc.constantFrom(...words.split("|"), ...signs.split("|")),
      fc.constantFrom(...lines.split("|").map((begin) => `\n${begin}`), "\n| ", "\n|-|\n", " | "),
    );
    const letters = (of: string) => of.replaceAll(/[^\p{L}]/gu, "");
    fc.assert(
      fc.property(
        fc.array(fragment, { maxLength: 24 }),
        fc.constantFrom(...formattings),
        (parts, formatting) => {
          const text = parts.join("");
          const page = memosPage(toMarkdown({ text, entities: [] }, { formatting }));
          expect(letters(page.text)).toBe(letters(text));
        },
      ),
      { ...runs, numRuns: 2 * runs.numRuns },
    );
  });

  test("in any mixture, and with links and styles of Telegram's", () => {
    const fragment = fc.oneof(
      fc.constantFrom(
        ..."word|a |<name>|List<String>|<!--|-->|<script>|</script>|<style>|<p>|<td>|</h2>|<?|<![CDATA[".split(
          "|",
        ),
      ),
      fc.constantFrom(..."<!x|a < b|<b>bold</b>|<img src=x>|</|<a|<title>|\n<div|\n<x-y>\n|`<x>`".split("|")),
      fc.constantFrom(" ", "\n", "\n\n", "> ", "\n- "),
    );
    const text = fc.array(fragment, { maxLength: 20 }).map((parts) => parts.join(""));
    const range = fc.tuple(fc.constantFrom("bold", "italic"), fc.nat(40), fc.nat(20));
    fc.assert(
      fc.property(text, fc.array(range, { maxLength: 2 }), (typed, ranges) => {
        const entities = ranges.map(([type, offset, length]) => ({ type, offset, length }));
        const letters = (of: string) => of.replaceAll(/[^\p{L}<]/gu, "");
        const shown = typed.replaceAll(/<\/?b>/g, "");
        expect(letters(memosPage(written(typed, entities)).text)).toBe(letters(shown));
      }),
      runs,
    );
  });
});

describe("an address leads where Telegram says", () => {
  const addresses = [
    "https://youtu.be/a1b2c3d4e5_",
    "https://www.instagram.com/some_name_",
    "https://x.org/__init__",
    "https://x.org/*a*",
    "https://x.org/a~~b~~",
    "https://x.org/x_(y)",
    "https://ru.wikipedia.org/wiki/Москва#История",
    "https://zh.wikipedia.org/wiki/中文#歷史",
    "http://192.168.1.1/#admin",
    "http://localhost:5230/#a",
    "https://x.org/?a=1&amp;b=2",
    "https://x.org/a;",
    "https://x.org/a$b$c",
  ];
  const domains = [
    "x.org/#admin",
    "ru.wikipedia.org/wiki/Москва#История",
    "x.org/__init__",
    "x.org/_a_/b",
    "www.x.org/a_",
    "www.x.org/#a",
    "x.org/?a=1&amp;b=2",
    "t.me/some_name_",
    "x.org/a*b*c~~d~~",
  ];
  const around = [
    ["", ""],
    ["«", "»"],
    ["see ", "…"],
    ["(", ")"],
    ["(", ")."],
    ["", ", and"],
    ["看", "吧"],
  ] as const;
  const pages = ["modern", "0.25.3"] as const;
  const url = (text: string, before = "") => ({ type: "url", offset: before.length, length: text.length });

  /** What is seen and linked: the address as it was sent, and that alone. */
  function isSeen(address: string, [before, after]: readonly [string, string]): void {
    const text = `${before}${address}${after}`;
    const target = /^https?:/i.test(address) ? address : `http://${address}`;
    for (const formatting of formattings) {
      const entities = [url(address, before)];
      for (const flavor of pages) {
        const page = memosPage(toMarkdown({ text, entities }, { formatting, flavor }));
        expect(page.text).toBe(withoutSpaces(text));
        const links = page.links.map((link) => [link.text, decodeURI(link.url)]);
        expect(links).toEqual([[address, decodeURI(target)]]);
      }
      for (const underscores of [false, true]) {
        const markdown = toMarkdown({ text, entities }, { formatting, flavor: "gomark" });
        const shown = renderGomark(markdown, { underscores }, "");
        expect(withoutSpaces(shown.map(({ character }) => character).join(""))).toBe(withoutSpaces(text));
        if (target === address) expect(markdown).toContain(address);
      }
    }
  }

  test.each([...addresses, ...domains])("%s", (address) => {
    for (const beside of around) isSeen(address, beside);
  });

  test("whatever is in it and beside it", () => {
    const part = fc.constantFrom(...("abcйя家09/?=&#._-~*()!'$;:@%20[]{}|+,^".match(/%20|./gu) ?? []));
    const path = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(""));
    const beside = fc.constantFrom(...around, ["", "!"], ["\n", "\n"], ["—", "—"], ["a ", "?"], ["'", "'"]);
    fc.assert(
      fc.property(path, beside, (rest, [before, after]) => {
        isSeen(`https://x.org/${rest}`, [before, after]);
      }),
      runs,
    );
  });

  test.each([...addresses, ...domains])("no fragment is a tag: %s", (address) => {
    const text = `${address} #mine`;
    const hashtag = { type: "hashtag", offset: address.length + 1, length: 5 };
    for (const formatting of formattings)
      for (const flavor of pages)
        for (const tagsInLinks of [true, false]) {
          const content = toMarkdown({ text, entities: [url(address), hashtag] }, { formatting, flavor });
          const rules = { tagsInLinks, tagsInLowerCase: false, snippetOfBytes: false };
          expect(readMarkdown(content, rules).tags).toEqual(["mine"]);
        }
  });

  test("a domain without a sign that is read stays a text", () => {
    for (const domain of ["example.com", "t.me/some_name", "main.rs", "x.org/a-b?c=d&e=1"])
      expect(written(domain, [url(domain)])).toBe(domain);
  });

  test("none is in angles in a block of HTML", () => {
    const text = "<div>\nhttps://x.org/a_\n</div>\n\n<b>https://x.org/b_</b>";
    const entities = [6, 34].map((offset) => ({ type: "url", offset, length: 16 }));
    expect(written(text, entities)).toBe("<div>\nhttps://x.org/a_\n</div>\n\n<b><https://x.org/b_></b>");
  });

  test("what stands in a link that was typed stays", () => {
    for (const [before, url, after] of [
      ["[x](", "https://x.org/a_", ")"],
      ["<", "https://x.org/a_", ">"],
      ["[", "https://x.org/a_", "](https://x.org)"],
      ["`", "https://x.org/a_", "`"],
    ] as const) {
      const text = `${before}${url}${after}`;
      expect(written(text, [{ type: "url", offset: before.length, length: url.length }])).toBe(text);
    }
  });
});

describe("formulas", () => {
  test.each([
    ["$$x^2$$", ["x^2"]],
    ["so $E=mc^2$ holds", ["E=mc^2"]],
    ["price $5 and $6", []],
    ["$5 and\n$6", []],
    ["from 5$ to 6$", []],
    ["$5 or \\$6", []],
    ["$$\nx\n$$", ["x"]],
    ["$$\nx", []],
    ["$5 `a$b`", []],
    ["a $x$ b $y$", ["x", "y"]],
    ["$ x $ and $y $", []],
    ["$x$5 and $z$", ["z"]],
    ["> $$\n> x\n> $$", ["x"]],
    ["pay $5 for $x^2$", ["x^2"]],
  ])("%p", (text, formulas) => {
    expect(memosPage(written(text)).formulas).toEqual(formulas);
  });

  test("a dollar that no page takes for one is left alone", () => {
    for (const text of ["$5", "$5 today\n\n$6 tomorrow", "US$ 5"]) expect(written(text)).toBe(text);
  });

  test("none is left where only Telegram's formatting counts", () => {
    expect(
      memosPage(toMarkdown({ text: "$E=mc^2$", entities: [] }, { formatting: "exact" })).formulas,
    ).toEqual([]);
  });
});

describe("what follows a text is none of it", () => {
  const follows = (text: string) => {
    const last = parseMarkdown(`${written(text)}\n\n#inbox`)?.children.at(-1);
    return last?.type === "paragraph" && last.children[0]?.type === "text" ? last.children[0].value : "";
  };

  test.each([
    "```\ncode",
    "~~~ts\ncode\n\nmore",
    "> ```\n> code",
    "- ```\n  code",
    "- a\n  ```\n  code",
    "- ```\n  code\n  ```\ntext",
    "- ```\n  code\ntext",
    "> ```\n> code\ntext",
    "<!-- open",
    "<script>\nopen",
    "<pre>\nopen",
    "$$\nopen",
    "```\na\n```\n```",
    "````\n```",
  ])("%p", (text) => {
    expect(follows(text)).toBe("#inbox");
  });

  test("whatever is left open", () => {
    const line = fc.constantFrom(
      ..."```|~~~|```js|````|$$|<!--|<script>|<pre>|text||> ```|> text|~~~~|- ```|  code".split("|"),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        expect(follows(lines.join("\n"))).toBe("#inbox");
      }),
      runs,
    );
  });
});
