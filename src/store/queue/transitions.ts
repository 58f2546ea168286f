import { and, eq, inArray, lt, ne, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteUpdateSetSource } from "drizzle-orm/sqlite-core";
import {
  MEMO_CHANGED,
  NOT_ADDRESSED,
  OTHER_ACCOUNT,
  type RequestedAction,
  TOKEN_REFUSED,
  UNKNOWN_KINDS,
  UNKNOWN_PART,
} from "../../domain/job.ts";
import type { WritingRules } from "../../domain/saved.ts";
import type { StoreContext } from "../db/database.ts";
import { asJson, cleanPayloads } from "../db/payloads.ts";
import {
  type AccountRef,
  fact,
  isDead,
  isWaiting,
  type Job,
  jobColumns,
  jobsOfAccount,
  jobsOfBot,
  setFact,
  tokenWaits,
} from "../db/rows.ts";
import { jobs } from "../db/schema.ts";

type Row = typeof jobs.$inferInsert;

/** A job as it begins: what `insertJob` writes. */
export type NewJob = Pick<Row, "chat_key" | "kind" | "job_key" | "queue" | "lane" | "state" | "created_at"> &
  Partial<Pick<Row, keyof typeof UNSET | "settings" | "form">>;

const UNSET = {
  message_id: null,
  telegram_id: null,
  account_key: null,
  outcome: null,
  waiting_for: null,
  reason: null,
  memo_name: null,
  parent_name: null,
  done_at: null,
};

/** In this lane of a queue there may be something to do. */
export type Turn = Pick<Job, "queue" | "lane"> & {
  /** By a person, who waits for it. */
  readonly isAsked?: boolean;
};

const isSaved = and(eq(jobs.state, "done"), eq(jobs.outcome, "saved"));

export type Transitions = ReturnType<typeof createTransitions>;

/** Waits for its turn as if it had never been tried. */
export const ANEW = {
  state: "waiting",
  outcome: null,
  waiting_for: null,
  attempts: 0,
  first_failed_at: null,
  done_at: null,
} as const;

/** Nothing of it can be in Memos. */
export const isUntouched = sql`(jobs.began_at IS NULL AND jobs.old_plan IS NULL AND jobs.memo_name IS NULL)`;

/** The lane of a person in a group is the key of the group, plus this times the key of their own chat. */
export const LANES_OF_A_PERSON = 2 ** 26;

/** A lane of its own, beside that of its chat. */
export const ownLane = sql`-${jobs.id}`;

/**
 * Writes what state a job is in; nobody else does but `jobs` for one at work.
 *
 * |                       | from                     | to                          |
 * |-----------------------|--------------------------|-----------------------------|
 * | create                |                          | waiting, dead, or done       |
 * | jobs.finish           | waiting, at work         | done, or waiting            |
 * | jobs.putOff, handBack | waiting, at work         | waiting                     |
 * | jobs.bury             | waiting, at work         | dead, or waiting            |
 * | jobs.forget           | waiting, at work         | deleted                     |
 * | buryForLeftAccounts   | waiting, not at work     | dead                        |
 * | release, moveLanes    | waiting, not at work     | waiting                     |
 * | endNotification       | waiting                  | done: handled, or dead      |
 * | replaceTokens         | waiting                  | done: handled               |
 * | replay                | dead                     | waiting                     |
 * | discard               | dead                     | done: discarded             |
 * | reopen, noteVersion   | dead, done: saved        | waiting                     |
 * | requestAction         | done: saved              | waiting                     |
 * | saveAsMessage         | done: handled            | waiting, as a message       |
 * | recover               | waiting                  | waiting                     |
 * | albumWasAddressed     | waiting, done: ignored   | waiting                     |
 *
 * Each changes nothing where the job is not in a state that it begins in. Which jobs are at work, and which rest after
 * a try, is known in memory only: after a restart all that waits is due.
 */
