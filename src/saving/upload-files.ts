import { Readable } from "node:stream";
import { codeOf } from "../base/errors.ts";
import { createKeyedMutex } from "../base/keyed-mutex.ts";
import { isExported } from "../domain/exported.ts";
import { uploadIn } from "../domain/incoming.ts";
import type { LeftOut, Waits } from "../domain/saved.ts";
import { isMemosError, UploadSizeError } from "../memos/errors.ts";
import { isTelegramError } from "../telegram/errors.ts";
import { openExported } from "../telegram/exported-files.ts";
import { type OpenFile, openFile } from "../telegram/files.ts";
import { circumstances, isUncertain, type SavingContext, type Work, waitsOf } from "./context.ts";
import type { DesiredFile } from "./desired.ts";
import { decide, isSilentTooLong, needsProbe } from "./outcome.ts";

/** Large files wait for each other: one takes some 10 MB here, but several times its size in Memos. */
const LARGE_BYTES = 4 * 1024 * 1024;
const LARGE_AT_ONCE = 2;
/** From 0.27 on Memos takes no request over 256 MiB, in base64; before, it would hold even more in memory. */
const LARGEST_BYTES = 191 * 1024 * 1024;

/** Its name in Memos, why it stays in Telegram, or why it is not to be had now. */
type Uploaded = string | LeftOut | { readonly waits: Waits; readonly error: unknown };

export type Upload = ReturnType<typeof createUpload>;

/** Brings files into Memos. */
export function createUpload(context: SavingContext) {
  const { memos, files, store, clock, log } = context;
  const largeFiles = createKeyedMutex(LARGE_AT_ONCE);

  async function open({ idSource, signal }: Work, { file_id, size, text }: DesiredFile): Promise<OpenFile> {
    const upload = uploadIn(file_id);
    if (upload !== null) return openFile(store.uploads.pathOf(upload));
    if (text === undefined && isExported(idSource.chat_id)) return openExported(file_id);
    if (text === undefined) return files.open(file_id, size, signal);
    const bytes = Buffer.from(text);
    return { size: bytes.length, bytes: () => Readable.from([bytes]), close: async () => undefined };
  }

  async function upload(work: Work, file: DesiredFile, memo: string | null): Promise<Uploaded> {
    const { token, signal } = work;
    const { id, filename, type } = file;
    let size = file.size ?? 0;
    try {
      const source = await open(work, file);
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
      // Its folder was not in the backup that was restored.
      if (codeOf(error) === "ENOENT" && uploadIn(file.file_id) !== null) return { why: "gone", bytes: null };
      if (isTelegramError(error, "not_exported")) return { why: "export", bytes: null };
      if (isTelegramError(error, "file_too_big")) return { why: "bots", bytes: size > 0 ? size : null };
      if (isMemosError(error, "file_too_large")) {
        log.warn("files of this size are refused", { bytes: size, detail: error.message });
        return { why: error.reason === "proxy_limit" ? "proxy" : "memos", bytes: size };
      }
      // The answer may have been lost: the file is there under its id, or it is not.
      const name = `attachments/${id}`;
      const there = isUncertain(error) && (await memos.getAttachment(token, name, signal).catch(() => null));
      return there ? name : without(work, file, error);
    }
  }

  /** Where the rest of the message need not wait for it any longer, or go with it. @throws what failed, where it may. */
  async function without({ leased, record, signal }: Work, { id }: DesiredFile, error: unknown) {
    if (!ofFile(error)) throw error;
    const now = circumstances(context, leased, false);
    const outcome = decide(error, now);
    if (outcome.kind === "bury") {
      // While Memos is away nothing is given up.
      if (needsProbe(error)) await memos.freshInfo(signal);
      const { why } = waitsOf(error);
      return { why: why === "disk" ? why : why === "memos" ? "refused" : "lost", bytes: null } as const;
    }
    const { tried } = record.known;
    const pauseMs = outcome.kind === "later" ? outcome.pauseMs : 0;
    if (!tried?.lacks?.[id] && !isSilentTooLong(now, pauseMs)) throw error;
    const since = tried?.lacks?.[id]?.since ?? tried?.waits?.since ?? clock.now() - now.heldForMs;
    return { waits: { ...waitsOf(error), since }, error };
  }

  /** Streams a file into Memos, into a memo at once where one is given. */
  return (work: Work, file: DesiredFile, memo: string | null): Promise<Uploaded> => {
    // One whose size nobody told may be large.
    if (file.size !== null && file.size < LARGE_BYTES) return upload(work, file, memo);
    return largeFiles("", () => upload(work, file, memo));
  };
}

/** Whether it may be trouble of a file: not of the account, of the version, or of a stop. */
function ofFile(error: unknown): boolean {
  if (isMemosError(error)) return !isMemosError(error, "aborted", "token_refused", "version_changed");
  return error instanceof UploadSizeError || (isTelegramError(error) && error.kind !== "aborted");
}
