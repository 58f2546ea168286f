import type { Clock } from "../clock.ts";
import type { Memo } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Secret } from "../secret.ts";
import type { Search, Searches } from "../store/searches.ts";
import { lastPage, PER_PAGE, pageButtons } from "./failed.ts";
import { createKeeper, createLookThrough, thisDayEarlier } from "./looking.ts";
import { button, type Keyboard, type Message } from "./messages.ts";
import { createPatience } from "./patience.ts";
import { withoutMarks } from "./plain-line.ts";
import { bestLine, termPattern, termsOf } from "./search-terms.ts";
import { addPlace } from "./show.ts";
import type { Texts } from "./texts.ts";
import type { AccountNames, Asker } from "./whose.ts";
import { createWriter, cut, oneLine } from "./writer.ts";

/** Looks through a person's own memos. All of it throws what Memos throws, "aborted" when it takes too long. */
export interface Finder {
  search(asker: Asker, query: string, signal: AbortSignal): Promise<Message>;
  recent(asker: Asker, signal: AbortSignal): Promise<Message>;
  today(asker: Asker, signal: AbortSignal): Promise<Message>;
  random(asker: Asker, signal: AbortSignal): Promise<Message>;
  /** A page of a list that was asked for before: the memos that were found then, as they are now. */
  page(asker: Asker, search: Search, page: number, signal: AbortSignal): Promise<Message>;
}

/** So many are found at most: who gets more has to say more. */
const MOST = 200;
const LINE = 200;
/** Side by side: more do not fit on a telephone. */
const SHOW_BUTTONS = 3;

