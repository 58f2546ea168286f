import type { Context } from "elysia";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";

/** Of one kind of bodies: its bytes, the time for all of it, and how many may be under way. */
interface Limits {
  readonly bytes: number;
  readonly ms: number;
  readonly most: number;
}

/** Far more bytes than any update has. Telegram makes a hundred connections at most. https://core.telegram.org/bots/api#setwebhook */
const TEXT: Limits = { bytes: 1024 * 1024, ms: 30_000, most: 100 };
/** With files, held in memory: more than Memos accepts. A phone sends some of them at a megabit a second. */
const FILES: Limits = { bytes: 32 * 1024 * 1024, ms: 300_000, most: 2 };
/** What is typed into the dashboard's forms; whoever is not signed in yet can send one too. */
const TYPED: Limits = { bytes: 16 * 1024, ms: 30_000, most: 10 };

const JSON_TYPE = /^application\/([\w.-]+\+)?json *(;|$)/i;
const FORM_TYPE = /^multipart\/form-data *(;|$)/i;

export type Exchange = Pick<Context, "request" | "set">;

/** A body that nobody reads to its end keeps no connection: whoever sends it could go on for ever. */
export function closeUnlessRead({ request: { headers }, set }: Exchange): void {
  if (headers.has("transfer-encoding") || Number(headers.get("content-length") ?? 0) > 0)
    set.headers["connection"] = "close";
}

/** Of a body, as the head of its request has it; null where it does not say so, and of one that comes in chunks. */
function lengthOf({ headers }: Request): number | null {
  const length = headers.get("content-length");
  return length === null || headers.has("transfer-encoding") ? null : Number(length);
}

export function createBodies({ clock }: { clock: Pick<Clock, "sleep"> }) {
  const readBody = reader(clock, TEXT);
  const readForm = reader(clock, FILES);
  const readTyped = reader(clock, TYPED);
  const text = async (exchange: Exchange, read = readBody) => new TextDecoder().decode(await read(exchange));

  /** @throws AppError "unsupported_type" for what does not say that it is JSON, but something else. */
  async function jsonText(exchange: Exchange, read = readBody): Promise<string> {
    const type = exchange.request.headers.get("content-type");
    if (type && !JSON_TYPE.test(type)) {
      const mend = "send it with the header `Content-Type: application/json` (curl: --json)";
      throw new AppError("unsupported_type", `The body must be JSON: ${mend}.`);
    }
    return text(exchange, read);
  }

  return {
    text,
    json: async (exchange: Exchange): Promise<unknown> => JSON.parse(await jsonText(exchange)),
    /** JSON that may have files in it. What is small does not wait for the few places of those. */
    jsonWithFiles: async (exchange: Exchange): Promise<unknown> => {
      const length = lengthOf(exchange.request) ?? 0;
      return JSON.parse(await jsonText(exchange, length > TEXT.bytes ? readForm : readBody));
    },
    /** JSON, or a form, which alone can have files. */
    jsonOrForm: async (exchange: Exchange): Promise<unknown> => {
      const type = exchange.request.headers.get("content-type") ?? "";
      if (FORM_TYPE.test(type)) return fieldsOf(await readForm(exchange), type);
      const body: unknown = JSON.parse(await jsonText(exchange));
      if (Object.hasOwn(Object(body), "files"))
        throw new AppError("unprocessable", "files can only be sent as multipart/form-data.");
      return body;
    },
    /** The fields of a form of the dashboard. */
    typed: async (exchange: Exchange): Promise<unknown> =>
      Object.fromEntries(new URLSearchParams(new TextDecoder().decode(await readTyped(exchange)))),
    /** Without a body, or with an empty one, an empty object. */
    jsonIfAny: async (exchange: Exchange): Promise<unknown> => JSON.parse((await jsonText(exchange)) || "{}"),
  };
}

export type Bodies = ReturnType<typeof createBodies>;

/** The fields of a form as text, and its files, under whatever names, as `files`. */
async function fieldsOf(body: Uint8Array<ArrayBuffer>, type: string): Promise<unknown> {
  const form = await new Response(body, { headers: { "content-type": type } })
    .formData()
    .catch(() => Promise.reject(new AppError("invalid", "The body is not the form that its type says.")));
  const fields: Record<string, unknown> = {};
  const files: File[] = [];
  for (const [name, value] of form) {
    if (typeof value === "string") fields[name] = value;
    // Where none was chosen, a browser sends an empty one without a name.
    else if (value.size > 0 || value.name) files.push(value);
  }
  return { ...fields, files };
}

/** For the `detail` of a route that reads its body by `jsonOrForm`. */
export const JSON_OR_FORM = { content: { "application/json": {}, "multipart/form-data": {} } };

function reader(clock: Pick<Clock, "sleep">, { bytes: limit, ms, most }: Limits) {
  let underWay = 0;

  /** @throws AppError "too_large", "too_slow", or "unavailable" while there are too many. */
  return async ({ request, set }: Exchange): Promise<Uint8Array<ArrayBuffer>> => {
    const tooLarge = () => new AppError("too_large", `The body may have ${limit} bytes at most.`);
    const length = lengthOf(request);
    if (length !== null && length > limit) throw tooLarge();
    if (underWay >= most)
      throw new AppError("unavailable", "Too many requests are being sent at once: try again.");
    underWay += 1;
    const read = new AbortController();
    const late = clock.sleep(ms, read.signal).then(() => {
      throw new AppError("too_slow", `The body did not come within ${ms / 1000} s.`);
    });
    try {
      // Where the head says how long it is, no more than that is let through: it need not be counted as it comes.
      const bytes =
        length === null
          ? collect(request.body, limit, tooLarge)
          : request.arrayBuffer().then((buffer) => new Uint8Array(buffer));
      const whole = await Promise.race([bytes, late]);
      delete set.headers["connection"];
      return whole;
    } finally {
      underWay -= 1;
      read.abort();
    }
  };
}

async function collect(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  tooLarge: () => AppError,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
