/**
 * JSON as Go reads it: the first value of the text (what follows is ignored), with Go's words for what is wrong
 * and each value's place, which the refusals of protojson tell.
 */
import { Buffer, isUtf8 } from "node:buffer";
import { invalid } from "./answers.ts";

export type JsonNode = { at: number; end: number } & (
  | { kind: "string" }
  | { kind: "number" }
  | { kind: "bool"; value: boolean }
  | { kind: "null" }
  | { kind: "array"; items: JsonNode[] }
  | { kind: "object"; members: { key: JsonNode; value: JsonNode }[] }
);

export interface JsonDocument {
  root: JsonNode;
  /** The node's bytes as they were sent. */
  raw(node: JsonNode): Buffer;
  /** The text of a string node. Throws the refusal of a bad escape or of bad UTF-8. */
  text(node: JsonNode): string;
  /** "line 1:13" */
  place(at: number): string;
}

/** Undefined when there is nothing but space. Throws a 400 with Go's words. */
export function readJson(bytes: Uint8Array): JsonDocument | undefined {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const root = new Scanner(source.toString("latin1")).document();
  if (!root) return undefined;
  const place = (at: number) => {
    const before = source.subarray(root.at, at);
    const lines = before.toString("latin1").split("\n");
    const last = before.subarray(before.lastIndexOf(10) + 1);
    return `line ${lines.length}:${[...last.toString("utf8")].length + 1}`;
  };
  return {
    root,
    raw: (node) => source.subarray(node.at, node.end),
    text(node) {
      const inner = source.subarray(node.at + 1, node.end - 1);
      const where = () => `proto: syntax error (${place(node.at)})`;
      if (!isUtf8(inner)) throw invalid(`${where()}: invalid UTF-8 in string`);
      if (!inner.includes(92)) return inner.toString("utf8");
      const loneAt = loneSurrogate(inner.toString("latin1"));
      if (loneAt === undefined) return String(JSON.parse(source.toString("utf8", node.at, node.end)));
      const next = source.toString("utf8", node.at + 1 + loneAt, node.at + 1 + loneAt + 6);
      throw invalid(`${where()}: invalid escape code ${JSON.stringify(next)} in string`);
    },
    place,
  };
}

/** Offset of what follows a \u escape that is one half of a pair without the other. */
function loneSurrogate(text: string): number | undefined {
  for (const match of text.matchAll(/\\(?:u([0-9a-fA-F]{4})(\\u([0-9a-fA-F]{4}))?|[^u])/g)) {
    const first = Number.parseInt(match[1] ?? "0", 16);
    if (first < 0xd800 || first > 0xdfff) {
      const second = Number.parseInt(match[3] ?? "0", 16);
      if (second >= 0xd800 && second <= 0xdfff) {
        // The match took the start of another pair with it.
        const inner = loneSurrogate(text.slice(match.index + 6));
        return inner === undefined ? undefined : inner + match.index + 6;
      }
      continue;
    }
    const second = Number.parseInt(match[3] ?? "0", 16);
    if (first >= 0xdc00 || second < 0xdc00 || second > 0xdfff) return match.index + 6;
  }
  return undefined;
}

class Scanner {
  private at = 0;
  private readonly text: string;
  constructor(text: string) {
    this.text = text;
  }

  document(): JsonNode | undefined {
    this.space();
    if (this.at >= this.text.length) return undefined;
    return this.value();
  }

  private value(): JsonNode {
    this.space();
    const at = this.at;
    const char = this.peek();
    if (char === '"') return this.string();
    if (char === "{") return this.object();
    if (char === "[") return this.array();
    if (char === "t") return { ...this.literal("true", at), kind: "bool", value: true };
    if (char === "f") return { ...this.literal("false", at), kind: "bool", value: false };
    if (char === "n") return { ...this.literal("null", at), kind: "null" };
    if (char === "-" || (char >= "0" && char <= "9")) return this.number();
    throw this.unexpected("looking for beginning of value");
  }

  private string(): JsonNode {
    const at = this.at++;
    for (;;) {
      plain.lastIndex = this.at;
      plain.test(this.text);
      this.at = plain.lastIndex;
      const char = this.peek();
      if (char === '"') break;
      if (char !== "\\") throw this.unexpected("in string literal");
      this.at++;
      const letter = this.peek();
      if (letter === "u") {
        for (let digit = 0; digit < 4; digit++) {
          this.at++;
          if (!/[0-9a-fA-F]/.test(this.peek())) throw this.unexpected("in \\u hexadecimal character escape");
        }
      } else if (!'"\\/bfnrt'.includes(letter)) throw this.unexpected("in string escape code");
      this.at++;
    }
    this.at++;
    return { kind: "string", at, end: this.at };
  }

  private object(): JsonNode {
    const at = this.at++;
    const members: { key: JsonNode; value: JsonNode }[] = [];
    this.space();
    if (this.peek() === "}") return { kind: "object", at, end: ++this.at, members };
    for (;;) {
      this.space();
      if (this.peek() !== '"') throw this.unexpected("looking for beginning of object key string");
      const key = this.string();
      this.space();
      if (this.peek() !== ":") throw this.unexpected("after object key");
      this.at++;
      members.push({ key, value: this.value() });
      this.space();
      const char = this.peek();
      if (char === "}") return { kind: "object", at, end: ++this.at, members };
      if (char !== ",") throw this.unexpected("after object key:value pair");
      this.at++;
    }
  }

  private array(): JsonNode {
    const at = this.at++;
    const items: JsonNode[] = [];
    this.space();
    if (this.peek() === "]") return { kind: "array", at, end: ++this.at, items };
    for (;;) {
      items.push(this.value());
      this.space();
      const char = this.peek();
      if (char === "]") return { kind: "array", at, end: ++this.at, items };
      if (char !== ",") throw this.unexpected("after array element");
      this.at++;
    }
  }

  private literal(word: string, at: number): { at: number; end: number } {
    for (let offset = 0; offset < word.length; offset++, this.at++) {
      if (this.peek() !== word[offset])
        throw this.unexpected(`in literal ${word} (expecting '${word[offset]}')`);
    }
    return { at, end: this.at };
  }

  private number(): JsonNode {
    const at = this.at;
    const digits = (where: string) => {
      if (!isDigit(this.peek())) throw this.unexpected(where);
      while (isDigit(this.text[this.at])) this.at++;
    };
    if (this.text[this.at] === "-") this.at++;
    if (this.text[this.at] === "0") this.at++;
    else digits("in numeric literal");
    if (this.text[this.at] === ".") {
      this.at++;
      digits("after decimal point in numeric literal");
    }
    if (/[eE]/.test(this.text[this.at] ?? "")) {
      this.at++;
      if (/[+-]/.test(this.text[this.at] ?? "")) this.at++;
      digits("in exponent of numeric literal");
    }
    return { kind: "number", at, end: this.at };
  }

  private space(): void {
    while (" \t\r\n".includes(this.text[this.at] ?? "x")) this.at++;
  }

  private peek(): string {
    const char = this.text[this.at];
    if (char === undefined) throw invalid("unexpected EOF");
    return char;
  }

  private unexpected(where: string): Error {
    const char = this.peek();
    const shown = char === "'" ? "\\'" : char === '"' ? char : JSON.stringify(char).slice(1, -1);
    return invalid(`invalid character '${shown}' ${where}`);
  }
}

/** A run of string characters that need no look. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside a string
const plain = /[^"\\\u0000-\u001f]*/y;

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= "0" && char <= "9";
}
