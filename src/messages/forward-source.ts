import type { TelegramChat, TelegramMessage, TelegramMessageOrigin } from "../domain/telegram.ts";
import {
  chatName,
  lines,
  link,
  messageUrl,
  minute,
  oneLine,
  plain,
  publicUrl,
  quoted,
  textOf,
  userName,
} from "../markdown/write/markdown-parts.ts";
import { capturedFrom } from "./captured.ts";
import { type ContentOptions, words } from "./content-read.ts";

/**
 * Where messages come from that were forwarded, or captured in a group: for each of them the lines that stand before it,
 * or "". Parts of one album, and whatever else comes from the same place in a row, are told once. With `forwards` false
 * only captures are told: whoever reads the memo could not know otherwise that somebody else wrote it.
 */
export function sourceLines(
  messages: readonly TelegramMessage[],
  options: ContentOptions & { readonly forwards?: boolean },
): string[] {
  let before = "";
  return messages.map((message) => {
    const origin = options.forwards === false ? undefined : message.forward_origin;
    const key = origin ? placeOf(origin) : "";
    const isNew = key !== before;
    before = key;
    const captured = capturedFrom(message);
    const told = [
      captured ? groupLine(captured, options) : "",
      origin && isNew ? sourceLine(origin, options) : "",
    ];
    const said = lines(told, options);
    return said === "" ? "" : quoted(said, options);
  });
}

/** `[name](link to the message) · group · date` */
function groupLine(message: TelegramMessage, options: ContentOptions): string {
  const { chat, from, sender_chat, date } = message;
  const { deletedAccount } = words(options);
  const name = sender_chat ? chatName(sender_chat, deletedAccount) : userName(from, deletedAccount);
  const parts = [link(name, groupUrl(message), options), plain(chat.title, options), minute(date)];
  return parts.filter((part) => part !== "").join(" · ");
}

function groupUrl({ chat, message_id, is_topic_message, message_thread_id }: TelegramMessage): string | null {
  return messageUrl(chat, message_id, is_topic_message ? message_thread_id : undefined);
}

/**
 * Where a message can be opened, or the post that it was forwarded from. Null where there is no address: in private
 * chats and basic groups.
 */
export function openedAt(message: TelegramMessage): string | null {
  const there = capturedFrom(message) ?? message;
  if (there.chat?.type === "supergroup") return groupUrl(there);
  const origin = message.forward_origin;
  return origin?.type === "channel" ? messageUrl(origin.chat, origin.message_id) : null;
}

/** `Forwarded from [name](link to the post) (author) · date`: in a quote, which every Memos shows apart from the text. */
function sourceLine(origin: TelegramMessageOrigin, options: ContentOptions): string {
  const from = `${words(options).forwardedFrom} ${originName(origin, options)}`;
  return [from, minute(origin.date)].filter((part) => part !== "").join(" · ");
}

/** Who wrote it, with a link to the post, or else to the one who did, where there is one. */
export function originName(
  origin: TelegramMessageOrigin,
  options: ContentOptions,
  place?: { readonly chat: TelegramChat | undefined; readonly message_id: number | undefined },
): string {
  const { deletedAccount } = words(options);
  const found = place ? messageUrl(place.chat, place.message_id) : null;
  switch (origin.type) {
    case "user": {
      const user = origin.sender_user;
      return link(userName(user, deletedAccount), found ?? publicUrl(user?.username), options);
    }
    case "hidden_user":
      return link(oneLine(textOf(origin.sender_user_name)) || deletedAccount, found, options);
    case "chat": {
      const chat = origin.sender_chat;
      const name = link(chatName(chat, deletedAccount), found ?? publicUrl(chat?.username), options);
      return signed(name, origin.author_signature, options);
    }
    case "channel": {
      const url = messageUrl(origin.chat, origin.message_id);
      return signed(
        link(chatName(origin.chat, deletedAccount), url, options),
        origin.author_signature,
        options,
      );
    }
    default:
      origin satisfies never;
      return deletedAccount;
  }
}

function signed(name: string, signature: unknown, options: ContentOptions): string {
  const author = plain(signature, options);
  return author === "" ? name : `${name} (${author})`;
}

/** The same for all messages of one chat or person. */
function placeOf(origin: TelegramMessageOrigin): string {
  switch (origin.type) {
    case "user":
      return `user/${origin.sender_user?.id}`;
    case "hidden_user":
      return `hidden/${origin.sender_user_name}`;
    case "chat":
      return `chat/${origin.sender_chat?.id}/${origin.author_signature}`;
    case "channel":
      return `channel/${origin.chat?.id}/${origin.author_signature}`;
    default:
      origin satisfies never;
      return "unknown";
  }
}
