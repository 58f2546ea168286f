import { and, count, desc, eq, min, ne, sql } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import type { Next } from "../../base/lanes.ts";
import type { JobQueue, RequestedAction } from "../../domain/job.ts";
import type { Owed, Reservation } from "../../domain/outgoing.ts";
import type { TelegramUpdate } from "../../domain/telegram.ts";
import type { Database } from "../db/database.ts";
import type { Encryption } from "../db/encryption.ts";
import { cleanPayloads, openPlan, readPayload } from "../db/payloads.ts";
import { type AccountRef, jobColumns, jobsOfAccount, jobsOfBot } from "../db/rows.ts";
import { chats, jobs } from "../db/schema.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { owe } from "../outbox/owe.ts";
import { createJobCounts, type JobCounts } from "./job-counts.ts";
import { type MemoLink, saveLinks } from "./memo-links.ts";
import {
  type Done,
  isUnfinished,
  type Job,
  type Known,
  type Later,
  type Lease,
  type Transitions,
} from "./transitions.ts";

export interface JobUpdate {
  readonly seq: number;
  readonly message_id: number | null;
  readonly received_at: number;
  /** The update as Telegram sent it. */
  readonly update: TelegramUpdate;
}

export interface LeasedJob {
  readonly lease: Lease;
  readonly job: Job;
  /** How often in a row it waited for a server. */
  readonly snoozes: number;
  /** It came in this run and was never tried: nothing of it can be in Memos. */
  readonly fresh: boolean;
  /** In message order; without those that said nothing to be kept, or were dropped. */
  readonly updates: readonly JobUpdate[];
}

/** What the work on a leased job takes in at most. */
export const newestOf = ({ updates }: Pick<LeasedJob, "updates">): number =>
  Math.max(0, ...updates.map(({ seq }) => seq));

export type { Known };

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

export interface PutOff extends Later {
  /** What is to be said of that. */
  readonly owed?: readonly Owed[];
}

/** `settled`: it was not saved, waits, or has another memo by now. `gone`: its messages are not kept any more. */
export type Asked = "asked" | "settled" | "gone";

/** An album is complete when no part came for this long, … */
export const ALBUM_QUIET_MS = 1_500;
/** … or this long after its first part. */
export const ALBUM_LIMIT_MS = 10_000;

export interface Jobs {
  /** The lanes of a queue that have something waiting. */
  lanes(queue: JobQueue): number[];
  /** The job that has its turn in a lane in which none is at work. One whose work did not come to an end has it again. */
  next(queue: JobQueue, lane: number): Next<number>;
  lease(jobId: number): LeasedJob;
  /** Synced: the next call depends on it. @throws when the job is not at work any more. */
  note(lease: Lease, known: Partial<Known>): void;
  /** The memo is this job's from now on; false where another one of its server has it. */
  claim(lease: Lease, memo: { memo_name: string; server: string }): boolean;
  /** `lost` or false when it is not at work any more, so that the result is to be dropped. The same for all below. */
  finish(lease: Lease, result: Finish): "done" | "again" | "lost";
  putOff(lease: Lease, later: PutOff): boolean;
  /** Back to its place, as if it had not been leased. */
  handBack(lease: Lease): boolean;
  /**
   * Tried no more. `covered` as in `Finish`: with a newer update there by now, which may mend what was wrong, it is not
   * dead, and nothing is owed. `forgetSecrets`: what it came from keeps no token either.
   */
  bury(
    lease: Lease,
    why: {
      reason: string;
      detail: string;
      owed: readonly Owed[];
      covered?: number;
      untouched?: boolean;
      forgetSecrets?: boolean;
    },
  ): "dead" | "again" | "lost";
  /**
   * A dead job is tried again: for the account that its sender is bound to today, unless something of it may be in the
   * one that it was sent for. `action`: its person asked for that by a button. False when it is not dead.
   */
  replay(jobId: number, action?: RequestedAction): boolean;
  /** The same for several; returns how many. */
  replayAll(jobIds: readonly number[], action?: RequestedAction): number;
  /** A person asked for it by a button: a job whose memo was saved, under this name, takes that up. */
  ask(jobId: number, action: RequestedAction, memoName: string): Asked;
  /** A person gave up on a dead job. False when it is not dead. */
  discard(jobId: number, by: string): boolean;
  discardAll(jobIds: readonly number[], by: string): number;
  /** Gives the waiting jobs of a person's account their turn again; returns how many. */
  release(telegramId: number, account: AccountRef): number;
  /** Lets albums close: called once it is known that no more parts wait at Telegram. False where they may already. */
  openAlbums(): boolean;
  /** After a start: jobs that were at work wait again, and those that wait for a binding are looked at once more. */
  recover(): number;
  get(jobId: number): Job | undefined;
  /** Waiting and working messages of a person; for one of the accounts they have been bound to, or for all. */
  unfinishedOf(telegramId: number, account?: AccountRef): number;
  /** Whether they have written in their own chat, as far as that is still kept. */
  hasHeardFrom(telegramId: number): boolean;
  counts(): JobCounts;
  oldestWaitingAt(): number | null;
  lastSavedAt(): number | null;
}

