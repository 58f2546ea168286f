/** The words of a filter, and how the server tells that it dislikes one. */
import { invalid } from "./answers.ts";

export interface Token {
  kind: "name" | "text" | "int" | "sign" | "end";
  text: string;
  at: number;
}

export const refused = (message: string) => invalid(`invalid filter: ${message}`);

export function located(source: string, at: number, what: string): string {
  return `ERROR: <input>:1:${at + 1}: ${what}\n | ${source}\n | ${".".repeat(at)}^`;
}

export function syntaxError(source: string, token: { at: number }, what: string): Error {
  return refused(
    `failed to compile filter: failed to compile filter: ${located(source, token.at, `Syntax error: ${what}`)}`,
  );
}

export function scan(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const rest = source.slice(at);
    const match =
      /^\s+/.exec(rest) ??
      /^(?:[rR]?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))/.exec(rest) ??
      /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest) ??
      /^\d+/.exec(rest) ??
      /^(?:&&|\|\||[=!<>]=|[<>!()[\],.+-])/.exec(rest);
    if (!match) throw syntaxError(source, { at }, `token recognition error at: '${rest.slice(0, 1)}'`);
    const text = match[0];
    if (/^[rR]?["']/.test(text)) tokens.push({ kind: "text", text: literal(source, text, at), at });
    else if (/^[A-Za-z_]/.test(text)) tokens.push({ kind: "name", text, at });
    else if (/^\d/.test(text)) tokens.push({ kind: "int", text, at });
    else if (!/^\s/.test(text)) tokens.push({ kind: "sign", text, at });
    at += text.length;
  }
  return tokens;
}

function literal(source: string, written: string, at: number): string {
  const raw = /^[rR]/.test(written);
  const quoted = raw ? written.slice(1) : written;
  const quotes = /^("""|''')/.test(quoted) ? 3 : 1;
  const inner = quoted.slice(quotes, -quotes);
  if (raw) return inner;
  return inner.replace(
    /\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[\s\S])/g,
    (whole, letter: string) => {
      if (letter.length > 1) {
        const code = Number.parseInt(letter.slice(1), 16);
        if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
          throw refused(
            `failed to compile filter: failed to compile filter: ${located(source, at, "invalid unicode code point")}`,
          );
        }
        return String.fromCodePoint(code);
      }
      const plain = escapes[letter];
      if (plain === undefined)
        throw syntaxError(source, { at }, `token recognition error at: '${written.slice(0, 1)}${whole}'`);
      return plain;
    },
  );
}

const escapes: Record<string, string> = {
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\u0007",
  b: "\b",
  f: "\f",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
  "`": "`",
  "?": "?",
};

export function shown(token: Token): string {
  return token.kind === "end" ? "<EOF>" : token.kind === "text" ? `"${token.text}"` : token.text;
}

/** SQL's LIKE as a regular expression: `%` and `_` are wildcards unless the server escapes them. */
export function like(text: string, literal: boolean): string {
  const escaped = text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return literal ? escaped : escaped.replace(/%/g, ".*").replace(/_/g, ".");
}

export function durationSeconds(text: string): number | undefined {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1 };
  if (!/^(?:\d+(?:\.\d+)?[hms])+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)([hms])/g)].reduce(
    (sum, match) => sum + Number(match[1]) * (units[match[2] ?? ""] ?? 0),
    0,
  );
}

/** SQLite's LIKE passes over the case of these only. */
export function asciiCaseless(pattern: string): string {
  return pattern.replace(/(?<!\\)[a-zA-Z]/g, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
}
