import { hash } from "node:crypto";
import { isObject, listOf, textOf } from "../base/read-values.ts";
import type {
  TelegramInlineKeyboardMarkup,
  TelegramMessage,
  TelegramPaidMedia,
  TelegramPollMedia,
} from "../domain/telegram.ts";
import {
  coordinates,
  item,
  joined,
  messageUrl,
  oneKindOfSpace,
  oneLine,
  paragraphs,
  publicUrl,
} from "../markdown/write/markdown-parts.ts";
import { type ContentFile, type FileHolder, filesOf, isFile, textFile } from "./content-files.ts";
import {
  type ContentKind,
  type ContentOptions,
  createWriter,
  isPlace,
  type MessageKind,
  type Read,
  type ReadContent,
  type Writer,
} from "./content-read.ts";
import { messageText } from "./message-text.ts";
import { readRichMessage } from "./rich/rich-message.ts";
import { buttonUrl, clean } from "./rich/rich-text.ts";
import { organisationOf, vcardOf } from "./vcard.ts";

type Reader = (message: TelegramMessage, write: Writer) => Read;

const readWords: Reader = (message, write) => ({ markdown: said(message, write) });

/**
 * By what a kind of message is known, and what it gives beside its own files. The first that fits counts: an animation also
 * fills `document`, a live photo `photo`, a venue `location`.
 */
const KINDS: {
  readonly [Kind in ContentKind]: readonly [is: (message: TelegramMessage) => boolean, read: Reader];
} = {
  text: [({ text }) => typeof text === "string", readWords],
  rich_message: [({ rich_message }) => Array.isArray(rich_message?.blocks), readRichMessage],
  animation: [({ animation }) => isFile(animation), readWords],
  audio: [
    ({ audio }) => isFile(audio),
    (message, write) => ({ markdown: said(message, write) || song(message, write) }),
  ],
  live_photo: [({ live_photo }) => isFile(live_photo), readWords],
  paid_media: [({ paid_media }) => Array.isArray(paid_media?.paid_media), readPaidMedia],
  photo: [({ photo }) => listOf(photo).some(isFile), readWords],
  sticker: [({ sticker }) => isFile(sticker), () => ({ markdown: "" })],
  story: [
    ({ story }) => isObject(story),
    ({ story }, write) => ({ markdown: story ? `📖 ${write.story(story)}` : "" }),
  ],
  video: [({ video }) => isFile(video), readWords],
  video_note: [({ video_note }) => isFile(video_note), readWords],
  voice: [({ voice }) => isFile(voice), readWords],
  document: [({ document }) => isFile(document), readWords],
  checklist: [({ checklist }) => Array.isArray(checklist?.tasks), readChecklist],
  contact: [
    ({ contact }) => textOf(contact?.phone_number) !== "" || textOf(contact?.first_name) !== "",
    readContact,
  ],
  dice: [({ dice }) => textOf(dice?.emoji) !== "", readDice],
  game: [({ game }) => textOf(game?.title) !== "", readGame],
  poll: [({ poll }) => textOf(poll?.question) !== "" && Array.isArray(poll?.options), readPoll],
  venue: [({ venue }) => textOf(venue?.title) !== "" && isPlace(venue?.location), readVenue],
  location: [({ location }) => isPlace(location), readLocation],
  invoice: [({ invoice }) => textOf(invoice?.title) !== "", readInvoice],
  giveaway: [({ giveaway }) => isObject(giveaway), readGiveaway],
  giveaway_winners: [({ giveaway_winners }) => isObject(giveaway_winners), readWinners],
};

const NAMES = Object.keys(KINDS) as ContentKind[];

/** Notes of Telegram about a chat: nothing to save. */
const SERVICE = [
  "new_chat_members",
  "left_chat_member",
  "chat_owner_left",
  "chat_owner_changed",
  "new_chat_title",
  "new_chat_photo",
  "delete_chat_photo",
  "group_chat_created",
  "supergroup_chat_created",
  "channel_chat_created",
  "message_auto_delete_timer_changed",
  "migrate_to_chat_id",
  "migrate_from_chat_id",
  "pinned_message",
  "successful_payment",
  "refunded_payment",
  "users_shared",
  "chat_shared",
  "gift",
  "unique_gift",
  "gift_upgrade_sent",
  "connected_website",
  "write_access_allowed",
  "passport_data",
  "proximity_alert_triggered",
  "boost_added",
  "chat_background_set",
  "checklist_tasks_done",
  "checklist_tasks_added",
  "community_chat_added",
  "community_chat_joined",
  "community_chat_removed",
  "direct_message_price_changed",
  "forum_topic_created",
  "forum_topic_edited",
  "forum_topic_closed",
  "forum_topic_reopened",
  "general_forum_topic_hidden",
  "general_forum_topic_unhidden",
  "giveaway_created",
  "giveaway_completed",
  "managed_bot_created",
  "paid_message_price_changed",
  "poll_option_added",
  "poll_option_deleted",
  "suggested_post_approved",
  "suggested_post_approval_failed",
  "suggested_post_declined",
  "suggested_post_paid",
  "suggested_post_refunded",
  "video_chat_scheduled",
  "video_chat_started",
  "video_chat_ended",
  "video_chat_participants_invited",
  "web_app_data",
] as const satisfies readonly (keyof TelegramMessage)[];

