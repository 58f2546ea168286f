import { isExported } from "../domain/exported.ts";
import { MEMO_CHANGED, MEMO_DELETED, UNKNOWN_PART } from "../domain/job.ts";
import { isSentOnce, mark, type Owed, type SavedWord, savedSlot } from "../domain/outgoing.ts";
import type { Tried, Written } from "../domain/saved.ts";
import { isMove } from "../messages/versions.ts";
import { whyWaits } from "../replies/failure-words.ts";
import { change, inPlaceOf, notFollowed, say } from "../replies/messages.ts";
import { type Finish, newestOf } from "../store/queue/jobs.ts";
import { aboutPost, below, hasNoNews, headOf, type SavingContext, type Work } from "./context.ts";
import { whyLeftOut } from "./desired.ts";
import type { End, Saved } from "./reconcile.ts";

/** Writes down what came of a job, and owes the sender the word about it. */
export function createCompleteJob({ store, reserve }: SavingContext) {
  const { jobs, messageJobs } = store;

  /** `rest`: how it waits for the files that it lacks. */
  return (work: Work, end: Exclude<End, { kind: "later" }>, rest?: Finish["rest"]): void => {
    const { leased, idSource, record } = work;
    // Nobody waits in their chat for what they import.
    const isSilent = isExported(idSource.chat_id);
    const result = { ...resultOf(work, end), rest, ...(isSilent && { owed: [] }) };
    const sendsTo = result.owed?.some(isSentOnce) ? reserve(work.to.chat_id) : undefined;
    const { tried } = record.known;
    const lacks = rest && (end.kind === "saved" ? end.lacks : tried?.lacks);
    const known = { covered: newestOf(leased), tried: lasting(tried, lacks) };
    try {
      jobs.finish(leased.lease, { ...result, ...known, ...(sendsTo && { sendsTo }) });
    } finally {
      sendsTo?.end();
    }
  };

  function resultOf(work: Work, end: Exclude<End, { kind: "later" }>): Finish {
    if (end.kind === "saved") return saved(work, end);
    return end.kind === "kept" ? kept(work, end) : nothing(work, end.why);
  }

  /** The memo is as its messages want it. */
  function saved(work: Work, end: Saved): Finish {
    const { leased, idSource, record } = work;
    const { want, memo, written } = end;
    const { chat_id } = idSource;
    const missing = missingIn(work, end);
    // A late file was added to a memo that its person has changed: the button to overwrite it still works.
    const { reason, requested_action } = leased.job;
    const isStillChanged = reason === MEMO_CHANGED && requested_action !== "overwrite" && hasNoNews(work);
    // Whoever pressed a button for it waits for the word.
    const asksAnew = requested_action !== null && requested_action !== "files";
    const isFirst = record.known.covered === 0 || asksAnew;
    return {
      outcome: "saved",
      memo_name: memo.name,
      parent_name: want.parent,
      written,
      links: want.message_ids.map((message_id) => ({ chat_id, message_id })),
      reason: want.unknown.length > 0 ? UNKNOWN_PART : isStillChanged ? MEMO_CHANGED : undefined,
      detail: missing.join("\n"),
      owed: isFirst ? first(work, end, missing) : later(work, end, missing),
    };
  }

  /** An edit or a late part found no memo, or one that the person has changed: theirs stays as it is. */
  function kept(work: Work, { want, why }: Extract<End, { kind: "kept" }>): Finish {
    const { leased, texts, record } = work;
    const { id: job_id, detail } = leased.job;
    const message = aboutPost(leased, notFollowed(texts, { job_id, why }));
    const reason = why === "gone" ? MEMO_DELETED : MEMO_CHANGED;
    // A live location moves for hours: its person is told this once.
    const wasTold = leased.job.reason === reason && hasOnlyMoved(work);
    // Only a file was tried once more: whoever deleted the memo knows that it is gone.
    const isNoNews = leased.job.requested_action === null && hasNoNews(work);
    return {
      outcome: "saved",
      // Found under its id, it is this job's from now on.
      memo_name: record.known.memo_name ?? `memos/${want.id}`,
      reason,
      detail: detail ?? "",
      owed:
        wasTold || isNoNews
          ? []
          : [say(work.to, message, { replyTo: answered(work, want.message_ids.at(-1)) })],
    };
  }

  /** There is nothing to do: what came is in the memo already, or cannot be any more. */
  function nothing(work: Work, why: "unchanged" | "too_old" | "never_saved"): Finish {
    const { leased, to, texts } = work;
    const { reason, message_id, memo_name, detail } = leased.job;
    const said = aboutPost(leased, { text: texts.editTooOld });
    const tooOld = say(to, said, { replyTo: answered(work, message_id) });
    return {
      outcome: memo_name === null ? "ignored" : "saved",
      detail: detail ?? "",
      reason: why !== "unchanged" ? why : reason === UNKNOWN_PART ? reason : undefined,
      // One that was never saved is not ours to keep.
      dropPayloads: why === "never_saved",
      owed: why === "too_old" ? [tooOld] : [],
    };
  }

  function told(work: Work, end: Saved, missing: readonly string[]): { slot: string; saved: SavedWord } {
    const { want, memo, written, lacks } = end;
    const { texts, leased } = work;
    const count = partsOf(written);
    const messages = messagesIn(work, want.message_ids);
    const remarks = [...missing, ...(count > 0 ? [texts.inComments({ count })] : [])];
    const head = headOf(leased);
    return {
      slot: savedSlot(leased.job.id),
      saved: {
        language: texts.language,
        visibility: memo.visibility,
        ...(head !== undefined && { head }),
        ...(memo.pinned && { pinned: true }),
        ...(memo.state === "ARCHIVED" && { isArchived: true }),
        ...(want.parent !== null && { isComment: true }),
        ...(messages > 1 && { messages }),
        ...((want.leftOut.length > 0 || Object.keys(lacks).length > 0) && { lacksFiles: true }),
        ...(remarks.length > 0 && { remarks }),
      },
    };
  }

  /**
   * The first word about a saved memo, in the way that its person chose. Who sent it by the API asks for its fate there, and
   * is told only what is missing. What is missing is a notice, so that it surely arrives; that all is well is a confirmation.
   */
  function first(work: Work, end: Saved, missing: readonly string[]): Owed[] {
    const { confirmsBy, to, leased } = work;
    const { message_ids } = end.want;
    const promise = missing.length > 0 ? "notice" : "confirmation";
    const { waits } = work.record.known.tried ?? {};
    const isWanted = confirmsBy === "reply" && leased.job.kind !== "api_memo";
    const isSaid = isWanted || missing.length > 0 || leased.job.requested_action !== null;
    const message = told(work, end, missing);
    const word = say(to, message, { replyTo: answered(work, message_ids[0]), promise });
    const said = waits ? [inPlaceOf({ job_id: leased.job.id }, message, word)] : isSaid ? [word] : [];
    // Where the chat does not allow the mark, the confirmation is sent in words instead; not of a post in a channel.
    const isElsewhere = to.chat_id !== work.idSource.chat_id;
    return [...marks(work, message_ids, said.length > 0 || isElsewhere ? null : word.params), ...said];
  }

  /** After an edit or a late part: the confirmation is changed where it is not true any more, and what is missing now is said. */
  function later(work: Work, end: Saved, missing: readonly string[]): Owed[] {
    const { to, leased, record } = work;
    const { id: job_id, detail } = leased.job;
    const { message_ids } = end.want;
    const before = messageJobs.messagesOf(job_id);
    const isJoined = messagesIn(work, message_ids) !== messagesIn(work, before);
    const hadParts = partsOf(record.known.written ?? end.written);
    const isTrue = !isJoined && partsOf(end.written) === hadParts && missing.join("\n") === (detail ?? "");
    const wasPromised = Object.keys(record.known.tried?.lacks ?? {}).length > 0;
    const message = told(work, end, missing);
    const said = say(to, message, { replyTo: answered(work, message_ids[0]) });
    const changed = wasPromised
      ? inPlaceOf({ job_id }, message, said)
      : change(to.chat_id, { job_id }, message);
    // Not again what stands in the confirmation already.
    const isAsked = leased.job.requested_action === "files";
    const isNew = (line: string) => isAsked || (!wasPromised && !detail?.includes(line));
    const text = missing.filter(isNew).join("\n");
    const added = message_ids.filter((id) => !before.includes(id));
    return [
      ...(isJoined ? marks(work, added) : []),
      ...(isTrue ? [] : [changed]),
      ...(text
        ? [say(to, aboutPost(leased, { text }), { replyTo: answered(work, message_ids.at(-1)) })]
        : []),
    ];
  }
}

