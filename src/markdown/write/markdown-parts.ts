// The pieces from which the Markdown of contents other than texts is put together.

import { listOf, textOf } from "../../base/read-values.ts";
import type { Formatting, MarkdownFlavor } from "../../domain/markdown-flavor.ts";
import type {
  TelegramChat,
  TelegramLocation,
  TelegramMessageEntity,
  TelegramUser,
} from "../../domain/telegram.ts";
import type { FormattedText } from "../../domain/text.ts";
import { withHiddenLinks } from "./hidden-links.ts";
import { quoteLines, toMarkdown } from "./write.ts";

export interface MarkdownOptions {
  /** Default `as_typed`. For what people wrote as a text or caption; all else is `exact`. */
  readonly formatting?: Formatting;
  /** Default `modern`. */
  readonly flavor?: MarkdownFlavor;
}

/** Writes pieces for one server: all of it is `exact`, but for what people typed. */
export function createParts({ flavor = "modern", formatting }: MarkdownOptions) {
  /** A text with its entities of which nothing else is Markdown. */
  function formatted(text: unknown, entities?: readonly TelegramMessageEntity[]): string {
    const said = withHiddenLinks({ text: textOf(text), entities: listOf(entities) }, " ");
    return toMarkdown(said, { flavor, formatting: "exact" });
  }

  /** A name or another word on one line, in which nothing is Markdown. */
  const plain = (text: unknown) => formatted(oneLine(textOf(text)));

  function bold(text: unknown, entities?: readonly TelegramMessageEntity[]): string {
    const whole: TelegramMessageEntity = { type: "bold", offset: 0, length: textOf(text).length };
    return formatted(text, [whole, ...listOf(entities)]);
  }

  function code(text: string): string {
    const line = oneLine(text);
    return formatted(line, [{ type: "code", offset: 0, length: line.length }]);
  }

  function link(label: string, url: string | null): string {
    const text = oneLine(label);
    if (url === null) return plain(text);
    return formatted(text, [{ type: "text_link", offset: 0, length: text.length, url }]);
  }

  return {
    flavor,
    formatted,
    plain,
    bold,
    code,
    link,
    /** What a person typed, with the addresses that only a preview shows, or nothing that is seen, below. */
    typed: (said: FormattedText, preview: string) =>
      toMarkdown(withHiddenLinks(said, "\n\n", preview), { flavor, formatting }),
    /** A text within a line of a list: its line breaks would end the line, and are spaces at the same offsets. */
    inLine: (text: unknown, entities?: readonly TelegramMessageEntity[]) =>
      formatted(oneKindOfSpace(text), entities),
    /** A bold name on one line. */
    title: (text: unknown) => bold(oneLine(textOf(text))),
    /** Lines of one paragraph. */
    lines: (parts: readonly string[]) => joined(parts, flavor === "0.25.3" ? "  \n" : "\n"),
    quoted: (markdown: string) => quoteLines(markdown.split("\n"), flavor).join("\n"),
    /** Without a `#`: Memos before 0.30 takes what follows for a tag. */
    mapLink(location: TelegramLocation): string {
      const [latitude, longitude] = [location.latitude, location.longitude].map(degrees);
      const url = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}&zoom=16`;
      return link(coordinates(location), url);
    },
  };
}

export const oneKindOfSpace = (text: unknown) => textOf(text).replace(/[\r\n]/g, " ");

/** What is not empty, with something between. */
export const joined = (parts: readonly string[], between: string) =>
  parts.filter((part) => part !== "").join(between);

export const paragraphs = (parts: readonly string[]) => joined(parts, "\n\n");

/** A list item: everything below its first line belongs to it. */
export function item(marker: string, markdown: string): string {
  const indent = " ".repeat(/^\d/.test(marker) ? marker.length + 1 : 2);
  return `${marker} ${markdown}`
    .split("\n")
    .map((line, index) => (index === 0 || line === "" ? line : `${indent}${line}`))
    .join("\n")
    .replace(/[ \n]+$/, "");
}

export function oneLine(text: string): string {
  return text.replace(/\s+/gu, " ").trim();
}

/** `59.3325, 18.0649` */
export function coordinates({ latitude, longitude }: TelegramLocation): string {
  return `${degrees(latitude)}, ${degrees(longitude)}`;
}

/** About 10 cm; a number for which there is no exponent. */
const degrees = (value: number) => `${Number(value.toFixed(6))}`;

export function userName(user: Partial<TelegramUser> | undefined, deleted: string): string {
  const name = oneLine(`${textOf(user?.first_name)} ${textOf(user?.last_name)}`);
  return name || textOf(user?.username) || deleted;
}

export function chatName(chat: Partial<TelegramChat> | undefined, deleted: string): string {
  return oneLine(textOf(chat?.title)) || userName(chat, deleted);
}

/** The public address of a person or a chat, or null. */
export function publicUrl(username: unknown): string | null {
  const name = textOf(username);
  return /^\w{3,64}$/.test(name) ? `https://t.me/${name}` : null;
}

/** Where a message is found: by the chat's public name, or for its members only. Null where there is no address. */
export function messageUrl(
  chat: Partial<TelegramChat> | undefined,
  messageId: unknown,
  topic: number | null = null,
): string | null {
  const home = publicUrl(chat?.username) ?? membersUrl(chat?.id);
  if (home === null || !Number.isSafeInteger(messageId) || Number(messageId) <= 0) {
    return publicUrl(chat?.username);
  }
  return topic === null ? `${home}/${messageId}` : `${home}/${topic}/${messageId}`;
}

/** Only supergroups and channels, whose ids begin with -100, have addresses. */
function membersUrl(id: unknown): string | null {
  const digits = /^-100(\d+)$/.exec(`${id}`)?.[1];
  return digits === undefined ? null : `https://t.me/c/${digits}`;
}

/** `2026-11-22 10:15 UTC`, or nothing where it is no time. */
export function minute(seconds: unknown): string {
  const time = new Date(Number(seconds) * 1000);
  if (!Number.isSafeInteger(seconds) || Number(seconds) <= 0 || Number.isNaN(time.getTime())) return "";
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
