import type { Log } from "../base/log.ts";
import { MEMO_CHANGED, MEMO_DELETED, UNKNOWN_PART } from "../domain/job.ts";
import type { Owed, Reservation } from "../domain/outgoing.ts";
import type { Texts } from "../locales/texts.ts";
import type { Memo } from "../memos/client.ts";
import { isMove } from "../messages/versions.ts";
import {
  changeConfirmation,
  confirmation,
  type Message,
  mark,
  notFollowed,
  say,
} from "../replies/messages.ts";
import { isConfirmation } from "../store/outbox/owe.ts";
import { type Finish, type Jobs, newestOf } from "../store/queue/jobs.ts";
import { contentHash, type MemoLink } from "../store/queue/memo-links.ts";
import type { Work } from "./job-context.ts";
import { commentName, type Plan, remarks } from "./plan.ts";
import type { LeftToThem } from "./update-memo.ts";

/** Writes down what came of a job, and owes the sender the word about it. */
export interface Settle {
  /** The memo is as the plan says. */
  saved(work: Work, done: { readonly plan: Plan; readonly memo: Memo }): void;
  /** An edit or a late part found no memo, or one that the person has changed: theirs stays as it is. */
  kept(work: Work, plan: Plan, why: LeftToThem): void;
  /** There is nothing to do: what came is in the memo already, or cannot be any more. */
  nothing(work: Work, plan: Plan | null, why: "unchanged" | "too_old" | "never_saved"): void;
}

export interface SettleDeps {
  readonly jobs: Pick<Jobs, "finish">;
  /** For what is to be said at once; undefined while nothing may be sent to the chat. */
  readonly reserve: (chatId: number) => Reservation | undefined;
  readonly memoUrl: (name: string) => string | null;
  readonly log: Log;
}

export function createSettle({ jobs, reserve, memoUrl, log }: SettleDeps): Settle {
  return {
    saved(work, { plan, memo }) {
      const { leased, identity, texts } = work;
      const { job } = leased;
      const missing = remarks(plan, texts);
      const told = confirmation(texts, {
        job_id: job.id,
        visibility: memo.visibility,
        pinned: memo.pinned,
        isComment: plan.reply.parent !== null,
        messages: messagesIn(work, plan),
        url: memoUrl(memo.name),
        remarks: [...missing, ...restIn(texts, partsOf(plan))],
      });
      const link = (message_id: number): MemoLink => ({
        chat_id: identity.chat_id,
        message_id,
        memo_name: memo.name,
        parent_name: plan.reply.parent,
        content_hash: contentHash(plan.content),
        confirmation: false,
      });
      end(work, {
        outcome: "saved",
        memo_name: memo.name,
        comments: plan.rest.map((comment) => ({
          memo_name: commentName(comment),
          content_hash: contentHash(comment.content),
        })),
        links: plan.message_ids.map(link),
        covered: plan.seq,
        plan: JSON.stringify({ ...plan, before: null, done: true }),
        ...reasonOf(plan),
        detail: missing.join("\n"),
        owed: plan.before === null ? first(work, plan, told, missing) : later(work, plan, told, missing),
      });
    },

    kept(work, plan, why) {
      const { leased, texts } = work;
      // A button is pressed about an edit.
      const isEdit = isEdited(work, plan) || leased.job.requested_action !== null;
      const message = notFollowed(texts, { job_id: leased.job.id, why, isEdit });
      const reason = why === "gone" ? MEMO_DELETED : MEMO_CHANGED;
      // It goes on by itself for hours; whoever was told so knows where the button is.
      const wasTold = leased.job.reason === reason && onlyMoved(work, plan);
      end(work, {
        outcome: "saved",
        covered: plan.seq,
        // As it was last carried out: [Overwrite] and [Save again] begin there.
        plan: JSON.stringify({
          ...(plan.before ?? plan),
          ...(why === "moved" && { location: plan.location }),
          seq: plan.seq,
          done: true,
        }),
        reason,
        detail: remarks(plan.before ?? plan, texts).join("\n"),
        owed: wasTold
          ? []
          : [
              say(work.identity.chat_id, message, {
                replyTo: plan.message_ids.at(-1) ?? null,
                promise: "notice",
              }),
            ],
      });
    },

    nothing(work, plan, why) {
      const { leased, identity, texts } = work;
      const covered = newestOf(leased);
      const owed =
        why === "too_old"
          ? [
              say(
                identity.chat_id,
                { text: texts.editTooOld },
                { replyTo: leased.job.message_id, promise: "notice" },
              ),
            ]
          : [];
      end(work, {
        outcome: leased.job.memo_name === null ? "ignored" : "saved",
        covered,
        ...(plan && {
          plan: JSON.stringify({ ...plan, seq: covered }),
          detail: remarks(plan, texts).join("\n"),
        }),
        ...(why === "unchanged" ? plan && reasonOf(plan) : { reason: why }),
        // One that was never saved is not ours to keep.
        dropPayloads: why === "never_saved",
        owed,
      });
    },
  };

  /** What is left for a later version is found by it. */
  function reasonOf(plan: Plan): Pick<Finish, "reason"> {
    return plan.unknown ? { reason: UNKNOWN_PART } : {};
  }

  function end({ leased, identity }: Work, result: Finish): void {
    const { owed = [] } = result;
    const sendsTo = owed.some(isConfirmation) ? reserve(identity.chat_id) : undefined;
    try {
      const ends = { ...result, canBeRepeated: true, ...(sendsTo && { sendsTo }) };
      if (jobs.finish(leased.lease, ends) === "lost") {
        log.warn("the lease was lost while saving", { job_id: leased.job.id });
      }
    } finally {
      sendsTo?.end();
    }
  }
}

