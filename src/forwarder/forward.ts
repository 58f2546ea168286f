import { failure, type Message, mark, say } from "../chat/messages.ts";
import type { Texts, TextsFor } from "../chat/texts.ts";
import type { Log } from "../log.ts";
import type { MemosClient, MemosServerInfo, Visibility } from "../memos/client.ts";
import type { Secret } from "../secret.ts";
import type { Binding, Bindings } from "../store/bindings.ts";
import type { Jobs, LeasedJob } from "../store/jobs.ts";
import type { Owed } from "../store/outbox.ts";
import type { UploadLimits } from "../store/servers.ts";
import { contentOf } from "../telegram/content-kinds.ts";
import type { TelegramFiles } from "../telegram/files.ts";
import { storedMessage } from "../telegram/update.ts";
import { askName } from "./account-name.ts";
import { createCreate } from "./creating.ts";
import { createLateParts } from "./late-parts.ts";
import { makePlan, overLimit, type Plan, revise, savedFiles } from "./plan.ts";
import { createSettle } from "./settling.ts";
import { createTries } from "./tries.ts";
import { createUploads } from "./uploads.ts";
import { savePlan, seqsOf, type Work } from "./work.ts";

/** Works one job to its memo. Every step can be repeated after a crash at any point. */
export interface Forwarder {
  /** @throws whatever Memos, Telegram or the disk throw; the lease is then still to be settled. */
  forward(leased: LeasedJob, signal: AbortSignal): Promise<void>;
  /** For a job that is given up: deletes what it uploaded and no memo holds. Best effort, nobody waits for it. */
  abandon(leased: LeasedJob, signal: AbortSignal): Promise<void>;
}

export interface ForwarderDeps {
  readonly botId: number;
  readonly idKey: string;
  readonly memos: MemosClient;
  readonly files: TelegramFiles;
  readonly jobs: Pick<
    Jobs,
    "savePlan" | "plan" | "claim" | "finish" | "bury" | "putOff" | "handBack" | "get"
  >;
  readonly bindings: Pick<Bindings, "get" | "accessToken" | "accepted" | "told">;
  /** Whether ALLOWED_USERS still has this person. */
  readonly isAllowed: (telegramId: number) => boolean;
  readonly uploadLimits: UploadLimits;
  /** The visibility of a person's new memos. */
  readonly visibilityOf: (binding: Binding, token: Secret, signal: AbortSignal) => Promise<Visibility>;
  readonly memoUrl: (name: string) => string | null;
  readonly textsFor: TextsFor;
  readonly log: Log;
  readonly now: () => number;
}

/** An upgrade between two messages shows by nothing else. */
const LOOK_AGAIN_MS = 10 * 60_000;

