import { Readable } from "node:stream";
import { createKeyedMutex } from "../base/keyed-mutex.ts";
import type { LeftOut } from "../domain/saved.ts";
import type { Attachment } from "../memos/client.ts";
import { isMemosError, unlessGone } from "../memos/errors.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import { isTelegramError, type TelegramError } from "../telegram/errors.ts";
import type { OpenFile } from "../telegram/files.ts";
import { failingForMs, isUncertain, type SavingContext, type Work } from "./context.ts";
import type { DesiredFile } from "./desired.ts";
import { decide } from "./outcome.ts";

/** Large files wait for each other, so that memory stays bounded: each takes some 25 MB while it goes through. */
const LARGE_BYTES = 4 * 1024 * 1024;
const LARGE_AT_ONCE = 2;

export type Uploads = ReturnType<typeof createUploads>;

/** Brings files into Memos. */
export function createUploads(context: SavingContext) {
  const { memos, files, clock, log } = context;
  const limit = createLearnedLimit(clock.monotonic);
  const largeFiles = createKeyedMutex(LARGE_AT_ONCE);

  /** From Telegram, or what the message itself brought. */
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
        const leftOut = overLimit({ ...file, size });
        if (leftOut) return leftOut;
        const draft = {
          id,
          filename,
          type,
          size,
          open: () => source.bytes(),
          ...(memo !== null && { memo }),
        };
        return (await work.record.touch(memos.createAttachment(token, draft, signal))).name;
      } finally {
        await source.close();
      }
    } catch (error) {
      if (isTelegramError(error, "file_too_big")) return { why: "bots", bytes: size > 0 ? size : null };
      if (isTelegramError(error) && isGivenUp(error, leased.job)) return { why: "lost", bytes: null };
      if (isMemosError(error, "file_too_large")) {
        const of = error.reason === "proxy_limit" ? "proxy" : "memos";
        limit.refused({ bytes: size - 1, of });
        log.warn("files of this size are refused", { bytes: size, detail: error.message });
        return { why: of, bytes: size };
      }
      // The answer may have been lost: the file is there under its id, or it is not.
      const name = `attachments/${id}`;
      const there =
        isUncertain(error) && (await unlessGone(memos.getAttachment(token, name, signal)).catch(() => null));
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

  /** A file that is too large, as far as that is known. */
  function overLimit({ size, text }: Pick<DesiredFile, "size" | "text">): LeftOut | null {
    if (size === null) return null;
    if (text === undefined && size > files.limitBytes) return { why: "bots", bytes: size };
    const { bytes, of } = limit.now();
    return size > bytes ? { why: of, bytes: size } : null;
  }

  return {
    overLimit,

    /** Streams a file into Memos, into a memo at once where one is given, and gives its name; or why it cannot be saved. */
    async bring(work: Work, file: DesiredFile, memo: string | null): Promise<string | LeftOut> {
      // One whose size nobody told may be large.
      if (file.size !== null && file.size < LARGE_BYTES) return upload(work, file, memo);
      // Most of what the process holds after a large one is garbage: a small machine gets it back at once.
      return largeFiles("", () => upload(work, file, memo)).finally(() => Bun.gc(true));
    },

    /** What an earlier try uploaded. Where the server chose its name, by name and size, and not what another memo holds. */
    async find(
      work: Work,
      { id, filename, size }: DesiredFile,
      { serverNamesFiles, memo }: { readonly serverNamesFiles: boolean; readonly memo: string | null },
    ): Promise<Attachment | undefined> {
      const { token, signal, leased } = work;
      if (!serverNamesFiles) return unlessGone(memos.getAttachment(token, `attachments/${id}`, signal));
      if (size === null) return undefined;
      const others = namesOfOthers(work, id);
      const search = { filename, size, since: new Date(leased.job.created_at) };
      const found = await memos.findAttachments(token, search, signal);
      return found.find(
        (file) => (file.memo === undefined || file.memo === memo) && !others.includes(file.name),
      );
    },

    /** It may never have come there, or be gone. */
    remove: ({ token, signal }: Work, name: string) =>
      unlessGone(memos.deleteAttachment(token, name, signal)),
  };
}

/** Under which names the other files of a job were written. */
export function namesOfOthers({ record }: Work, id: string): string[] {
  const written = Object.entries(record.known.written?.files ?? {});
  return written.flatMap(([other, name]) => (other === id ? [] : [name]));
}

/** The largest file that is sent to Memos. */
interface UploadLimit {
  /** The first size that is too large is one more. */
  readonly bytes: number;
  /** Whose it is: that of a proxy before Memos is set elsewhere. */
  readonly of: "memos" | "proxy";
}

/** From 0.27 on Memos takes no request over 256 MiB, in base64; before, it would hold even more in memory. */
const LARGEST: UploadLimit = { bytes: 190 * 1024 * 1024, of: "memos" };
/** Its owner may have raised it since. */
const HOLDS_MS = 10 * 60_000;

/** Only admins may read the upload limit of a Memos server: it is learned from refusals, and asked again before long. */
export function createLearnedLimit(monotonic: () => number) {
  let learned: { readonly limit: UploadLimit; readonly at: number } | null = null;
  const now = () => (learned && monotonic() - learned.at < HOLDS_MS ? learned.limit : LARGEST);
  return {
    now,
    /** A larger file than this was refused. */
    refused(limit: UploadLimit): void {
      const before = now();
      learned = { limit: limit.bytes < before.bytes ? limit : before, at: monotonic() };
    },
  };
}
