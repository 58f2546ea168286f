/** A file on its way to Telegram. */
export interface FileToSend {
  readonly name: string;
  readonly type: string;
  /** The bytes, once. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The body of a `multipart/form-data` request that holds no more than a piece of its file at once. */
export function multipart(
  fields: Readonly<Record<string, string>>,
  field: string,
  { name, type, bytes }: FileToSend,
) {
  const boundary = `memoferry-${crypto.randomUUID()}`;
  let failure: { error: unknown } | undefined;
  const head = (part: string, rest: string) =>
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${part}"${rest}`);

  async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    for (const [part, value] of Object.entries(fields)) yield head(part, `\r\n\r\n${value}\r\n`);
    const known = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) ? type : "application/octet-stream";
    yield head(field, `; filename="${quotable(name)}"\r\nContent-Type: ${known}\r\n\r\n`);
    try {
      yield* bytes;
    } catch (error) {
      failure = { error };
      throw error;
    }
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }

  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    /** What the file's bytes threw, if they did. */
    failure: () => failure,
    // Each piece is asked for when Bun wants more: a slow Telegram slows Memos down.
    body: pieces(),
  };
}

/** As browsers write file names. */
const quotable = (name: string) =>
  name.toWellFormed().replace(/["\r\n]/g, (character) => encodeURIComponent(character));
