import { askName } from "../../accounts/account-name.ts";
import { onClock, zoneOfPerson } from "../../base/zones.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { Texts } from "../../locales/texts.ts";
import type { Memo, MemoSearch } from "../../memos/client.ts";
import { button, lastPage, type Message, PER_PAGE, pageButtons, say } from "../../replies/messages.ts";
import { createTextWriter, cut, oneLine } from "../../replies/text-writer.ts";
import { type Handler, type Handlers, own, type Pressed } from "../buttons.ts";
import type { Answers, Asker, ChatContext } from "../context.ts";
import { bestLine, markedLine, patternOf, termsOf } from "./best-line.ts";
import { addPlace, createShower, withoutWords } from "./show.ts";

/** The most memos that a search finds: who looks for more has to add words. */
const MOST = 200;
/** `/random` chooses among so many of the newest memos. */
const NEWEST = 1_000;
/** A search ends after this time, before the person's patience does, and shows what it found by then. */
const LONGEST_MS = 12_000;
/** Buttons in a row: more do not fit on a phone. */
const SHOW_BUTTONS = 3;
/** How many lists are kept in memory, some kilobytes each. */
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

  /** Finds memos and shows the first page of them. */
  async function firstPage(
    asker: Asker,
    { head, terms = [], ...wanted }: Parameters<typeof findOwn>[1] & { head?: string; terms?: string[] },
  ): Promise<Message> {
    const { from: telegram_id, texts } = asker;
    const { found, since } = await findOwn(asker, wanted);
    const cutWords = since === null ? [] : [texts.lookedBackTo({ day: texts.day(since) })];
    if (found.length === 0) return { text: [texts.foundNone, ...cutWords].join("\n") };
    const named = head ?? texts.found({ count: found.length, query: `“${cut(terms.join(" "), 60)}”` });
    const list = { id: nextId++, telegram_id, head: named, terms, memo_names: found.map(({ name }) => name) };
    lists.set(list.id, list);
    lists.delete(list.id - MOST_LISTS);
    const page = await pageOf(texts, list, 0, found.slice(0, PER_PAGE));
    return { ...page, text: [page.text, ...cutWords].join("\n\n") };
  }

  async function pageOf(
    texts: Texts,
    { id, head, terms, memo_names }: List,
    page: number,
    memosThere: readonly (Memo | undefined)[],
  ): Promise<Message> {
    const writer = createTextWriter().add(head, "bold");
    const shows = [];
    for (const [index, memo] of memosThere.entries()) {
      const at = page * PER_PAGE + index;
      writer.add(`\n\n${at + 1}. `);
      if (memo) {
        const line = await bestLine(memo.content, terms);
        writer.add(line === "" ? withoutWords(texts, memo) : markedLine(line, terms)).add("\n");
        addPlace(writer, texts, memo, urls.memoUrl(memo.name));
        shows.push(button(`${texts.show} ${at + 1}`, { ask: "show", search_id: id, at }));
      } else writer.add(texts.memoGone, "italic");
    }
    const pages = pageButtons(page, memo_names.length, (to) => ({ ask: "list", search_id: id, page: to }));
    const rows = [shows.slice(0, SHOW_BUTTONS), shows.slice(SHOW_BUTTONS), ...pages];
    return { ...writer.done(), buttons: rows.filter((row) => row.length > 0) };
  }

  /** A page of a list: the memos that were found then, as they are now. */
  async function page({ token, signal, texts }: Asker, list: List, asked: number): Promise<Message> {
    const page = Math.min(asked, lastPage(list.memo_names.length));
    const names = list.memo_names.slice(page * PER_PAGE, (page + 1) * PER_PAGE);
    const read = (name: string) => memos.lookUpMemo(token, name, signal);
    return pageOf(texts, list, page, await Promise.all(names.map(read)));
  }

  async function search(asker: Asker, query: string): Promise<Message> {
    const wanted = wantedBy(query);
    if (wanted.terms.length === 0) return { text: asker.texts.searchHow };
    return firstPage(asker, { ...wanted, limit: MOST });
  }

  async function byChance(asker: Asker): Promise<Message> {
    const { found } = await findOwn(asker, { limit: NEWEST });
    const memo = found[Math.floor(random() * found.length)];
    return memo ? show(asker, memo.name) : { text: asker.texts.foundNone };
  }

  const commands: Answers = {
    search: (said, { argument }) => answerFromMemos(said, (asker) => search(asker, argument)),
    recent: (said) =>
      answerFromMemos(said, (asker) => firstPage(asker, { head: said.texts.commands.recent, limit: MOST })),
    today: (said) =>
      answerFromMemos(said, (asker) => {
        const isMeant = isOfThisDay({ now: clock.now(), zone: zoneOfPerson(asker.binding) });
        return firstPage(asker, { head: said.texts.commands.today, isMeant, limit: MOST });
      }),
    random: (said) => answerFromMemos(said, byChance),
  };

  /** A button of a list: only who asked for it may press. */
  const ofList = <Asked extends { readonly search_id: number }>(
    work: (asker: Pressed & Asker, list: List, asked: Asked) => Promise<Owed[]>,
  ): Handler<Asked> =>
    own((pressed, asked) => {
      const { from, texts } = pressed;
      const list = lists.get(asked.search_id);
      if (!list) return texts.listTooOld;
      const asker = askerOf(pressed);
      if (!asker || list.telegram_id !== from) return texts.notYours;
      return askMemos(asker, (asker) => work(asker, list, asked), pressed.fail);
    });

  const buttons = {
    list: ofList(async (asker, list, asked) => asker.edit(await page(asker, list, asked.page))),
    /** One of its memos, below it. */
    show: ofList(async (asker, { memo_names }, { at }) => {
      const { texts, to, message_id: replyTo } = asker;
      const name = memo_names[at];
      const shown = name === undefined ? { text: texts.listTooOld } : await show(asker, name);
      return [say(to, shown, { replyTo })];
    }),
  } satisfies Partial<Handlers>;
  return { commands, buttons };
}

