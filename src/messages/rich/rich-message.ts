import { listOf, textOf } from "../../base/read-values.ts";
import { hasFormulas } from "../../domain/markdown-flavor.ts";
import type {
  TelegramMessage,
  TelegramRichBlock,
  TelegramRichBlockCaption,
  TelegramRichBlockListItem,
  TelegramRichBlockTableCell,
} from "../../domain/telegram.ts";
import { item, joined, oneLine, paragraphs } from "../../markdown/write/markdown-parts.ts";
import { type ContentFile, filesOf } from "../content-files.ts";
import type { Read, Writer } from "../content-read.ts";
import { isPlace } from "../content-read.ts";
import { clean, MAX_DEPTH, type RichOptions, richInline, richPlain } from "./rich-text.ts";

interface Rendering extends RichOptions {
  /** In the order of the blocks. */
  readonly files: ContentFile[];
}

/** A rich message as Markdown, and its media in their order. Never throws, and no text is lost. */
export function readRichMessage({ rich_message }: TelegramMessage, write: Writer): Read {
  const rendering: Rendering = { write, files: [], unknown: [] };
  const markdown = blocks(listOf(rich_message?.blocks), rendering, 0);
  const { files, unknown } = rendering;
  return { markdown, files, unknown };
}

function blocks(
  all: readonly TelegramRichBlock[] | undefined,
  rendering: Rendering,
  depth: number,
  isItem = false,
): string {
  if (depth > MAX_DEPTH) return rendering.write.plain(richPlain(all));
  let content = "";
  let before: string | undefined;
  for (const block of listOf(all)) {
    const next = renderBlock(block, rendering, depth);
    if (next === "") continue;
    // In an item a list right below its paragraph belongs to it closely.
    const isClose = isItem && before === "paragraph" && block.type === "list" && !next.includes("\n\n");
    content += content === "" ? next : `${isClose ? "\n" : "\n\n"}${next}`;
    before = block.type;
  }
  return content;
}

