import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { TelegramApi } from "./api.ts";
import { TelegramError } from "./errors.ts";
import { spool } from "./spool.ts";

/** The Bot API gives no larger files to bots; a local Bot API server does. https://core.telegram.org/bots/api#getfile */
export const DOWNLOAD_LIMIT_BYTES = 20 * 1024 * 1024;

/** A file whose exact size is known before its first byte is read. */
export interface OpenFile {
  readonly size: number;
  /** The bytes, once. Throws TelegramError "cut" when they end early. */
  bytes(): AsyncIterable<Uint8Array>;
  /** Ends it, read or not. */
  close(): Promise<void>;
}

export interface TelegramFiles {
  /** Bytes that can be downloaded at most. */
  readonly limitBytes: number;
  /**
   * Asks for the file anew each time, since its path runs out after an hour.
   * @param knownSize the message's file_size, where it had one.
   */
  open(fileId: string, knownSize: number | null, signal?: AbortSignal): Promise<OpenFile>;
}

export interface TelegramFilesOptions {
  readonly api: TelegramApi;
  /** Where a file of unknown size is put while it is counted. */
  readonly spoolDir: string;
  /** True for a local Bot API server: no limit, and paths on a disk. */
  readonly local: boolean;
  /** Where that server's folder is found on this machine; null: at the same path. */
  readonly filesDir: string | null;
}

export function createTelegramFiles({ api, spoolDir, local, filesDir }: TelegramFilesOptions): TelegramFiles {
  return {
    limitBytes: local ? Number.POSITIVE_INFINITY : DOWNLOAD_LIMIT_BYTES,
    async open(fileId, knownSize, signal) {
      const file = await api.call("getFile", { file_id: fileId }, signal).catch((error) => {
        if (error instanceof TelegramError && /file is too big/i.test(error.message)) {
          throw new TelegramError("file_too_big", "the file is larger than Telegram gives to bots (20 MB)");
        }
        throw error;
      });
      if (!file.file_path) throw new TelegramError("refused", "getFile: Telegram gave no file_path");
      const size = file.file_size ?? knownSize;
      if (file.file_path.startsWith("/")) return openLocal(file.file_path, filesDir);
      const response = await api.download(file.file_path, signal);
      const stated = response.headers.get("content-length");
      const exact = size ?? (stated === null ? null : Number(stated));
      const body = response.body;
      if (!body) throw new TelegramError("unreachable", "the download has no body");
      if (exact !== null) {
        return {
          size: exact,
          bytes: () => counted(body, exact),
          close: async () => {
            await body.cancel().catch(() => undefined);
          },
        };
      }
      return spooled(body, spoolDir);
    },
  };
}

/** Nobody said how long it is, and a cut download would look complete: it goes to the disk first. */
async function spooled(body: ReadableStream<Uint8Array>, spoolDir: string): Promise<OpenFile> {
  const path = await spool(spoolDir, chunks(body));
  const { size } = await stat(path);
  return {
    size,
    bytes: () => createReadStream(path),
    close: () => rm(path, { force: true }),
  };
}

async function openLocal(path: string, filesDir: string | null): Promise<OpenFile> {
  const candidates = filesDir === null ? [path] : below(filesDir, path);
  for (const candidate of candidates) {
    const found = await stat(candidate).catch(() => null);
    if (found?.isFile()) {
      return { size: found.size, bytes: () => createReadStream(candidate), close: async () => {} };
    }
  }
  throw new TelegramError(
    "file_unreadable",
    `the local Bot API server's file ${basename(path)} is not readable here: set TELEGRAM_FILES_DIR to where its folder is mounted`,
  );
}

/** The server's absolute path ends in `<token>/documents/file_1.pdf`: the mount may begin at any part of it. */
function below(filesDir: string, path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== "..");
  return parts.map((_, at) => join(filesDir, ...parts.slice(at)));
}

/** Passes the bytes on, and throws when there were fewer or more than there should be. */
async function* counted(body: ReadableStream<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of chunks(body)) {
    seen += chunk.byteLength;
    yield chunk;
  }
  if (seen !== size) {
    throw new TelegramError("cut", `the download ended after ${seen} of ${size} bytes`);
  }
}

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    ended = true;
  } catch (error) {
    // The error of a broken fetch can hold the URL, and with it the token.
    throw new TelegramError(
      "cut",
      `the download broke off (${(error as { code?: string }).code ?? "network error"})`,
    );
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}
