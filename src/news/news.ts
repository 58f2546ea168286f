import { askName, namedNow } from "../accounts/account-name.ts";
import type { TokenWatch } from "../accounts/token-watch.ts";
import type { Background } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import { createKeyedMutex } from "../base/keyed-mutex.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { Changed } from "../domain/changed.ts";
import { chatAlone, reaction } from "../domain/outgoing.ts";
import { telegramReaction } from "../domain/reactions.ts";
import type { TextsFor } from "../locales/texts.ts";
import type { Memo, MemosClient, Notification } from "../memos/client.ts";
import { isMemosError, unlessGone } from "../memos/errors.ts";
import { say } from "../replies/messages.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Store } from "../store/store.ts";
import { newsMessage } from "./message.ts";

/** How long after trouble Memos is asked again. */
const AGAIN_MS = 60_000;
/** A notification that Memos cannot show for so long is passed over, since those after it wait. */
const STUCK_MS = 600_000;

type Work = (signal: AbortSignal) => Promise<void>;

/** Somebody who is told, with their token. */
interface Reader {
  readonly binding: Binding;
  readonly token: Secret;
}

/** Who asks Memos for an account. */
interface Asker extends Pick<Binding, "account" | "account_key"> {
  readonly token: Secret;
}

/** A memo, and the one that it comments on. */
interface Found {
  readonly memo: Memo;
  readonly on: Memo | undefined;
}

/** Up to which notification somebody was told: of what is there when they choose to be told, they are told nothing. */
const toldUpTo = ({ news_after }: Binding) => news_after ?? Number.POSITIVE_INFINITY;

const wants = ({ news }: Binding, { kind }: Notification) => news === "all" || news === `${kind}s`;

export type News = ReturnType<typeof createNews>;

