// The inline part of rich messages. It becomes a text with entities, for which there is a writer already; what
// entities cannot say stands in that text as a placeholder, and is put in its place when the rest is Markdown.

import { isObject, textOf } from "../../base/read-values.ts";
import { hasFormulas } from "../../domain/markdown-flavor.ts";
import type {
  TelegramMessageEntity,
  TelegramRichMessageButton,
  TelegramRichText,
} from "../../domain/telegram.ts";
import { oneLine, publicUrl } from "../../markdown/write/markdown-parts.ts";
import { toMarkdown } from "../../markdown/write/write.ts";
import type { Writer } from "../content-read.ts";

/** All its forms; the types of GramIO lack two of them. https://core.telegram.org/bots/api#richtext */
type RichText = string | readonly RichText[] | TelegramRichText;

export interface RichOptions {
  readonly write: Writer;
  /** In a cell a bar would begin the next one. */
  readonly inTable?: boolean;
  /** Takes in what is of a later version and has no text to stand for it. */
  readonly unknown: string[];
}

/** Telegram allows 16. What lies deeper keeps its text. */
export const MAX_DEPTH = 32;

/** Punctuation of a dead script: emphasis beside it is written as beside HTML. The n-th stands for the n-th insert. */
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

/** What of a node of any kind may hold text, in the order in which it is read; `APART`: each of these on lines of its own. */
const TEXT_FIELDS = ["label", "summary", "text", "alternative_text", "expression", "button"];
const APART = ["blocks", "items", "cells", "buttons", "credit", "caption"];
const BREAK = Symbol("break");

/** Every text below, without any form, whatever it is. */
export function richPlain(value: unknown): string {
  let text = "";
  const stack: unknown[] = [value];
  while (stack.length > 0) {
    const next = stack.pop();
    if (typeof next === "string") text += next;
    else if (next === BREAK) text += text === "" || text.endsWith("\n") ? "" : "\n";
    else if (Array.isArray(next)) stack.push(...next.toReversed());
    else if (isObject(next)) {
      const node = next as Record<string, unknown>;
      const apart = APART.flatMap((field) => [node[field] ?? []].flat()).flatMap((part) => [BREAK, part]);
      stack.push(...[...TEXT_FIELDS.map((field) => node[field]), ...apart].toReversed());
    }
  }
  return text;
}

function flatten(rich: RichText, flat: Flat, depth: number): void {
  const isDeep = depth > MAX_DEPTH;
  if (Array.isArray(rich) && !isDeep) for (const part of rich) flatten(part, flat, depth + 1);
  else if (isObject(rich) && !isDeep) flattenNode(rich as TelegramRichText, flat, depth);
  else append(flat, richPlain(rich));
}

function flattenNode(node: TelegramRichText, flat: Flat, depth: number): void {
  const form = (FORMS as Partial<Record<string, Form<TelegramRichText>>>)[node.type];
  const text = "text" in node ? (node.text as RichText) : richPlain(node);
  const below = () => flatten(text, flat, depth + 1);
  if (form) form(node, flat, below);
  else if (text === "") flat.unknown.push(`rich text ${textOf(node.type)}`);
  else below();
}

/** Writes one node; `below` writes what is in it. */
type Form<Node> = (node: Node, flat: Flat, below: () => void) => void;

const styled: Form<{ type: TelegramMessageEntity["type"] }> = ({ type }, flat, below) =>
  within(flat, { type }, below);

const tagged =
  (tag: string): Form<unknown> =>
  (_node, flat, below) => {
    const hasHtml = flat.write.flavor !== "gomark";
    if (hasHtml) insert(flat, `<${tag}>`);
    below();
    if (hasHtml) insert(flat, `</${tag}>`);
  };

/** What says more than the words in it; of all other forms the words are written. */
const FORMS: {
  readonly [Type in TelegramRichText["type"]]?: Form<Extract<TelegramRichText, { type: Type }>>;
} = {
  bold: styled,
  italic: styled,
  underline: styled,
  strikethrough: styled,
  spoiler: styled,
  hashtag: styled,
  code({ text }, flat) {
    const code = richPlain(text);
    // In a cell a backslash before a bar could not be shown between back-ticks.
    if (flat.inTable && code.includes("|")) append(flat, code);
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
  subscript: tagged("sub"),
  superscript: tagged("sup"),
  marked: tagged("mark"),
  mathematical_expression: ({ expression }, flat) => insert(flat, inlineMath(textOf(expression), flat)),
  button: ({ button }, flat) => flattenButton(button, flat),
  anchor: () => {},
};

/** Where a button leads, or "". */
export const buttonUrl = (
  button: Pick<TelegramRichMessageButton, "url" | "web_app" | "login_url"> | undefined,
) => textOf(button?.url) || textOf(button?.web_app?.url) || textOf(button?.login_url?.url);

/** Buttons act in Telegram; what stays of them is where they lead, or what they copy. */
function flattenButton(button: TelegramRichMessageButton | undefined, flat: Flat): void {
  const label = () => append(flat, richPlain(button?.text));
  const url = buttonUrl(button);
  if (url === "") label();
  else within(flat, { type: "text_link", url }, label);
  const copied = textOf(button?.copy_text?.text);
  if (copied === "") return;
  append(flat, ": ");
  within(flat, { type: "code" }, () => append(flat, copied));
}

/** What is added meanwhile is of an entity. */
function within(
  flat: Flat,
  entity: { type: TelegramMessageEntity["type"]; url?: string },
  add: () => void,
): void {
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

/** As Memos takes it. */
export const clean = (text: string) => text.toWellFormed().replaceAll("\0", "\uFFFD");

function inlineMath(expression: string, options: RichOptions): string {
  const formula = oneLine(clean(expression));
  if (formula === "") return "";
  if (hasFormulas(options.write.flavor) && !formula.includes("$")) {
    return `$${options.inTable ? formula.replaceAll("|", "\\vert ") : formula}$`;
  }
  return options.write.code(formula);
}
