/**
 * The part of the filter language that clients use, checked for types first as CEL does: comparisons, `&&`, `||`,
 * `!`, `in`, text matches, timestamps. The rest (macros, maps, arithmetic on anything but times) is refused, with
 * the status and the kind of words that the server has for a bad filter.
 */
import {
  asciiCaseless,
  durationSeconds,
  like,
  located,
  refused,
  scan,
  shown,
  syntaxError,
  type Token,
} from "./filter-words.ts";
import type { Features } from "./version.ts";

export interface FilterSubject {
  uid: string;
  state: string;
  content: string;
  creator: string;
  creatorId: number;
  createdTs: number;
  updatedTs: number;
  pinned: boolean;
  visibility: string;
  tags: string[];
  hasLink: boolean;
  hasTaskList: boolean;
  hasCode: boolean;
  hasIncompleteTasks: boolean;
  now: number;
}

type Type = "string" | "int" | "bool" | "timestamp" | "duration" | "list" | "error";
type Value = string | number | boolean | string[] | Value[];
interface Term {
  type: Type;
  at: number;
  literal: boolean;
  field?: string;
  value: (subject: FilterSubject) => Value;
}

/** Throws a 400 `invalid filter: …`. */
export function compileFilter(
  source: string,
  rules: Features["filter"],
): (subject: FilterSubject) => boolean {
  if (source.trim() === "") throw refused("failed to compile filter: filter expression is empty");
  const parser = new Parser(source, rules);
  const term = parser.whole();
  if (parser.problems.length > 0) {
    const problems = parser.problems
      .sort((a, b) => a.at - b.at)
      .map(({ at, what }) => located(source, at, what));
    throw refused(`failed to compile filter: failed to compile filter: ${problems.join("\n")}`);
  }
  if (term.type !== "bool") {
    throw refused(
      term.field
        ? `failed to compile filter: identifier ${JSON.stringify(term.field)} is not boolean`
        : "failed to compile filter: filter must evaluate to a boolean value",
    );
  }
  return (subject) => term.value(subject) === true;
}

class Parser {
  readonly problems: { at: number; what: string }[] = [];
  private readonly source: string;
  private readonly rules: Features["filter"];
  private readonly tokens: Token[];
  private next = 0;

  constructor(source: string, rules: Features["filter"]) {
    this.source = source;
    this.rules = rules;
    this.tokens = scan(source);
  }

  whole(): Term {
    const term = this.or();
    const token = this.peek();
    if (token.kind !== "end")
      throw syntaxError(this.source, token, `mismatched input '${shown(token)}' expecting <EOF>`);
    return term;
  }

  private or(): Term {
    return this.chain(
      "||",
      () => this.and(),
      (left, right) => (subject) => left.value(subject) === true || right.value(subject) === true,
    );
  }

  private and(): Term {
    return this.chain(
      "&&",
      () => this.relation(),
      (left, right) => (subject) => left.value(subject) === true && right.value(subject) === true,
    );
  }

  private chain(sign: string, part: () => Term, join: (left: Term, right: Term) => Term["value"]): Term {
    let left = part();
    while (this.peek().text === sign && this.peek().kind === "sign") {
      const at = this.take().at;
      const right = part();
      left = this.operation(
        `_${sign}_`,
        at,
        [left, right],
        left.type === "bool" && right.type === "bool",
        "bool",
        join(left, right),
      );
    }
    return left;
  }

  private relation(): Term {
    const left = this.sum();
    const token = this.peek();
    if (token.kind === "name" && token.text === "in") {
      this.take();
      return this.membership(left, this.sum(), token.at);
    }
    if (token.kind !== "sign" || !["==", "!=", "<", "<=", ">", ">="].includes(token.text)) return left;
    this.take();
    const right = this.sum();
    const same = left.type === right.type && left.type !== "list";
    const term = this.operation(`_${token.text}_`, token.at, [left, right], same, "bool", (subject) =>
      compare(token.text, left.value(subject), right.value(subject)),
    );
    const field = [left, right].find((side) => side.field === "tag" || side.field === "tags")?.field;
    if (same && field)
      throw refused(`failed to compile filter: field ${JSON.stringify(field)} does not support comparison`);
    return term;
  }

  private membership(left: Term, right: Term, at: number): Term {
    const fits =
      right.type === "list" && left.type === "string" ? true : right.type === "list" && left.type === "int";
    const sameText = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
    return this.operation("_in_", at, [left, right], fits, "bool", (subject) => {
      const list = right.value(subject);
      if (!Array.isArray(list)) return false;
      if (left.field === "tag") {
        // Asking for a tag finds the tags under it too; `"x" in tags` does not.
        return list.some((wanted) =>
          subject.tags.some(
            (tag) =>
              sameText(tag, String(wanted)) ||
              tag.toLowerCase().startsWith(`${String(wanted).toLowerCase()}/`),
          ),
        );
      }
      const value = left.value(subject);
      if (right.field === "tags") return subject.tags.some((tag) => sameText(tag, String(value)));
      return list.some((item) => item === value);
    });
  }