function renderBlock(block: TelegramRichBlock, rendering: Rendering, depth: number): string {
  const { write } = rendering;
  const below = (more: readonly TelegramRichBlock[] | undefined) => blocks(more, rendering, depth + 1);
  switch (block.type) {
    case "paragraph":
    case "footer":
    case "thinking":
      return richInline(block.text, rendering).trim();
    case "heading": {
      const level = Math.min(6, Math.max(1, Math.trunc(Number(block.size)) || 1));
      // Such an end would close the heading.
      const text = oneLine(richInline(block.text, rendering)).replace(/(^| )(#+)$/, "$1\\$2");
      return text === "" ? "" : `${"#".repeat(level)} ${text}`;
    }
    case "pre":
      return fence(richPlain(block.text), textOf(block.language), rendering);
    case "divider":
      return "---";
    case "mathematical_expression":
      return mathBlock(textOf(block.expression), rendering);
    case "anchor":
      return "";
    case "list":
      return renderList(listOf(block.items), rendering, depth);
    case "blockquote":
      return quote(below(block.blocks), block.credit, rendering);
    case "expandable_blockquote":
    case "pullquote":
      return quote(richInline(block.text, rendering).trim(), block.credit, rendering);
    case "collage":
    case "slideshow":
      return paragraphs([below(block.blocks), captionOf(block.caption, rendering)]);
    case "table":
      return paragraphs([
        table(listOf(block.cells).map(listOf), rendering),
        richInline(block.caption ?? "", rendering).trim(),
      ]);
    case "details":
      return paragraphs([write.title(richPlain(block.summary)), below(block.blocks)]);
    case "map":
      return write.lines([
        isPlace(block.location) ? `📍 ${write.mapLink(block.location)}` : "",
        captionOf(block.caption, rendering),
      ]);
    case "photo":
    case "video":
    case "animation":
    case "audio":
    case "voice_note":
    case "document":
      rendering.files.push(...filesOf(block));
      return captionOf(block.caption, rendering);
    case "buttons":
      return joined(
        listOf(block.buttons).map((button) => richInline({ type: "button", button }, rendering)),
        " · ",
      );
    default:
      block satisfies never;
      rendering.unknown.push(`rich block ${textOf((block as { type?: unknown }).type)}`);
      return paragraphs(richPlain(block).split("\n").map(write.plain));
  }
}

const captionOf = (caption: TelegramRichBlockCaption | undefined, rendering: Rendering) =>
  joined([richInline(caption?.text, rendering).trim(), creditOf(caption?.credit, rendering)], " ");

const creditOf = (credit: unknown, rendering: Rendering) =>
  oneLine(richInline(credit, rendering)).replace(/^(?=.)/, "— ");

function quote(content: string, credit: unknown, rendering: Rendering): string {
  const whole = paragraphs([content, creditOf(credit, rendering)]);
  return whole === "" ? "" : rendering.write.quoted(whole);
}

/** By the writer of texts, which knows how long a fence has to be. */
function fence(code: string, language: string, { write }: Rendering): string {
  if (code.trim() === "") return "";
  return write.formatted(code, [{ type: "pre", offset: 0, length: code.length, language }]);
}

function mathBlock(expression: string, rendering: Rendering): string {
  const lines = clean(expression).split("\n");
  const formula = lines.filter((line) => line.trim() !== "").join("\n");
  const isMath = hasFormulas(rendering.write.flavor) && formula !== "" && !formula.includes("$$");
  return isMath ? `$$\n${formula}\n$$` : fence(formula, "latex", rendering);
}

function renderList(
  items: readonly TelegramRichBlockListItem[],
  rendering: Rendering,
  depth: number,
): string {
  let sign = ".";
  let before: number | undefined;
  const parts = items.map((entry) => {
    const number = numberOf(entry);
    // Markdown counts on by itself: another sign begins another list, which may begin at any number.
    const isOther = number !== undefined && before !== undefined && number !== before + 1;
    if (isOther) sign = sign === "." ? ")" : ".";
    before = number;
    const content = blocks(entry.blocks, rendering, depth + 1, true);
    if (number !== undefined) return item(`${number}${sign}`, content);
    // An empty task would be shown as its brackets.
    if (entry.has_checkbox) return item(entry.is_checked ? "- [x]" : "- [ ]", content || "\u00a0");
    // Markdown knows numbers and bullets only: other labels (`iv.`) stand as words behind a bullet.
    const label = oneLine(textOf(entry.label));
    return item("-", /[\p{L}\p{N}]/u.test(label) ? `${rendering.write.plain(label)} ${content}` : content);
  });
  return parts.join(parts.some((part) => part.includes("\n\n")) ? "\n\n" : "\n");
}

function numberOf({ value, type = "1", has_checkbox }: TelegramRichBlockListItem): number | undefined {
  const counts = Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < 1e9;
  return counts && type === "1" && !has_checkbox ? Number(value) : undefined;
}

const ALIGN = { left: "---", center: ":---:", right: "---:" };

/** Cells in their order; Markdown knows none that stands over several columns or rows. */
function table(rows: readonly (readonly TelegramRichBlockTableCell[])[], rendering: Rendering): string {
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (width === 0) return "";
  const columns = Array.from({ length: width }, (_, column) => column);
  const hasHead = rows[0]?.some((cell) => cell.is_header) ?? false;
  const [head, ...body] = hasHead ? rows : [[], ...rows];
  const line = (row: readonly TelegramRichBlockTableCell[] = [], isHead = false) =>
    `| ${columns.map((column) => cellText(row[column], isHead, rendering)).join(" | ")} |`;
  const align = columns.map((column) => {
    const first = rows.map((row) => row[column]).find((cell) => cell !== undefined);
    return ALIGN[first?.align ?? "left"];
  });
  return [line(head, true), `| ${align.join(" | ")} |`, ...body.map((row) => line(row))].join("\n");
}

function cellText(
  cell: Partial<TelegramRichBlockTableCell> = {},
  isHead: boolean,
  rendering: Rendering,
): string {
  const rich = cell.is_header && !isHead ? { type: "bold", text: cell.text } : cell.text;
  const inline = richInline(rich, { ...rendering, inTable: true })
    .trim()
    .replace(/ *\n/g, rendering.write.flavor === "gomark" ? " " : "<br>");
  // What is left of bare bars stands in code.
  return inline.replace(/(?<!\\)((?:\\\\)*)\|/g, "$1\\|");
}
