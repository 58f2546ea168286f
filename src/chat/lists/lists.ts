import { isOwn } from "../../accounts/account-name.ts";
import type { Texts } from "../../locales/texts.ts";
import type { Memo } from "../../memos/client.ts";
import { unlessGone } from "../../memos/errors.ts";
import { button, lastPage, type Message, PER_PAGE, pageButtons, say } from "../../replies/messages.ts";
import type { Handlers, Pressed } from "../buttons.ts";
import type { Answers, Asker, ChatContext } from "../context.ts";
import { anyOf, bestLine, termPattern, termsOf } from "./best-line.ts";
import { createFindOwn, type Found, isThisDayEarlier } from "./memo-scan.ts";
import { addPlace, createShower, memoMessage, withoutWords } from "./show.ts";
import { createWriter, cut, oneLine } from "./writer.ts";

/** So many are found at most: who gets more has to say more. */
const MOST = 200;
/** One of these is shown by chance. */
const NEWEST = 1_000;
const LINE = 200;
/** Side by side: more do not fit on a telephone. */
const SHOW_BUTTONS = 3;
/** Of some kilobytes each. */
const MOST_LISTS = 200;

/** Memos that were found, as they are listed in the chat: the pages stay as they were while memos are added. */
interface List {
  /** Short enough for a button. */
  readonly id: number;
  readonly telegram_id: number;
  readonly head: string;
  /** What was looked for. */
  readonly terms: readonly string[];
  readonly memo_names: readonly string[];
}

