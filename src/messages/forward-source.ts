import { textOf } from "../base/read-values.ts";
import { placeOf } from "../domain/outgoing.ts";
import type {
  TelegramChat,
  TelegramMessage,
  TelegramMessageOrigin,
  TelegramUser,
} from "../domain/telegram.ts";
import { joined, messageUrl, minute, oneLine, publicUrl } from "../markdown/write/markdown-parts.ts";
import { isPost } from "./addressed.ts";
import { type ContentOptions, createWriter, type Writer } from "./content-read.ts";
import { capturedFrom } from "./versions.ts";

/**
 * For each message the lines that tell where it was posted, forwarded from, or captured, or "". One place in a row is told
 * once. With `forwards` false only captures are told: nobody could know otherwise that somebody else wrote it.
 */
export function sourceLines(
  messages: readonly TelegramMessage[],
  options: ContentOptions & { readonly forwards?: boolean },
): string[] {
  const write = createWriter(options);
  let before = "";
  const areTold = options.forwards !== false;
  return messages.map((message, at) => {
    const origin = areTold ? message.forward_origin : undefined;
    const place = origin ? authorOf(origin, write).place : "";
    const isNew = place !== before;
    before = place;
    const captured = capturedFrom(message);
    const said = write.lines([
      areTold && at === 0 && isPost(message) ? postLine(message, write) : "",
      captured ? groupLine(captured, write) : "",
      origin && isNew ? sourceLine(origin, write) : "",
    ]);
    return said === "" ? "" : write.quoted(said);
  });
}

/** `Olena:`, in front of what she wrote where others write as well. Who hides behind a group may have a name of their own. */
export function authorLine(message: TelegramMessage, options: ContentOptions): string {
  const write = createWriter(options);
  const { author_signature } = message;
  const name = author_signature ? write.plain(author_signature) : write.plain(write.senderName(message));
  return `${name}:`;
}

/** `[name](link to the message) · group · date` */
function groupLine(message: TelegramMessage, write: Writer): string {
  const name = write.link(write.senderName(message), addressOf(message));
  return joined([name, write.plain(message.chat.title), minute(message.date)], " · ");
}

/** With the topic that it is in. */
const addressOf = (message: TelegramMessage) =>
  messageUrl(message.chat, message.message_id, placeOf(message, 0).message_thread_id);

/** `[name](link to the post) (author)` */
function postLine({ chat, message_id, author_signature }: TelegramMessage, write: Writer): string {
  return signed(write.link(write.chatName(chat), messageUrl(chat, message_id)), author_signature, write);
}

/** `📢 name · link to the post`, outside of memos. */
export const nameOfPost = ({ chat, message_id }: TelegramMessage) =>
  joined([`📢 ${oneLine(textOf(chat.title))}`, messageUrl(chat, message_id) ?? ""], " · ");

/** Where a message, or the post that it was forwarded from, can be opened; null in private chats and basic groups. */
export function openedAt(message: TelegramMessage): string | null {
  const there = capturedFrom(message) ?? message;
  if (there.chat?.type === "supergroup" || isPost(there)) return addressOf(there);
  const origin = message.forward_origin;
  return origin?.type === "channel" ? messageUrl(origin.chat, origin.message_id) : null;
}

/** `Forwarded from [name](link to the post) (author) · date`: in a quote, which every Memos shows apart from the text. */
function sourceLine(origin: TelegramMessageOrigin, write: Writer): string {
  const from = `${write.words.forwardedFrom} ${originName(origin, write)}`;
  return joined([from, minute(origin.date)], " · ");
}

/** Who wrote it, with a link to the post (`place`: where that is), or else to the one who did, where there is one. */
export function originName(
  origin: TelegramMessageOrigin,
  write: Writer,
  place?: { readonly chat: TelegramChat | undefined; readonly message_id: number | undefined },
): string {
  const { name, url, signature } = authorOf(origin, write);
  const found = place && origin.type !== "channel" ? messageUrl(place.chat, place.message_id) : null;
  return signed(write.link(name, found ?? url), signature, write);
}

function signed(name: string, signature: string | undefined, write: Writer): string {
  const author = write.plain(signature);
  return author === "" ? name : `${name} (${author})`;
}

/** What any form of it may tell. */
interface AnyOrigin {
  readonly sender_user?: TelegramUser;
  readonly sender_user_name?: string;
  readonly sender_chat?: TelegramChat;
  readonly chat?: TelegramChat;
  readonly message_id?: number;
  readonly author_signature?: string | undefined;
}

/** `place`: the same for all messages of one chat or person. */
function authorOf(origin: AnyOrigin, write: Writer) {
  const { sender_user: user, sender_user_name, chat: channel, author_signature: signature } = origin;
  const chat = origin.sender_chat ?? channel;
  const name = chat ? write.chatName(chat) : oneLine(textOf(sender_user_name)) || write.userName(user);
  const url = channel ? messageUrl(channel, origin.message_id) : publicUrl((chat ?? user)?.username);
  return { name, url, signature, place: [chat?.id ?? user?.id ?? name, signature].join("/") };
}