/** How memos are found that have all of these words, or phrases in quotes. Without any, all memos are meant. */
export function wantedBy(query: string) {
  const terms = termsOf(oneLine(query));
  // Memos is asked for the longest word; whether the others are there too is checked here.
  const [longest] = terms.toSorted((one, other) => other.length - one.length);
  const isMeant = ({ content }: Memo) => terms.every((term) => content.search(patternOf(term)) >= 0);
  return { terms, isMeant, ...(longest !== undefined && { content: longest }) };
}

/**
 * Finds a person's own memos, the newest first. `since`: how far back it came until it took too long; null where it
 * came to the end, or found as many as were asked for. Throws what Memos throws.
 */
export function createFindOwn(context: Pick<ChatContext, "memos" | "bindings" | "clock">) {
  const { memos, clock } = context;
  return async (
    { binding, token, signal }: Pick<Asker, "binding" | "token" | "signal">,
    {
      isMeant = () => true,
      ...search
    }: Omit<MemoSearch, "look"> & { readonly isMeant?: (memo: Memo) => boolean },
  ) => {
    const end = clock.monotonic() + LONGEST_MS;
    let oldest = clock.now();
    let isCut = false;
    const look = (memo: Memo) => {
      isCut = clock.monotonic() > end;
      if (isCut) return "stop";
      // Pinned ones may come first, however old.
      if (!memo.pinned) oldest = Date.parse(memo.createTime);
      return isMeant(memo);
    };
    // Memos may call the account by another name by now.
    const { account } = (await askName(context, binding, token, signal)) ?? binding;
    const found = await memos.findMemos(token, account, { ...search, look }, signal);
    return { found, since: isCut ? new Date(oldest) : null };
  };
}

/** Whether a memo is of this day, or of the `days` that end with it, in this year or an earlier one, by the clocks of a zone. */
export function isOfThisDay({ now, zone, days = 1 }: { now: number; zone: string; days?: number }) {
  const today = onClock(now, zone).toPlainDate();
  const dayOf = ({ month, day }: Temporal.PlainDate) => `${month}-${day}`;
  const wanted = new Set(Array.from({ length: days }, (_, back) => dayOf(today.subtract({ days: back }))));
  return ({ createTime }: Pick<Memo, "createTime">): boolean => {
    const then = onClock(Date.parse(createTime), zone).toPlainDate();
    return then.year <= today.year && wanted.has(dayOf(then));
  };
}
