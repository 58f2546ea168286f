import { bytesBefore, type Entity, type FormattedText, sortEntities } from "./entities.ts";
import { badRequest } from "./errors.ts";
import { checkLink } from "./links.ts";
import { mentionedUser, type UserLookup } from "./parse-mode.ts";

interface OpenEntity {
  /** The name that errors use. */
  name: string;
  type: string;
  offset: number;
  begin: number;
  language?: string;
}

const names: Record<string, string> = {
  bold: "Bold",
  italic: "Italic",
  underline: "Underline",
  strikethrough: "Strikethrough",
  spoiler: "Spoiler",
  code: "Code",
  text_link: "TextUrl",
  custom_emoji: "CustomEmoji",
  blockquote: "BlockQuote",
};
const reserved = "_*[]()~`>#+-=|{}.!";

/** parse_mode MarkdownV2. Throws the server's "can't parse entities" errors; offsets there are in bytes. */
export function parseMarkdownV2(source: string, users: UserLookup): FormattedText {
  const entities: Entity[] = [];
  const open: OpenEntity[] = [];
  let text = "";
  let at = 0;
  let mayQuote = true;

  const fail = (message: string) => badRequest(`can't parse entities: ${message}`);
  const isReserved = (c: string) =>
    fail(`Character '${c}' is reserved and must be escaped with the preceding '\\'`);
  const isQuoted = () => open.some((entity) => entity.type === "blockquote");

  function start(type: string, begin: number, skip: number, language?: string): void {
    const name = type === "pre" ? (language ? "PreCode" : "Pre") : (names[type] ?? type);
    open.push({ name, type, offset: text.length, begin, ...(language ? { language } : {}) });
    at += skip;
  }

  function add(entity: OpenEntity, extra: Partial<Entity> = {}): void {
    const length = text.length - entity.offset;
    if (length === 0) return;
    const language = entity.language ? { language: entity.language } : {};
    entities.push({ offset: entity.offset, length, type: entity.type, ...language, ...extra });
  }

  function unclosed(entity: OpenEntity): Error {
    return fail(
      `Can't find end of ${entity.name} entity at byte offset ${bytesBefore(source, entity.begin)}`,
    );
  }

  /** How many characters close the innermost entity here; 0 when they don't. */
  function closing(entity: OpenEntity): number {
    const ahead = (mark: string) => (source.startsWith(mark, at) ? mark.length : 0);
    switch (entity.type) {
      case "bold":
        return ahead("*");
      case "italic":
        return source[at + 1] === "_" ? 0 : ahead("_");
      case "underline":
        return ahead("__");
      case "strikethrough":
        return ahead("~");
      case "spoiler":
        return ahead("||");
      case "code":
        return ahead("`");
      case "pre":
        return ahead("```");
      case "text_link":
      case "custom_emoji":
        return ahead("]");
      default:
        return /^\|\|(\n|$)/.test(source.slice(at, at + 3)) ? 2 : 0;
    }
  }

  function target(): string | undefined {
    if (source[at] !== "(") return undefined;
    const begin = ++at;
    let url = "";
    while (at < source.length && source[at] !== ")") {
      if (source[at] === "\\" && isEscapable(source[at + 1])) at++;
      url += source.charAt(at++);
    }
    if (at >= source.length)
      throw fail(`Can't find end of a URL at byte offset ${bytesBefore(source, begin)}`);
    at++;
    return url;
  }

  function close(entity: OpenEntity): void {
    open.pop();
    if (entity.type === "blockquote") {
      add({ ...entity, type: "expandable_blockquote" });
      return;
    }
    if (entity.type === "text_link") {
      const url = target() ?? text.slice(entity.offset);
      const user = mentionedUser(url, users);
      if (user.isMention) {
        if (user.user) add({ ...entity, type: "text_mention" }, { user: user.user });
        return;
      }
      const link = checkLink(url);
      if ("url" in link) add(entity, { url: link.url });
      return;
    }
    if (entity.type === "custom_emoji") {
      const url = target();
      if (url === undefined) throw fail("The entity must contain a tg://emoji or tg://time URL");
      const emoji = /^tg:\/\/emoji\?(?:.*&)?id=(\d+)/i.exec(url)?.[1];
      const time = /^tg:\/\/time\?(?:.*&)?unix=(-?\d+)/i.exec(url)?.[1];
      if (emoji !== undefined) add(entity, { custom_emoji_id: emoji });
      else if (time !== undefined) {
        const format = /[?&]format=([^&]*)/.exec(url)?.[1];
        add(
          { ...entity, type: "date_time" },
          { unix_time: Number(time), ...(format ? { date_time_format: format } : {}) },
        );
      } else throw fail("Invalid tg://emoji or tg://time URL specified");
      return;
    }
    add(entity);
  }

  function pre(begin: number): void {
    const rest = source.slice(at + 3);
    const word = /^[^\s`]+/.exec(rest)?.[0] ?? "";
    const isLanguage = word !== "" && word.length < rest.length && rest[word.length] !== "`";
    const after = isLanguage ? rest.slice(word.length) : rest;
    const newline = /^(\r\n|\n\r|\n|\r)/.exec(after)?.[0].length ?? 0;
    start("pre", begin, 3 + (isLanguage ? word.length : 0) + newline, isLanguage ? word : undefined);
  }

  while (at < source.length) {
    const c = source.charAt(at);
    if (c === "\\" && isEscapable(source[at + 1])) {
      text += source.charAt(at + 1);
      at += 2;
      mayQuote = false;
      continue;
    }
    const inner = open.at(-1);
    const special = inner?.type === "code" || inner?.type === "pre" ? "`" : reserved;
    if (!special.includes(c)) {
      if (c === "\n" && isQuoted() && source[at + 1] !== ">") {
        if (inner?.type !== "blockquote") throw inner ? unclosed(inner) : isReserved(c);
        open.pop();
        add(inner);
      }
      text += c;
      at++;
      if (c === "\n") mayQuote = true;
      else if (!/\s/.test(c)) mayQuote = false;
      continue;
    }
    const closed = inner ? closing(inner) : 0;
    if (inner && closed > 0) {
      at += closed;
      close(inner);
      continue;
    }
    if (c === ">" && mayQuote) {
      mayQuote = false;
      if (isQuoted()) at++;
      else start("blockquote", at, 1);
      continue;
    }
    if (c === "_") {
      const isUnderline = source[at + 1] === "_";
      start(isUnderline ? "underline" : "italic", at, isUnderline ? 2 : 1);
    } else if (c === "*") start("bold", at, 1);
    else if (c === "~") start("strikethrough", at, 1);
    else if (c === "|" && source[at + 1] === "|") start("spoiler", at, 2);
    else if (c === "[") start("text_link", at, 1);
    else if (c === "!" && source[at + 1] === "[") start("custom_emoji", at, 2);
    else if (source.startsWith("```", at)) pre(at);
    else if (c === "`") start("code", at, 1);
    else throw isReserved(c);
  }
  for (let last = open.pop(); last; last = open.pop()) {
    if (last.type !== "blockquote") throw unclosed(last);
    add(last);
  }
  return { text, entities: sortEntities(entities) };
}

function isEscapable(c: string | undefined): boolean {
  return c !== undefined && c.charCodeAt(0) > 0 && c.charCodeAt(0) <= 126;
}

/** The old parse_mode Markdown: no nesting. */
export function parseMarkdown(source: string, users: UserLookup): FormattedText {
  const entities: Entity[] = [];
  let text = "";
  let at = 0;
  while (at < source.length) {
    const c = source.charAt(at);
    if (c === "\\" && "_*`[".includes(source[at + 1] ?? "x")) {
      text += source.charAt(at + 1);
      at += 2;
      continue;
    }
    if (!"_*`[".includes(c)) {
      text += c;
      at++;
      continue;
    }
    const begin = at;
    const isPre = source.startsWith("```", at);
    const mark = isPre ? "```" : c === "[" ? "]" : c;
    at += isPre ? 3 : 1;
    const end = source.indexOf(mark, at);
    if (end < 0) {
      throw badRequest(
        `can't parse entities: Can't find end of the entity starting at byte offset ${bytesBefore(source, begin)}`,
      );
    }
    const offset = text.length;
    let inside = source.slice(at, end);
    at = end + mark.length;
    let language: string | undefined;
    if (isPre) {
      language = /^([^\s`]+)\s/.exec(inside)?.[1];
      inside = inside.slice(language?.length ?? 0).replace(/^(\r\n|\n\r|\n|\r)/, "");
    }
    text += inside;
    const length = inside.length;
    if (c === "[") {
      const target = /^\(([^)]*)\)/.exec(source.slice(at));
      if (target) at += target[0].length;
      const url = target?.[1] ?? inside;
      const user = mentionedUser(url, users);
      const link = checkLink(url);
      if (length === 0) continue;
      if (user.isMention) {
        if (user.user) entities.push({ offset, length, type: "text_mention", user: user.user });
      } else if ("url" in link) entities.push({ offset, length, type: "text_link", url: link.url });
      continue;
    }
    const type = isPre ? "pre" : c === "*" ? "bold" : c === "_" ? "italic" : "code";
    if (length > 0) entities.push({ offset, length, type, ...(language ? { language } : {}) });
  }
  return { text, entities: sortEntities(entities) };
}
