import { messageText, replyTarget } from "../messages/message-text.ts";
import { messageIn } from "../messages/versions.ts";
import { whyWaits } from "../replies/failure-words.ts";
import { cut, oneLine } from "../replies/text-writer.ts";
import type { Asking, ChatContext } from "./context.ts";

/** The most messages that are named. */
const FEW = 5;

/** A line for each message of a person that waits for long: how it begins, why it waits, and since when. */
export function whatWaits(
  deadLetters: ChatContext["deadLetters"],
  { from, texts }: Pick<Asking, "from" | "texts">,
): string[] {
  return deadLetters.waiting(from, FEW).flatMap((waiting) => {
    const { waits, lacks = {} } = waiting.job.tried ?? {};
    const found = waits ?? Object.values(lacks)[0];
    if (!found) return [];
    const message = sentMessage(waiting);
    const text = message ? messageText(message).text || message.document?.file_name : undefined;
    const what = text ? cut(oneLine(text), 40) : texts.withoutText;
    return [texts.waitsSince({ what, why: whyWaits(texts, found, from), since: new Date(found.since) })];
  });
}

/** What somebody sent; of a capture the message that it saves. */
export function sentMessage({ job, update }: ReturnType<ChatContext["deadLetters"]["waiting"]>[number]) {
  const request = messageIn(update);
  return request && job.kind === "capture" ? replyTarget(request) : request;
}
