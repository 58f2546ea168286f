import { textOf } from "../base/read-values.ts";
import { isObject, type JsonObject, within } from "./answers.ts";
import { isMemosError, MemosError, unlessGone } from "./errors.ts";
import { listed } from "./file-calls.ts";
import { userName } from "./requests.ts";
import type { Session } from "./session.ts";

/** What somebody is told in Memos: in one shape, whatever the release. */
export interface Notification {
  /** Each that comes later has a higher one. */
  readonly number: number;
  /** Mentions: from 0.27 on. */
  readonly kind: "comment" | "mention";
  /** As Memos names the user, and as people do. */
  readonly sender: { readonly name: string; readonly displayName: string };
  /** The comment, or the memo in which somebody is mentioned; null where it is gone. */
  readonly memo: string | null;
  /** The memo that it comments on; null of a mention in a memo that comments on none, and where it is not told. */
  readonly relatedMemo: string | null;
}

const KINDS: Readonly<Record<string, Notification["kind"]>> = {
  MEMO_COMMENT: "comment",
  MEMO_MENTION: "mention",
};
/** Only 0.24 and 0.25.0 to 0.25.2 go by it: the others list all at once. */
const PER_PAGE = "1000";

/** Those after a number, in their order, and the highest number so far; 0 where there is none. */
export async function notifications(
  session: Session,
  account: string,
  after: number,
): Promise<{ newest: number; fresh: Notification[] }> {
  const fresh: Notification[] = [];
  const names = new Map<string, string>();
  const rows = (await listAll(session, account)).toSorted((a, b) => a.number - b.number);
  for (const { number, row } of rows.filter(({ number }) => number > after)) {
    const kind = KINDS[String(row["type"])];
    if (!kind) continue;
    const name = textOf(row["sender"]);
    const displayName = names.get(name) ?? (await senderOf(session, name, row));
    names.set(name, displayName);
    fresh.push({ number, kind, sender: { name, displayName }, ...(await memosOf(session, row)) });
  }
  return { newest: rows.at(-1)?.number ?? 0, fresh };
}

async function listAll(session: Session, account: string) {
  const path = session.dialect.notificationsOf(userName(account));
  const field = path.slice(path.lastIndexOf("/") + 1);
  const rows: { number: number; row: JsonObject }[] = [];
  for await (const row of listed(session, path, { pageSize: PER_PAGE }, field)) {
    const number = isObject(row) ? Number(/\/(\d+)$/.exec(textOf(row["name"]))?.[1]) : Number.NaN;
    if (!isObject(row) || !Number.isSafeInteger(number)) {
      throw new MemosError("server", "Memos answered something that is no notification");
    }
    rows.push({ number, row });
  }
  return rows;
}

/** From 0.27 on it stands there, and before it is asked for. */
async function senderOf({ ask }: Session, name: string, row: JsonObject): Promise<string> {
  const told = row["senderUser"];
  const request = { method: "GET", path: `/api/v1/${userName(name)}` } as const;
  const user = isObject(told) ? told : ((await unlessGone(ask(request))) ?? {});
  const { displayName, nickname, username } = user;
  const fallback = textOf(username) || name.slice("users/".length);
  return textOf(displayName) || textOf(nickname) || fallback;
}

/** From 0.27 on they stand there, unless one is gone. Before, the activity tells: in 0.22 by their numbers. */
async function memosOf(
  session: Session,
  row: JsonObject,
): Promise<Pick<Notification, "memo" | "relatedMemo">> {
  const { activityId } = row;
  const payload =
    row["memoComment"] ??
    row["memoMention"] ??
    (activityId ? await activity(session, Number(activityId)) : {});
  const { memo, relatedMemo, memoId, relatedMemoId } = isObject(payload) ? payload : {};
  const named = async (name: unknown, number: unknown) => {
    const told = textOf(name) || (number ? `memos/${number}` : "");
    return told === "" ? null : ((await unlessGone(session.at.nameOf(told))) ?? null);
  };
  return { memo: await named(memo, memoId), relatedMemo: await named(relatedMemo, relatedMemoId) };
}

/** Undefined where its memo is gone: only 0.26 says so by a 404. */
async function activity({ ask }: Session, id: number): Promise<unknown> {
  try {
    const answer = await unlessGone(ask({ method: "GET", path: `/api/v1/activities/${id}` }));
    return answer && within(answer, "payload", "memoComment");
  } catch (error) {
    const isGone = isMemosError(error, "server") && /nil pointer|not exist/.test(error.ownWords ?? "");
    if (isGone) return undefined;
    throw error;
  }
}
