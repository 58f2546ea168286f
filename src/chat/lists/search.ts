import type { Texts } from "../../locales/texts.ts";
import type { Memo } from "../../memos/client.ts";
import { unlessGone } from "../../memos/errors.ts";
import { button, type Keyboard, type Message } from "../../replies/messages.ts";
import type { Asker } from "../ask-memos.ts";
import type { ChatContext } from "../context.ts";
import { lastPage, PER_PAGE, pageButtons } from "../notices/failed.ts";
import { createFindOwn, thisDayEarlier } from "./memo-scan.ts";
import { withoutMarks } from "./plain-line.ts";
import { bestLine, termPattern, termsOf } from "./search-terms.ts";
import { addPlace } from "./show.ts";
import type { ShownList, ShownLists } from "./shown-lists.ts";
import { createWriter, cut, oneLine, type Writer } from "./writer.ts";

export type Finder = ReturnType<typeof createFinder>;

/** So many are found at most: who gets more has to say more. */
const MOST = 200;
/** One of these is shown by chance. */
const NEWEST = 1_000;
const LINE = 200;
/** Side by side: more do not fit on a telephone. */
const SHOW_BUTTONS = 3;

/** Looks through a person's own memos. All of it throws what Memos throws. */
export function createFinder(context: ChatContext, lists: ShownLists) {
  const { memos, accountNames, urls, clock, random } = context;
  const findOwn = createFindOwn(context);

  /** The first page of what was found, or `none`. */
  function list(
    { binding, texts }: Asker,
    { kind, query = "", none }: { kind: ShownList["kind"]; query?: string; none: string },
    { found, since }: { found: readonly Memo[]; since: Date | null },
  ): Message {
    const cutWords = since === null ? [] : [texts.lookedBackTo({ day: texts.day(since) })];
    if (found.length === 0) return { text: [none, ...cutWords].join("\n") };
    const { telegram_id } = binding;
    const memo_names = found.map(({ name }) => name);
    const shown = lists.add({ telegram_id, kind, query, memo_names });
    const first = pageOf(texts, shown, 0, found.slice(0, PER_PAGE));
    return { ...first, text: [first.text, ...cutWords].join("\n\n") };
  }

  function pageOf(
    texts: Texts,
    { id, kind, query, memo_names }: ShownList,
    page: number,
    memosThere: readonly (Memo | null | undefined)[],
  ): Message {
    const count = memo_names.length;
    const patterns = kind === "search" ? termsOf(query).map(termPattern) : [];
    const writer = createWriter().add(headOf(texts, kind, query, count), "bold");
    for (const [at, memo] of memosThere.entries()) {
      writer.add(`\n\n${page * PER_PAGE + at + 1}. `);
      if (memo) entry(writer, texts, memo, lineOf(texts, memo, patterns), patterns);
      else writer.add(texts.gone, "italic");
    }
    const places = memosThere.flatMap((memo, at) => (memo ? [page * PER_PAGE + at] : []));
    const turns = pageButtons(page, count, (to) => ({ ask: "list", search_id: id, page: to }));
    return { ...writer.done(), buttons: [...showButtons(texts, id, count, places), ...turns] };
  }

  function entry(writer: Writer, texts: Texts, memo: Memo, line: string, patterns: readonly RegExp[]): void {
    writer.addMarked(line, patterns).add("\n");
    addPlace(writer, texts, memo, urls.memoUrl(memo.name));
  }

  return {
    async search(asker: Asker, query: string, signal: AbortSignal): Promise<Message> {
      const terms = termsOf(query);
      if (terms.length === 0) return { text: asker.texts.searchHow };
      const patterns = terms.map(termPattern);
      const longest = terms.reduce((best, term) => (term.length > best.length ? term : best), "");
      // Memos looks for one of the words; that all of them are there is seen here.
      const isMeant = ({ content }: Memo) => patterns.every((pattern) => pattern.test(content));
      const result = await findOwn(asker, { content: longest, isMeant, limit: MOST }, signal);
      const none = asker.texts.foundNone({ query: named(asker.texts, query) });
      return list(asker, { kind: "search", query: query.slice(0, 1_000), none }, result);
    },

    async recent(asker: Asker, signal: AbortSignal): Promise<Message> {
      const { found } = await findOwn(asker, { limit: MOST }, signal);
      return list(asker, { kind: "recent", none: asker.texts.recentNone }, { found, since: null });
    },

    async today(asker: Asker, signal: AbortSignal): Promise<Message> {
      const spans = thisDayEarlier(new Date(clock.now()));
      const result = await findOwn(asker, { spans, limit: MOST }, signal);
      return list(asker, { kind: "today", none: asker.texts.todayNone }, result);
    },

    async random({ binding, token, texts }: Asker, signal: AbortSignal): Promise<Message> {
      const { found } = await findOwn({ binding, token }, { limit: NEWEST }, signal);
      const memo = found[Math.floor(random() * found.length)];
      if (!memo) return { text: texts.recentNone };
      const writer = createWriter().add(texts.random, "bold").add("\n\n");
      entry(writer, texts, memo, wholeOf(texts, memo), []);
      // As a list of one.
      const { telegram_id } = binding;
      const { id } = lists.add({
        telegram_id,
        kind: "recent",
        query: "",
        memo_names: [memo.name],
      });
      return { ...writer.done(), buttons: showButtons(texts, id, 1, [0]) };
    },

    /** A page of a list that was asked for before: the memos that were found then, as they are now. */
    async page(
      { binding, token, texts }: Asker,
      shown: ShownList,
      asked: number,
      signal: AbortSignal,
    ): Promise<Message> {
      const page = Math.min(asked, lastPage(shown.memo_names.length));
      const names = shown.memo_names.slice(page * PER_PAGE, (page + 1) * PER_PAGE);
      const read = async (name: string): Promise<Memo | null> => {
        const memo = await memos.getMemo(token, name, signal);
        const isTheirs = await accountNames.isOwn({ binding, token, memo }, signal);
        return isTheirs && memo.state === "NORMAL" ? memo : null;
      };
      const memosThere = await Promise.all(names.map((name) => unlessGone(read(name), "forbidden")));
      return pageOf(texts, shown, page, memosThere);
    },
  };
}

