/** What we write for Memos up to 0.25.2, held to how those servers read it: `MEMOS_REAL=0.24.4=…`. */
import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Secret } from "../../src/base/secret.ts";
import type { FormattedText } from "../../src/domain/text.ts";
import { toMarkdown } from "../../src/markdown/write/write.ts";
import { renderGomark } from "../support/gomark.ts";
import { runs } from "../support/property.ts";
import { formatted, gomark, link, type Shown, textOf, visible } from "../support/rendered.ts";
import { newAccount, realServers } from "./servers.ts";

const servers = realServers(process.env["MEMOS_REAL"] ?? "").filter(({ version }) => version < "0.25.3");
test.skipIf(servers.length === 0)("real servers up to 0.25.2 are given", () => {
  expect(servers.length).toBeGreaterThan(0);
});

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

const STYLES: Readonly<Record<string, readonly string[]>> = {
  BOLD: ["bold"],
  ITALIC: ["italic"],
  BOLD_ITALIC: ["bold", "italic"],
  STRIKETHROUGH: ["strikethrough"],
  SPOILER: ["spoiler"],
  HIGHLIGHT: ["highlight"],
  SUBSCRIPT: ["subscript"],
  SUPERSCRIPT: ["superscript"],
  MATH: ["math"],
  CODE: ["code"],
  CODE_BLOCK: ["code"],
  HEADING: ["heading"],
  BLOCKQUOTE: ["quote"],
  LIST: ["list"],
  ORDERED_LIST: ["list"],
  UNORDERED_LIST: ["list"],
  TASK_LIST: ["list"],
};

/** What a page makes of a node: its text, and that of what is in it, with their styles. */
function shownOf(node: Node, styles: readonly string[] = []): Shown[] {
  const name = node.type.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const value = (node[`${name}Node`] ?? {}) as Record<string, unknown>;
  const own = [...styles, ...(STYLES[node.type] ?? [])];
  const say = (text: unknown, of: readonly string[] = own): Shown[] =>
    [...String(text ?? "")].map((character) => ({ character, styles: [...new Set(of)].sort().join(" ") }));
  const within = (children: unknown, of = own) =>
    ((children ?? []) as Node[]).flatMap((child) => shownOf(child, of));
  switch (node.type) {
    case "ESCAPING_CHARACTER":
      return say(value["symbol"]);
    case "TAG":
      return say(`#${value["content"]}`);
    case "AUTO_LINK":
      return addressOf(value["url"]) === link ? [] : say(value["url"]);
    case "LINK": {
      const linked = addressOf(value["url"]) === link ? [...own, "link"] : own;
      // Up to 0.23 a label is text alone.
      return "text" in value ? say(value["text"], linked) : within(value["content"], linked);
    }
    default:
      return Array.isArray(value["children"]) ? within(value["children"]) : say(value["content"]);
  }
}

const addressOf = (url: unknown) => String(url).replaceAll("%28", "(").replaceAll("%29", ")");

const word = fc.constantFrom(..."abc", "word ", " ", "12", "é", "家", "👍");
const sign = fc.constantFrom(
  ..."*_~`[]()<>#+-=|!&$\\.:'\"/{}^@",
  "**",
  "||",
  "```",
  "\n",
  "\n\n",
  "\n> ",
  "\n- ",
);
const text = fc.array(fc.oneof(word, sign), { maxLength: 25 }).map((parts) => parts.join(""));

for (const server of servers) {
  const { version, url } = server;
  const underscores = version >= "0.24";
  const engine = gomark[underscores ? 1 : 0];
  if (!engine) throw new Error("gomark has two versions");

  describe(`on a real Memos ${version}`, () =>
    describe("what gomark shows", () => {
      let token: Secret;
      beforeAll(async () => {
        token = await newAccount(server);
      });

      async function ask(path: string, body: object): Promise<Record<string, unknown>> {
        const answer = await fetch(`${url}/api/v1/${path}`, {
          method: "POST",
          headers: { authorization: `Bearer ${token.reveal()}` },
          body: JSON.stringify(body),
        });
        return (await answer.json()) as Record<string, unknown>;
      }
      const read = async (markdown: string) =>
        visible(
          ((await ask("markdown:parse", { markdown }))["nodes"] as Node[]).flatMap((node) => shownOf(node)),
        );

      test("every character is there, in no style that Telegram did not give", async () => {
        await fc.assert(
          fc.asyncProperty(formatted(text), async (input) => {
            const shown = await read(toMarkdown(input, { formatting: "exact", flavor: engine.flavor }));
            const wanted = engine.expected(input);
            expect(textOf(shown)).toBe(textOf(wanted));
            const given = (at: number) => wanted[at]?.styles.split(" ") ?? [];
            const strange = shown.filter(({ styles }, at) =>
              styles.split(" ").some((style) => style !== "" && !given(at).includes(style)),
            );
            expect(strange).toEqual([]);
          }),
          runs,
        );
      }, 120_000);

      test("the stand-in of the unit tests reads what we write in the same way", async () => {
        await fc.assert(
          fc.asyncProperty(formatted(text), async (input) => {
            const markdown = toMarkdown(input, { formatting: "exact", flavor: engine.flavor });
            expect(visible(renderGomark(markdown, { underscores }, link))).toEqual(await read(markdown));
          }),
          runs,
        );
      }, 120_000);

      const whole = (typed: string, type: "blockquote" | "pre"): FormattedText => ({
        text: typed,
        entities: [{ type, offset: 0, length: typed.length }],
      });

      test.each([
        ["a quote over an empty line", whole("one\n\ntwo", "blockquote"), "quote"],
        ["code with three back-ticks in it", whole("a ``` b\nc", "pre"), "code"],
      ])("%s is one whole", async (_, input, style) => {
        const shown = await read(toMarkdown(input, { flavor: engine.flavor }));
        expect(textOf(shown)).toBe(input.text.replaceAll(/\s/g, ""));
        expect(shown.map(({ styles }) => styles).filter((styles) => styles !== style)).toEqual([]);
      });

      test("tags stay tags, also next to punctuation", async () => {
        const typed = "about #work, and #home. (#garden) #a/b! “#cité” #last";
        const hashtags = [...typed.matchAll(/#[\p{L}/]+/gu)].map(({ 0: tag, index }) => ({
          type: "hashtag" as const,
          offset: index,
          length: tag.length,
        }));
        const content = toMarkdown({ text: typed, entities: hashtags }, { flavor: engine.flavor });
        const memo = await ask("memos", { content, visibility: "PRIVATE" });
        const property = memo["property"] as { tags?: string[] };
        const tags = version < "0.23" ? property.tags : memo["tags"];
        expect((tags as string[]).toSorted()).toEqual(["a/b", "cité", "garden", "home", "last", "work"]);
      });
    }));
}
