import { and, eq } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import type { Incoming } from "../../domain/incoming.ts";
import { type JobKind, NOT_ADDRESSED } from "../../domain/job.ts";
import type { Form } from "../../domain/saved.ts";
import type { Admission } from "../accounts/admission.ts";
import type { Database } from "../db/database.ts";
import { type Job, jobColumns } from "../db/rows.ts";
import { jobs } from "../db/schema.ts";
import { type Chats, isGroup } from "../intake/chats.ts";
import { owe } from "../outbox/owe.ts";
import { type Account, createAssignEdit, type OwnValues, type Place } from "./assign-edit.ts";
import { captureKey, createMessageJobs, isOf } from "./message-jobs.ts";
import type { Transitions } from "./transitions.ts";

/** The reason of a job whose person was told within the hour why nothing is done for them. */
export const TOLD = "told_already";

/** Within the caller's transaction: makes the job of an update, or finds the one that its message has. */
export type AssignJob = (incoming: Incoming, now: number) => Place;

export function createAssignJob(deps: {
  database: Pick<Database, "drizzle" | "statements" | "owed">;
  admission: Admission;
  chats: Chats;
  transitions: Transitions;
  clock: Clock;
  botId: number;
  /** How memos are written now; null while that is not known. */
  formNow: () => Form | null;
}): AssignJob {
  const { database, admission, chats, transitions, botId, formNow } = deps;
  const { drizzle, statements } = database;
  const messageJobs = createMessageJobs({ database, botId });
  const placeEdit = createAssignEdit({
    drizzle,
    chats,
    messageJobs,
    transitions,
    bindingOf,
    formNow,
    heldBy,
    jobNamed,
    insert,
    ignored,
  });

  return (incoming, now) => {
    const { task, sender } = incoming;
    const ignore = (reason: string) => ignored(incoming, now, reason);
    if (task.kind === "nothing") return ignore(task.reason);
    if (task.kind === "migration") {
      chats.migrated(task.from, task.to);
      return ignore("service_message");
    }
    const refusal = sender === null ? "no_sender" : admission.refusalOf(sender);
    if (task.kind === "leaked_token") {
      return insert(incoming, now, {
        kind: "leaked_token",
        queue: "commands",
        // It is removed in any case; who is not let in is told as often as for everything else.
        ...(refusal !== null && !isGroup(incoming) && { reason: mayTell(incoming, now) ? refusal : TOLD }),
        // An edit that shows one is another task than the message was.
        ...(incoming.kind === "edited_message" && { job_key: `${jobKey(incoming)}:${incoming.update_id}` }),
      });
    }
    if (task.kind === "edit") return placeEdit(incoming, { ...task, refusal, now });
    if (task.kind === "overheard") {
      const place = refusal === null ? overhear(incoming, task.media_group_id, now) : undefined;
      return place ?? ignore(NOT_ADDRESSED);
    }
    if (refusal !== null) return stranger(incoming, now, refusal);
    if (task.kind === "press") {
      return insert(incoming, now, {
        kind: "press",
        queue: "commands",
        job_key: task.callback_query_id,
      });
    }
    if (task.kind === "command") return insert(incoming, now, { kind: "command", queue: "commands" });
    const binding = bindingOf(incoming);
    if (!binding) return stranger(incoming, now, "not_bound");
    if (task.kind === "message" && task.repliesTo !== undefined && task.repliesTo === binding.tags_asked_in) {
      return insert(incoming, now, { kind: "command", queue: "commands" });
    }
    const known = messageJobs.of(incoming.chat_id ?? 0, incoming.message_id ?? 0);
    // The same message under another update id: it has its job, and one is enough.
    if (known) return { job_id: known.id, idle: true };
    const place =
      (task.kind === "album" ? joinAlbum(incoming, task.media_group_id) : undefined) ??
      (task.kind === "capture" ? captured(incoming, task, binding, now) : joinLeader(incoming, binding));
    if (place) return place;
    const made = make(incoming, binding, now);
    if (binding.confirmation === "reaction") markStored(incoming, made.job_id);
    return made;
  };

  function make(incoming: Incoming, account: Account, now: number): Place {
    const { task, sender } = incoming;
    switch (task.kind) {
      case "album":
        return beginAlbum(incoming, task.media_group_id, account, now);
      case "capture": {
        const key = captureKey(task.of, sender?.id ?? 0);
        const isTaken = messageJobs.captureOf(incoming.chat_id ?? 0, task.of, sender?.id ?? 0) !== undefined;
        return insert(incoming, now, {
          kind: "capture",
          queue: "messages",
          // An earlier one was given up, or is of another account.
          job_key: isTaken ? `${key}:${incoming.message_id}` : key,
          ...heldBy(account),
        });
      }
      default:
        return insert(incoming, now, {
          kind: "message",
          queue: "messages",
          ...heldBy(account),
        });
    }
  }

  function beginAlbum(incoming: Incoming, media_group_id: string, account: Account, now: number): Place {
    return insert(incoming, now, {
      kind: "album",
      queue: "messages",
      job_key: media_group_id,
      reason: incoming.task.kind === "overheard" ? NOT_ADDRESSED : null,
      waiting_for: "album",
      ...heldBy(account),
    });
  }

  /** Somebody asks for a message that they have a job for already; undefined when they have not. */
  function captured(
    incoming: Incoming,
    { of, says }: { of: number; says: boolean },
    account: Account,
    now: number,
  ): Place | undefined {
    const chatId = incoming.chat_id ?? 0;
    const telegramId = incoming.sender?.id ?? 0;
    const saved = messageJobs.captureOf(chatId, of, telegramId) ?? messageJobs.of(chatId, of);
    const isOwn = saved?.telegram_id === telegramId && isOf(saved, account);
    if (!isOwn || saved.outcome === "discarded" || saved.outcome === "ignored") return undefined;
    // What they say to it now is a comment.
    if (says) return insert(incoming, now, { kind: "message", queue: "messages", ...heldBy(account) });
    if (saved.state === "done") return insert(incoming, now, { kind: "command", queue: "commands" });
    transitions.reopen(saved.id, { form: formNow() });
    return { job_id: saved.id, idle: saved.kind !== "capture" };
  }

  /**
   * A message of a group that does not call the bot may be a part of an album, of which any part may, or go on with one
   * that did. Undefined when it is nothing to us.
   */
  function overhear(incoming: Incoming, mediaGroupId: string | null, now: number): Place | undefined {
    const binding = bindingOf(incoming);
    if (!binding) return undefined;
    const known = messageJobs.of(incoming.chat_id ?? 0, incoming.message_id ?? 0);
    if (known) return { job_id: known.id, idle: true };
    if (mediaGroupId === null) return joinLeader(incoming, binding);
    return (
      joinAlbum(incoming, mediaGroupId) ??
      joinLeader(incoming, binding) ??
      beginAlbum(incoming, mediaGroupId, binding, now)
    );
  }

  /** What a job of a message is made with: what holds now, holds for all its tries. */
  function heldBy({ account_key, tags, formatting, source_line, language }: Account) {
    return { account_key, settings: { tags, formatting, source_line, language }, form: formNow() };
  }

  function bindingOf({ sender }: Incoming) {
    return statements.accountOf.get({ telegram_id: sender?.id ?? 0 });
  }

  function jobNamed(kind: JobKind, key: string, { chat_id }: Incoming): Job | undefined {
    const inChat = eq(jobs.chat_key, chats.keyOf(chat_id ?? 0));
    return drizzle
      .select(jobColumns)
      .from(jobs)
      .where(and(inChat, eq(jobs.kind, kind), eq(jobs.job_key, key)))
      .get();
  }

  /** A part of an album whose other parts came before it. */
  function joinAlbum(incoming: Incoming, mediaGroupId: string): Place | undefined {
    const album = jobNamed("album", mediaGroupId, incoming);
    if (!album) return undefined;
    const isCall = incoming.task.kind === "album";
    // Nobody wants it any more, or wanted it so far.
    if (album.outcome === "discarded" || (album.outcome === "ignored" && !isCall)) {
      return { job_id: album.id, idle: true };
    }
    if (isCall) transitions.call(album);
    // The memo exists already, and the late part joins it; or there is none, and with this part there may be.
    transitions.reopen(album.id, { form: formNow() });
    return { job_id: album.id, idle: false };
  }

  /** What goes on with the message before it joins that one's memo, made already or not. */
  function joinLeader(incoming: Incoming, account: Account): Place | undefined {
    const before = messageJobs.before(incoming.chat_id ?? 0, incoming.message_id ?? 0);
    if (!before) return undefined;
    const { job, first, last } = before;
    const open = job.state === "waiting" || job.outcome === "saved";
    if (!open || !isOf(job, account) || job.never_joined) return undefined;
    if (!incoming.continues(first, last)) return undefined;
    transitions.reopen(job.id, { form: formNow() });
    return { job_id: job.id, idle: false };
  }

  /** Somebody whose messages are not saved: told how at most once an hour, otherwise ignored. */
  function stranger(incoming: Incoming, now: number, reason: string): Place {
    const { sender, task } = incoming;
    // In a group they are told with the others.
    if (isGroup(incoming) && sender !== null && task.kind !== "press") {
      return insert(incoming, now, { kind: "stranger", reason, queue: "commands" });
    }
    const told = task.kind === "press" || mayTell(incoming, now);
    // A command with a token in it is removed from the chat in any case.
    const removed = task.kind === "command" && incoming.secrets.length > 0;
    return insert(incoming, now, {
      kind: "stranger",
      ...(sender !== null && (told || removed)
        ? { queue: "commands", reason: told ? reason : TOLD }
        : { queue: "none", reason, state: "done", outcome: "ignored", done_at: now }),
    });
  }

  function mayTell({ sender }: Incoming, now: number): boolean {
    return sender !== null && admission.claimHint(sender.id, now);
  }

  function ignored(incoming: Incoming, now: number, reason: string): Place {
    return insert(incoming, now, {
      kind: "nothing",
      queue: "none",
      // Also where Telegram gave out the number before.
      job_key: `${incoming.update_id}:${incoming.fingerprint}`,
      state: "done",
      outcome: "ignored",
      reason,
      done_at: now,
    });
  }

  /** For who wants to be told by marks: it is kept from now on, also while Memos is down. */
  function markStored({ chat_id, message_id }: Incoming, jobId: number): void {
    if (chat_id === null || message_id === null) return;
    const params = { chat_id, message_id, reaction: [{ type: "emoji", emoji: "👀" }] };
    owe(deps, [{ chat_id, method: "setMessageReaction", promise: "notice", params }], jobId);
  }

  function laneOf({ chat_id, sender }: Incoming): number {
    return chats.laneOf(chat_id ?? sender?.id ?? 0);
  }

  function insert(incoming: Incoming, now: number, values: OwnValues): Place {
    const row = {
      job_key: jobKey(incoming),
      lane: laneOf(incoming),
      chat_key: chats.keyOf(incoming.chat_id ?? 0),
      message_id: incoming.message_id,
      telegram_id: incoming.sender?.id ?? null,
      state: "waiting" as const,
      created_at: now,
      ...values,
    };
    const made = transitions.create(row);
    if (made !== undefined) {
      const keep = incoming.task.kind === "nothing" && incoming.task.keep;
      return { job_id: made, idle: row.state === "done" && !keep };
    }
    // The same task under another update id: it has its job, and one is enough.
    const own = jobNamed(row.kind, row.job_key, incoming);
    if (!own) throw new AppError("internal", `job ${row.kind} of update ${incoming.update_id} is missing`);
    return { job_id: own.id, idle: true };
  }
}

function jobKey(incoming: Incoming): string {
  return String(incoming.message_id ?? `update:${incoming.update_id}`);
}
