import type { TelegramMessage, TelegramPaidMedia } from "../domain/telegram.ts";
import { withHiddenLinks } from "../markdown/write/hidden-links.ts";
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
} from "../markdown/write/markdown-parts.ts";
import { toMarkdown } from "../markdown/write/write.ts";
import { type FileHolder, filesOf } from "./content-files.ts";
import { type ContentKind, contentOf } from "./content-kinds.ts";
import { readLocation, readVenue } from "./content-places.ts";
import { readPoll } from "./content-poll.ts";
import { type ContentOptions, dashed, type Read, type ReadContent, words } from "./content-read.ts";
import { written } from "./message-text.ts";
import { amount } from "./money.ts";
import { storyName } from "./reply-quote.ts";
import { readRichMessage } from "./rich-message.ts";
import { organisationOf, vcardOf } from "./vcard.ts";

/** All that a message says, without where it came from and what it replies to. Never throws, whatever was sent. */
export function readContent(message: TelegramMessage, options: ContentOptions = {}): ReadContent {
  const { kind } = contentOf(message);
  if (kind === "service") return { kind, markdown: "", files: [], unknown: [] };
  // Whatever it is, its caption is said.
  if (kind === "unknown")
    return { kind, markdown: wordsOf(message, options), files: [], unknown: ["message"] };
  return { kind, files: filesOf(message), unknown: [], ...READERS[kind](message, options) };
}

type Reader = (message: TelegramMessage, options: ContentOptions) => Read;

const said: Reader = (message, options) => ({ markdown: wordsOf(message, options) });

/** What each kind gives beside the files of the message itself. */
const READERS: { readonly [Kind in ContentKind]: Reader } = {
  text: said,
  rich_message: readRichMessage,
  photo: said,
  live_photo: said,
  animation: said,
  document: said,
  video: said,
  video_note: said,
  voice: said,
  audio: (message, options) => ({ markdown: wordsOf(message, options) || songOf(message, options) }),
  sticker: () => ({ markdown: "" }),
  paid_media: readPaidMedia,
  location: readLocation,
  venue: readVenue,
  contact: readContact,
  poll: readPoll,
  checklist: readChecklist,
  dice: readDice,
  game: readGame,
  story: readStory,
  invoice: readInvoice,
  giveaway: readGiveaway,
  giveaway_winners: readWinners,
};

/** With the addresses that only a preview shows, or nothing that is seen, below. */
function wordsOf(message: TelegramMessage, options: ContentOptions): string {
  const preview = message.link_preview_options;
  const shown = preview?.is_disabled ? "" : textOf(preview?.url);
  return toMarkdown(withHiddenLinks(written(message), "\n\n", shown), {
    flavor: dialectOf(options),
    ...(options.formatting && { formatting: options.formatting }),
  });
}

function songOf({ audio }: TelegramMessage, options: ContentOptions): string {
  return dashed([plain(audio?.performer, options), plain(audio?.title, options)]);
}

/** Each type of what can be bought; one that a new GramIO brings stops the compiler here. A preview has no file. */
const BOUGHT: { readonly [Type in TelegramPaidMedia["type"]]: true } = {
  photo: true,
  live_photo: true,
  video: true,
  preview: true,
};

function readPaidMedia(message: TelegramMessage, options: ContentOptions): Read {
  const { paid_media } = message;
  const media = listOf(paid_media?.paid_media);
  const previews = media.filter(({ type }) => type === "preview").length;
  const price = words(options).stars(Number(paid_media?.star_count) || 0);
  const line = `⭐ ${words(options).paidMedia(price, media.length, previews)}`;
  return {
    markdown: paragraphs([wordsOf(message, options), line]),
    files: media.flatMap((one) => filesOf(one as FileHolder)),
    unknown: media.flatMap(({ type }) => (type in BOUGHT ? [] : [`paid media ${textOf(type)}`])),
  };
}

function readContact(message: TelegramMessage, options: ContentOptions): Read {
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

function readChecklist({ checklist }: TelegramMessage, options: ContentOptions): Read {
  const title = bold(oneKindOfSpace(checklist?.title), checklist?.title_entities, options);
  const tasks = listOf(checklist?.tasks).map((task) => {
    const isDone = Boolean(task.completed_by_user ?? task.completed_by_chat ?? task.completion_date);
    return item(isDone ? "- [x]" : "- [ ]", inLine(task.text, task.text_entities, options));
  });
  return { markdown: paragraphs([title, tasks.join("\n")]) || words(options).kinds.checklist };
}

function readDice({ dice }: TelegramMessage, options: ContentOptions): Read {
  const emoji = textOf(dice?.emoji);
  const { dice: names, kinds } = words(options);
  const name = names[emoji.replaceAll("\ufe0f", "")] ?? kinds.dice;
  return { markdown: `${plain(emoji, options)} ${name}: ${Number(dice?.value) || 0}` };
}

/** The game itself is behind a button; the bot that has it is known where it sent the message. */
function readGame({ game, via_bot }: TelegramMessage, options: ContentOptions): Read {
  const bot = publicUrl(via_bot?.username);
  const title =
    bot === null ? bold(oneLine(textOf(game?.title)), [], options) : link(textOf(game?.title), bot, options);
  const line = dashed([`${words(options).kinds.game}: ${title}`, plain(game?.description, options)]);
  return { markdown: paragraphs([`🎮 ${line}`, formatted(game?.text, game?.text_entities, options)]) };
}

function readStory({ story }: TelegramMessage, options: ContentOptions): Read {
  return { markdown: story ? `📖 ${words(options).storyOf} ${storyName(story, options)}` : "" };
}

function readInvoice({ invoice }: TelegramMessage, options: ContentOptions): Read {
  const { kinds, stars } = words(options);
  const currency = textOf(invoice?.currency);
  const price =
    currency === "XTR" ? stars(Number(invoice?.total_amount) || 0) : amount(invoice?.total_amount, currency);
  const title = bold(oneLine(textOf(invoice?.title)), [], options);
  const facts = [title, plain(invoice?.description, options), plain(price, options)];
  return { markdown: `🧾 ${kinds.invoice}: ${dashed(facts)}` };
}

function readGiveaway({ giveaway }: TelegramMessage, options: ContentOptions): Read {
  const { deletedAccount, giveawayOf, kinds } = words(options);
  const chats = listOf(giveaway?.chats).map((chat) =>
    link(chatName(chat, deletedAccount), publicUrl(chat.username), options),
  );
  const what = chats.length === 0 ? kinds.giveaway : `${giveawayOf} ${chats.join(", ")}`;
  return { markdown: `🎁 ${dashed([what, plain(giveaway?.prize_description, options)])}` };
}

function readWinners({ giveaway_winners }: TelegramMessage, options: ContentOptions): Read {
  const { deletedAccount, giveawayOf } = words(options);
  const { chat, giveaway_message_id, winners, prize_description } = giveaway_winners ?? {};
  const where = link(chatName(chat, deletedAccount), messageUrl(chat, giveaway_message_id), options);
  const names = listOf(winners).map((user) => userName(user, deletedAccount));
  const told = [
    `${giveawayOf} ${where}`,
    plain(names.join(", "), options),
    plain(prize_description, options),
  ];
  return { markdown: `🏆 ${dashed(told)}` };
}