/** What came by the API is no message that could be replied to. */
const answered = ({ leased: { job }, to }: Work, messageId: number | null | undefined): number | null =>
  job.kind === "api_memo" ? null : below(to, job, messageId ?? null);

/** What the next revision of a memo still has to know of the tries that ended. */
function lasting(tried: Tried | null, lacks: Tried["lacks"]): Tried | undefined {
  const { begun, revisions, ids, waits, lacks: _, ...kept } = tried ?? {};
  const lasts = { ...kept, ...(lacks && { lacks }) };
  return Object.keys(lasts).length > 0 ? lasts : undefined;
}

/** What the sender has to be told: what is not in the memo, or not where they wanted it. */
function missingIn({ texts, record, to }: Work, { want, lacks }: Saved): string[] {
  const { leftOut, unknown, isAlbumPart } = want;
  const { place, left_out, public_refused } = record.known.tried ?? {};
  const later = want.files.flatMap(({ id, name }) => {
    const waits = lacks[id];
    return waits ? [texts.fileLater({ name, why: whyWaits(texts, waits, to.chat_id) })] : [];
  });
  const files = leftOut.flatMap(({ id, name }) => {
    const why = left_out?.[id];
    return why ? [texts.missingFile({ name, why: whyLeftOut(texts, why) })] : [];
  });
  return [
    ...(public_refused ? [texts.publicDisallowed] : []),
    ...(place?.refused ? [texts.replyApart] : []),
    ...files,
    ...later,
    ...(unknown.length > 0 ? [texts.unknownPart] : []),
    ...(isAlbumPart ? [texts.albumPart] : []),
  ];
}