/** Looks through a person's own memos. */
export function createLists(context: ChatContext) {
  const { memos, urls, clock, random, askerOf, askMemos, answerFromMemos } = context;
  const findOwn = createFindOwn(context);
  const show = createShower(context);
  /** The last that were shown, in memory. Ids count from the time of the start: a button from before it finds none. */
  const lists = new Map<number, List>();
  let nextId = clock.now();

  function keep(shown: Omit<List, "id">): List {
    const list = { ...shown, id: nextId++ };
    lists.set(list.id, list);
    lists.delete(list.id - MOST_LISTS);
    return list;
  }

  /** The first page of what was found, or `none`. */
  async function firstPage(
    { from: telegram_id, texts }: Asker,
    { found, since }: Found,
    { head, none, terms = [] }: { head: string; none: string; terms?: readonly string[] },
  ): Promise<Message> {
    const cutWords = since === null ? [] : [texts.lookedBackTo({ day: texts.day(since) })];
    if (found.length === 0) return { text: [none, ...cutWords].join("\n") };
    const list = keep({ telegram_id, head, terms, memo_names: found.map(({ name }) => name) });
    const page = await pageOf(texts, list, 0, found.slice(0, PER_PAGE));
    return { ...page, text: [page.text, ...cutWords].join("\n\n") };
  }

  async function pageOf(
    texts: Texts,
    { id, head, terms, memo_names }: List,
    page: number,
    memosThere: readonly (Memo | null | undefined)[],
  ): Promise<Message> {
    const count = memo_names.length;
    const writer = createWriter().add(head, "bold");
    const places: number[] = [];
    for (const [at, memo] of memosThere.entries()) {
      const place = page * PER_PAGE + at;
      writer.add(`\n\n${place + 1}. `);
      if (memo) {
        writer.addMarked(await lineOf(texts, memo, terms), anyOf(terms)).add("\n");
        addPlace(writer, texts, memo, urls.memoUrl(memo.name));
        places.push(place);
      } else writer.add(texts.gone, "italic");
    }
    const turns = pageButtons(page, count, (to) => ({ ask: "list", search_id: id, page: to }));
    return { ...writer.done(), buttons: [...showButtons(texts, id, count, places), ...turns] };
  }

  async function search(asker: Asker, query: string): Promise<Message> {
    const { texts } = asker;
    const terms = termsOf(query);
    const patterns = terms.map(termPattern);
    // Memos looks for one of the words; that all of them are there is seen here.
    const [longest] = terms.toSorted((one, other) => other.length - one.length);
    if (longest === undefined) return { text: texts.searchHow };
    const isMeant = ({ content }: Memo) => patterns.every((pattern) => pattern.test(content));
    const result = await findOwn(asker, { content: longest, isMeant, limit: MOST });
    const count = result.found.length;
    const named = texts.quoted({ words: cut(oneLine(query), 60) });
    const head =
      count >= MOST ? texts.foundMany({ limit: MOST, query: named }) : texts.found({ count, query: named });
    return firstPage(asker, result, { head, none: texts.foundNone({ query: named }), terms });
  }

  async function recent(asker: Asker): Promise<Message> {
    const { found } = await findOwn(asker, { limit: MOST });
    const { recent: head, recentNone: none } = asker.texts;
    return firstPage(asker, { found, since: null }, { head, none });
  }

  async function today(asker: Asker): Promise<Message> {
    const isMeant = isThisDayEarlier(new Date(clock.now()));
    const { today: head, todayNone: none } = asker.texts;
    return firstPage(asker, await findOwn(asker, { isMeant, limit: MOST }), { head, none });
  }

  async function byChance(asker: Asker): Promise<Message> {
    const { from: telegram_id, texts } = asker;
    const { found } = await findOwn(asker, { limit: NEWEST });
    const memo = found[Math.floor(random() * found.length)];
    if (!memo) return { text: texts.recentNone };
    const writer = createWriter().add(texts.random, "bold").add("\n\n");
    const message = await memoMessage(texts, memo, urls.memoUrl(memo.name), { writer });
    // As a list of one.
    const { id } = keep({ telegram_id, head: texts.recent, terms: [], memo_names: [memo.name] });
    return { ...message, buttons: showButtons(texts, id, 1, [0]) };
  }

  /** A page of a list: the memos that were found then, as they are now. */
  async function page(asker: Asker, list: List, asked: number): Promise<Message> {
    const { token, signal, texts } = asker;
    const page = Math.min(asked, lastPage(list.memo_names.length));
    const names = list.memo_names.slice(page * PER_PAGE, (page + 1) * PER_PAGE);
    const read = async (name: string): Promise<Memo | null> => {
      const memo = await memos.getMemo(token, name, signal);
      return memo.state === "NORMAL" && (await isOwn(context, { ...asker, memo }, signal)) ? memo : null;
    };
    const memosThere = await Promise.all(names.map((name) => unlessGone(read(name), "forbidden")));
    return pageOf(texts, list, page, memosThere);
  }

  /** A list that the presser asked for. */
  function listOf(pressed: Pressed, id: number) {
    const { from, texts } = pressed;
    const list = lists.get(id);
    if (!list) return texts.listTooOld;
    const asker = askerOf(pressed);
    return asker && list.telegram_id === from ? { list, asker } : texts.notYours;
  }

  const commands: Answers = {
    search: (said, { argument }) => answerFromMemos(said, (asker) => search(asker, argument)),
    recent: (said) => answerFromMemos(said, recent),
    today: (said) => answerFromMemos(said, today),
    random: (said) => answerFromMemos(said, byChance),
  };

  const buttons = {
    list(pressed, asked) {
      const of = listOf(pressed, asked.search_id);
      if (typeof of === "string") return of;
      const turn = async (asker: Asker) => pressed.edit(await page(asker, of.list, asked.page));
      return askMemos(of.asker, turn, pressed.fail);
    },
    /** One of its memos, below it. */
    show(pressed, asked) {
      const of = listOf(pressed, asked.search_id);
      if (typeof of === "string") return of;
      const name = of.list.memo_names[asked.at];
      if (name === undefined) return pressed.texts.listTooOld;
      const { chat_id, message_id: replyTo } = pressed;
      return askMemos(
        of.asker,
        (asker) => show(asker, name),
        (text) => [say(chat_id, { text }, { replyTo })],
      );
    },
  } satisfies Partial<Handlers>;
  return { commands, buttons };
}

/** A button for each memo of a page that is still there, by its number where there are several. */
function showButtons(texts: Texts, id: number, count: number, places: readonly number[]) {
  const buttons = places.map((at) =>
    button(count === 1 ? texts.show : `${texts.show} ${at + 1}`, { ask: "show", search_id: id, at }),
  );
  const rows = [buttons.slice(0, SHOW_BUTTONS), buttons.slice(SHOW_BUTTONS)];
  return rows.filter((row) => row.length > 0);
}

/** The best matching line, cut around its first match. */
async function lineOf(texts: Texts, memo: Memo, terms: readonly string[]): Promise<string> {
  const line = await bestLine(memo.content, terms);
  if (line === "") return withoutWords(texts, memo);
  const first = line.search(anyOf(terms) ?? "");
  return cut(line, LINE, first > LINE / 2 ? first - 40 : 0);
}
