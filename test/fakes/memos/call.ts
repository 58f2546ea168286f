/** One request on its way through the handlers, and the checks that several of them share. */
import { type Answer, ApiError, denied, invalid, notFound, unauthenticated } from "./answers.ts";
import { type Message, type MessageType, type Request, readMessage } from "./protojson.ts";
import type { Schema } from "./schema.ts";
import type { MemoRow, State, UserRow } from "./state.ts";
import type { Features } from "./version.ts";

export interface ServerProfile {
  version: string;
  instanceUrl: string;
  privateInstance: boolean;
  reencodeJpeg: boolean;
}

export interface Call {
  profile: ServerProfile;
  features: Features;
  schema: Schema;
  state: State;
  user: UserRow | undefined;
  token: string | undefined;
  /** The Authorization header is none of the form that is wanted. */
  hasBadHeader: boolean;
  query: URLSearchParams;
  body: Uint8Array;
  headers: { range: string | undefined };
  /** A comment is not put under its memo: a fault. */
  breaksComment: boolean;
}

type Access = "anyone" | "public" | "login";

export interface Route {
  method: string;
  /** Of the whole path; its groups are the handler's parameters. */
  path: RegExp;
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

export function bodyOf(call: Call, type: MessageType): Message {
  return readMessage(call.body, type).message;
}

/** For PATCH: unknown fields are refused. The mask is the query's, else what the body implies. */
export function patchOf(call: Call, type: MessageType): Request {
  const request = readMessage(call.body, type, true);
  const mask = parameter(call, "updateMask");
  return mask === undefined ? request : { ...request, paths: mask.split(",") };
}

/** A query parameter by its JSON name; its proto name counts too, giving it twice is refused. */
export function parameter(call: Call, name: string): string | undefined {
  const protoName = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  for (const key of new Set([name, protoName])) {
    const values = call.query.getAll(key);
    if (values.length > 1) throw invalid(`too many values for field "${protoName}": ${values.join(", ")}`);
    if (values.length === 1) return values[0];
  }
  return undefined;
}

export function intParameter(call: Call, name: string): number | undefined {
  const value = parameter(call, name);
  if (value === undefined) return undefined;
  const protoName = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const bad = (why: string) =>
    invalid(`parsing field "${protoName}": strconv.ParseInt: parsing ${JSON.stringify(value)}: ${why}`);
  if (!/^[+-]?\d+$/.test(value)) throw bad("invalid syntax");
  if (Math.abs(Number(value)) > 0x7fffffff) throw bad("value out of range");
  return Number(value);
}

/** A caller-chosen id, or undefined when none was given. Throws a 400 for one outside the version's alphabet. */
export function chosenId(call: Call, name: "memoId" | "commentId"): string | undefined {
  if (!call.features.choosesMemoIds) return undefined;
  const given = (parameter(call, name) ?? "").trim();
  if (given === "") return undefined;
  if (!isUid(given, call.features.memoIdMaxLength)) throw invalid(call.features.memoIdError("memo_id"));
  return given;
}

export function isUid(id: string, maxLength: number): boolean {
  return /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(id) && id.length <= maxLength;
}

/** The part behind a resource name's prefix, in the words of the server's own parser. */
export function uidOfName(name: string, prefix: `${"memos" | Features["files"]}/`, what: string): string {
  const parts = name.split("/");
  if (parts.length !== 2) throw invalid(`invalid ${what}: invalid request ${JSON.stringify(name)}`);
  if (`${parts[0]}/` !== prefix) {
    throw invalid(
      `invalid ${what}: invalid prefix ${JSON.stringify(prefix)} in request ${JSON.stringify(name)}`,
    );
  }
  if (!parts[1]) {
    throw invalid(
      `invalid ${what}: invalid request ${JSON.stringify(name)} with empty prefix ${JSON.stringify(prefix)}`,
    );
  }
  return parts[1];
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

/** Some failures inside a handler are wrapped by another one. */
export function wrapped(prefix: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === 13) throw error;
    const names: Partial<Record<number, string>> = {
      3: "InvalidArgument",
      5: "NotFound",
      7: "PermissionDenied",
    };
    throw new ApiError(
      error.code,
      `${prefix}: rpc error: code = ${names[error.code] ?? "Internal"} desc = ${error.message}`,
    );
  }
}
