import { AppError } from "../base/errors.ts";
import { Problem } from "./problem.ts";

const BODY_LIMIT = 64 * 1024;

/**
 * Elysia's parser of the routes that take a body: the JSON value, of at most 64 KiB however it is sent.
 * Throws 415 for another type, 413 over the limit, 400 for what is no JSON.
 */
export async function readJson({ request }: { request: Request }): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new Problem(
      "unsupported_media_type",
      "Send the body as JSON, with `Content-Type: application/json`.",
    );
  }
  if ((request.headers.get("content-encoding") ?? "identity").toLowerCase() !== "identity") {
    throw new Problem("unsupported_media_type", "Send the body without a `Content-Encoding`.");
  }
  const text = decode(await readBytes(request, BODY_LIMIT));
  if (text.trim() === "") throw new AppError("invalid", "The body is empty: send a JSON object.");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError("invalid", `The body is not valid JSON: ${reasonOf(error)}.`);
  }
}

/** The whole body. Throws 413 when it has more than `limit` bytes, with or without a Content-Length. */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  // The connection stays open: clients that send all before they read would get an error instead of the answer.
  const tooLarge = () => new AppError("too_large", `The body is larger than ${limit / 1024} KiB.`);
  if (Number(request.headers.get("content-length")) > limit) throw tooLarge();

  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > limit) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new AppError("invalid", "The body ended before it was complete.", { cause: error });
  }
  if (size > limit) throw tooLarge();
  return Buffer.concat(chunks);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new AppError("invalid", "The body is not valid UTF-8.");
  }
}

/** The parser's reason up to the first quote: after it come words of the body, which may be a token. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  const reason = message.replace(/^JSON Parse error: /, "").replace(/["`].*$/s, "");
  return reason.replace(/[\s,:.]+$/, "") || "it cannot be read";
}
