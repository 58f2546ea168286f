import type { Context } from "elysia";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";

/** Far more than any update has. */
const BODY_LIMIT = 1024 * 1024;
/** So long for all of a body. */
const BODY_MS = 30_000;
/** Telegram makes a hundred connections at most. https://core.telegram.org/bots/api#setwebhook */
const MOST_BODIES = 100;

const JSON_TYPE = /^application\/([\w.-]+\+)?json *(;|$)/i;

export type Exchange = Pick<Context, "request" | "set">;

/** A body that nobody reads to its end keeps no connection: whoever sends it could go on for ever. */
export function closeUnlessRead({ request: { headers }, set }: Exchange): void {
  if (headers.has("transfer-encoding") || Number(headers.get("content-length") ?? 0) > 0)
    set.headers["connection"] = "close";
}

/** Reads bodies, of which only so many may be under way, each for so long and of so many bytes. */
export function createBodies({ clock }: { clock: Pick<Clock, "sleep"> }) {
  let underWay = 0;

  /** @throws AppError "too_large", "too_slow", or "unavailable" while there are too many. */
  async function text({ request, set }: Exchange): Promise<string> {
    const tooLarge = new AppError("too_large", `The body may have ${BODY_LIMIT} bytes at most.`);
    if (Number(request.headers.get("content-length") ?? 0) > BODY_LIMIT) throw tooLarge;
    if (underWay >= MOST_BODIES)
      throw new AppError("unavailable", "Too many requests are being sent at once: try again.");
    underWay += 1;
    const read = new AbortController();
    const late = clock.sleep(BODY_MS, read.signal).then(() => {
      throw new AppError("too_slow", `The body did not come within ${BODY_MS / 1000} s.`);
    });
    try {
      const whole = await Promise.race([collect(request.body, tooLarge), late]);
      delete set.headers["connection"];
      return whole;
    } finally {
      underWay -= 1;
      read.abort();
    }
  }

  /** @throws AppError "unsupported_type" for what does not say that it is JSON, but something else. */
  async function jsonText(exchange: Exchange): Promise<string> {
    const type = exchange.request.headers.get("content-type");
    if (type && !JSON_TYPE.test(type)) {
      const mend = "send it with the header `Content-Type: application/json` (curl: --json)";
      throw new AppError("unsupported_type", `The body must be JSON: ${mend}.`);
    }
    return text(exchange);
  }

  return {
    text,
    json: async (exchange: Exchange): Promise<unknown> => JSON.parse(await jsonText(exchange)),
    /** Without a body, or with an empty one, an empty object. */
    jsonIfAny: async (exchange: Exchange): Promise<unknown> => JSON.parse((await jsonText(exchange)) || "{}"),
  };
}

export type Bodies = ReturnType<typeof createBodies>;

async function collect(body: ReadableStream<Uint8Array> | null, tooLarge: AppError): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > BODY_LIMIT) throw tooLarge;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
