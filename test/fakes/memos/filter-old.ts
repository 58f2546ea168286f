/** The filter language of 0.22 and 0.23: named things that equal constants, all of them. */
import { invalid } from "./answers.ts";
import type { FilterSubject } from "./filter.ts";
import { asciiCaseless, like, located, scan, type Token } from "./filter-words.ts";
import type { Features } from "./version.ts";

export const refusedOld = (message: string, code = "InvalidArgument") =>
  invalid(`failed to build find memos with filter: rpc error: code = ${code} desc = ${message}`);

type Constant = string | number | boolean | string[];

/** Throws a 400 for whatever is not of this form. */
export function compileOldFilter(
  source: string,
  rules: Features["filter"],
  isUser: (name: string) => boolean,
): (subject: FilterSubject) => boolean {
  const parts: Token[][] = [[]];
  for (const token of scan(source)) {
    if (token.kind === "sign" && token.text === "&&") parts.push([]);
    else parts.at(-1)?.push(token);
  }
  const conditions = parts.map((part) => condition(source, part, rules, isUser));
  return (subject) => conditions.every((fits) => fits(subject));
}

function condition(
  source: string,
  part: Token[],
  rules: Features["filter"],
  isUser: (name: string) => boolean,
): (subject: FilterSubject) => boolean {
  const [name, equals, ...rest] = part;
  const value = constant(rest);
  const bad = (token: Token | undefined, what: string) =>
    invalid(rules.refusal + located(source, token?.at ?? 0, what));
  if (equals?.kind === "name") {
    throw bad(equals, `Syntax error: mismatched input '${equals.text}' expecting <EOF>`);
  }
  const test = name && tests[name.text === rules.stateName ? "state" : name.text];
  if (!test || (name.text !== rules.stateName && ["state", "row_status"].includes(name.text))) {
    throw bad(name, `undeclared reference to '${name?.text}' (in container '')`);
  }
  if (equals?.text !== "==" || value === undefined) throw bad(name, "Syntax error");
  if (name.text === "creator" && !isUser(String(value))) throw refusedOld("user not found", "NotFound");
  return (subject) => test(subject, value);
}

function constant(words: Token[]): Constant | undefined {
  const [first] = words;
  if (first?.text === "[" && words.at(-1)?.text === "]") {
    return words.flatMap(({ kind, text }) => (kind === "text" ? [text] : []));
  }
  if (words.length !== 1 || !first) return undefined;
  if (first.kind === "int") return Number(first.text);
  if (first.kind === "name") return first.text === "true";
  return first.kind === "text" ? first.text : undefined;
}

const list = (value: Constant) => (Array.isArray(value) ? value : []);

const tests: Record<string, (subject: FilterSubject, value: Constant) => boolean> = {
  creator: ({ creator }, value) => creator === value,
  uid: ({ uid }, value) => uid === value,
  state: ({ state }, value) => state === value,
  include_comments: () => true,
  content_search: ({ content }, value) =>
    list(value).every((text) => new RegExp(asciiCaseless(like(text, false)), "su").test(content)),
  tag_search: ({ tags }, value) => list(value).every((tag) => tags.includes(tag)),
  display_time_after: ({ createdTs }, value) => createdTs > Number(value),
  display_time_before: ({ createdTs }, value) => createdTs < Number(value),
};