/** The comments in which it goes on where the memo has no room for more. */
const partsOf = ({ rest }: Pick<Written, "rest">) =>
  Object.keys(rest).filter((key) => key.startsWith("#")).length;

/** The messages that became one memo without being an album. */
const messagesIn = ({ leased }: Work, messageIds: readonly number[]) =>
  leased.job.kind === "message" ? messageIds.length : 1;

/** Whether all that came since are moves of a live location, or ticks in a checklist. */
const hasOnlyMoved = ({ leased, record }: Work) =>
  leased.updates.every(({ seq, update }) => seq <= record.known.covered || isMove(update));

/** For who wants marks: one for each of these messages that are joined in a memo, and one for an album. */
function marks(
  { confirmsBy, idSource, leased, current }: Work,
  messageIds: readonly number[],
  instead: Owed["instead"] = null,
): Owed[] {
  const { kind, message_id } = leased.job;
  if (confirmsBy !== "reaction" || message_id === null) return [];
  const messages = current.map(({ message }) => message);
  const groups = Map.groupBy(messages, (message) => message.media_group_id ?? message.message_id);
  const firsts = [...groups.values()].flatMap(([first]) => first?.message_id ?? []);
  const marked = kind === "message" ? firsts.filter((id) => messageIds.includes(id)) : [message_id];
  return marked.map((id, at) => mark(idSource.chat_id, id, "👍", at === 0 ? instead : null));
}
