// What runtime-bun.ts gives, by Deno.

import { getSystemErrorName, stripVTControlCharacters } from "node:util";
import { messageOf } from "./errors.ts";
import type * as bun from "./runtime-bun.ts";

declare const Deno: {
  createHttpClient(options: { proxy: { url: string } }): object;
};

/** A text that comes piece by piece, of a known length: Deno announces the length of a Blob alone. */
class Sized extends Blob {
  readonly #pieces: AsyncIterable<string>;
  readonly #bytes: number;

  constructor(pieces: AsyncIterable<string>, bytes: number) {
    super();
    this.#pieces = pieces;
    this.#bytes = bytes;
  }

  override get size(): number {
    return this.#bytes;
  }

  override stream() {
    return new Response(inBytes(this.#pieces)).body ?? super.stream();
  }
}

async function* inBytes(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) yield Buffer.from(piece);
}

const isPieces = (body: unknown): body is AsyncIterable<string> =>
  typeof body === "object" && body !== null && Symbol.asyncIterator in body;

/** By proxy: each keeps its connections. */
const clients = new Map<string, object>();

function clientOf(url: string): object {
  const client = clients.get(url) ?? Deno.createHttpClient({ proxy: { url } });
  clients.set(url, client);
  return client;
}

async function fetchAsBun(url: string | URL | Request, init: BunFetchRequestInit = {}): Promise<Response> {
  const { body, proxy } = init;
  const length = new Headers(init.headers).get("content-length");
  try {
    return await globalThis.fetch(url, {
      ...init,
      ...(length !== null && isPieces(body) && { body: new Sized(body, Number(length)) }),
      ...(typeof proxy === "string" && { client: clientOf(proxy) }),
    });
  } catch (error) {
    const code = error instanceof TypeError && codeOfFetch(messageOf(error.cause));
    throw code ? Object.assign(new TypeError("fetch failed"), { code }) : error;
  }
}

export const fetch: typeof bun.fetch = Object.assign(fetchAsBun, { preconnect: () => undefined });

/** As Bun and Node name what became of a connection: Deno has words alone, with the address, and so with the bot's token. */
function codeOfFetch(text: string): string | null {
  if (!text.includes("client error")) return null;
  const [, number] = /\(os error (\d+)\)/.exec(text) ?? [];
  if (number) return getSystemErrorName(-Number(number));
  if (/dns error/.test(text)) return "ENOTFOUND";
  if (/peer certificate/.test(text)) return "CERT_UNTRUSTED";
  if (/corrupt message/.test(text)) return "EPROTO";
  return /unsuccessful tunnel/.test(text) ? "PROXY_REFUSED" : "ECONNRESET";
}

const WIDE =
  /\p{Emoji_Presentation}|\p{sc=Han}|\p{sc=Hiragana}|\p{sc=Katakana}|\p{sc=Hangul}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const letters = new Intl.Segmenter();

export const stringWidth: typeof bun.stringWidth = (text) =>
  [...letters.segment(stripVTControlCharacters(text))].reduce(
    (width, { segment }) => width + (WIDE.test(segment) ? 2 : 1),
    0,
  );
