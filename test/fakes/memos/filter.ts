/**
 * The filters that memoferry sends: whose memos, in which state, and what occurs in them. What a release
 * does not know of them it refuses in its own words; any other filter is not imitated.
 */
import { invalid } from "./answers.ts";
import { notImitated } from "./body.ts";
import type { MemoRow, State } from "./state.ts";

type Test = (row: MemoRow, state: State) => boolean;

interface Form {
  pattern: RegExp;
  /** What an undeclared name is called by the releases that do not know it. */
  name: string;
  known: (state: State) => boolean;
  test: (words: string[], state: State) => Test;
}

const quoted = String.raw`"((?:[^"\\\n]|\\["\\nr])*)"`;

const isNew = ({ features }: State) => features.filterLanguage === "cel";
const isOld = (state: State) => !isNew(state);

const forms: readonly Form[] = [
  {
    pattern: new RegExp(`creator == ${quoted}`, "y"),
    name: "creator",
    known: (state) => isOld(state) || state.features.filter.creator,
    test: ([name = ""], state) => {
      const creator = unescaped(name);
      const isUser = state.users.some((user) => state.userName(user) === creator);
      if (isOld(state) && !isUser) {
        throw invalid(
          "failed to build find memos with filter: rpc error: code = NotFound desc = user not found",
        );
      }
      return (row) => state.userNameOfId(row.creatorId) === creator;
    },
  },
  {
    pattern: /creator_id == (\d+)/y,
    name: "creator_id",
    known: isNew,
    test:
      ([id]) =>
      (row) =>
        row.creatorId === Number(id),
  },
  ...(["state", "row_status"] as const).map(
    (name): Form => ({
      pattern: new RegExp(`${name} == '(NORMAL|ARCHIVED)'`, "y"),
      name,
      known: (state) => isOld(state) && state.features.filter.stateName === name,
      test:
        ([wanted]) =>
        (row) =>
          row.state === wanted,
    }),
  ),
  {
    pattern: new RegExp(`content_search == \\[${quoted}\\]`, "y"),
    name: "content_search",
    known: isOld,
    test: ([text = ""], state) => contains(unescaped(text), state),
  },
  {
    pattern: new RegExp(`content\\.contains\\(${quoted}\\)`, "y"),
    name: "content",
    known: isNew,
    test: ([text = ""], state) => contains(unescaped(text), state),
  },
];

/** Throws a 400 for what this release does not know. */
export function compileFilter(source: string, state: State): (row: MemoRow) => boolean {
  const tests: Test[] = [];
  for (let at = 0; at < source.length; ) {
    const [form, words] = formAt(source, at);
    if (!form.known(state))
      throw refused(state, source, at, `undeclared reference to '${form.name}' (in container '')`);
    tests.push(form.test(words.slice(1), state));
    at += words[0].length;
    if (source.startsWith(" && ", at)) at += 4;
    else if (at < source.length) throw notImitated(`the filter ${source}`);
  }
  return (row) => tests.every((test) => test(row, state));
}

function formAt(source: string, at: number): [Form, RegExpExecArray] {
  for (const form of forms) {
    form.pattern.lastIndex = at;
    const words = form.pattern.exec(source);
    if (words) return [form, words];
  }
  throw notImitated(`the filter ${source}`);
}

function refused({ features }: State, source: string, at: number, what: string): Error {
  const place = `ERROR: <input>:1:${at + 1}: ${what}\n | ${source}\n | ${".".repeat(at)}^`;
  return invalid(features.filter.refusal + place);
}

const unescaped = (text: string) =>
  text.replace(/\\(.)/g, (_, letter: string) => ({ n: "\n", r: "\r" })[letter] ?? letter);

/** SQL's LIKE: `%` and `_` are wildcards unless the server escapes them. */
function contains(text: string, { features }: State): Test {
  const { literalLike, asciiCase } = features.filter;
  const escaped = text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const pattern = literalLike ? escaped : escaped.replace(/%/g, ".*").replace(/_/g, ".");
  const matcher = asciiCase ? new RegExp(asciiCaseless(pattern), "su") : new RegExp(pattern, "isu");
  return ({ content }) => matcher.test(content);
}

/** SQLite's LIKE passes over the case of these only. */
function asciiCaseless(pattern: string): string {
  return pattern.replace(/(?<!\\)[a-zA-Z]/g, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
}
