import { MemosError } from "./errors.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { Attachment, Memo, MemoLocation, MemosAccount, Visibility } from "./types.ts";

/** Memos' JSON read into our types. A wrong shape is kind `server`: whatever answered, it was no whole answer of Memos. */

export function readAccount(value: unknown): MemosAccount {
  const user = objectOf(value, "user");
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

export function readMemo(value: unknown, files: string): Memo {
  const memo = objectOf(value, "memo");
  const name = text(memo, "name", "memo");
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
    state: memo["state"] === "ARCHIVED" ? "ARCHIVED" : "NORMAL",
    pinned: memo["pinned"] === true,
    createTime: text(memo, "createTime", "memo"),
    updateTime: optionalText(memo["updateTime"]),
    attachments: Array.isArray(attachments) ? attachments.map((file) => readAttachment(file, files)) : [],
    ...(parent && { parent }),
    ...(location && { location }),
  };
}

export function readAttachment(value: unknown, files: string): Attachment {
  const file = objectOf(value, "attachment");
  const name = text(file, "name", "attachment");
  // int64 is a string in protojson.
  const size = Number(file["size"] ?? 0);
  if (!name.startsWith(`${files}/`) || !Number.isSafeInteger(size)) throw wrongShape("attachment");
  const memo = optionalText(file["memo"]);
  return {
    name,
    filename: optionalText(file["filename"]),
    type: optionalText(file["type"]),
    size,
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
