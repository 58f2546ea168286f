import type { Log } from "../base/log.ts";
import { UNKNOWN_KIND, UNKNOWN_KINDS } from "../domain/job.ts";
import type { Owed } from "../domain/outgoing.ts";
import type { Texts } from "../locales/texts.ts";
import { failure, type Message, mark, say } from "../replies/messages.ts";
import type { Binding, Bindings } from "../store/accounts/bindings.ts";
import { type Jobs, type LeasedJob, newestOf } from "../store/queue/jobs.ts";

/** Gives a job up until somebody asks for it again: the reason is kept, and the sender told. */
export type Bury = (leased: LeasedJob, why: { reason: string; text: string; texts: Texts }) => void;

export function createBury(deps: {
  jobs: Pick<Jobs, "bury">;
  bindings: Pick<Bindings, "get">;
  log: Log;
}): Bury {
  const { jobs, bindings, log } = deps;
  return (leased, { reason, text, texts }) => {
    const { lease, job } = leased;
    const confirmation = bindings.get(job.telegram_id ?? 0)?.confirmation;
    // A newer version tried it once more, and does not know it either.
    const isTold = reason === UNKNOWN_KIND && UNKNOWN_KINDS.includes(job.reason ?? "");
    const owed = isTold ? [] : failed(job, failure(texts, job.id, text), confirmation);
    if (
      jobs.bury(lease, { reason, detail: text, owed, covered: newestOf(leased), untouched: true }) !== "dead"
    )
      return;
    log.warn("message not saved", { job_id: job.id, chat_id: job.chat_id, reason });
  };
}

/** What is owed for a message that is not saved: why, and for who wants marks a mark. */
export function failed(
  { chat_id, message_id }: LeasedJob["job"],
  message: Message,
  confirmation: Binding["confirmation"] | undefined,
): Owed[] {
  if (chat_id === null) return [];
  const marked = confirmation === "reaction" && message_id !== null ? [mark(chat_id, message_id, "👎")] : [];
  return [...marked, say(chat_id, message, { replyTo: message_id, promise: "notice" })];
}
