import type { Log } from "../base/log.ts";
import { MEMO_CHANGED, MEMO_DELETED, UNKNOWN_PART } from "../domain/job.ts";
import type { Owed, Reservation } from "../domain/outgoing.ts";
import type { Tried, Written } from "../domain/saved.ts";
import type { Texts } from "../locales/texts.ts";
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
import type { MemoLink, MemoLinks } from "../store/queue/memo-links.ts";
import { type Desired, placeHash } from "./desired.ts";
import type { Work } from "./job-context.ts";
import { whyLeftOut } from "./left-out.ts";
import { isEdited, type LeftToThem, type Saved } from "./reconcile.ts";

export type CompleteJob = ReturnType<typeof createCompleteJob>;

/** Writes down what came of a job, and owes the sender the word about it. */
export function createCompleteJob(deps: {
  jobs: Pick<Jobs, "finish">;
  links: Pick<MemoLinks, "messagesOf">;
  /** The right to write to a chat now; undefined while nothing may be sent there. */
  reserve: (chatId: number) => Reservation | undefined;
  memoUrl: (name: string) => string | null;
  log: Log;
}) {
  const { jobs, links, reserve, memoUrl, log } = deps;

  return {
    /** The memo is as its messages want it. */
    saved(work: Work, saved: Saved): void {
      const { leased, identity, texts, record } = work;
      const { want, memo, written } = saved;
      const { job } = leased;
      const parent = record.known.tried?.place?.parent ?? null;
      const missing = remarksOf(work, want);
      const told = confirmation(texts, {
        job_id: job.id,
        visibility: memo.visibility,
        pinned: memo.pinned,
        isComment: parent !== null,
        messages: messagesIn(work, want.message_ids),
        url: memoUrl(memo.name),
        remarks: [...missing, ...restIn(texts, partsOf(written))],
      });
      const linkOf = (message_id: number): MemoLink => ({
        chat_id: identity.chat_id,
        message_id,
        memo_name: memo.name,
        parent_name: parent,
        confirmation: false,
      });
      const isFirst = record.known.covered === 0;
      end(work, {
        outcome: "saved",
        memo_name: memo.name,
        written,
        tried: lasting(record.known.tried),
        links: want.message_ids.map(linkOf),
        covered: newestOf(leased),
        ...(want.unknown.length > 0 && { reason: UNKNOWN_PART }),
        detail: missing.join("\n"),
        owed: isFirst
          ? first(work, want, told, missing)
          : later(work, saved, told, { lines: missing, before: links.messagesOf(job.id) }),
      });
    },

    /** An edit or a late part found no memo, or one that the person has changed: theirs stays as it is. */
    kept(work: Work, want: Desired, why: LeftToThem): void {
      const { leased, texts, record } = work;
      // A button is pressed about an edit.
      const isEdit = isEdited(work, links.messagesOf(leased.job.id)) || leased.job.requested_action !== null;
      const message = notFollowed(texts, { job_id: leased.job.id, why, isEdit });
      const reason = why === "gone" ? MEMO_DELETED : MEMO_CHANGED;
      // It goes on by itself for hours; whoever was told so knows where the button is.
      const wasTold = leased.job.reason === reason && onlyMoved(work);
      const { written, tried } = record.known;
      const moved = why === "moved" && written && { ...written, at: placeHash(want.location) };
      end(work, {
        outcome: "saved",
        // Found under its id, it is this job's from now on.
        memo_name: record.known.memo_name ?? `memos/${want.id}`,
        written: moved || (written ?? undefined),
        tried: lasting(tried),
        covered: newestOf(leased),
        reason,
        detail: leased.job.detail ?? "",
        owed: wasTold
          ? []
          : [say(work.identity.chat_id, message, { replyTo: want.message_ids.at(-1) ?? null })],
      });
    },

    /** There is nothing to do: what came is in the memo already, or cannot be any more. */
    nothing(work: Work, why: "unchanged" | "too_old" | "never_saved"): void {
      const { leased, identity, texts, record } = work;
      const { reason, message_id, memo_name, detail } = leased.job;
      const tooOld = say(identity.chat_id, { text: texts.editTooOld }, { replyTo: message_id });
      end(work, {
        outcome: memo_name === null ? "ignored" : "saved",
        covered: newestOf(leased),
        tried: lasting(record.known.tried),
        detail: detail ?? "",
        ...(why === "unchanged" ? { reason: reason === UNKNOWN_PART ? reason : undefined } : { reason: why }),
        // One that was never saved is not ours to keep.
        dropPayloads: why === "never_saved",
        owed: why === "too_old" ? [tooOld] : [],
      });
    },
  };

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

/** What the next revision of a memo still has to know of the tries that ended. */
function lasting(tried: Tried | null): Tried | undefined {
  const { place, apart, left_out, public_refused } = tried ?? {};
  const kept = {
    ...(place && { place }),
    ...(apart && { apart }),
    ...(left_out && { left_out }),
    ...(public_refused && { public_refused }),
  };
  return Object.keys(kept).length > 0 ? kept : undefined;
}

/** What the sender has to be told: what is not in the memo, or not where they wanted it. */
function remarksOf({ texts, record }: Work, { leftOut, unknown, isAlbumPart }: Desired): string[] {
  const { place, left_out, public_refused } = record.known.tried ?? {};
  const missing = leftOut.flatMap(({ id, filename }) => {
    const why = left_out?.[id];
    return why ? [texts.missingFile({ name: filename, why: whyLeftOut(texts, why) })] : [];
  });
  return [
    ...(public_refused ? [texts.publicDisallowed] : []),
    ...(place?.refused === "gone" ? [texts.replyGone] : []),
    ...(place?.refused === "not_yours" ? [texts.replyNotYours] : []),
    ...missing,
    ...(unknown.length > 0 ? [texts.unknownPart] : []),
    ...(isAlbumPart ? [texts.albumPart] : []),
  ];
}

/** Where the rest is that the memo has no room for. */
function restIn(texts: Texts, comments: number): string[] {
  if (comments === 0) return [];
  return [comments === 1 ? texts.inComment : texts.inComments({ count: comments })];
}

const partsOf = ({ rest }: Pick<Written, "rest">) =>
  Object.keys(rest).filter((key) => key.startsWith("#")).length;

/** The messages that became one memo without being an album. */
const messagesIn = ({ leased }: Work, messageIds: readonly number[]) =>
  leased.job.kind === "message" ? messageIds.length : 1;

/** Whether all that came since are moves of a live location, or ticks in a checklist. */
function onlyMoved({ leased, record }: Work): boolean {
  return leased.updates.every(({ seq, update }) => seq <= record.known.covered || isMove(update));
}

/** As the person wants to be told. That something is missing has to be heard; that all is well may be lost. */
function first(work: Work, { message_ids }: Desired, message: Message, missing: string[]): Owed[] {
  const { binding, identity, leased } = work;
  const chat = identity.chat_id;
  const done = marks(work, message_ids);
  // Whoever pressed a button for it waits for the word.
  if (binding.confirmation !== "reply" && missing.length === 0 && leased.job.requested_action === null)
    return done;
  const promise = missing.length > 0 ? "notice" : "confirmation";
  const replyTo = message_ids[0] ?? null;
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
 * pressed for is confirmed once more. `before`: the messages that were in the memo.
 */
function later(
  work: Work,
  { want, written }: Saved,
  message: Message,
  { lines, before }: { lines: string[]; before: readonly number[] },
): Owed[] {
  const { identity, leased, record } = work;
  const chat = identity.chat_id;
  const { message_ids } = want;
  if (leased.job.requested_action !== null) {
    return [say(chat, message, { replyTo: message_ids[0] ?? null, promise: "confirmation" })];
  }
  const joined = messagesIn(work, message_ids) !== messagesIn(work, before);
  const hadParts = partsOf(record.known.written ?? written);
  const isUntrue = joined || partsOf(written) !== hadParts || lines.join("\n") !== (leased.job.detail ?? "");
  const fresh = lines.filter((line) => !leased.job.detail?.includes(line));
  const followers = message_ids.filter((id) => !before.includes(id));
  return [
    ...(joined ? marks(work, followers) : []),
    ...(isUntrue ? [changeConfirmation(chat, leased.job.id, message)] : []),
    ...(fresh.length > 0
      ? [say(chat, { text: fresh.join("\n") }, { replyTo: message_ids.at(-1) ?? null })]
      : []),
  ];
}
