import { textOf } from "../base/read-values.ts";
import type { MapPoint } from "../domain/saved.ts";
import { VISIBILITIES, type Visibility } from "../domain/visibility.ts";
import type { Dialect } from "./dialects.ts";
import { MemosError } from "./errors.ts";
import type { MemoState } from "./types.ts";

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field of an object within; undefined where there is none. */
export function within(object: JsonObject, outer: string, inner: string): unknown {
  const value = object[outer];
  return isObject(value) ? value[inner] : undefined;
}

/** Memos' JSON read into our types. A wrong shape is kind `server`: whatever answered, it was no whole answer of Memos. */

export type MemosAccount = ReturnType<typeof readAccount>;
export type Memo = ReturnType<typeof readMemo>;
export type Attachment = ReturnType<typeof readAttachment>;

/** Up to 0.24 who-am-I answers the user alone. */
export function readAccount(answer: JsonObject) {
  const user = objectOf(answer["user"] ?? answer, "user");
  const username = text(user, "username", "user");
  return {
    /** `users/alice` (0.27 and newer) or `users/1`: the identity, to be used as it is. */
    name: text(user, "name", "user"),
    username,
    /** Never empty: the user name where none was chosen. */
    displayName: textOf(user["displayName"]) || username,
  };
}

/** Null for everything that is none of them. */
export function readVisibility(value: unknown): Visibility | null {
  return VISIBILITIES.find((known) => known === value) ?? null;
}

export function readMemo(value: unknown, dialect: Dialect) {
  const memo = objectOf(value, "memo");
  checkDialect(memo, dialect);
  const { files, numbered, stateField } = dialect;
  const name = numbered ? `memos/${text(memo, "uid", "memo")}` : text(memo, "name", "memo");
  const visibility = readVisibility(memo["visibility"]);
  if (!name.startsWith("memos/") || visibility === null) throw wrongShape("memo");
  const attachments = memo[files];
  const parent = textOf(memo["parent"]);
  const { location } = memo;
  const state: MemoState = memo[stateField] === "ARCHIVED" ? "ARCHIVED" : "NORMAL";
  return {
    /** `memos/<id>`: the id we chose, or the server's. It outlives upgrades, also from the servers that number memos. */
    name,
    /** `users/alice`, comparable with the name of a `MemosAccount`. */
    creator: text(memo, "creator", "memo"),
    content: textOf(memo["content"]),
    visibility,
    state,
    pinned: memo["pinned"] === true,
    /** What the server found in the content, without `#`. */
    tags: readTags(memo),
    createTime: text(memo, "createTime", "memo"),
    updateTime: textOf(memo["updateTime"]),
    attachments: (Array.isArray(attachments) ? attachments : []).map((value): Attachment => {
      const file = readAttachment(value, dialect);
      return file.memo === undefined ? file : { ...file, memo: name };
    }),
    /** The memo this one comments. */
    ...(parent !== "" && { parent }),
    ...(isObject(location) && { location: readLocation(location) }),
  };
}

/** 0.22 has them among the properties. */
function readTags(memo: JsonObject): readonly string[] {
  const properties = memo["property"];
  const listed = [memo["tags"], isObject(properties) ? properties["tags"] : []];
  return listed.flatMap((tags) => (Array.isArray(tags) ? tags.map(textOf) : []));
}

/** The time by which lists are sorted: that of the last change where the owner chose so (0.27 and older). */
export function sortedBy(value: unknown): string {
  return isObject(value) ? textOf(value["displayTime"]) || textOf(value["createTime"]) : "";
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
  return typeof uid === "string" && /^\w+\/\d+$/.test(textOf(name));
}

function anotherVersion(what: string): MemosError {
  return new MemosError("unsupported_version", `the ${what} that Memos answered is of another version`);
}

export function readAttachment(value: unknown, { files, numbered }: Dialect) {
  const file = objectOf(value, "attachment");
  if (isNumbered(file) !== numbered) throw anotherVersion("attachment");
  const name = numbered ? `${files}/${text(file, "uid", "attachment")}` : text(file, "name", "attachment");
  // int64 is a string in protojson.
  const size = Number(file["size"] ?? 0);
  if (!name.startsWith(`${files}/`) || !Number.isSafeInteger(size)) throw wrongShape("attachment");
  const memo = textOf(file["memo"]);
  return {
    /** `attachments/<id>` */
    name: `attachments/${name.slice(files.length + 1)}`,
    filename: textOf(file["filename"]),
    type: textOf(file["type"]),
    size,
    createTime: textOf(file["createTime"]),
    /** `memos/<id>` of the memo that holds it, where the answer tells. */
    ...(memo !== "" && { memo }),
  };
}

function readLocation({ placeholder, latitude, longitude }: JsonObject): MapPoint {
  return {
    placeholder: textOf(placeholder),
    latitude: Number(latitude ?? 0),
    longitude: Number(longitude ?? 0),
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

function wrongShape(what: string): MemosError {
  return new MemosError("server", `Memos answered something that is no ${what}`);
}
