import { type FormattedText, fixText, readEntities } from "./entities.ts";
import { badRequest } from "./errors.ts";
import { decodeJson } from "./json.ts";
import { parseHtml } from "./parse-html.ts";
import { parseMarkdown, parseMarkdownV2 } from "./parse-markdown.ts";

/** A known user's object by id, for mentions by link. */
export type UserLookup = (id: number) => unknown;

const maxRawBytes = 1 << 15;

/** Text, parse_mode and entities of a call, as Telegram will show them. Throws the server's 400s. */
export function readText(
  input: { text: string; parseMode: string; entities: string; maxLength: number; tooLong: string },
  users: UserLookup,
  options: { allowEmpty?: boolean } = {},
): FormattedText {
  const { text } = input;
  if (Buffer.byteLength(text) > maxRawBytes) throw badRequest("text is too long");
  const parsed = parse(text, input.parseMode.toLowerCase(), input.entities, users);
  const fixed = fixText(parsed, options);
  // TDLib counts code points, the core has its own count; the larger of both, UTF-16 units, is the safe one.
  if (fixed.text.length > input.maxLength) throw badRequest(input.tooLong);
  return fixed;
}

function parse(text: string, mode: string, entities: string, users: UserLookup): FormattedText {
  if (text === "" || mode === "" || mode === "none") {
    return { text, entities: readEntities(decodeJson(entities), users) };
  }
  if (mode === "html") return parseHtml(text, users);
  if (mode === "markdownv2") return parseMarkdownV2(text, users);
  if (mode === "markdown") return parseMarkdown(text, users);
  throw badRequest("unsupported parse_mode");
}

/** Whether a link is `tg://user?id=`, and the user if it is known. */
export function mentionedUser(url: string, users: UserLookup): { isMention: boolean; user: unknown } {
  const id = /^tg:(?:\/\/)?user\?(?:.*&)?id=(\d+)/i.exec(url)?.[1];
  return { isMention: id !== undefined, user: id === undefined ? undefined : users(Number(id)) };
}
