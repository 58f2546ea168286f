import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { Reservation } from "../domain/outgoing.ts";
import type { Visibility } from "../domain/visibility.ts";
import type { TextsFor } from "../locales/texts.ts";
import type { MemosClient } from "../memos/client.ts";
import type { Binding, Bindings } from "../store/accounts/bindings.ts";
import type { Chats } from "../store/intake/chats.ts";
import type { Jobs, LeasedJob } from "../store/queue/jobs.ts";
import type { MemoLinks } from "../store/queue/memo-links.ts";
import type { MessageJobs } from "../store/queue/message-jobs.ts";
import type { TelegramFiles } from "../telegram/files.ts";
import { createCompleteJob } from "./complete-job.ts";
import { createTries } from "./create-attempts.ts";
import { createBury } from "./give-up.ts";
import type { Work } from "./job-context.ts";
import type { KeyedMutex } from "./keyed-mutex.ts";
import { createPrepare, type PrepareDeps } from "./load-job.ts";
import { createReconcile, type End } from "./reconcile.ts";
import { createReconcileComments } from "./reconcile-comments.ts";
import { createReconcileFiles } from "./reconcile-files.ts";
import { createFindPlace } from "./reply-target.ts";
import { aimOf, createFixTerms } from "./terms.ts";
import { createUploads, type UploadsDeps } from "./upload-files.ts";
import { createLearnedLimit } from "./upload-limit.ts";

export interface ForwarderDeps {
  readonly botId: number;
  readonly idKey: string;
  readonly memos: MemosClient;
  readonly files: TelegramFiles;
  readonly jobs: Pick<Jobs, "note" | "claim" | "finish" | "bury" | "putOff" | "handBack" | "get">;
  readonly bindings: Pick<Bindings, "get" | "withToken" | "accepted" | "told">;
  readonly links: MemoLinks;
  readonly messageJobs: Pick<MessageJobs, "of" | "captureOf">;
  readonly chats: Pick<Chats, "home">;
  /** Whether ALLOWED_USERS still has this person. */
  readonly isAllowed: (telegramId: number) => boolean;
  /** The right to write to a chat now; undefined while nothing may be sent there. */
  readonly reserve: (chatId: number) => Reservation | undefined;
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

export type Forwarder = ReturnType<typeof createForwarder>;

/** Works one job to its memo. Every step can be repeated after a crash at any point. */
export function createForwarder(deps: ForwarderDeps) {
  const { memos, jobs, bindings, links, messageJobs, log, now } = deps;
  const tries = createTries(deps.monotonic);
  const uploadLimit = createLearnedLimit(deps.monotonic);
  const uploads = createUploads({ ...deps, uploadLimit });
  const findPlace = createFindPlace({ memos, links, jobs, messageJobs, home: deps.chats.home });
  const reconcile = createReconcile({
    ...deps,
    fixTerms: createFixTerms({ findPlace, uploads, now }),
    files: createReconcileFiles({ memos, uploads, tries }),
    comments: createReconcileComments({ memos, tries }),
    tries,
  });
  const complete = createCompleteJob(deps);
  const prepare = createPrepare({ ...deps, bury: createBury({ jobs, bindings, log }) });

  /** Of which something may have come to Memos. */
  const touched = new WeakSet<LeasedJob>();

  return {
    /** Whether nothing of it can have come to Memos in this try. */
    isUntouched: (leased: LeasedJob): boolean => !touched.has(leased),

    /** @throws whatever Memos, Telegram or the disk throw; the lease is then still to be settled. */
    async forward(leased: LeasedJob, signal: AbortSignal): Promise<void> {
      const started = now();
      const work = await prepare(leased, signal);
      if (!work) return;
      const isNew = work.record.known.covered === 0;
      const end = await reconcile(work).finally(() => {
        if (work.record.isTouched) touched.add(leased);
      });
      settle(work, end);
      if (end.kind !== "saved") return;
      log.info(isNew ? "memo saved" : "memo brought up to date", {
        job_id: leased.job.id,
        chat_id: leased.job.chat_id,
        memo_name: end.memo.name,
        files: end.want.files.length,
        ms: now() - started,
      });
    },

    /** For a job that is given up: deletes what it uploaded and no memo holds. Best effort, nobody waits for it. */
    async abandon(leased: LeasedJob, signal: AbortSignal): Promise<void> {
      // The one that it was leased with knows nothing of this run.
      const job = jobs.get(leased.job.id);
      if (!job || job.memo_name !== null || job.covered > 0 || !job.settings || !job.form) return;
      const work = await prepare({ ...leased, job }, signal);
      if (!work) return;
      const files = aimOf(work, work.record.known)
        .ever()
        .flatMap((want) => want.files);
      const { fileIds } = await memos.info(signal);
      for (const file of files) {
        const name =
          fileIds === "ours" ? `attachments/${file.id}` : await uploads.find(work, { ...file, memo: null });
        if (name !== undefined) await uploads.remove(work, name, { unbound: true });
      }
    },
  };

  function settle(work: Work, end: End): void {
    const { lease } = work.leased;
    switch (end.kind) {
      case "saved":
        bindings.accepted(work.binding.telegram_id);
        complete.saved(work, end);
        return;
      case "kept":
        complete.kept(work, end.want, end.why);
        return;
      case "nothing":
        complete.nothing(work, end.why);
        return;
      case "later":
        jobs.putOff(lease, {
          waiting_for: "retry",
          pauseMs: end.inMs,
          reason: "looking",
          detail: "waits until what an earlier try made can be found",
        });
        return;
      case "behind":
        jobs.putOff(lease, {
          waiting_for: "retry",
          reason: "target_waits",
          detail: "waits until the message it replies to is saved",
          behind: end.job_id,
        });
        return;
      default:
        end satisfies never;
    }
  }
}
