import { and, eq, ne } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import { AppError } from "../errors.ts";
import type { Admission } from "./admission.ts";
import type { Database } from "./database.ts";
import { owe } from "./outbox.ts";
import { storePayload } from "./payloads.ts";
import { bindings, bots, type JobKind, type JobQueue, jobs, updates } from "./schema.ts";
import type { Vault } from "./vault.ts";

/** What an update asks for, as `telegram/update.ts` reads it. */
export type Task =
  | { readonly kind: "message" }
  | { readonly kind: "album"; readonly media_group_id: string }
  | { readonly kind: "command" }
  | { readonly kind: "press"; readonly callback_query_id: string }
  | { readonly kind: "leaked_token" }
  /** `keep` leaves the update in the store, for a version that knows what it is. */
  | { readonly kind: "nothing"; readonly reason: string; readonly keep: boolean };

/** One update on its way in, whole. */
export interface Incoming {
  readonly update_id: number;
  /** The key beside update_id: `message`, `callback_query` … */
  readonly kind: string;
  readonly fingerprint: string;
  /** The update as Telegram sent it. */
  readonly json: string;
  readonly chat_id: number | null;
  readonly message_id: number | null;
  readonly sender: { readonly id: number; readonly username: string | null } | null;
  readonly task: Task;
  /** Access tokens in it: it is then stored sealed, and redacted once handled. */
  readonly secrets: readonly string[];
}

export interface Delivery {
  /** True for a batch that the poller fetched itself. */
  readonly polled: boolean;
  /** True when buttons in it may have been pressed long ago: they are not acted on any more. */
  readonly stalePresses: boolean;
}

export interface Accepted {
  stored: number;
  duplicates: number;
  /** True when Telegram was seen to give out update ids again. */
  restarted: boolean;
}

export interface Inbox {
  /**
   * Stores a batch and makes its jobs in one synchronous transaction: when it returns, all of it is on disk.
   * Only a batch that the poller fetched moves the offset, to the last id + 1, even where that is lower.
   * @throws when nothing of it could be stored.
   */
  accept(batch: readonly Incoming[], from: Delivery): Accepted;
}

/** An album is complete when no part came for this long, … */
export const ALBUM_QUIET_MS = 1_500;
/** … or this long after its first part, … */
export const ALBUM_LIMIT_MS = 10_000;
/** … or with as many parts as Telegram allows. */
export const ALBUM_PARTS = 10;

