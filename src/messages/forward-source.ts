import type { TelegramChat, TelegramMessage, TelegramMessageOrigin } from "../domain/telegram.ts";
import { joined, messageUrl, minute, oneLine, publicUrl, textOf } from "../markdown/write/markdown-parts.ts";
import { type ContentOptions, createWriter, type Writer } from "./content-read.ts";
import { capturedFrom } from "./versions.ts";

/**
 * Where messages come from that were forwarded, or captured in a group: for each of them the lines that stand before it,
 * or "". Parts of one album, and whatever else comes from the same place in a row, are told once. With `forwards` false
 * only captures are told: whoever reads the memo could not know otherwise that somebody else wrote it.
 */
export function sourceLines(
  messages: readonly TelegramMessage[],
  options: ContentOptions & { readonly forwards?: boolean },
): string[] {
  const write = createWriter(options);
  let before = "";
  return messages.map((message) => {
    const origin = options.forwards === false ? undefined : message.forward_origin;
    const place = origin ? authorOf(origin, write).place : "";
    const isNew = place !== before;
    before = place;
    const captured = capturedFrom(message);
    const said = write.lines([
      captured ? groupLine(captured, write) : "",
      origin && isNew ? sourceLine(origin, write) : "",
    ]);
    return said === "" ? "" : write.quoted(said);
  });
}

/** `[name](link to the message) · group · date` */
function groupLine(message: TelegramMessage, write: Writer): string {
  const name = write.link(write.senderName(message), messageUrl(message.chat, message.message_id));
  return joined([name, write.plain(message.chat.title), minute(message.date)], " · ");
}

/**
 * Where a message can be opened, or the post that it was forwarded from. Null where there is no address: in private
 * chats and basic groups.
 */
export function openedAt(message: TelegramMessage): string | null {
  const there = capturedFrom(message) ?? message;
  if (there.chat?.type === "supergroup") return messageUrl(there.chat, there.message_id);
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
  const author = write.plain(signature);
  return `${write.link(name, found ?? url)}${author === "" ? "" : ` (${author})`}`;
}

interface Author {
  readonly name: string;
  readonly url: string | null;
  readonly signature?: string | undefined;
  /** The same for all messages of one chat or person. */
  readonly place: string;
}

function authorOf(origin: TelegramMessageOrigin, write: Writer): Author {
  switch (origin.type) {
    case "user": {
      const { sender_user: user } = origin;
      return { name: write.userName(user), url: publicUrl(user?.username), place: `user/${user?.id}` };
    }
    case "hidden_user": {
      const name = oneLine(textOf(origin.sender_user_name));
      return { name: name || write.words.deletedAccount, url: null, place: `hidden/${name}` };
    }
    case "chat":
    case "channel": {
      const { type, author_signature: signature } = origin;
      const chat = type === "chat" ? origin.sender_chat : origin.chat;
      const url = type === "chat" ? publicUrl(chat?.username) : messageUrl(chat, origin.message_id);
      return { name: write.chatName(chat), url, signature, place: `${type}/${chat?.id}/${signature}` };
    }
    default:
      origin satisfies never;
      return { name: write.words.deletedAccount, url: null, place: "unknown" };
  }
}
