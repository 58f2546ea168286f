import { integerOf } from "../base/read-values.ts";
import type { TelegramMessage, TelegramUpdate } from "../domain/telegram.ts";
import { replyTarget } from "./message-text.ts";

/** The message of an update, or the post of a channel, as it was sent or edited. */
export const messageIn = (update: TelegramUpdate | null | undefined): TelegramMessage | null =>
  update?.message ?? update?.edited_message ?? update?.channel_post ?? update?.edited_channel_post ?? null;

/** A stored update of a message: what was sent, an edit of it, or a tick in its checklist. */
interface StoredVersion {
  /** In the order in which they came. */
  readonly seq: number;
  readonly update: TelegramUpdate;
}

/** A message as it is now, and the newest update that has a part in it. */
export interface CurrentMessage {
  readonly message: TelegramMessage;
  readonly seq: number;
  /** False when only edits of it ever came. */
  readonly wasSent: boolean;
}

/**
 * Each message in its newest version, in message order. Edits come whole, in any order; of a checklist only what was ticked,
 * which is laid over the version before. https://core.telegram.org/bots/api#checklisttasksdone
 */
export function currentMessages(versions: readonly StoredVersion[]): CurrentMessage[] {
  const current = new Map<number, CurrentMessage>();
  for (const { message, wasSent, of, seq } of oldestFirst(versions)) {
    const id = of ?? message.message_id;
    const before = current.get(id);
    const now = of === null ? withTarget(message, before?.message) : withChange(before?.message, message);
    if (!now) continue;
    current.set(id, {
      message: now,
      seq: Math.max(seq, before?.seq ?? seq),
      wasSent: before?.wasSent || wasSent,
    });
  }
  return [...current.values()].toSorted((a, b) => a.message.message_id - b.message.message_id);
}

/** An edit changes nothing of what a message replies to, but does not tell it any more once that is deleted. */
function withTarget(message: TelegramMessage, before: TelegramMessage | undefined): TelegramMessage {
  const target = message.reply_to_message ?? before?.reply_to_message;
  return target === undefined ? message : { ...message, reply_to_message: target };
}

/** Whether an update is not what somebody wrote: a live location went on, a checklist was ticked. */
export function isMove(update: TelegramUpdate): boolean {
  const message = messageIn(update);
  if (!message) return false;
  // The last step of a place that was shared live does not tell any more that it was.
  return changedChecklist(message) !== null || (isEdit(update) && message.location !== undefined);
}

const isEdit = ({ edited_message, edited_channel_post }: TelegramUpdate) =>
  (edited_message ?? edited_channel_post) !== undefined;

/** An edit that does not tell its time is as new as the newest of what came before it. `of`: the checklist that it ticks. */
function oldestFirst(versions: readonly StoredVersion[]) {
  const newest = new Map<number, number>();
  return versions
    .toSorted((a, b) => a.seq - b.seq)
    .flatMap(({ seq, update }) => {
      const message = messageIn(update);
      if (!message) return [];
      const of = changedChecklist(message);
      const id = of ?? message.message_id;
      const known = newest.get(id) ?? 0;
      const { edit_date, date = 0 } = message;
      const time = edit_date ?? (isEdit(update) ? Math.max(known, date) : date);
      newest.set(id, Math.max(known, time));
      return [{ seq, message, wasSent: of === null && !isEdit(update), of, time }];
    })
    .toSorted((a, b) => a.time - b.time || a.seq - b.seq);
}

/** The message whose checklist a service message ticks or adds to; null for every other message. */
export function changedChecklist(message: TelegramMessage): number | null {
  const { checklist_tasks_done: ticked, checklist_tasks_added: added } = message;
  return integerOf((ticked ?? added)?.checklist_message?.message_id);
}

/** The checklist's message after what a service message says was ticked, unticked or added. */
function withChange(
  last: TelegramMessage | undefined,
  { checklist_tasks_done: ticked, checklist_tasks_added: added, date }: TelegramMessage,
): TelegramMessage | undefined {
  const message = last ?? ((ticked ?? added)?.checklist_message as TelegramMessage | undefined);
  const checklist = message?.checklist;
  if (!checklist || !Array.isArray(checklist.tasks)) return message;
  const before = listed(checklist.tasks);
  const done = new Set(listed(ticked?.marked_as_done_task_ids));
  const undone = new Set(listed(ticked?.marked_as_not_done_task_ids));
  const known = new Set(before.map(({ id }) => id));
  const tasks = before.map((task) => {
    // How Telegram marks a task that is done.
    if (done.has(task.id)) return { ...task, completion_date: date };
    if (!undone.has(task.id)) return task;
    const { completion_date: _, completed_by_user: __, completed_by_chat: ___, ...open } = task;
    return open;
  });
  const more = listed(added?.tasks).filter(({ id }) => !known.has(id));
  return { ...message, checklist: { ...checklist, tasks: [...tasks, ...more] } };
}

/** What is in a list, whatever else there may be in its place. */
function listed<T>(list: readonly T[] | undefined): T[] {
  return Array.isArray(list) ? list.filter((item) => item !== null && item !== undefined) : [];
}

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
 * What becomes of a request to save the message that it replies to: its own words and that message as it is by now, both
 * under the request's id. Empty when the request itself is not kept any more.
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
