import type { JsonObject } from "./answers.ts";
import { MemosError, UploadSizeError } from "./errors.ts";
import { IDLE_MS } from "./http.ts";
import type { Session } from "./session.ts";
import type { FileUpload } from "./types.ts";

/** From the last byte to the answer: Memos decodes, may re-encode an image, and writes, perhaps to a far S3. */
const ANSWER_MS = 180_000;
/** Of bytes encoded at once; a multiple of 3, so that base64 has no padding inside. Larger ones cost memory, smaller ones time. */
const PIECE = 3 * 8 * 1024;
/** The end of the content and of the JSON around it. */
const TAIL = '"}';

/**
 * Uploads a file whole or not at all, holding a piece of it at a time. The closing `"}` is sent only when exactly `size`
 * bytes went before it: half a JSON text is dropped by the server. What the source throws is thrown as it is. `fields`: what
 * stands beside the content.
 */
export async function upload(
  { http, token, signal, dialect }: Session,
  fields: JsonObject,
  source: FileUpload,
): Promise<JsonObject> {
  const deadline = http.startDeadline(IDLE_MS, signal);
  const idle = `Memos at ${http.server} took no byte of the file for ${IDLE_MS / 1000} seconds`;
  const stalled = `the file gave no byte for ${IDLE_MS / 1000} seconds`;
  let failure: { error: unknown } | undefined;
  let complete = false;
  let handedOver = 0;
  const head = `${JSON.stringify(fields).slice(0, -1)},"content":"`;
  const length = Buffer.byteLength(head) + 4 * Math.ceil(source.size / 3) + TAIL.length;

  // Each piece is asked for when fetch wants more: a slow server slows the source down.
  async function* pieces(): AsyncGenerator<string, void, undefined> {
    try {
      deadline.limit(IDLE_MS, stalled);
      for await (const piece of encode(head, source, deadline.signal)) {
        deadline.limit(IDLE_MS, idle);
        handedOver += Buffer.byteLength(piece);
        yield piece;
        deadline.limit(IDLE_MS, stalled);
      }
      complete = true;
      deadline.limit(ANSWER_MS, `Memos at ${http.server} did not answer within ${ANSWER_MS / 1000} seconds`);
    } catch (error) {
      failure = { error };
      throw error;
    }
  }

  try {
    const body = { stream: pieces(), length, isSent: () => handedOver >= length };
    const mayHangUp = dialect.bearsHangUps;
    const to = { path: `/api/v1/${dialect.files}`, query: { attachmentId: source.id } };
    const answer = await http.send({ method: "POST", ...to, token, mayHangUp, body, upload: true }, deadline);
    if (complete) return answer;
    throw new MemosError("server", `Memos at ${http.server} answered before it had the whole file`);
  } catch (error) {
    deadline.signal.throwIfAborted();
    throw failure ? failure.error : error;
  } finally {
    deadline.end();
  }
}

/**
 * The body of the request, piece by piece: as text, since bytes of it would be a copy. Throws instead of giving its end
 * when the size is not right.
 */
async function* encode(
  head: string,
  { size, open }: FileUpload,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const bytes = await open(signal);
  yield head;
  let received = 0;
  /** Less than three bytes, which are encoded with the first ones of what comes next. */
  let rest = Buffer.alloc(0);
  for await (const chunk of bytes) {
    received += chunk.byteLength;
    if (received > size) throw new UploadSizeError(size, received);
    const missing = (3 - rest.byteLength) % 3;
    const group = Buffer.concat([rest, chunk.subarray(0, missing)]);
    rest = group;
    if (group.byteLength % 3 !== 0) continue;
    if (group.byteLength > 0) yield group.toString("base64");
    // All others where they lie: a copy of each chunk would be as much garbage again.
    const others = Buffer.from(chunk.buffer, chunk.byteOffset + missing, chunk.byteLength - missing);
    const end = others.byteLength - (others.byteLength % 3);
    for (let at = 0; at < end; at += PIECE) yield others.toString("base64", at, Math.min(at + PIECE, end));
    rest = Buffer.from(others.subarray(end));
  }
  if (received !== size) throw new UploadSizeError(size, received);
  yield `${rest.toString("base64")}${TAIL}`;
}
