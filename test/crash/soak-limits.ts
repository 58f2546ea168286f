/** What the program holds at one moment, in megabytes. */
export interface Held {
  readonly messages: number;
  readonly rss: number;
  readonly handles: number;
  /** The database's file, and how much of it holds something. */
  readonly file: number;
  readonly used: number;
  readonly wal: number;
}

/** Bounds with room for a busy machine; what grows with every message breaks them all the same. */
const RSS_MORE = 1.6;
const RSS_LIMIT_MB = 300;
const HANDLES_MORE = 10;
const WAL_LIMIT_MB = 32;
/** Of a message that is kept whole, and of one that is pruned: its job and its links. */
const WHOLE_BYTES = 4_000;
const PRUNED_BYTES = 1_500;
const FILE_MORE = 1.1;

/**
 * What grows though it should level off, each in words. `parts` are after each part of the messages, the first of them
 * before any; `pruned` is when all of them were pruned, `after` one more part later.
 */
export function tooMuch(run: { parts: readonly Held[]; pruned: Held; after: Held }): string[] {
  const { parts, pruned, after } = run;
  const [empty, first, second = first] = parts;
  const last = parts.at(-1);
  if (!empty || !first || !second || !last) return ["nothing was held"];
  const all = [...parts, pruned, after];
  const most = (of: (held: Held) => number) => Math.max(...all.map(of));
  const perMessage = (from: Held, to: Held) =>
    ((to.used - from.used) * 1e6) / Math.max(1, to.messages - from.messages);
  const failures: string[] = [];
  const expectBelow = (what: string, found: number, limit: number) => {
    if (found > limit) failures.push(`${what}: ${found.toFixed(1)}, more than ${limit.toFixed(1)}`);
  };
  expectBelow(
    "memory, MB",
    most(({ rss }) => rss),
    Math.min(RSS_LIMIT_MB, Math.max(first.rss, second.rss) * RSS_MORE),
  );
  expectBelow(
    "file handles",
    most(({ handles }) => handles),
    first.handles + HANDLES_MORE,
  );
  expectBelow(
    "write-ahead log, MB",
    most(({ wal }) => wal),
    WAL_LIMIT_MB,
  );
  expectBelow("bytes of the database for a message", perMessage(empty, last), WHOLE_BYTES);
  expectBelow("the same once it is pruned", perMessage(empty, pruned), PRUNED_BYTES);
  expectBelow(
    "the file after one more part, in the room that pruning left, MB",
    after.file,
    pruned.file * FILE_MORE,
  );
  return failures;
}
