import { namedNow } from "../accounts/account-name.ts";
import { NOT_BOUND, OTHER_ACCOUNT, UNKNOWN_KIND } from "../domain/job.ts";
import { chatAlone } from "../domain/outgoing.ts";
import { textsOf } from "../locales/texts.ts";
import { isInGroup, isPost } from "../messages/addressed.ts";
import { kindOf } from "../messages/content.ts";
import { say } from "../replies/messages.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Job } from "../store/db/rows.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import { isOf } from "../store/queue/message-jobs.ts";
import { answersTo, createRecord, messagesAt, type SavingContext, type Work } from "./context.ts";
import { readOldPlan } from "./old-plan.ts";
import type { Outcome } from "./outcome.ts";

/** Kinds of messages that say nothing this version could save. */
const NOT_SAVED: readonly string[] = ["unknown", "service"];

const isUsable = ({ memos, store: { admission } }: SavingContext, binding: Binding) =>
  binding.state === "active" && binding.server === memos.server && admission.isAllowed(binding.telegram_id);

/** Whether the sender of a job, which could not be worked for want of a binding, was bound while it was at work. */
export function wasBoundMeanwhile(context: SavingContext, job: Job): boolean {
  const { bindings, chats } = context.store;
  const bound = bindings.withToken(job.telegram_id ?? 0);
  if (!bound) return false;
  if (!isOf(job, bound.binding)) return !chats.isGivenTo(job.chat_id ?? 0, job);
  return bound.token !== undefined && isUsable(context, bound.binding);
}

/** Gathers all that the work on a job needs; or why it cannot be worked, or not now. */
export function createPrepareJob(context: SavingContext) {
  const { botId, bot, store, memos, identity, log } = context;
  const { bindings, chats, jobs, deadLetters } = store;

  return async (leased: LeasedJob, signal: AbortSignal): Promise<Work | Outcome> => {
    const { job } = leased;
    const { server, account, chat_id } = job;
    const current = messagesAt(leased);
    const messages = current.map(({ message }) => message);
    const bound = bindings.withToken(job.telegram_id ?? 0);
    const texts = textsOf(bound?.binding, job.settings?.language);
    if (messages.length === 0 || server === null || account === null || chat_id === null)
      return { kind: "bury", reason: "payload_missing" };
    const known = messages.filter((message) => !NOT_SAVED.includes(kindOf(message)));
    // Of several messages those that are known are saved, and the others are kept for a later version.
    if (known.length === 0 || (job.kind === "capture" && known.length < messages.length))
      return { kind: "bury", reason: UNKNOWN_KIND };
    const isLeft = bound !== undefined && !isOf(job, bound.binding);
    const isGiven = chats.isGivenTo(chat_id, job);
    if (isLeft && !isGiven) return { kind: "bury", reason: OTHER_ACCOUNT };
    const { binding: asBound, token } = bound ?? {};
    if (isLeft || !token || !asBound || !isUsable(context, asBound)) {
      const detail = `waits until ${account} is bound again`;
      const isTold = !isGiven || (bound && !isLeft) || job.reason === NOT_BOUND || jobs.waitsBeside(job);
      const group = chats.of(chat_id)?.title ?? messages[0]?.chat.title ?? "";
      const waits = messages.some(isPost) ? texts.channelWaits : texts.groupWaits;
      const told = waits({ group, account: deadLetters.accountOf(job) });
      const owed = isTold ? [] : [say(chatAlone(job.telegram_id ?? 0), { text: told })];
      return { kind: "later", waiting_for: "binding", reason: NOT_BOUND, detail, owed };
    }
    const binding = await namedNow({ memos, bindings }, asBound, token, signal);
    // The person was bound anew meanwhile.
    if (!binding) return { kind: "hand_back" };
    // Its name matters only where it is called by it.
    const isCalled = messages.some(isInGroup);
    if (isCalled) await identity.get(signal).catch(() => null);
    const botName = isCalled ? identity.name() : { id: botId, username: null };
    const record = createRecord(store, leased);
    const idSource = {
      id_key: bot.id_key,
      bot_id: botId,
      server,
      id_name: job.id_name ?? binding.account,
      chat_id,
      job_key: job.job_key,
    };
    if (job.old_plan !== null) record.note({ ...readOldPlan(job, idSource, log), old_plan: null });
    const to = answersTo(context, leased);
    const confirmsBy = chats.confirmationIn(chat_id, binding);
    return { leased, record, idSource, to, binding, confirmsBy, token, botName, current, texts, signal };
  };
}
