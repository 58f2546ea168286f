import { expect } from "bun:test";
import { onePixelJpeg, type Person } from "../fakes/telegram.ts";
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
  readonly content: string;
  readonly files: readonly SentFile[];
  /** Contents of its comments, oldest first. Default: none. */
  readonly comments?: readonly string[];
}

export interface Scenario {
  readonly name: string;
  /** Whether the person is bound before. */
  readonly bound: boolean;
  /** What the person does, while the program is away. Returns the memos that have to come of it, in order. */
  act(person: Person, accountToken: string): ExpectedMemo[];
  /** Answers of the bot: exactly so many when nothing was killed around their sending. */
  readonly answers: number;
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

/** Bytes that only this mark gives. */
function filling(mark: string, size: number): Buffer {
  return Buffer.alloc(size, Bun.SHA256.hash(mark) as Uint8Array);
}

export const scenarios: readonly Scenario[] = [
  {
    name: "a text",
    bound: true,
    answers: 1,
    act(person) {
      person.say("Milk, bread 🥖 and ünïcode");
      return [{ content: "Milk, bread 🥖 and ünïcode", files: [] }];
    },
  },
  {
    name: "a photo with caption",
    bound: true,
    answers: 1,
    act(person) {
      const file = photo("the lake");
      person.sendPhoto({ bytes: file.bytes, caption: "The lake at noon" });
      return [{ content: "The lake at noon", files: [file] }];
    },
  },
  {
    name: "a document",
    bound: true,
    answers: 1,
    act(person) {
      const file = png("plan");
      person.sendDocument({ bytes: file.bytes, fileName: "plan.png", mimeType: "image/png" });
      return [{ content: "", files: [file] }];
    },
  },
  {
    name: "an album of three photos with captions on two",
    bound: true,
    answers: 1,
    act(person) {
      const files = [photo("first"), photo("second"), photo("third")];
      const captions = ["Morning", undefined, "Evening"];
      const items = files.map(({ bytes }, at) => {
        const caption = captions[at];
        return { type: "photo" as const, bytes, ...(caption !== undefined && { caption }) };
      });
      // Telegram hands an album out in more than one answer as it likes.
      person.sendAlbum(items, { split: 2 });
      return [{ content: "Morning\n\nEvening", files }];
    },
  },
  {
    name: "an album of two PNG documents",
    bound: true,
    answers: 1,
    act(person) {
      const files = [png("left", 70_000), png("right", 90_000)];
      person.sendAlbum(
        files.map(({ bytes, name, type }, at) => ({
          type: "document" as const,
          bytes,
          mimeType: type,
          ...(name !== null && { fileName: name }),
          ...(at === 1 && { caption: "Both sides" }),
        })),
      );
      return [{ content: "Both sides", files }];
    },
  },
  {
    name: "a /bind with a token",
    bound: false,
    answers: 1,
    act(person, accountToken) {
      person.say(`/bind ${accountToken}`);
      return [];
    },
  },
];

/** Exactly these memos, each with exactly its content and its files in order, and nothing beside them. */
export function expectMemos(
  { memos }: Pick<CrashWorld, "memos">,
  creator: string,
  expected: readonly ExpectedMemo[],
): void {
  const found = memos.memos().filter((memo) => memo.creator === creator);
  expect(found.map(({ content }) => content)).toEqual(expected.map(({ content }) => content));
  for (const [at, memo] of found.entries()) {
    const files = expected[at]?.files ?? [];
    expect(memo.attachments.map(({ type }) => type)).toEqual(files.map(({ type }) => type));
    for (const [index, file] of memo.attachments.entries()) {
      const sent = files[index];
      if (!sent) continue;
      if (sent.name !== null) expect(file.filename).toBe(sent.name);
      expect(sameContent(file.bytes, sent), `${file.filename} has the bytes that were sent`).toBe(true);
    }
    const comments = memos.comments(memo.name).map(({ content }) => content);
    expect(comments).toEqual([...(expected[at]?.comments ?? [])]);
  }
  const unbound = memos.attachments().filter((file) => file.memo === undefined);
  expect(unbound.map(({ filename }) => filename)).toEqual([]);
}

/** Memos writes every JPEG anew: the fake puts a segment after the first two bytes, and leaves the rest. */
function sameContent(stored: Uint8Array, { bytes, type }: SentFile): boolean {
  const given = Buffer.from(bytes);
  if (type !== "image/jpeg") return given.equals(stored);
  const rest = given.subarray(2);
  return Buffer.from(stored).subarray(-rest.length).equals(rest) && stored.length > given.length;
}
