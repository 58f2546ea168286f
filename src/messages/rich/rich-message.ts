import type {
  TelegramMessage,
  TelegramRichBlock,
  TelegramRichBlockCaption,
  TelegramRichBlockListItem,
  TelegramRichBlockTableCell,
} from "../../domain/telegram.ts";
import { item, joined, listOf, oneLine, paragraphs, textOf } from "../../markdown/write/markdown-parts.ts";
import { type ContentFile, filesOf } from "../content-files.ts";
import { isPlace } from "../content-kinds.ts";
import type { Read, Writer } from "../content-read.ts";
import { MAX_DEPTH, type RichOptions, richInline, richPlain } from "./rich-text.ts";

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

function blocks(all: readonly TelegramRichBlock[] | undefined, rendering: Rendering, depth: number): string {
  if (depth > MAX_DEPTH) return rendering.write.plain(richPlain(all));
  return paragraphs(listOf(all).map((block) => renderBlock(block, rendering, depth)));
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
      return details(richPlain(block.summary), block.is_open === true, below(block.blocks), rendering);
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

function captionOf(caption: TelegramRichBlockCaption | undefined, rendering: Rendering): string {
  if (!caption) return "";
  const text = richInline(caption.text ?? "", rendering).trim();
  return joined([text, creditOf(caption.credit, rendering)], " ");
}

const creditOf = (credit: unknown, rendering: Rendering) => {
  const text = credit === undefined ? "" : oneLine(richInline(credit, rendering));
  return text === "" ? "" : `— ${text}`;
};

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
  const formula = expression
    .toWellFormed()
    .replaceAll("\0", "\uFFFD")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .join("\n");
  if (formula === "") return "";
  if (rendering.write.flavor.escapeDollar && !formula.includes("$$")) return `$$\n${formula}\n$$`;
  return fence(formula, "latex", rendering);
}

function details(summary: string, isOpen: boolean, content: string, { write }: Rendering): string {
  const title = oneLine(summary);
  if (write.flavor.spoiler !== "details") return paragraphs([write.title(title), content]);
  const html = title.toWellFormed().replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  // The blank lines end and reopen the HTML, so that what is between them is Markdown again.
  return paragraphs([`<details${isOpen ? " open" : ""}><summary>${html}</summary>`, content, "</details>"]);
}

function renderList(
  items: readonly TelegramRichBlockListItem[],
  rendering: Rendering,
  depth: number,
): string {
  const parts: string[] = [];
  let previous: { kind: string; value: number } = { kind: "", value: 0 };
  let sign = ".";
  for (const entry of items) {
    const { kind, value, marker, label } = markerOf(entry, sign);
    let lead = marker;
    if (kind === "number" && previous.kind === "number" && value !== previous.value + 1) {
      // Markdown counts on by itself: another sign begins another list, which may begin at any number.
      sign = sign === "." ? ")" : ".";
      lead = `${value}${sign}`;
    }
    const content = itemContent(entry, rendering, depth);
    const empty = kind === "task" ? "\u00a0" : "";
    // An empty task would be shown as its brackets.
    const text = label === "" ? content || empty : `${rendering.write.plain(label)} ${content}`;
    parts.push(item(lead, text));
    previous = { kind, value };
  }
  return parts.join(parts.some((part) => part.includes("\n\n")) ? "\n\n" : "\n");
}

/** Markdown knows numbers and bullets only: other labels (`iv.`) stand as words behind a bullet. */
function markerOf(entry: TelegramRichBlockListItem, sign: string) {
  const { label, value, type } = entry;
  const bullet = { kind: "bullet", value: 0, marker: "-", label: "" };
  if (entry.has_checkbox) return { ...bullet, kind: "task", marker: entry.is_checked ? "- [x]" : "- [ ]" };
  const counts = Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < 1e9;
  if (counts && (type === undefined || type === "1")) {
    return { kind: "number", value: Number(value), marker: `${value}${sign}`, label: "" };
  }
  return /[\p{L}\p{N}]/u.test(textOf(label)) ? { ...bullet, label: oneLine(textOf(label)) } : bullet;
}

/** A list right below its paragraph belongs to it closely. */
function itemContent(entry: TelegramRichBlockListItem, rendering: Rendering, depth: number): string {
  if (depth >= MAX_DEPTH) return rendering.write.plain(richPlain(entry.blocks));
  let content = "";
  let before: string | undefined;
  for (const block of listOf(entry.blocks)) {
    const next = renderBlock(block, rendering, depth + 1);
    if (next === "") continue;
    const close = before === "paragraph" && block.type === "list" && !next.includes("\n\n");
    if (content !== "") content += close ? "\n" : "\n\n";
    content += next;
    before = block.type;
  }
  return content;
}

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
    const first = rows.map((row) => row[column]).find((cell) => cell !== undefined)?.align;
    if (first === "right") return "---:";
    return first === "center" ? ":---:" : "---";
  });
  return [line(head, true), `| ${align.join(" | ")} |`, ...body.map((row) => line(row))].join("\n");
}

function cellText(
  cell: TelegramRichBlockTableCell | undefined,
  isHead: boolean,
  rendering: Rendering,
): string {
  if (cell?.text === undefined) return "";
  const rich = cell.is_header && !isHead ? { type: "bold", text: cell.text } : cell.text;
  const inline = richInline(rich, { ...rendering, inTable: true })
    .trim()
    .replace(/ *\n/g, rendering.write.flavor.html ? "<br>" : " ");
  // What is left of bare bars stands in code.
  return inline.replace(/(?<!\\)((?:\\\\)*)\|/g, "$1\\|");
}
