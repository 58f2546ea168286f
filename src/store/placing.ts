import { and, eq, ne } from "drizzle-orm";
import { AppError } from "../errors.ts";
import type { Admission } from "./admission.ts";
import type { Drizzle } from "./database.ts";
import type { Groups } from "./groups.ts";
import type { Incoming } from "./inbox.ts";
import { captureKey, createMessageJobs } from "./message-jobs.ts";
import { owe } from "./outbox.ts";
import { bindings, type JobKind, type JobQueue, jobs, updates } from "./schema.ts";

/** An album is complete when no part came for this long, … */
export const ALBUM_QUIET_MS = 1_500;
/** … or this long after its first part, … */
export const ALBUM_LIMIT_MS = 10_000;
/** … or with as many parts as Telegram allows. */
export const ALBUM_PARTS = 10;
/** A live location moves every few seconds: its memo follows at most this often. */
export const LIVE_PAUSE_MS = 60_000;

/** Why nothing becomes of what is said in a group: it is not said to the bot. An album may still turn out to be. */
export const NOT_ADDRESSED = "not_private";

/** The job that an update belongs to. */
export interface Place {
  readonly job_id: number;
  /** True when there is nothing to be done with the update, now or by a later version. */
  readonly idle: boolean;
}

/** Within the caller's transaction: makes the job of an update, or finds the one that its message has. */
export type PlaceUpdate = (
  incoming: Incoming,
  arrival: { readonly now: number; readonly epoch: number; readonly stalePresses: boolean },
) => Place;

/**
 * Whether an update goes on with the message stored before it: then both become one memo. `leader` is the first of
 * those that belong together already; all three are updates as Telegram sent them.
 */
export type Continues = (leader: string | null, before: string | null, next: string) => boolean;

interface Account {
  readonly server: string;
  readonly account: string;
}