export function createInbox(deps: {
  database: Database;
  vault: Vault;
  admission: Admission;
  clock: Clock;
  botId: number;
}): Inbox {
  const { database, vault, admission, clock, botId } = deps;
  const { drizzle } = database;

  const currentEpoch = () =>
    drizzle.select({ epoch: bots.epoch }).from(bots).where(eq(bots.bot_id, botId)).get()?.epoch ?? 0;

  const fingerprintOf = (epoch: number, updateId: number) =>
    drizzle
      .select({ fingerprint: updates.fingerprint })
      .from(updates)
      .where(
        and(
          eq(updates.source, "telegram"),
          eq(updates.bot_id, botId),
          eq(updates.epoch, epoch),
          eq(updates.update_id, String(updateId)),
        ),
      )
      .get()?.fingerprint;

  return {
    accept: (batch, { polled, stalePresses }) =>
      database.inTransaction(() => {
        const accepted: Accepted = { stored: 0, duplicates: 0, restarted: false };
        let epoch = currentEpoch();
        for (const incoming of batch) {
          const known = fingerprintOf(epoch, incoming.update_id);
          // A batch that is delivered again may begin before the id that showed the restart.
          const before = epoch > 0 ? fingerprintOf(epoch - 1, incoming.update_id) : undefined;
          if (known === incoming.fingerprint || before === incoming.fingerprint) {
            accepted.duplicates += 1;
            continue;
          }
          if (known !== undefined) {
            epoch += 1;
            accepted.restarted = true;
            drizzle.update(bots).set({ epoch }).where(eq(bots.bot_id, botId)).run();
          }
          store(incoming, epoch, stalePresses);
          accepted.stored += 1;
        }
        const last = batch.at(-1);
        if (polled && last) {
          drizzle
            .update(bots)
            .set({ next_offset: last.update_id + 1 })
            .where(eq(bots.bot_id, botId))
            .run();
        }
        return accepted;
      }),
  };

  function store(incoming: Incoming, epoch: number, stalePresses: boolean): void {
    const now = clock.now();
    const job = jobFor(incoming, epoch, now, stalePresses);
    // Nothing to be done with it, now or by a later version: no reason to keep what it said.
    const emptied = job.state === "done" && !(incoming.task.kind === "nothing" && incoming.task.keep);
    drizzle
      .insert(updates)
      .values({
        source: "telegram",
        bot_id: botId,
        epoch,
        update_id: String(incoming.update_id),
        kind: incoming.kind,
        fingerprint: incoming.fingerprint,
        job_id: job.id,
        chat_id: incoming.chat_id,
        message_id: incoming.message_id,
        received_at: now,
        ...(emptied
          ? { payload: null, payload_form: "dropped" as const }
          : storePayload(vault, incoming.json, incoming.secrets)),
      })
      .run();
  }

  /** The job this update belongs to: a new one, or the one its message or album already has. */
  function jobFor(
    incoming: Incoming,
    epoch: number,
    now: number,
    stalePresses: boolean,
  ): { id: number; state: string } {
    const { task, sender } = incoming;
    if (task.kind === "nothing") {
      return insert(incoming, now, {
        kind: "nothing",
        queue: "none",
        job_key: `${epoch}:${incoming.update_id}`,
        state: "done",
        outcome: "ignored",
        reason: task.reason,
        done_at: now,
      });
    }
    if (task.kind === "leaked_token") {
      return insert(incoming, now, { kind: "leaked_token", queue: "commands", state: "waiting" });
    }
    const refusal = sender === null ? "no_sender" : admission.refusalOf(sender, now);
    if (refusal !== null) return stranger(incoming, now, refusal);
    if (task.kind === "press") {
      return insert(incoming, now, {
        kind: "press",
        queue: "commands",
        job_key: task.callback_query_id,
        state: "waiting",
        reason: stalePresses ? "stale" : null,
      });
    }
    if (task.kind === "command") {
      return insert(incoming, now, { kind: "command", queue: "commands", state: "waiting" });
    }
    const binding = drizzle
      .select({
        server: bindings.server,
        account: bindings.account,
        confirmation: bindings.confirmation,
      })
      .from(bindings)
      .where(eq(bindings.telegram_id, sender?.id ?? 0))
      .get();
    if (!binding) return stranger(incoming, now, "not_bound");
    closeAlbums(incoming, now);
    const { confirmation, ...account } = binding;
    const stored = confirmation === "reaction" ? markStored : () => undefined;
    if (task.kind === "album") return albumJob(incoming, task.media_group_id, account, now, stored);
    const job = insert(incoming, now, { kind: "message", queue: "messages", state: "waiting", ...account });
    if (job.state === "waiting") stored(incoming, job.id, now);
    return job;
  }

  /** Somebody whose messages are not saved: told how at most once an hour, otherwise ignored. */
  function stranger(incoming: Incoming, now: number, reason: string) {
    const { sender, task } = incoming;
    // A command with a token in it is removed from the chat in any case.
    const shown = task.kind === "command" && incoming.secrets.length > 0;
    const told = sender === null || (task.kind !== "press" && !admission.claimHint(sender.id, now) && !shown);
    if (told) {
      return insert(incoming, now, {
        kind: "stranger",
        queue: "none",
        job_key: jobKey(incoming),
        state: "done",
        outcome: "ignored",
        reason,
        done_at: now,
      });
    }
    return insert(incoming, now, {
      kind: "stranger",
      queue: "commands",
      job_key: jobKey(incoming),
      state: "waiting",
      reason,
    });
  }

  /** For who wants to be told by marks: it is kept from now on, also while Memos is down. */
  function markStored({ chat_id, message_id }: Incoming, jobId: number, now: number): void {
    if (chat_id === null || message_id === null) return;
    const params = { chat_id, message_id, reaction: [{ type: "emoji", emoji: "👀" }] };
    owe(drizzle, botId, jobId, now, [{ chat_id, method: "setMessageReaction", promise: "notice", params }]);
  }

  function albumJob(
    incoming: Incoming,
    mediaGroupId: string,
    binding: { server: string; account: string },
    now: number,
    stored: (incoming: Incoming, jobId: number, now: number) => void,
  ) {
    const open = drizzle
      .select()
      .from(jobs)
      .where(
        and(
          eq(jobs.bot_id, botId),
          eq(jobs.kind, "album"),
          eq(jobs.chat_id, incoming.chat_id ?? 0),
          eq(jobs.job_key, mediaGroupId),
        ),
      )
      .get();
    if (!open) {
      const job = insert(incoming, now, {
        kind: "album",
        queue: "messages",
        job_key: mediaGroupId,
        state: "waiting",
        waiting_for: "album",
        due_at: now + ALBUM_QUIET_MS,
        ...binding,
      });
      stored(incoming, job.id, now);
      return job;
    }
    const parts = drizzle
      .select({ message_id: updates.message_id })
      .from(updates)
      .where(eq(updates.job_id, open.id))
      .all();
    // The same part under another update id, or one that nobody wants any more.
    const known = parts.some(({ message_id }) => message_id === incoming.message_id);
    if (known || open.outcome === "discarded") return { id: open.id, state: "done" };
    if (open.state === "waiting" && open.waiting_for === "album") {
      drizzle
        .update(jobs)
        .set(
          parts.length + 1 >= ALBUM_PARTS
            ? { waiting_for: null, due_at: now }
            : { due_at: Math.min(now + ALBUM_QUIET_MS, open.created_at + ALBUM_LIMIT_MS) },
        )
        .where(eq(jobs.id, open.id))
        .run();
    }
    // The memo exists already: the late part joins it.
    if (open.state === "done" && open.outcome === "saved") {
      drizzle
        .update(jobs)
        .set({
          state: "waiting",
          outcome: null,
          waiting_for: null,
          due_at: now,
          attempts: 0,
          first_failed_at: null,
          aside: false,
          done_at: null,
        })
        .where(eq(jobs.id, open.id))
        .run();
    }
    return { id: open.id, state: "waiting" };
  }

  /** A later message of the chat that is no part of it tells that an album is complete. */
  function closeAlbums(incoming: Incoming, now: number): void {
    const group = incoming.task.kind === "album" ? incoming.task.media_group_id : "";
    drizzle
      .update(jobs)
      .set({ waiting_for: null, due_at: now })
      .where(
        and(
          eq(jobs.bot_id, botId),
          eq(jobs.queue, "messages"),
          eq(jobs.lane, laneOf(incoming)),
          eq(jobs.state, "waiting"),
          eq(jobs.waiting_for, "album"),
          ne(jobs.job_key, group),
        ),
      )
      .run();
  }

  function insert(
    incoming: Incoming,
    now: number,
    values: { kind: JobKind; queue: JobQueue } & Partial<typeof jobs.$inferInsert>,
  ): { id: number; state: string } {
    const inserted = drizzle
      .insert(jobs)
      .values({
        job_key: jobKey(incoming),
        lane: laneOf(incoming),
        bot_id: botId,
        chat_id: incoming.chat_id,
        message_id: incoming.message_id,
        telegram_id: incoming.sender?.id ?? null,
        state: "waiting",
        created_at: now,
        ...values,
      })
      .onConflictDoNothing()
      .returning({ id: jobs.id, state: jobs.state })
      .get();
    if (inserted) return inserted;
    // The same message under another update id: it has its job, and one is enough.
    const own = drizzle
      .select({ id: jobs.id })
      .from(jobs)
      .where(
        and(
          eq(jobs.bot_id, botId),
          eq(jobs.kind, values.kind),
          eq(jobs.chat_id, incoming.chat_id ?? 0),
          eq(jobs.job_key, values.job_key ?? jobKey(incoming)),
        ),
      )
      .get();
    if (!own) throw new AppError("internal", `job ${values.kind} of update ${incoming.update_id} is missing`);
    return { id: own.id, state: "done" };
  }
}

function jobKey(incoming: Incoming): string {
  return String(incoming.message_id ?? `update:${incoming.update_id}`);
}

function laneOf(incoming: Incoming): string {
  return String(incoming.chat_id ?? incoming.sender?.id ?? "");
}
