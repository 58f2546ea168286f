import { and, eq, sql } from "drizzle-orm";
import { AppError } from "../../base/errors.ts";
import type { Next } from "../../base/lanes.ts";
import type { JobOutcome, JobQueue, WaitingFor } from "../../domain/job.ts";
import type { Owed, Reservation } from "../../domain/outgoing.ts";
import type { Tried, Written } from "../../domain/saved.ts";
import type { StoreContext } from "../db/database.ts";
import { asJson, cleanPayloads, openPlan, readPayload } from "../db/payloads.ts";
import { isWaiting, type Job, type Known, onlyJobsOfBot } from "../db/rows.ts";
import { jobs, updates } from "../db/schema.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { owe } from "../outbox/owe.ts";
import { createJobQuestions } from "./job-questions.ts";
import { ANEW, ownLane, type Transitions } from "./transitions.ts";

export type { Known };

/** A job at work. What comes of it is written only while it is: something else may have taken its place. */
export interface Lease {
  readonly job_id: number;
  /** When the first of the tries in a row began that came to nothing, or else this one, by the monotonic clock. */
  readonly failingSince: number;
  /** When this one began. */
  readonly begunAt: number;
  readonly job: Pick<Job, "queue" | "kind" | "created_at" | "covered" | "parent_name">;
}

/** What came of a try. */
export interface Attempt extends Pick<Lease, "job"> {
  /** How the job is done, that it is dead, or what it waits for: `again` is what came meanwhile. */
  readonly result: JobOutcome | WaitingFor | "dead" | "again" | "handed_back";
  /** A code; empty where there is none. */
  readonly reason: string;
  /** Since it came in; null where this try did not save it for the first time. */
  readonly savedAfterMs: number | null;
}

export type LeasedJob = ReturnType<Jobs["lease"]>;

/** What the work on a leased job takes in at most. */
export const newestOf = ({ updates }: Pick<LeasedJob, "updates">): number =>
  Math.max(0, ...updates.map(({ seq }) => seq));

/** What the log calls it by; `update_id` is the one of the API, of the newest of its updates. */
export const idsOf = ({ job, updates }: Pick<LeasedJob, "job" | "updates">) => ({
  job_id: job.id,
  update_id: updates.at(-1)?.update_id,
  chat_id: job.chat_id,
});

/** What came of a job. What is not given stays as it is. */
export interface Finish {
  readonly outcome: JobOutcome;
  readonly reason?: string | undefined;
  readonly detail?: string | undefined;
  readonly memo_name?: string | undefined;
  readonly written?: Written | undefined;
  /** What later tries have to know; nothing where it is not given. */
  readonly tried?: Tried | undefined;
  /** The newest update that the work took in. With a newer one there by now, an edit or a late part, the job is not done. */
  readonly covered?: number | undefined;
  /** The memo that its own stands under, where that is a comment. */
  readonly parent_name?: string | null | undefined;
  /** The messages that are in the memo. */
  readonly links?: readonly { readonly chat_id: number; readonly message_id: number }[];
  /** Messages that are owed now that it is done. */
  readonly owed?: readonly Owed[];
  /** True when nothing of what was sent needs to be kept. */
  readonly dropPayloads?: boolean;
  /** The chat may be written to now: the confirmation among what is owed is sent, where nothing older is owed there. */
  readonly sendsTo?: Pick<Reservation, "chat_id" | "send">;
  /** Something of it is still to be had: it is tried again for that. */
  readonly rest?: Pick<Later, "waiting_for" | "reason" | "pauseMs" | "attempt"> | undefined;
}

/** Why a job is not done, and what is to be said of that. */
interface Trouble {
  readonly reason: string;
  readonly detail: string;
  readonly owed?: readonly Owed[];
  /** True when no call was made for it, so that nothing of it can be in Memos. */
  readonly untouched?: boolean;
}

export interface Later extends Trouble {
  readonly waiting_for: WaitingFor;
  /** Not to be tried before so much time has passed, or the process has started anew. */
  readonly pauseMs?: number;
  /** True when it no longer holds back its lane, but goes on in one of its own. */
  readonly aside?: boolean;
  /** True when the try counts. */
  readonly attempt?: boolean;
  /** What later tries have to know, as it is told. */
  readonly tried?: Tried;
}

