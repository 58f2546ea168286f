import { and, eq } from "drizzle-orm";
import { AppError } from "../../base/errors.ts";
import type { Incoming } from "../../domain/incoming.ts";
import { UNREADABLE } from "../../domain/job.ts";
import type { MemoSettings, WritingRules } from "../../domain/saved.ts";
import type { Binding } from "../accounts/bindings.ts";
import type { StoreContext } from "../db/database.ts";
import { type AccountRef, type Job, jobColumns } from "../db/rows.ts";
import { jobs } from "../db/schema.ts";
import type { Chats } from "../intake/chats.ts";
import type { NewJob, Transitions } from "./transitions.ts";

/** The job that an update belongs to. */
export interface Assignment {
  readonly job_id: number;
  /** There is nothing to be done with what the update says, now or by a later version. */
  readonly dropsPayload: boolean;
}

/** An update on its way in. `chat` and `person` are 0 where it has none. */
export interface Arrival extends Incoming {
  readonly now: number;
  /** How memos are written now; null while that is not known. */
  readonly form: WritingRules | null;
  readonly chat: number;
  /** Who said it; in a chat that was given to somebody it is that owner, whoever said it. */
  readonly person: number;
  /** Undefined where the sender is not bound. */
  readonly account: Holder | undefined;
}

/** What is known of who has a message saved. */
export type Holder = AccountRef &
  Pick<Binding, "account_key" | "tags" | "formatting" | "source_line" | "language" | "confirmation"> &
  Partial<Pick<Binding, "tags_asked_in">> &
  Pick<MemoSettings, "author_line">;

/** Of somebody who is bound. */
export type BoundArrival = Arrival & { readonly account: Holder };

export type TaskOf<Kind extends Incoming["task"]["kind"]> = Extract<Incoming["task"], { kind: Kind }>;

export type NewJobs = ReturnType<typeof createNewJobs>;

/** Within the caller's transaction: makes a job for an update, once for each task. */
export function createNewJobs(
  { database }: StoreContext,
  { chats, transitions }: { readonly chats: Chats; readonly transitions: Transitions },
) {
  const { drizzle } = database;

  function find({ chat }: Arrival, kind: Job["kind"], key: string): Job | undefined {
    const isIt = and(eq(jobs.chat_key, chats.keyOf(chat)), eq(jobs.kind, kind), eq(jobs.job_key, key));
    return drizzle.select(jobColumns).from(jobs).where(isIt).get();
  }

  function insert(it: Arrival, values: Pick<NewJob, "kind"> & Partial<NewJob>): Assignment {
    const row = {
      job_key: jobKey(it),
      queue: "commands" as const,
      lane: it.account ? chats.laneOf(it.chat, it.person) : chats.homeOf(it.chat),
      chat_key: chats.keyOf(it.chat),
      message_id: it.message_id,
      telegram_id: it.person || null,
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
    const own = find(it, row.kind, row.job_key);
    if (!own) throw new AppError("internal", `job ${row.kind} of update ${it.update_id} is missing`);
    return { job_id: own.id, dropsPayload: true };
  }

  function ignore(it: Arrival, reason: string): Assignment {
    return insert(it, {
      kind: "nothing",
      job_key: keyOfUpdate(it),
      ...ended(it, reason),
    });
  }

  /** Nothing can be done with it but to look at it, and to discard it. */
  function keepUnread(it: Arrival): Assignment {
    return insert(it, {
      kind: "nothing",
      job_key: keyOfUpdate(it),
      queue: "none",
      state: "dead",
      reason: UNREADABLE,
    });
  }

  /** What a message's job begins with: the settings of the moment in which it comes hold for all tries. */
  function heldBy({ form, account }: BoundArrival) {
    const { account_key, tags, formatting, source_line, language, author_line } = account;
    const settings = { tags, formatting, source_line, language, ...(author_line && { author_line }) };
    return { queue: "messages" as const, account_key, settings, form };
  }

  return { find, insert, ignore, keepUnread, heldBy };
}

export const jobKey = ({ message_id, update_id }: Incoming) => String(message_id ?? `update:${update_id}`);

/** The key of a job of what is no message. With the fingerprint, since Telegram gives out its numbers again. */
export const keyOfUpdate = ({ update_id, fingerprint }: Incoming) => `${update_id}:${fingerprint}`;

/** The columns of a job that is ignored from the beginning. */
export const ended = ({ now }: Arrival, reason: string) =>
  ({ queue: "none", state: "done", outcome: "ignored", reason, done_at: now }) as const;

export const isOver = ({ outcome }: Job) => outcome === "discarded" || outcome === "ignored";
