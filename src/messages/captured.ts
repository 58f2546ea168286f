import type { TelegramMessage } from "../domain/telegram.ts";
import { replyTarget } from "./message-text.ts";
import type { CurrentMessage } from "./versions.ts";

/** A message of a group that somebody asked for: it stands under the id and the time of what they asked with. */
interface CapturedMessage extends TelegramMessage {
  /** As it stands in the group. */
  readonly captured: TelegramMessage;
}

/** Where a captured message stands in its group; null for every other message. */
export function capturedFrom(message: TelegramMessage): TelegramMessage | null {
  return (message as Partial<CapturedMessage>).captured ?? null;
}

/**
 * What becomes of a request to save the message that it replies to: what was said with it, and that message as it is by
 * now, both under the request's id. `versions` holds the request and, where its sender wrote the other message too,
 * edits of that. Empty when the request itself is not kept any more.
 */
export function capturedMessages(
  versions: readonly CurrentMessage[],
  requestId: number | null,
): CurrentMessage[] {
  const request = versions.find(({ message }) => message.message_id === requestId);
  const of = request && replyTarget(request.message)?.message_id;
  if (!request || of === undefined) return [];
  const known = versions.flatMap(({ message, seq }) => {
    const seen = message.message_id === of ? message : replyTarget(message);
    return seen?.message_id === of ? [{ seen, seq }] : [];
  });
  const newest = known.toSorted((a, b) => versionTime(a.seen) - versionTime(b.seen) || a.seq - b.seq).at(-1);
  if (!newest) return [];
  const { reply_to_message: _, quote: __, ...said } = request.message;
  const { message_id, date } = said;
  // The other parts of its album are not shown to a bot that was called to this one.
  const { media_group_id: ___, ...original } = newest.seen;
  const captured: CapturedMessage = { ...original, message_id, date, captured: newest.seen };
  return [
    { ...request, message: said },
    { ...request, message: captured, seq: Math.max(...known.map(({ seq }) => seq)) },
  ];
}

const versionTime = ({ edit_date, date }: TelegramMessage) => edit_date ?? date ?? 0;
