import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { math, mathHtml } from "micromark-extension-math";
import type { MarkdownFlavor } from "../../src/domain/markdown-flavor.ts";
import type { TelegramMessage } from "../../src/domain/telegram.ts";
import { textsIn } from "../../src/locales/texts.ts";
import { readContent } from "../../src/messages/content.ts";
import { sourceLines } from "../../src/messages/forward-source.ts";
import { replyQuote } from "../../src/messages/reply-quote.ts";
import { mutatedUpdates } from "../support/mutated.ts";
import { runs } from "../support/property.ts";

const flavors: MarkdownFlavor[] = ["modern", "0.25.3", "gomark"];

function everything(message: TelegramMessage, flavor: MarkdownFlavor): string[] {
  const { markdown, files, location } = readContent(message, { words: textsIn("en").memo, flavor });
  const names = files.flatMap(({ name, type, text }) => [name ?? "", type ?? "", text ?? ""]);
  return [
    markdown,
    location?.placeholder ?? "",
    replyQuote(message, { words: textsIn("en").memo, flavor }),
    ...sourceLines([message], { words: textsIn("en").memo, flavor }),
    ...names,
  ];
}

describe("a message of any shape", () => {
  test("is read without an error", () => {
    fc.assert(
      fc.property(mutatedUpdates(), fc.constantFrom(...flavors), ({ message }, flavor) => {
        if (typeof message !== "object" || message === null) return;
        for (const text of everything(message, flavor)) expect(typeof text).toBe("string");
      }),
      runs,
    );
  });

  test("is read without an error when it is nested beyond all measure", () => {
    let rich: unknown = "bottom";
    for (let depth = 0; depth < 3_000; depth += 1) rich = depth % 2 ? [rich] : { type: "bold", text: rich };
    let block: unknown = { type: "paragraph", text: rich };
    for (let depth = 0; depth < 3_000; depth += 1)
      block = { type: "list", items: [{ label: "", blocks: [block] }] };
    const message = { message_id: 1, rich_message: { blocks: [block] } };
    expect(
      readContent(message as unknown as TelegramMessage, { words: textsIn("en").memo }).markdown,
    ).toContain("bottom");
  });
});

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(..."abcxyz019 ", "word ", "Åsa", "家", "👍", "é") },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ..."*_~`[]()<>#+-=|!&$\\.:'\"/{}^@",
      ...[
        "**",
        "```",
        "](u)",
        "<b>",
        "</i>",
        "<!--",
        "&amp;",
        "[^1]:",
        "| a |",
        "- ",
        "1. ",
        "# ",
        "> ",
        "$$",
      ],
    ),
  },
);
const line = fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(""));
const words = line.filter((text) => text.trim() !== "");

function html(markdown: string): string {
  return micromark(markdown, {
    allowDangerousHtml: true,
    extensions: [gfm(), math()],
    htmlExtensions: [gfmHtml(), mathHtml()],
  });
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };

/** What a reader sees, without the spaces. */
function visible(markdown: string): string {
  return html(markdown)
    .replace(/<[^>]*>/g, "")
    .replace(/&(amp|lt|gt|quot);/g, (_, name: string) => ENTITIES[name] ?? "")
    .replace(/[\s\u00a0]/g, "");
}

const bare = (text: string) => text.replace(/[\s\u00a0]/g, "");
const sent = (content: object) =>
  ({ message_id: 1, date: 1, chat: { id: 1, type: "private" }, ...content }) as unknown as TelegramMessage;
const markdownOf = (content: object) => readContent(sent(content), { words: textsIn("en").memo }).markdown;

