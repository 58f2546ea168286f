import { expect } from "bun:test";
import { createHash } from "node:crypto";
import type { StoredAttachment, StoredMemo } from "../fakes/memos.ts";
import { onePixelJpeg } from "../fakes/telegram.ts";
import { sentName } from "../support/app.ts";
import type { CrashWorld } from "./world.ts";

/** A file as it was sent. */
export interface SentFile {
  readonly bytes: Uint8Array;
  /** Null where Telegram has no name for it. */
  readonly name: string | null;
  readonly type: string;
}

/** What has to be in Memos at the end, however often the program was killed. */
export interface ExpectedMemo {
  /** Where it is longer than the server takes, it goes on in comments, a line border between each two. */
  readonly content: string;
  /** Default: none. */
  readonly files?: readonly SentFile[];
  /** Oldest first. Default: none. */
  readonly comments?: readonly Omit<ExpectedMemo, "comments">[];
  /** Default: as memos are made. */
  readonly visibility?: StoredMemo["visibility"];
  readonly state?: StoredMemo["state"];
  readonly pinned?: boolean;
  /** Visibility, state and pin are not looked at, nor those of its comments. */
  readonly settings?: "any";
  readonly place?: { readonly latitude: number; readonly longitude: number };
}

export function photo(mark: string, size = 3_000): SentFile {
  return {
    bytes: Buffer.concat([onePixelJpeg, filling(mark, size)]),
    name: null,
    type: "image/jpeg",
  };
}

export function png(mark: string, size = 150_001): SentFile {
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return {
    bytes: Buffer.concat([signature, filling(mark, size)]),
    name: `${mark}.png`,
    type: "image/png",
  };
}

/** As it is sent in a document. */
export const asDocument = ({ bytes, name, type }: SentFile) => ({
  bytes,
  fileName: name ?? "",
  mimeType: type,
});

/** Bytes that only this mark gives. */
export function filling(mark: string, size: number): Buffer {
  return Buffer.alloc(size, createHash("sha256").update(mark).digest());
}

/** Exactly these memos, each with exactly its content, files and comments in order, and nothing beside them. */
export function expectMemos(
  { memos }: Pick<CrashWorld, "memos">,
  creator: string,
  expected: readonly ExpectedMemo[],
): void {
  const found = memos
    .memos()
    .filter((memo) => memo.creator === creator)
    .map((memo) => ({ memo, ...whole(memo, memos.comments(memo.name)) }));
  expect(found.map(({ content }) => content)).toEqual(expected.map(({ content }) => content));
  for (const [at, { memo, comments }] of found.entries()) {
    const { place, ...wanted } = expected[at] ?? { content: "" };
    expectOne(memo, wanted);
    // Memos has a field for it from 0.23 on.
    if (place && memos.version >= "0.23") expect(memo.location).toMatchObject(place);
    const replies = wanted.comments ?? [];
    expect(comments.map(({ content }) => content)).toEqual(replies.map(({ content }) => content));
    const settings = wanted.settings && { settings: wanted.settings };
    for (const [index, comment] of comments.entries()) expectOne(comment, { ...replies[index], ...settings });
  }
  const unbound = memos.attachments().filter((file) => file.memo === undefined);
  expect(unbound.map(({ filename }) => filename)).toEqual([]);

  /** What goes on in comments, put together, and the comments that remain. */
  function whole(memo: StoredMemo, all: readonly StoredMemo[]) {
    let content = plain(memo.content);
    const comments: StoredMemo[] = [];
    for (const comment of all) {
      const longer = `${content}\n${plain(comment.content)}`;
      if (expected.some((one) => one.content.startsWith(longer))) content = longer;
      else comments.push(comment);
    }
    return { content, comments };
  }
}

/** Without tags that a command added, and without what older servers need to show a new line. */
export const plain = (content: string) =>
  content.replaceAll("  \n", "\n").replace(/(^|\n\n)#\S+( #\S+)*$/, "");

function expectOne(memo: StoredMemo, expected: Partial<ExpectedMemo> = {}): void {
  expectFiles(memo.attachments, expected.files ?? []);
  const { visibility = "PRIVATE", state = "NORMAL", pinned = false } = expected;
  if (expected.settings === "any") return;
  expect({ visibility: memo.visibility, state: memo.state, pinned: memo.pinned }).toEqual({
    visibility,
    state,
    pinned,
  });
}

function expectFiles(found: readonly StoredAttachment[], files: readonly SentFile[]): void {
  expect(found.map(({ type }) => type)).toEqual(files.map(({ type }) => type));
  for (const [index, file] of found.entries()) {
    const sent = files[index];
    if (!sent) continue;
    if (sent.name !== null) expect(sentName(file)).toBe(sent.name);
    expect(sameContent(file.bytes, sent), `${file.filename} has the bytes that were sent`).toBe(true);
  }
}

/** Memos may write a JPEG anew: the fake then puts a segment after the first two bytes, and leaves the rest. */
function sameContent(stored: Uint8Array, { bytes, type }: SentFile): boolean {
  const given = Buffer.from(bytes);
  if (given.equals(stored)) return true;
  const rest = given.subarray(2);
  return (
    type === "image/jpeg" &&
    Buffer.from(stored).subarray(-rest.length).equals(rest) &&
    stored.length > given.length
  );
}
