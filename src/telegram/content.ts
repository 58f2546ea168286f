import type { TelegramMessage } from "gramio";
import {
  type ContentFile,
  fileOf,
  livePhotoOf,
  paidMediaOf,
  photoOf,
  pollMediaOf,
  stickerOf,
  vcardOf,
} from "./content-files.ts";
import { type ContentKind, contentOf } from "./content-kinds.ts";
import { type ContentWords, englishWords } from "./content-words.ts";
import { toMarkdown } from "./markdown.ts";
import {
  bold,
  chatName,
  coordinates,
  dialectOf,
  formatted,
  item,
  lines,
  link,
  listOf,
  type MarkdownOptions,
  mapLink,
  messageUrl,
  minute,
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

export interface ReadContent {
  readonly kind: ContentKind | "service" | "unknown";
  readonly markdown: string;
  /** In the order in which they are shown. */
  readonly files: readonly ContentFile[];
  readonly location?: MemoPlace;
}

/** The place of a memo, as Memos takes it. */
export interface MemoPlace {
  readonly placeholder: string;
  readonly latitude: number;
  readonly longitude: number;
}

export interface ContentOptions extends MarkdownOptions {
  readonly words?: ContentWords;
}

type Known = Omit<ReadContent, "kind">;

/** All that a message says, without where it came from and what it replies to. Never throws, whatever was sent. */
export function readContent(message: TelegramMessage, options: ContentOptions = {}): ReadContent {
  const { kind } = contentOf(message);
  if (kind === "service" || kind === "unknown") return { kind, markdown: "", files: [] };
  return { kind, ...readKind(kind, message, options) };
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

function wordsOf(message: TelegramMessage, options: ContentOptions): string {
  return toMarkdown(written(message), {
    dialect: dialectOf(options),
    ...(options.formatting && { formatting: options.formatting }),
  });
}

const words = (options: ContentOptions) => options.words ?? englishWords;

/** Joined by a dash where there is something on both sides. */
const dashed = (parts: readonly string[]) => parts.filter((part) => part !== "").join(" – ");

function songOf({ audio }: TelegramMessage, options: ContentOptions): string {
  return dashed([plain(audio?.performer, options), plain(audio?.title, options)]);
}

function readPaidMedia(message: TelegramMessage, options: ContentOptions): Known {
  const { paid_media } = message;
  const media = listOf(paid_media?.paid_media);
  const previews = media.filter(({ type }) => type === "preview").length;
  const price = words(options).stars(Number(paid_media?.star_count) || 0);
  const line = `⭐ ${words(options).paidMedia(price, media.length, previews)}`;
  return {
    markdown: paragraphs([wordsOf(message, options), line]),
    files: media.flatMap(paidMediaOf),
  };
}

function readLocation({ location }: TelegramMessage, options: ContentOptions): Known {
  if (!location) return { markdown: "", files: [] };
  const { latitude, longitude } = location;
  const isLive = Number(location.live_period) > 0;
  const lead = isLive ? `${words(options).liveLocation}: ` : "";
  return {
    markdown: `📍 ${lead}${mapLink(location, options)}`,
    files: [],
    location: { placeholder: coordinates(location), latitude, longitude },
  };
}

function readVenue({ venue }: TelegramMessage, options: ContentOptions): Known {
  if (!venue) return { markdown: "", files: [] };
  const { latitude, longitude } = venue.location;
  const title = oneLine(textOf(venue.title));
  const address = oneLine(textOf(venue.address));
  return {
    markdown: lines(
      [`📍 ${bold(title, [], options)}`, plain(address, options), mapLink(venue.location, options)],
      options,
    ),
    files: [],
    location: {
      placeholder: [title, address].filter((part) => part !== "").join(", "),
      latitude,
      longitude,
    },
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

function readPoll({ poll }: TelegramMessage, options: ContentOptions): Known {
  if (!poll) return { markdown: "", files: [] };
  const isQuiz = poll.type === "quiz";
  const correct = new Set(Array.isArray(poll.correct_option_ids) ? poll.correct_option_ids : []);
  const choices = listOf(poll.options).map((option, index) => {
    const mark = correct.has(index) ? "✅ " : "";
    const votes = poll.is_closed && Number(option.voter_count) > 0 ? ` (${option.voter_count})` : "";
    return item("-", `${mark}${inLine(option.text, option.text_entities, options)}${votes}`);
  });
  const explanation = formatted(poll.explanation, poll.explanation_entities, options);
  return {
    markdown: paragraphs([
      `${isQuiz ? "❓" : "📊"} ${bold(poll.question, poll.question_entities, options)}`,
      formatted(poll.description, poll.description_entities, options),
      choices.join("\n"),
      explanation === "" ? "" : `💡 ${explanation}`,
    ]),
    files: [
      ...pollMediaOf(poll.media),
      ...listOf(poll.options).flatMap((option) => pollMediaOf(option.media)),
      ...pollMediaOf(poll.explanation_media),
    ],
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

/** A text within a line of a list: its line breaks would end the line, and are spaces at the same offsets. */
function inLine(text: unknown, entities: Parameters<typeof formatted>[1], options: ContentOptions): string {
  return formatted(oneKindOfSpace(text), entities, options);
}

const oneKindOfSpace = (text: unknown) => textOf(text).replace(/[\r\n]/g, " ");

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
  const { deletedAccount, giveawayOf: lead, kinds, winners } = words(options);
  const chats = listOf(giveaway.chats).map((chat) =>
    link(chatName(chat, deletedAccount), publicUrl(chat.username), options),
  );
  const until = minute(giveaway.winners_selection_date);
  const facts = [winners(Number(giveaway.winner_count) || 0), until, ...prizes(giveaway, options)];
  return `🎁 ${chats.length === 0 ? kinds.giveaway : `${lead} ${chats.join(", ")}`}: ${facts.filter((fact) => fact !== "").join(" · ")}`;
}

function winnersOf({ giveaway_winners }: TelegramMessage, options: ContentOptions): string {
  if (!giveaway_winners) return "";
  const { deletedAccount, giveawayOf: lead, winners } = words(options);
  const { chat, giveaway_message_id, winner_count } = giveaway_winners;
  const where = link(chatName(chat, deletedAccount), messageUrl(chat, giveaway_message_id), options);
  const names = listOf(giveaway_winners.winners).map((user) =>
    plain(userName(user, deletedAccount), options),
  );
  const count = Number(winner_count) || names.length;
  const told = names.length === 0 ? "" : `: ${names.join(", ")}${count > names.length ? ", …" : ""}`;
  const facts = [`${winners(count)}${told}`, ...prizes(giveaway_winners, options)];
  return `🏆 ${lead} ${where}: ${facts.filter((fact) => fact !== "").join(" · ")}`;
}

function prizes(
  given: {
    prize_description?: string;
    prize_star_count?: number;
    premium_subscription_month_count?: number;
  },
  options: ContentOptions,
): string[] {
  const { premium, stars } = words(options);
  const months = Number(given.premium_subscription_month_count) || 0;
  const count = Number(given.prize_star_count) || 0;
  return [
    months > 0 ? premium(months) : "",
    count > 0 ? stars(count) : "",
    plain(given.prize_description, options),
  ];
}
