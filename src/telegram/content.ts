import type { TelegramMessage } from "gramio";
import { fileOf, livePhotoOf, paidMediaOf, photoOf, stickerOf, vcardOf } from "./content-files.ts";
import { type ContentKind, contentOf } from "./content-kinds.ts";
import { readLocation, readVenue } from "./content-places.ts";
import { readPoll } from "./content-poll.ts";
import { type ContentOptions, dashed, type Known, type ReadContent, words } from "./content-read.ts";
import { withHiddenLinks } from "./hidden-links.ts";
import { toMarkdown } from "./markdown.ts";
import {
  bold,
  chatName,
  dialectOf,
  formatted,
  inLine,
  item,
  lines,
  link,
  listOf,
  messageUrl,
  oneKindOfSpace,
  oneLine,
  paragraphs,
  plain,
  publicUrl,
  textOf,
  userName,
} from "./markdown-parts.ts";
import { amount } from "./money.ts";
import { storyName } from "./reply-quote.ts";
import { readRichMessage } from "./rich-message.ts";
import { organisationOf } from "./vcard.ts";
import { written } from "./written.ts";

/** All that a message says, without where it came from and what it replies to. Never throws, whatever was sent. */
export function readContent(message: TelegramMessage, options: ContentOptions = {}): ReadContent {
  const { kind } = contentOf(message);
  if (kind === "service") return { kind, markdown: "", files: [], unknown: [] };
  // Whatever it is, its caption is said.
  if (kind === "unknown")
    return { kind, markdown: wordsOf(message, options), files: [], unknown: ["message"] };
  return { kind, unknown: [], ...readKind(kind, message, options) };
}

function readKind(kind: ContentKind, message: TelegramMessage, options: ContentOptions): Known {
  const caption = () => wordsOf(message, options);
  switch (kind) {
    case "text":
      return { markdown: caption(), files: [] };
    case "rich_message":
      return readRichMessage(message, options);
    case "photo":
      return { markdown: caption(), files: photoOf(message.photo) };
    case "live_photo":
      return { markdown: caption(), files: livePhotoOf(message.live_photo, message.photo) };
    case "animation":
    case "document":
    case "video":
    case "video_note":
    case "voice":
      return { markdown: caption(), files: fileOf(kind, message[kind]) };
    case "audio":
      return { markdown: caption() || songOf(message, options), files: fileOf("audio", message.audio) };
    case "sticker":
      return { markdown: "", files: stickerOf(message.sticker) };
    case "paid_media":
      return readPaidMedia(message, options);
    case "location":
      return readLocation(message, options);
    case "venue":
      return readVenue(message, options);
    case "contact":
      return readContact(message, options);
    case "poll":
      return readPoll(message, options);
    case "checklist":
      return { markdown: checklistOf(message, options), files: [] };
    case "dice":
      return { markdown: diceOf(message, options), files: [] };
    case "game":
      return { markdown: gameOf(message, options), files: [] };
    case "story":
      return { markdown: storyOf(message, options), files: [] };
    case "invoice":
      return { markdown: invoiceOf(message, options), files: [] };
    case "giveaway":
      return { markdown: giveawayOf(message, options), files: [] };
    case "giveaway_winners":
      return { markdown: winnersOf(message, options), files: [] };
    default:
      kind satisfies never;
      return { markdown: "", files: [] };
  }
}

/** With the addresses that only a preview shows, or nothing that is seen, below. */
function wordsOf(message: TelegramMessage, options: ContentOptions): string {
  const preview = message.link_preview_options;
  const shown = preview?.is_disabled ? "" : textOf(preview?.url);
  return toMarkdown(withHiddenLinks(written(message), "\n\n", shown), {
    dialect: dialectOf(options),
    ...(options.formatting && { formatting: options.formatting }),
  });
}

function songOf({ audio }: TelegramMessage, options: ContentOptions): string {
  return dashed([plain(audio?.performer, options), plain(audio?.title, options)]);
}

