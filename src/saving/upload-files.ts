import { Readable } from "node:stream";
import { createKeyedMutex } from "../base/keyed-mutex.ts";
import type { LeftOut } from "../domain/saved.ts";
import { isMemosError } from "../memos/errors.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import { isTelegramError, type TelegramError } from "../telegram/errors.ts";
import type { OpenFile } from "../telegram/files.ts";
import { failingForMs, isUncertain, type SavingContext, type Work } from "./context.ts";
import type { DesiredFile } from "./desired.ts";
import { decide } from "./outcome.ts";

/** Large files wait for each other, so that memory stays bounded: each takes some 25 MB while it goes through. */
const LARGE_BYTES = 4 * 1024 * 1024;
const LARGE_AT_ONCE = 2;
/** From 0.27 on Memos takes no request over 256 MiB, in base64; before, it would hold even more in memory. */
const LARGEST_BYTES = 190 * 1024 * 1024;

export type Upload = ReturnType<typeof createUpload>;

/** Brings files into Memos. */
export function createUpload(context: SavingContext) {
  const { memos, files, log } = context;
  const largeFiles = createKeyedMutex(LARGE_AT_ONCE);

  async function open({ file_id, size, text }: DesiredFile, signal: AbortSignal): Promise<OpenFile> {
    if (text === undefined) return files.open(file_id, size, signal);
    const bytes = Buffer.from(text);
    return { size: bytes.length, bytes: () => Readable.from([bytes]), close: async () => undefined };
  }

  async function upload(work: Work, file: DesiredFile, memo: string | null): Promise<string | LeftOut> {
    const { token, signal, leased } = work;
    const { id, filename, type } = file;
    let size = file.size ?? 0;
    try {
      const source = await open(file, signal);
      try {
        size = source.size;
        if (size > LARGEST_BYTES) return { why: "memos", bytes: size };
        const into = memo === null ? {} : { memo };
        const draft = { id, filename, type, size, ...into, open: () => source.bytes() };
        return (await work.record.touch(memos.createAttachment(token, draft, signal))).name;
      } finally {
        await source.close();
      }
    } catch (error) {
      if (isTelegramError(error, "file_too_big")) return { why: "bots", bytes: size > 0 ? size : null };
      if (isTelegramError(error) && isGivenUp(error, leased.job)) return { why: "lost", bytes: null };
      if (isMemosError(error, "file_too_large")) {
        log.warn("files of this size are refused", { bytes: size, detail: error.message });
        return { why: error.reason === "proxy_limit" ? "proxy" : "memos", bytes: size };
      }
      // The answer may have been lost: the file is there under its id, or it is not.
      const name = `attachments/${id}`;
      const there = isUncertain(error) && (await memos.getAttachment(token, name, signal).catch(() => null));
      if (!there) throw error;
      return name;
    }
  }

  /** Telegram did not give it for as long as a job is tried: the rest of the message need not go with it. */
  function isGivenUp(error: TelegramError, job: LeasedJob["job"]): boolean {
    // A file on this machine's own disk is there once the settings are right.
    if (error.kind === "file_unreadable") return false;
    const now = { attempts: job.attempts, failingForMs: failingForMs(context, job) };
    return decide(error, { ...now, snoozes: 0, memosIsAway: false, random: 0 }).kind === "bury";
  }

  /** Streams a file into Memos, into a memo at once where one is given, and gives its name; or why it cannot be saved. */
  return (work: Work, file: DesiredFile, memo: string | null): Promise<string | LeftOut> => {
    // One whose size nobody told may be large.
    if (file.size !== null && file.size < LARGE_BYTES) return upload(work, file, memo);
    // Most of what the process holds after a large one is garbage: a small machine gets it back at once.
    return largeFiles("", () => upload(work, file, memo)).finally(() => Bun.gc(true));
  };
}
