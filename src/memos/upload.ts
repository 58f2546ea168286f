import type { JsonObject } from "./answers.ts";
import { MemosError, UploadSizeError } from "./errors.ts";
import type { Session } from "./session.ts";
import type { FileUpload } from "./types.ts";

type UploadSource = Pick<FileUpload, "size" | "open">;

interface UploadRequest {
  path: string;
  query: Record<string, string>;
  /** What stands beside the content. */
  fields: JsonObject;
}

/** Without a byte taken by Memos, or given by the source. */
const IDLE_MS = 60_000;
/** From the last byte to the answer: Memos decodes, may re-encode an image, and writes, perhaps to a far S3. */
const ANSWER_MS = 180_000;
/** Of bytes encoded at once; a multiple of 3, so that base64 has no padding inside. */
const PIECE = 3 * 16 * 1024;
/** The end of the content and of the JSON around it. */
const TAIL = '"}';

/**
 * Uploads a file whole or not at all, holding no more than a piece of it.
 * The closing `"}` is sent only when exactly `size` bytes went before it; otherwise the connection is cut, and the
 * server is left with half a JSON text, which it drops. What the source throws is thrown as it is.
 */
export async function upload(
  { http, token, signal }: Pick<Session, "http" | "token" | "signal">,
  { path, query, fields }: UploadRequest,
  source: UploadSource,
): Promise<JsonObject> {
  const deadline = http.deadline(IDLE_MS, signal);
  const idle = `Memos at ${http.server} took no byte of the file for ${IDLE_MS / 1000} seconds`;
  const stalled = `the file gave no byte for ${IDLE_MS / 1000} seconds`;
  const unanswered = `Memos at ${http.server} took the file but did not answer within ${ANSWER_MS / 1000} seconds`;
  let failure: { error: unknown } | undefined;
  let complete = false;
  const head = Buffer.from(`${JSON.stringify(fields).slice(0, -1)},"content":"`);
  const length = head.byteLength + 4 * Math.ceil(source.size / 3) + TAIL.length;
  const pieces = encode(head, source, deadline.signal);

  // `pull` is called when Bun wants more: a slow server slows the source down.
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        deadline.limit(IDLE_MS, stalled);
        const piece = await pieces.next().catch((error: unknown) => {
          failure ??= { error };
          controller.error(error);
        });
        if (!piece) return;
        if (!piece.done) {
          deadline.limit(IDLE_MS, idle);
          controller.enqueue(piece.value);
          return;
        }
        complete = true;
        deadline.limit(ANSWER_MS, unanswered);
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );

  try {
    const body = { stream, length };
    const request = { method: "POST", path, query, token, body, upload: true } as const;
    const answer = await http.send(request, deadline);
    if (complete) return answer;
    throw new MemosError("server", `Memos at ${http.server} answered before it had the whole file`);
  } catch (error) {
    deadline.throwIfEnded();
    throw failure ? failure.error : error;
  } finally {
    deadline.end();
    pieces.return(undefined).catch(() => {}); // The upload is decided: how its source closes changes nothing.
  }
}

/** The body of the request, piece by piece. Throws instead of giving its end when the size is not right. */
async function* encode(
  head: Uint8Array,
  source: UploadSource,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = await source.open(signal);
  yield head;
  let received = 0;
  let carry = Buffer.alloc(0);
  for await (const chunk of bytes) {
    received += chunk.byteLength;
    if (received > source.size) throw new UploadSizeError(source.size, received);
    let rest: Uint8Array = carry.byteLength > 0 ? Buffer.concat([carry, chunk]) : chunk;
    while (rest.byteLength >= 3) {
      const length = Math.min(PIECE, rest.byteLength - (rest.byteLength % 3));
      yield base64(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    carry = Buffer.from(rest);
  }
  if (received !== source.size) throw new UploadSizeError(source.size, received);
  yield Buffer.from(`${carry.toString("base64")}${TAIL}`);
}

function base64(bytes: Uint8Array): Uint8Array {
  return Buffer.from(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"),
    "latin1",
  );
}