export function createPlacing(deps: {
  drizzle: Drizzle;
  admission: Admission;
  groups: Groups;
  botId: number;
  continues: Continues;
}): PlaceUpdate {
  const { drizzle, admission, groups, botId, continues } = deps;
  const messageJobs = createMessageJobs({ drizzle, botId });

  return (incoming, { now, epoch, stalePresses }) => {
    const { task, sender } = incoming;
    const ignore = (reason: string) => ignored(incoming, now, reason, `${epoch}:${incoming.update_id}`);
    if (task.kind === "nothing") return ignore(task.reason);
    if (task.kind === "migration") {
      groups.migrated(task.from, task.to);
      return ignore("service_message");
    }
    if (task.kind === "leaked_token") {
      return insert(incoming, now, {
        kind: "leaked_token",
        queue: "commands",
        // An edit that shows one is another task than the message was.
        ...(incoming.kind === "edited_message" && { job_key: `${jobKey(incoming)}:${incoming.update_id}` }),
      });
    }
    const refusal = sender === null ? "no_sender" : admission.refusalOf(sender, now);
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
        reason: stalePresses ? "stale" : null,
      });
    }
    if (task.kind === "command") return insert(incoming, now, { kind: "command", queue: "commands" });
    const binding = bindingOf(incoming);
    if (!binding) return stranger(incoming, now, "not_bound");
    closeAlbums(incoming, now);
    const { confirmation, ...account } = binding;
    const known = messageJobs.of(incoming.chat_id ?? 0, incoming.message_id ?? 0);
    // The same message under another update id: it has its job, and one is enough.
    if (known) return { job_id: known.id, idle: true };
    const place =
      (task.kind === "album" ? joinAlbum(incoming, task.media_group_id, now) : undefined) ??
      (task.kind === "capture" ? captured(incoming, task, account, now) : joinLeader(incoming, account, now));
    if (place) return place;
    const made = make(incoming, account, now);
    if (confirmation === "reaction") markStored(incoming, made.job_id, now);
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
          ...account,
        });
      }
      default:
        return insert(incoming, now, { kind: "message", queue: "messages", ...account });
    }
  }

  function beginAlbum(incoming: Incoming, media_group_id: string, account: Account, now: number): Place {
    return insert(incoming, now, {
      kind: "album",
      queue: "messages",
      job_key: media_group_id,
      reason: incoming.task.kind === "overheard" ? NOT_ADDRESSED : null,
      waiting_for: "album",
      due_at: now + ALBUM_QUIET_MS,
      ...account,
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
    if (says) return insert(incoming, now, { kind: "message", queue: "messages", ...account });
    if (saved.state === "done") return insert(incoming, now, { kind: "command", queue: "commands" });
    messageJobs.reopen(saved, { now });
    return { job_id: saved.id, idle: saved.kind !== "capture" };
  }

  /**
   * A message of a group that does not call the bot may be a part of an album, of which any part may, or go on with one
   * that did. Undefined when it is nothing to us.
   */
  function overhear(incoming: Incoming, mediaGroupId: string | null, now: number): Place | undefined {
    const binding = bindingOf(incoming);
    if (!binding) return undefined;
    const { confirmation: _, ...account } = binding;
    const known = messageJobs.of(incoming.chat_id ?? 0, incoming.message_id ?? 0);
    if (known) return { job_id: known.id, idle: true };
    if (mediaGroupId === null) return joinLeader(incoming, account, now);
    return (
      joinAlbum(incoming, mediaGroupId, now) ??
      joinLeader(incoming, account, now) ??
      beginAlbum(incoming, mediaGroupId, account, now)
    );
  }

  function bindingOf({ sender }: Incoming) {
    return drizzle
      .select({
        server: bindings.server,
        account: bindings.account,
        confirmation: bindings.confirmation,
      })
      .from(bindings)
      .where(eq(bindings.telegram_id, sender?.id ?? 0))
      .get();
  }

  function jobNamed(kind: JobKind, key: string, { chat_id }: Incoming) {
    const named = and(eq(jobs.kind, kind), eq(jobs.chat_id, chat_id ?? 0), eq(jobs.job_key, key));
    return drizzle
      .select()
      .from(jobs)
      .where(and(eq(jobs.bot_id, botId), named))
      .get();
  }

  /** A part of an album whose other parts came before it. */
  function joinAlbum(incoming: Incoming, mediaGroupId: string, now: number): Place | undefined {
    const album = jobNamed("album", mediaGroupId, incoming);
    if (!album) return undefined;
    const isCall = incoming.task.kind === "album";
    // Nobody wants it any more, or wanted it so far.
    if (album.outcome === "discarded" || (album.outcome === "ignored" && !isCall)) {
      return { job_id: album.id, idle: true };
    }
    if (isCall && album.reason === NOT_ADDRESSED) {
      drizzle
        .update(jobs)
        .set({
          reason: null,
          ...(album.state === "done" && { state: "waiting", outcome: null, done_at: null }),
        })
        .where(eq(jobs.id, album.id))
        .run();
    }
    if (album.state === "waiting" && album.waiting_for === "album") {
      const parts = drizzle
        .selectDistinct({ message_id: updates.message_id })
        .from(updates)
        .where(eq(updates.job_id, album.id))
        .all();
      drizzle
        .update(jobs)
        .set(
          parts.length + 1 >= ALBUM_PARTS
            ? { waiting_for: null, due_at: now }
            : { due_at: Math.min(now + ALBUM_QUIET_MS, album.created_at + ALBUM_LIMIT_MS) },
        )
        .where(eq(jobs.id, album.id))
        .run();
    }
    // The memo exists already: the late part joins it.
    if (album.state !== "dead") messageJobs.reopen(album, { now });
    return { job_id: album.id, idle: false };
  }

  /** What goes on with the message before it joins that one's memo, made already or not. */
  function joinLeader(incoming: Incoming, account: Account, now: number): Place | undefined {
    const before = messageJobs.before(incoming.chat_id ?? 0, incoming.message_id ?? 0);
    if (!before) return undefined;
    const { job, first, last } = before;
    const open = job.state === "waiting" || job.state === "working" || job.outcome === "saved";
    if (!open || !isOf(job, account) || job.separated_from !== null) return undefined;
    if (!continues(first, last, incoming.json)) return undefined;
    messageJobs.reopen(job, { now });
    return { job_id: job.id, idle: false };
  }

  /** A message says something else now: its job takes that in, whatever has become of it by then. */
  function placeEdit(
    incoming: Incoming,
    edit: { of: number; live: boolean; media_group_id: string | null; refusal: string | null; now: number },
  ): Place {
    const { of, live, media_group_id, refusal, now } = edit;
    const ignore = (reason: string) =>
      ignored(incoming, now, reason, `${incoming.update_id}:${incoming.fingerprint}`);
    if (refusal !== null) return ignore(refusal);
    const binding = bindingOf(incoming);
    const kind = media_group_id === null ? "message" : "album";
    const key = media_group_id ?? String(of);
    // An album whose other parts came, or a checklist of which only a tick came, knows it by its key alone.
    const chatId = incoming.chat_id ?? 0;
    const telegramId = incoming.sender?.id ?? 0;
    const known =
      messageJobs.captureOf(chatId, of, telegramId) ??
      messageJobs.of(chatId, of) ??
      jobNamed(kind, key, incoming);
    // Who is not bound any more may still say otherwise what waits for them.
    const waits = known?.telegram_id === telegramId && known.state !== "done";
    if (!binding && !waits) return ignore("not_bound");
    const isOwn = known !== undefined && (!binding || isOf(known, binding));
    // In a group only what its sender had saved there is followed.
    if (isGroup(incoming) && !(isOwn && known.telegram_id === telegramId)) return ignore(NOT_ADDRESSED);
    // The memo of before belongs to another account, and so does its job.
    const isOthers = known?.state === "done" && !isOwn;
    const ownKey = isOthers ? `${key}:${binding?.account}` : key;
    const job = isOthers ? jobNamed(kind, ownKey, incoming) : known;
    if (job) {
      if (job.outcome === "discarded" || job.outcome === "ignored") return { job_id: job.id, idle: true };
      const wait = live && job.done_at !== null ? job.done_at + LIVE_PAUSE_MS : now;
      const due_at = Math.min(Math.max(now, wait), now + LIVE_PAUSE_MS);
      // It takes its turn beside the lane: what was sent since need not wait for it. A place that was refused would be
      // refused again at every step.
      if (!(live && job.state === "dead")) messageJobs.reopen(job, { now, due_at, aside: true });
      dropOlderEdits(job.id, incoming, of);
      return { job_id: job.id, idle: false };
    }
    if (!binding || (!known && wasNoMessage(incoming, of))) return ignore("edit_of_no_memo");
    const { server, account } = binding;
    return insert(incoming, now, {
      kind,
      queue: "messages",
      message_id: of,
      job_key: ownKey,
      server,
      account,
    });
  }

  /** It was a command, or its sender was not known then: an edit does not make it a memo. */
  function wasNoMessage({ chat_id }: Incoming, messageId: number): boolean {
    const found = drizzle
      .select({ kind: jobs.kind })
      .from(updates)
      .innerJoin(jobs, eq(updates.job_id, jobs.id))
      .where(
        and(
          eq(updates.bot_id, botId),
          eq(updates.chat_id, chat_id ?? 0),
          eq(updates.message_id, messageId),
          // Whoever takes an access token out of a message wants the rest to be saved.
          ne(jobs.kind, "leaked_token"),
        ),
      )
      .get();
    return found !== undefined;
  }

  /** Only the newest version counts: a live location has thousands. */
  function dropOlderEdits(jobId: number, { kind, fingerprint }: Incoming, messageId: number): void {
    if (kind !== "edited_message") return;
    const older = drizzle
      .select({ seq: updates.seq, fingerprint: updates.fingerprint })
      .from(updates)
      .where(
        and(
          eq(updates.job_id, jobId),
          eq(updates.message_id, messageId),
          eq(updates.kind, "edited_message"),
          eq(updates.payload_form, "plain"),
        ),
      )
      .all();
    for (const version of older) {
      if (dateIn(version.fingerprint) > dateIn(fingerprint)) continue;
      drizzle
        .update(updates)
        .set({ payload: null, payload_form: "dropped" })
        .where(eq(updates.seq, version.seq))
        .run();
    }
  }

  /** Somebody whose messages are not saved: told how at most once an hour, otherwise ignored. */
  function stranger(incoming: Incoming, now: number, reason: string): Place {
    const { sender, task } = incoming;
    // In a group they are told with the others.
    if (isGroup(incoming) && sender !== null && task.kind !== "press") {
      return insert(incoming, now, { kind: "stranger", reason, queue: "commands" });
    }
    // A command with a token in it is removed from the chat in any case.
    const shown = task.kind === "command" && incoming.secrets.length > 0;
    const told = sender === null || (task.kind !== "press" && !admission.claimHint(sender.id, now) && !shown);
    return insert(incoming, now, {
      kind: "stranger",
      reason,
      ...(told ? { queue: "none", state: "done", outcome: "ignored", done_at: now } : { queue: "commands" }),
    });
  }

  function ignored(incoming: Incoming, now: number, reason: string, key: string): Place {
    return insert(incoming, now, {
      kind: "nothing",
      queue: "none",
      job_key: key,
      state: "done",
      outcome: "ignored",
      reason,
      done_at: now,
    });
  }

  /** For who wants to be told by marks: it is kept from now on, also while Memos is down. */
  function markStored({ chat_id, message_id }: Incoming, jobId: number, now: number): void {
    if (chat_id === null || message_id === null) return;
    const params = { chat_id, message_id, reaction: [{ type: "emoji", emoji: "👀" }] };
    owe(drizzle, botId, jobId, now, [{ chat_id, method: "setMessageReaction", promise: "notice", params }]);
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

  function laneOf({ chat_id, sender }: Incoming): string {
    return String(chat_id === null ? (sender?.id ?? "") : groups.home(chat_id));
  }

  function insert(
    incoming: Incoming,
    now: number,
    values: { kind: JobKind; queue: JobQueue } & Partial<typeof jobs.$inferInsert>,
  ): Place {
    const row = {
      job_key: jobKey(incoming),
      lane: laneOf(incoming),
      bot_id: botId,
      chat_id: incoming.chat_id,
      message_id: incoming.message_id,
      telegram_id: incoming.sender?.id ?? null,
      state: "waiting" as const,
      created_at: now,
      ...values,
    };
    const made = drizzle.insert(jobs).values(row).onConflictDoNothing().returning({ id: jobs.id }).get();
    if (made) {
      const keep = incoming.task.kind === "nothing" && incoming.task.keep;
      return { job_id: made.id, idle: row.state === "done" && !keep };
    }
    // The same task under another update id: it has its job, and one is enough.
    const own = jobNamed(row.kind, row.job_key, incoming);
    if (!own) throw new AppError("internal", `job ${row.kind} of update ${incoming.update_id} is missing`);
    return { job_id: own.id, idle: true };
  }
}

const isOf = (job: { server: string | null; account: string | null }, { server, account }: Account) =>
  job.server === server && job.account === account;

/** A private chat's id is above 0. */
const isGroup = ({ chat_id }: Incoming) => (chat_id ?? 0) < 0;

function jobKey(incoming: Incoming): string {
  return String(incoming.message_id ?? `update:${incoming.update_id}`);
}

/** A fingerprint ends in the date of its version. */
const dateIn = (fingerprint: string) => Number(fingerprint.slice(fingerprint.lastIndexOf("/") + 1)) || 0;
