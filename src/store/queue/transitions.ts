import { and, eq, exists, inArray, lt, ne, or, type SQL, sql } from "drizzle-orm";
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
  TOKEN_WAITS,
  UNKNOWN_KINDS,
  UNKNOWN_PART,
  type WaitingFor,
} from "../../domain/job.ts";
import type { Form, Tried, Written } from "../../domain/saved.ts";
import type { Database } from "../db/database.ts";
import { type AccountRef, type Job, jobColumns, jobsOfAccount, jobsOfBot } from "../db/rows.ts";
import { jobs, updates } from "../db/schema.ts";
import { createPauses } from "./pauses.ts";

export type { Job };

type Row = typeof jobs.$inferInsert;

/** A job at work. What is written for it is written only while it is: something else may have taken its place. */
export interface Lease {
  readonly job_id: number;
}

/** A job as it begins. */
export type NewJob = Partial<Row> &
  Pick<Row, "chat_key" | "kind" | "job_key" | "queue" | "lane" | "state" | "created_at">;

/** What came of a job besides its state. What is not given stays as it is. */
export interface Made {
  readonly memo_name?: string | undefined;
  readonly written?: Written | undefined;
  /** What later tries have to know; nothing where it is not given. */
  readonly tried?: Tried | undefined;
  /** The newest update that the work took in. With a newer one there by now, an edit or a late part, the job is not done. */
  readonly covered?: number | undefined;
}

/** What a job in hand is known by, for its next try. */
export type Known = Pick<
  Job,
  "settings" | "form" | "n" | "tried" | "written" | "covered" | "memo_name" | "old_plan"
>;

export interface GivenUp {
  readonly reason: string;
  readonly detail: string;
  /** As in `Later`. */
  readonly untouched?: boolean;
}

export interface Done extends Made {
  readonly outcome: JobOutcome;
  readonly reason?: string | undefined;
  readonly detail?: string | undefined;
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
  readonly behind?: number;
  /** True when the try counts. */
  readonly attempt?: boolean;
  /** True when no call was made for it, so that nothing of it can be in Memos. */
  readonly untouched?: boolean;
}

/** In this lane of a queue there may be something to do. */
export type Turn = Pick<Job, "queue" | "lane">;

/** How often it is looked whether a job is settled that cannot be waited for in its lane. */
const LOOK_AGAIN_MS = 30_000;
/** What is waited for without spending an attempt, and longer each time. */
const SERVERS: readonly WaitingFor[] = ["memos", "telegram", "disk"];
/** SQLite takes a partial index only where it reads the condition, not where it is bound. */
const IS_OPEN_ALBUM = sql.raw("waiting_for = 'album'");
export const IS_DEAD = sql.raw("state = 'dead'");
export const isUnfinished = sql`${jobs.state} IN ('waiting', 'working')`;

type Values = SQLiteUpdateSetSource<typeof jobs>;
const CHANGED = { id: jobs.id, queue: jobs.queue, lane: jobs.lane };

type Turned = Turn & { readonly id: number };

export type Transitions = ReturnType<typeof createTransitions>;

