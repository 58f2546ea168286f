import type { UploadMethod } from "./api.ts";
import { isTelegramError } from "./errors.ts";

const PHOTO_LIMIT_BYTES = 10_000_000;

interface File {
  readonly type: string;
  readonly size: number;
}

/** As what Telegram shows a file best. */
export function uploadMethodOf({ type, size }: File): UploadMethod {
  if (/^image\/(jpeg|png|webp)$/.test(type) && size <= PHOTO_LIMIT_BYTES) return "sendPhoto";
  if (type === "image/gif") return "sendAnimation";
  if (type === "video/mp4") return "sendVideo";
  return /^audio\/(mpeg|mp4|x-m4a)$/.test(type) ? "sendAudio" : "sendDocument";
}

/**
 * Sends files as what Telegram shows them best. It takes any as a document, but not any picture as a photo: where it
 * refuses them, nothing was sent, and they are sent as documents.
 */
export async function orAsDocuments<Sent>(
  files: readonly File[],
  send: (methodOf: (file: File) => UploadMethod) => Promise<Sent>,
): Promise<Sent> {
  try {
    return await send(uploadMethodOf);
  } catch (error) {
    const areDocuments = files.every((file) => uploadMethodOf(file) === "sendDocument");
    if (areDocuments || !isTelegramError(error, "refused")) throw error;
    return send(() => "sendDocument");
  }
}
