import { and, eq, exists, inArray, lt, ne, or, sql } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import {
  type JobOutcome,
  MEMO_CHANGED,
  OTHER_ACCOUNT,
  TOKEN_REFUSED,
  TOKEN_WAITS,
  UNKNOWN_KINDS,
  UNKNOWN_PART,
  type WaitingFor,
  type Wish,
} from "../../domain/job.ts";
import type { Database } from "../db/database.ts";
import { bindings, jobs, type MadeComment, updates } from "../db/schema.ts";
import { NOT_ADDRESSED } from "../intake/groups.ts";

export type Job = typeof jobs.$inferSelect;

/** The right to work on a job until a time. Every write needs it: nothing is written where it was lost. */
export interface Lease {
  readonly job_id: number;
  readonly lease_token: string;
  /** What it was leased with holds a token, and so may its plan. */
  readonly sealed: boolean;
}

/** A job as it begins. */
export type NewJob = Pick<
  typeof jobs.$inferInsert,
  "kind" | "job_key" | "queue" | "lane" | "state" | "created_at"
> &
  Partial<typeof jobs.$inferInsert>;

/** What came of a job besides its state. What is not given stays as it is. */
export interface Made {
  readonly memo_name?: string | undefined;
  readonly comments?: readonly MadeComment[] | undefined;
  /** As it is stored. */
  readonly plan?: string | undefined;
}

export interface Done extends Made {
  readonly outcome: JobOutcome;
  readonly reason?: string | undefined;
  readonly detail?: string | undefined;
}

export interface Later {
  readonly waiting_for: WaitingFor;
  readonly due_at: number;
  /** How far ahead that is, where a server asked for more than some minutes: what is further ahead still counts as due. */
  readonly wait_ms?: number;
  readonly reason: string;
  readonly detail: string;
  /** True when it no longer holds back its lane. */
  readonly aside?: boolean;
  /** True when the try counts. */
  readonly attempt?: boolean;
  /** The job that has to be settled first. */
  readonly depends_on?: number;
}

/** An album is complete when no part came for this long, … */
export const ALBUM_QUIET_MS = 1_500;
/** … or this long after its first part. */
export const ALBUM_LIMIT_MS = 10_000;

/** What is waited for without spending an attempt, and longer each time. */
const SERVERS: readonly WaitingFor[] = ["memos", "telegram", "disk"];
const UNLEASED = { lease_token: null, lease_until: null } as const;
/** SQLite takes a partial index only where it reads the condition, not where it is bound. */
const IS_OPEN_ALBUM = sql.raw("waiting_for = 'album'");

export type Transitions = ReturnType<typeof createTransitions>;

/**
 * Writes what state a job is in; nobody else does. Each is within the caller's transaction, and changes nothing where
 * the job is not in a state that it begins in.
 */
