import { hash } from "node:crypto";
import type { StyledText } from "../../domain/text.ts";
import { allMessages } from "../../markdown/split/cut.ts";
import { markdownAsText } from "../../markdown/to-text.ts";
import type { Attachment, Memo } from "../../memos/client.ts";
import { isBlank } from "../../replies/text-writer.ts";
import { uploadMethodOf } from "../../telegram/upload-method.ts";
import { withoutControls } from "../notify.ts";

/** What a message, and a caption, take. https://core.telegram.org/bots/api#sendmessage */
const ROOM = { length: 4_096, entities: 100 };
const CAPTION = { ...ROOM, length: 1_024 };
const MOST_IN_ALBUM = 10;

/** A message of a post: words, or up to ten files, with words under the first where these are few. */
export type PlannedPart =
  | { readonly text: StyledText }
  | { readonly files: readonly Attachment[]; readonly caption: StyledText | undefined };

/** A memo as it is posted. */
export interface Plan {
  readonly parts: readonly PlannedPart[];
  /** Files that are larger than what Telegram takes, or empty. */
  readonly left: readonly Attachment[];
  readonly contentHash: string;
}

/** What is posted of a memo: its words, then its files, pictures and videos first. */
export async function planOf(
  { content, attachments }: Pick<Memo, "content" | "attachments">,
  limitBytes: number,
): Promise<Plan> {
  const text = await markdownAsText(withoutControls(content));
  const words = allMessages(text, ROOM).filter(({ text }) => !isBlank(text));
  const fits = ({ size }: Attachment) => size > 0 && size <= limitBytes;
  const albums = albumsOf(attachments.filter(fits), limitBytes);
  const [first] = words;
  const isCaption = albums.length > 0 && words.length === 1 && first && isWithin(first, CAPTION);
  const texts = isCaption ? [] : words;
  return {
    parts: [
      ...texts.map((text) => ({ text })),
      ...albums.map((files, nth) => ({ files, caption: isCaption && nth === 0 ? first : undefined })),
    ],
    left: attachments.filter((file) => !fits(file)),
    contentHash: [
      texts.length,
      hashOf(albums.map((files) => files.map(({ name }) => name))),
      hashOf(words),
    ].join("."),
  };
}

/** Whether what was posted by one plan can be edited into another: as many messages, and the same files. */
export function compare(one: string, other: string) {
  const [texts, files] = one.split(".");
  const [otherTexts, otherFiles] = other.split(".");
  return { hasSameMessages: texts === otherTexts, hasSameFiles: files === otherFiles };
}

const isWithin = ({ text, entities }: StyledText, room: typeof ROOM) =>
  text.length <= room.length && entities.length <= room.entities;

/** What is shown alike, in the order of its first file; a moving picture stands alone. */
function albumsOf(files: readonly Attachment[], limitBytes: number): Attachment[][] {
  const shelves = new Map<string, Attachment[][]>();
  for (const file of files) {
    const method = uploadMethodOf(file);
    const shelf = method === "sendVideo" ? "sendPhoto" : method;
    const albums = shelves.get(shelf) ?? [];
    shelves.set(shelf, albums);
    const last = albums.at(-1);
    const bytes = (last ?? []).reduce((sum, { size }) => sum + size, file.size);
    const hasRoom = last && last.length < MOST_IN_ALBUM && bytes <= limitBytes && shelf !== "sendAnimation";
    if (hasRoom) last.push(file);
    else albums.push([file]);
  }
  const order = ["sendPhoto", "sendAnimation", "sendAudio", "sendDocument"];
  return order.flatMap((shelf) => shelves.get(shelf) ?? []);
}

const hashOf = (value: unknown) => hash("sha256", JSON.stringify(value)).slice(0, 32);
