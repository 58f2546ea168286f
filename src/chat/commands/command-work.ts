import { messageOf } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { TOKEN_WAITS } from "../../domain/job.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { Texts } from "../../locales/texts.ts";
import { isMemosError } from "../../memos/errors.ts";
import { say } from "../../replies/messages.ts";
import type { LeasedJob } from "../../store/queue/jobs.ts";
import { UNKNOWN_COMMAND } from "../../store/queue/message-jobs.ts";
import type { createPresses } from "../buttons/callback-router.ts";
import type { ChatContext } from "../context.ts";
import type { createOwedDeletions } from "../notices/owed-deletions.ts";
import type { createCommands } from "./commands.ts";

const ATTEMPTS = 4;
const PAUSE_MS = 3_000;
/** A token is checked as soon as Memos is back, give or take a minute. */
const FIRST_MEMOS_PAUSE_MS = 5_000;
const LONGEST_MEMOS_PAUSE_MS = 60_000;

/** Works commands, presses and answers to strangers: at once, whatever the lanes of messages wait for. */
export function createCommandWork(
  { store: { jobs }, textsFor }: ChatContext,
  workers: {
    commands: ReturnType<typeof createCommands>;
    presses: ReturnType<typeof createPresses>;
    deletions: ReturnType<typeof createOwedDeletions>;
  },
): (leased: LeasedJob, signal: AbortSignal) => Promise<void> {
  const log = logger("commands");

  function settle({ lease, job }: LeasedJob, error: unknown, signal: AbortSignal): void {
    if (signal.aborted) {
      jobs.handBack(lease);
      return;
    }
    const detail = messageOf(error);
    log.warn("a command failed", { job_id: job.id, kind: job.kind, attempts: job.attempts, error });
    if (job.attempts + 1 < ATTEMPTS) {
      jobs.putOff(lease, {
        waiting_for: "retry",
        pauseMs: PAUSE_MS * 2 ** job.attempts,
        // Who is not let in, say: it is still to be said.
        reason: job.reason ?? "failed",
        detail,
        attempt: true,
      });
      return;
    }
    const text = wordsFor(error, textsFor(job.telegram_id));
    const owed = job.chat_id === null ? [] : [say(job.chat_id, { text }, { replyTo: job.message_id })];
    // It is not tried again: what it held must not stay.
    jobs.bury(lease, { reason: "command_failed", detail, owed, forgetSecrets: true });
  }

  /** Holds up nothing: what its person sends next is worked meanwhile. */
  function waitForMemos({ lease, snoozes }: LeasedJob, owed: readonly Owed[]): void {
    jobs.putOff(lease, {
      waiting_for: "memos",
      pauseMs: Math.min(LONGEST_MEMOS_PAUSE_MS, FIRST_MEMOS_PAUSE_MS * 2 ** snoozes),
      reason: TOKEN_WAITS,
      detail: "its access token waits to be checked",
      aside: true,
      ...(owed.length > 0 && { owed }),
    });
  }

  return async (leased, signal) => {
    if (leased.job.kind === "deletion") {
      await workers.deletions(leased, signal);
      return;
    }
    try {
      const worker = leased.updates[0]?.update.callback_query ? workers.presses : workers.commands;
      const owed = await worker.run(leased, signal);
      if ("waitsForMemos" in owed) {
        waitForMemos(leased, owed.waitsForMemos);
        return;
      }
      const reason = owed.some(({ about }) => about === UNKNOWN_COMMAND)
        ? UNKNOWN_COMMAND
        : leased.job.reason;
      jobs.finish(leased.lease, {
        outcome: leased.job.kind === "stranger" ? "ignored" : "handled",
        owed,
        dropPayloads: leased.job.kind === "stranger",
        ...(reason !== null && { reason }),
      });
    } catch (error) {
      settle(leased, error, signal);
    }
  };
}

/** Not everything that goes wrong is Memos' fault. */
const wordsFor = (error: unknown, texts: Texts) => (isMemosError(error) ? texts.tryLater : texts.couldNotDo);
