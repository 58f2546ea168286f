import { isExported } from "../domain/exported.ts";
import { UNKNOWN_KIND, UNKNOWN_KINDS } from "../domain/job.ts";
import { chatAlone, mark, type Owed } from "../domain/outgoing.ts";
import { type Texts, textsOf } from "../locales/texts.ts";
import { whyFailed } from "../replies/failure-words.ts";
import { failure, inPlaceOf, say } from "../replies/messages.ts";
import { idsOf, type LeasedJob, newestOf } from "../store/queue/jobs.ts";
import { aboutPost, answersTo, below, type SavingContext } from "./context.ts";

/** Gives a job up until somebody asks for it again: the reason is kept, and the sender told. */
export function createGiveUp({ store, log }: SavingContext) {
  const { jobs, bindings, chats } = store;

  /** `said`: by the error, for the admin. */
  return (leased: LeasedJob, reason: string, said: string | null, untouched: boolean): void => {
    const { lease, job } = leased;
    const texts = textsOf(bindings.get(job.telegram_id ?? 0), job.settings?.language);
    const told = whyFailed(texts, { reason, detail: said });
    // A newer version tried it once more, and does not know it either.
    const isTold = reason === UNKNOWN_KIND && UNKNOWN_KINDS.includes(job.reason ?? "");
    const owed = isTold ? [] : tell(leased, { reason, told, texts });
    const why = { reason, detail: said ?? told, owed, covered: newestOf(leased), untouched };
    if (jobs.bury(lease, why) !== "dead") return;
    log.warn("message not saved", { ...idsOf(leased), reason, error: why.detail });
  };

  /** For who wants marks also a mark. What Memos says to somebody's message is not for those who read along in a group. */
  function tell(
    leased: LeasedJob,
    { reason, told, texts }: { reason: string; told: string; texts: Texts },
  ): Owed[] {
    const { id, chat_id, message_id, telegram_id, tried } = leased.job;
    // Of an export the command line counts them, and /failed lists them.
    if (chat_id === null || isExported(chat_id)) return [];
    const isWhole = WHOLE.includes(reason);
    const to = answersTo({ store }, leased);
    const isPublic = telegram_id !== null && to.chat_id !== telegram_id && !isWhole;
    const failed = isPublic ? texts.failedInGroup : texts.failed({ why: told });
    const word = (text: string) => aboutPost(leased, failure(texts, id, text));
    const binding = bindings.get(telegram_id ?? 0);
    const isMarked =
      to.chat_id === chat_id &&
      binding &&
      chats.confirmationIn(chat_id, binding) === "reaction" &&
      message_id !== null;
    const message = word(isWhole ? told : failed);
    const said = say(to, message, { replyTo: below(to, leased.job) });
    return [
      ...(isMarked ? [mark(chat_id, message_id, "👎")] : []),
      tried?.waits ? inPlaceOf({ job_id: id }, message, said) : said,
      // To who never wrote to the bot itself it does not get through: they can read it in /failed.
      ...(isPublic ? [say(chatAlone(telegram_id), word(texts.failedOfGroup({ why: told })))] : []),
    ];
  }
}

/** Reasons whose words say all, and to everybody. */
const WHOLE = [UNKNOWN_KIND, "payload_missing"];
