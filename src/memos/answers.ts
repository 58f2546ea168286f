import type { Visibility } from "../domain/visibility.ts";
import type { Dialect } from "./dialects.ts";
import { MemosError } from "./errors.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { Attachment, Memo, MemoLocation, MemosAccount } from "./types.ts";

/** Memos' JSON read into our types. A wrong shape is kind `server`: whatever answered, it was no whole answer of Memos. */

/** Up to 0.24 who-am-I answers the user alone. */
export function readAccount(answer: JsonObject): MemosAccount {
  const user = objectOf(answer["user"] ?? answer, "user");
  const username = text(user, "username", "user");
  return {
    name: text(user, "name", "user"),
    username,
    displayName: optionalText(user["displayName"]) || username,
  };
}

/** Null for everything that is none of the three. */
export function readVisibility(value: unknown): Visibility | null {
  return value === "PRIVATE" || value === "PROTECTED" || value === "PUBLIC" ? value : null;
}

export function readMemo(value: unknown, dialect: Dialect): Memo {
  const memo = objectOf(value, "memo");
  checkDialect(memo, dialect);
  const { files, numbered, stateField } = dialect;
  const name = numbered ? `memos/${text(memo, "uid", "memo")}` : text(memo, "name", "memo");
  const visibility = readVisibility(memo["visibility"]);
  if (!name.startsWith("memos/") || visibility === null) throw wrongShape("memo");
  const attachments = memo[files];
  const location = readLocation(memo["location"]);
  const parent = optionalText(memo["parent"]);
  return {
    name,
    creator: text(memo, "creator", "memo"),
    content: optionalText(memo["content"]),
    visibility,
    state: memo[stateField] === "ARCHIVED" ? "ARCHIVED" : "NORMAL",
    pinned: memo["pinned"] === true,
    createTime: text(memo, "createTime", "memo"),
    updateTime: optionalText(memo["updateTime"]),
    attachments: Array.isArray(attachments)
      ? attachments.map((file) => {
          const attachment = readAttachment(file, dialect);
          return attachment.memo === undefined ? attachment : { ...attachment, memo: name };
        })
      : [],
    ...(parent && { parent }),
    ...(location && { location }),
  };
}

/** The time by which lists are sorted: that of the last change where the owner chose so (0.27 and older). */
export function sortedBy(value: unknown): string {
  return isObject(value) ? optionalText(value["displayTime"]) || optionalText(value["createTime"]) : "";
}

/** The server was upgraded, or set back, while we talked: what we would read is not what it says. */
function checkDialect(memo: JsonObject, { files, stateField, numbered }: Dialect): void {
  const otherFiles = files === "attachments" ? "resources" : "attachments";
  const otherState = stateField === "state" ? "rowStatus" : "state";
  const isOther = (!(files in memo) && otherFiles in memo) || otherState in memo;
  if (isOther || isNumbered(memo) !== numbered) throw anotherVersion("memo");
}

/** By its answer: a number for a name, and the uid beside it. */
function isNumbered({ name, uid }: JsonObject): boolean {
  return typeof uid === "string" && /^\w+\/\d+$/.test(optionalText(name));
}

function anotherVersion(what: string): MemosError {
  return new MemosError("unsupported_version", `the ${what} that Memos answered is of another version`);
}

export function readAttachment(value: unknown, { files, numbered }: Dialect): Attachment {
  const file = objectOf(value, "attachment");
  if (isNumbered(file) !== numbered) throw anotherVersion("attachment");
  const name = numbered ? `${files}/${text(file, "uid", "attachment")}` : text(file, "name", "attachment");
  // int64 is a string in protojson.
  const size = Number(file["size"] ?? 0);
  if (!name.startsWith(`${files}/`) || !Number.isSafeInteger(size)) throw wrongShape("attachment");
  const memo = optionalText(file["memo"]);
  return {
    name: `attachments/${name.slice(files.length + 1)}`,
    filename: optionalText(file["filename"]),
    type: optionalText(file["type"]),
    size,
    createTime: optionalText(file["createTime"]),
    ...(memo && { memo }),
  };
}

function readLocation(value: unknown): MemoLocation | undefined {
  if (!isObject(value)) return undefined;
  return {
    placeholder: optionalText(value["placeholder"]),
    latitude: Number(value["latitude"] ?? 0),
    longitude: Number(value["longitude"] ?? 0),
  };
}

function objectOf(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw wrongShape(what);
  return value;
}

function text(object: JsonObject, field: string, what: string): string {
  const value = object[field];
  if (typeof value !== "string" || value === "") throw wrongShape(what);
  return value;
}

function optionalText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function wrongShape(what: string): MemosError {
  return new MemosError("server", `Memos answered something that is no ${what}`);
}
