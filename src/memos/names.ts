import { createHmac } from "node:crypto";
import { Secret } from "../base/secret.ts";

/** Parts that together name one thing of ours. Numbers and their decimal strings count as the same part. */
type NameParts = readonly (string | number | bigint)[];

/** The key of all derived ids: nobody without the bot token can compute a person from a memo's public id. */
export function idKey(botToken: Secret | string): Uint8Array {
  const token = botToken instanceof Secret ? botToken.reveal() : botToken;
  return createHmac("sha256", token).update("memoferry ids").digest();
}

/** The id of a memo or comment: the same parts always give the same 32 lower-case hex digits. */
export function memoUid(key: Uint8Array | string, parts: NameParts): string {
  return derive(key, "memo", parts);
}

/** The id of an attachment. Never equal to the memo id of the same parts. */
export function attachmentUid(key: Uint8Array | string, parts: NameParts): string {
  return derive(key, "attachment", parts);
}

/** JSON keeps the borders between parts, so `["ab","c"]` and `["a","bc"]` differ. */
function derive(key: Uint8Array | string, kind: string, parts: NameParts): string {
  const text = JSON.stringify([kind, ...parts.map(String)]);
  return createHmac("sha256", key).update(text).digest("hex").slice(0, 32);
}

/** On LOCAL storage Memos puts 48 bytes before the name, and file systems end at 255. */
const MAX_FILENAME_BYTES = 200;
const MAX_EXTENSION_BYTES = 32;
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)$/i;

/**
 * A file name that every Memos server takes on every file system, as close to `name` as possible; never empty.
 * Only the last part of a path is kept; `fallback` stands in for a name of which nothing is left.
 */
export function safeFilename(name: string, fallback = "file"): string {
  return cleanFilename(name) || cleanFilename(fallback) || "file";
}

function cleanFilename(name: string): string {
  const last =
    name
      .toWellFormed()
      .split(/[/\\]/)
      .findLast((part) => trimEnds(clean(part)) !== "") ?? "";
  const trimmed = trimEnds(clean(last));
  const { stem, extension } = splitExtension(trimmed);
  const device = WINDOWS_DEVICE.test((stem.split(".")[0] ?? "").trim()) ? "_" : "";
  const room = MAX_FILENAME_BYTES - Buffer.byteLength(extension) - device.length;
  const kept = cut(stem, room);
  return trimEnds(`${device}${kept === stem ? stem : trimEnds(kept)}${extension}`);
}

/** Control and formatting characters (the latter can disguise an extension), and what Windows forbids in names. */
function clean(part: string): string {
  return part
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/gu, "")
    .replace(/[<>:"|?*]/g, "_");
}

function trimEnds(text: string): string {
  return text.replace(/^[\s.]+|[\s.]+$/gu, "");
}

function splitExtension(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 ? name.slice(dot) : "";
  if (extension === "" || Buffer.byteLength(extension) > MAX_EXTENSION_BYTES)
    return { stem: name, extension: "" };
  return { stem: name.slice(0, dot), extension };
}

/** The longest beginning of at most `bytes` bytes of UTF-8 that ends between characters as people see them. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let kept = "";
  let size = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    size += Buffer.byteLength(segment);
    if (size > bytes) break;
    kept += segment;
  }
  return kept;
}

/** What 0.26 accepts: bare `type/subtype`, no parameters. */
const MIME_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** `type/subtype` in lower case without parameters, or `application/octet-stream` for whatever is not one. */
export function safeMimeType(type: string | null | undefined): string {
  const bare = (type ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return MIME_TYPE.test(bare) ? bare : "application/octet-stream";
}
