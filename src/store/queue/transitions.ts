import { and, eq, inArray, lt, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteUpdateSetSource } from "drizzle-orm/sqlite-core";
import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import {
  type JobOutcome,
  MEMO_CHANGED,
  NOT_ADDRESSED,
  OTHER_ACCOUNT,
  type RequestedAction,
  TOKEN_REFUSED,
  UNKNOWN_KINDS,
  UNKNOWN_PART,
  type WaitingFor,
} from "../../domain/job.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { Form, Tried, Written } from "../../domain/saved.ts";
import type { Database } from "../db/database.ts";
import {
  type AccountRef,
  isDead,
  isWaiting,
  type Job,
  jobColumns,
  jobsOfAccount,
  jobsOfBot,
  type Known,
  tokenWaits,
} from "../db/rows.ts";
import { jobs } from "../db/schema.ts";

type Row = typeof jobs.$inferInsert;

/** A job as it begins. */
export type NewJob = Partial<Row> &
  Pick<Row, "chat_key" | "kind" | "job_key" | "queue" | "lane" | "state" | "created_at">;

/** What came of a job. What is not given stays as it is. */
export interface Done {
  readonly outcome: JobOutcome;
  readonly reason?: string | undefined;
  readonly detail?: string | undefined;
  readonly memo_name?: string | undefined;
  readonly written?: Written | undefined;
  /** What later tries have to know; nothing where it is not given. */
  readonly tried?: Tried | undefined;
  /** The newest update that the work took in. With a newer one there by now, an edit or a late part, the job is not done. */
  readonly covered?: number | undefined;
}

export interface Later {
  readonly waiting_for: WaitingFor;
  readonly reason: string;
  readonly detail: string;
  /** Not to be tried before so much time has passed, or the process has started anew. */
  readonly pauseMs?: number;
  /** True when it no longer holds back its lane, but goes on in one of its own. */
  readonly aside?: boolean;
  /** The job that has to be settled first: it goes on in that one's lane. */
  readonly afterJob?: number;
  /** True when the try counts. */
  readonly attempt?: boolean;
  /** True when no call was made for it, so that nothing of it can be in Memos. */
  readonly untouched?: boolean;
  /** What is to be said of that. */
  readonly owed?: readonly Owed[];
}

/** In this lane of a queue there may be something to do. */
export type Turn = Pick<Job, "queue" | "lane">;

/** How often it is looked whether a job is settled that cannot be waited for in its lane. */
const LOOK_AGAIN_MS = 30_000;
const isSaved = and(eq(jobs.state, "done"), eq(jobs.outcome, "saved"));
/** What is waited for without spending an attempt, and longer each time. */
const SERVERS: readonly WaitingFor[] = ["memos", "telegram", "disk"];

export type Transitions = ReturnType<typeof createTransitions>;

/**
 * Writes what state a job is in; nobody else does.
 *
 * |                       | from                     | to                          |
 * |-----------------------|--------------------------|-----------------------------|
 * | create                |                          | waiting, or done: ignored   |
 * | finish                | waiting, at work         | done                        |
 * | requeue, putOff       | waiting, at work         | waiting                     |
 * | handBack              | waiting, at work         | waiting                     |
 * | bury                  | waiting, at work         | dead                        |
 * | buryForLeftAccounts   | waiting, not at work     | dead                        |
 * | release, moveLane     | waiting, not at work     | waiting                     |
 * | replaceTokens         | waiting                  | done: handled               |
 * | replay                | dead                     | waiting                     |
 * | discard               | dead                     | done: discarded             |
 * | reopen, tryUnknown    | dead, done: saved        | waiting                     |
 * | requestAction         | done: saved              | waiting                     |
 * | albumWasAddressed     | waiting, done: ignored   | waiting                     |
 *
 * Each is within the caller's transaction, and changes nothing where
 * the job is not in a state that it begins in. Which jobs are at work, and which rest after a try, is known in memory
 * only: after a restart all that waits is due.
 */
