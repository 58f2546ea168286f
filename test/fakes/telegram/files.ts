import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FakeTime } from "./clock.ts";
import { badRequest } from "./errors.ts";
import { isObject, type JsonObject } from "./json.ts";

const maxDownloadBytes = 20 * 1024 * 1024;
const pathLifetime = 3600 * 1000;
// The size of a file that neither has bytes nor tells its size.
const madeUpBytes = 1000;

const kinds = {
  photo: { prefix: "AgACAgIAAxkBAA", folder: "photos", extension: ".jpg" },
  document: { prefix: "BQACAgIAAxkBAA", folder: "documents", extension: "" },
  video: { prefix: "BAACAgIAAxkBAA", folder: "videos", extension: ".mp4" },
  audio: { prefix: "CQACAgIAAxkBAA", folder: "music", extension: ".mp3" },
  voice: { prefix: "AwACAgIAAxkBAA", folder: "voice", extension: ".oga" },
  animation: { prefix: "CgACAgIAAxkBAA", folder: "animations", extension: ".mp4" },
  sticker: { prefix: "CAACAgIAAxkBAA", folder: "stickers", extension: ".webp" },
  video_note: { prefix: "DQACAgIAAxkBAA", folder: "video_notes", extension: ".mp4" },
  thumbnail: { prefix: "AAMCAgADGQEAAg", folder: "thumbnails", extension: ".jpg" },
};

export type FileKind = keyof typeof kinds;

export interface NewFile {
  kind: FileKind;
  /** What a download gives. Without it `size` bytes are made up. */
  bytes?: Uint8Array | undefined;
  size?: number | undefined;
  fileName?: string | undefined;
}

/** The three fields that every file in a message has; `file_size` comes last in the server's answers. */
export interface FileIds {
  file_id: string;
  file_unique_id: string;
  file_size: number;
}

interface StoredFile extends FileIds {
  kind: FileKind;
  bytes: Uint8Array | undefined;
  extension: string;
  path: string | undefined;
}

export type FileStore = ReturnType<typeof createFileStore>;

export function createFileStore(options: { time: FakeTime; local: boolean; token: () => string }) {
  const { time, local } = options;
  const files = new Map<string, StoredFile>();
  const paths = new Map<string, { file: StoredFile; expiresAt: number }>();
  let folder: string | undefined;
  let count = 0;

  function bytesOf(file: StoredFile): Uint8Array {
    file.bytes ??= madeUp(file.file_size, file.file_unique_id);
    return file.bytes;
  }

  function store(file: NewFile, ids: FileIds): FileIds {
    const extension = /\.[A-Za-z0-9]{1,10}$/.exec(file.fileName ?? "")?.[0] ?? kinds[file.kind].extension;
    files.set(ids.file_id, { ...ids, kind: file.kind, bytes: file.bytes, extension, path: undefined });
    return ids;
  }

  function pathFor(file: StoredFile): string {
    const known = file.path === undefined ? undefined : paths.get(file.path);
    const now = time.now();
    if (file.path !== undefined && known && known.expiresAt > now) {
      known.expiresAt = now + pathLifetime;
      return file.path;
    }
    const relative = `${kinds[file.kind].folder}/file_${count++}${file.extension}`;
    file.path = local ? writeLocal(relative, bytesOf(file)) : relative;
    paths.set(file.path, { file, expiresAt: now + pathLifetime });
    return file.path;
  }

  function writeLocal(relative: string, bytes: Uint8Array): string {
    folder ??= mkdtempSync(join(tmpdir(), "fake-telegram-"));
    const path = join(folder, options.token(), relative);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  }

  return {
    add(file: NewFile): FileIds {
      const { prefix } = kinds[file.kind];
      const size = file.bytes?.length ?? file.size ?? madeUpBytes;
      return store(file, {
        file_id: prefix + randomBytes(42).toString("base64url"),
        file_unique_id:
          (file.kind === "photo" || file.kind === "thumbnail" ? "AQAD" : "AgAD") +
          randomBytes(8).toString("base64url"),
        file_size: size,
      });
    },
    /** Registers every unknown file of a raw update, so that it can be downloaded. */
    adopt(update: unknown): void {
      for (const { id, uniqueId, object } of filesIn(update)) {
        if (files.has(id)) continue;
        const size = typeof object["file_size"] === "number" ? object["file_size"] : madeUpBytes;
        const fileName = typeof object["file_name"] === "string" ? object["file_name"] : undefined;
        store(
          { kind: kindOfId(id), size, fileName },
          { file_id: id, file_unique_id: uniqueId, file_size: size },
        );
      }
    },
    /** Telegram's own storage has lost it. */
    forget: (fileId: string) => void files.delete(fileId),
    getFile(fileId: string): JsonObject {
      if (fileId === "") throw badRequest("file_id not specified");
      const file = files.get(fileId);
      if (!file) throw badRequest("invalid file_id");
      if (!local && file.file_size > maxDownloadBytes) throw badRequest("file is too big");
      const { file_id, file_unique_id, file_size } = file;
      return { file_id, file_unique_id, file_size, file_path: pathFor(file) };
    },
    /** The bytes at a path given by getFile, or undefined when it is unknown or expired. */
    download(path: string): Uint8Array | undefined {
      const known = paths.get(path);
      if (!known || known.expiresAt <= time.now()) return undefined;
      return bytesOf(known.file);
    },
    /** Deletes the folder of the "local" mode. */
    dispose(): void {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      folder = undefined;
    },
  };
}

function kindOfId(id: string): FileKind {
  const names = Object.keys(kinds) as FileKind[];
  return names.find((kind) => kinds[kind].prefix.slice(0, 4) === id.slice(0, 4)) ?? "document";
}

function* filesIn(value: unknown): Generator<{ id: string; uniqueId: string; object: JsonObject }> {
  if (Array.isArray(value)) {
    for (const item of value) yield* filesIn(item);
    return;
  }
  if (!isObject(value)) return;
  const { file_id: id, file_unique_id: uniqueId } = value;
  if (typeof id === "string" && typeof uniqueId === "string") yield { id, uniqueId, object: value };
  for (const inner of Object.values(value)) yield* filesIn(inner);
}

/** Bytes that differ from file to file and are the same each time. */
function madeUp(size: number, seed: string): Uint8Array {
  const bytes = new Uint8Array(size);
  const text = Buffer.from(seed);
  for (let i = 0; i < size; i++) bytes[i] = ((text[i % text.length] ?? 0) + i * 31) & 0xff;
  return bytes;
}

/** A JPEG of one pixel: what a photo is when a test does not care. */
export const onePixelJpeg = Buffer.from(
  "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=",
  "base64",
);