/** An album is complete when no part came for this long, … */
export const ALBUM_QUIET_MS = 1_500;
/** … or this long after its first part. */
export const ALBUM_LIMIT_MS = 10_000;
/** What is waited for without spending an attempt, and longer each time. */
const SERVERS: readonly WaitingFor[] = ["memos", "telegram", "disk"];

/** What comes of a command or a press is what somebody waits for. */
const isAsked = ({ job }: Lease) => job.queue === "commands";

export type Jobs = ReturnType<typeof createJobs>;

/** The work on jobs, with what is asked about them. */
export function createJobs(
  context: StoreContext,
  deps: {
    outbox: Pick<Outbox, "oweAndTake">;
    transitions: Transitions;
    attempted: (attempt: Attempt) => void;
  },
) {
  const { outbox, transitions } = deps;
  const { database, encryption, clock, botId } = context;
  const { drizzle, statements } = database;
  const { atWork, fresh, pauses, rest, change } = transitions;
  const startedAt = clock.monotonic();

  /** When an album that collects its parts is taken for complete. Telegram may hold some that came before the start. */
  function closesInMs({ id, created_at, last_part_at }: Job & { last_part_at: number | null }) {
    if (!fresh.has(id)) return startedAt + ALBUM_LIMIT_MS - clock.monotonic();
    const closesAt = Math.min((last_part_at ?? created_at) + ALBUM_QUIET_MS, created_at + ALBUM_LIMIT_MS);
    const inMs = closesAt - clock.now();
    // Longer than that it cannot be, unless the clock was set back since.
    return inMs > ALBUM_QUIET_MS ? 0 : inMs;
  }

  /** Writes what came of a job, unless it is not at work any more. One whose transaction failed still is. */
  function end<T>(
    { job_id }: Lease,
    level: "durable" | "lazy" | "batched",
    write: () => T extends Promise<unknown> ? never : T,
  ): T | undefined {
    if (!atWork.has(job_id)) return undefined;
    const written = database[level](write);
    atWork.delete(job_id);
    return written;
  }

  /** Whether an update came that the work did not take in. */
  const isNewer = (job_id: number, covered: number) =>
    statements.updatesOf.all({ job_id }).some(({ seq }) => seq > covered);

  function attempted({ job }: Lease, result: Attempt["result"], reason = "", isSaved = false): void {
    const isFirst = isSaved && job.covered === 0;
    const savedAfterMs = isFirst ? Math.max(0, clock.now() - job.created_at) : null;
    deps.attempted({ job, result, reason, savedAfterMs });
  }

  const waits = (jobId: number) => and(eq(jobs.id, jobId), isWaiting);
  /** Something of it may be in Memos from now on. */
  const begun = ({ untouched = false }: Partial<Trouble> = {}) =>
    untouched ? {} : { began_at: sql`coalesce(${jobs.began_at}, ${clock.now()})` };

  /** How it waits. A try that counts is no snooze. Memos being away is no trouble of the job. */
  function put({ job_id, failingSince }: Lease, later: Omit<Later, "detail">, isDueAtOnce = false) {
    const { waiting_for, reason, attempt = false, aside, pauseMs = 0 } = later;
    const snoozes = (pauses.get(job_id)?.snoozes ?? 0) + (SERVERS.includes(waiting_for) ? 1 : 0);
    const isAway = waiting_for === "memos" && pauseMs === 0;
    return {
      columns: {
        waiting_for,
        reason,
        ...(attempt && {
          attempts: sql`${jobs.attempts} + 1`,
          first_failed_at: sql`coalesce(${jobs.first_failed_at}, ${clock.now()})`,
        }),
        ...(aside && { lane: ownLane }),
      },
      rest: () =>
        rest(job_id, isDueAtOnce ? 0 : pauseMs, attempt ? 0 : snoozes, isAway ? undefined : failingSince),
    };
  }

  /** What the next call for a job at work depends on. */
  function note({ job_id }: Lease, known: Partial<Known>): void {
    if (!atWork.has(job_id)) throw new AppError("internal", `job ${job_id} is not at work any more`);
    drizzle.update(jobs).set(known).where(eq(jobs.id, job_id)).run();
  }

  return {
    /** The lanes of a queue that have something waiting. */
    lanes: (queue: JobQueue): number[] =>
      drizzle
        .selectDistinct({ lane: jobs.lane })
        .from(jobs)
        .where(and(onlyJobsOfBot(drizzle, botId), eq(jobs.queue, queue), isWaiting))
        .all()
        .map(({ lane }) => lane),

    /** The job that has its turn in a lane in which none is at work. One whose work did not come to an end has it again. */
    next(queue: JobQueue, lane: number): Next<Job> {
      const found = statements.next.get({ queue, lane });
      if (!found) return undefined;
      const { last_part_at, ...job } = found;
      const restMs = (pauses.get(job.id)?.restsUntil ?? 0) - clock.monotonic();
      const inMs = Math.max(restMs, job.waiting_for === "album" ? closesInMs(found) : 0);
      return inMs > 0 ? { inMs } : { item: job };
    },

    /**
     * Begins the work on what `next` gave, with its updates as Telegram sent them, in message order; without those that
     * said nothing to be kept, or were dropped. `fresh`: it came in this run and was never tried, so that nothing of it can
     * be in Memos. `snoozes`: how often in a row it waited for a server.
     */
    lease(job: Job) {
      const { id: job_id, old_plan } = job;
      const updates = statements.updatesOf.all({ job_id }).flatMap(({ payload, payload_form, ...row }) => {
        const update = readPayload(encryption, payload, payload_form);
        return update === null ? [] : [{ ...row, update }];
      });
      atWork.add(job_id);
      const begunAt = clock.monotonic();
      return {
        lease: { job_id, job, begunAt, failingSince: pauses.get(job_id)?.failingSince ?? begunAt },
        job: old_plan === null ? job : { ...job, old_plan: openPlan(encryption, old_plan) },
        updates,
        fresh: fresh.delete(job_id),
        snoozes: pauses.get(job_id)?.snoozes ?? 0,
      };
    },

    /** The jobs that are at work now. */
    atWork: (): ReadonlySet<number> => atWork,

    /** Synced: the next call depends on it. @throws when the job is not at work any more. */
    note: (lease: Lease, known: Partial<Known>): void => database.durable(() => note(lease, known)),

    /** The memo is this job's from now on; false where another one of its server has it. */
    claim: (lease: Lease, { memo_name, server }: { memo_name: string; server: string }): boolean =>
      database.lazy(() => {
        const holders = statements.holdersOf.all({ memo_name });
        if (holders.some((other) => other.job_id !== lease.job_id && other.server === server)) return false;
        note(lease, { memo_name });
        return true;
      }),

    /** Undefined when it is not at work any more, so that the result is dropped. The same for all below. */
    finish(lease: Lease, result: Finish): "done" | "again" | undefined {
      const { job_id } = lease;
      const { outcome, reason, detail, memo_name, parent_name, written, tried, covered } = result;
      const { links = [], owed = [], dropPayloads = false, sendsTo } = result;
      const newest = covered ?? Number.MAX_SAFE_INTEGER;
      const later = result.rest && put(lease, { ...result.rest, aside: true }, isNewer(job_id, newest));
      // A power cut may undo it: worked once more, a message finds all done.
      const isLazy = covered !== undefined && sendsTo === undefined;
      const ended = end(lease, isLazy ? "batched" : "durable", () => {
        const done = later
          ? undefined
          : statements.finish.get({
              job_id,
              outcome,
              reason: reason ?? null,
              detail: detail || null,
              memo_name: memo_name ?? null,
              parent_name: parent_name === undefined ? lease.job.parent_name : parent_name,
              written: asJson(written),
              tried: asJson(tried),
              covered: covered ?? 0,
              newest,
              done_at: clock.now(),
              bot_id: botId,
              chat_id: sendsTo?.chat_id ?? null,
            });
        if (done) pauses.delete(job_id);
        else {
          // What came meanwhile is tried anew, but what was asked for was carried out: twice would be two memos.
          const isTaken = covered !== undefined && (written ?? later) !== undefined;
          const taken = isTaken && { written, tried: tried ?? null, covered };
          const why = { reason: reason ?? result.rest?.reason, detail: detail || null };
          const again = later ? { ...later.columns, ...why } : ANEW;
          change(
            { ...again, ...begun(), requested_action: null, memo_name, parent_name, ...taken },
            waits(job_id),
          );
          later?.rest();
        }
        for (const link of links) {
          statements.saveLink.run({ ...link, job_id, bot_id: botId, confirmation: false });
        }
        const takes = sendsTo !== undefined && done?.owes === 0;
        const sending = takes ? outbox.oweAndTake({ id: job_id, ...done }, owed) : undefined;
        if (!takes) owe(context, owed, job_id, isAsked(lease));
        if (done?.sealed || (done && dropPayloads)) cleanPayloads(context, job_id, dropPayloads);
        return { state: done ? ("done" as const) : ("again" as const), sending };
      });
      if (!ended) return undefined;
      if (ended.sending) sendsTo?.send(ended.sending);
      if (isLazy) database.syncSoon();
      const came = ended.state === "done" ? outcome : (result.rest?.waiting_for ?? "again");
      attempted(lease, came, reason ?? result.rest?.reason, outcome === "saved");
      return ended.state;
    },

    putOff(lease: Lease, later: Later): void {
      // Undone, it is tried at the next start, as all that waits. What somebody is told is not undone.
      const ended = end(lease, later.owed ? "durable" : "lazy", () => {
        const { detail, owed, tried } = later;
        const { columns, rest } = put(lease, later);
        change({ ...columns, detail, ...begun(later), ...(tried && { tried }) }, waits(lease.job_id));
        rest();
        owe(context, owed ?? [], lease.job_id, isAsked(lease));
        return true;
      });
      if (ended) attempted(lease, later.waiting_for, later.reason);
    },

    /** It is done, and nothing of it is kept: it could not come again. */
    forget(lease: Lease): void {
      const { job_id } = lease;
      const ended = end(lease, "lazy", () => {
        cleanPayloads(context, job_id, true);
        drizzle.delete(updates).where(eq(updates.job_id, job_id)).run();
        drizzle.delete(jobs).where(eq(jobs.id, job_id)).run();
        return true;
      });
      if (ended) attempted(lease, "handled");
    },

    /** Back to its place: no attempt is spent, but the work may have begun. */
    handBack(lease: Lease): void {
      const ended = end(lease, "lazy", () => change({ waiting_for: null, ...begun() }, waits(lease.job_id)));
      if (ended) attempted(lease, "handed_back");
    },

    /**
     * Tried no more by itself. `covered` as in `Finish`: with a newer update there by now, which may mend what was wrong,
     * it is not dead, and nothing is owed. `forgetSecrets`: what it came from keeps no token either.
     */
    bury(
      lease: Lease,
      why: Trouble & { readonly covered?: number; readonly forgetSecrets?: boolean },
    ): "dead" | "again" | undefined {
      const { reason, detail, owed = [], covered = Number.MAX_SAFE_INTEGER, forgetSecrets = false } = why;
      const { job_id } = lease;
      const ended = end(lease, "durable", (): "dead" | "again" => {
        const again = isNewer(job_id, covered);
        const dead = { state: "dead", waiting_for: null, reason, detail, done_at: null } as const;
        change({ ...(again ? ANEW : dead), ...begun(why) }, waits(job_id));
        if (again) return "again";
        owe(context, owed, job_id, isAsked(lease));
        if (forgetSecrets) cleanPayloads(context, job_id);
        return "dead";
      });
      if (ended) attempted(lease, ended, reason);
      return ended;
    },

    release: transitions.release,
    wake: transitions.wake,
    recover: transitions.recover,
    requestAction: transitions.requestAction,
    noteVersion: transitions.noteVersion,
    replaceTokens: transitions.replaceTokens,

    ...createJobQuestions(context, atWork),
  };
}
