import { accessTokensIn, redact } from "../base/access-token.ts";
import { listOf, textOf } from "../base/read-values.ts";
import type { TelegramLivePhoto, TelegramPhotoSize, TelegramSticker } from "../domain/telegram.ts";

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

/** What type a file is of where Telegram does not tell. */
const USUAL = {
  animation: "video/mp4",
  audio: "audio/mpeg",
  document: null,
  live_photo: "video/mp4",
  video: "video/mp4",
  video_note: "video/mp4",
  voice: "audio/ogg",
} as const;

/** What has files: a message, a medium of a poll or of paid media, a block of a rich message. */
export type FileHolder = { readonly [Kind in keyof typeof USUAL]?: SentFile | undefined } & {
  readonly photo?: readonly TelegramPhotoSize[] | undefined;
  readonly live_photo?: TelegramLivePhoto | undefined;
  /** Of a memo of the API. */
  readonly uploads?: readonly SentFile[] | undefined;
  readonly voice_note?: SentFile | undefined;
  readonly sticker?: TelegramSticker | undefined;
};

/** Extensions of MIME types whose subtype is not the extension. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  "application/x-tgsticker": "tgs",
  "audio/mp4": "m4a",
  "audio/mpeg": "mp3",
  "image/jpeg": "jpg",
  "text/plain": "txt",
  "video/quicktime": "mov",
  "video/x-matroska": "mkv",
};

function extensionOf(type: string | null): string | undefined {
  const known = type?.toLowerCase() ?? "";
  return EXTENSIONS[known] ?? /^(?:audio|image|video|application)\/(?:x-)?([a-z\d]{3,4})$/.exec(known)?.[1];
}

/** The files that Telegram holds for something, in the order in which they are shown. */
export function filesOf(holder: FileHolder): ContentFile[] {
  const { live_photo, photo, voice, voice_note, sticker, uploads } = holder;
  const of = (kind: keyof typeof USUAL) => fileOf(kind, holder[kind], USUAL[kind]);
  const moving = of("live_photo");
  const animated = of("animation");
  return [
    // A live photo also fills `photo`. The still comes first, which is what a page shows; both have one name.
    ...fileOf(moving.length > 0 ? "live_photo" : "photo", largest(live_photo?.photo ?? photo), "image/jpeg"),
    ...moving,
    // An animation also fills `document`.
    ...(animated.length > 0 ? animated : of("document")),
    ...of("audio"),
    ...of("video"),
    ...of("video_note"),
    ...fileOf("voice", voice ?? voice_note, USUAL.voice),
    ...fileOf("sticker", sticker, stickerType(sticker)),
    ...listOf(uploads).flatMap((file) => fileOf("document", file, null)),
  ];
}

function largest(sizes: readonly TelegramPhotoSize[] | undefined): TelegramPhotoSize | undefined {
  const area = (size: TelegramPhotoSize) => Number(size.width) * Number(size.height);
  return listOf(sizes)
    .filter(isFile)
    .toSorted((a, b) => area(a) - area(b))
    .at(-1);
}

function stickerType(sticker: TelegramSticker | undefined): string {
  if (sticker?.is_video) return "video/webm";
  return sticker?.is_animated ? "application/x-tgsticker" : "image/webp";
}

/** Empty where the file has no id by which it could be downloaded. */
function fileOf(kind: string, file: SentFile | undefined, usual: string | null): ContentFile[] {
  if (!isFile(file)) return [];
  const type = textOf(file.mime_type) || usual;
  const size = file.file_size;
  return [
    {
      kind,
      file_id: file.file_id,
      file_unique_id: textOf(file.file_unique_id) || null,
      name: nameOf(file),
      type,
      size: Number.isSafeInteger(size) && Number(size) >= 0 ? Number(size) : null,
      extension: extensionOf(type) ?? extensionOf(usual) ?? "bin",
    },
  ];
}

/** A file that is made from what a message says. */
export function textFile(said: string, file: Omit<ContentFile, "file_id" | "size" | "text">): ContentFile {
  const text = said.toWellFormed();
  return { ...file, file_id: "", size: Buffer.byteLength(text), text };
}

/** Without an access token: it would be there for whoever sees the memo. */
function nameOf({ file_name }: SentFile): string | null {
  const name = textOf(file_name);
  return redact(name, accessTokensIn(name)) || null;
}

/** Whether it is one that can be asked for, whatever else Telegram puts in its place. */
export function isFile<T extends SentFile>(file: T | null | undefined): file is T {
  return typeof file?.file_id === "string" && file.file_id !== "";
}
