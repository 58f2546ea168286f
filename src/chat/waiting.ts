import { messageText } from "../messages/message-text.ts";
import { messageIn } from "../messages/versions.ts";
import { whyWaits } from "../replies/failure-words.ts";
import type { Asking, ChatContext } from "./context.ts";
import { cut, oneLine } from "./lists/writer.ts";

/** So many are named. */
const FEW = 5;

/** What of a person's messages is still to be had, why, and since when; empty where nothing waits for long. */
export function whatWaits(
  { deadLetters }: Pick<ChatContext, "deadLetters">,
  { from, texts }: Pick<Asking, "from" | "texts">,
): string[] {
  return deadLetters.waiting(from, FEW).flatMap(({ job, update }) => {
    const { waits, lacks = {} } = job.tried ?? {};
    const found = waits ?? Object.values(lacks)[0];
    if (!found) return [];
    const request = messageIn(update);
    const message = job.kind === "capture" ? (request?.reply_to_message as typeof request) : request;
    const text = message ? messageText(message).text || message.document?.file_name : undefined;
    const what = text ? cut(oneLine(text), 40) : texts.withoutText;
    return [texts.waitsSince({ what, why: whyWaits(texts, found, from), since: new Date(found.since) })];
  });
}