/** Tells people what others do in Memos: who commented on their memos or mentioned them, and who reacted. */
export function createNews(deps: {
  store: Pick<Store, "bindings" | "news" | "outbox" | "admission">;
  memos: MemosClient;
  urls: { memoUrl(name: string): string | null };
  textsFor: TextsFor;
  /** A token may have died. */
  suspectToken: TokenWatch["suspect"];
  /** Something came for an account: more may come soon. */
  stirred: (account: number) => void;
  background: Pick<Background, "run" | "signal">;
  clock: Pick<Clock, "monotonic" | "sleep">;
  log: Log;
}) {
  const { store, memos, urls, textsFor, suspectToken, stirred, background, clock, log } = deps;
  const { bindings, news, outbox, admission } = store;
  const mutex = createKeyedMutex();
  const asked = new Set<string>();
  const pausing = new Set<string>();
  /** By account: the notification that cannot be read, and since when. */
  const stuck = new Map<number, { readonly number: number; readonly since: number }>();

  /** Works one at a time for each key. As long as the work has not begun, asking for it again adds none. */
  function soon(key: string, work: Work): void {
    if (asked.has(key)) return;
    asked.add(key);
    background.run("telling what others do in memos", (signal) =>
      mutex(key, async () => {
        asked.delete(key);
        await work(signal).catch((error) => {
          if (signal.aborted) return;
          log[isMemosError(error) ? "debug" : "warn"]("news could not be read", { of: key, error });
          again(key, work);
        });
      }),
    );
  }

  /** After a pause, also where nobody asks for it before. */
  function again(key: string, work: Work): void {
    if (pausing.has(key)) return;
    pausing.add(key);
    void clock.sleep(AGAIN_MS, background.signal).then(() => {
      pausing.delete(key);
      soon(key, work);
    });
  }

  function readerOf(binding: Binding): Reader[] {
    const { telegram_id, server } = binding;
    const token = bindings.accessToken(telegram_id);
    return token && server === memos.server && admission.isAllowed(telegram_id) ? [{ binding, token }] : [];
  }
  const readersOf = (account: number) => bindings.toldNews(account).flatMap(readerOf);

  /** One of those who share the account asks for all of them. */
  async function tellAll(account: number, signal: AbortSignal): Promise<void> {
    const readers = readersOf(account);
    for (const { binding, token } of readers) {
      try {
        const named = await namedNow({ memos, bindings }, binding, token, signal);
        const people = readers.map((reader) => reader.binding);
        if (named) await tellNew(people, { token, account: named.account, account_key: account }, signal);
        return;
      } catch (error) {
        // Memos may know the account by another name: it was upgraded, or somebody changed it there.
        if (isMemosError(error, "not_found", "invalid")) {
          await memos.freshInfo(signal);
          await askName({ memos, bindings }, binding, token, signal);
        }
        if (!isMemosError(error, "token_refused")) throw error;
        const { telegram_id } = binding;
        suspectToken(telegram_id, chatAlone(telegram_id), false);
      }
    }
  }

  async function tellNew(readers: readonly Binding[], asker: Asker, signal: AbortSignal): Promise<void> {
    const { token, account, account_key } = asker;
    const after = Math.min(...readers.map(toldUpTo));
    const { newest, fresh } = await memos.notifications(token, account, after, signal);
    for (const reader of readers) if (newest < toldUpTo(reader)) news.begin(reader, newest);
    if (fresh.length > 0) stirred(account_key);
    for (const one of fresh) {
      const untold = readers.filter((reader) => toldUpTo(reader) < one.number);
      const isWanted = untold.some((reader) => wants(reader, one)) && one.sender.name !== account;
      const found = isWanted ? await read(one, asker, signal) : null;
      for (const reader of untold) {
        const isTold = found !== null && wants(reader, one);
        news.tell(reader, one.number, isTold ? await newsFor(reader, one, found) : null);
      }
    }
  }

  /** Null for what is gone, or cannot be read for long. */
  async function read({ number, memo: name, relatedMemo }: Notification, asker: Asker, signal: AbortSignal) {
    const { token, account_key } = asker;
    const get = (memo: string) => memos.lookUpMemo(token, memo, signal);
    try {
      const memo = name === null ? undefined : await get(name);
      if (!memo) return null;
      return { memo, on: relatedMemo === null ? undefined : await get(relatedMemo) };
    } catch (error) {
      if (!isMemosError(error, "server", "timeout", "invalid")) throw error;
      const before = stuck.get(account_key);
      const since = before?.number === number ? before.since : clock.monotonic();
      stuck.set(account_key, { number, since });
      if (clock.monotonic() - since < STUCK_MS) throw error;
      const about = { account: asker.account, number, error };
      log.warn("a notification of memos cannot be read; it is passed over", about);
      return null;
    }
  }

  async function newsFor({ telegram_id }: Binding, one: Notification, found: Found) {
    const { name: memo_name } = found.memo;
    const message = await newsMessage(textsFor(telegram_id), one, { ...found, url: urls.memoUrl(memo_name) });
    return { kind: one.kind, memo_name, owed: say(chatAlone(telegram_id), message, { isLoud: true }) };
  }

  /** The bot's messages about a memo show what somebody else reacted with last. */
  async function showReactions(account: number, memo: string, signal: AbortSignal): Promise<void> {
    for (const { binding, token } of readersOf(account)) {
      const { telegram_id } = binding;
      const messages = news.messagesAbout(memo, telegram_id);
      if (messages.length === 0) continue;
      const all = await unlessGone(memos.reactions(token, memo, signal), "forbidden");
      const emojis = (all ?? [])
        .filter(({ creator }) => creator !== binding.account)
        .flatMap(({ type }) => telegramReaction(type) ?? []);
      const shown = emojis.at(-1) ?? null;
      outbox.owe(messages.map((message_id) => reaction(telegram_id, message_id, shown)));
    }
  }

  return {
    changed({ account, ...changed }: Changed): void {
      if (changed.what === "notifications") soon(`${account}`, (signal) => tellAll(account, signal));
      if (changed.what === "reactions")
        soon(`${account} ${changed.name}`, (signal) => showReactions(account, changed.name, signal));
    },
    /** Whoever wants to be told from now on is told what comes after this. */
    begin(): void {
      for (const { account_key, news_after } of bindings.toldNews())
        if (news_after === null) soon(`${account_key}`, (signal) => tellAll(account_key, signal));
    },
  };
}