describe("what people named is shown as they named it", () => {
  test("in a contact", () => {
    fc.assert(
      fc.property(words, line, line, (first_name, last_name, phone_number) => {
        const shown = visible(markdownOf({ contact: { first_name, last_name, phone_number } }));
        expect(shown).toBe(bare(`👤${first_name}${last_name}${phone_number}`));
      }),
      runs,
    );
  });

  test("in a poll, whose options stay a list", () => {
    fc.assert(
      fc.property(words, fc.array(words, { minLength: 2, maxLength: 4 }), (question, texts) => {
        const options = texts.map((text, at) => ({ persistent_id: `${at}`, text, voter_count: 0 }));
        const markdown = markdownOf({ poll: { question, options, type: "regular" } });
        expect(visible(markdown)).toBe(bare(`📊${question}${texts.join("")}`));
        expect(html(markdown).match(/<li>/g)).toHaveLength(texts.length);
      }),
      runs,
    );
  });

  test("in a checklist, whose tasks stay tasks", () => {
    fc.assert(
      fc.property(words, fc.array(words, { minLength: 1, maxLength: 4 }), (title, texts) => {
        const tasks = texts.map((text, id) => ({ id, text, ...(id % 2 === 0 && { completion_date: 1 }) }));
        const markdown = markdownOf({ checklist: { title, tasks } });
        expect(visible(markdown)).toBe(bare(`${title}${texts.join("")}`));
        expect(html(markdown).match(/<input/g)).toHaveLength(texts.length);
      }),
      runs,
    );
  });

  test("in the source of a forward, which stays one line apart from the text", () => {
    fc.assert(
      fc.property(words, (sender_user_name) => {
        const origin = { type: "hidden_user", sender_user_name, date: 1_795_200_200 };
        const [markdown = ""] = sourceLines([sent({ forward_origin: origin })], {
          words: textsIn("en").memo,
        });
        expect(visible(markdown)).toBe(bare(`Forwardedfrom${sender_user_name}·2026-11-2018:43UTC`));
        expect(html(`${markdown}\n\ntext`)).toEndWith("</blockquote>\n<p>text</p>");
      }),
      runs,
    );
  });
});

type Node = unknown;
const { inline } = fc.letrec<{ inline: Node }>((tie) => ({
  inline: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    line,
    fc.record({
      type: fc.constantFrom(
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "subscript",
        "superscript",
        "marked",
      ),
      text: tie("inline"),
    }),
    fc.record({ type: fc.constant("code"), text: line }),
    fc.array(tie("inline"), { maxLength: 3 }),
  ),
}));

function textOf(node: unknown): string {
  if (typeof node === "string") return node;
  if (Array.isArray(node)) return node.map(textOf).join("");
  const { text, blocks, items, cells, summary } = node as Record<string, unknown>;
  return [summary, text, blocks, items, cells]
    .map((part) => (part === undefined ? "" : textOf(part)))
    .join("");
}

const paragraph = fc.record({ type: fc.constant("paragraph"), text: inline });
const blocks = fc.array(
  fc.oneof(
    paragraph,
    fc.record({ type: fc.constant("heading"), size: fc.integer({ min: 1, max: 6 }), text: inline }),
    fc.record({ type: fc.constant("blockquote"), blocks: fc.array(paragraph, { maxLength: 2 }) }),
    fc.record({ type: fc.constant("details"), summary: line, blocks: fc.array(paragraph, { maxLength: 2 }) }),
    fc.record({
      type: fc.constant("list"),
      items: fc.array(
        fc.record({
          label: fc.constant("•"),
          blocks: fc.array(paragraph, { maxLength: 2 }),
          has_checkbox: fc.boolean(),
        }),
        { maxLength: 3 },
      ),
    }),
    fc.record({
      type: fc.constant("table"),
      cells: fc.array(
        fc.array(fc.record({ text: inline, align: fc.constant("left") }), { minLength: 2, maxLength: 2 }),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
    }),
  ),
  { minLength: 1, maxLength: 4 },
);

describe("a rich message", () => {
  test("shows every word of it, whatever is in them", () => {
    fc.assert(
      fc.property(blocks, (all) => {
        const markdown = markdownOf({ rich_message: { blocks: all } });
        expect(visible(markdown)).toBe(bare(textOf(all)));
      }),
      runs,
    );
  });
});
