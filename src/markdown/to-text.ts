import type { StyledText } from "../domain/text.ts";
import { firstMessage, type MessageRoom } from "./split/cut.ts";

/** How much Markdown is read for a beginning, in UTF-16 units: it can be longer than the text that it shows. */
const MOST_SOURCE = 6_000;

/** Markdown as a text with Telegram's entities. The parser is loaded by who needs it: it is more code than the chat. */
export async function markdownAsText(markdown: string): Promise<StyledText> {
  const { markdownToText } = await import("./read.ts");
  return markdownToText(markdown);
}

/** The beginning of a memo as text, as much as there is room for, and whether that is all of it. */
export async function beginningOf(markdown: string, room: MessageRoom) {
  // Not through a character.
  const source = markdown.slice(0, MOST_SOURCE).replace(/[\ud800-\udbff]$/, "");
  const whole = await markdownAsText(source);
  const first = firstMessage(whole, room);
  const isWhole = markdown.length <= MOST_SOURCE && first.text.length === whole.text.length;
  return { first, isWhole };
}