export function kindOf(message: TelegramMessage): MessageKind {
  const kind = NAMES.find((name) => KINDS[name][0](message));
  return kind ?? (SERVICE.some((name) => message[name] !== undefined) ? "service" : "unknown");
}

/** Whether a message is a note of Telegram's. In a topic all messages reply to the one that began it: it is not meant. */
export const isNote = (message: TelegramMessage) =>
  kindOf(message) === "service" && !message.forum_topic_created;

/** All that a message says, without where it came from and what it replies to. Never throws, whatever was sent. */
export function readContent(message: TelegramMessage, options: ContentOptions): ReadContent {
  const kind = kindOf(message);
  if (kind === "service") return { kind, markdown: "", files: [], unknown: [] };
  const { text } = messageText(message);
  if (text.length > LONGEST_TEXT) {
    const said = message.text === undefined ? { caption: "" } : { text: "" };
    const rest = readContent({ ...message, ...said }, options);
    return { ...rest, files: [...rest.files, asFile(text)] };
  }
  const write = createWriter(options);
  // Whatever it is, its caption is said.
  const read =
    kind === "unknown"
      ? { markdown: said(message, write), files: [], unknown: ["message"] }
      : KINDS[kind][1](message, write);
  const markdown = paragraphs([read.markdown, buttonsOf(message, write)]);
  return { kind, files: filesOf(message), unknown: [], ...read, markdown };
}

/** More than joined messages, or one of Telegram's, can have, in UTF-16 units. */
const LONGEST_TEXT = 40_000;

/** A text that is longer than that: as a memo with a hundred comments it would take minutes. */
function asFile(text: string): ContentFile {
  const file_unique_id = hash("sha256", text.toWellFormed());
  return textFile(text, { kind: "text", file_unique_id, name: null, type: "text/plain", extension: "txt" });
}

/** The buttons below what a bot sent, a row on a line: where they lead, and what they copy. */
function buttonsOf(message: TelegramMessage, write: Writer): string {
  const { inline_keyboard } = (message.reply_markup ?? {}) as Partial<TelegramInlineKeyboardMarkup>;
  const rows = listOf(inline_keyboard).map((row) =>
    listOf(row).map((button) => {
      const [label, url, copied] = [textOf(button.text), buttonUrl(button), textOf(button.copy_text?.text)];
      if (copied !== "") return joined([write.plain(label), write.code(copied)], ": ");
      return url === "" ? "" : write.link(label || url, url);
    }),
  );
  return write.lines(rows.map((row) => joined(row, " · ")));
}

/** Joined by a dash where there is something on both sides. */
const dashed = (parts: readonly string[]) => joined(parts, " – ");

/** What was written in it, with the address of its preview. */
function said(message: TelegramMessage, write: Writer): string {
  const preview = message.link_preview_options;
  return write.typed(messageText(message), preview?.is_disabled ? "" : textOf(preview?.url));
}

const song = ({ audio }: TelegramMessage, write: Writer) =>
  dashed([write.plain(audio?.performer), write.plain(audio?.title)]);

const BOUGHT = [
  "photo",
  "live_photo",
  "video",
  "preview",
] as const satisfies readonly TelegramPaidMedia["type"][];

/** Paid media that was not bought is a preview, without a file. */
function readPaidMedia(message: TelegramMessage, write: Writer): Read {
  const media = listOf(message.paid_media?.paid_media);
  return {
    markdown: paragraphs([said(message, write), `⭐ ${write.words.kinds.paid_media}`]),
    files: media.flatMap((one) => filesOf(one as FileHolder)),
    unknown: media.flatMap(({ type }) => (BOUGHT.includes(type) ? [] : [`paid media ${textOf(type)}`])),
  };
}

function readLocation({ location }: TelegramMessage, write: Writer): Read {
  if (!location) return { markdown: "" };
  const { latitude, longitude } = location;
  return {
    markdown: `📍 ${write.mapLink(location)}`,
    location: { placeholder: coordinates(location), latitude, longitude },
  };
}

function readVenue({ venue }: TelegramMessage, write: Writer): Read {
  if (!venue) return { markdown: "" };
  const { title, address, location } = venue;
  const { latitude, longitude } = location;
  const named = [title, address].map((part) => clean(oneLine(textOf(part))));
  return {
    markdown: write.lines([`📍 ${write.title(title)}`, write.plain(address), write.mapLink(location)]),
    location: { placeholder: joined(named, ", "), latitude, longitude },
  };
}

