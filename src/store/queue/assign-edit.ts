import { and, eq, lte, ne } from "drizzle-orm";
import type { Incoming } from "../../domain/incoming.ts";
import { type JobKind, MEMO_DELETED, NOT_ADDRESSED } from "../../domain/job.ts";
import type { Form, MemoSettings } from "../../domain/saved.ts";
import type { Drizzle } from "../db/database.ts";
import { type AccountRef, type Job, jobColumns } from "../db/rows.ts";
import { jobs, updates } from "../db/schema.ts";
import { type Chats, isGroup } from "../intake/chats.ts";
import { isOf, type MessageJobs, UNKNOWN_COMMAND } from "./message-jobs.ts";
import type { NewJob, Transitions } from "./transitions.ts";

/** A live location moves every few seconds: its memo follows at most this often. */
export const LIVE_PAUSE_MS = 60_000;

/** The account that a message is saved to, with what its person has chosen. */
export type Account = AccountRef & MemoSettings & { readonly account_key: number };

/** The job that an update belongs to. */
export interface Place {
  readonly job_id: number;
  /** True when there is nothing to be done with the update, now or by a later version. */
  readonly idle: boolean;
}

/** What is not the same for every job of an update. */
export type OwnValues = Pick<NewJob, "kind" | "queue"> & Partial<NewJob>;

/** What placing has for all kinds of updates. */
export interface PlacingTools {
  readonly drizzle: Drizzle;
  readonly chats: Pick<Chats, "keyOf">;
  readonly messageJobs: MessageJobs;
  readonly transitions: Transitions;
  /** What a message of now is saved by. */
  bindingOf(incoming: Incoming): Account | undefined;
  readonly formNow: () => Form | null;
  jobNamed(kind: JobKind, key: string, incoming: Incoming): Job | undefined;
  /** What a job of a message is made with. */
  heldBy(account: Account): Pick<NewJob, "account_key" | "settings" | "form">;
  insert(incoming: Incoming, now: number, values: OwnValues): Place;
  ignored(incoming: Incoming, now: number, reason: string): Place;
}

/**
 * Within the caller's transaction: a message says something else now. Its job takes that in, whatever has become of it
 * by then.
 */
export type PlaceEdit = (
  incoming: Incoming,
  edit: {
    readonly of: number;
    readonly live: boolean;
    readonly media_group_id: string | null;
    readonly refusal: string | null;
    readonly now: number;
  },
) => Place;

export function createAssignEdit(tools: PlacingTools): PlaceEdit {
  const { drizzle, chats, messageJobs, transitions, bindingOf, formNow, heldBy, jobNamed, insert, ignored } =
    tools;

  return (incoming, { of, live, media_group_id, refusal, now }) => {
    const ignore = (reason: string) => ignored(incoming, now, reason);
    if (refusal !== null) return ignore(refusal);
    const binding = bindingOf(incoming);
    const kind = media_group_id === null ? "message" : "album";
    const key = media_group_id ?? String(of);
    // An album whose other parts came, or a checklist of which only a tick came, knows it by its key alone.
    const chatId = incoming.chat_id ?? 0;
    const telegramId = incoming.sender?.id ?? 0;
    const job =
      messageJobs.captureOf(chatId, of, telegramId) ??
      messageJobs.of(chatId, of) ??
      jobNamed(kind, key, incoming);
    // Who is not bound any more may still say otherwise what waits for them.
    const waits = job?.telegram_id === telegramId && job.state !== "done";
    if (!binding && !waits) return ignore("not_bound");
    const isOwn = job !== undefined && (!binding || isOf(job, binding));
    // In a group only what its sender had saved there is followed.
    if (isGroup(incoming) && !(isOwn && job.telegram_id === telegramId)) return ignore(NOT_ADDRESSED);
    if (job) {
      // Its memo is in an account that they have left.
      if (job.state === "done" && !isOwn) return ignore("other_account");
      if (job.outcome === "discarded" || job.outcome === "ignored") return { job_id: job.id, idle: true };
      const nextMove = live && job.done_at !== null ? job.done_at + LIVE_PAUSE_MS - now : 0;
      // Longer than that only where the clock was set back since.
      const pauseMs = Math.min(Math.max(0, nextMove), LIVE_PAUSE_MS);
      // It takes its turn beside the lane: what was sent since need not wait for it. A place that was refused, or whose
      // memo was deleted, would be so again at every step; and what was given up for another account is not tried here.
      if (isOwn && !(live && isLeft(job)))
        transitions.reopen(job.id, { form: formNow(), aside: true, pauseMs });
      dropCovered(job, incoming, of);
      return { job_id: job.id, idle: false };
    }
    const said = noMessage(incoming, of);
    if (said && isOffered(said, incoming)) {
      dropCovered(said, incoming, of);
      return { job_id: said.id, idle: false };
    }
    if (!binding || said) return ignore("edit_of_no_memo");
    return insert(incoming, now, {
      kind,
      queue: "messages",
      message_id: of,
      job_key: key,
      ...heldBy(binding),
    });
  };

  /** It was a command, or its sender was not known then: an edit does not make it a memo. */
  function noMessage(incoming: Incoming, messageId: number): Job | undefined {
    // Of a command its job is kept for longer than its update.
    return (
      drizzle
        .select(jobColumns)
        .from(updates)
        .innerJoin(jobs, eq(updates.job_id, jobs.id))
        .where(
          and(
            eq(updates.chat_key, chats.keyOf(incoming.chat_id ?? 0)),
            eq(updates.message_id, messageId),
            // Whoever takes an access token out of a message wants the rest to be saved.
            ne(jobs.kind, "leaked_token"),
          ),
        )
        .get() ?? jobNamed("command", String(messageId), incoming)
    );
  }

  /**
   * A live location has thousands of versions. Those that came since the job was last done are kept, as a try may have
   * written any of them, and so is the newest before.
   */
  function dropCovered({ id, covered }: Job, { kind }: Incoming, messageId: number): void {
    if (kind !== "edited_message") return;
    const older = drizzle
      .select({ seq: updates.seq, fingerprint: updates.fingerprint })
      .from(updates)
      .where(
        and(
          eq(updates.job_id, id),
          eq(updates.message_id, messageId),
          eq(updates.kind, "edited_message"),
          eq(updates.payload_form, "plain"),
          lte(updates.seq, covered),
        ),
      )
      .all()
      .toSorted((a, b) => dateIn(a.fingerprint) - dateIn(b.fingerprint) || a.seq - b.seq);
    for (const { seq } of older.slice(0, -1)) {
      drizzle
        .update(updates)
        .set({ payload: null, payload_form: "dropped" })
        .where(eq(updates.seq, seq))
        .run();
    }
  }
}

/** A button saves it as a memo: as what it says by then. */
const isOffered = ({ reason, telegram_id }: Job, { sender, secrets }: Incoming) =>
  reason === UNKNOWN_COMMAND && telegram_id === sender?.id && secrets.length === 0;

/** Nothing more becomes of it until somebody presses a button. */
const isLeft = ({ state, reason }: Job) => state === "dead" || (state === "done" && reason === MEMO_DELETED);

/** A fingerprint ends in the date of its version. */
const dateIn = (fingerprint: string) => Number(fingerprint.slice(fingerprint.lastIndexOf("/") + 1)) || 0;