export function createTransitions(deps: {
  database: Database;
  clock: Clock;
  botId: number;
  /** Told of each job that came or changed; it looks once the transaction is over. */
  ring: (turn: Turn) => void;
}) {
  const { database, clock, botId, ring } = deps;
  const { drizzle, sqlite, statements } = database;
  const atWork = new Set<number>();
  /** Came in this run, and were never tried. */
  const fresh = new Set<number>();
  /** After tries. `snoozes`: how often in a row it waited for a server by now. */
  const pauses = new Map<number, { readonly restsUntil: number; readonly snoozes: number }>();
  const snoozes = (jobId: number) => pauses.get(jobId)?.snoozes ?? 0;
  const rest = (jobId: number, pauseMs: number, snoozes = 0) =>
    pauses.set(jobId, { restsUntil: clock.monotonic() + pauseMs, snoozes });

  const begun = () => ({ began_at: sql`coalesce(${jobs.began_at}, ${clock.now()})` });
  const waits = (jobId: number) => and(eq(jobs.id, jobId), isWaiting);
  /** Those that wait and are not at work. */
  const isNotAtWork = () => and(jobsOfBot(botId), isWaiting, notInArray(jobs.id, [...atWork]));

  /** Whatever became of earlier tries of these jobs is over, and so is their pause. */
  function change(values: SQLiteUpdateSetSource<typeof jobs>, where: SQL | undefined) {
    const { id, queue, lane } = jobs;
    const changed = drizzle.update(jobs).set(values).where(where).returning({ id, queue, lane }).all();
    for (const job of changed) {
      pauses.delete(job.id);
      ring(job);
    }
    return changed;
  }

  /** Waits for its turn as if it had never been tried. */
  const ANEW = {
    state: "waiting",
    outcome: null,
    waiting_for: null,
    attempts: 0,
    first_failed_at: null,
    done_at: null,
  } as const;

  /** The lane of its chat, or of the supergroup that the chat became. */
  const firstLane = sql`(SELECT coalesce(moved_to, id) FROM chats WHERE chats.id = jobs.chat_key)`;
  /** One of its own, beside that. */
  const ownLane = sql`-${jobs.id}`;

  /** Where it waits for another job; in its own where that one is not before it in a lane. */
  const laneAfter = (other: number) =>
    sql`coalesce((SELECT other.lane FROM jobs AS other WHERE other.id = ${other} AND other.id < jobs.id
      AND other.lane <> jobs.lane AND other.waiting_for IS NOT 'binding'), ${ownLane})`;

  /** The account of today, where nothing can be in that of then. */
  const accountToday =
    sql.raw(`CASE WHEN jobs.queue = 'messages' AND jobs.began_at IS NULL AND jobs.old_plan IS NULL AND jobs.memo_name IS NULL
      THEN coalesce((SELECT account_key FROM bindings WHERE bindings.telegram_id = jobs.telegram_id), jobs.account_key)
      ELSE jobs.account_key END`);

  /** Whether its sender is bound to its account, or to another one. */
  const isBoundTo = (which: "its account" | "another account") =>
    sql`EXISTS (SELECT 1 FROM bindings JOIN accounts AS bound ON bound.id = bindings.account_key
      JOIN accounts AS own ON own.id = jobs.account_key WHERE bindings.telegram_id = jobs.telegram_id
        AND ((bound.server, bound.name) = (own.server, own.name)) = ${which === "its account" ? 1 : 0})`;

  return {
    /** Undefined where the task has a job already. */
    create(job: NewJob): number | undefined {
      const defaults = {
        message_id: null,
        telegram_id: null,
        account_key: null,
        outcome: null,
        waiting_for: null,
        reason: null,
        requested_action: null,
        done_at: null,
      };
      const [settings, form] = [asJson(job.settings), asJson(job.form)];
      const id = statements.insertJob.get({ ...defaults, ...job, settings, form })?.id;
      if (id !== undefined && job.queue === "messages") fresh.add(id);
      if (id !== undefined && job.state === "waiting") ring(job);
      return id;
    },

    atWork: (): ReadonlySet<number> => atWork,
    isAtWork: (jobId: number) => atWork.has(jobId),
    /**
     * Which one has its turn is said by `next`. `fresh`: it came in this run and was never tried, so that nothing of it
     * can be in Memos. `snoozes`: how often in a row it waited for a server.
     */
    beginWork(jobId: number): { fresh: boolean; snoozes: number } {
      atWork.add(jobId);
      return { fresh: fresh.delete(jobId), snoozes: snoozes(jobId) };
    },
    endWork: (jobId: number) => atWork.delete(jobId),

    /** How long it may not be tried yet. */
    restMs: (jobId: number) => Math.max(0, (pauses.get(jobId)?.restsUntil ?? 0) - clock.monotonic()),

    /** What the next call for a job at work depends on. */
    note(jobId: number, known: Partial<Known>): void {
      if (!atWork.has(jobId)) throw new AppError("internal", `job ${jobId} is not at work any more`);
      drizzle.update(jobs).set(known).where(eq(jobs.id, jobId)).run();
    },

    /** Unless an update came after those that it covers. Tells whether something of it is sealed, and owed in the chat. */
    finish(
      job_id: number,
      { outcome, reason, detail, memo_name, written, tried, covered }: Done,
      chat_id: number | null = null,
    ): { sealed: number; owes: number } | undefined {
      pauses.delete(job_id);
      return statements.finish.get({
        job_id,
        outcome,
        reason: reason ?? null,
        detail: detail || null,
        memo_name: memo_name ?? null,
        written: asJson(written),
        tried: asJson(tried),
        covered: covered ?? 0,
        newest: covered ?? Number.MAX_SAFE_INTEGER,
        done_at: clock.now(),
        bot_id: botId,
        chat_id,
      });
    },

    /** More came while it was worked: it is not done, or not dead, but begins anew with that. */
    requeue: (
      jobId: number,
      { memo_name, written, tried, covered }: Partial<Done>,
      { keepsAction = false, untouched = false } = {},
    ) =>
      change(
        {
          ...ANEW,
          ...(!untouched && begun()),
          // It was carried out: twice would be two memos.
          ...(!keepsAction && { requested_action: null }),
          ...(memo_name !== undefined && { memo_name }),
          ...(covered !== undefined && written && { written, tried: tried ?? null, covered }),
        },
        waits(jobId),
      ),

    putOff(jobId: number, later: Later): void {
      const { waiting_for, reason, detail, attempt = false, untouched, aside, afterJob, pauseMs = 0 } = later;
      const inARow = snoozes(jobId) + (SERVERS.includes(waiting_for) ? 1 : 0);
      const failed = {
        attempts: sql`${jobs.attempts} + 1`,
        first_failed_at: sql`coalesce(${jobs.first_failed_at}, ${clock.now()})`,
      };
      const [job] = change(
        {
          waiting_for,
          reason,
          detail,
          ...(!untouched && begun()),
          ...(attempt && failed),
          ...(aside && { lane: ownLane }),
          ...(afterJob !== undefined && { lane: laneAfter(afterJob) }),
        },
        waits(jobId),
      );
      const looksAgain = afterJob !== undefined && job?.lane === -jobId;
      rest(jobId, looksAgain ? LOOK_AGAIN_MS : pauseMs, attempt ? 0 : inARow);
    },

    /** Back to its place, as if it had not been leased. */
    handBack: (jobId: number) => change({ waiting_for: null, ...begun() }, waits(jobId)),

    /** Tried no more by itself. */
    bury: (jobId: number, { reason, detail, untouched }: Pick<Later, "reason" | "detail" | "untouched">) =>
      change(
        { state: "dead", waiting_for: null, reason, detail, done_at: null, ...(!untouched && begun()) },
        waits(jobId),
      ),

    /**
     * A dead job is tried again: for the account that its sender is bound to today, unless something of it may be in
     * the one that it was sent for.
     */
    replay: (which: SQL | undefined, action?: RequestedAction): number =>
      change(
        {
          ...ANEW,
          lane: firstLane,
          account_key: accountToday,
          reason: null,
          detail: null,
          // What was asked for before it died is still to be carried out.
          ...(action && { requested_action: sql`coalesce(${jobs.requested_action}, ${action})` }),
        },
        and(which, isDead),
      ).length,

    /** A saved job whose memo has this name, and whose messages are kept, takes up what a person asked for. */
    requestAction: (jobId: number, requested_action: RequestedAction, memoName: string) =>
      change(
        { ...ANEW, lane: ownLane, requested_action },
        and(
          eq(jobs.id, jobId),
          isSaved,
          eq(jobs.memo_name, memoName),
          sql`EXISTS (SELECT 1 FROM updates WHERE job_id = ${jobId} AND payload_form <> 'dropped')`,
          // Once it was written over, what was changed in Memos since is not what was asked about.
          requested_action === "overwrite" ? eq(jobs.reason, MEMO_CHANGED) : undefined,
        ),
      ).length > 0,

    /** A person gave up on dead jobs; returns which. */
    discard: (which: SQL | undefined, by: string): number[] =>
      change(
        { state: "done", outcome: "discarded", done_at: clock.now(), done_by: by, old_plan: null },
        and(which, isDead),
      ).map(({ id }) => id),

    /** There is something new for a job that was saved or given up: in its lane, or beside it, after a pause. */
    reopen(
      jobId: number,
      { form, aside = false, pauseMs = 0 }: { form: Form | null; aside?: boolean; pauseMs?: number },
    ): void {
      const [reopened] = change(
        {
          ...ANEW,
          lane: aside ? ownLane : firstLane,
          // What earlier tries wrote is still to be recognised.
          form: sql`iif(${jobs.state} = 'done', ${asJson(form)}, ${jobs.form})`,
        },
        and(eq(jobs.id, jobId), or(isDead, isSaved)),
      );
      if (reopened && pauseMs > 0) rest(jobId, pauseMs);
    },

    /** An album of a group is called by the bot's name after all: also one that was ignored. */
    albumWasAddressed(album: Job): void {
      const again = album.state === "done" && ({ state: "waiting", outcome: null, done_at: null } as const);
      change({ reason: null, ...again }, and(eq(jobs.id, album.id), eq(jobs.reason, NOT_ADDRESSED)));
    },

    /** A person's access token works: what waits for it, or for it to be refused once more, has its turn. */
    release: (telegramId: number, account: AccountRef) =>
      change(
        { waiting_for: null, reason: null, detail: null },
        and(
          isNotAtWork(),
          eq(jobs.telegram_id, telegramId),
          jobsOfAccount(drizzle, account),
          or(eq(jobs.waiting_for, "binding"), eq(jobs.reason, TOKEN_REFUSED)),
        ),
      ).length,

    /**
     * Buries what waits for an account that its sender is not bound to any more, but to another. Not an album of a
     * group that nobody asked for yet.
     */
    buryForLeftAccounts: () =>
      change(
        {
          state: "dead",
          waiting_for: null,
          reason: OTHER_ACCOUNT,
          detail: sql`'was sent for ' || ${jobColumns.account} || ', and another account was bound since'`,
        },
        and(
          isNotAtWork(),
          eq(jobs.queue, "messages"),
          sql`${jobs.reason} IS NOT ${NOT_ADDRESSED}`,
          isBoundTo("another account"),
        ),
      ).length,

    /** Something later takes the place of a person's token; of those that came before the job `before`. Returns the jobs. */
    replaceTokens(telegramId: number, before: number): number[] {
      const done = { state: "done", outcome: "handled", waiting_for: null, reason: "replaced" } as const;
      const replaced = change(
        { ...done, detail: null, done_at: clock.now() },
        and(tokenWaits(botId, telegramId), lt(jobs.id, before)),
      );
      for (const { id } of replaced) atWork.delete(id);
      return replaced.map(({ id }) => id);
    },

    /**
     * Another version runs: what the last one did not understand is tried again, whole messages and parts of saved
     * ones. They keep their reason, so that nobody is told a second time of what is still unknown.
     */
    tryUnknown: () =>
      change(
        { ...ANEW, lane: ownLane },
        and(
          jobsOfBot(botId),
          or(and(isDead, inArray(jobs.reason, UNKNOWN_KINDS)), and(isSaved, eq(jobs.reason, UNKNOWN_PART))),
          // Any other would wait, out of sight, for an account to be bound.
          isBoundTo("its account"),
        ),
      ).length,

    /** Within the transaction of a group's move: what waits goes on in the other lane. What is at work ends in this one. */
    moveLane(from: number, to: number): void {
      change({ lane: to }, and(eq(jobs.lane, from), isNotAtWork()));
    },

    /** After a start. Returns how many may have been at work when the last run was cut off. */
    recover(): number {
      const unfinished = (set: string, where: string) =>
        sqlite.run(
          `UPDATE jobs INDEXED BY jobs_unfinished SET ${set} WHERE state = 'waiting' AND waiting_for ${where}`,
        );
      // Which were, no row says: a job may have come before it since, or a power cut have undone how one ended.
      const interrupted = database.unclean
        ? unfinished("began_at = coalesce(began_at, created_at)", "IS NOT 'binding' AND queue = 'messages'")
        : 0;
      // Settings may have changed since: whoever still cannot be served is put off again.
      unfinished("waiting_for = NULL", "= 'binding'");
      return interrupted;
    },
  };
}

const asJson = (value: unknown) => (value == null ? null : JSON.stringify(value));
