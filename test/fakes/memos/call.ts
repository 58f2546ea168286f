/** One request on its way through the handlers, and the checks that several of them share. */
import { type Answer, denied, invalid, notFound, unauthenticated } from "./answers.ts";
import { notImitated } from "./body.ts";
import type { Events } from "./events.ts";
import type { MemoRow, State, UserRow } from "./state.ts";
import type { Features } from "./version.ts";

interface ServerProfile {
  version: string;
  instanceUrl: string;
  privateInstance: boolean;
  reencodeJpeg: boolean;
}

export interface Call {
  profile: ServerProfile;
  features: Features;
  state: State;
  events: Events;
  user: UserRow | undefined;
  token: string | undefined;
  query: URLSearchParams;
  body: Uint8Array;
  /** A comment is not put under its memo: a fault. */
  breaksComment: boolean;
}

type Access = "anyone" | "public" | "login";

export interface Route {
  method: string;
  /** Of the whole path; its groups are the handler's parameters. */
  path: RegExp;
  /** What may stand in the query. */
  query?: readonly string[];
  /** Who may call without a login where the gateway checks it: anyone, anyone on a public instance, nobody. */
  access: Access | ((features: Features) => Access);
  /** Where only some releases have it. */
  when?: (features: Features) => boolean;
  handle: (call: Call, ...params: string[]) => Answer;
}

export function requireUser(call: Call): UserRow {
  if (!call.user) throw unauthenticated();
  return call.user;
}

/** A caller-chosen id, or undefined when none was given. Throws a 400 for one outside the version's alphabet. */
export function chosenId(call: Call, name: "memoId" | "commentId"): string | undefined {
  if (!call.features.choosesMemoIds) return undefined;
  const given = call.query.get(name) ?? "";
  if (given === "") return undefined;
  if (!isUid(given, call.features.memoIdMaxLength)) throw invalid(call.features.memoIdError("memo_id"));
  return given;
}

export function isUid(id: string, maxLength: number): boolean {
  return /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(id) && id.length <= maxLength;
}

/** The part behind a resource name's prefix. */
export function uidOfName(name: string, prefix: `${"memos" | Features["files"]}/`): string {
  const uid = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  if (/^[^/]+$/.test(uid)) return uid;
  throw notImitated(`${name} as a name in ${prefix}`);
}

export function mayRead(call: Call, memo: MemoRow): boolean {
  const parent = call.features.commentVisibilityOfParent ? call.state.parentOf(memo) : undefined;
  // Only the memo above counts, not the ones above that.
  const { visibility, creatorId } = parent ?? memo;
  if (visibility === "PUBLIC") return true;
  if (!call.user) return false;
  return visibility === "PROTECTED" || creatorId === call.user.id;
}

/** What stands in the path is no number, where numbers are names. */
export function checkKey(call: Call, key: string, what: "memo" | "resource"): void {
  if (call.features.numbered && !/^\d+$/.test(key)) {
    throw invalid(`invalid ${what} name: invalid ${what} ID ${JSON.stringify(key)}`);
  }
}

/** The memo, if the caller may read it. Throws 404, 401 or 403. */
export function readableMemo(call: Call, key: string): MemoRow {
  checkKey(call, key, "memo");
  const memo = call.state.memoNamed(key);
  if (!memo) throw notFound("memo");
  if (call.features.archivedHidden && memo.state === "ARCHIVED" && memo.creatorId !== call.user?.id) {
    throw notFound("memo");
  }
  checkReadable(call, memo);
  return memo;
}

export function checkReadable(call: Call, memo: MemoRow): void {
  if (mayRead(call, memo)) return;
  throw call.user || call.features.deniesStrangers ? denied() : unauthenticated();
}

/** The memo, if the caller may change it: its creator or an administrator. */
export function ownMemo(call: Call, key: string): MemoRow {
  checkKey(call, key, "memo");
  const memo = call.state.memoNamed(key);
  if (!memo) throw notFound("memo");
  const user = requireUser(call);
  if (memo.creatorId !== user.id && user.role !== "ADMIN") throw denied();
  return memo;
}
