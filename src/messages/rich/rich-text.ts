// The inline part of rich messages. It becomes a text with entities, for which there is a writer already; what
// entities cannot say stands in that text as a placeholder, and is put in its place when the rest is Markdown.
import type {
  TelegramMessageEntity,
  TelegramRichMessageButton,
  TelegramRichText,
} from "../../domain/telegram.ts";
import { oneLine, publicUrl, textOf } from "../../markdown/write/markdown-parts.ts";
import { toMarkdown } from "../../markdown/write/write.ts";
import type { Writer } from "../content-read.ts";

/** All its forms; the types of GramIO lack two of them. https://core.telegram.org/bots/api#richtext */
export type RichText = string | readonly RichText[] | TelegramRichText;

export interface RichOptions {
  readonly write: Writer;
  /** In a cell a bar would begin the next one. */
  readonly inTable?: boolean;
  /** Takes in what is of a later version and has no text to stand for it. */
  readonly unknown: string[];
}

/** Telegram allows 16. What lies deeper keeps its text. */
export const MAX_DEPTH = 32;

/**
 * A letter of a dead script, of the class of punctuation, so that emphasis beside it is written as beside the HTML
 * that takes its place. The n-th one in the text stands for the n-th insert, also where a person wrote it.
 */
const PLACEHOLDER = "\u{10AF0}";

interface Flat extends RichOptions {
  text: string;
  readonly entities: TelegramMessageEntity[];
  /** Markdown, in the order of their placeholders. */
  readonly inserts: string[];
}

export function richInline(rich: unknown, options: RichOptions): string {
  const flat: Flat = { ...options, text: "", entities: [], inserts: [] };
  flatten(rich as RichText, flat, 0);
  const markdown = toMarkdown(flat, { formatting: "exact", flavor: options.write.flavor });
  return markdown.replaceAll(PLACEHOLDER, () => flat.inserts.shift() ?? "");
}

/** Every text below, without any form, whatever it is. */
export function richPlain(value: unknown): string {
  let text = "";
  const stack: unknown[] = [value];
  while (stack.length > 0) {
    const next = stack.pop();
    if (typeof next === "string") text += next;
    else if (Array.isArray(next)) stack.push(...[...next].reverse());
    else if (typeof next === "object" && next !== null) {
      const node = next as Record<string, unknown>;
      const below = TEXT_FIELDS.map((field) => node[field]).filter((part) => part !== undefined);
      stack.push(...below.reverse());
      // Blocks and items stand apart.
      if (text !== "" && "type" in node && ("blocks" in node || "text" in node) && isBlock(node))
        text += "\n";
    }
  }
  return text;
}

const TEXT_FIELDS = [
  "label",
  "summary",
  "text",
  "alternative_text",
  "expression",
  "button",
  "blocks",
  "items",
  "cells",
  "buttons",
  "credit",
  "caption",
] as const;

const isBlock = (node: Record<string, unknown>) => !(textOf(node["type"]) in FORMS);

function flatten(rich: RichText, flat: Flat, depth: number): void {
  if (depth > MAX_DEPTH) {
    append(flat, richPlain(rich));
    return;
  }
  if (typeof rich === "string") {
    append(flat, rich);
    return;
  }
  if (Array.isArray(rich)) {
    for (const part of rich) flatten(part, flat, depth + 1);
    return;
  }
  if (typeof rich !== "object" || rich === null) return;
  const node = rich as TelegramRichText;
  if (!(node.type in FORMS)) {
    const text = richPlain(node);
    if (text === "") flat.unknown.push(`rich text ${textOf(node.type)}`);
    append(flat, text);
    return;
  }
  const form = FORMS[node.type] as Form<TelegramRichText>;
  form(node, flat, () => "text" in node && flatten(node.text as RichText, flat, depth + 1), depth);
}

/** Writes one node; `below` writes what is in it. */
type Form<Node> = (node: Node, flat: Flat, below: () => void, depth: number) => void;

const inside: Form<unknown> = (_node, _flat, below) => below();

const styled: Form<{ type: Style["type"] }> = ({ type }, flat, below) => within(flat, { type }, below);