/** The comments that go on where the memo has no room for more. */
/** Where the rest is that the memo has no room for. */
function restIn(texts: Texts, comments: number): string[] {
  if (comments === 0) return [];
  return [comments === 1 ? texts.inComment : texts.inComments({ count: comments })];
}

const partsOf = ({ rest }: Plan) => rest.filter(({ message_ids }) => message_ids.length === 0).length;

/** The messages that became one memo without being an album. */
const messagesIn = ({ leased }: Work, plan: Plan) =>
  leased.job.kind === "message" ? plan.message_ids.length : 1;

/** Whether one of the messages that the memo was made from says something else now. */
export function isEdited({ current }: Work, { before }: Plan): boolean {
  if (!before) return false;
  return current.some(
    ({ message, seq }) => seq > before.seq && before.message_ids.includes(message.message_id),
  );
}

/** Whether all that came since are moves of a live location, or ticks in a checklist. */
function onlyMoved({ leased }: Work, { before }: Plan): boolean {
  return leased.updates.every(({ seq, update }) => seq <= (before?.seq ?? 0) || isMove(update));
}

/** As the person wants to be told. That something is missing has to be heard; that all is well may be lost. */
function first(work: Work, plan: Plan, message: Message, missing: string[]): Owed[] {
  const { binding, identity, leased } = work;
  const chat = identity.chat_id;
  const done = marks(work, plan.message_ids);
  // Whoever pressed a button for it waits for the word.
  if (binding.confirmation !== "reply" && missing.length === 0 && leased.job.requested_action === null)
    return done;
  const promise = missing.length > 0 ? "notice" : "confirmation";
  const replyTo = plan.message_ids[0] ?? null;
  return [...done, say(chat, message, { replyTo, promise })];
}

/** For who wants marks: one for each of these messages that are joined in a memo, and one for an album. */
function marks({ binding, identity, leased, current }: Work, messageIds: readonly number[]): Owed[] {
  const { kind, message_id } = leased.job;
  if (binding.confirmation !== "reaction" || message_id === null) return [];
  const joined = current.filter(({ message }) => messageIds.includes(message.message_id));
  const group = ({ message }: Work["current"][number]) => message.media_group_id ?? message.message_id;
  const marked =
    kind === "message"
      ? joined
          .filter((one, at) => joined.findIndex((other) => group(other) === group(one)) === at)
          .map(({ message }) => message.message_id)
      : [message_id];
  return marked.map((id) => mark(identity.chat_id, id, "👍"));
}

/**
 * What was confirmed stands, as far as it is still true, and what is missing of what came later is new. What a button was
 * pressed for is confirmed once more.
 */
function later(work: Work, plan: Plan, message: Message, lines: string[]): Owed[] {
  const { identity, leased } = work;
  const chat = identity.chat_id;
  if (leased.job.requested_action !== null) {
    return [say(chat, message, { replyTo: plan.message_ids[0] ?? null, promise: "confirmation" })];
  }
  const before = plan.before ?? plan;
  const joined = messagesIn(work, plan) !== messagesIn(work, before);
  const isUntrue =
    joined || partsOf(plan) !== partsOf(before) || lines.join("\n") !== (leased.job.detail ?? "");
  const fresh = lines.filter((line) => !leased.job.detail?.includes(line));
  const replyTo = plan.message_ids.at(-1) ?? null;
  const followers = plan.message_ids.filter((id) => !before.message_ids.includes(id));
  return [
    ...(joined ? marks(work, followers) : []),
    ...(isUntrue ? [changeConfirmation(chat, leased.job.id, message)] : []),
    ...(fresh.length > 0 ? [say(chat, { text: fresh.join("\n") }, { replyTo, promise: "notice" })] : []),
  ];
}