export function createForwarder(deps: ForwarderDeps): Forwarder {
  const { botId, idKey, memos, files, jobs, bindings, uploadLimits, visibilityOf, textsFor, log, now } = deps;
  const tries = createTries(now);
  const uploads = createUploads({ memos, files, jobs, uploadLimits, tries, now });
  const create = createCreate({ memos, jobs, bindings, uploads, tries, now });
  const addLateParts = createLateParts({ memos, jobs, uploads });
  const settle = createSettle({ jobs, memoUrl: deps.memoUrl, log });
  let lookedAt = now();

  return {
    async forward(leased, signal) {
      const { job } = leased;
      const started = now();
      const work = await prepared(leased, signal);
      if (!work) return;
      const stored = storedPlan(leased);
      if (stored?.done && job.memo_name !== null && covers(stored, work)) {
        // A part that was delivered again: there is nothing new in it.
        jobs.finish(leased.lease, { outcome: "saved", covered: seqsOf(leased, stored) });
        return;
      }
      const plan = await planned(work);
      if (!plan) return;
      const done = await (job.memo_name === null
        ? create(work, plan)
        : addLateParts(work, plan, job.memo_name));
      if (!done) return;
      bindings.accepted(work.binding.telegram_id);
      settle(work, done);
      log.info("memo saved", {
        job_id: job.id,
        chat_id: job.chat_id,
        memo_name: done.memo.name,
        files: savedFiles(done.plan).length,
        ms: now() - started,
      });
    },

    async abandon(leased, signal) {
      // The one it was leased with knows nothing of this run.
      const plan = jobs.plan(leased.job.id);
      const token = bindings.accessToken(leased.job.telegram_id ?? 0);
      if (plan === null || !token || leased.job.memo_name !== null) return;
      await uploads.remove(leased, JSON.parse(plan), token, signal);
    },
  };

  /** All that the steps need; undefined when the job was settled instead. */
  async function prepared(leased: LeasedJob, signal: AbortSignal): Promise<Work | undefined> {
    const { job } = leased;
    const messages = leased.updates.flatMap(({ json }) => storedMessage(json) ?? []);
    const { server, account, chat_id } = job;
    const texts = textsFor(job.telegram_id, messages[0]?.from?.language_code);
    if (messages.length === 0 || server === null || account === null || chat_id === null) {
      bury(leased, "payload_missing", texts, texts.unknownContent);
      return undefined;
    }
    const kinds = messages.map((message) => contentOf(message).kind);
    if (kinds.includes("unknown") || kinds.includes("service")) {
      bury(leased, "unknown_kind", texts, texts.unknownContent);
      return undefined;
    }
    const bound = bindings.get(job.telegram_id ?? 0);
    const token = bound && bindings.accessToken(bound.telegram_id);
    if (!bound || !token || !usable(bound, server, account)) {
      awaitBinding(leased);
      return undefined;
    }
    const binding = await namedNow(bound, token, signal);
    if (!binding) {
      jobs.handBack(leased.lease);
      return undefined;
    }
    const identity = {
      id_key: idKey,
      bot_id: botId,
      server,
      account: binding.account,
      chat_id,
      job_key: job.job_key,
    };
    return { leased, identity, binding, token, messages, texts, resumed: job.plan !== null, signal };
  }

  function usable(binding: Binding, server: string, account: string): boolean {
    return (
      binding.state === "active" &&
      deps.isAllowed(binding.telegram_id) &&
      binding.server === server &&
      binding.server === memos.server &&
      binding.account === account
    );
  }

  /** The binding under the name that this version has for its account. Undefined: the person was bound anew meanwhile. */
  async function namedNow(
    binding: Binding,
    token: Secret,
    signal: AbortSignal,
  ): Promise<Binding | undefined> {
    const { version } = await serverNow(signal);
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

  async function serverNow(signal: AbortSignal): Promise<MemosServerInfo> {
    if (Math.abs(now() - lookedAt) > LOOK_AGAIN_MS) {
      memos.forgetInfo();
      lookedAt = now();
    }
    return memos.info(signal);
  }

  /** No token for this account right now: the job waits outside its lane until the account is bound again. */
  function awaitBinding({ lease, job }: LeasedJob): void {
    jobs.putOff(lease, {
      waiting_for: "binding",
      due_at: now(),
      reason: "not_bound",
      detail: `waits until ${job.account} is bound again`,
      aside: true,
    });
  }

  /** The stored plan, or a new one, stored. Undefined when the job was settled instead. */
  async function planned(work: Work): Promise<Plan | undefined> {
    const { leased, identity, binding, token, messages, texts, signal } = work;
    const stored = storedPlan(leased);
    // A plan that was begun is carried out as it is, also when parts came since: they are the next revision.
    if (stored && !stored.done) return stored;
    let info = await memos.info(signal);
    const fresh = makePlan({
      identity,
      messages,
      visibility: await visibilityOf(binding, token, signal),
      tags: binding.tags,
      limits: { downloadBytes: files.limitBytes, uploadBytes: uploadLimits.of(memos.server) },
      markdown: info.markdown,
      formatting: binding.formatting,
      sourceLine: binding.source_line,
      texts,
    });
    const plan = stored ? revise(stored, fresh) : fresh;
    if (overLimit(plan.content, info) !== null) {
      // Asked anew: the limit may have been raised since, most of all before a [Retry].
      memos.forgetInfo();
      info = await memos.info(signal);
    }
    const tooLong = overLimit(plan.content, info);
    if (tooLong !== null) {
      const why = texts.contentTooLong(tooLong, info.contentLimitBytes);
      bury(leased, "content_too_long", texts, texts.failed(why));
      return undefined;
    }
    return savePlan(jobs, work, plan);
  }

  function bury({ lease, job }: LeasedJob, reason: string, texts: Texts, text: string): void {
    const confirmation = bindings.get(job.telegram_id ?? 0)?.confirmation;
    jobs.bury(lease, { reason, detail: text, owed: failed(job, failure(texts, job.id, text), confirmation) });
    log.warn("message not saved", { job_id: job.id, chat_id: job.chat_id, reason });
  }
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

function storedPlan({ job }: LeasedJob): Plan | null {
  return job.plan === null ? null : (JSON.parse(job.plan) as Plan);
}

function covers(plan: Plan, { messages }: Work): boolean {
  return messages.every(({ message_id }) => plan.message_ids.includes(message_id));
}
