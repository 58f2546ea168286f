import type { TelegramMessage } from "gramio";
import { changedChecklist, withChange } from "./checklist.ts";
import { isEdit, storedMessage } from "./update.ts";

/** A stored update of a message: what was sent, an edit of it, or a tick in its checklist. */
export interface StoredVersion {
  /** In the order in which they came. */
  readonly seq: number;
  readonly json: string | null;
}

/** A message as it is now, and the newest update that has a part in it. */
export interface CurrentMessage {
  readonly message: TelegramMessage;
  readonly seq: number;
  /** False when only edits of it ever came. */
  readonly wasSent: boolean;
}

/**
 * Each message in its newest version, in message order. Telegram delivers edits whole, in any order; of ticks in a
 * checklist only what was ticked, so they are laid over the version that was there before them.
 * https://core.telegram.org/bots/api#checklisttasksdone
 */
export function currentMessages(versions: readonly StoredVersion[]): CurrentMessage[] {
  const current = new Map<number, CurrentMessage>();
  const said = versions.flatMap((version) => {
    const message = storedMessage(version.json);
    return message ? [{ ...version, message }] : [];
  });
  said.sort((a, b) => versionTime(a.message) - versionTime(b.message) || a.seq - b.seq);
  for (const { json, message, ...version } of said) {
    const of = changedChecklist(message);
    const before = current.get(of ?? message.message_id);
    const seq = Math.max(version.seq, before?.seq ?? version.seq);
    if (of !== null) {
      const checklist =
        before?.message ??
        message.checklist_tasks_done?.checklist_message ??
        message.checklist_tasks_added?.checklist_message;
      const wasSent = before?.wasSent ?? false;
      if (checklist)
        current.set(of, { message: withChange(checklist as TelegramMessage, message), seq, wasSent });
      continue;
    }
    const wasSent = before?.wasSent || !isEdit(json);
    current.set(message.message_id, { message, seq, wasSent });
  }
  return [...current.values()].toSorted((a, b) => a.message.message_id - b.message.message_id);
}

const versionTime = ({ edit_date, date }: TelegramMessage) => edit_date ?? date ?? 0;
