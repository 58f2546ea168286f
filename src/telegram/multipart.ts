export interface FileToSend {
  readonly name: string;
  readonly type: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * The body of a `multipart/form-data` request, which holds no more than a piece of a file at once. Each piece is asked
 * for when fetch wants more: a slow Telegram slows Memos down.
 */
export async function* multipart(
  boundary: string,
  fields: Readonly<Record<string, string>>,
  files: Readonly<Record<string, FileToSend>>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const head = (part: string, rest: string) =>
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${part}"${rest}`);
  for (const [part, value] of Object.entries(fields)) yield head(part, `\r\n\r\n${value}\r\n`);
  for (const [part, { name, type, bytes }] of Object.entries(files)) {
    const known = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) ? type : "application/octet-stream";
    // As browsers write file names.
    const quoted = name.toWellFormed().replace(/["\r\n]/g, encodeURIComponent);
    yield head(part, `; filename="${quoted}"\r\nContent-Type: ${known}\r\n\r\n`);
    yield* bytes;
    yield Buffer.from("\r\n");
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}
