import { and, eq, lt, lte, max } from "drizzle-orm";
import { EDITED, type Incoming } from "../../domain/incoming.ts";
import { MEMO_DELETED, NOT_ADDRESSED, NOT_BOUND, OTHER_ACCOUNT, UNKNOWN_COMMAND } from "../../domain/job.ts";
import type { StoreContext } from "../db/database.ts";
import type { Job } from "../db/rows.ts";
import { updates } from "../db/schema.ts";
import { isGroup } from "../intake/chats.ts";
import { createMessageJobs, isOf } from "./message-jobs.ts";
import { type Arrival, type Assignment, isOver, type NewJobs, type TaskOf } from "./new-jobs.ts";
import type { Transitions } from "./transitions.ts";

/** A live location moves every few seconds: its memo follows at most this often. */
export const LIVE_PAUSE_MS = 60_000;

/** Within the caller's transaction: gives an edit to the job that its message has. */
export function createFollowEdit(
  context: StoreContext,
  { newJobs, transitions }: { readonly newJobs: NewJobs; readonly transitions: Transitions },
) {
  const { drizzle } = context.database;
  const messageJobs = createMessageJobs(context);

  /** An edit by which a message of a group calls the bot for the first time is as good as a new one. */
  function taskOf(it: Arrival): Incoming["task"] {
    const { task, person } = it;
    if (task.kind !== "edit" || !task.calls) return task;
    return jobOfEdit(it, task)?.telegram_id === person ? task : task.calls;
  }

  /** By its key where the message itself never came, but other parts of its album, or a tick in its checklist. */
  function jobOfEdit(it: Arrival, task: TaskOf<"edit">): Job | undefined {
    const { kind, key } = keyOfEdit(task);
    return messageJobs.of(it.chat, task.of, it.person) ?? newJobs.find(it, kind, key);
  }

  /** Whether the message that was edited became a memo of `it.person`, who has its chat. */
  const isEditOfTheirs = (it: Arrival, task: TaskOf<"edit">) =>
    jobOfEdit(it, task)?.telegram_id === it.person;

  /** A message says something else now. Its job takes that in, whatever has become of it by then. */
  function followEdit(it: Arrival, task: TaskOf<"edit">): Assignment {
    const { account } = it;
    const { of, live, calls } = task;
    const { kind, key } = keyOfEdit(task);
    const job = jobOfEdit(it, task);
    // Who is not bound any more may still edit what waits for them.
    const waits = job?.telegram_id === it.person && job.state !== "done";
    if (!account && !waits) return newJobs.ignore(it, NOT_BOUND);
    const isOwn = job !== undefined && (!account || isOf(job, account));
    // In a group only what its sender had saved there is followed.
    if (isGroup(it) && !(isOwn && job.telegram_id === it.person)) return newJobs.ignore(it, NOT_ADDRESSED);
    if (job) {
      // Its memo is in an account that they have left.
      if (job.state === "done" && !isOwn) return newJobs.ignore(it, OTHER_ACCOUNT);
      if (calls && job.reason === NOT_ADDRESSED) {
        transitions.albumWasAddressed(job);
        return takeEdit(it, job, of);
      }
      if (isOver(job)) return { job_id: job.id, dropsPayload: true };
      const pauseMs = live ? LIVE_PAUSE_MS : 0;
      // In a lane of its own: what was sent since need not wait for it. A live location that was given up, or whose memo
      // was deleted, is not tried again at every step; and what is of another account is not tried here.
      if (isOwn && !(live && isLeft(job))) transitions.reopen(job, { form: it.form, aside: true, pauseMs });
      return takeEdit(it, job, of);
    }
    // A command, or what came before its sender was known: an edit does not make it a memo.
    const other = newJobs.find(it, "command", String(of)) ?? newJobs.find(it, "stranger", String(of));
    if (other && isOffered(other, it)) return takeEdit(it, other, of);
    if (!account || other) return newJobs.ignore(it, "edit_of_no_memo");
    return newJobs.insert(it, { kind, message_id: of, job_key: key, ...newJobs.heldBy({ ...it, account }) });
  }

  /**
   * Of a live location thousands of versions come. Those since the job was last done are kept, as a try may have
   * written any of them, and so is the newest before.
   */
  function takeEdit({ kind }: Incoming, { id, covered }: Job, messageId: number): Assignment {
    const older = and(
      eq(updates.job_id, id),
      eq(updates.message_id, messageId),
      eq(updates.kind, kind),
      eq(updates.payload_form, "plain"),
      lte(updates.seq, covered),
    );
    // The fingerprints of one message end in the date of the version.
    const newest = drizzle
      .select({ fingerprint: max(updates.fingerprint) })
      .from(updates)
      .where(older);
    if (EDITED.includes(kind)) {
      drizzle
        .update(updates)
        .set({ payload: null, payload_form: "dropped" })
        .where(and(older, lt(updates.fingerprint, newest)))
        .run();
    }
    return { job_id: id, dropsPayload: false };
  }

  return { taskOf, isEditOfTheirs, followEdit };
}

const keyOfEdit = ({ of, media_group_id }: TaskOf<"edit">) =>
  media_group_id === null
    ? ({ kind: "message", key: String(of) } as const)
    : ({ kind: "album", key: media_group_id } as const);

/** Whether the bot has offered to save an unknown command as a memo, which will be what the command says by then. */
const isOffered = ({ reason, telegram_id }: Job, { sender, secrets }: Incoming) =>
  reason === UNKNOWN_COMMAND && telegram_id === sender?.id && secrets.length === 0;

/** Whether nothing more is done about a job until somebody presses a button. */
const isLeft = ({ state, reason }: Job) => state === "dead" || (state === "done" && reason === MEMO_DELETED);
