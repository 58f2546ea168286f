import { textOf } from "../base/read-values.ts";
import { isObject, type Memo, readMemo } from "./answers.ts";
import { MemosError } from "./errors.ts";
import { listed } from "./file-calls.ts";
import type { Session } from "./session.ts";

const PER_PAGE = "100";
/** Where the server lists in the order of their making only. */
const LOOKED_AT = 1_000;

/**
 * Own memos (no comments) that were made, or changed as Memos' pages do it, since a time of this machine's clock; those
 * that changed last come first. What leaves the time of the change as it was is not seen, such as a pin. Up to 0.24 the
 * newest thousand are looked at.
 */
export async function changedMemos(
  session: Session,
  account: string,
  { since }: { since: Date },
): Promise<Memo[]> {
  const { dialect } = session;
  const from = session.onServer(since).getTime();
  const query = {
    ...dialect.ownMemos(account, { state: "NORMAL" }),
    ...dialect.newestChangesFirst,
    pageSize: PER_PAGE,
  };
  const found = new Map<string, Memo>();
  let looked = 0;
  for await (const value of listed(session, "memos", query, "memos")) {
    const memo = readMemo(value, dialect);
    const isRecent = Date.parse(memo.updateTime) >= from;
    if (isRecent && memo.creator === account && memo.state === "NORMAL") found.set(memo.name, memo);
    looked++;
    if (dialect.newestChangesFirst ? !isRecent && !memo.pinned : looked >= LOOKED_AT) break;
  }
  return [...found.values()].toSorted((a, b) => Date.parse(b.updateTime) - Date.parse(a.updateTime));
}

/** What happened on a server, as it is told to whoever may see the memo. */
export interface MemosEvent {
  /** Such as `memo.created`, `memo.comment.created` or `reaction.upserted`. */
  readonly type: string;
  /** The memo, or the one that was commented on or reacted to. */
  readonly memo: string;
}

/** A heartbeat comes every 30 s. */
const SILENT_MS = 90_000;

/**
 * What happens, as it happens, from 0.27 on; null is a sign of life. Each has to begin with a look at what there is: nothing
 * is told again. Ends where the server ends it; throws after 90 s without a byte.
 */
export async function* events(session: Session): AsyncGenerator<MemosEvent | null, void, undefined> {
  const { http, token, signal } = session;
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of http.stream({ path: "/api/v1/sse", token, idleMs: SILENT_MS }, signal)) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
    text = lines.pop() ?? "";
    if (text.length > 65_536) throw new MemosError("server", "an event of Memos is too long");
    yield null;
    for (const line of lines) {
      const event = eventOf(line);
      if (event) yield event;
    }
  }
}

function eventOf(line: string): MemosEvent | undefined {
  const [, data] = /^data: ?(.*)$/.exec(line.trimEnd()) ?? [];
  if (data === undefined) return undefined;
  try {
    const event: unknown = JSON.parse(data);
    return isObject(event) ? { type: textOf(event["type"]), memo: textOf(event["name"]) } : undefined;
  } catch {
    return undefined;
  }
}
