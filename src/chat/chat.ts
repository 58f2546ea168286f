import { messageOf } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import type { JobKind } from "../domain/job.ts";
import { chatAlone, placeOf } from "../domain/outgoing.ts";
import { isMemosError, TROUBLE_OF_MEMOS } from "../memos/errors.ts";
import { messageIn } from "../messages/versions.ts";
import { say } from "../replies/messages.ts";
import { idsOf, type LeasedJob } from "../store/queue/jobs.ts";
import { isTelegramError } from "../telegram/errors.ts";
import { createBindChannel } from "./bind-channel.ts";
import { createPresses } from "./buttons.ts";
import { createCommands } from "./commands.ts";
import { createConnect } from "./connect.ts";
import { type ChatContext, type ChatDeps, createChatContext, type Waits, type Worked } from "./context.ts";
import { createDeletions } from "./deletions.ts";
import { createFailed } from "./failed.ts";
import { createGroupSettings } from "./group-settings.ts";
import { createInline, STATUS } from "./inline.ts";
import { createLists } from "./lists/lists.ts";
import { createMembership } from "./membership.ts";
import { createMemoRequests } from "./memo-requests.ts";
import { createPublishing } from "./publishing/publishing.ts";
import { createReactions } from "./reactions.ts";
import { createReminderRequests } from "./reminders/reminders.ts";
import { createTasks } from "./reminders/tasks.ts";
import { createSettings } from "./settings.ts";
import { createStatus } from "./status.ts";

const ATTEMPTS = 4;
const PAUSE_MS = 3_000;
/** What waits for a server is tried as soon as that is back, give or take a minute. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
const THROTTLED_MS = 1_000;
/** Nobody waits in the chat for what becomes of these. */
const UNATTENDED: ReadonlySet<JobKind> = new Set(["deletion", "publication", "reaction"]);

/** What works the commands and button presses of the chat. */
export function createChat(deps: ChatDeps) {
  const context = createChatContext(deps);
  const connect = createConnect(context);
  const bindChannel = createBindChannel(context, connect.commands);
  const failed = createFailed(context);
  const groupSettings = createGroupSettings(context);
  const lists = createLists(context);
  const reminders = createReminderRequests(context);
  const memoRequests = createMemoRequests(context, reminders);
  const publishing = createPublishing(context, memoRequests);
  const settings = createSettings(context, publishing.rules);
  const status = createStatus(context);
  const commands = createCommands(context, {
    answers: {
      ...connect.commands,
      ...bindChannel.commands,
      ...failed.commands,
      ...settings.commands,
      ...lists.commands,
      ...memoRequests.commands,
      ...reminders.commands,
      ...publishing.commands,
      ...status.commands,
      // By the button that inline mode shows while Memos is away.
      start: (said, command) =>
        command.argument === STATUS ? status.commands.status(said) : connect.commands.start(said, command),
    },
    groupCommands: groupSettings.commands,
    connect,
    memoRequests,
    answered: {
      tags: settings.answerTags,
      time_zone: settings.answerZone,
      rule: publishing.rules.answer,
    },
  });
  const presses = createPresses(context, {
    ...connect.buttons,
    ...bindChannel.buttons,
    ...failed.buttons,
    ...settings.buttons,
    ...groupSettings.buttons,
    ...lists.buttons,
    ...memoRequests.buttons,
    ...reminders.buttons,
    ...createTasks(context).buttons,
    ...publishing.buttons,
    ...status.buttons,
  });
  const deletions = createDeletions(context);
  const reactions = createReactions(context);
  const membership = createMembership(context);
  const inline = createInline(context);
  const work = createWork(context, (leased, signal) => {
    if (leased.job.kind === "deletion") return deletions(leased, signal);
    if (leased.job.kind === "membership") return membership(leased, signal);
    if (leased.job.kind === "reaction") return reactions(leased, signal);
    if (leased.job.kind === "publication") return publishing.work(leased, signal);
    // The kind of the job does not tell: a stranger's may be a press or a message.
    const carryOut = leased.updates[0]?.update.callback_query ? presses : commands;
    return carryOut(leased, signal);
  });
  return {
    work: (leased: LeasedJob, signal: AbortSignal): Promise<void> =>
      leased.job.kind === "inline" ? inline(leased, signal) : work(leased, signal),
    /** Something may have changed in Memos: posts in channels follow. */
    follow: publishing.follow,
  };
}

