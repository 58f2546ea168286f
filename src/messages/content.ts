import type {
  TelegramMessage,
  TelegramPaidMedia,
  TelegramPollMedia,
  TelegramVenue,
} from "../domain/telegram.ts";
import {
  coordinates,
  item,
  joined,
  listOf,
  messageUrl,
  oneKindOfSpace,
  oneLine,
  paragraphs,
  publicUrl,
  textOf,
} from "../markdown/write/markdown-parts.ts";
import { type ContentFile, type FileHolder, filesOf } from "./content-files.ts";
import { type ContentKind, isPlace, kindOf } from "./content-kinds.ts";
import {
  type ContentOptions,
  createWriter,
  type Read,
  type ReadContent,
  type Writer,
} from "./content-read.ts";
import { messageText } from "./message-text.ts";
import { readRichMessage } from "./rich/rich-message.ts";

/** All that a message says, without where it came from and what it replies to. Never throws, whatever was sent. */
export function readContent(message: TelegramMessage, options: ContentOptions): ReadContent {
  const kind = kindOf(message);
  if (kind === "service") return { kind, markdown: "", files: [], unknown: [] };
  const write = createWriter(options);
  // Whatever it is, its caption is said.
  if (kind === "unknown") return { kind, markdown: said(message, write), files: [], unknown: ["message"] };
  return { kind, files: filesOf(message), unknown: [], ...READERS[kind](message, write) };
}

type Reader = (message: TelegramMessage, write: Writer) => Read;

const readWords: Reader = (message, write) => ({ markdown: said(message, write) });

/** What each kind gives beside the files of the message itself. */
const READERS: { readonly [Kind in ContentKind]: Reader } = {
  text: readWords,
  rich_message: readRichMessage,
  photo: readWords,
  live_photo: readWords,
  animation: readWords,
  document: readWords,
  video: readWords,
  video_note: readWords,
  voice: readWords,
  audio: (message, write) => ({ markdown: said(message, write) || song(message, write) }),
  sticker: () => ({ markdown: "" }),
  paid_media: readPaidMedia,
  location: readLocation,
  venue: readVenue,
  contact: readContact,
  poll: readPoll,
  checklist: readChecklist,
  dice: readDice,
  game: readGame,
  story: ({ story }, write) => ({ markdown: story ? `📖 ${write.story(story)}` : "" }),
  invoice: readInvoice,
  giveaway: readGiveaway,
  giveaway_winners: readWinners,
};

/** Joined by a dash where there is something on both sides. */
const dashed = (parts: readonly string[]) => joined(parts, " – ");

/** What was written in it, with the address of its preview. */
function said(message: TelegramMessage, write: Writer): string {
  const preview = message.link_preview_options;
  return write.typed(messageText(message), preview?.is_disabled ? "" : textOf(preview?.url));
}

const song = ({ audio }: TelegramMessage, write: Writer) =>
  dashed([write.plain(audio?.performer), write.plain(audio?.title)]);

/** Each type of what can be bought; one that a new GramIO brings stops the compiler here. A preview has no file. */
const BOUGHT: { readonly [Type in TelegramPaidMedia["type"]]: true } = {
  photo: true,
  live_photo: true,
  video: true,
  preview: true,
};

function readPaidMedia(message: TelegramMessage, write: Writer): Read {
  const { stars, paidMedia, paidMediaPart } = write.words;
  const media = listOf(message.paid_media?.paid_media);
  const previews = media.filter(({ type }) => type === "preview").length;
  const price = stars({ count: Number(message.paid_media?.star_count) || 0 });
  const line =
    previews === 0
      ? paidMedia({ price })
      : paidMediaPart({ price, notBought: previews, count: media.length });
  return {
    markdown: paragraphs([said(message, write), `⭐ ${line}`]),
    files: media.flatMap((one) => filesOf(one as FileHolder)),
    unknown: media.flatMap(({ type }) => (type in BOUGHT ? [] : [`paid media ${textOf(type)}`])),
  };
}

function readLocation({ location }: TelegramMessage, write: Writer): Read {
  if (!location) return { markdown: "" };
  const { latitude, longitude, live_period } = location;
  const lead = Number(live_period) > 0 ? `${write.words.liveLocation}: ` : "";
  return {
    markdown: `📍 ${lead}${write.mapLink(location)}`,
    location: { placeholder: coordinates(location), latitude, longitude },
  };
}

function readVenue({ venue }: TelegramMessage, write: Writer): Read {
  if (!venue) return { markdown: "" };
  const { latitude, longitude } = venue.location;
  const named = [venue.title, venue.address].map((part) => oneLine(textOf(part)));
  return {
    markdown: write.lines(venueLines(venue, write)),
    location: { placeholder: joined(named, ", "), latitude, longitude },
  };
}

function venueLines({ title, address, location }: TelegramVenue, write: Writer): string[] {
  return [`📍 ${write.title(title)}`, write.plain(address), write.mapLink(location)];
}

function readContact(message: TelegramMessage, write: Writer): Read {
  const { contact } = message;
  const name = oneLine(`${textOf(contact?.first_name)} ${textOf(contact?.last_name)}`);
  const organisation = organisationOf(textOf(contact?.vcard));
  const all = [write.title(name), write.plain(contact?.phone_number), write.plain(organisation)];
  return { markdown: `👤 ${write.lines(all)}`, files: vcardOf(message) };
}

function vcardOf({ contact }: TelegramMessage): ContentFile[] {
  const vcard = textOf(contact?.vcard);
  if (vcard.trim() === "") return [];
  const text = vcard.toWellFormed();
  const name = `${textOf(contact?.first_name)} ${textOf(contact?.last_name)}`.trim();
  return [
    {
      kind: "contact",
      file_id: "",
      file_unique_id: "vcard",
      name: name === "" ? null : `${name}.vcf`,
      type: "text/vcard",
      size: Buffer.byteLength(text),
      extension: "vcf",
      text,
    },
  ];
}