export function createTransitions(context: StoreContext, ring: (turn: Turn) => void) {
  const { database, clock, botId } = context;
  const { drizzle, sqlite, statements } = database;
  const atWork = new Set<number>();
  /** Came in this run, and were never tried. */
  const fresh = new Set<number>();
  /** Pauses after tries: how many in a row waited for a server, and when the first of them began (monotonic). */
  const pauses = new Map<number, { restsUntil: number; snoozes: number; failingSince: number | undefined }>();
  const rest = (jobId: number, pauseMs: number, snoozes = 0, failingSince?: number) =>
    pauses.set(jobId, { restsUntil: clock.monotonic() + pauseMs, snoozes, failingSince });

  /** Those that wait and are not at work. */
  const isNotAtWork = () => and(jobsOfBot(botId), isWaiting, notInArray(jobs.id, [...atWork]));

  /** Changes jobs, ends their pauses after earlier tries, and rings for their lanes. `isAsked`: as in `Turn`. */
  function change(values: SQLiteUpdateSetSource<typeof jobs>, where: SQL | undefined, isAsked = false) {
    const { id, queue, lane } = jobs;
    const changed = drizzle.update(jobs).set(values).where(where).returning({ id, queue, lane }).all();
    for (const job of changed) {
      pauses.delete(job.id);
      ring({ ...job, isAsked });
    }
    return changed;
  }

  /** One that rests after a try has its turn now. `isAsked`: as in `Turn`. */
  function wake(jobId: number, isAsked = false): void {
    const pause = pauses.get(jobId);
    if (!pause) return;
    const isResting = and(eq(jobs.id, jobId), isWaiting, inArray(jobs.waiting_for, ["retry", "telegram"]));
    const { queue, lane } = jobs;
    const job = drizzle.select({ queue, lane }).from(jobs).where(isResting).get();
    if (!job) return;
    pauses.set(jobId, { ...pause, restsUntil: 0 });
    ring({ ...job, isAsked });
  }

  /** The lane of its chat, or of the supergroup that the chat became; in a group of its sender there. */
  const firstLane = sql`(SELECT coalesce(home.moved_to, home.id) + coalesce(own.id, 0) * ${LANES_OF_A_PERSON}
    FROM chats AS home LEFT JOIN chats AS own
      ON home.chat_id < 0 AND own.bot_id = home.bot_id AND own.chat_id = jobs.telegram_id
    WHERE home.id = jobs.chat_key)`;
  /** The account that the sender is bound to today, where nothing of the job can be in the one of then. */
  const accountToday = sql`CASE WHEN jobs.queue = 'messages' AND ${isUntouched}
      THEN coalesce((SELECT account_key FROM bindings WHERE bindings.telegram_id = jobs.telegram_id), jobs.account_key)
      ELSE jobs.account_key END`;

  /** Whether its sender is bound to its account, or to another one. */
  const isBoundTo = (which: "its account" | "another account") =>
    sql`EXISTS (SELECT 1 FROM bindings JOIN accounts AS bound ON bound.id = bindings.account_key
      JOIN accounts AS own ON own.id = jobs.account_key WHERE bindings.telegram_id = jobs.telegram_id
        AND ((bound.server, bound.name) = (own.server, own.name)) = ${which === "its account" ? 1 : 0})`;

  return {
    atWork,
    fresh,
    pauses,
    rest,
    change,
    wake,

    /** Undefined where the task has a job already. */
    create(job: NewJob): number | undefined {
      const [settings, form] = [asJson(job.settings), asJson(job.form)];
      const id = statements.insertJob.get({ ...UNSET, ...job, settings, form })?.id;
      if (id !== undefined && job.state === "waiting") {
        if (job.queue === "messages") fresh.add(id);
        ring(job);
      }
      return id;
    },

    /**
     * A dead job is tried again: for the account that its sender is bound to today, unless something of it may be in
     * the one that it was sent for. Not what could not be read: there is nothing to try.
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
        and(which, isDead, ne(jobs.queue, "none")),
        true,
      ).length,

    /**
     * A person asked for it by a button: a job whose memo was saved, under this name, takes that up. `settled`: it was
     * not saved, waits, or has another memo by now. `gone`: its messages are not kept any more.
     */
    requestAction: (jobId: number, requested_action: RequestedAction, memoName: string) =>
      database.durable((): "asked" | "settled" | "gone" => {
        if (!statements.updatesOf.get({ job_id: jobId })) return "gone";
        const asked = change(
          { ...ANEW, lane: ownLane, requested_action },
          and(
            eq(jobs.id, jobId),
            // Or saved but for a file.
            or(isSaved, and(isNotAtWork(), sql`tried -> '$.lacks' IS NOT NULL`)),
            eq(jobs.memo_name, memoName),
            // Once it was written over, what was changed in Memos since is not what was asked about.
            requested_action === "overwrite" ? eq(jobs.reason, MEMO_CHANGED) : undefined,
          ),
          true,
        );
        return asked.length > 0 ? "asked" : "settled";
      }),

    /**
     * Turns a handled command into the message that it was meant as, for the account its sender is bound to now. Once:
     * `settled` when it is one already. `gone`: there is nothing left of it to save.
     */
    saveAsMessage: (jobId: number, account_key: number) =>
      database.durable((): "saved" | "settled" | "gone" => {
        // One that held a token, or was pruned, is not whole any more.
        if (statements.updatesOf.get({ job_id: jobId })?.payload_form !== "plain") return "gone";
        const message = {
          kind: "message",
          queue: "messages",
          requested_action: "save",
          reason: null,
        } as const;
        const isCommand = and(eq(jobs.kind, "command"), eq(jobs.state, "done"));
        const saved = change({ ...ANEW, ...message, account_key }, and(eq(jobs.id, jobId), isCommand));
        return saved.length > 0 ? "saved" : "settled";
      }),

    /** Within the caller's transaction. `refusal`: why some of it will never be sent. */
    endNotification: (jobId: number, refusal: string | null) =>
      change(
        refusal === null
          ? { state: "done", outcome: "handled", waiting_for: null, done_at: clock.now() }
          : { state: "dead", waiting_for: null, reason: "refused", detail: refusal },
        and(eq(jobs.id, jobId), isWaiting),
      ),

    /** A person gave up on dead jobs; returns how many. */
    discard: (which: SQL | undefined, by: string): number =>
      database.durable(() => {
        const discarded = change(
          { state: "done", outcome: "discarded", done_at: clock.now(), done_by: by, old_plan: null },
          and(which, isDead),
        );
        for (const { id } of discarded) cleanPayloads(context, id);
        return discarded.length;
      }),

    /**
     * Within the caller's transaction. There is something new for a job: one that was saved or given up has its turn anew,
     * in its lane, or beside it, after a pause. One that rests after a try takes it in at once.
     */
    reopen(
      { id, state }: Pick<Job, "id" | "state">,
      { form, aside = false, pauseMs = 0 }: { form: WritingRules | null; aside?: boolean; pauseMs?: number },
    ): void {
      const values = {
        ...ANEW,
        lane: aside ? ownLane : firstLane,
        // What earlier tries wrote is still to be recognised.
        form: sql`iif(${jobs.state} = 'done', ${asJson(form)}, ${jobs.form})`,
      };
      // The next part of an album or of a long text mostly finds it waiting.
      const [reopened] = state === "waiting" ? [] : change(values, and(eq(jobs.id, id), or(isDead, isSaved)));
      if (reopened && pauseMs > 0) rest(id, pauseMs);
      if (!reopened && pauseMs === 0) wake(id);
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
     * group that nobody asked for yet, and not what is said in a chat that was given to the account.
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
          sql`NOT EXISTS (SELECT 1 FROM chats WHERE chats.id = jobs.chat_key AND mode = 'all'
            AND owner_id = jobs.telegram_id AND owner_account = jobs.account_key)`,
        ),
      ).length,

    /**
     * Something later takes the place of a person's token; of those that came before the job `before`. True when there
     * was one.
     */
    replaceTokens: (telegramId: number, before = Number.MAX_SAFE_INTEGER): boolean =>
      database.durable(() => {
        const done = { state: "done", outcome: "handled", waiting_for: null, reason: "replaced" } as const;
        const replaced = change(
          { ...done, detail: null, done_at: clock.now() },
          and(tokenWaits(botId, telegramId), lt(jobs.id, before)),
        );
        for (const { id } of replaced) {
          atWork.delete(id);
          cleanPayloads(context, id);
        }
        return replaced.length > 0;
      }),

    /**
     * At a start of another version than before: what the last one did not understand is tried again, whole messages and
     * parts of saved ones. They keep their reason, so that nobody is told a second time of what is still unknown.
     */
    noteVersion: (version: string): { before: string | undefined; requeued: number } | undefined =>
      database.durable(() => {
        const name = `version:${botId}`;
        const before = fact(sqlite, name);
        if (before === version) return undefined;
        setFact(sqlite, name, version);
        const requeued = change(
          { ...ANEW, lane: ownLane },
          and(
            jobsOfBot(botId),
            or(and(isDead, inArray(jobs.reason, UNKNOWN_KINDS)), and(isSaved, eq(jobs.reason, UNKNOWN_PART))),
            // Any other would wait, out of sight, for an account to be bound.
            isBoundTo("its account"),
          ),
        );
        return { before, requeued: requeued.length };
      }),

    /** Within the transaction of a group's move: what waits goes on in lanes of the other. What is at work ends in its own. */
    moveLanes(from: number, to: number): void {
      const isOfGroup = sql`${jobs.lane} > 0 AND ${jobs.lane} % ${LANES_OF_A_PERSON} = ${from}`;
      change({ lane: sql`${jobs.lane} - ${from} + ${to}` }, and(isOfGroup, isNotAtWork()));
    },

    /** After a start. Returns how many may have been at work when the last run was cut off. */
    recover(): number {
      const unfinished = (set: string, where: string) =>
        sqlite.run(
          `UPDATE jobs INDEXED BY jobs_unfinished SET ${set} WHERE state = 'waiting' AND waiting_for ${where}`,
        );
      // Which were, no row says: a job may have come before it since, or a power cut have undone how one ended. What
      // waits for a binding was written down as it was put off.
      const interrupted = database.unclean
        ? unfinished("began_at = coalesce(began_at, created_at)", "IS NOT 'binding' AND queue = 'messages'")
        : 0;
      database.recovered();
      // Settings may have changed since: whoever still cannot be served is put off again.
      unfinished("waiting_for = NULL", "= 'binding'");
      return interrupted;
    },
  };
}
