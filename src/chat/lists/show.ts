import { isOwn } from "../../accounts/account-name.ts";
import { logger } from "../../base/log.ts";
import type { Secret } from "../../base/secret.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { Texts } from "../../locales/texts.ts";
import { firstMessage } from "../../markdown/split/cut.ts";
import type { Attachment, Memo } from "../../memos/client.ts";
import { unlessGone } from "../../memos/errors.ts";
import { type Message, say } from "../../replies/messages.ts";
import type { UploadMethod } from "../../telegram/api.ts";
import { isTelegramError } from "../../telegram/errors.ts";
import type { Pressed } from "../buttons.ts";
import type { Asker, ChatContext } from "../context.ts";
import { createWriter, cut, oneLine, type Writer } from "./writer.ts";

/** Of a memo's source. */
const MOST_SOURCE = 16_000;
/** Less than Telegram's 4,096 and 100: below stand the day, the link and what is missing. */
const ROOM = { length: 3_200, entities: 95 };
const MOST_LINES = 5;
/** Whoever presses again within it is impatient. */
const REPEAT_MS = 10_000;
/** Telegram refuses a message of nothing but these. */
const INVISIBLE = /^(?:\s|\p{Cf}|\p{Default_Ignorable_Code_Point}|\u2800)*$/u;

/** Sends a memo into the chat: its text with its formatting, then its files. Throws what Memos throws. */
export function createShower(context: ChatContext) {
  const { memos, urls, uploadLimitBytes, clock } = context;
  const sendFiles = createFileSending(context);
  const lastShown = new Map<string, number>();

  /** Whether it is shown for the first time in a while; notes that it is. */
  function isNew(key: string): boolean {
    const now = clock.monotonic();
    for (const [old, at] of lastShown) if (now - at > REPEAT_MS) lastShown.delete(old);
    if (lastShown.has(key)) return false;
    lastShown.set(key, now);
    return true;
  }

  return async (asker: Asker & Pressed, name: string): Promise<Owed[]> => {
    const { token, texts, signal, chat_id, message_id: replyTo } = asker;
    const reply = (message: Message) => [say(chat_id, message, { replyTo })];
    const memo = await unlessGone(memos.getMemo(token, name, signal), "forbidden");
    if (!memo) return reply({ text: texts.memoGone });
    if (!(await isOwn(context, { ...asker, memo }, signal))) return reply({ text: texts.notYours });
    const message = await memoMessage(texts, memo, urls.memoUrl(name), { limitBytes: uploadLimitBytes });
    if (!isNew(`${chat_id} ${name}`)) return [];
    const files = memo.attachments.filter(({ size }) => size <= uploadLimitBytes);
    if (files.length > 0) sendFiles(asker, files);
    return reply(message);
  };
}

/** As much of a memo as a message takes, and below it what there is to know about it; files over the limit are named. */
export async function memoMessage(
  texts: Texts,
  memo: Memo,
  url: string | null,
  { limitBytes = Number.POSITIVE_INFINITY, writer = createWriter() } = {},
): Promise<Message> {
  const { content, attachments } = memo;
  const source = cut(content, MOST_SOURCE);
  // Loaded by who needs it: reading Markdown takes more code than all the rest of the chat.
  const { markdownToText } = await import("../../markdown/read/read.ts");
  const whole = markdownToText(source);
  const first = firstMessage(whole, ROOM);
  const isWhole = source === content && first.text.length === whole.text.length;
  writer.add(INVISIBLE.test(first.text) ? withoutWords(texts, memo) : first);
  writer.add(isWhole ? "\n\n" : `\n\n${texts.restInMemos}\n`);
  const tooBig = attachments.filter(({ size }) => size > limitBytes);
  for (const { filename, size } of tooBig.slice(0, MOST_LINES)) {
    const why = texts.tooBigToSend({ megabytes: Math.ceil(size / 1_000_000) });
    writer.add(`${missing(texts, filename, why)}\n`);
  }
  if (tooBig.length > MOST_LINES) writer.add(`… +${tooBig.length - MOST_LINES}\n`);
  addPlace(writer, texts, memo, url);
  return writer.done();
}