const tagged =
  (tag: string, sign: string): Form<{ text: unknown }> =>
  ({ text }, flat, below) => {
    const { html, engine } = flat.write.flavor;
    const raw = engine === "gomark" ? richPlain(text) : "";
    if (html) insert(flat, `<${tag}>`);
    // What stands between its signs is raw.
    const isRaw = raw !== "" && !raw.includes(sign.charAt(0)) && !raw.includes("\n");
    if (isRaw) insert(flat, `${sign}${raw}${sign}`);
    else below();
    if (html) insert(flat, `</${tag}>`);
  };

/** Each form of rich text; one that a new GramIO brings stops the compiler here. */
const FORMS: {
  readonly [Type in TelegramRichText["type"]]: Form<Extract<TelegramRichText, { type: Type }>>;
} = {
  bold: styled,
  italic: styled,
  underline: styled,
  strikethrough: styled,
  spoiler: styled,
  hashtag: styled,
  code(node, flat) {
    const code = richPlain(node.text);
    const { html } = flat.write.flavor;
    // Between back-ticks a backslash before a bar could not be shown.
    if (flat.inTable && code.includes("|") && html) insert(flat, `<code>${flat.write.plain(code)}</code>`);
    else within(flat, { type: "code" }, () => append(flat, code));
  },
  url: ({ url }, flat, below) => within(flat, { type: "text_link", url: textOf(url) }, below),
  email_address: ({ email_address }, flat, below) =>
    within(flat, { type: "text_link", url: `mailto:${textOf(email_address)}` }, below),
  mention({ text, username }, flat, below) {
    // One that shows its name says all; another is a link.
    const shown = richPlain(text).toLowerCase() === `@${textOf(username)}`.toLowerCase();
    const url = shown ? null : publicUrl(username);
    if (url === null) below();
    else within(flat, { type: "text_link", url }, below);
  },
  subscript: tagged("sub", "~"),
  superscript: tagged("sup", "^"),
  marked: tagged("mark", "=="),
  mathematical_expression: ({ expression }, flat) => insert(flat, inlineMath(textOf(expression), flat)),
  custom_emoji: ({ alternative_text }, flat) => append(flat, textOf(alternative_text)),
  button: ({ button }, flat, _below, depth) => flattenButton(button, flat, depth + 1),
  anchor: () => {},
  anchor_link: inside,
  bank_card_number: inside,
  bot_command: inside,
  cashtag: inside,
  date_time: inside,
  phone_number: inside,
  reference: inside,
  reference_link: inside,
  text_mention: inside,
};

/** Buttons act in Telegram; what stays of them is where they lead, or what they copy. */
function flattenButton(button: TelegramRichMessageButton | undefined, flat: Flat, depth: number): void {
  const label = () => flatten((button?.text ?? "") as RichText, flat, depth);
  const url = textOf(button?.url) || textOf(button?.web_app?.url) || textOf(button?.login_url?.url);
  if (url === "") label();
  else within(flat, { type: "text_link", url }, label);
  const copied = textOf(button?.copy_text?.text);
  if (copied === "") return;
  append(flat, ": ");
  within(flat, { type: "code" }, () => append(flat, copied));
}

type Style = { readonly type: TelegramMessageEntity["type"]; readonly url?: string };

/** What is added meanwhile is of an entity. */
function within(flat: Flat, entity: Style, add: () => void): void {
  const offset = flat.text.length;
  add();
  const length = flat.text.length - offset;
  if (length > 0) flat.entities.push({ ...entity, offset, length } as TelegramMessageEntity);
}

function append(flat: Flat, text: string): void {
  for (let count = text.split(PLACEHOLDER).length - 1; count > 0; count -= 1) flat.inserts.push(PLACEHOLDER);
  flat.text += text;
}

function insert(flat: Flat, markdown: string): void {
  if (markdown === "") return;
  flat.inserts.push(markdown);
  flat.text += PLACEHOLDER;
}

function inlineMath(expression: string, options: RichOptions): string {
  const formula = oneLine(expression.toWellFormed().replaceAll("\0", "\uFFFD"));
  if (formula === "") return "";
  if (options.write.flavor.escapeDollar && !formula.includes("$")) {
    return `$${options.inTable ? formula.replaceAll("|", "\\vert ") : formula}$`;
  }
  const longest = Math.max(0, ...Array.from(formula.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest > 0 ? `${fence} ${formula} ${fence}` : `${fence}${formula}${fence}`;
}
