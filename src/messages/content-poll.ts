import type { TelegramMessage, TelegramPollMedia } from "../domain/telegram.ts";
import {
  bareAddress,
  bold,
  formatted,
  inLine,
  item,
  lines,
  listOf,
  paragraphs,
  textOf,
} from "../markdown/write/markdown-parts.ts";
import { type ContentFile, type FileHolder, filesOf } from "./content-files.ts";
import { isPlace } from "./content-kinds.ts";
import { locationLine, venueLines } from "./content-places.ts";
import { type ContentOptions, dashed, type Read } from "./content-read.ts";

export function readPoll({ poll }: TelegramMessage, options: ContentOptions): Read {
  if (!poll) return { markdown: "" };
  const isQuiz = poll.type === "quiz";
  const correct = new Set(Array.isArray(poll.correct_option_ids) ? poll.correct_option_ids : []);
  const about = readMedia(poll.media, options);
  const choices = listOf(poll.options).map((option, index) => {
    const mark = correct.has(index) ? "✅ " : "";
    const votes = poll.is_closed && Number(option.voter_count) > 0 ? ` (${option.voter_count})` : "";
    const media = readMedia(option.media, options);
    const text = `${mark}${inLine(option.text, option.text_entities, options)}${votes}`;
    return { media, markdown: item("-", dashed([text, media.parts.join(" · ")])) };
  });
  const why = readMedia(poll.explanation_media, options);
  const explanation = formatted(poll.explanation, poll.explanation_entities, options);
  const media = [about, ...choices.map((choice) => choice.media), why];
  return {
    markdown: paragraphs([
      `${isQuiz ? "❓" : "📊"} ${bold(poll.question, poll.question_entities, options)}`,
      formatted(poll.description, poll.description_entities, options),
      lines(about.parts, options),
      choices.map(({ markdown }) => markdown).join("\n"),
      explanation === "" ? "" : `💡 ${explanation}`,
      lines(why.parts, options),
    ]),
    files: media.flatMap(({ files }) => files),
    unknown: media.flatMap(({ unknown }) => unknown),
  };
}

interface Media {
  readonly files: readonly ContentFile[];
  /** Without a line break in them. */
  readonly parts: readonly string[];
  readonly unknown: readonly string[];
}

/** Each kind of medium that is no file; one that a new GramIO brings stops the compiler here. */
const PARTS: {
  readonly [Kind in Exclude<keyof TelegramPollMedia, keyof FileHolder>]-?: (
    media: TelegramPollMedia,
    options: ContentOptions,
  ) => readonly string[];
} = {
  link: ({ link }, options) => [bareAddress(textOf(link?.url), options)],
  location: ({ location }, options) =>
    location && isPlace(location) ? [locationLine(location, options)] : [],
  venue: ({ venue }, options) => (venue && isPlace(venue.location) ? venueLines(venue, options) : []),
};

function readMedia(media: TelegramPollMedia | undefined, options: ContentOptions): Media {
  if (typeof media !== "object" || media === null) return { files: [], parts: [], unknown: [] };
  const files = filesOf(media);
  const parts = Object.values(PARTS)
    .flatMap((read) => read(media, options))
    .filter((part) => part !== "");
  const isEmpty = files.length === 0 && parts.length === 0;
  return { files, parts, unknown: isEmpty ? Object.keys(media).map((kind) => `poll media ${kind}`) : [] };
}
