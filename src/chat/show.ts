import type { TelegramMessageEntity } from "gramio";
import type { Clock } from "../clock.ts";
import type { Attachment, Memo } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Secret } from "../secret.ts";
import type { Owed } from "../store/outbox.ts";
import type { EntityText } from "../telegram/entity-writer.ts";
import { say } from "./messages.ts";
import { createPatience } from "./patience.ts";
import type { Asker } from "./search.ts";
import type { FilesToSend } from "./show-files.ts";
import type { Texts } from "./texts.ts";
import type { AccountNames } from "./whose.ts";
import { createWriter, cut, oneLine } from "./writer.ts";

/** Where a memo is shown. */
export interface Place {
  readonly chat_id: number;
  /** The press that asked for it. */
  readonly job_id: number;
  /** The message with the button. */
  readonly replyTo: number | null;
}

/** Sends a memo into the chat: its text with its formatting, then its files. */
export interface Shower {
  /**
   * Returns the messages owed; nothing when the memo was shown there a moment ago.
   * Throws what Memos throws, "aborted" when it takes too long.
   */
  show(asker: Asker, name: string, place: Place, signal: AbortSignal): Promise<Owed[]>;
}

/** Of a memo: who wants more opens it in Memos. */
const MOST_SOURCE = 16_000;
const MOST_MESSAGES = 4;
/** Less than Telegram's 4,096 and 100: the last message ends with the day, the link and what is missing. */
const ROOM = { length: 3_200, entities: 95 };
const MOST_LINES = 5;
/** Whoever presses again within it is impatient. */
const REPEAT_MS = 10_000;

export function createShower(deps: {
  memos: { getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo> };
  accountNames: Pick<AccountNames, "isOwn">;
  /** Sends files after the messages of the press have gone out. */
  sendFiles: (files: FilesToSend) => void;
  /** Larger ones are not sent. */
  limitBytes: number;
  memoUrl: (name: string) => string | null;
  clock: Clock;
}): Shower {
  const { memos, accountNames, sendFiles, limitBytes, memoUrl, clock } = deps;
  const patiently = createPatience(clock);
  const lastShown = new Map<string, number>();

  /** Whether it is shown for the first time in a while; notes that it is. */
  function isNew(key: string): boolean {
    const now = clock.monotonic();
    for (const [old, at] of lastShown) if (now - at > REPEAT_MS) lastShown.delete(old);
    if (lastShown.has(key)) return false;
    lastShown.set(key, now);
    return true;
  }

  return {
    async show({ binding, token, texts }, name, { chat_id, job_id, replyTo }, signal) {
      const reply = (message: EntityText, isFirst: boolean) =>
        say(chat_id, message, { replyTo: isFirst ? replyTo : null, promise: "notice" });
      const memo = await patiently(signal, (limited) => memos.getMemo(token, name, limited)).catch(
        (error) => {
          if (isMemosError(error, "not_found", "forbidden")) return null;
          throw error;
        },
      );
      if (!memo) return [reply({ text: texts.memoGone, entities: [] }, true)];
      const isTheirs = await accountNames.isOwn({ binding, token, memo }, signal);
      if (!isTheirs) return [reply({ text: texts.notYours, entities: [] }, true)];
      const url = memoUrl(name);
      const messages = await messagesOf(texts, memo, url, limitBytes);
      if (!isNew(`${chat_id} ${name}`)) return [];
      const files = memo.attachments.filter(({ size }) => size <= limitBytes);
      if (files.length > 0) sendFiles({ telegram_id: binding.telegram_id, chat_id, job_id, files });
      return messages.map((message, at) => reply(message, at === 0));
    },
  };
}

async function messagesOf(
  texts: Texts,
  memo: Memo,
  url: string | null,
  limitBytes: number,
): Promise<EntityText[]> {
  const source = cut(memo.content, MOST_SOURCE);
  // Loaded by who needs it: reading Markdown takes more code than all the rest of the chat.
  const { textMessages } = await import("../telegram/text-messages.ts");
  const all = textMessages(await readable(source, url), ROOM);
  const shown = all.slice(0, MOST_MESSAGES);
  const isWhole = shown.length === all.length && source === memo.content;
  const last = shown.pop() ?? { text: nothingToRead(texts, memo.attachments), entities: [] };
  return [...shown, ended(texts, memo, url, last, isWhole, limitBytes)];
}

async function readable(source: string, url: string | null): Promise<EntityText> {
  const { markdownToText } = await import("../telegram/markdown-text.ts");
  try {
    return markdownToText(source, url);
  } catch (error) {
    // Thousands of quotes in quotes are deeper than can be followed.
    if (error instanceof RangeError) return { text: source.toWellFormed(), entities: [] };
    throw error;
  }
}

const nothingToRead = (texts: Texts, files: readonly Attachment[]) =>
  files.length > 0 ? texts.filesOnly(files.length) : texts.emptyMemo;

/** The last message, with what there is to know about the memo. */
function ended(
  texts: Texts,
  memo: Memo,
  url: string | null,
  last: EntityText,
  isWhole: boolean,
  limitBytes: number,
): EntityText {
  const writer = createWriter();
  writer.add(isWhole ? "\n\n" : `\n\n${texts.restInMemos}\n`);
  const tooBig = memo.attachments.filter(({ size }) => size > limitBytes);
  for (const { filename, size } of tooBig.slice(0, MOST_LINES)) {
    writer.add(`${missing(texts, filename, texts.tooBigToSend(Math.ceil(size / 1_000_000)))}\n`);
  }
  if (tooBig.length > MOST_LINES) writer.add(`… +${tooBig.length - MOST_LINES}\n`);
  writer.add(`${texts.day(new Date(memo.createTime))} · ${memo.visibility}${memo.pinned ? " · 📌" : ""}`);
  if (url !== null) writer.add(" · ").add(texts.open, { url });
  const end = writer.done();
  const moved = end.entities.map(
    (entity): TelegramMessageEntity => ({ ...entity, offset: entity.offset + last.text.length }),
  );
  return { text: last.text + end.text, entities: [...last.entities, ...moved] };
}

/** A line for a file that is not sent. */
export const missing = (texts: Texts, filename: string, why: string) =>
  texts.missingFile(cut(oneLine(filename), 60), why);
