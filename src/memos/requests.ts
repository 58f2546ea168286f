import type { JsonObject } from "./answers.ts";
import type { Dialect } from "./dialects.ts";
import { MemosError } from "./errors.ts";
import type { MemoDraft, MemoPatch } from "./types.ts";

/** What is sent, checked before: Memos takes much that it should refuse. */

/** Memos refuses half a surrogate pair. */
export function contentOf(draft: MemoDraft, { keepsLocation }: Dialect): JsonObject {
  return {
    content: draft.content.toWellFormed(),
    visibility: draft.visibility,
    ...(draft.createTime && { createTime: timestamp(draft.createTime) }),
    ...(draft.location && keepsLocation && { location: draft.location }),
  };
}

/** Memos passes over other names in the mask, and refuses unknown fields. Empty if this dialect can change nothing of it. */
export function patchOf(
  { content, location, visibility, pinned, createTime, state }: MemoPatch,
  { numbered, stateField, keepsLocation }: Dialect,
): { mask: string[]; body: JsonObject } {
  const isOldState = stateField === "rowStatus" && state === "NORMAL";
  const fields = {
    content: content?.toWellFormed(),
    location: keepsLocation ? location : undefined,
    visibility,
    pinned,
    createTime: createTime && timestamp(createTime),
    [stateField]: isOldState ? "ACTIVE" : state,
  };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const mask = given.map(([field]) => field.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`));
  // These leave the time of the last change as it was; 0.23.1 answers 500 to a pin alone, and does it.
  const touches = numbered ? ["content", "location", "pinned"] : ["content", "location"];
  if (mask.some((column) => touches.includes(column))) mask.push("update_time");
  return { mask, body: Object.fromEntries(given) };
}

/** As Memos keeps times. In milliseconds since the epoch. */
export const wholeSeconds = (time: Date) => Math.floor(time.getTime() / 1000) * 1000;

/** Whole seconds, as Memos keeps them. */
export function timestamp(time: Date): string {
  if (Number.isNaN(time.getTime())) throw new MemosError("invalid", "the memo's time is no valid time");
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}

/** The uid in a resource name of this collection, safe to stand in a path. */
export function uidOf(name: string, collection: "memos" | "attachments"): string {
  const uid = name.startsWith(`${collection}/`) ? name.slice(collection.length + 1) : "";
  if (/^[\w-]+$/.test(uid)) return uid;
  throw new MemosError("invalid", `${JSON.stringify(name)} is no name of the form ${collection}/…`);
}

/** User names of old instances may hold anything. */
export function userName(account: string): string {
  const name = account.startsWith("users/") ? account.slice("users/".length) : "";
  if (name && name !== "." && name !== "..") return `users/${encodeURIComponent(name)}`;
  throw new MemosError("invalid", `${JSON.stringify(account)} is no name of the form users/…`);
}

/** An answer about another thing than the one asked for: something between us mixes answers up. */
export function named<T extends { name: string }>(thing: T, name: string): T {
  if (thing.name === name) return thing;
  throw new MemosError("server", `Memos answered with ${thing.name} where ${name} was asked for`);
}

/** Letters, digits and spaces of a content, for a search that narrows: what else a filter may take for its own is left out. */
export function searchable(content = ""): string | undefined {
  const runs = content.match(/[\p{L}\p{N}][\p{L}\p{N} ]{2,80}/gu) ?? [];
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest), "").trim() || undefined;
}