export function createJobs(deps: {
  database: Database;
  encryption: Encryption;
  outbox: Pick<Outbox, "oweAndTake">;
  transitions: Transitions;
  clock: Clock;
  botId: number;
}): Jobs {
  const { database, encryption, outbox, transitions, clock, botId } = deps;
  const { drizzle, statements } = database;
  const counts = createJobCounts(database, botId);
  let albumsOpen = false;

  const opened = (job: Job): Job =>
    job.old_plan === null ? job : { ...job, old_plan: openPlan(encryption, job.old_plan) };

  /** Whether an update came after those that the work took in, what is sealed, and owed in the chat. */
  const beforeEnd = ({ job_id }: Lease, covered = Number.MAX_SAFE_INTEGER, chat_id: number | null = null) => {
    const found = statements.beforeEnd.get({ job_id, covered, bot_id: botId, chat_id });
    return {
      owes: (found?.owes ?? 0) > 0,
      newer: (found?.newer ?? 0) > 0,
      sealed: (found?.sealed ?? 0) > 0,
    };
  };

  /** When an open album is taken for complete. */
  function closesInMs({ created_at, last_part_at }: { created_at: number; last_part_at: number | null }) {
    const closesAt = Math.min((last_part_at ?? created_at) + ALBUM_QUIET_MS, created_at + ALBUM_LIMIT_MS);
    const inMs = closesAt - clock.now();
    // Longer than that it cannot be, unless the clock was set back since.
    return inMs > ALBUM_QUIET_MS ? 0 : inMs;
  }

  const discardAll: Jobs["discardAll"] = (jobIds, by) => {
    const secret: boolean[] = database.durable(() =>
      jobIds.flatMap((jobId) => {
        if (!transitions.discard(jobId, by)) return [];
        return [cleanPayloads(drizzle, encryption, jobId, false)];
      }),
    );
    if (secret.includes(true)) database.checkpoint();
    return secret.length;
  };

  return {
    lanes: (queue) =>
      drizzle
        .selectDistinct({ lane: jobs.lane })
        .from(jobs)
        .where(and(jobsOfBot(botId), eq(jobs.queue, queue), isUnfinished))
        .all()
        .map(({ lane }) => lane),

    next(queue, lane) {
      const next = statements.next.get({ queue, lane });
      if (!next) return undefined;
      const isOpen = next.waiting_for === "album";
      // Who opens them rings all lanes.
      if (isOpen && !albumsOpen) return undefined;
      const inMs = Math.max(transitions.restMs(next.id), isOpen ? closesInMs(next) : 0);
      return inMs > 0 ? { inMs } : { item: next.id };
    },

    lease: (job_id) =>
      // One that a power cut undid would have been taken back at the next start anyway.
      database.lazy(() => {
        const { job, fresh } = transitions.lease(job_id);
        const rows = statements.updatesOf.all({ job_id });
        const updates = rows.flatMap(({ payload, payload_form, ...row }) => {
          const update = readPayload(encryption, payload, payload_form);
          return update === null ? [] : [{ ...row, update }];
        });
        return {
          lease: { job_id },
          job: opened(job),
          fresh,
          snoozes: transitions.snoozes(job_id),
          updates,
        };
      }),

    note: (lease, known) => database.durable(() => transitions.note(lease, known)),

    claim: (lease, { memo_name, server }) =>
      database.lazy(() => {
        const holders = statements.holdersOf.all({ memo_name });
        if (holders.some((other) => other.job_id !== lease.job_id && other.server === server)) return false;
        transitions.note(lease, { memo_name });
        return true;
      }),

    finish(lease, result) {
      const { sendsTo } = result;
      const isLazy = result.canBeRepeated === true && sendsTo === undefined;
      const ended = database[isLazy ? "lazy" : "durable"](() => {
        const { newer, sealed, owes } = beforeEnd(lease, result.covered, sendsTo?.chat_id);
        const done = newer ? transitions.requeue(lease, result) : transitions.finish(lease, result);
        if (!done) return { state: "lost" as const, secret: false, sending: undefined };
        saveLinks(database, botId, lease.job_id, result.links ?? []);
        const owed = result.owed ?? [];
        const takes = sendsTo !== undefined && !owes;
        const sending = takes ? outbox.oweAndTake(lease.job_id, owed) : undefined;
        if (!takes) owe(deps, owed, lease.job_id);
        if (newer) return { state: "again" as const, secret: false, sending };
        if (sealed || result.dropPayloads)
          cleanPayloads(drizzle, encryption, lease.job_id, result.dropPayloads ?? false);
        return { state: "done" as const, secret: sealed, sending };
      });
      if (ended.sending) sendsTo?.send(ended.sending);
      // secure_delete has overwritten the pages; only an emptied log holds no older copy of them.
      if (ended.secret) database.checkpoint();
      else if (isLazy) database.syncSoon();
      return ended.state;
    },

    putOff: (lease, later) =>
      // Undone, it is tried at the next start, as all that waits. What somebody is told is not undone.
      database[later.owed ? "durable" : "lazy"](() => {
        const done = transitions.putOff(lease, later);
        if (done) owe(deps, later.owed ?? [], lease.job_id);
        return done;
      }),

    handBack: (lease) => database.lazy(() => transitions.handBack(lease)),

    bury(lease, why) {
      const buried = database.durable(() => {
        if (beforeEnd(lease, why.covered).newer) {
          const isOurs = transitions.requeue(
            lease,
            {},
            { keepsAction: true, untouched: why.untouched ?? false },
          );
          return { state: isOurs ? "again" : "lost", secret: false } as const;
        }
        if (!transitions.giveUp(lease, why)) return { state: "lost", secret: false } as const;
        owe(deps, why.owed, lease.job_id);
        const secret = why.forgetSecrets === true && cleanPayloads(drizzle, encryption, lease.job_id, false);
        return { state: "dead", secret } as const;
      });
      if (buried.secret) database.checkpoint();
      return buried.state;
    },

    replay: transitions.replay,
    replayAll: (jobIds, action) =>
      database.durable(() => jobIds.filter((id) => transitions.replay(id, action)).length),

    ask: (jobId, action, memoName) =>
      database.durable(() => {
        if (transitions.ask(jobId, action, memoName)) return "asked";
        return transitions.isKept(jobId) ? "settled" : "gone";
      }),

    discard: (jobId, by) => discardAll([jobId], by) === 1,
    discardAll,

    release: transitions.release,

    openAlbums() {
      if (albumsOpen) return false;
      albumsOpen = true;
      return true;
    },

    recover: transitions.recover,

    get: (jobId) => drizzle.select(jobColumns).from(jobs).where(eq(jobs.id, jobId)).get(),

    hasHeardFrom: (telegramId) =>
      drizzle
        .select({ id: jobs.id })
        .from(jobs)
        .innerJoin(chats, eq(chats.id, jobs.chat_key))
        .where(and(eq(chats.bot_id, botId), eq(chats.chat_id, telegramId)))
        .limit(1)
        .get() !== undefined,

    unfinishedOf: (telegramId, account) =>
      drizzle
        .select({ count: count() })
        .from(jobs)
        .where(
          and(
            jobsOfBot(botId),
            eq(jobs.queue, "messages"),
            eq(jobs.telegram_id, telegramId),
            account && jobsOfAccount(drizzle, account),
            isUnfinished,
          ),
        )
        .get()?.count ?? 0,

    counts,

    oldestWaitingAt: () =>
      drizzle
        .select({ at: min(jobs.created_at) })
        .from(jobs)
        .where(and(jobsOfBot(botId), isUnfinished, eq(jobs.state, "waiting"), ne(jobs.queue, "none")))
        .get()?.at ?? null,

    lastSavedAt: () =>
      drizzle
        .select({ at: jobs.done_at })
        .from(jobs)
        .where(and(jobsOfBot(botId), sql`state = 'done'`, eq(jobs.outcome, "saved")))
        .orderBy(desc(jobs.done_at))
        .limit(1)
        .get()?.at ?? null,
  };
}