function readPaidMedia(message: TelegramMessage, options: ContentOptions): Known {
  const { paid_media } = message;
  const media = listOf(paid_media?.paid_media);
  const previews = media.filter(({ type }) => type === "preview").length;
  const price = words(options).stars(Number(paid_media?.star_count) || 0);
  const line = `⭐ ${words(options).paidMedia(price, media.length, previews)}`;
  const read = media.map((one) => ({ type: textOf(one.type), files: paidMediaOf(one) }));
  return {
    markdown: paragraphs([wordsOf(message, options), line]),
    files: read.flatMap(({ files }) => files ?? []),
    unknown: read.flatMap(({ type, files }) => (files === null ? [`paid media ${type}`] : [])),
  };
}

function readContact(message: TelegramMessage, options: ContentOptions): Known {
  const { contact } = message;
  const name = oneLine(`${textOf(contact?.first_name)} ${textOf(contact?.last_name)}`);
  const phone = plain(contact?.phone_number, options);
  const organisation = plain(organisationOf(textOf(contact?.vcard)), options);
  const all = [name === "" ? "" : bold(name, [], options), phone, organisation];
  return {
    markdown: `👤 ${lines(all, options)}`,
    files: vcardOf(message),
  };
}

function checklistOf({ checklist }: TelegramMessage, options: ContentOptions): string {
  const title = bold(oneKindOfSpace(checklist?.title), checklist?.title_entities, options);
  const tasks = listOf(checklist?.tasks).map((task) => {
    const isDone = Boolean(task.completed_by_user ?? task.completed_by_chat ?? task.completion_date);
    return item(isDone ? "- [x]" : "- [ ]", inLine(task.text, task.text_entities, options));
  });
  return paragraphs([title, tasks.join("\n")]) || words(options).kinds.checklist;
}

function diceOf({ dice }: TelegramMessage, options: ContentOptions): string {
  const emoji = textOf(dice?.emoji);
  const { dice: names, kinds } = words(options);
  return `${plain(emoji, options)} ${names[emoji.replaceAll("\ufe0f", "")] ?? kinds.dice}: ${Number(dice?.value) || 0}`;
}

/** The game itself is behind a button; the bot that has it is known where it sent the message. */
function gameOf({ game, via_bot }: TelegramMessage, options: ContentOptions): string {
  const bot = publicUrl(via_bot?.username);
  const title =
    bot === null ? bold(oneLine(textOf(game?.title)), [], options) : link(textOf(game?.title), bot, options);
  return paragraphs([
    `🎮 ${dashed([`${words(options).kinds.game}: ${title}`, plain(game?.description, options)])}`,
    formatted(game?.text, game?.text_entities, options),
  ]);
}

function storyOf({ story }: TelegramMessage, options: ContentOptions): string {
  return story ? `📖 ${words(options).storyOf} ${storyName(story, options)}` : "";
}

function invoiceOf({ invoice }: TelegramMessage, options: ContentOptions): string {
  const { kinds, stars } = words(options);
  const currency = textOf(invoice?.currency);
  const price =
    currency === "XTR" ? stars(Number(invoice?.total_amount) || 0) : amount(invoice?.total_amount, currency);
  const title = bold(oneLine(textOf(invoice?.title)), [], options);
  return `🧾 ${kinds.invoice}: ${dashed([title, plain(invoice?.description, options), plain(price, options)])}`;
}

function giveawayOf({ giveaway }: TelegramMessage, options: ContentOptions): string {
  if (!giveaway) return "";
  const { deletedAccount, giveawayOf: lead, kinds } = words(options);
  const chats = listOf(giveaway.chats).map((chat) =>
    link(chatName(chat, deletedAccount), publicUrl(chat.username), options),
  );
  const what = chats.length === 0 ? kinds.giveaway : `${lead} ${chats.join(", ")}`;
  return `🎁 ${dashed([what, plain(giveaway.prize_description, options)])}`;
}

function winnersOf({ giveaway_winners }: TelegramMessage, options: ContentOptions): string {
  if (!giveaway_winners) return "";
  const { deletedAccount, giveawayOf: lead } = words(options);
  const { chat, giveaway_message_id, prize_description } = giveaway_winners;
  const where = link(chatName(chat, deletedAccount), messageUrl(chat, giveaway_message_id), options);
  const names = listOf(giveaway_winners.winners).map((user) => userName(user, deletedAccount));
  const told = [`${lead} ${where}`, plain(names.join(", "), options), plain(prize_description, options)];
  return `🏆 ${dashed(told)}`;
}
