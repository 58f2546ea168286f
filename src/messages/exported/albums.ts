import type { ExportedChat } from "./export-format.ts";
import type { ImportedMessage } from "./exported-message.ts";

export interface OfChat {
  readonly chat: ExportedChat;
  readonly message: ImportedMessage;
}

/** The most parts of an album of Telegram. */
const MOST_PARTS = 10;
const MAX_APART_SECONDS = 1;

/**
 * Puts together what was sent as one, which an export does not tell: messages that follow each other, are of one author,
 * second and kind, answer the same, and of which one at most has a caption. Whatever is forwarded in a row looks alike, but
 * mostly has a caption each.
 */
export async function* albumsOf<One extends OfChat>(
  messages: AsyncIterable<One>,
): AsyncGenerator<readonly One[]> {
  let album: One[] = [];
  for await (const one of messages) {
    if (!goesOn(album, one)) {
      if (album.length > 0) yield marked(album);
      album = [];
    }
    album.push(one);
  }
  if (album.length > 0) yield marked(album);
}

function goesOn(album: readonly OfChat[], { chat, message }: OfChat): boolean {
  const last = album.at(-1);
  const kind = kindOf(message);
  if (!last || kind === null || album.length === MOST_PARTS) return false;
  return (
    last.chat === chat &&
    kindOf(last.message) === kind &&
    message.message_id === last.message.message_id + 1 &&
    Math.abs(message.date - last.message.date) <= MAX_APART_SECONDS &&
    authorOf(message) === authorOf(last.message) &&
    message.reply_to_message?.message_id === last.message.reply_to_message?.message_id &&
    (message.caption === undefined || album.every((one) => one.message.caption === undefined))
  );
}

/** Documents and songs are no part of an album of other things. */
function kindOf({ photo, video, document, audio }: ImportedMessage): string | null {
  if (photo || video) return "pictures";
  if (document) return "documents";
  return audio ? "audio" : null;
}

/** Without when, and which of a channel's posts it was. */
const authorOf = ({ forward_origin }: ImportedMessage) =>
  JSON.stringify(forward_origin && { ...forward_origin, date: 0, message_id: 0 });

/** The first one names it: the same in each export of the chat. */
function marked<One extends OfChat>(album: readonly One[]): readonly One[] {
  const media_group_id = `exported:${album[0]?.message.message_id}`;
  return album.length === 1
    ? album
    : album.map((one) => ({ ...one, message: { ...one.message, media_group_id } }));
}