export function createFinder(deps: {
  memos: Parameters<typeof createLookThrough>[0]["memos"] & {
    getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo>;
  };
  accountNames: AccountNames;
  searches: Searches;
  memoUrl: (name: string) => string | null;
  clock: Clock;
  random: () => number;
}): Finder {
  const { memos, accountNames, searches, memoUrl, clock, random } = deps;

  const patiently = createPatience(clock);

  const lookThrough = createLookThrough({ memos, accountNames, patiently, clock });

  /** Remembers what was found, so that pages stay as they are while memos are added. */
  function remembered(asker: Asker, kind: Search["kind"], query: string, found: readonly Memo[]): Search {
    const { telegram_id, server, account } = asker.binding;
    const memo_names = found.slice(0, MOST).map(({ name }) => name);
    const row = { telegram_id, server, account, kind, query, memo_names };
    return { ...row, id: searches.add(row), created_at: clock.now() };
  }

  /** `cutAt`: how many were looked through, where that was not all. */
  function list(
    asker: Asker,
    { kind, query = "", cutAt }: { kind: Search["kind"]; query?: string; cutAt: number | null },
    found: readonly Memo[],
  ): Message {
    const shown = render(asker, remembered(asker, kind, query, found), 0, found.slice(0, PER_PAGE));
    return { ...shown, text: [shown.text, ...cutWords(asker.texts, cutAt)].join("\n\n") };
  }

  function render(asker: Asker, search: Search, page: number, shown: readonly (Memo | null)[]): Message {
    const { texts } = asker;
    const { kind, query, memo_names } = search;
    const count = memo_names.length;
    const patterns = kind === "search" ? termsOf(query).map(termPattern) : [];
    const writer = createWriter().add(headOf(texts, kind, query, count), "bold");
    for (const [at, memo] of shown.entries()) {
      writer.add(`\n\n${page * PER_PAGE + at + 1}. `);
      if (memo) entry(writer, texts, memo, lineOf(texts, memo, patterns), patterns);
      else writer.add(texts.gone, "italic");
    }
    const places = shown.flatMap((memo, at) => (memo ? [page * PER_PAGE + at] : []));
    const turns = pageButtons(page, count, (to) => ({ ask: "list", search_id: search.id, page: to }));
    return { ...writer.done(), buttons: [...showButtons(texts, search, places), ...turns] };
  }

  function entry(
    writer: ReturnType<typeof createWriter>,
    texts: Texts,
    memo: Memo,
    line: string,
    patterns: readonly RegExp[],
  ): void {
    writer.addMarked(line, patterns);
    writer.add("\n");
    addPlace(writer, texts, memo, memoUrl(memo.name));
  }

  return {
    async search(asker, query, signal) {
      const terms = termsOf(query);
      if (terms.length === 0) return { text: asker.texts.searchHow };
      const patterns = terms.map(termPattern);
      const longest = terms.reduce((best, term) => (term.length > best.length ? term : best), "");
      const keeper = createKeeper(MOST);
      // Memos looks for one of the words; that all of them are there is seen here.
      const isMeant = ({ content }: Memo) => patterns.every((pattern) => pattern.test(content));
      const cutAt = await lookThrough(
        asker,
        { content: longest },
        (memo) => !isMeant(memo) || keeper.take(memo),
        signal,
      );
      const found = keeper.newestFirst();
      if (found.length > 0)
        return list(asker, { kind: "search", query: query.slice(0, 1_000), cutAt }, found);
      return nothing(asker.texts.foundNone(named(asker.texts, query)), asker.texts, cutAt);
    },

    async recent(asker, signal) {
      const keeper = createKeeper(MOST);
      await lookThrough(asker, {}, keeper.take, signal);
      const found = keeper.newestFirst();
      if (found.length === 0) return { text: asker.texts.recentNone };
      return list(asker, { kind: "recent", cutAt: null }, found);
    },

    async today(asker, signal) {
      const keeper = createKeeper(MOST);
      const spans = thisDayEarlier(new Date(clock.now()));
      const cutAt = await lookThrough(asker, { spans }, keeper.take, signal);
      const found = keeper.newestFirst();
      if (found.length > 0) return list(asker, { kind: "today", cutAt }, found);
      return nothing(asker.texts.todayNone, asker.texts, cutAt);
    },

    async random(asker, signal) {
      const { texts } = asker;
      let seen = 0;
      let memo: Memo | undefined;
      const cutAt = await lookThrough(
        asker,
        {},
        (candidate) => {
          seen++;
          // Each of them by the same chance, and only one is kept.
          if (random() * seen < 1) memo = candidate;
          return true;
        },
        signal,
      );
      if (!memo) return { text: texts.recentNone };
      const writer = createWriter().add(texts.random, "bold").add("\n\n");
      entry(writer, texts, memo, wholeOf(texts, memo), []);
      for (const words of cutWords(texts, cutAt)) writer.add(`\n\n${words}`);
      // As a list of one.
      const search = remembered(asker, "recent", "", [memo]);
      return { ...writer.done(), buttons: showButtons(texts, search, [0]) };
    },

    async page(asker, search, asked, signal) {
      const { binding, token } = asker;
      const page = Math.min(asked, lastPage(search.memo_names.length));
      const names = search.memo_names.slice(page * PER_PAGE, (page + 1) * PER_PAGE);
      const shown = await patiently(signal, (limited) =>
        Promise.all(
          names.map(async (name) => {
            try {
              const memo = await memos.getMemo(token, name, limited);
              const isTheirs = await accountNames.isOwn({ binding, token, memo }, limited);
              return isTheirs && memo.state === "NORMAL" ? memo : null;
            } catch (error) {
              if (isMemosError(error, "not_found", "forbidden")) return null;
              throw error;
            }
          }),
        ),
      );
      return render(asker, search, page, shown);
    },
  };
}

const cutWords = (texts: Texts, cutAt: number | null) => (cutAt === null ? [] : [texts.lookedThrough(cutAt)]);

const nothing = (text: string, texts: Texts, cutAt: number | null): Message => ({
  text: [text, ...cutWords(texts, cutAt)].join("\n"),
});

/** A button for each memo of a page that is still there, by its number where there are several. */
function showButtons(texts: Texts, search: Search, places: readonly number[]): Keyboard {
  const isOne = search.memo_names.length === 1;
  const buttons = places.map((at) =>
    button(isOne ? texts.show : `${texts.show} ${at + 1}`, { ask: "show", search_id: search.id, at }),
  );
  const rows = [buttons.slice(0, SHOW_BUTTONS), buttons.slice(SHOW_BUTTONS)];
  return rows.filter((row) => row.length > 0);
}

function headOf(texts: Texts, kind: Search["kind"], query: string, count: number): string {
  if (kind === "recent") return texts.recent;
  if (kind === "today") return texts.today;
  const quoted = named(texts, query);
  return count >= MOST ? texts.foundMany(MOST, quoted) : texts.found(count, quoted);
}

const named = (texts: Texts, query: string) => texts.quoted(cut(oneLine(query), 60));

/** The best matching line, cut around its first match. */
function lineOf(texts: Texts, memo: Memo, patterns: readonly RegExp[]): string {
  const line = bestLine(memo.content, patterns);
  if (line === "")
    return memo.attachments.length > 0 ? texts.filesOnly(memo.attachments.length) : texts.emptyMemo;
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