/** In place of the words of a memo that has none. */
export const withoutWords = (texts: Texts, { attachments }: Memo) =>
  attachments.length > 0 ? texts.filesOnly({ count: attachments.length }) : texts.withoutText;

/** When a memo was made, who sees it, and where it is. */
export function addPlace(writer: Writer, texts: Texts, memo: Memo, url: string | null): void {
  writer.add(`${texts.day(new Date(memo.createTime))} · ${memo.visibility}${memo.pinned ? " · 📌" : ""}`);
  if (url !== null) writer.add(" · ").add(texts.open, { url });
}

const TRIES = 4;
const RETRY_MS = 3_000;
const ANSWER_LOOK_MS = 250;
/** Telegram cannot be reached: the text waits, its files do not. */
const ANSWER_WAIT_MS = 10 * 60_000;
const PHOTO_LIMIT_BYTES = 10_000_000;

/**
 * Sends files from Memos to Telegram, one after another. Best effort, and only in memory: the text that went before
 * them tells of the memo, and whoever misses a file presses again.
 */
export function createFileSending({ memos, api, outbox, pace, background, clock }: ChatContext) {
  const log = logger("files");
  let last: Promise<void> = Promise.resolve();

  /** They come after what the press is answered. */
  async function sendAll(asker: Asker & Pressed, files: readonly Attachment[], signal: AbortSignal) {
    const { job_id, chat_id, token, texts } = asker;
    const until = clock.monotonic() + ANSWER_WAIT_MS;
    while (!outbox.isAnswered(job_id, chat_id)) {
      if (clock.monotonic() > until || signal.aborted) return;
      await clock.sleep(ANSWER_LOOK_MS, signal);
    }
    for (const file of files) {
      try {
        await sendOne(token, chat_id, file, signal);
      } catch (error) {
        if (signal.aborted) return;
        log.warn("a file could not be shown", { job_id, attachment: file.name, error });
        outbox.owe([say(chat_id, { text: missing(texts, file.filename, texts.couldNotSend) })]);
      }
    }
  }

  /** Waits until the chat may be written to: other messages go there as well. */
  async function turn(chatId: number, signal: AbortSignal): Promise<void> {
    for (let ms = pace.restsMs(chatId); ms > 0 && !signal.aborted; ms = pace.restsMs(chatId)) {
      await clock.sleep(ms, signal);
    }
  }

  async function sendOne(token: Secret, chatId: number, file: Attachment, signal: AbortSignal) {
    let method = methodOf(file);
    for (let tries = 1; ; tries++) {
      try {
        await turn(chatId, signal);
        const bytes = memos.download(token, file, signal);
        await api.upload(method, chatId, { name: file.filename, type: file.type, bytes }, signal);
        return;
      } catch (error) {
        if (!isTelegramError(error) || tries >= TRIES) throw error;
        const { kind, retryAfterMs = RETRY_MS } = error;
        // Telegram takes any file as a document, but not any picture as a photo.
        if (kind === "refused" && method !== "sendDocument") method = "sendDocument";
        else if (kind === "throttled") pace.pause(retryAfterMs);
        else if (error.surelyNotDone) await clock.sleep(retryAfterMs, signal);
        else throw error;
      } finally {
        pace.called(chatId);
      }
    }
  }

  /** Sends them, once what was sent before has gone: one after another, since all of them share a connection. */
  return (asker: Asker & Pressed, files: readonly Attachment[]): void =>
    background.run("sending files", (signal) => {
      const mine = last.then(() => sendAll(asker, files, signal));
      // A full disk, say: the person sees that no more comes.
      last = mine.catch(() => undefined);
      return mine;
    });
}

/** As what Telegram shows it best. */
function methodOf({ type, size }: Attachment): UploadMethod {
  if (/^image\/(jpeg|png|webp)$/.test(type) && size <= PHOTO_LIMIT_BYTES) return "sendPhoto";
  if (type === "image/gif") return "sendAnimation";
  if (type === "video/mp4") return "sendVideo";
  return /^audio\/(mpeg|mp4|x-m4a)$/.test(type) ? "sendAudio" : "sendDocument";
}

/** A line for a file that is not sent. */
const missing = (texts: Texts, filename: string, why: string) =>
  texts.missingFile({ name: cut(oneLine(filename), 60), why });