/**
 * Writes what state a job is in; nobody else does. Each is within the caller's transaction, and changes nothing where
 * the job is not in a state that it begins in.
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
  const pauses = createPauses(clock);
  /** Came in this run, and were never tried. */
  const fresh = new Set<number>();
  const begun = () => ({ began_at: sql`coalesce(${jobs.began_at}, ${clock.now()})` });

  const isWorking = ({ job_id }: Lease) => and(eq(jobs.id, job_id), eq(jobs.state, "working"));

  /** Whatever became of earlier tries of these jobs is over, and so is their pause. */
  function change(values: Values, where: SQL | undefined): Turned[] {
    const changed = drizzle.update(jobs).set(values).where(where).returning(CHANGED).all();
    for (const { id, queue, lane } of changed) {
      pauses.end(id);
      ring({ queue, lane });
    }
    return changed;
  }

  const changeOne = (values: Values, where: SQL | undefined) => change(values, where).length > 0;

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

  /** Where a job waits for another one; in its own where that one is not before it in a lane. */
  function laneBehind(job: Turned, other: number): { lane: SQL | number; pauseMs: number } {
    const target = drizzle.select().from(jobs).where(eq(jobs.id, other)).get();
    const isBefore = target !== undefined && target.id < job.id && target.lane !== job.lane;
    if (isBefore && target.waiting_for !== "binding") return { lane: target.lane, pauseMs: 0 };
    return { lane: ownLane, pauseMs: LOOK_AGAIN_MS };
  }

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

  const keptOf = (jobId: number) =>
    drizzle
      .select({ seq: updates.seq })
      .from(updates)
      .where(and(eq(updates.job_id, jobId), ne(updates.payload_form, "dropped")))
      .limit(1);

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

    /** How long it may not be tried yet, and how often in a row it waited for a server. */
    restMs: pauses.restMs,
    snoozes: pauses.snoozes,

    /** From waiting, or from working where its work did not come to an end. Which one has its turn is said by `next`. */
    lease(job_id: number): { job: Job; fresh: boolean } {
      const job = statements.lease.get({ job_id });
      if (!job) throw new AppError("internal", `job ${job_id} does not wait`);
      return { job, fresh: fresh.delete(job_id) };
    },

    /** What the next call for a job at work depends on. */
    note({ job_id }: Lease, known: Partial<Known>): void {
      const noted = drizzle
        .update(jobs)
        .set(known)
        .where(isWorking({ job_id }))
        .returning({ id: jobs.id })
        .get();
      if (!noted) throw new AppError("internal", `job ${job_id} is not at work any more`);
    },

    /** Whether there is something left of what was sent. */
    isKept: (jobId: number) => keptOf(jobId).get() !== undefined,

    /** False when it is not at work any more; the same for all that end the work. */
    finish(
      { job_id }: Lease,
      { outcome, reason, detail, memo_name, written, tried, covered }: Done,
    ): boolean {
      pauses.end(job_id);
      const finished = statements.finish.get({
        job_id,
        outcome,
        reason: reason ?? null,
        detail: detail || null,
        memo_name: memo_name ?? null,
        written: asJson(written),
        tried: asJson(tried),
        covered: covered ?? 0,
        done_at: clock.now(),
      });
      return finished !== undefined;
    },

    /** More came while it was worked: it is not done, or not dead, but begins anew with that. */
    requeue: (
      lease: Lease,
      { memo_name, written, tried, covered }: Made,
      { keepsAction = false, untouched = false } = {},
    ) =>
      changeOne(
        {
          ...ANEW,
          ...(!untouched && begun()),
          // It was carried out: twice would be two memos.
          ...(!keepsAction && { requested_action: null }),
          ...(memo_name !== undefined && { memo_name }),
          ...(covered !== undefined && written && { written, tried: tried ?? null, covered }),
        },
        isWorking(lease),
      ),

    putOff(lease: Lease, later: Later): boolean {
      const job = drizzle.select().from(jobs).where(isWorking(lease)).get();
      if (!job) return false;
      const stays = { lane: later.aside ? ownLane : job.lane, pauseMs: later.pauseMs ?? 0 };
      const { lane, pauseMs } = later.behind === undefined ? stays : laneBehind(job, later.behind);
      const snoozes = pauses.snoozes(job.id) + (SERVERS.includes(later.waiting_for) ? 1 : 0);
      change(
        {
          state: "waiting",
          ...(!later.untouched && begun()),
          waiting_for: later.waiting_for,
          reason: later.reason,
          detail: later.detail,
          lane,
          attempts: job.attempts + (later.attempt ? 1 : 0),
          first_failed_at: job.first_failed_at ?? (later.attempt ? clock.now() : null),
        },
        isWorking(lease),
      );
      pauses.rest(job.id, pauseMs, later.attempt ? 0 : snoozes);
      return true;
    },

    /** Back to its place, as if it had not been leased. */
    handBack: (lease: Lease) =>
      changeOne({ state: "waiting", waiting_for: null, ...begun() }, isWorking(lease)),

    /** Tried no more by itself. */
    giveUp: (lease: Lease, { reason, detail, untouched }: GivenUp) =>
      changeOne(
        { state: "dead", waiting_for: null, reason, detail, done_at: null, ...(!untouched && begun()) },
        isWorking(lease),
      ),

    /**
     * A dead job is tried again: for the account that its sender is bound to today, unless something of it may be in
     * the one that it was sent for.
     */
    replay: (jobId: number, action?: RequestedAction) =>
      changeOne(
        {
          ...ANEW,
          lane: firstLane,
          account_key: accountToday,
          reason: null,
          detail: null,
          // What was asked for before it died is still to be carried out.
          ...(action && { requested_action: sql`coalesce(${jobs.requested_action}, ${action})` }),
        },
        and(eq(jobs.id, jobId), eq(jobs.state, "dead")),
      ),

    /** A saved job whose memo has this name, and whose messages are kept, takes up what a person asked for. */
    ask: (jobId: number, requested_action: RequestedAction, memoName: string) =>
      changeOne(
        { ...ANEW, lane: ownLane, requested_action },
        and(
          eq(jobs.id, jobId),
          eq(jobs.state, "done"),
          eq(jobs.outcome, "saved"),
          eq(jobs.memo_name, memoName),
          exists(keptOf(jobId)),
          // Once it was written over, what was changed in Memos since is not what was asked about.
          requested_action === "overwrite" ? eq(jobs.reason, MEMO_CHANGED) : undefined,
        ),
      ),

    /** A person gave up on a dead job. */
    discard: (jobId: number, by: string) =>
      changeOne(
        { state: "done", outcome: "discarded", done_at: clock.now(), done_by: by, old_plan: null },
        and(eq(jobs.id, jobId), eq(jobs.state, "dead")),
      ),

    /** There is something new for a job that was saved or given up: in its lane, or beside it, after a pause. */
    reopen(
      jobId: number,
      { form, aside = false, pauseMs = 0 }: { form: Form | null; aside?: boolean; pauseMs?: number },
    ): void {
      const reopened = changeOne(
        {
          ...ANEW,
          lane: aside ? ownLane : firstLane,
          // What earlier tries wrote is still to be recognised.
          form: sql`iif(${jobs.state} = 'done', ${asJson(form)}, ${jobs.form})`,
        },
        and(
          eq(jobs.id, jobId),
          or(eq(jobs.state, "dead"), and(eq(jobs.state, "done"), eq(jobs.outcome, "saved"))),
        ),
      );
      if (reopened && pauseMs > 0) pauses.rest(jobId, pauseMs);
    },

    /** An album of a group is called by the bot's name after all: also one that was ignored. */
    call(album: Job): void {
      const again = album.state === "done" && ({ state: "waiting", outcome: null, done_at: null } as const);
      change({ reason: null, ...again }, and(eq(jobs.id, album.id), eq(jobs.reason, NOT_ADDRESSED)));
    },

    /** No more parts are waited for: of one open album, or of all in a lane but one. */
    closeAlbums(of: { readonly id: number } | { readonly lane: number; readonly but: string }): void {
      change(
        { waiting_for: null },
        and(
          "id" in of ? eq(jobs.id, of.id) : and(eq(jobs.lane, of.lane), ne(jobs.job_key, of.but)),
          eq(jobs.state, "waiting"),
          IS_OPEN_ALBUM,
        ),
      );
    },

    /** A person's access token works: what waits for it, or for it to be refused once more, has its turn. */
    release: (telegramId: number, account: AccountRef) =>
      change(
        { waiting_for: null, reason: null, detail: null },
        and(
          jobsOfBot(botId),
          eq(jobs.telegram_id, telegramId),
          jobsOfAccount(drizzle, account),
          eq(jobs.state, "waiting"),
          isUnfinished,
          or(eq(jobs.waiting_for, "binding"), eq(jobs.reason, TOKEN_REFUSED)),
        ),
      ).length,

    /**
     * Gives up what waits for an account that its sender is not bound to any more, but to another. Not an album of a
     * group that nobody asked for yet.
     */
    leaveOthers: () =>
      change(
        {
          state: "dead",
          waiting_for: null,
          reason: OTHER_ACCOUNT,
          detail: sql`'was sent for ' || ${jobColumns.account} || ', and another account was bound since'`,
        },
        and(
          jobsOfBot(botId),
          eq(jobs.queue, "messages"),
          eq(jobs.state, "waiting"),
          isUnfinished,
          sql`${jobs.reason} IS NOT ${NOT_ADDRESSED}`,
          isBoundTo("another account"),
        ),
      ).length,

    /** Something later takes the place of a person's token; of those that came before the job `before`. Returns the jobs. */
    replaceTokens: (telegramId: number, before: number) =>
      change(
        {
          state: "done",
          outcome: "handled",
          waiting_for: null,
          reason: "replaced",
          detail: null,
          done_at: clock.now(),
        },
        and(tokenWaits(botId, telegramId), lt(jobs.id, before)),
      ).map(({ id }) => id),

    /**
     * Another version runs: what the last one did not understand is tried again, whole messages and parts of saved
     * ones. They keep their reason, so that nobody is told a second time of what is still unknown.
     */
    tryUnknown: () =>
      change(
        { ...ANEW, lane: ownLane },
        and(
          jobsOfBot(botId),
          or(
            and(eq(jobs.state, "dead"), inArray(jobs.reason, UNKNOWN_KINDS)),
            and(eq(jobs.state, "done"), eq(jobs.outcome, "saved"), eq(jobs.reason, UNKNOWN_PART)),
          ),
          // Any other would wait, out of sight, for an account to be bound.
          isBoundTo("its account"),
        ),
      ).length,

    /** Within the transaction of a group's move: what waits goes on in the other lane. What is at work ends in this one. */
    moveLane(from: number, to: number): void {
      change({ lane: to }, and(eq(jobs.lane, from), eq(jobs.state, "waiting"), isUnfinished));
    },

    /** After a start: what was at work waits again; returns how many. What waits for a binding is looked at once more. */
    recover() {
      // A power cut may have undone that a job was leased: it was the first of its lane.
      if (database.unclean) {
        sqlite.run(
          `UPDATE jobs INDEXED BY jobs_unfinished SET began_at = coalesce(began_at, created_at)
             WHERE state IN ('waiting', 'working') AND queue = 'messages' AND (state = 'working' OR id IN
               (SELECT min(id) FROM jobs INDEXED BY jobs_unfinished WHERE state IN ('waiting', 'working')
                  AND queue = 'messages' AND waiting_for IS NOT 'binding' GROUP BY lane))`,
        );
      }
      // Settings may have changed since: whoever still cannot be served is put off again.
      sqlite.run(
        `UPDATE jobs INDEXED BY jobs_unfinished SET waiting_for = NULL
           WHERE state IN ('waiting', 'working') AND state = 'waiting' AND waiting_for = 'binding'`,
      );
      return sqlite.run(
        `UPDATE jobs INDEXED BY jobs_unfinished SET state = 'waiting'
           WHERE state IN ('waiting', 'working') AND state = 'working'`,
      );
    },
  };
}

const asJson = (value: unknown) => (value == null ? null : JSON.stringify(value));

/** A command of a person whose access token waits. */
export const tokenWaits = (botId: number, telegramId: number) =>
  and(
    jobsOfBot(botId),
    eq(jobs.queue, "commands"),
    isUnfinished,
    eq(jobs.telegram_id, telegramId),
    eq(jobs.reason, TOKEN_WAITS),
  );
