import type { TelegramMessage } from "gramio";
import { jobIdInButtons } from "../chat/job-in-buttons.ts";
import type { MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Job } from "../store/jobs.ts";
import type { MemoLink } from "../store/memo-links.ts";
import type { PlannedReply } from "./plan.ts";
import type { Work } from "./work.ts";

/** Where the messages of a job belong by what they reply to. `waits_for`: that is still to be saved itself. */
export type FindPlace = (work: Work) => Promise<PlannedReply | { readonly waits_for: number }>;

export interface FindPlaceDeps {
  readonly memos: Pick<MemosClient, "getMemo">;
  readonly links: { find(chatId: number, messageId: number): (MemoLink & { job_id: number }) | undefined };
  readonly jobs: { get(jobId: number): Job | undefined };
  /** The job that a message of a chat has become. */
  readonly jobOf: (chatId: number, messageId: number) => Job | undefined;
}

/** Of its own, with the other message above it where it replies to one. */
const OWN_MEMO: PlannedReply = { parent: null, quote: "all", refused: null };

/** A reply to a saved message, or to what the bot said about it, comments on its memo. */
export function createFindPlace({ memos, links, jobs, jobOf }: FindPlaceDeps): FindPlace {
  return async (work) => {
    const { identity, leased } = work;
    // All parts of an album reply to the same message.
    const target = work.current.map(({ message }) => targetOf(message)).find((found) => found !== undefined);
    if (!target) return OWN_MEMO;
    const link = links.find(identity.chat_id, target.message_id);
    const job = link
      ? jobs.get(link.job_id)
      : (jobOf(identity.chat_id, target.message_id) ?? jobs.get(jobIdInButtons(target) ?? -1));
    if (!job || job.id === leased.job.id || job.chat_id !== identity.chat_id) return OWN_MEMO;
    const isOwn = job.server === identity.server && job.account === identity.account;
    // Nobody knows whether that account will ever be bound again.
    if (!isOwn) return { ...OWN_MEMO, refused: "not_yours" };
    if (job.memo_name === null) {
      if (job.state === "waiting" || job.state === "working") return { waits_for: job.id };
      return { ...OWN_MEMO, refused: "gone" };
    }
    const parent =
      link?.parent_name ?? links.find(identity.chat_id, job.message_id ?? 0)?.parent_name ?? null;
    return comment(work, parent ?? job.memo_name, parent === null ? "chosen" : "all");
  };

  /** A comment of a comment would be lost with it: it stands under the memo, with what it answers above it. */
  async function comment(
    { token, signal }: Work,
    parent: string,
    quote: PlannedReply["quote"],
  ): Promise<PlannedReply> {
    try {
      await memos.getMemo(token, parent, signal);
      return { parent, quote, refused: null };
    } catch (error) {
      if (isMemosError(error, "not_found", "forbidden")) return { ...OWN_MEMO, refused: "gone" };
      throw error;
    }
  }
}

/** The message of this chat that is replied to. In a topic all messages reply to its beginning, which says nothing. */
function targetOf({ reply_to_message: target, chat }: TelegramMessage): TelegramMessage | undefined {
  if (!target || target.forum_topic_created || !Number.isSafeInteger(target.message_id)) return undefined;
  return target.chat?.id === chat.id ? (target as TelegramMessage) : undefined;
}
