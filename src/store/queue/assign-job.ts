import { and, eq, lt, lte, max } from "drizzle-orm";
import { AppError } from "../../base/errors.ts";
import type { Incoming } from "../../domain/incoming.ts";
import {
  type JobKind,
  MEMO_DELETED,
  NOT_ADDRESSED,
  NOT_BOUND,
  OTHER_ACCOUNT,
  TOLD,
  UNKNOWN_COMMAND,
} from "../../domain/job.ts";
import { mark } from "../../domain/outgoing.ts";
import type { WritingRules } from "../../domain/saved.ts";
import type { Admission } from "../accounts/admission.ts";
import type { Binding } from "../accounts/bindings.ts";
import type { StoreContext } from "../db/database.ts";
import { readUpdate } from "../db/payloads.ts";
import { type Job, jobColumns } from "../db/rows.ts";
import { bindings, jobs, updates } from "../db/schema.ts";
import { type Chats, isGroup } from "../intake/chats.ts";
import { owe } from "../outbox/outbox.ts";
import { createMessageJobs, isOf } from "./message-jobs.ts";
import type { NewJob, Transitions } from "./transitions.ts";

/** A live location moves every few seconds: its memo follows at most this often. */
export const LIVE_PAUSE_MS = 60_000;

/**
 * What is joined: no more than a client forwards at once, and than the longest message of Telegram holds. A memo is worked
 * anew with each message that joins it, so that what goes on for ever would take the square of its length.
 */
const JOINED = { messages: 100, characters: 32_768 };

/** The job that an update belongs to. */
interface Assignment {
  readonly job_id: number;
  /** There is nothing to be done with what the update says, now or by a later version. */
  readonly dropsPayload: boolean;
}

/** An update on its way in. What has no chat, or nobody's name, is of the number 0. */
interface Arrival extends Incoming {
  readonly now: number;
  /** How memos are written now; null while that is not known. */
  readonly form: WritingRules | null;
  readonly chat: number;
  readonly person: number;
  /** Undefined where the sender is not bound. */
  readonly account: Binding | undefined;
}

/** Of somebody who is bound. */
type Bound = Arrival & { readonly account: Binding };

const BECOME_MEMOS: readonly JobKind[] = ["message", "album", "capture"];

type TaskOf<Kind extends Incoming["task"]["kind"]> = Extract<Incoming["task"], { kind: Kind }>;

