import type {
  TelegramLivePhoto,
  TelegramMessage,
  TelegramPaidMedia,
  TelegramPhotoSize,
  TelegramSticker,
} from "gramio";
import { listOf, textOf } from "./markdown-parts.ts";

/** A file of a message: one that Telegram holds, or `text` that the message itself brought. */
export interface ContentFile {
  /** Telegram's word for it, with which the name begins where there is none. */
  readonly kind: string;
  /** Empty for a file made from the message. */
  readonly file_id: string;
  readonly file_unique_id: string | null;
  readonly name: string | null;
  readonly type: string | null;
  readonly size: number | null;
  /** Without the dot, for a name that has to be made. */
  readonly extension: string;
  readonly text?: string;
}

/** What Telegram's kinds of files have in common. */
interface SentFile {
  readonly file_id: string;
  readonly file_unique_id?: string | undefined;
  readonly file_size?: number | undefined;
  readonly file_name?: string | undefined;
  readonly mime_type?: string | undefined;
}

/** What a file is that Telegram does not tell of. */
const USUAL = {
  animation: { type: "video/mp4", extension: "mp4" },
  audio: { type: "audio/mpeg", extension: "mp3" },
  document: { type: null, extension: "bin" },
  live_photo: { type: "video/mp4", extension: "mp4" },
  video: { type: "video/mp4", extension: "mp4" },
  video_note: { type: "video/mp4", extension: "mp4" },
  voice: { type: "audio/ogg", extension: "ogg" },
} as const;

const EXTENSIONS: Readonly<Record<string, string>> = {
  "application/pdf": "pdf",
  "application/zip": "zip",
  "audio/aac": "aac",
  "audio/flac": "flac",
  "audio/m4a": "m4a",
  "audio/mp4": "m4a",
  "audio/mpeg": "mp3",
  "audio/ogg": "ogg",
  "audio/opus": "opus",
  "audio/wav": "wav",
  "audio/x-flac": "flac",
  "audio/x-m4a": "m4a",
  "audio/x-wav": "wav",
  "image/gif": "gif",
  "image/heic": "heic",
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/webp": "webp",
  "text/plain": "txt",
  "video/mp4": "mp4",
  "video/quicktime": "mov",
  "video/webm": "webm",
  "video/x-matroska": "mkv",
};

/** The file of one of these kinds; none where Telegram's object names none. */
export function fileOf(kind: keyof typeof USUAL, file: SentFile | undefined): ContentFile[] {
  if (typeof file?.file_id !== "string") return [];
  const usual = USUAL[kind];
  const type = textOf(file.mime_type) || usual.type;
  return [known(kind, file, type, EXTENSIONS[type?.toLowerCase() ?? ""] ?? usual.extension)];
}

/** The largest of a photo's sizes. */
export function photoOf(sizes: readonly TelegramPhotoSize[] | undefined, kind = "photo"): ContentFile[] {
  const whole = listOf(sizes).filter((size) => typeof size.file_id === "string");
  const [first, ...others] = whole;
  if (!first) return [];
  const area = (size: TelegramPhotoSize) => Number(size.width) * Number(size.height);
  const largest = others.reduce((best, size) => (area(size) >= area(best) ? size : best), first);
  return [known(kind, largest, "image/jpeg", "jpg")];
}

/** The still first, which is what a page shows, then the movement; of one name. */
export function livePhotoOf(
  live: TelegramLivePhoto | undefined,
  still?: readonly TelegramPhotoSize[],
): ContentFile[] {
  return [...photoOf(live?.photo ?? still, "live_photo"), ...fileOf("live_photo", live)];
}

export function stickerOf(sticker: TelegramSticker | undefined): ContentFile[] {
  if (typeof sticker?.file_id !== "string") return [];
  if (sticker.is_video) return [known("sticker", sticker, "video/webm", "webm")];
  // Lottie in gzip, which has no registered type of its own.
  if (sticker.is_animated) return [known("sticker", sticker, "application/gzip", "tgs")];
  return [known("sticker", sticker, "image/webp", "webp")];
}

/** What was bought; a preview has no file. Null where it is of a type that is not known. */
export function paidMediaOf(media: TelegramPaidMedia): ContentFile[] | null {
  switch (media.type) {
    case "photo":
      return photoOf(media.photo);
    case "video":
      return fileOf("video", media.video);
    case "live_photo":
      return livePhotoOf(media.live_photo);
    case "preview":
      return [];
    default:
      media satisfies never;
      return null;
  }
}

export function vcardOf({ contact }: TelegramMessage): ContentFile[] {
  const vcard = textOf(contact?.vcard);
  if (vcard.trim() === "") return [];
  const text = vcard.toWellFormed();
  const name = `${textOf(contact?.first_name)} ${textOf(contact?.last_name)}`.trim();
  return [
    {
      kind: "contact",
      file_id: "",
      file_unique_id: "vcard",
      name: name === "" ? null : `${name}.vcf`,
      type: "text/vcard",
      size: Buffer.byteLength(text),
      extension: "vcf",
      text,
    },
  ];
}

function known(kind: string, file: SentFile, type: string | null, extension: string): ContentFile {
  const size = file.file_size;
  return {
    kind,
    file_id: file.file_id,
    file_unique_id: textOf(file.file_unique_id) || null,
    name: textOf(file.file_name) || null,
    type,
    size: Number.isSafeInteger(size) && Number(size) >= 0 ? Number(size) : null,
    extension,
  };
}