/** The organisation that a vCard of any version names, with its departments, or "". RFC 6350, and 2.1 of phones. */
export function organisationOf(vcard: string): string {
  // Long lines go on after a break and a space; in quoted-printable after a break behind `=`.
  const unfolded = vcard.replace(/\r\n?/g, "\n").replace(/\n[ \t]/g, "");
  const found = /^(?:[\w-]+\.)?ORG((?:;[^:\n]*)?):((?:[^\n]*=\n)*[^\n]*)/im.exec(unfolded);
  if (!found) return "";
  const [, parameters = "", raw = ""] = found;
  const isEncoded = /QUOTED-PRINTABLE/i.test(parameters);
  const value = isEncoded ? fromQuotedPrintable(raw) : (raw.split("\n")[0] ?? "");
  return value
    .split(/(?<!\\);/)
    .map((part) => part.replace(/\\n/gi, " ").replace(/\\(.)/g, "$1").trim())
    .filter((part) => part !== "")
    .join(", ");
}

function fromQuotedPrintable(text: string): string {
  const bytes = text
    .replace(/=\n/g, "")
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const isBytes = [...bytes].every((character) => character.charCodeAt(0) < 256);
  return isBytes ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;
}

function readPoll({ poll }: TelegramMessage, write: Writer): Read {
  if (!poll) return { markdown: "" };
  const isQuiz = poll.type === "quiz";
  const correct = new Set(Array.isArray(poll.correct_option_ids) ? poll.correct_option_ids : []);
  const about = readMedia(poll.media, write);
  const choices = listOf(poll.options).map((option, index) => {
    const mark = correct.has(index) ? "✅ " : "";
    const votes = poll.is_closed && Number(option.voter_count) > 0 ? ` (${option.voter_count})` : "";
    const media = readMedia(option.media, write);
    const text = `${mark}${write.inLine(option.text, option.text_entities)}${votes}`;
    return { media, markdown: item("-", dashed([text, joined(media.parts, " · ")])) };
  });
  const why = readMedia(poll.explanation_media, write);
  const explanation = write.formatted(poll.explanation, poll.explanation_entities);
  const media = [about, ...choices.map((choice) => choice.media), why];
  return {
    markdown: paragraphs([
      `${isQuiz ? "❓" : "📊"} ${write.bold(poll.question, poll.question_entities)}`,
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
  if (typeof media !== "object" || media === null) return { files: [], parts: [], unknown: [] };
  const { link, location, venue } = media;
  const files = filesOf(media);
  const parts = [
    write.link(textOf(link?.url), textOf(link?.url)),
    location && isPlace(location) ? `📍 ${write.mapLink(location)}` : "",
    ...(venue && isPlace(venue.location) ? venueLines(venue, write) : []),
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
  const emoji = textOf(dice?.emoji);
  const name = write.words.dice[emoji.replaceAll("\ufe0f", "")] ?? write.words.kinds.dice;
  return { markdown: `${write.plain(emoji)} ${name}: ${Number(dice?.value) || 0}` };
}

/** The game itself is behind a button; the bot that has it is known where it sent the message. */
function readGame({ game, via_bot }: TelegramMessage, write: Writer): Read {
  const bot = publicUrl(via_bot?.username);
  const title = bot === null ? write.title(game?.title) : write.link(textOf(game?.title), bot);
  const line = dashed([`${write.words.kinds.game}: ${title}`, write.plain(game?.description)]);
  return { markdown: paragraphs([`🎮 ${line}`, write.formatted(game?.text, game?.text_entities)]) };
}

function readInvoice({ invoice }: TelegramMessage, write: Writer): Read {
  const { kinds, stars } = write.words;
  const currency = textOf(invoice?.currency);
  const price =
    currency === "XTR"
      ? stars({ count: Number(invoice?.total_amount) || 0 })
      : amount(invoice?.total_amount, currency);
  const facts = [write.title(invoice?.title), write.plain(invoice?.description), write.plain(price)];
  return { markdown: `🧾 ${kinds.invoice}: ${dashed(facts)}` };
}

/** `24.50 EUR` for 2450 of the smallest unit; nothing where it is no number. */
export function amount(smallestUnits: unknown, currency: string): string {
  if (!Number.isSafeInteger(smallestUnits)) return "";
  // Intl knows how many digits a currency has, and takes no word of another form.
  const format = { style: "currency", currency: /^[A-Z]{3}$/.test(currency) ? currency : "EUR" } as const;
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat("en", format).resolvedOptions();
  return `${(Number(smallestUnits) / 10 ** digits).toFixed(digits)} ${currency}`.trim();
}

function readGiveaway({ giveaway }: TelegramMessage, write: Writer): Read {
  const { giveawayOf, kinds } = write.words;
  const chats = listOf(giveaway?.chats).map((chat) =>
    write.link(write.chatName(chat), publicUrl(chat.username)),
  );
  const what = chats.length === 0 ? kinds.giveaway : `${giveawayOf} ${chats.join(", ")}`;
  return { markdown: `🎁 ${dashed([what, write.plain(giveaway?.prize_description)])}` };
}

function readWinners({ giveaway_winners }: TelegramMessage, write: Writer): Read {
  const { chat, giveaway_message_id, winners, prize_description } = giveaway_winners ?? {};
  const where = write.link(write.chatName(chat), messageUrl(chat, giveaway_message_id));
  const names = listOf(winners).map(write.userName).join(", ");
  const told = [`${write.words.giveawayOf} ${where}`, write.plain(names), write.plain(prize_description)];
  return { markdown: `🏆 ${dashed(told)}` };
}