/** Within the caller's transaction: makes the job of an update, or finds the one that its message has. */
export function createAssignJob(
  context: StoreContext,
  deps: { readonly admission: Admission; readonly chats: Chats; readonly transitions: Transitions },
) {
  const { admission, chats, transitions } = deps;
  const { drizzle, statements } = context.database;
  const messageJobs = createMessageJobs(context);

  return (incoming: Incoming, now: number, form: WritingRules | null): Assignment => {
    const { sender, chat_id } = incoming;
    const person = sender?.id ?? 0;
    const account = accountOf(person, sender?.language ?? null);
    const came = { ...incoming, now, form, chat: chat_id ?? 0, person, account };
    const task = taskOf(came);
    const it: Arrival = { ...came, task };
    if (task.kind === "nothing") return ignore(it, task.reason);
    if (task.kind === "unreadable") return keepUnread(it);
    if (task.kind === "migration") {
      chats.migrated(task.from, task.to);
      return ignore(it, "service_message");
    }
    const refusal = sender === null ? "no_sender" : admission.refusalOf(sender);
    if (task.kind === "leaked_token") return removeToken(it, refusal);
    if (task.kind === "edit") return refusal === null ? followEdit(it, task) : ignore(it, refusal);
    const isOverheard = task.kind === "overheard";
    if (refusal !== null && !isOverheard) return answerStranger(it, refusal);
    if (task.kind === "press") return insertJob(it, { kind: "press", job_key: task.callback_query_id });
    if (task.kind === "command") {
      // One who is not bound is answered as well, and a token is looked at in any case.
      const isAnswered = account || isGroup(it) || it.secrets.length > 0 || mayTell(it);
      return insertJob(it, isAnswered ? { kind: "command" } : { kind: "stranger", ...ended(it, TOLD) });
    }
    if (!account && !isOverheard) return answerStranger(it, NOT_BOUND);
    const saved = account && refusal === null && saveMessage({ ...it, account }, task);
    return saved || ignore(it, NOT_ADDRESSED);
  };

  /**
   * A message of a group that does not call the bot may be a part of an album, of which any part may, or go on with one
   * that did. Undefined when it is nothing to us.
   */
  function saveMessage(
    it: Bound,
    task: TaskOf<"message" | "album" | "capture" | "overheard">,
  ): Assignment | undefined {
    const { account, chat, person, message_id } = it;
    const isTags =
      task.kind === "message" && task.repliesTo !== undefined && task.repliesTo === account.tags_asked_in;
    if (isTags) return insertJob(it, { kind: "command" });
    const before = statements.messageBefore.get({ bot_id: context.botId, chat_id: chat, message_id });
    const isSame = before?.message_id === message_id && BECOME_MEMOS.includes(before.job.kind);
    if (isSame) return { job_id: before.job.id, dropsPayload: true };
    const isCalled = task.kind !== "overheard";
    const album = task.kind === "album" || task.kind === "overheard" ? task.media_group_id : null;
    const joined =
      (task.kind === "capture" && joinCapture(it, task)) ||
      (album !== null && joinAlbum(it, album)) ||
      (task.kind !== "capture" && joinLeader(it, before));
    if (joined) return joined;
    if (!isCalled && album === null) return undefined;
    const made = insertJob(it, {
      kind: "message",
      ...heldBy(it),
      ...(album !== null && ({ kind: "album", job_key: album, waiting_for: "album" } as const)),
      ...(!isCalled && { reason: NOT_ADDRESSED }),
      // Two people may have the same message saved, and an earlier one of theirs be given up, or of another account.
      ...(task.kind === "capture" &&
        ({ kind: "capture", job_key: `${task.of}:${person}:${message_id}` } as const)),
    });
    // For who wants to be told by marks: it is kept from now on, also while Memos is down.
    if (isCalled && account.confirmation === "reaction" && message_id !== null) {
      owe(context, [mark(chat, message_id, "👀")], made.job_id);
    }
    return made;
  }

  /** Somebody asks for a message that they have a job for already; undefined when they have not. */
  function joinCapture(it: Bound, { of, says }: TaskOf<"capture">): Assignment | undefined {
    const saved = messageJobs.of(it.chat, of, it.person);
    const isOwn = saved?.telegram_id === it.person && isOf(saved, it.account);
    if (!isOwn || isOver(saved)) return undefined;
    // What they say to it now is a comment.
    if (says) return insertJob(it, { kind: "message", ...heldBy(it) });
    if (saved.state === "done") return insertJob(it, { kind: "command" });
    return { ...reopen(it, saved), dropsPayload: saved.kind !== "capture" };
  }

  /** A part of an album whose other parts came before it. */
  function joinAlbum(it: Bound, mediaGroupId: string): Assignment | undefined {
    const album = findByKey(it, "album", mediaGroupId);
    if (!album) return undefined;
    const isCalled = it.task.kind === "album";
    // Nobody wants it any more, or wanted it so far.
    if (album.outcome === "discarded" || (album.outcome === "ignored" && !isCalled)) {
      return { job_id: album.id, dropsPayload: true };
    }
    if (isCalled) transitions.albumWasAddressed(album);
    // The memo exists already, and the late part joins it; or there is none, and with this part there may be.
    return reopen(it, album);
  }

  /** What goes on with the last message of the chat joins that one's memo, made already or not. */
  function joinLeader(
    it: Bound,
    before: ReturnType<typeof statements.messageBefore.get>,
  ): Assignment | undefined {
    if (before?.job.kind !== "message" || before.form !== "plain") return undefined;
    const { job, first, last } = before;
    const takesMore = job.state === "waiting" || job.outcome === "saved";
    if (!takesMore || !isOf(job, it.account) || job.never_joined) return undefined;
    if (!it.continues(readUpdate(first), readUpdate(last))) return undefined;
    const { messages, characters } = statements.sizeOf.get({ job_id: job.id }) ?? JOINED;
    return messages < JOINED.messages && characters < JOINED.characters ? reopen(it, job) : undefined;
  }

  function reopen({ form }: Arrival, job: Job): Assignment {
    transitions.reopen(job.id, { form });
    return { job_id: job.id, dropsPayload: false };
  }

  /** An edit by which a message of a group calls the bot for the first time is as good as a new one. */
  function taskOf(it: Arrival): Incoming["task"] {
    const { task, person } = it;
    if (task.kind !== "edit" || !task.calls) return task;
    return jobOfEdit(it, task)?.telegram_id === person ? task : task.calls;
  }

  /** An album whose other parts came, or a checklist of which only a tick came, knows it by its key alone. */
  function jobOfEdit(it: Arrival, task: TaskOf<"edit">): Job | undefined {
    const { kind, key } = keyOfEdit(task);
    return messageJobs.of(it.chat, task.of, it.person) ?? findByKey(it, kind, key);
  }

  /** A message says something else now. Its job takes that in, whatever has become of it by then. */
  function followEdit(it: Arrival, task: TaskOf<"edit">): Assignment {
    const { account } = it;
    const { of, live, calls } = task;
    const { kind, key } = keyOfEdit(task);
    const job = jobOfEdit(it, task);
    // Who is not bound any more may still say otherwise what waits for them.
    const waits = job?.telegram_id === it.person && job.state !== "done";
    if (!account && !waits) return ignore(it, NOT_BOUND);
    const isOwn = job !== undefined && (!account || isOf(job, account));
    // In a group only what its sender had saved there is followed.
    if (isGroup(it) && !(isOwn && job.telegram_id === it.person)) return ignore(it, NOT_ADDRESSED);
    if (job) {
      // Its memo is in an account that they have left.
      if (job.state === "done" && !isOwn) return ignore(it, OTHER_ACCOUNT);
      if (calls && job.reason === NOT_ADDRESSED) {
        transitions.albumWasAddressed(job);
        return takeEdit(it, job, of);
      }
      if (isOver(job)) return { job_id: job.id, dropsPayload: true };
      const pauseMs = live ? LIVE_PAUSE_MS : 0;
      // It takes its turn beside the lane: what was sent since need not wait for it. A place that was refused, or whose
      // memo was deleted, would be so again at every step; and what was given up for another account is not tried here.
      if (isOwn && !(live && isLeft(job)))
        transitions.reopen(job.id, { form: it.form, aside: true, pauseMs });
      return takeEdit(it, job, of);
    }
    // A command, or what came before its sender was known: an edit does not make it a memo.
    const other = findByKey(it, "command", String(of)) ?? findByKey(it, "stranger", String(of));
    if (other && isOffered(other, it)) return takeEdit(it, other, of);
    if (!account || other) return ignore(it, "edit_of_no_memo");
    return insertJob(it, { kind, message_id: of, job_key: key, ...heldBy({ ...it, account }) });
  }

  /**
   * Of a live location thousands of versions come. Those since the job was last done are kept, as a try may have
   * written any of them, and so is the newest before.
   */
  function takeEdit({ kind }: Incoming, { id, covered }: Job, messageId: number): Assignment {
    const older = and(
      eq(updates.job_id, id),
      eq(updates.message_id, messageId),
      eq(updates.kind, "edited_message"),
      eq(updates.payload_form, "plain"),
      lte(updates.seq, covered),
    );
    // Of one message they end in the date of the version.
    const newest = drizzle
      .select({ fingerprint: max(updates.fingerprint) })
      .from(updates)
      .where(older);
    if (kind === "edited_message") {
      drizzle
        .update(updates)
        .set({ payload: null, payload_form: "dropped" })
        .where(and(older, lt(updates.fingerprint, newest)))
        .run();
    }
    return { job_id: id, dropsPayload: false };
  }

  /** It is removed in any case; who is not let in is told as often as for everything else. */
  function removeToken(it: Arrival, refusal: string | null): Assignment {
    return insertJob(it, {
      kind: "leaked_token",
      ...(refusal !== null && !isGroup(it) && { reason: mayTell(it) ? refusal : TOLD }),
      // An edit that shows one is another task than the message was.
      ...(it.kind === "edited_message" && { job_key: `${jobKey(it)}:${it.update_id}` }),
    });
  }

  /** Somebody whose messages are not saved: told so as often as `mayTell` says, otherwise ignored. */
  function answerStranger(it: Arrival, reason: string): Assignment {
    const { task, sender } = it;
    // In a group they are told with the others.
    const told = isGroup(it) || task.kind === "press" || mayTell(it);
    // A command with a token in it is removed from the chat in any case.
    const removed = task.kind === "command" && it.secrets.length > 0;
    if (sender === null || !(told || removed))
      return insertJob(it, { kind: "stranger", ...ended(it, reason) });
    return insertJob(it, { kind: "stranger", reason: told ? reason : TOLD });
  }

  function mayTell({ sender, task }: Arrival): boolean {
    return sender !== null && admission.claimHint(sender.id, task.kind === "command" ? "command" : "message");
  }

  function ignore(it: Arrival, reason: string): Assignment {
    // Also where Telegram gave out the number before.
    return insertJob(it, {
      kind: "nothing",
      job_key: `${it.update_id}:${it.fingerprint}`,
      ...ended(it, reason),
    });
  }

  /** Nothing can be done with it but to look at it, and to discard it. */
  function keepUnread(it: Arrival): Assignment {
    const job_key = `${it.update_id}:${it.fingerprint}`;
    return insertJob(it, { kind: "nothing", job_key, queue: "none", state: "dead", reason: "unreadable" });
  }

  /** What a job of a message is made with: what holds now, holds for all its tries. */
  function heldBy({ form, account }: Bound) {
    const { account_key, tags, formatting, source_line, language } = account;
    const settings = { tags, formatting, source_line, language };
    return { queue: "messages" as const, account_key, settings, form };
  }

  /** All that is said to a person is in their language of now; all tries of a memo go by that of its first message. */
  function accountOf(telegram_id: number, spoken: string | null): Binding | undefined {
    const binding = statements.binding.get({ telegram_id });
    if (!binding) return undefined;
    const telegram_language = spoken ?? binding.telegram_language;
    if (telegram_language !== binding.telegram_language) {
      const isTheirs = eq(bindings.telegram_id, telegram_id);
      drizzle.update(bindings).set({ telegram_language }).where(isTheirs).run();
    }
    return { ...binding, language: binding.language ?? telegram_language ?? "en" };
  }

  function findByKey({ chat }: Arrival, kind: Job["kind"], key: string): Job | undefined {
    const isIt = and(eq(jobs.chat_key, chats.keyOf(chat)), eq(jobs.kind, kind), eq(jobs.job_key, key));
    return drizzle.select(jobColumns).from(jobs).where(isIt).get();
  }

  function insertJob(it: Arrival, values: Pick<NewJob, "kind"> & Partial<NewJob>): Assignment {
    const row = {
      job_key: jobKey(it),
      queue: "commands" as const,
      lane: it.account ? chats.laneOf(it.chat, it.person) : chats.homeOf(it.chat),
      chat_key: chats.keyOf(it.chat),
      message_id: it.message_id,
      telegram_id: it.sender?.id ?? null,
      state: "waiting" as const,
      created_at: it.now,
      ...values,
    };
    const made = transitions.create(row);
    if (made !== undefined) {
      const keep = it.task.kind === "nothing" && it.task.keep;
      return { job_id: made, dropsPayload: row.state === "done" && !keep };
    }
    // The same task under another update id: it has its job, and one is enough.
    const own = findByKey(it, row.kind, row.job_key);
    if (!own) throw new AppError("internal", `job ${row.kind} of update ${it.update_id} is missing`);
    return { job_id: own.id, dropsPayload: true };
  }
}

const keyOfEdit = ({ of, media_group_id }: TaskOf<"edit">) =>
  media_group_id === null
    ? ({ kind: "message", key: String(of) } as const)
    : ({ kind: "album", key: media_group_id } as const);

const jobKey = ({ message_id, update_id }: Incoming) => String(message_id ?? `update:${update_id}`);

/** Of a job of which nothing is to be done. */
const ended = ({ now }: Arrival, reason: string) =>
  ({ queue: "none", state: "done", outcome: "ignored", reason, done_at: now }) as const;

const isOver = ({ outcome }: Job) => outcome === "discarded" || outcome === "ignored";

/** A button saves it as a memo: as what it says by then. */
const isOffered = ({ reason, telegram_id }: Job, { sender, secrets }: Incoming) =>
  reason === UNKNOWN_COMMAND && telegram_id === sender?.id && secrets.length === 0;

/** Nothing more becomes of it until somebody presses a button. */
const isLeft = ({ state, reason }: Job) => state === "dead" || (state === "done" && reason === MEMO_DELETED);