function readContact(message: TelegramMessage, write: Writer): Read {
  const { contact } = message;
  const name = oneLine(`${textOf(contact?.first_name)} ${textOf(contact?.last_name)}`);
  const organisation = organisationOf(textOf(contact?.vcard));
  const all = [write.title(name), write.plain(contact?.phone_number), write.plain(organisation)];
  return { markdown: `👤 ${write.lines(all)}`, files: vcardOf(message) };
}

function readPoll({ poll }: TelegramMessage, write: Writer): Read {
  if (!poll) return { markdown: "" };
  const correct = new Set(Array.isArray(poll.correct_option_ids) ? poll.correct_option_ids : []);
  const about = readMedia(poll.media, write);
  const choices = listOf(poll.options).map((option, index) => {
    const media = readMedia(option.media, write);
    const text = `${correct.has(index) ? "✅ " : ""}${write.inLine(option.text, option.text_entities)}`;
    return { media, markdown: item("-", dashed([text, ...media.parts])) };
  });
  const why = readMedia(poll.explanation_media, write);
  const explanation = write.formatted(poll.explanation, poll.explanation_entities);
  const media = [about, ...choices.map((choice) => choice.media), why];
  return {
    markdown: paragraphs([
      `${poll.type === "quiz" ? "❓" : "📊"} ${write.bold(poll.question, poll.question_entities)}`,
      write.formatted(poll.description, poll.description_entities),
      write.lines(about.parts),
      choices.map(({ markdown }) => markdown).join("\n"),
      explanation === "" ? "" : `💡 ${explanation}`,
      write.lines(why.parts),
    ]),
    files: media.flatMap(({ files }) => files),
    unknown: media.flatMap(({ unknown }) => unknown),
  };
}

/** `parts`: what is no file, without a line break. */
function readMedia(media: TelegramPollMedia | undefined, write: Writer) {
  if (!isObject(media)) return { files: [], parts: [], unknown: [] };
  const { link, venue } = media;
  const location = venue?.location ?? media.location;
  const files = filesOf(media);
  const parts = [
    write.link(textOf(link?.url), textOf(link?.url)),
    write.title(venue?.title),
    write.plain(venue?.address),
    location && isPlace(location) ? `📍 ${write.mapLink(location)}` : "",
  ].filter((part) => part !== "");
  const isEmpty = files.length === 0 && parts.length === 0;
  return { files, parts, unknown: isEmpty ? Object.keys(media).map((kind) => `poll media ${kind}`) : [] };
}

function readChecklist({ checklist }: TelegramMessage, write: Writer): Read {
  const title = write.bold(oneKindOfSpace(checklist?.title), checklist?.title_entities);
  const tasks = listOf(checklist?.tasks).map((task) => {
    const isDone = Boolean(task.completed_by_user ?? task.completed_by_chat ?? task.completion_date);
    return item(isDone ? "- [x]" : "- [ ]", write.inLine(task.text, task.text_entities));
  });
  return { markdown: paragraphs([title, tasks.join("\n")]) || write.words.kinds.checklist };
}

function readDice({ dice }: TelegramMessage, write: Writer): Read {
  return { markdown: `${write.plain(dice?.emoji)} ${write.words.kinds.dice}: ${Number(dice?.value) || 0}` };
}

/** The game itself is behind a button; the bot that has it is known where it sent the message. */
function readGame({ game, via_bot }: TelegramMessage, write: Writer): Read {
  const bot = publicUrl(via_bot?.username);
  const title = bot === null ? write.title(game?.title) : write.link(textOf(game?.title), bot);
  const line = dashed([`${write.words.kinds.game}: ${title}`, write.plain(game?.description)]);
  return { markdown: paragraphs([`🎮 ${line}`, write.formatted(game?.text, game?.text_entities)]) };
}

function readInvoice({ invoice }: TelegramMessage, write: Writer): Read {
  const facts = [write.title(invoice?.title), write.plain(invoice?.description)];
  return { markdown: `🧾 ${write.words.kinds.invoice}: ${dashed(facts)}` };
}

function readGiveaway({ giveaway }: TelegramMessage, write: Writer): Read {
  const chats = listOf(giveaway?.chats).map((chat) =>
    write.link(write.chatName(chat), publicUrl(chat.username)),
  );
  const told = [write.words.kinds.giveaway, chats.join(", "), write.plain(giveaway?.prize_description)];
  return { markdown: `🎁 ${dashed(told)}` };
}

function readWinners({ giveaway_winners }: TelegramMessage, write: Writer): Read {
  const { chat, giveaway_message_id, winners, prize_description } = giveaway_winners ?? {};
  const where = write.link(write.chatName(chat), messageUrl(chat, giveaway_message_id));
  const names = listOf(winners).map(write.userName).join(", ");
  const told = [write.words.kinds.giveaway, where, write.plain(names), write.plain(prize_description)];
  return { markdown: `🏆 ${dashed(told)}` };
}
