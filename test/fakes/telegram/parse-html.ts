import { bytesBefore, type Entity, type FormattedText, sortEntities } from "./entities.ts";
import { badRequest } from "./errors.ts";
import { checkLink } from "./links.ts";
import { mentionedUser, type UserLookup } from "./parse-mode.ts";

const styleOf: Record<string, string> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  span: "spoiler",
  "tg-spoiler": "spoiler",
};
const otherTags = ["a", "code", "pre", "blockquote", "tg-emoji", "tg-time"];
const namedEntities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };

interface OpenTag {
  name: string;
  attributes: Map<string, string>;
  offset: number;
}

/** parse_mode HTML. Throws the server's "can't parse entities" errors; offsets there are in bytes. */
export function parseHtml(source: string, users: UserLookup): FormattedText {
  const entities: Entity[] = [];
  const open: OpenTag[] = [];
  let text = "";
  let at = 0;

  const fail = (message: string) => badRequest(`can't parse entities: ${message}`);
  const byte = (index: number) => bytesBefore(source, index);
  // As in the server, the end of the text counts as space.
  const isSpace = (index: number) => index >= source.length || /[ \t\r\n\0\v]/.test(source.charAt(index));
  const skipSpace = () => {
    while (at < source.length && isSpace(at)) at++;
  };

  function reference(): string | undefined {
    const match = /^&(?:#x([0-9a-f]*)|#(\d*)|([a-z]*));?/i.exec(source.slice(at, at + 16));
    if (!match) return undefined;
    const [whole, hex, decimal, name] = match;
    if (name !== undefined) {
      const named = namedEntities[name];
      if (named !== undefined) at += whole.length;
      return named;
    }
    const code = hex === undefined ? Number.parseInt(decimal ?? "", 10) : Number.parseInt(hex, 16);
    if (!(code > 0 && code < 0x10ffff) || whole.replace(";", "").length >= 10) return undefined;
    at += whole.length;
    return String.fromCodePoint(code);
  }

  function attributeValue(): string {
    const quote = source.charAt(at);
    if (quote !== '"' && quote !== "'") {
      const begin = at;
      while (/[A-Za-z0-9.-]/.test(source.charAt(at))) at++;
      if (!isSpace(at) && source[at] !== ">")
        throw fail(`Unexpected end of name token at byte offset ${byte(begin)}`);
      return source.slice(begin, at).toLowerCase();
    }
    at++;
    let value = "";
    while (at < source.length && source[at] !== quote) {
      const decoded = source[at] === "&" ? reference() : undefined;
      value += decoded ?? source.charAt(at++);
    }
    if (source[at] === quote) at++;
    return value;
  }

  function startTag(begin: number): void {
    while (!isSpace(at) && source[at] !== ">") at++;
    if (at >= source.length) throw fail(`Unclosed start tag at byte offset ${byte(begin)}`);
    const name = source.slice(begin + 1, at).toLowerCase();
    if (!Object.hasOwn(styleOf, name) && !otherTags.includes(name)) {
      throw fail(`Unsupported start tag "${name}" at byte offset ${byte(begin)}`);
    }
    const attributes = new Map<string, string>();
    while (source[at] !== ">") {
      skipSpace();
      if (source[at] === ">") break;
      const attributeBegin = at;
      while (!isSpace(at) && source[at] !== "=" && source[at] !== ">") at++;
      const attribute = source.slice(attributeBegin, at);
      if (attribute === "")
        throw fail(`Empty attribute name in the tag "${name}" at byte offset ${byte(begin)}`);
      skipSpace();
      if (at >= source.length) throw fail(`Unclosed start tag "${name}" at byte offset ${byte(begin)}`);
      if (source[at] !== "=") {
        attributes.set(attribute, "");
        continue;
      }
      at++;
      skipSpace();
      if (at >= source.length) throw fail(`Unclosed start tag "${name}" at byte offset ${byte(begin)}`);
      attributes.set(attribute, attributeValue());
      if (at >= source.length) throw fail(`Unclosed start tag at byte offset ${byte(begin)}`);
    }
    if (name === "span" && attributes.get("class") !== "tg-spoiler") {
      throw fail(`Tag "span" must have class "tg-spoiler" at byte offset ${byte(begin)}`);
    }
    open.push({ name, attributes, offset: text.length });
  }

  function endTag(begin: number): void {
    const tag = open.at(-1);
    if (!tag) throw fail(`Unexpected end tag at byte offset ${byte(begin)}`);
    while (!isSpace(at) && source[at] !== ">") at++;
    const name = source.slice(begin + 2, at).toLowerCase();
    skipSpace();
    if (source[at] !== ">") throw fail(`Unclosed end tag at byte offset ${byte(begin)}`);
    if (name !== "" && name !== tag.name) {
      throw fail(
        `Unmatched end tag at byte offset ${byte(begin)}, expected "</${tag.name}>", found "</${name}>"`,
      );
    }
    open.pop();
    if (text.length > tag.offset) close(tag);
  }

  function close({ name, attributes, offset }: OpenTag): void {
    const length = text.length - offset;
    const style = styleOf[name];
    if (style !== undefined) {
      entities.push({ offset, length, type: style });
      return;
    }
    const last = entities.at(-1);
    const same = last && last.offset === offset && last.length === length ? last : undefined;
    const language = (attributes.get("class") ?? "").replace(/^(?!language-).*$|^language-/s, "");
    switch (name) {
      case "a": {
        const target = attributes.get("href") || text.slice(offset);
        const user = mentionedUser(target, users);
        if (user.isMention) {
          if (user.user) entities.push({ offset, length, type: "text_mention", user: user.user });
          return;
        }
        const link = checkLink(target);
        if ("url" in link) entities.push({ offset, length, type: "text_link", url: link.url });
        return;
      }
      case "pre":
        if (same?.type === "code" && same.language) same.type = "pre";
        else entities.push({ offset, length, type: "pre" });
        return;
      case "code":
        if (same?.type === "pre" && language !== "") same.language = language;
        else entities.push({ offset, length, type: "code", ...(language === "" ? {} : { language }) });
        return;
      case "blockquote": {
        const type = attributes.has("expandable") ? "expandable_blockquote" : "blockquote";
        entities.push({ offset, length, type });
        return;
      }
      case "tg-emoji": {
        const id = attributes.get("emoji-id") ?? "";
        if (!/^-?\d{1,19}$/.test(id) || Number(id) === 0)
          throw fail("Invalid custom emoji identifier specified");
        entities.push({ offset, length, type: "custom_emoji", custom_emoji_id: id });
        return;
      }
      default: {
        const format = attributes.get("format") ?? "";
        entities.push({
          offset,
          length,
          type: "date_time",
          unix_time: Number(attributes.get("unix") ?? 0),
          ...(format === "" ? {} : { date_time_format: format }),
        });
      }
    }
  }

  while (at < source.length) {
    if (source[at] === "&") {
      const decoded = reference();
      text += decoded ?? source.charAt(at++);
      continue;
    }
    if (source[at] !== "<") {
      text += source.charAt(at++);
      continue;
    }
    const begin = at++;
    if (source[at] === "/") {
      endTag(begin);
    } else {
      startTag(begin);
    }
    at++;
  }
  const unclosed = open.at(-1);
  if (unclosed) throw fail(`Can't find end tag corresponding to start tag "${unclosed.name}"`);

  for (const entity of entities) if (entity.type === "code") delete entity.language;
  return { text, entities: sortEntities(entities) };
}
