import type { TelegramMessage, TelegramPollMedia } from "../domain/telegram.ts";
import { item, joined, listOf, paragraphs, textOf } from "../markdown/write/markdown-parts.ts";
import { type ContentFile, filesOf } from "./content-files.ts";
import { isPlace } from "./content-kinds.ts";
import { dashed, type Read, venueLines, type Writer } from "./content-read.ts";

export function readPoll({ poll }: TelegramMessage, write: Writer): Read {
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

interface Media {
  readonly files: readonly ContentFile[];
  /** Without a line break in them. */
  readonly parts: readonly string[];
  readonly unknown: readonly string[];
}

function readMedia(media: TelegramPollMedia | undefined, write: Writer): Media {
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
