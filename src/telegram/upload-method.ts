import type { UploadMethod } from "./api.ts";

const PHOTO_LIMIT_BYTES = 10_000_000;

/** As what Telegram shows a file best. It takes any as a document, but not any picture as a photo. */
export function uploadMethodOf({
  type,
  size,
}: {
  readonly type: string;
  readonly size: number;
}): UploadMethod {
  if (/^image\/(jpeg|png|webp)$/.test(type) && size <= PHOTO_LIMIT_BYTES) return "sendPhoto";
  if (type === "image/gif") return "sendAnimation";
  if (type === "video/mp4") return "sendVideo";
  return /^audio\/(mpeg|mp4|x-m4a)$/.test(type) ? "sendAudio" : "sendDocument";
}
