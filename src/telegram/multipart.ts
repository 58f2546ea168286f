export interface FileToSend {
  readonly name: string;
  readonly type: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * The body of a `multipart/form-data` request, which holds no more than a piece of its file at once. Each piece is asked
 * for when fetch wants more: a slow Telegram slows Memos down.
 */
export async function* multipart(
  boundary: string,
  fields: Readonly<Record<string, string>>,
  field: string,
  { name, type, bytes }: FileToSend,
): AsyncGenerator<Uint8Array, void, undefined> {
  const head = (part: string, rest: string) =>
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${part}"${rest}`);
  for (const [part, value] of Object.entries(fields)) yield head(part, `\r\n\r\n${value}\r\n`);
  const known = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) ? type : "application/octet-stream";
  // As browsers write file names.
  const quoted = name.toWellFormed().replace(/["\r\n]/g, encodeURIComponent);
  yield head(field, `; filename="${quoted}"\r\nContent-Type: ${known}\r\n\r\n`);
  yield* bytes;
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}
