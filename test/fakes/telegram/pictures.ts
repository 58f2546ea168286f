import { badRequest } from "./errors.ts";

const maxPhotoBytes = 10 * 1024 * 1024;
const maxSidesTogether = 10_000;
const maxRatio = 20;

/** What the bytes of a picture begin with. */
const beginnings: readonly RegExp[] = [
  /^\xff\xd8\xff/,
  /^\x89PNG\r\n/,
  /^GIF8[79]a/,
  /^RIFF....WEBP/s,
  /^BM/,
  /^(?:II\*|MM.\*)/s,
];

/** Refuses what Telegram does not take as a photo: too many bytes, no picture, or one of an unusual shape. */
export function checkPhoto(bytes: Uint8Array): void {
  const size = bytes.length;
  if (size > maxPhotoBytes) {
    throw badRequest(
      `file of size ${size} bytes is too big for a photo; the maximum size is ${maxPhotoBytes} bytes`,
    );
  }
  const head = Buffer.from(bytes.subarray(0, 32));
  if (!beginnings.some((beginning) => beginning.test(head.toString("latin1")))) {
    throw badRequest("IMAGE_PROCESS_FAILED");
  }
  if (head[0] !== 0x89 || size < 24) return;
  const width = head.readUInt32BE(16);
  const height = head.readUInt32BE(20);
  const isOdd = Math.max(width, height) > maxRatio * Math.min(width, height);
  if (isOdd || width + height > maxSidesTogether) throw badRequest("PHOTO_INVALID_DIMENSIONS");
}
