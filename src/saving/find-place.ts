import type { ReplyPlace } from "../domain/saved.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import { unlessTwiceGone } from "../memos/errors.ts";
import { replyTarget } from "../messages/message-text.ts";
import { jobIdInButtons } from "../replies/callback-data.ts";
import type { SavingContext, Work } from "./context.ts";
import { OWN_MEMO } from "./desired.ts";
import { createTakeUp } from "./take-up.ts";

/**
 * Where the messages of a job belong by what they reply to: a reply to a saved message, or to what the bot said about it,
 * comments on its memo. `waits_for`: that is still to be saved itself.
 */
export function createFindPlace(context: SavingContext) {
  const { memos, store } = context;
  const { jobs, messageJobs, chats } = store;
  const takeUp = createTakeUp(context);
  const { homeOf } = chats;

  return async (work: Work): Promise<ReplyPlace | { readonly waits_for: number }> => {
    const { idSource, binding, leased } = work;
    // All parts of an album reply to the same message.
    const target = work.current.map(({ message }) => targetOf(message)).find((found) => found !== undefined);
    if (!target) return OWN_MEMO;
    const { chat_id, message_id, message } = target;
    // Its buttons go first: in a supergroup another message may have the id that it had in the group of before.
    const shown = message && jobs.get(jobIdInButtons(message, work.botName.id) ?? -1);
    const known = shown ?? messageJobs.of(chat_id, message_id, leased.job.telegram_id ?? 0);
    const job = known ?? (message && (await takeUp({ ...work, message })));
    // In another chat it is none of this one; a memo that is shown here may be of a message there.
    if (!job || job.id === leased.job.id || homeOf(chat_id) !== homeOf(idSource.chat_id)) return OWN_MEMO;
    const isOwn = job.server === idSource.server && job.account === binding.account;
    // In a group it is just what somebody else said. Elsewhere nobody knows whether that account will be bound again.
    if (!isOwn) return idSource.chat_id < 0 ? OWN_MEMO : { ...OWN_MEMO, refused: "not_yours" };
    if (job.memo_name === null) {
      if (job.state === "waiting") return { waits_for: job.id };
      return { ...OWN_MEMO, refused: "gone" };
    }
    // A comment on a comment would be lost with it: it stands under the memo, with what it answers above it.
    const above = messageJobs.parentOf(job);
    const answered = above ?? job.memo_name;
    const look = () => memos.getMemo(work.token, answered, work.signal);
    const memo = await unlessTwiceGone(look, "forbidden");
    if (!memo) return { ...OWN_MEMO, refused: "gone" };
    const isComment = above !== null || memo.parent !== undefined;
    return { parent: memo.parent ?? memo.name, quote: isComment ? "all" : "chosen", refused: null };
  };
}

/** In a topic all messages reply to its beginning, which says nothing. `message`: untold where it is of another chat. */
function targetOf(of: TelegramMessage) {
  const message = replyTarget(of);
  const { chat, message_id } = message ?? of.external_reply ?? {};
  const isKnown = Number.isSafeInteger(chat?.id) && Number.isSafeInteger(message_id);
  if (!isKnown || message?.forum_topic_created) return undefined;
  return { chat_id: Number(chat?.id), message_id: Number(message_id), message };
}