/** Brings the jobs of the chat to their end: at once, whatever the lanes of messages wait for. */
function createWork(
  { jobs, bindings, textsFor, pace, suspectToken, suspectMemos }: ChatContext,
  work: (leased: LeasedJob, signal: AbortSignal) => Promise<Worked>,
): (leased: LeasedJob, signal: AbortSignal) => Promise<void> {
  const log = logger("commands");

  function failed({ lease, job, updates }: LeasedJob, error: unknown): void {
    const detail = messageOf(error);
    const isLast = job.attempts + 1 >= ATTEMPTS;
    const about = { ...idsOf({ job, updates }), kind: job.kind, attempts: job.attempts + 1, error };
    log.warn(isLast ? "command given up" : "command failed; it is tried again", about);
    if (!isLast) {
      const pauseMs = PAUSE_MS * 2 ** job.attempts;
      // Why its person is not let in, say, is still to be told by the next try.
      const reason = job.reason ?? "failed";
      jobs.putOff(lease, { waiting_for: "retry", pauseMs, reason, detail, attempt: true });
      return;
    }
    const texts = textsFor(job.telegram_id);
    // Not everything that goes wrong is Memos' fault.
    const text = isMemosError(error) ? texts.tryLater : texts.couldNotDo;
    const update = updates[0]?.update;
    const of = update?.callback_query?.message ?? messageIn(update) ?? {};
    const { chat_id, message_id: replyTo } = job;
    const owed =
      chat_id === null || job.kind === "membership" ? [] : [say(placeOf(of, chat_id), { text }, { replyTo })];
    // It is not tried again, so an access token in it is removed.
    jobs.bury(lease, { reason: "command_failed", detail, owed, forgetSecrets: true });
  }

  /** What a job that failed waits for, as long as it takes. @throws what waiting does not mend, and what somebody is told of. */
  function waitsFor({ kind, reason, telegram_id }: LeasedJob["job"], error: unknown): Worked {
    const until = (waiting_for: Waits["waiting_for"], pauseMs?: number): Worked => ({
      owed: [],
      waits: { waiting_for, reason: reason ?? "server_trouble", detail: messageOf(error), pauseMs },
    });
    // Its person would not be told either before Telegram is back.
    if (isTelegramError(error, "unreachable", "bad_token", "conflict")) return until("telegram");
    if (isTelegramError(error, "throttled")) {
      const { retryAfterMs = THROTTLED_MS } = error;
      pace.pause(retryAfterMs);
      return until("telegram", retryAfterMs);
    }
    if (!UNATTENDED.has(kind)) throw error;
    if (isMemosError(error, "token_refused")) {
      const from = telegram_id ?? 0;
      suspectToken(from, chatAlone(from), false);
      // Until it is known to have died, its refusal may be a hiccup.
      return until(bindings.get(from)?.state === "paused" ? "binding" : "memos");
    }
    if (!isMemosError(error, ...TROUBLE_OF_MEMOS)) throw error;
    suspectMemos();
    return until("memos");
  }

  return async (leased, signal) => {
    const { lease, job, snoozes } = leased;
    const about = { ...idsOf(leased), kind: job.kind };
    try {
      const {
        owed,
        reason = job.reason,
        waits,
      } = await work(leased, signal).catch((error) => {
        if (signal.aborted) throw error;
        return waitsFor(job, error);
      });
      if (waits) {
        const { pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** snoozes) } = waits;
        // It steps aside, unless it is in a lane of its own already: what its person sends next is worked meanwhile. But
        // nothing comes between the parts of a post in its channel.
        const aside = job.lane > 0 && job.kind !== "publication";
        jobs.putOff(lease, { ...waits, pauseMs, aside, ...(owed.length > 0 && { owed }) });
        log.info("command waits", { ...about, ...waits });
        return;
      }
      jobs.finish(lease, {
        outcome: job.kind === "stranger" ? "ignored" : "handled",
        owed,
        dropPayloads: job.kind === "stranger",
        ...(reason !== null && { reason }),
      });
      log.info("command handled", { ...about, reason: reason ?? undefined });
    } catch (error) {
      if (signal.aborted) jobs.handBack(lease);
      else failed(leased, error);
    }
  };
}