export function createTransitions(deps: { database: Database; clock: Clock; botId: number }) {
  const { database, clock, botId } = deps;
  const { drizzle, sqlite, statements } = database;

  const owned = (lease: Lease) =>
    and(eq(jobs.id, lease.job_id), eq(jobs.lease_token, lease.lease_token), eq(jobs.state, "working"));

  const write = (lease: Lease, values: Partial<typeof jobs.$inferInsert>) =>
    drizzle.update(jobs).set(values).where(owned(lease)).returning({ account: jobs.account }).get();

  /** Waits for its turn as if it had never been tried. */
  const anew = ({ aside = false, due_at = clock.now() } = {}) => ({
    state: "waiting" as const,
    outcome: null,
    waiting_for: null,
    due_at,
    attempts: 0,
    snoozes: 0,
    first_failed_at: null,
    aside,
    done_at: null,
  });

  /** A plan is stored before the first call to Memos: without one, nothing can be there. */
  const today = (column: "server" | "account") =>
    sql.raw(`CASE WHEN jobs.queue = 'messages' AND jobs.plan IS NULL AND jobs.memo_name IS NULL
      THEN coalesce((SELECT bindings.${column} FROM bindings WHERE bindings.telegram_id = jobs.telegram_id), jobs.${column})
      ELSE jobs.${column} END`);

  /** Whether its sender is bound to the account that it was sent for. */
  const isBound = () =>
    exists(
      drizzle
        .select({ telegram_id: bindings.telegram_id })
        .from(bindings)
        .where(
          and(
            eq(bindings.telegram_id, jobs.telegram_id),
            eq(bindings.server, jobs.server),
            eq(bindings.account, jobs.account),
          ),
        ),
    );

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
        bot_id: botId,
        chat_id: null,
        message_id: null,
        telegram_id: null,
        server: null,
        account: null,
        outcome: null,
        waiting_for: null,
        due_at: 0,
        reason: null,
        wish: null,
        done_at: null,
      };
      return statements.insertJob.get({ ...defaults, ...job })?.id;
    },

    /** From whatever state it is in: who may lease what is decided by `next`. */
    lease(job_id: number, lease_token: string, lease_until: number): Job {
      const job = statements.lease.get({ job_id, lease_token, lease_until });
      if (!job) throw new AppError("internal", `job ${job_id} is missing`);
      return job;
    },

    owns: (lease: Lease) =>
      drizzle.select({ id: jobs.id }).from(jobs).where(owned(lease)).get() !== undefined,

    /** Whether there is something left of what was sent. */
    isKept: (jobId: number) => keptOf(jobId).get() !== undefined,

    renew: (lease: Lease, lease_until: number) => write(lease, { lease_until }) !== undefined,

    /** Undefined when the lease was lost; the same for all that are done with one. */
    finish: (lease: Lease, { outcome, reason, detail, memo_name, comments, plan }: Done) =>
      statements.finish.get({
        ...lease,
        outcome,
        reason: reason ?? null,
        detail: detail || null,
        memo_name: memo_name ?? null,
        comments: comments ? JSON.stringify(comments) : null,
        plan: plan ?? null,
        done_at: clock.now(),
      }),

    /** More came while it was worked: it is not done, or not dead, but begins anew with that. */
    requeue: (lease: Lease, { memo_name, comments, plan }: Made, { keepsWish = false } = {}) =>
      write(lease, {
        ...anew(),
        ...UNLEASED,
        // A wish was carried out: twice would be two memos.
        ...(!keepsWish && { wish: null }),
        ...(memo_name !== undefined && { memo_name }),
        ...(comments && { comments: comments.length > 0 ? [...comments] : null }),
        ...(plan !== undefined && { plan }),
      }),

    putOff(lease: Lease, later: Later): boolean {
      const job = drizzle.select().from(jobs).where(owned(lease)).get();
      if (!job) return false;
      write(lease, {
        state: "waiting",
        waiting_for: later.waiting_for,
        due_at: later.due_at,
        wait_ms: later.wait_ms ?? null,
        reason: later.reason,
        detail: later.detail,
        aside: later.aside ?? job.aside,
        depends_on: later.depends_on ?? null,
        attempts: job.attempts + (later.attempt ? 1 : 0),
        snoozes: later.attempt ? 0 : job.snoozes + (SERVERS.includes(later.waiting_for) ? 1 : 0),
        first_failed_at: job.first_failed_at ?? (later.attempt ? clock.now() : null),
        ...UNLEASED,
      });
      return true;
    },

    /** Back to its place, as if it had not been leased. */
    handBack: (lease: Lease) =>
      write(lease, { state: "waiting", due_at: clock.now(), waiting_for: null, ...UNLEASED }) !== undefined,

    /** Tried no more by itself. */
    giveUp: (lease: Lease, { reason, detail }: { reason: string; detail: string }) =>
      write(lease, { state: "dead", waiting_for: null, reason, detail, done_at: null, ...UNLEASED }) !==
      undefined,

    /**
     * A dead job is tried again: for the account that its sender is bound to today, unless something of it may be in
     * the one that it was sent for.
     */
    replay: (jobId: number, wish?: Wish) =>
      drizzle
        .update(jobs)
        .set({
          ...anew(),
          server: today("server"),
          account: today("account"),
          reason: null,
          detail: null,
          // What was asked for before it died is still to be carried out.
          ...(wish && { wish: sql`coalesce(${jobs.wish}, ${wish})` }),
        })
        .where(and(eq(jobs.id, jobId), eq(jobs.state, "dead")))
        .returning({ id: jobs.id })
        .get() !== undefined,

    /** A saved job whose memo has this name, and whose messages are kept, takes up what a person asked for. */
    ask: (jobId: number, wish: Wish, memoName: string) =>
      drizzle
        .update(jobs)
        .set({ ...anew({ aside: true }), wish })
        .where(
          and(
            eq(jobs.id, jobId),
            eq(jobs.state, "done"),
            eq(jobs.outcome, "saved"),
            eq(jobs.memo_name, memoName),
            exists(keptOf(jobId)),
            // Once it was written over, what was changed in Memos since is not what was asked about.
            wish === "overwrite" ? eq(jobs.reason, MEMO_CHANGED) : undefined,
          ),
        )
        .returning({ id: jobs.id })
        .get() !== undefined,

    /** A person gave up on a dead job. */
    discard: (jobId: number, by: string) =>
      drizzle
        .update(jobs)
        .set({ state: "done", outcome: "discarded", done_at: clock.now(), done_by: by, plan: null })
        .where(and(eq(jobs.id, jobId), eq(jobs.state, "dead")))
        .returning({ id: jobs.id })
        .get() !== undefined,

    /** There is something new for a job that was saved or given up. */
    reopen(jobId: number, { due_at, aside }: { due_at?: number; aside?: boolean } = {}): void {
      drizzle
        .update(jobs)
        .set(anew({ ...(due_at !== undefined && { due_at }), ...(aside !== undefined && { aside }) }))
        .where(
          and(
            eq(jobs.id, jobId),
            or(eq(jobs.state, "dead"), and(eq(jobs.state, "done"), eq(jobs.outcome, "saved"))),
          ),
        )
        .run();
    },

    /** An album of a group is called by the bot's name after all: also one that was ignored. */
    call(album: Job): void {
      drizzle
        .update(jobs)
        .set({
          reason: null,
          ...(album.state === "done" && { state: "waiting", outcome: null, done_at: null }),
        })
        .where(and(eq(jobs.id, album.id), eq(jobs.reason, NOT_ADDRESSED)))
        .run();
    },

    /** One more part of an open album came. */
    awaitMore(album: Job): void {
      const due_at = Math.min(clock.now() + ALBUM_QUIET_MS, album.created_at + ALBUM_LIMIT_MS);
      drizzle
        .update(jobs)
        .set({ due_at })
        .where(and(eq(jobs.id, album.id), eq(jobs.state, "waiting"), IS_OPEN_ALBUM))
        .run();
    },

    /** No more parts are waited for: of one open album, or of all in a lane but one. */
    closeAlbums(of: { readonly id: number } | { readonly lane: string; readonly but: string }): void {
      drizzle
        .update(jobs)
        .set({ waiting_for: null, due_at: clock.now() })
        .where(
          and(
            eq(jobs.bot_id, botId),
            "id" in of ? eq(jobs.id, of.id) : and(eq(jobs.lane, of.lane), ne(jobs.job_key, of.but)),
            eq(jobs.state, "waiting"),
            IS_OPEN_ALBUM,
          ),
        )
        .run();
    },

    /** A person's access token works: what waits for it, or for it to be refused once more, has its turn. */
    release: (telegramId: number, { server, account }: { server: string; account: string }) =>
      drizzle
        .update(jobs)
        .set({ waiting_for: null, due_at: clock.now(), aside: false, reason: null, detail: null })
        .where(
          and(
            eq(jobs.bot_id, botId),
            eq(jobs.telegram_id, telegramId),
            eq(jobs.server, server),
            eq(jobs.account, account),
            eq(jobs.state, "waiting"),
            or(eq(jobs.waiting_for, "binding"), eq(jobs.reason, TOKEN_REFUSED)),
          ),
        )
        .returning({ id: jobs.id })
        .all().length,

    /**
     * Gives up what waits for an account that its sender is not bound to any more, but to another. Not an album of a
     * group that nobody asked for yet.
     */
    leaveOthers: () =>
      sqlite.run(
        `UPDATE jobs INDEXED BY jobs_unfinished SET state = 'dead', waiting_for = NULL, reason = '${OTHER_ACCOUNT}',
             detail = 'was sent for ' || account || ', and another account was bound since'
           WHERE state IN ('waiting', 'working') AND state = 'waiting' AND bot_id = ? AND queue = 'messages'
             AND reason IS NOT '${NOT_ADDRESSED}'
             AND EXISTS (SELECT 1 FROM bindings WHERE bindings.telegram_id = jobs.telegram_id
               AND (bindings.server <> jobs.server OR bindings.account <> jobs.account))`,
        botId,
      ),

    /** Something later takes the place of a person's token; of those that came before the job `before`. Returns the jobs. */
    replaceTokens: (telegramId: number, before: number) =>
      drizzle
        .update(jobs)
        .set({
          state: "done",
          outcome: "handled",
          waiting_for: null,
          reason: "replaced",
          detail: null,
          done_at: clock.now(),
          ...UNLEASED,
        })
        .where(and(tokenWaits(botId, telegramId), lt(jobs.id, before)))
        .returning({ id: jobs.id })
        .all()
        .map(({ id }) => id),

    /**
     * Another version runs: what the last one did not understand is tried again, whole messages and parts of saved
     * ones. They keep their reason, so that nobody is told a second time of what is still unknown.
     */
    tryUnknown: () =>
      drizzle
        .update(jobs)
        .set(anew({ aside: true, due_at: 0 }))
        .where(
          and(
            eq(jobs.bot_id, botId),
            or(
              and(eq(jobs.state, "dead"), inArray(jobs.reason, UNKNOWN_KINDS)),
              and(eq(jobs.state, "done"), eq(jobs.outcome, "saved"), eq(jobs.reason, UNKNOWN_PART)),
            ),
            // Any other would wait, out of sight, for an account to be bound.
            isBound(),
          ),
        )
        .returning({ id: jobs.id })
        .all().length,

    /** After a start: what was at work waits again; returns how many. What waits for a binding is looked at once more. */
    recover() {
      // Settings may have changed since: whoever still cannot be served is put off again.
      sqlite.run(
        `UPDATE jobs INDEXED BY jobs_unfinished SET waiting_for = NULL, due_at = 0, aside = 0
           WHERE state IN ('waiting', 'working') AND state = 'waiting' AND waiting_for = 'binding'`,
      );
      return sqlite.run(
        `UPDATE jobs INDEXED BY jobs_unfinished SET state = 'waiting', due_at = 0, lease_token = NULL, lease_until = NULL
           WHERE state IN ('waiting', 'working') AND state = 'working'`,
      );
    },
  };
}

/** A command of a person whose access token waits. */
export const tokenWaits = (botId: number, telegramId: number) =>
  and(
    eq(jobs.bot_id, botId),
    eq(jobs.queue, "commands"),
    // As the partial index has it.
    sql`${jobs.state} IN ('waiting', 'working')`,
    eq(jobs.telegram_id, telegramId),
    eq(jobs.reason, TOKEN_WAITS),
  );
