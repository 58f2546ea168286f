import { askName } from "../accounts/account-name.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { BotName } from "../domain/bot-name.ts";
import { NOT_ADDRESSED, OTHER_ACCOUNT, UNKNOWN_KIND } from "../domain/job.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import type { TextsFor } from "../locales/texts.ts";
import type { MemosClient } from "../memos/client.ts";
import { isInGroup } from "../messages/addressed.ts";
import { kindOf } from "../messages/content-kinds.ts";
import { currentMessages } from "../messages/versions.ts";
import type { Binding, Bindings } from "../store/accounts/bindings.ts";
import { type Jobs, type LeasedJob, newestOf } from "../store/queue/jobs.ts";
import { isOf } from "../store/queue/message-jobs.ts";
import type { Bury } from "./give-up.ts";
import { createRecord, messagesAt, type Work } from "./job-context.ts";
import { readOldPlan } from "./old-plan.ts";

/** All that the steps need; undefined when the job was settled instead. */
export type Prepare = (leased: LeasedJob, signal: AbortSignal) => Promise<Work | undefined>;

export interface PrepareDeps {
  readonly botId: number;
  readonly idKey: string;
  readonly memos: MemosClient;
  readonly jobs: Pick<Jobs, "putOff" | "handBack" | "finish" | "note" | "claim">;
  readonly bindings: Pick<Bindings, "withToken" | "told">;
  /** Whether ALLOWED_USERS still has this person. */
  readonly isAllowed: (telegramId: number) => boolean;
  readonly bury: Bury;
  /** As far as it can be told. */
  readonly bot: (signal: AbortSignal) => Promise<BotName>;
  readonly textsFor: TextsFor;
  readonly log: Log;
}

export function createPrepare(deps: PrepareDeps): Prepare {
  const { botId, idKey, memos, jobs, bindings, bury, textsFor, log } = deps;

  return async (leased, signal) => {
    const { job } = leased;
    if (job.reason === NOT_ADDRESSED) {
      ignore(leased);
      return undefined;
    }
    const versions = currentMessages(leased.updates);
    const current = messagesAt(leased);
    const messages = current.map(({ message }) => message);
    const { server, account, chat_id } = job;
    const bound = bindings.withToken(job.telegram_id ?? 0);
    const spoken = versions[0]?.message.from?.language_code;
    const texts = textsFor(job.telegram_id, spoken, bound?.binding ?? null);
    if (messages.length === 0 || server === null || account === null || chat_id === null) {
      bury(leased, { reason: "payload_missing", text: texts.noLongerKept, texts });
      return undefined;
    }
    const known = messages.filter(isKnown);
    // Of several messages those that are known are saved, and the others are kept for a later version.
    if (known.length === 0 || (job.kind === "capture" && known.length < messages.length)) {
      bury(leased, { reason: UNKNOWN_KIND, text: texts.unknownContent, texts });
      return undefined;
    }
    const token = bound?.token;
    if (bound && !isOf(job, bound.binding)) {
      // In a group others read along.
      const isPrivate = chat_id === job.telegram_id;
      const text = isPrivate ? texts.failed({ why: texts.failures[OTHER_ACCOUNT] }) : texts.failedInGroup;
      bury(leased, { reason: OTHER_ACCOUNT, text, texts });
      return undefined;
    }
    if (!token || !usable(bound.binding)) {
      awaitBinding(leased);
      return undefined;
    }
    const binding = await namedNow(bound.binding, token, signal);
    if (!binding) {
      jobs.handBack(leased.lease);
      return undefined;
    }
    const identity = {
      id_key: idKey,
      bot_id: botId,
      server,
      account: binding.account,
      id_name: job.id_name ?? binding.account,
      chat_id,
      job_key: job.job_key,
    };
    const bot = await botIn(messages, signal);
    const record = createRecord(jobs, leased);
    if (job.old_plan !== null) record.note({ ...readOldPlan(job, identity, log), old_plan: null });
    return { leased, record, identity, binding, token, bot, current, texts, signal };
  };

  /** Its name matters only where it is called by it. */
  function botIn(messages: readonly TelegramMessage[], signal: AbortSignal): Promise<BotName> | BotName {
    return messages.some(isInGroup) ? deps.bot(signal) : { id: botId, username: null };
  }

  /** An album of a group of which no part calls the bot. */
  function ignore(leased: LeasedJob): void {
    jobs.finish(leased.lease, {
      outcome: "ignored",
      reason: NOT_ADDRESSED,
      covered: newestOf(leased),
      dropPayloads: true,
    });
  }

  function usable(binding: Binding): boolean {
    return (
      binding.state === "active" && deps.isAllowed(binding.telegram_id) && binding.server === memos.server
    );
  }

  /** The binding under the name that this version has for its account. Undefined: the person was bound anew meanwhile. */
  async function namedNow(
    binding: Binding,
    token: Secret,
    signal: AbortSignal,
  ): Promise<Binding | undefined> {
    const { version } = await memos.info(signal);
    if (version === binding.memos_version) return binding;
    const named = await askName({ memos, bindings }, binding, token, signal);
    log.info("memos has another version than before", {
      telegram_id: binding.telegram_id,
      version: named?.memos_version,
      before: binding.memos_version,
      account: named?.account,
    });
    return named;
  }

  /** No token for this account right now: the job waits, and holds up nobody, until the account is bound again. */
  function awaitBinding({ lease, job }: LeasedJob): void {
    jobs.putOff(lease, {
      waiting_for: "binding",
      untouched: true,
      reason: "not_bound",
      detail: `waits until ${job.account} is bound again`,
    });
  }
}

function isKnown(message: TelegramMessage): boolean {
  const kind = kindOf(message);
  return kind !== "unknown" && kind !== "service";
}
