// Reads single values out of JSON of any size, of which only the value in hand is in memory.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d] as const;
const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

interface FoundValue {
  /** Names of members joined by points, and `[]` for an element: `chats.list[].messages[]`. */
  readonly path: string;
  readonly value: unknown;
  /** How much was read when it was whole. */
  readonly bytes: number;
}

/**
 * The values at the paths that are `wanted`, in their order, none within another. `\x0B` in a text, as Telegram Desktop
 * writes control characters, is understood.
 * @throws SyntaxError where it is no JSON, or ends in the middle.
 */
export async function* jsonValues(
  chunks: AsyncIterable<Uint8Array>,
  wanted: (path: string) => boolean,
): AsyncGenerator<FoundValue> {
  /** The path of each object or array that is open. */
  const open: { readonly path: string; readonly isObject: boolean }[] = [];
  let read = 0;
  let inText = false;
  let isEscaped = false;
  /** Of the member whose value comes next. */
  let name: string | null = null;
  /** Where the wanted value began, and the depth at which it is over. */
  let taken: { readonly path: string; readonly depth: number } | null = null;
  /** What is kept of earlier chunks: of the wanted value, or of a name. */
  let kept: Uint8Array[] = [];
  let nameFrom = -1;
  let isStarted = false;
  const decode = (parts: readonly Uint8Array[]) => new TextDecoder().decode(Buffer.concat(parts));

  const pathOfNext = () => {
    const holder = open.at(-1);
    if (!holder) return "";
    if (!holder.isObject) return `${holder.path}[]`;
    return holder.path === "" ? (name ?? "") : `${holder.path}.${name}`;
  };

  for await (const chunk of chunks) {
    /** Where the wanted value, or the name, that is under way begins in this chunk. */
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (inText) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) {
          inText = false;
          if (nameFrom >= 0) {
            name = parse(decode([...kept, chunk.subarray(from, at + 1)]), read + at) as string;
            kept = [];
            nameFrom = -1;
          }
        }
        continue;
      }
      if (isSpace(byte)) continue;
      const holder = open.at(-1);
      if (byte === COLON) continue;
      const isEnd = byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY;
      if (isEnd && taken && open.length === taken.depth) {
        const value = parse(decode([...kept, chunk.subarray(from, at)]), read + at);
        yield { path: taken.path, value, bytes: read + at };
        [taken, kept] = [null, []];
      }
      if (byte === COMMA) {
        name = null;
        continue;
      }
      if (isEnd) {
        if (!open.pop()) throw new SyntaxError(`no JSON at byte ${read + at}`);
        continue;
      }
      if (byte === QUOTE) inText = true;
      isStarted = true;
      if (taken) {
        // Within the wanted value only the depth counts.
      } else if (holder?.isObject && name === null) {
        if (byte !== QUOTE) throw new SyntaxError(`no JSON at byte ${read + at}`);
        [nameFrom, from] = [at, at];
        continue;
      } else {
        const path = pathOfNext();
        if (wanted(path)) {
          taken = { path, depth: open.length };
          from = at;
        }
      }
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        open.push({ path: taken ? "" : pathOfNext(), isObject: byte === OPEN_OBJECT });
        name = null;
      }
    }
    if (taken || nameFrom >= 0) kept.push(chunk.slice(from));
    read += chunk.length;
  }
  if (open.length > 0 || inText || !isStarted)
    throw new SyntaxError(`it ends in the middle, after ${read} bytes`);
}

function parse(text: string, at: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An escape that JSON does not have, and not the end of one that it has.
    const mended = text.replace(/\\(?:x([0-9A-F]{2})|([^x]))/gi, (all, hex) => (hex ? `\\u00${hex}` : all));
    try {
      return JSON.parse(mended);
    } catch {
      throw new SyntaxError(`no JSON before byte ${at}`);
    }
  }
}
