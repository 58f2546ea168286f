import type { TelegramMessage } from "../domain/telegram.ts";

/** The message whose checklist a service message ticks or adds to; null for every other message. */
export function changedChecklist(message: TelegramMessage): number | null {
  const of = (message.checklist_tasks_done ?? message.checklist_tasks_added)?.checklist_message?.message_id;
  return Number.isSafeInteger(of) ? (of as number) : null;
}

/** The checklist's message after what a service message says was ticked, unticked or added. */
export function withChange(
  message: TelegramMessage,
  { checklist_tasks_done: ticked, checklist_tasks_added: added, date }: TelegramMessage,
): TelegramMessage {
  const checklist = message.checklist;
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
