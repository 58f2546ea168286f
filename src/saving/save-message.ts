import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { Visibility } from "../domain/visibility.ts";
import type { TextsFor } from "../locales/texts.ts";
import type { Memo, MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Binding, Bindings } from "../store/accounts/bindings.ts";
import type { Chats } from "../store/intake/chats.ts";
import type { Jobs, LeasedJob } from "../store/queue/jobs.ts";
import { contentHash, type MemoLinks } from "../store/queue/memo-links.ts";
import type { MessageJobs } from "../store/queue/message-jobs.ts";
import type { TelegramFiles } from "../telegram/files.ts";
import { createSettle, isEdited, type SettleDeps } from "./complete-job.ts";
import { createTries } from "./create-attempts.ts";
import { createCreate, type Made } from "./create-memo.ts";
import { createBury } from "./give-up.ts";
import type { Work } from "./job-context.ts";
import type { KeyedMutex } from "./keyed-mutex.ts";
import { createPrepare, type PrepareDeps } from "./load-job.ts";
import { memoName, type Plan, savedFiles } from "./plan.ts";
import { mainItem, restItem } from "./planned-memo.ts";
import { createPlanner } from "./planner.ts";
import { createRemember } from "./rebuild-plan.ts";
import { createRenew } from "./replace-plan.ts";
import { createFindPlace } from "./reply-target.ts";
import { createRevise, type LeftToThem } from "./update-memo.ts";
import { createUploads, type UploadsDeps } from "./upload-files.ts";
import { createLearnedLimit } from "./upload-limit.ts";

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
  readonly bindings: Pick<Bindings, "get" | "accessToken" | "withToken" | "accepted" | "told">;
  readonly links: MemoLinks;
  readonly messageJobs: Pick<MessageJobs, "of" | "captureOf">;
  readonly chats: Pick<Chats, "home">;
  /** Whether ALLOWED_USERS still has this person. */
  readonly isAllowed: (telegramId: number) => boolean;
  readonly reserve: SettleDeps["reserve"];
  readonly bot: PrepareDeps["bot"];
  /** The visibility of a person's new memos. */
  readonly visibilityOf: (binding: Binding, token: Secret, signal: AbortSignal) => Promise<Visibility>;
  /** Shared with whoever else changes what a memo says. */
  readonly memoMutex: KeyedMutex;
  readonly memoUrl: (name: string) => string | null;
  readonly textsFor: TextsFor;
  readonly log: Log;
  readonly failingForMs: UploadsDeps["failingForMs"];
  readonly now: () => number;
  /** For durations: no setting of the time moves it. */
  readonly monotonic: () => number;
}

/** What a plan came to: done, or why the memo stays as the person has it. Undefined when the job was settled instead. */
type CarriedOut = { readonly plan: Plan; readonly memo: Memo } | LeftToThem | undefined;

export function createForwarder(deps: ForwarderDeps): Forwarder {
  const { memos, files, jobs, messageJobs, bindings, failingForMs, log, now, monotonic } = deps;
  const tries = createTries(monotonic);
  const uploadLimit = createLearnedLimit(monotonic);
  const uploads = createUploads({ memos, files, jobs, uploadLimit, tries, failingForMs, log, now });
  const { create, findEarlier } = createCreate({ memos, jobs, bindings, tries, now });
  const revise = createRevise({ memos, uploads, create, mutex: deps.memoMutex });
  const settle = createSettle({ jobs, reserve: deps.reserve, memoUrl: deps.memoUrl, log });
  const bury = createBury({ jobs, bindings, log });
  const prepare = createPrepare({ ...deps, bury });
  const planner = createPlanner({
    memos,
    jobs,
    uploadLimit,
    downloadBytes: files.limitBytes,
    visibilityOf: deps.visibilityOf,
    findPlace: createFindPlace({ memos, links: deps.links, jobs, messageJobs, home: deps.chats.home }),
    remember: createRemember({ memos, links: deps.links }),
    renew: createRenew({ memos, jobs, findEarlier, uploads }),
    settle,
  });

  return {
    async forward(leased, signal) {
      const started = now();
      const work = await prepare(leased, signal);
      const plan = work && (await planner.plan(work));
      if (!work || !plan) return;
      const result = await carryOut(work, plan);
      if (result === undefined) return;
      if (typeof result === "string") return settle.kept(work, plan, result);
      bindings.accepted(work.binding);
      settle.saved(work, result);
      log.info(plan.before === null ? "memo saved" : "memo brought up to date", {
        job_id: leased.job.id,
        chat_id: leased.job.chat_id,
        memo_name: result.memo.name,
        files: savedFiles(result.plan).length,
        ms: now() - started,
      });
    },

    async abandon(leased, signal) {
      // The one it was leased with knows nothing of this run.
      const stored = jobs.plan(leased.job.id);
      const token = bindings.accessToken(leased.job.telegram_id ?? 0);
      if (stored === null || !token || leased.job.memo_name !== null) return;
      const plan = JSON.parse(stored) as Plan;
      await uploads.remove(leased, { plan, files: savedFiles(plan), token }, signal);
    },
  };

  async function carryOut(work: Work, plan: Plan): Promise<CarriedOut> {
    try {
      return await attempt(work, plan);
    } catch (error) {
      if (!isMemosError(error, "content_too_long")) throw error;
      // The limit was lowered since it was asked.
      memos.forgetInfo();
      const { contentLimitBytes } = await memos.info(work.signal);
      if (contentLimitBytes >= plan.limit) throw error;
      const fitting = await planner.toFit(work, plan);
      return fitting && attempt(work, fitting);
    }
  }

  async function attempt(work: Work, plan: Plan): Promise<CarriedOut> {
    if (plan.before === null) return begin(work, plan);
    const revised = await revise(work, plan, work.leased.job.memo_name ?? memoName(plan));
    const wordsAreTheirs = revised === "changed" || revised === "moved";
    if (!wordsAreTheirs || isEdited(work, plan)) return revised;
    const apart = await planner.withApart(work, plan);
    return apart && revise(work, apart, work.leased.job.memo_name ?? memoName(apart));
  }

  /** The files, the memo, and then what it has no room for. */
  async function begin(work: Work, first: Plan): Promise<CarriedOut> {
    const uploaded = await uploads.all(work, first, null);
    if (!uploaded) return undefined;
    const made = await create(work, uploaded, mainItem);
    if (made === "parent_gone") {
      const alone = await planner.withoutParent(work, uploaded);
      return alone && begin({ ...work, resumed: true }, alone);
    }
    if (!made) return undefined;
    let { plan } = made;
    const memo = await brought(work, made);
    for (const at of plan.rest.keys()) {
      const comment = await create(work, plan, restItem(at, plan.reply.parent ?? memo.name));
      if (!comment) return undefined;
      // Deleted this moment: there is nothing left to go on with.
      if (comment === "parent_gone") break;
      plan = comment.plan;
    }
    return { plan, memo };
  }

  /** A create that was given up may have come to its end all the same, with what its messages said then. */
  async function brought({ token, signal }: Work, { plan, memo }: Made): Promise<Memo> {
    if (!plan.replaced?.includes(contentHash(memo.content)) || memo.content === plan.content) return memo;
    const { content, location = null } = plan;
    return memos.updateMemo(token, memo.name, { content, location }, signal);
  }
}
