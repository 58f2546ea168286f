import { listOf, textOf } from "../../base/read-values.ts";
import type { TelegramMessage, TelegramMessageOrigin } from "../../domain/telegram.ts";
import type { ExportedChat, ExportedMessage } from "./export-format.ts";
import { readExportedText } from "./exported-text.ts";

/** A message of an export as the Bot API would tell it; what it has of its chat and its sender follows where it is stored. */
export type ImportedMessage = Partial<TelegramMessage> & Pick<TelegramMessage, "message_id" | "date">;

/** The files of an export, by their paths in it. */
export interface ExportedFiles {
  /** What stands for a file, from which it is opened later. */
  fileId(path: string): string;
  /** The text of a small file, such as a vCard; null where it is not there. */
  textOf(path: string): string | null;
}

/** Where Telegram Desktop says what a document is. */
const MEDIA: Readonly<Record<string, string>> = {
  sticker: "sticker",
  video_message: "video_note",
  voice_message: "voice",
  animation: "animation",
  video_file: "video",
  audio_file: "audio",
};

/** As if its owner had sent it to the bot, or forwarded it where somebody else wrote it. */
export function readExported(
  message: ExportedMessage,
  context: { readonly chat: ExportedChat; readonly owner: number; readonly files: ExportedFiles },
): ImportedMessage {
  const { id, reply_to_message_id: repliesTo, reply_to_peer_id: elsewhere } = message;
  const date = dateOf(message);
  const origin = originOf(message, date, context);
  const content = contentOf(message, context.files);
  const { text, entities } = readExportedText(message.text_entities ?? message.text);
  const words = Object.keys(content).length === 0 ? { text, entities } : caption(text, entities);
  return {
    message_id: id,
    date,
    ...words,
    ...content,
    ...(origin && { forward_origin: origin }),
    ...(Number.isSafeInteger(repliesTo) &&
      elsewhere === undefined && { reply_to_message: { message_id: Number(repliesTo) } }),
  } as ImportedMessage;
}

const caption = (text: string, entities: ReturnType<typeof readExportedText>["entities"]) =>
  text === "" ? {} : { caption: text, caption_entities: entities };

/** Old exports tell the time of that computer alone: it is taken for that of this one. */
function dateOf({ date_unixtime, date }: ExportedMessage): number {
  const seconds = Number(textOf(date_unixtime) || Number.NaN);
  return Number.isSafeInteger(seconds) ? seconds : Math.floor(Date.parse(textOf(date)) / 1000) || 0;
}

/**
 * Who wrote it, where that was not the owner. Of what was forwarded the export tells a name alone: such an origin has
 * the date 0, which is shown nowhere.
 */
function originOf(
  message: ExportedMessage,
  date: number,
  { chat, owner }: { readonly chat: ExportedChat; readonly owner: number },
): TelegramMessageOrigin | undefined {
  const { from, from_id, forwarded_from, saved_from, author } = message;
  const forwarded = forwarded_from === undefined ? saved_from : forwarded_from;
  if (forwarded !== undefined) {
    return { type: "hidden_user", date: 0, sender_user_name: textOf(forwarded) };
  }
  const [, kind = "", digits = ""] = /^(user|chat|channel)(\d+)$/.exec(textOf(from_id)) ?? [];
  const id = Number(digits);
  const name = textOf(from);
  if (kind === "channel" && id === chat.id) {
    const title = name || textOf(chat.name);
    const signed = textOf(author) === "" ? {} : { author_signature: textOf(author) };
    const channel = { id: Number(`-100${digits}`), type: "channel" as const, title };
    return { type: "channel", date, chat: channel, message_id: message.id, ...signed };
  }
  if (chat.type === "saved_messages" || kind === "" || (kind === "user" && id === owner)) return undefined;
  if (kind === "user") {
    return { type: "user", date, sender_user: { id, is_bot: false, first_name: name } };
  }
  return { type: "chat", date, sender_chat: { id: -id, type: "group", title: name } };
}

/** What it is beside its text, by Telegram's names. */
function contentOf(message: ExportedMessage, files: ExportedFiles): object {
  const { photo, file, poll, todo_list: todo, location_information: location } = message;
  const { contact_information: contact, game_title: game, place_name: place } = message;
  if (typeof photo === "string") {
    const { width, height, photo_file_size: file_size } = message;
    return { photo: [{ ...fileOf(photo, files), width, height, file_size }] };
  }
  if (typeof file === "string") return documentOf(message, file, files);
  if (contact) {
    const vcard = textOf(message.contact_vcard) && files.textOf(textOf(message.contact_vcard));
    return { contact: { ...contact, ...(vcard && { vcard }) } };
  }
  if (textOf(place) !== "" && location) {
    return { venue: { title: place, address: textOf(message.address), location } };
  }
  if (location) return { location };
  if (poll) {
    const options = listOf(poll.answers).map(({ text }) => textAndEntities("text", text));
    return { poll: { ...textAndEntities("question", poll.question), options } };
  }
  if (todo) {
    const tasks = listOf(todo.answers).map(({ id, text }) => ({ id, ...textAndEntities("text", text) }));
    return { checklist: { ...textAndEntities("title", todo.title), tasks } };
  }
  if (textOf(game) !== "") return { game: { title: game, description: textOf(message.game_description) } };
  if (message.invoice_information !== undefined) return { invoice: invoiceOf(message.invoice_information) };
  if (message.giveaway_information) {
    return { giveaway: { prize_description: message.giveaway_information.additional_prize } };
  }
  if (message.paid_stars_amount !== undefined) return { paid_media: { paid_media: [] } };
  return {};
}

function textAndEntities(name: "text" | "question" | "title", exported: ExportedMessage["text"]) {
  const { text, entities } = readExportedText(exported);
  return { [name]: text, [`${name}_entities`]: entities };
}

function invoiceOf(json: unknown): object {
  try {
    return Object(JSON.parse(textOf(json))) as object;
  } catch {
    return {};
  }
}

function documentOf(message: ExportedMessage, path: string, files: ExportedFiles): object {
  const { file_name, file_size, mime_type, performer, title, media_type } = message;
  const kind = MEDIA[textOf(media_type)] ?? "document";
  const isAudio = kind === "audio";
  const sticker = {
    is_animated: mime_type === "application/x-tgsticker",
    is_video: mime_type === "video/webm",
  };
  return {
    [kind]: {
      ...fileOf(path, files),
      ...{ file_name, file_size, mime_type },
      ...(isAudio && { performer, title }),
      ...(kind === "sticker" && sticker),
    },
  };
}

/** Another export may have it at another path: each message has one file at most. */
const fileOf = (path: string, files: ExportedFiles) => ({
  file_id: files.fileId(path),
  file_unique_id: "exported",
});
