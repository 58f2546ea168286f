import { changeConfirmation, confirmation, type Message, mark, notFollowed, say } from "../chat/messages.ts";
import type { Log } from "../log.ts";
import type { Memo } from "../memos/client.ts";
import type { Binding } from "../store/bindings.ts";
import type { Finish, Jobs } from "../store/jobs.ts";
import { contentHash, type MemoLink } from "../store/memo-links.ts";
import type { Owed } from "../store/outbox.ts";
import { commentName, type Plan, remarks } from "./plan.ts";
import type { Work } from "./work.ts";

/** Writes down what came of a job, and owes the sender the word about it. */
export interface Settle {
  /** The memo is as the plan says. */
  saved(work: Work, done: { readonly plan: Plan; readonly memo: Memo }): void;
  /** An edit or a late part found no memo, or one that the person has changed: theirs stays as it is. */
  kept(work: Work, plan: Plan, why: "gone" | "changed"): void;
  /** There is nothing to do: what came is in the memo already, or cannot be any more. */
  nothing(work: Work, plan: Plan | null, why: "unchanged" | "too_old" | "never_saved"): void;
}

export interface SettleDeps {
  readonly jobs: Pick<Jobs, "finish" | "get">;
  readonly memoUrl: (name: string) => string | null;
  readonly log: Log;
}

export function createSettle({ jobs, memoUrl, log }: SettleDeps): Settle {
  return {
    saved(work, { plan, memo }) {
      const { leased, identity, texts } = work;
      const { job } = leased;
      const missing = remarks(plan, texts);
      const parts = plan.rest.filter(({ message_ids }) => message_ids.length === 0).length;
      const told = confirmation(texts, {
        job_id: job.id,
        visibility: memo.visibility,
        pinned: memo.pinned,
        isComment: plan.reply.parent !== null,
        messages: messagesIn(work, plan),
        url: memoUrl(memo.name),
        remarks: [...missing, ...(parts > 0 ? [texts.inParts(parts)] : [])],
      });
      // By the name it has now: the account may have been named anew on the way.
      const account = jobs.get(job.id)?.account ?? identity.account;
      const link = (message_id: number): MemoLink => ({
        chat_id: identity.chat_id,
        message_id,
        server: identity.server,
        account,
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
        detail: missing.join("\n"),
        owed: plan.before === null ? first(work, plan, told, missing) : later(work, plan, told, missing),
      });
    },

    kept(work, plan, why) {
      const { leased, texts } = work;
      // A button is pressed about an edit.
      const isEdit = isEdited(work, plan) || leased.job.wish !== null;
      const message = notFollowed(texts, { job_id: leased.job.id, why, isEdit });
      end(work, {
        outcome: "saved",
        covered: plan.seq,
        // As it was last carried out: [Overwrite] and [Save again] begin there.
        plan: JSON.stringify({ ...(plan.before ?? plan), seq: plan.seq, done: true }),
        reason: why === "gone" ? "memo_deleted" : "memo_changed",
        detail: remarks(plan.before ?? plan, texts).join("\n"),
        owed: [
          say(work.identity.chat_id, message, {
            replyTo: plan.message_ids.at(-1) ?? null,
            promise: "notice",
          }),
        ],
      });
    },

    nothing(work, plan, why) {
      const { leased, identity, texts } = work;
      const covered = Math.max(...leased.updates.map(({ seq }) => seq));
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
        ...(why !== "unchanged" && { reason: why }),
        // One that was never saved is not ours to keep.
        dropPayloads: why === "never_saved",
        owed,
      });
    },
  };

  function end({ leased }: Work, result: Finish): void {
    if (jobs.finish(leased.lease, result) === "lost") {
      log.warn("the lease was lost while saving", { job_id: leased.job.id });
    }
  }
}

/** The messages that became one memo without being an album: those can be separated. */
const messagesIn = ({ leased }: Work, plan: Plan) =>
  leased.job.kind === "message" ? plan.message_ids.length : 1;

/** Whether one of the messages that the memo was made from says something else now. */
export function isEdited({ current }: Work, { before }: Plan): boolean {
  if (!before) return false;
  return current.some(
    ({ message, seq }) => seq > before.seq && before.message_ids.includes(message.message_id),
  );
}

/** As the person wants to be told. That something is missing has to be heard; that all is well may be lost. */
function first({ binding, identity, leased }: Work, plan: Plan, message: Message, missing: string[]): Owed[] {
  const chat = identity.chat_id;
  const how: Binding["confirmation"] = binding.confirmation;
  const marked = leased.job.message_id;
  const done = how === "reaction" && marked !== null ? [mark(chat, marked, "👍")] : [];
  // Whoever pressed a button for it waits for the word.
  if (how !== "reply" && missing.length === 0 && leased.job.wish === null) return done;
  const promise = missing.length > 0 ? "notice" : "confirmation";
  const replyTo = plan.message_ids[0] ?? null;
  return [...done, say(chat, message, { replyTo, promise })];
}

/**
 * What was confirmed stands; it tells of followers, and what is missing of what came later is new. What a button was
 * pressed for is confirmed once more.
 */
function later(work: Work, plan: Plan, message: Message, lines: string[]): Owed[] {
  const { identity, leased } = work;
  const chat = identity.chat_id;
  if (leased.job.wish !== null) {
    return [say(chat, message, { replyTo: plan.message_ids[0] ?? null, promise: "confirmation" })];
  }
  const joined = messagesIn(work, plan) !== messagesIn(work, plan.before ?? plan);
  const fresh = lines.filter((line) => !leased.job.detail?.includes(line));
  const replyTo = plan.message_ids.at(-1) ?? null;
  return [
    ...(joined ? [changeConfirmation(chat, message)] : []),
    ...(fresh.length > 0 ? [say(chat, { text: fresh.join("\n") }, { replyTo, promise: "notice" })] : []),
  ];
}
