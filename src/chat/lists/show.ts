import { logger } from "../../base/log.ts";
import type { ShownMemo } from "../../domain/outgoing.ts";
import type { StyledText } from "../../domain/text.ts";
import type { Texts } from "../../locales/texts.ts";
import { beginningOf } from "../../markdown/to-text.ts";
import type { Attachment, Memo } from "../../memos/client.ts";
import { type Message, say } from "../../replies/messages.ts";
import { createTextWriter, cut, isBlank, oneLine, type Writer } from "../../replies/text-writer.ts";
import { isTelegramError } from "../../telegram/errors.ts";
import { orAsDocuments } from "../../telegram/upload-method.ts";
import type { Asker, ChatContext } from "../context.ts";

/** Less than Telegram's 4,096 and 100: below stand the day, the link and what is missing. */
const ROOM = { length: 3_200, entities: 95 };
/** Of files, in a line. */
const MOST_NAMES = 120;

/** Shows a memo in a chat: as a message, with its files below it. Throws what Memos throws. */
export function createShower(context: ChatContext) {
  const { memos, urls, uploadLimitBytes } = context;
  const sendFiles = createFileSending(context);

  return async (asker: Asker, name: string): Promise<Message> => {
    const { binding, token, texts, signal } = asker;
    const memo = await memos.lookUpMemo(token, name, signal);
    if (!memo) return { text: texts.memoGone };
    const files = memo.attachments.filter(({ size }) => size <= uploadLimitBytes);
    const shows = { memo_name: memo.name, account_key: binding.account_key };
    if (files.length > 0) sendFiles(asker, shows, files);
    const message = await memoMessage(texts, memo, { url: urls.memoUrl(name), limitBytes: uploadLimitBytes });
    return { ...message, shows };
  };
}

/**
 * As much of a memo as a message takes, behind what `writer` has, and below it what there is to know about it; files over
 * the limit are named.
 */
export async function memoMessage(
  texts: Texts,
  memo: Memo,
  { url, limitBytes }: { url: string | null; limitBytes: number },
  writer = createTextWriter(),
): Promise<Message> {
  const { content, attachments } = memo;
  const { first, isWhole } = await beginningOf(content, ROOM);
  writer.add(isBlank(first.text) ? withoutWords(texts, memo) : first);
  writer.add(isWhole ? "\n\n" : `\n\n${texts.restInMemos}\n`);
  const tooBig = attachments.filter(({ size }) => size > limitBytes).map(({ filename }) => filename);
  if (tooBig.length > 0) writer.add(`${notSent(texts, tooBig.join(", "))}\n`);
  addPlace(writer, texts, memo, url);
  return writer.done();
}

/** In place of the words of a memo that has none: its files. As code, since `notes.md` would become a link. */
export function withoutWords(texts: Texts, { attachments }: Memo): StyledText {
  if (attachments.length === 0) return { text: texts.withoutText, entities: [] };
  const names = cut(attachments.map(({ filename }) => oneLine(filename)).join(", "), MOST_NAMES);
  return { text: `📎 ${names}`, entities: [{ type: "code", offset: 3, length: names.length }] };
}

/** When a memo was made, who sees it, and where it is. */
export function addPlace(writer: Writer, texts: Texts, memo: Memo, url: string | null): void {
  writer.add(`${texts.day(new Date(memo.createTime))} · ${memo.visibility}${memo.pinned ? " · 📌" : ""}`);
  addLink(writer, texts, url);
}

/** Where a memo is; nothing where Telegram would show no link. */
export function addLink(writer: Writer, texts: Texts, url: string | null): void {
  if (url !== null) writer.add(" · ").add(texts.open, { url });
}

const TRIES = 4;
const RETRY_MS = 3_000;

/**
 * Sends files from Memos to Telegram, one after another. Best effort, and only in memory: the message about the memo
 * tells of it, and whoever misses a file asks again.
 */
export function createFileSending({ memos, api, outbox, pace, background, clock }: ChatContext) {
  const log = logger("files");
  let last: Promise<void> = Promise.resolve();

  async function sendAll(asker: Asker, shows: ShownMemo, files: readonly Attachment[], signal: AbortSignal) {
    const { to, job_id, texts } = asker;
    for (const file of files) {
      try {
        const { message_id } = await sendOne(asker, file, signal);
        outbox.showed(shows, job_id, { ...to, message_id });
      } catch (error) {
        if (signal.aborted) return;
        log.warn("a file could not be shown", { chat_id: to.chat_id, attachment: file.name, error });
        outbox.owe([say(to, { text: notSent(texts, file.filename) })], true);
      }
    }
  }

  const sendOne = ({ token, to }: Asker, file: Attachment, signal: AbortSignal) =>
    orAsDocuments([file], async (methodOf) => {
      const restsMs = () => pace.restsMs(to.chat_id, true);
      for (let tries = 1; ; tries++) {
        // Other messages go there as well.
        for (let ms = restsMs(); ms > 0 && !signal.aborted; ms = restsMs()) await clock.sleep(ms, signal);
        pace.called(to.chat_id);
        try {
          const bytes = memos.download(token, file, signal);
          const sent = { name: file.filename, type: file.type, bytes };
          return await api.upload(methodOf(file), to, sent, { signal });
        } catch (error) {
          if (!isTelegramError(error) || tries >= TRIES) throw error;
          const { kind, retryAfterMs = RETRY_MS } = error;
          if (kind === "throttled") pace.pause(retryAfterMs);
          else if (error.surelyNotDone) await clock.sleep(retryAfterMs, signal);
          else throw error;
        }
      }
    });

  /** Once what was sent before has gone: all of them share a connection. */
  return (asker: Asker, shows: ShownMemo, files: readonly Attachment[]): void =>
    background.run("sending files", (signal) => {
      const mine = last.then(() => sendAll(asker, shows, files, signal));
      // A full disk, say: the person sees that no more comes.
      last = mine.catch(() => undefined);
      return mine;
    });
}

const notSent = (texts: Texts, filename: string) =>
  texts.missingFile({ name: cut(oneLine(filename), 200), why: texts.couldNotSend });
