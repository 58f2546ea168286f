import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { codeOf } from "../base/errors.ts";
import type { TelegramApi } from "./api.ts";
import { TelegramError } from "./errors.ts";

/** A file whose exact size is known before its first byte is read. */
export interface OpenFile {
  readonly size: number;
  /** The bytes, once: a piece is there until the next one is asked for. Throws a TelegramError when they end early. */
  bytes(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export type TelegramFiles = ReturnType<typeof createTelegramFiles>;

export function createTelegramFiles(options: {
  readonly api: Pick<TelegramApi, "call" | "download">;
  /** Where that server's folder is found on this machine; null: at the same path. */
  readonly filesDir: string | null;
}) {
  const { api, filesDir } = options;

  return {
    /** Asks for the file anew each time, since its path runs out after an hour. */
    async open(fileId: string, knownSize: number | null, signal?: AbortSignal): Promise<OpenFile> {
      const file = await api.call("getFile", { file_id: fileId }, signal).catch((error) => {
        // Over 20 MB; a local Bot API server has no limit. https://core.telegram.org/bots/api#getfile
        const isTooBig = error instanceof TelegramError && /file is too big/i.test(error.message);
        throw isTooBig ? new TelegramError("file_too_big", error.message) : error;
      });
      if (!file.file_path) throw new TelegramError("refused", "getFile: Telegram gave no file_path");
      if (file.file_path.startsWith("/")) return openLocal(file.file_path, filesDir);
      const { body, headers } = await api.download(file.file_path, signal);
      if (!body) throw new TelegramError("unreachable", "the download has no body");
      const size = file.file_size ?? knownSize ?? headers.get("content-length");
      if (size !== null) {
        const bytes = () => counted(body, Number(size));
        return { size: Number(size), bytes, close: () => body.cancel().catch(() => undefined) };
      }
      // A download that was cut would look complete where nobody tells its size: it is read before it goes on.
      const whole = Buffer.concat(await Array.fromAsync(chunks(body)));
      return { size: whole.byteLength, bytes: () => Readable.from([whole]), close: async () => {} };
    },
  };
}

/** One on this machine. */
export async function openFile(path: string): Promise<OpenFile> {
  const { size } = await stat(path);
  return { size, bytes: () => createReadStream(path), close: async () => {} };
}

async function openLocal(path: string, filesDir: string | null): Promise<OpenFile> {
  const candidates = filesDir === null ? [path] : below(filesDir, path);
  for (const candidate of candidates) {
    const found = await stat(candidate).catch(() => null);
    if (found?.isFile()) return openFile(candidate);
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
async function* counted(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of chunks(body)) {
    seen += chunk.byteLength;
    yield chunk;
    // The garbage collector would let tens of MB of them come together. A buffer with more in it may hold the next one.
    if (chunk.byteLength === chunk.buffer.byteLength) chunk.buffer.transfer(0);
  }
  if (seen !== size) throw new TelegramError("refused", `the download ended after ${seen} of ${size} bytes`);
}

async function* chunks(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    yield* body;
  } catch (error) {
    // The error of a broken fetch can hold the URL, and with it the token.
    throw new TelegramError("refused", `the download broke off (${codeOf(error) ?? "network error"})`);
  }
}