/** A button for each memo of a page that is still there, by its number where there are several. */
function showButtons(texts: Texts, id: number, count: number, places: readonly number[]): Keyboard {
  const buttons = places.map((at) =>
    button(count === 1 ? texts.show : `${texts.show} ${at + 1}`, { ask: "show", search_id: id, at }),
  );
  const rows = [buttons.slice(0, SHOW_BUTTONS), buttons.slice(SHOW_BUTTONS)];
  return rows.filter((row) => row.length > 0);
}

function headOf(texts: Texts, kind: ShownList["kind"], query: string, count: number): string {
  if (kind === "recent") return texts.recent;
  if (kind === "today") return texts.today;
  const quoted = named(texts, query);
  return count >= MOST
    ? texts.foundMany({ limit: MOST, query: quoted })
    : texts.found({ count, query: quoted });
}

const named = (texts: Texts, query: string) => texts.quoted({ words: cut(oneLine(query), 60) });

/** The best matching line, cut around its first match. */
function lineOf(texts: Texts, memo: Memo, patterns: readonly RegExp[]): string {
  const line = bestLine(memo.content, patterns);
  if (line === "")
    return memo.attachments.length > 0
      ? texts.filesOnly({ count: memo.attachments.length })
      : texts.emptyMemo;
  const found = patterns.map((pattern) => line.search(pattern)).filter((at) => at >= 0);
  const first = found.length === 0 ? 0 : Math.min(...found);
  return cut(line, LINE, first > LINE / 2 ? first - 40 : 0);
}

function wholeOf(texts: Texts, memo: Memo): string {
  const lines = memo.content
    .split("\n")
    .map(withoutMarks)
    .join("\n")
    .trim()
    .replace(/\n{3,}/g, "\n\n");
  return lines === "" ? lineOf(texts, memo, []) : cut(lines, 3_000);
}
