import { askName } from "../accounts/account-name.ts";
import { emojisIn, memosReaction } from "../domain/reactions.ts";
import { unlessGone } from "../memos/errors.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import { isOf } from "../store/queue/message-jobs.ts";
import type { ChatContext, Worked } from "./context.ts";

/** Sets in Memos what somebody reacts with to a message that tells of a memo, and takes away what they took away. */
export function createReactions({ bindings, memos, messageJobs }: ChatContext) {
  return async ({ job, updates }: LeasedJob, signal: AbortSignal): Promise<Worked> => {
    const {
      old_reaction: before,
      new_reaction: now,
      message_id = 0,
    } = updates[0]?.update.message_reaction ?? {};
    const from = job.telegram_id ?? 0;
    const memo = messageJobs.of(job.chat_id ?? 0, message_id, from)?.memo_name;
    const { binding, token } = bindings.withToken(from) ?? {};
    // Bound to another account since.
    if (!memo || !binding || !token || job.server !== memos.server || !isOf(job, binding))
      return { owed: [] };
    const [old, chosen] = [emojisIn(before), emojisIn(now)];
    const named = await askName({ memos, bindings }, binding, token, signal);
    if (!named) return { owed: [] };
    const change = async (set: typeof memos.addReaction, emoji: string) =>
      // The memo may be gone, and an old Memos not know the emoji.
      unlessGone(set(token, named.account, memo, memosReaction(emoji), signal), "forbidden", "invalid");
    for (const emoji of old) if (!chosen.includes(emoji)) await change(memos.removeReaction, emoji);
    for (const emoji of chosen) if (!old.includes(emoji)) await change(memos.addReaction, emoji);
    return { owed: [] };
  };
}
