import { and, count, desc, eq, inArray, min, ne, sql } from "drizzle-orm";
import type { Next } from "../../base/lanes.ts";
import type { JobQueue, RequestedAction } from "../../domain/job.ts";
import type { Owed, Reservation } from "../../domain/outgoing.ts";
import type { StoreContext } from "../db/database.ts";
import { fact, setFact } from "../db/facts.ts";
import { cleanPayloads, openPlan, readPayload } from "../db/payloads.ts";
import {
  type AccountRef,
  isWaiting,
  type Job,
  jobColumns,
  jobsOfAccount,
  jobsOfBot,
  type Known,
} from "../db/rows.ts";
import { chats, jobs } from "../db/schema.ts";
import { type Outbox, owe } from "../outbox/outbox.ts";
import { createJobCounts } from "./job-counts.ts";
import type { MemoLink } from "./memo-links.ts";
import type { Done, Later, Transitions } from "./transitions.ts";

export type { Known };

/** A job at work. What comes of it is written only while it is: something else may have taken its place. */
export interface Lease {
  readonly job_id: number;
}

export type LeasedJob = ReturnType<Jobs["lease"]>;

/** What the work on a leased job takes in at most. */
export const newestOf = ({ updates }: Pick<LeasedJob, "updates">): number =>
  Math.max(0, ...updates.map(({ seq }) => seq));

export interface Finish extends Done {
  readonly links?: readonly MemoLink[];
  /** Messages that are owed now that it is done. */
  readonly owed?: readonly Owed[];
  /** True when nothing of what was sent needs to be kept. */
  readonly dropPayloads?: boolean;
  /** Working it once more finds all done: a power cut within a second may undo that it is. */
  readonly canBeRepeated?: boolean;
  /** The chat may be written to now: the confirmation among what is owed is sent, where nothing older is owed there. */
  readonly sendsTo?: Pick<Reservation, "chat_id" | "send">;
}

/** An album is complete when no part came for this long, … */
export const ALBUM_QUIET_MS = 1_500;
/** … or this long after its first part. */
export const ALBUM_LIMIT_MS = 10_000;

export type Jobs = ReturnType<typeof createJobs>;

