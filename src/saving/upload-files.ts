import { Readable } from "node:stream";
import type { Log } from "../base/log.ts";
import type { LeftOut } from "../domain/saved.ts";
import type { MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import { isTelegramError, type TelegramError } from "../telegram/errors.ts";
import type { OpenFile, TelegramFiles } from "../telegram/files.ts";
import type { DesiredFile } from "./desired.ts";
import { isUncertain, type Work } from "./job-context.ts";
import { createLargeFiles } from "./large-file-limit.ts";
import { decide } from "./outcome.ts";
import type { LearnedLimit } from "./upload-limit.ts";

export interface UploadsDeps {
  readonly memos: MemosClient;
  readonly files: TelegramFiles;
  readonly uploadLimit: LearnedLimit;
  readonly log: Log;
  /** Since a job's first failure; 0 while this machine's clock cannot be trusted. */
  readonly failingForMs: (firstFailedAt: number | null) => number;
}

interface How {
  /** The memo that holds it at once. */
  readonly memo: string | null;
  /** The server chooses ids, and an earlier try may have uploaded it. */
  readonly look: boolean;
}

export type Uploads = ReturnType<typeof createUploads>;

/** Brings files into Memos. */
export function createUploads({ memos, files, uploadLimit, log, failingForMs }: UploadsDeps) {
  const largeFiles = createLargeFiles();

  /** From Telegram, or what the message itself brought. */
  async function open({ file_id, size, text }: DesiredFile, signal: AbortSignal): Promise<OpenFile> {
    if (text === undefined) return files.open(file_id, size, signal);
    const bytes = Buffer.from(text);
    return { size: bytes.length, bytes: () => Readable.from([bytes]), close: async () => undefined };
  }

  async function upload(work: Work, file: DesiredFile, { memo, look }: How): Promise<string | LeftOut> {
    const { token, signal, leased } = work;
    const { id, filename, type } = file;
    let size = file.size ?? 0;
    try {
      const source = await open(file, signal);
      try {
        size = source.size;
        const leftOut = overLimit(work, { ...file, size });
        if (leftOut) return leftOut;
        const earlier = look ? await find(work, { filename, size, memo }) : undefined;
        if (earlier) return earlier;
        const upload = {
          id,
          filename,
          type,
          size,
          open: () => source.bytes(),
          ...(memo !== null && { memo }),
        };
        const stored = await work.record.touch(() => memos.createAttachment(token, upload, signal));
        return stored.name;
      } finally {
        await source.close();
      }
    } catch (error) {
      if (isTelegramError(error, "file_too_big")) return { why: "bots", bytes: size > 0 ? size : null };
      if (isTelegramError(error) && isGivenUp(error, leased.job)) return { why: "lost", bytes: null };
      if (isMemosError(error, "file_too_large")) {
        const of = error.reason === "proxy_limit" ? "proxy" : "memos";
        uploadLimit.refused({ bytes: size - 1, of });
        log.warn("files of this size are refused", { bytes: size, detail: error.message });
        return { why: of, bytes: size };
      }
      // The answer may have been lost: the file is there under its id, or it is not.
      const isThere = isUncertain(error) && (await exists(work, `attachments/${id}`).catch(() => false));
      if (!isThere) throw error;
      return `attachments/${id}`;
    }
  }

  /** Telegram did not give it for as long as a job is tried: the rest of the message need not go with it. */
  function isGivenUp(
    error: TelegramError,
    { attempts, first_failed_at }: { attempts: number; first_failed_at: number | null },
  ): boolean {
    // A file on this machine's own disk is there once the settings are right.
    if (error.kind === "file_unreadable") return false;
    const failing = failingForMs(first_failed_at);
    const now = { attempts, snoozes: 0, failingForMs: failing, memosAnswers: true, random: 0 };
    return decide(error, now).kind === "bury";
  }

  /** A file that is too large, as far as that is known. */
  function overLimit(
    { leased }: Pick<Work, "leased">,
    { size, text }: Pick<DesiredFile, "size" | "text">,
  ): LeftOut | null {
    if (size === null) return null;
    if (text === undefined && size > files.limitBytes) return { why: "bots", bytes: size };
    const limit = uploadLimit.of({ anew: leased.job.requested_action !== null });
    return size > limit.bytes ? { why: limit.of, bytes: size } : null;
  }

  async function exists({ token, signal }: Work, name: string): Promise<boolean> {
    try {
      await memos.getAttachment(token, name, signal);
      return true;
    } catch (error) {
      if (isMemosError(error, "not_found")) return false;
      throw error;
    }
  }

  /** On a server that chooses ids: what an earlier try uploaded, and no other memo holds. */
  async function find(
    { token, signal, leased }: Work,
    { filename, size, memo }: { filename: string; size: number | null; memo: string | null },
  ): Promise<string | undefined> {
    if (size === null) return undefined;
    const search = { filename, size, since: new Date(leased.job.created_at) };
    const found = await memos.findAttachments(token, search, signal);
    return found.find((file) => file.memo === undefined || file.memo === memo)?.name;
  }

  return {
    overLimit,
    exists,
    find,

    /** Streams a file into Memos and gives its name; why it stays in Telegram where it cannot be saved at all. */
    bring: (work: Work, file: DesiredFile, how: How): Promise<string | LeftOut> =>
      // One whose size nobody told may be large.
      largeFiles(file.size ?? Number.POSITIVE_INFINITY, () => upload(work, file, how)),

    /** It may never have come there, or be gone. `unbound`: only where no memo holds it. */
    async remove({ token, signal }: Work, name: string, { unbound = false } = {}): Promise<void> {
      try {
        const isHeld = unbound && (await memos.getAttachment(token, name, signal)).memo !== undefined;
        if (!isHeld) await memos.deleteAttachment(token, name, signal);
      } catch (error) {
        if (!isMemosError(error, "not_found")) throw error;
      }
    },
  };
}
