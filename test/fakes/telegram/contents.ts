import { type FileKind, type FileStore, onePixelJpeg } from "./files.ts";
import { compact, isObject, type JsonObject } from "./json.ts";
import type { AlbumItem, FileContent, FileOptions } from "./people-types.ts";

/** Names of all that a message can hold; service messages hold none of it. */
const contents = (
  "text animation audio document live_photo paid_media photo sticker story video video_note voice checklist contact " +
  "dice game poll venue location invoice giveaway giveaway_winners rich_message"
).split(" ");

export function hasContent(body: JsonObject): boolean {
  return contents.some((name) => body[name] !== undefined);
}

/** The message without what it holds, so that something else takes its place. */
export function withoutContent(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => !contents.includes(name) && name !== "entities"),
  );
}

type MediaType = AlbumItem["type"] | "voice";

/** What people's apps send as media, with files that can be downloaded. */
export function createMediaContents(files: FileStore) {
  const fileOf = (kind: FileKind, { bytes, size, fileName }: FileContent): JsonObject => ({
    ...files.add({ kind, bytes, size, fileName }),
  });

  function thumbnail(): JsonObject {
    return { ...files.add({ kind: "thumbnail", bytes: onePixelJpeg }), width: 320, height: 240 };
  }

  function photoSizes(options: FileContent): JsonObject[] {
    const bytes = options.bytes ?? (options.size === undefined ? onePixelJpeg : undefined);
    const small = { ...files.add({ kind: "photo", bytes: onePixelJpeg }), width: 90, height: 67 };
    const medium = { ...files.add({ kind: "photo", size: 21_044 }), width: 320, height: 240 };
    const large = { ...files.add({ kind: "photo", bytes, size: options.size }), width: 1280, height: 960 };
    return [small, medium, large];
  }

  function media(type: MediaType, options: FileContent): JsonObject {
    const { fileName, mimeType } = options;
    switch (type) {
      case "voice":
        return {
          voice: { duration: 3, mime_type: mimeType ?? "audio/ogg", ...fileOf("voice", options) },
        };
      case "photo":
        return { photo: photoSizes(options) };
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
    /** The same without the fields that the options leave out. */
    lacking(type: MediaType, options: FileOptions): JsonObject {
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