  private sum(): Term {
    let left = this.unary();
    while (this.peek().kind === "sign" && (this.peek().text === "+" || this.peek().text === "-")) {
      const sign = this.take();
      const right = this.unary();
      const types = `${left.type}${sign.text}${right.type}`;
      const result = sums[types];
      const [a, b] = [left, right];
      left = this.operation(
        `_${sign.text}_`,
        sign.at,
        [a, b],
        result !== undefined,
        result ?? "error",
        (subject) => {
          const [x, y] = [a.value(subject), b.value(subject)];
          if (sign.text === "-") return Number(x) - Number(y);
          return typeof x === "string" ? x + String(y) : Number(x) + Number(y);
        },
      );
    }
    return left;
  }

  private unary(): Term {
    const token = this.peek();
    if (token.kind === "sign" && token.text === "!") {
      this.take();
      const term = this.unary();
      return this.operation(
        "!_",
        token.at,
        [term],
        term.type === "bool",
        "bool",
        (subject) => term.value(subject) !== true,
      );
    }
    if (token.kind === "sign" && token.text === "-") {
      this.take();
      const term = this.unary();
      return this.operation(
        "-_",
        token.at,
        [term],
        term.type === "int",
        "int",
        (subject) => -Number(term.value(subject)),
      );
    }
    return this.member();
  }

  private member(): Term {
    let term = this.primary();
    while (this.peek().kind === "sign" && this.peek().text === ".") {
      this.take();
      const name = this.take();
      if (name.kind !== "name" || this.peek().text !== "(") {
        if (term.type === "error") continue;
        throw refused(
          `failed to compile filter: failed to compile filter: ${located(this.source, name.at, `type '${term.type}' does not support field selection`)}`,
        );
      }
      const at = this.peek().at;
      term = this.textMatch(term, name.text, at, this.list("(", ")"));
    }
    return term;
  }

  private textMatch(target: Term, name: string, at: number, args: Term[]): Term {
    const known =
      name === "contains" || (this.rules.timestamps && ["startsWith", "endsWith", "matches"].includes(name));
    const [wanted] = args;
    if (!known || !wanted || args.length !== 1) {
      this.problems.push({ at, what: `undeclared reference to '${name}' (in container '')` });
      return errorTerm(at);
    }
    if (target.type !== "string" || wanted.type !== "string") {
      this.problems.push({
        at,
        what: `found no matching overload for '${name}' applied to '${target.type}.(${wanted.type})'`,
      });
      return errorTerm(at);
    }
    if (!wanted.literal) {
      throw refused(
        "failed to compile filter: text match only supports literal arguments: expression is not a literal",
      );
    }
    if (target.field !== "content") {
      throw refused(
        `failed to compile filter: field ${JSON.stringify(target.field ?? "")} does not support text match`,
      );
    }
    const { literalLike, asciiCase } = this.rules;
    return {
      type: "bool",
      at,
      literal: false,
      value: (subject) => {
        const text = String(target.value(subject));
        const asked = String(wanted.value(subject));
        if (name === "matches") return new RegExp(asked, "u").test(text);
        const pattern = like(asked, literalLike);
        const anchored =
          name === "startsWith" ? `^${pattern}` : name === "endsWith" ? `${pattern}$` : pattern;
        return asciiCase
          ? new RegExp(asciiCaseless(anchored), "su").test(text)
          : new RegExp(anchored, "isu").test(text);
      },
    };
  }

  private primary(): Term {
    const token = this.take();
    const constant = (type: Type, value: Value): Term => ({
      type,
      at: token.at,
      literal: true,
      value: () => value,
    });
    if (token.kind === "text") return constant("string", token.text);
    if (token.kind === "int") return constant("int", Number(token.text));
    if (token.kind === "name") {
      if (token.text === "null") return errorTerm(token.at);
      if (token.text === "true" || token.text === "false") return constant("bool", token.text === "true");
      if (this.peek().text === "(" && this.peek().kind === "sign")
        return this.call(token, this.list("(", ")"));
      return this.field(token);
    }
    if (token.kind === "sign" && token.text === "(") {
      const term = this.or();
      const end = this.take();
      if (end.text !== ")")
        throw syntaxError(this.source, end, `mismatched input '${shown(end)}' expecting ')'`);
      return term;
    }
    if (token.kind === "sign" && token.text === "[") {
      this.next--;
      const items = this.list("[", "]");
      return {
        type: "list",
        at: token.at,
        literal: true,
        value: (subject) => items.map((item) => item.value(subject)),
      };
    }
    throw syntaxError(
      this.source,
      token,
      `mismatched input '${shown(token)}' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}`,
    );
  }

