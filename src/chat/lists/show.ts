import { isOwn } from "../../accounts/account-name.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { Texts } from "../../locales/texts.ts";
import { firstMessage } from "../../markdown/split/first-message.ts";
import type { Memo } from "../../memos/client.ts";
import { unlessGone } from "../../memos/errors.ts";
import { type Message, say } from "../../replies/messages.ts";
import type { Pressed } from "../buttons.ts";
import type { Asker, ChatContext } from "../context.ts";
import { createFileSending, missing } from "./show-files.ts";
import { createWriter, cut, type Writer } from "./writer.ts";

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
    const message = await messageOf(texts, memo, urls.memoUrl(name), { limitBytes: uploadLimitBytes });
    if (!isNew(`${chat_id} ${name}`)) return [];
    const files = memo.attachments.filter(({ size }) => size <= uploadLimitBytes);
    if (files.length > 0) sendFiles(asker, files);
    return reply(message);
  };
}

/** As much of a memo as a message takes, and below it what there is to know about it; files over the limit are named. */
export async function messageOf(
  texts: Texts,
  memo: Memo,
  url: string | null,
  { limitBytes = Number.POSITIVE_INFINITY, writer = createWriter() } = {},
): Promise<Message> {
  const { content, attachments } = memo;
  const source = cut(content, MOST_SOURCE);
  // Loaded by who needs it: reading Markdown takes more code than all the rest of the chat.
  const { markdownToText } = await import("../../markdown/read/read.ts");
  const whole = markdownToText(source, url);
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
