import { logger } from "../../base/log.ts";
import type { Secret } from "../../base/secret.ts";
import type { Texts } from "../../locales/texts.ts";
import type { Attachment } from "../../memos/client.ts";
import { say } from "../../replies/messages.ts";
import type { UploadMethod } from "../../telegram/api.ts";
import { isTelegramError } from "../../telegram/errors.ts";
import type { Pressed } from "../buttons.ts";
import type { Asker, ChatContext } from "../context.ts";
import { cut, oneLine } from "./writer.ts";

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
export const missing = (texts: Texts, filename: string, why: string) =>
  texts.missingFile({ name: cut(oneLine(filename), 60), why });