export function createJobs(
  context: StoreContext,
  { outbox, transitions }: { outbox: Pick<Outbox, "oweAndTake">; transitions: Transitions },
) {
  const { database, encryption, clock, botId } = context;
  const { drizzle, statements } = database;
  let mayCloseAlbums = false;

  const opened = (job: Job): Job =>
    job.old_plan === null ? job : { ...job, old_plan: openPlan(encryption, job.old_plan) };

  /** When an album that collects its parts is taken for complete. */
  function closesInMs({ created_at, last_part_at }: { created_at: number; last_part_at: number | null }) {
    const closesAt = Math.min((last_part_at ?? created_at) + ALBUM_QUIET_MS, created_at + ALBUM_LIMIT_MS);
    const inMs = closesAt - clock.now();
    // Longer than that it cannot be, unless the clock was set back since.
    return inMs > ALBUM_QUIET_MS ? 0 : inMs;
  }

  /** Writes what came of a job, unless it is not at work any more. One whose transaction failed still is. */
  function end<T>(
    { job_id }: Lease,
    level: "durable" | "lazy",
    write: () => T extends Promise<unknown> ? never : T,
  ): T | undefined {
    if (!transitions.isAtWork(job_id)) return undefined;
    const written = database[level](write);
    transitions.endWork(job_id);
    return written;
  }

  /** Within the caller's transaction. */
  const oweFor = ({ job_id }: Lease, owed: readonly Owed[] = []) => owe(context, owed, job_id);

  const clean = ({ job_id }: Lease, drop = false) => cleanPayloads(context, job_id, drop);

  return {
    /** The lanes of a queue that have something waiting. */
    lanes: (queue: JobQueue): number[] =>
      drizzle
        .selectDistinct({ lane: jobs.lane })
        .from(jobs)
        .where(and(jobsOfBot(botId), eq(jobs.queue, queue), isWaiting))
        .all()
        .map(({ lane }) => lane),

    /** The job that has its turn in a lane in which none is at work. One whose work did not come to an end has it again. */
    next(queue: JobQueue, lane: number): Next<Job> {
      const found = statements.next.get({ queue, lane });
      if (!found) return undefined;
      const { last_part_at, ...job } = found;
      const isCollecting = job.waiting_for === "album";
      // Who lets them close rings all lanes.
      if (isCollecting && !mayCloseAlbums) return undefined;
      const inMs = Math.max(transitions.restMs(job.id), isCollecting ? closesInMs(found) : 0);
      return inMs > 0 ? { inMs } : { item: job };
    },

    /**
     * Begins the work on what `next` gave, with its updates as Telegram sent them, in message order; without those that
     * said nothing to be kept, or were dropped.
     */
    lease(job: Job) {
      const lease = { job_id: job.id };
      const updates = statements.updatesOf.all(lease).flatMap(({ payload, payload_form, ...row }) => {
        const update = readPayload(encryption, payload, payload_form);
        return update === null ? [] : [{ ...row, update }];
      });
      return { lease, job: opened(job), updates, ...transitions.beginWork(job.id) };
    },

    /** The jobs that are at work now. */
    atWork: transitions.atWork,

    /** Synced: the next call depends on it. @throws when the job is not at work any more. */
    note: ({ job_id }: Lease, known: Partial<Known>): void =>
      database.durable(() => transitions.note(job_id, known)),

    /** The memo is this job's from now on; false where another one of its server has it. */
    claim: ({ job_id }: Lease, { memo_name, server }: { memo_name: string; server: string }): boolean =>
      database.lazy(() => {
        const holders = statements.holdersOf.all({ memo_name });
        if (holders.some((other) => other.job_id !== job_id && other.server === server)) return false;
        transitions.note(job_id, { memo_name });
        return true;
      }),

    /** `lost` or false when it is not at work any more, so that the result is dropped. The same for all below. */
    finish(lease: Lease, result: Finish): "done" | "again" | "lost" {
      const { sendsTo, dropPayloads = false, owed = [] } = result;
      const isLazy = result.canBeRepeated === true && sendsTo === undefined;
      const ended = end(lease, isLazy ? "lazy" : "durable", () => {
        const done = transitions.finish(lease.job_id, result, sendsTo?.chat_id);
        if (!done) transitions.requeue(lease.job_id, result);
        for (const link of result.links ?? []) statements.saveLink.run({ ...link, ...lease, bot_id: botId });
        const takes = sendsTo !== undefined && done?.owes === 0;
        const sending = takes ? outbox.oweAndTake(lease.job_id, owed) : undefined;
        if (!takes) oweFor(lease, owed);
        if (done?.sealed || (done && dropPayloads)) clean(lease, dropPayloads);
        return { state: done ? ("done" as const) : ("again" as const), sending };
      });
      if (!ended) return "lost";
      if (ended.sending) sendsTo?.send(ended.sending);
      if (isLazy) database.syncSoon();
      return ended.state;
    },

    putOff: (lease: Lease, later: Later): boolean =>
      // Undone, it is tried at the next start, as all that waits. What somebody is told is not undone.
      end(lease, later.owed ? "durable" : "lazy", () => {
        transitions.putOff(lease.job_id, later);
        oweFor(lease, later.owed);
        return true;
      }) ?? false,

    /** Back to its place, as if it had not been leased. */
    handBack: (lease: Lease): boolean =>
      end(lease, "lazy", () => transitions.handBack(lease.job_id)) !== undefined,

    /**
     * Tried no more. `covered` as in `Finish`: with a newer update there by now, which may mend what was wrong, it is not
     * dead, and nothing is owed. `forgetSecrets`: what it came from keeps no token either.
     */
    bury(
      lease: Lease,
      why: Pick<Later, "reason" | "detail" | "untouched" | "owed"> & {
        readonly covered?: number;
        readonly forgetSecrets?: boolean;
      },
    ): "dead" | "again" | "lost" {
      const buried = end(lease, "durable", (): "dead" | "again" => {
        const { covered = Number.MAX_SAFE_INTEGER } = why;
        if (statements.updatesOf.all({ ...lease }).some(({ seq }) => seq > covered)) {
          transitions.requeue(lease.job_id, {}, { keepsAction: true, untouched: why.untouched ?? false });
          return "again";
        }
        transitions.bury(lease.job_id, why);
        oweFor(lease, why.owed);
        if (why.forgetSecrets) clean(lease);
        return "dead";
      });
      return buried ?? "lost";
    },

    /**
     * Dead jobs are tried again: each for the account that its sender is bound to today, unless something of it may be in
     * the one that it was sent for. `action`: its person asked for that by a button. Returns how many were dead.
     */
    replay: (jobIds: readonly number[], action?: RequestedAction): number =>
      transitions.replay(inArray(jobs.id, jobIds), action),

    /**
     * A person asked for it by a button: a job whose memo was saved, under this name, takes that up. `settled`: it was
     * not saved, waits, or has another memo by now. `gone`: its messages are not kept any more.
     */
    requestAction: (jobId: number, action: RequestedAction, memoName: string): "asked" | "settled" | "gone" =>
      database.durable(() => {
        if (transitions.requestAction(jobId, action, memoName)) return "asked";
        return statements.updatesOf.get({ job_id: jobId }) ? "settled" : "gone";
      }),

    /** A person gave up on dead jobs. Returns how many were dead. */
    discard: (jobIds: readonly number[], by: string): number =>
      database.durable(() => {
        const discarded = transitions.discard(inArray(jobs.id, jobIds), by);
        for (const job_id of discarded) clean({ job_id });
        return discarded.length;
      }),

    /** Gives the waiting jobs of a person's account their turn again; returns how many. */
    release: transitions.release,

    /** Called once it is known that no more parts wait at Telegram. False where they may close already. */
    letAlbumsClose(): boolean {
      const couldBefore = mayCloseAlbums;
      mayCloseAlbums = true;
      return !couldBefore;
    },

    /** After a start: those that wait for a binding are looked at once more. */
    recover: transitions.recover,

    /** At a start of another version than before: requeues what the last one did not understand. Undefined while it is the same. */
    noteVersion: (version: string): { before: string | undefined; requeued: number } | undefined =>
      database.durable(() => {
        const name = `version:${botId}`;
        const before = fact(drizzle, name);
        if (before === version) return undefined;
        setFact(drizzle, name, version);
        return { before, requeued: transitions.tryUnknown() };
      }),

    get: (jobId: number): Job | undefined =>
      drizzle.select(jobColumns).from(jobs).where(eq(jobs.id, jobId)).get(),

    /** Whether a person has written in their own chat, as far as that is still kept. */
    hasHeardFrom: (telegramId: number): boolean =>
      drizzle
        .select({ id: jobs.id })
        .from(jobs)
        .innerJoin(chats, eq(chats.id, jobs.chat_key))
        .where(and(eq(chats.bot_id, botId), eq(chats.chat_id, telegramId)))
        .limit(1)
        .get() !== undefined,

    /** Messages of a person that are not done; for one of the accounts they have been bound to, or for all. */
    unfinishedOf: (telegramId: number, account?: AccountRef): number =>
      drizzle
        .select({ count: count() })
        .from(jobs)
        .where(
          and(
            jobsOfBot(botId),
            eq(jobs.queue, "messages"),
            eq(jobs.telegram_id, telegramId),
            account && jobsOfAccount(drizzle, account),
            isWaiting,
          ),
        )
        .get()?.count ?? 0,

    counts: createJobCounts(database, botId, transitions.atWork),

    oldestWaitingAt: (): number | null =>
      drizzle
        .select({ at: min(jobs.created_at) })
        .from(jobs)
        .where(and(jobsOfBot(botId), isWaiting, ne(jobs.queue, "none")))
        .get()?.at ?? null,

    lastSavedAt: (): number | null =>
      drizzle
        .select({ at: jobs.done_at })
        .from(jobs)
        .where(and(jobsOfBot(botId), sql`state = 'done'`, eq(jobs.outcome, "saved")))
        .orderBy(desc(jobs.done_at))
        .limit(1)
        .get()?.at ?? null,
  };
}
