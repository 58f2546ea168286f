import { askName } from "../accounts/account-name.ts";
import type { Secret } from "../base/secret.ts";
import { NOT_BOUND, OTHER_ACCOUNT, UNKNOWN_KIND } from "../domain/job.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import { textsOf } from "../locales/texts.ts";
import { isInGroup } from "../messages/addressed.ts";
import { kindOf } from "../messages/content.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import { isOf } from "../store/queue/message-jobs.ts";
import { createRecord, messagesAt, type SavingContext, type Work } from "./context.ts";
import { readOldPlan } from "./old-plan.ts";
import type { Outcome } from "./outcome.ts";

/** Gathers all that the work on a job needs; or why it cannot be worked, or not now. */
export function createPrepareJob(context: SavingContext) {
  const { botId, bot, store, memos, identity, log } = context;
  const { bindings, admission } = store;

  return async (leased: LeasedJob, signal: AbortSignal): Promise<Work | Outcome> => {
    const { job } = leased;
    const { server, account, chat_id } = job;
    const current = messagesAt(leased);
    const messages = current.map(({ message }) => message);
    const bound = bindings.withToken(job.telegram_id ?? 0);
    const texts = textsOf(bound?.binding, job.settings?.language);
    if (messages.length === 0 || server === null || account === null || chat_id === null)
      return { kind: "bury", reason: "payload_missing" };
    const known = messages.filter(isKnown);
    // Of several messages those that are known are saved, and the others are kept for a later version.
    if (known.length === 0 || (job.kind === "capture" && known.length < messages.length))
      return { kind: "bury", reason: UNKNOWN_KIND };
    if (bound && !isOf(job, bound.binding)) return { kind: "bury", reason: OTHER_ACCOUNT };
    if (!bound?.token || !isUsable(bound.binding)) {
      const detail = `waits until ${account} is bound again`;
      return { kind: "later", waiting_for: "binding", reason: NOT_BOUND, detail };
    }
    const { token } = bound;
    const binding = await namedNow(bound.binding, token, signal);
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
    return { leased, record, idSource, binding, token, botName, current, texts, signal };
  };

  function isUsable({ state, telegram_id, server }: Binding): boolean {
    return state === "active" && admission.isAllowed(telegram_id) && server === memos.server;
  }

  /** The binding under the name that this version has for its account. Undefined: the person was bound anew meanwhile. */
  async function namedNow(
    binding: Binding,
    token: Secret,
    signal: AbortSignal,
  ): Promise<Binding | undefined> {
    const { version } = await memos.info(signal);
    const { memos_version: before, telegram_id } = binding;
    if (version === before) return binding;
    log.info("memos has another version than before", { telegram_id, version, before });
    return askName({ memos, bindings }, binding, token, signal);
  }
}

function isKnown(message: TelegramMessage): boolean {
  const kind = kindOf(message);
  return kind !== "unknown" && kind !== "service";
}
