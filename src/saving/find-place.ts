import type { ReplyPlace } from "../domain/saved.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import { unlessTwiceGone } from "../memos/errors.ts";
import { replyTarget } from "../messages/message-text.ts";
import { jobIdInButtons } from "../replies/callback-data.ts";
import type { SavingContext, Work } from "./context.ts";
import { OWN_MEMO } from "./desired.ts";
import { createTakeUp } from "./take-up.ts";

/**
 * Where the memo of a job belongs: a reply to a saved message, or to what the bot said about it, becomes a comment on that
 * memo. `waits_for`: the job of the message that is replied to, where it is not saved yet.
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
    // Its buttons go first: where a group became a supergroup, another message may have its old id.
    const shown = message && jobs.get(jobIdInButtons(message, work.botName.id) ?? -1);
    const known = shown ?? messageJobs.of(chat_id, message_id, leased.job.telegram_id ?? 0);
    const job = known ?? (message && (await takeUp({ ...work, message })));
    // What answers a message of another chat is no comment. The job may be of another one: its memo was shown here.
    if (!job || job.id === leased.job.id || homeOf(chat_id) !== homeOf(idSource.chat_id)) return OWN_MEMO;
    const isOwn = job.server === idSource.server && job.account === binding.account;
    // In a group it is somebody else's memo. In private it is of an account that the person has left.
    if (!isOwn) return idSource.chat_id < 0 ? OWN_MEMO : { ...OWN_MEMO, refused: "not_yours" };
    if (job.memo_name === null) {
      if (job.state === "waiting") return { waits_for: job.id };
      return { ...OWN_MEMO, refused: "gone" };
    }
    // Memos would delete a comment on a comment together with that: so it goes under the memo, and quotes what it answers.
    const above = job.parent_name;
    const answered = above ?? job.memo_name;
    const look = () => memos.getMemo(work.token, answered, work.signal);
    const memo = await unlessTwiceGone(look, "forbidden");
    if (!memo) return { ...OWN_MEMO, refused: "gone" };
    const isComment = above !== null || memo.parent !== undefined;
    return { parent: memo.parent ?? memo.name, quote: isComment ? "all" : "chosen", refused: null };
  };
}

/** In a topic all messages reply to its first one, which does not count. `message`: undefined where it is in another chat. */
function targetOf(of: TelegramMessage) {
  const message = replyTarget(of);
  const { chat, message_id } = message ?? of.external_reply ?? {};
  const isKnown = Number.isSafeInteger(chat?.id) && Number.isSafeInteger(message_id);
  if (!isKnown || message?.forum_topic_created) return undefined;
  return { chat_id: Number(chat?.id), message_id: Number(message_id), message };
}
