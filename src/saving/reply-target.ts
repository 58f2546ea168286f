import type { Place } from "../domain/saved.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import type { MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import { replyTarget } from "../messages/message-text.ts";
import { jobIdInButtons } from "../replies/callback-data.ts";
import type { Job } from "../store/db/rows.ts";
import type { MemoLink } from "../store/queue/memo-links.ts";
import type { MessageJobs } from "../store/queue/message-jobs.ts";
import type { Work } from "./job-context.ts";

/** Where the messages of a job belong by what they reply to. `waits_for`: that is still to be saved itself. */
export type FindPlace = (work: Work) => Promise<Place | { readonly waits_for: number }>;

export interface FindPlaceDeps {
  readonly memos: Pick<MemosClient, "getMemo">;
  readonly links: { find(chatId: number, messageId: number): (MemoLink & { job_id: number }) | undefined };
  readonly jobs: { get(jobId: number): Job | undefined };
  readonly messageJobs: Pick<MessageJobs, "of" | "captureOf">;
  /** The chat that goes on for one that became another. */
  readonly home: (chatId: number) => number;
}

/** Of its own, with the other message above it where it replies to one. */
const OWN_MEMO: Place = { parent: null, quote: "all", refused: null };

/** A reply to a saved message, or to what the bot said about it, comments on its memo. */
export function createFindPlace({ memos, links, jobs, messageJobs, home }: FindPlaceDeps): FindPlace {
  return async (work) => {
    const { identity, leased } = work;
    // All parts of an album reply to the same message.
    const target = work.current.map(({ message }) => targetOf(message)).find((found) => found !== undefined);
    if (!target) return OWN_MEMO;
    const { link, job } = found(target, leased.job.telegram_id ?? 0, work.bot.id);
    if (!job || job.id === leased.job.id || home(job.chat_id ?? 0) !== home(identity.chat_id))
      return OWN_MEMO;
    const isOwn = job.server === identity.server && job.account === identity.account;
    // In a group it is just what somebody else said. Elsewhere nobody knows whether that account will be bound again.
    if (!isOwn) return identity.chat_id < 0 ? OWN_MEMO : { ...OWN_MEMO, refused: "not_yours" };
    if (job.memo_name === null) {
      if (job.state === "waiting") return { waits_for: job.id };
      return { ...OWN_MEMO, refused: "gone" };
    }
    const parent =
      link?.parent_name ?? links.find(job.chat_id ?? 0, job.message_id ?? 0)?.parent_name ?? null;
    return comment(work, parent ?? job.memo_name, parent === null ? "chosen" : "all");
  };

  /**
   * What has become of the message that is replied to. Its buttons go first: in a supergroup another message may have
   * the id that it had in the group of before.
   */
  function found({ chat_id, message_id, message }: Target, telegramId: number, botId: number) {
    const link = links.find(chat_id, message_id);
    const shown = message && jobs.get(jobIdInButtons(message, botId) ?? -1);
    const job =
      shown ??
      messageJobs.captureOf(chat_id, message_id, telegramId) ??
      (link ? jobs.get(link.job_id) : messageJobs.of(chat_id, message_id));
    return { job, link: link?.job_id === job?.id ? link : undefined };
  }

  /** A comment of a comment would be lost with it: it stands under the memo, with what it answers above it. */
  async function comment({ token, signal }: Work, parent: string, quote: Place["quote"]): Promise<Place> {
    try {
      await memos.getMemo(token, parent, signal);
      return { parent, quote, refused: null };
    } catch (error) {
      if (isMemosError(error, "not_found", "forbidden")) return { ...OWN_MEMO, refused: "gone" };
      throw error;
    }
  }
}

/** A message that is replied to. */
interface Target {
  readonly chat_id: number;
  readonly message_id: number;
  /** Not told of another chat: such as the group that a supergroup was before. */
  readonly message?: TelegramMessage;
}

/** In a topic all messages reply to its beginning, which says nothing. */
function targetOf(message: TelegramMessage): Target | undefined {
  const target = replyTarget(message);
  if (target) {
    const { chat, message_id, forum_topic_created } = target;
    return forum_topic_created ? undefined : { chat_id: chat.id, message_id, message: target };
  }
  const { chat, message_id } = message.external_reply ?? {};
  if (!Number.isSafeInteger(chat?.id) || !Number.isSafeInteger(message_id)) return undefined;
  return { chat_id: Number(chat?.id), message_id: Number(message_id) };
}
