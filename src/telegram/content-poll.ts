import type { TelegramMessage, TelegramPollMedia } from "gramio";
import { type ContentFile, fileOf, livePhotoOf, photoOf, stickerOf } from "./content-files.ts";
import { isPlace } from "./content-kinds.ts";
import { locationLine, venueLines } from "./content-places.ts";
import { type ContentOptions, dashed, type Known } from "./content-read.ts";
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
} from "./markdown-parts.ts";

export function readPoll({ poll }: TelegramMessage, options: ContentOptions): Known {
  if (!poll) return { markdown: "", files: [] };
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

/** Each kind of media; one that a new GramIO brings stops the compiler here. */
const MEDIA: {
  readonly [Kind in keyof TelegramPollMedia]-?: (
    media: TelegramPollMedia,
    options: ContentOptions,
  ) => Partial<Media>;
} = {
  animation: ({ animation }) => ({ files: fileOf("animation", animation) }),
  audio: ({ audio }) => ({ files: fileOf("audio", audio) }),
  // An animation fills `document`, too.
  document: ({ animation, document }) => (animation ? {} : { files: fileOf("document", document) }),
  link: ({ link }, options) => ({ parts: [bareAddress(textOf(link?.url), options)] }),
  live_photo: ({ live_photo, photo }) => ({ files: livePhotoOf(live_photo, photo) }),
  location: ({ location }, options) =>
    location && isPlace(location) ? { parts: [locationLine(location, options)] } : {},
  // A live photo fills `photo`, too.
  photo: ({ live_photo, photo }) => (live_photo ? {} : { files: photoOf(photo) }),
  sticker: ({ sticker }) => ({ files: stickerOf(sticker) }),
  venue: ({ venue }, options) =>
    venue && isPlace(venue.location) ? { parts: venueLines(venue, options) } : {},
  video: ({ video }) => ({ files: fileOf("video", video) }),
};

function readMedia(media: TelegramPollMedia | undefined, options: ContentOptions): Media {
  if (typeof media !== "object" || media === null) return { files: [], parts: [], unknown: [] };
  const known = Object.entries(MEDIA)
    .filter(([kind]) => media[kind as keyof TelegramPollMedia] !== undefined)
    .map(([, read]) => read(media, options));
  const files = known.flatMap((one) => one.files ?? []);
  const parts = known.flatMap((one) => one.parts ?? []).filter((part) => part !== "");
  const isEmpty = files.length === 0 && parts.length === 0;
  return { files, parts, unknown: isEmpty ? Object.keys(media).map((kind) => `poll media ${kind}`) : [] };
}
