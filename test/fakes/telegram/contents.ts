import { type FileKind, type FileStore, onePixelJpeg } from "./files.ts";
import { compact, isObject, type JsonObject } from "./json.ts";
import type { AlbumItem, FileOptions } from "./people-types.ts";

/** Names of all that a message can hold; service messages hold none of it. */
const contents = [
  "text",
  "animation",
  "audio",
  "document",
  "live_photo",
  "paid_media",
  "photo",
  "sticker",
  "story",
  "video",
  "video_note",
  "voice",
  "checklist",
  "contact",
  "dice",
  "game",
  "poll",
  "venue",
  "location",
  "invoice",
  "giveaway",
  "giveaway_winners",
  "rich_message",
];

export function hasContent(body: JsonObject): boolean {
  return contents.some((name) => body[name] !== undefined);
}

/** The message without what it holds, so that something else takes its place. */
export function withoutContent(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => !contents.includes(name) && name !== "entities"),
  );
}

/** What people's apps send as media, with files that can be downloaded. */
export interface MediaContents {
  media(type: AlbumItem["type"] | "voice", options: FileOptions & { duration?: number }): JsonObject;
  /** The same without the fields that the options leave out. */
  lacking(type: AlbumItem["type"] | "voice", options: FileOptions & { duration?: number }): JsonObject;
}

export function createMediaContents(files: FileStore): MediaContents {
  function fileOf(kind: FileKind, options: FileOptions): JsonObject {
    return { ...files.add({ kind, bytes: options.bytes, size: options.size, fileName: options.fileName }) };
  }

  function thumbnail(): JsonObject {
    return { ...files.add({ kind: "thumbnail", bytes: onePixelJpeg }), width: 320, height: 240 };
  }

  function photoSizes(options: FileOptions): JsonObject[] {
    const bytes = options.bytes ?? (options.size === undefined ? onePixelJpeg : undefined);
    const small = { ...files.add({ kind: "photo", bytes: onePixelJpeg }), width: 90, height: 67 };
    const medium = { ...files.add({ kind: "photo", size: 21_044 }), width: 320, height: 240 };
    const large = { ...files.add({ kind: "photo", bytes, size: options.size }), width: 1280, height: 960 };
    return [small, medium, large];
  }

  function media(
    type: AlbumItem["type"] | "voice",
    options: FileOptions & { duration?: number },
  ): JsonObject {
    const { fileName, mimeType } = options;
    switch (type) {
      case "voice":
        return {
          voice: {
            duration: options.duration ?? 3,
            mime_type: mimeType ?? "audio/ogg",
            ...fileOf("voice", options),
          },
        };
      case "photo":
        return { photo: photoSizes(options) };
      case "video":
        return {
          video: compact({
            duration: 12,
            width: 1280,
            height: 720,
            file_name: fileName,
            mime_type: mimeType ?? "video/mp4",
            thumbnail: thumbnail(),
            ...fileOf("video", options),
          }),
        };
      case "audio":
        return {
          audio: compact({
            duration: 180,
            file_name: fileName ?? "song.mp3",
            mime_type: mimeType ?? "audio/mpeg",
            ...fileOf("audio", { fileName: "song.mp3", ...options }),
          }),
        };
      case "document":
        return {
          document: compact({
            file_name: fileName ?? "document.pdf",
            mime_type: mimeType ?? "application/pdf",
            thumbnail: thumbnail(),
            ...fileOf("document", { fileName: "document.pdf", ...options }),
          }),
        };
    }
  }

  return {
    media,
    lacking(type, options) {
      const content = media(type, options);
      for (const given of Object.values(content)) {
        for (const part of Array.isArray(given) ? given : [given]) {
          if (isObject(part)) for (const name of options.omit ?? []) delete part[name];
        }
      }
      return content;
    },
  };
}
