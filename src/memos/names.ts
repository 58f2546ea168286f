import { createHmac } from "node:crypto";
import { parse } from "node:path";
import { Secret } from "../base/secret.ts";

/** Parts that together name one thing of ours. Numbers and their decimal strings count as the same part. */
type NameParts = readonly (string | number | bigint)[];

/** The key of all derived ids: nobody without the bot token can compute a person from a memo's public id. */
export function idKey(botToken: Secret | string): Uint8Array {
  const token = botToken instanceof Secret ? botToken.reveal() : botToken;
  return createHmac("sha256", token).update("memoferry ids").digest();
}

/** The id of a memo or comment: the same parts always give the same 32 lower-case hex digits. */
export const memoUid = (key: Uint8Array | string, parts: NameParts) => derive(key, "memo", parts);

/** The id of an attachment. Never equal to the memo id of the same parts. */
export const attachmentUid = (key: Uint8Array | string, parts: NameParts) => derive(key, "attachment", parts);

/** JSON keeps the borders between parts, so `["ab","c"]` and `["a","bc"]` differ. */
function derive(key: Uint8Array | string, kind: string, parts: NameParts): string {
  const text = JSON.stringify([kind, ...parts.map(String)]);
  return createHmac("sha256", key).update(text).digest("hex").slice(0, 32);
}

/** On LOCAL storage Memos puts 48 bytes before the name, we may put 9 into it, and file systems end at 255. */
const MAX_FILENAME_BYTES = 198;
const MAX_EXTENSION_BYTES = 32;

/** A name that every Memos server takes, as close to the last part of `name` as possible, else `fallback`; never empty. */
export function safeFilename(name: string, fallback = "file"): string {
  return cleanFilename(name) || cleanFilename(fallback) || "file";
}

function cleanFilename(name: string): string {
  const parts = name.toWellFormed().split(/[/\\]/);
  const last = parts.map(clean).findLast((part) => part !== "") ?? "";
  const { ext } = parse(last);
  const extension = Buffer.byteLength(ext) > MAX_EXTENSION_BYTES ? "" : ext;
  const stem = last.slice(0, last.length - extension.length);
  const kept = cut(stem, MAX_FILENAME_BYTES - Buffer.byteLength(extension));
  return `${kept === stem ? stem : trimEnds(kept)}${extension}`;
}

/** Without control and formatting characters (the latter can disguise an extension), and what Windows forbids in names. */
function clean(part: string): string {
  const visible = part.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/gu, "");
  return trimEnds(visible.replace(/[<>:"|?*]/g, "_"));
}

const trimEnds = (text: string) => text.replace(/^[\s.]+|[\s.]+$/gu, "");

/** The longest beginning of so many bytes of UTF-8: what is still to come of a character at its end, a stream keeps back. */
function cut(text: string, bytes: number): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
}

/** What 0.26 accepts: bare `type/subtype`, no parameters. */
const MIME_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** `type/subtype` in lower case without parameters, or `application/octet-stream` for whatever is not one. */
export function safeMimeType(type: string | null | undefined): string {
  const bare = (type ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return MIME_TYPE.test(bare) ? bare : "application/octet-stream";
}