  private call(name: Token, args: Term[]): Term {
    const [arg] = args;
    const at = name.at + name.text.length;
    if (name.text === "timestamp" && arg?.type === "string" && arg.literal) {
      const seconds = Math.floor(Date.parse(String(arg.value(nothing))) / 1000);
      if (Number.isNaN(seconds)) throw refused("failed to compile filter: invalid timestamp literal");
      return { type: "timestamp", at, literal: true, value: () => seconds };
    }
    if (name.text === "duration" && arg?.type === "string" && arg.literal) {
      const seconds = durationSeconds(String(arg.value(nothing)));
      if (seconds === undefined) throw refused("failed to compile filter: invalid duration literal");
      return { type: "duration", at, literal: true, value: () => seconds };
    }
    if (name.text === "now" && args.length === 0 && !this.rules.timestamps) {
      return { type: "int", at, literal: false, value: (subject) => subject.now };
    }
    if (name.text === "size" && arg?.field === "tags") {
      return { type: "int", at, literal: false, value: (subject) => subject.tags.length };
    }
    this.problems.push({ at, what: `undeclared reference to '${name.text}' (in container '')` });
    return errorTerm(name.at);
  }

  private field(token: Token): Term {
    const time: Type = this.rules.timestamps ? "timestamp" : "int";
    const fields: Record<string, [Type, (subject: FilterSubject) => Value]> = {
      content: ["string", (subject) => subject.content],
      creator_id: ["int", (subject) => subject.creatorId],
      created_ts: [time, (subject) => subject.createdTs],
      updated_ts: [time, (subject) => subject.updatedTs],
      pinned: ["bool", (subject) => subject.pinned],
      visibility: ["string", (subject) => subject.visibility],
      tag: ["string", () => ""],
      ...(this.rules.tags ? { tags: ["list", (subject) => subject.tags] } : {}),
      has_link: ["bool", (subject) => subject.hasLink],
      has_task_list: ["bool", (subject) => subject.hasTaskList],
      has_code: ["bool", (subject) => subject.hasCode],
      has_incomplete_tasks: ["bool", (subject) => subject.hasIncompleteTasks],
      ...(this.rules.creator ? { creator: ["string", (subject) => subject.creator] } : {}),
      ...(this.rules.timestamps ? { now: ["timestamp", (subject) => subject.now] } : {}),
    };
    const field = Object.hasOwn(fields, token.text) ? fields[token.text] : undefined;
    if (field) return { type: field[0], at: token.at, literal: false, field: token.text, value: field[1] };
    this.problems.push({ at: token.at, what: `undeclared reference to '${token.text}' (in container '')` });
    return errorTerm(token.at);
  }

  private list(open: string, close: string): Term[] {
    const items: Term[] = [];
    this.take();
    if (this.peek().text === close && this.peek().kind === "sign") {
      this.take();
      return items;
    }
    for (;;) {
      items.push(this.or());
      const token = this.take();
      if (token.kind === "sign" && token.text === close) return items;
      if (token.kind !== "sign" || token.text !== ",")
        throw syntaxError(
          this.source,
          token,
          `mismatched input '${shown(token)}' expecting '${open === "(" ? ")" : "]"}'`,
        );
    }
  }

  private operation(
    name: string,
    at: number,
    parts: Term[],
    fits: boolean,
    type: Type,
    value: Term["value"],
  ): Term {
    // A part that has no type was told already.
    if (parts.some((part) => part.type === "error"))
      return { ...errorTerm(at), type: type === "bool" ? "bool" : "error" };
    if (!fits) {
      const types = parts.map((part) => part.type).join(", ");
      this.problems.push({ at, what: `found no matching overload for '${name}' applied to '(${types})'` });
    }
    return { type, at, literal: false, value };
  }

  private peek(): Token {
    return this.tokens[this.next] ?? { kind: "end", text: "", at: this.source.length };
  }

  private take(): Token {
    const token = this.peek();
    this.next++;
    return token;
  }
}

const sums: Record<string, Type> = {
  "int+int": "int",
  "int-int": "int",
  "string+string": "string",
  "timestamp-duration": "timestamp",
  "timestamp+duration": "timestamp",
  "timestamp-timestamp": "duration",
};

const nothing: FilterSubject = {
  uid: "",
  state: "",
  content: "",
  creator: "",
  creatorId: 0,
  createdTs: 0,
  updatedTs: 0,
  pinned: false,
  visibility: "",
  tags: [],
  hasLink: false,
  hasTaskList: false,
  hasCode: false,
  hasIncompleteTasks: false,
  now: 0,
};

function errorTerm(at: number): Term {
  return { type: "error", at, literal: false, value: () => false };
}

function compare(sign: string, left: Value, right: Value): boolean {
  switch (sign) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    default:
      return left >= right;
  }
}
