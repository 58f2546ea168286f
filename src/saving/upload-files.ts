import { Readable } from "node:stream";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { Attachment, MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Jobs, LeasedJob } from "../store/queue/jobs.ts";
import { isTelegramError, type TelegramError } from "../telegram/errors.ts";
import type { OpenFile, TelegramFiles } from "../telegram/files.ts";
import type { Tries } from "./create-attempts.ts";
import { isUncertain, savePlan, type Work, waitForTry } from "./job-context.ts";
import { createKeyedMutex } from "./keyed-mutex.ts";
import { createLargeFiles } from "./large-file-limit.ts";
import { decide } from "./outcome.ts";
import {
  attachmentName,
  attachmentNames,
  megabytes,
  type Plan,
  type PlannedFile,
  savedFiles,
  tooBig,
  withFile,
  withoutFile,
} from "./plan.ts";
import type { LearnedLimit } from "./upload-limit.ts";

/** Brings the planned files into Memos, each once. */
export interface Uploads {
  /**
   * Uploads what is not there yet; returns the plan as it is then, without files that cannot be saved. `memo` binds
   * them to it at once. Undefined when the job was put off or its lease lost.
   */
  all(work: Work, plan: Plan, memo: string | null): Promise<Plan | undefined>;
  /** Deletes what was uploaded of these files of a plan and no memo holds. */
  remove(
    leased: LeasedJob,
    of: { readonly plan: Plan; readonly files: readonly PlannedFile[]; readonly token: Secret },
    signal: AbortSignal,
  ): Promise<void>;
}

export interface UploadsDeps {
  readonly memos: MemosClient;
  readonly files: TelegramFiles;
  readonly jobs: Pick<Jobs, "savePlan" | "claim" | "putOff">;
  readonly uploadLimit: LearnedLimit;
  readonly tries: Tries;
  readonly log: Log;
  /** Since a job's first failure; 0 while this machine's clock cannot be trusted. */
  readonly failingForMs: (firstFailedAt: number | null) => number;
  readonly now: () => number;
}

/** What a step works on: one file of the plan as it is by now. */
interface Step {
  readonly work: Work;
  readonly plan: Plan;
  readonly file: PlannedFile;
  readonly memo: string | null;
}

/** The first upload may have been done under a name that nobody heard. */
const isSought = (file: PlannedFile) => file.upload_began_at !== null && file.name === null;

export function createUploads(deps: UploadsDeps): Uploads {
  const { memos, files, jobs, uploadLimit, tries, failingForMs, log, now } = deps;
  const largeFiles = createLargeFiles();
  const mutex = createKeyedMutex();

  return {
    async all(work, first, memo) {
      let plan: Plan | undefined = first;
      const known = first.before ? attachmentNames(first.before) : [];
      for (const { attachment_id } of savedFiles(first)) {
        const file: PlannedFile | undefined = plan.files.find((of) => of.attachment_id === attachment_id);
        // Saved by an earlier revision: where it is gone, the person deleted it.
        if (!file || known.includes(attachmentName(file))) continue;
        plan = await ensure({ work, plan, file, memo });
        if (!plan) return undefined;
      }
      return plan;
    },

    async remove(leased, { plan, files, token }, signal) {
      for (const file of files) {
        const found = isSought(file) && (await find(leased, { plan, file, memo: null, token, signal }));
        if (found === "lost") return;
        await removeOne(found ? found.name : attachmentName(file), token, signal);
      }
    },
  };

  /** The plan with this file in Memos. */
  async function ensure(step: Step): Promise<Plan | undefined> {
    const { work, plan, file } = step;
    if (work.resumed && (await exists(work, attachmentName(file)))) return plan;
    const { fileIds } = await memos.info(work.signal);
    if (fileIds === "ours" && !isSought(file)) return bring(step);
    // Files that look the same are told apart by coming one at a time.
    const key = `${work.identity.server} ${work.identity.account} ${file.filename}`;
    return mutex(key, () => (isSought(file) ? findOrBring(step) : bring(step)));
  }

  async function findOrBring(step: Step): Promise<Plan | undefined> {
    const { work, plan, file, memo } = step;
    const waitMs = tries.settledInMs(work.leased.job.id);
    if (waitMs > 0) {
      waitForTry(jobs, work.leased, waitMs);
      return undefined;
    }
    const { token, signal } = work;
    const found = await find(work.leased, { plan, file, memo, token, signal });
    if (found === "lost") return undefined;
    return found ? found.plan : bring(step);
  }

  /** What an earlier try uploaded, claimed for this file. */
  async function find(
    { lease, job }: LeasedJob,
    of: Omit<Step, "work"> & { token: Secret; signal: AbortSignal },
  ): Promise<{ plan: Plan; name: string } | "lost" | undefined> {
    const { plan, file, memo, token, signal } = of;
    const since = new Date(file.upload_began_at ?? now());
    const search = { filename: file.filename, size: file.size ?? 0, since };
    for (const { name, memo: holder } of await memos.findAttachments(token, search, signal)) {
      if (holder !== undefined && holder !== memo) continue;
      const named = withFile(plan, { ...file, name });
      const claimed = jobs.claim(lease, { server: job.server ?? "", name }, JSON.stringify(named));
      if (claimed === "lost") return "lost";
      if (claimed === "claimed") return { plan: named, name };
    }
    return undefined;
  }

  /** Streams the file into Memos; one that cannot be saved at all is left out. */
  async function bring(step: Step): Promise<Plan | undefined> {
    const { file, plan, work } = step;
    // One whose size nobody told may be large.
    const size = file.size ?? Number.POSITIVE_INFINITY;
    const brought = await largeFiles(size, () => stream(step));
    if (!brought || !("refused" in brought)) return brought;
    return savePlan(
      jobs,
      work,
      withoutFile(plan, { file, why: brought.refused, identity: work.identity, texts: work.texts }),
    );
  }

  async function stream(step: Step): Promise<Plan | { refused: string } | undefined> {
    const { file, work } = step;
    let size = file.size ?? 0;
    try {
      const source = await open(file, work.signal);
      try {
        size = source.size;
        const limit = uploadLimit.of({ anew: work.leased.job.requested_action !== null });
        if (size > limit.bytes) return { refused: tooBig(work.texts, size, limit) };
        const begun = await begin(step, size);
        if (!begun) return undefined;
        return await upload(begun, size, () => source.bytes());
      } finally {
        await source.close();
      }
    } catch (error) {
      if (isTelegramError(error, "file_too_big")) {
        const { tooBigForBots, tooBigForBotsNoSize } = work.texts;
        return { refused: size > 0 ? tooBigForBots({ megabytes: megabytes(size) }) : tooBigForBotsNoSize };
      }
      if (isTelegramError(error) && isGivenUp(error, work.leased.job)) {
        return { refused: work.texts.lostInTelegram };
      }
      if (isMemosError(error, "file_too_large")) {
        const limit = { bytes: size - 1, of: error.reason === "proxy_limit" ? "proxy" : "memos" } as const;
        uploadLimit.refused(limit);
        log.warn("files of this size are refused", { bytes: size, detail: error.message });
        return { refused: tooBig(work.texts, size, limit) };
      }
      tries.failed(work.leased.job.id, error);
      if (!isUncertain(error)) throw error;
      // The answer may have been lost: the file is there under its id, or it is not.
      if (await exists(work, attachmentName(file)).catch(() => false)) return step.plan;
      throw error;
    }
  }

  /** Telegram did not give it for as long as a job is tried: the rest of the message need not go with it. */
  function isGivenUp(error: TelegramError, { attempts, first_failed_at }: LeasedJob["job"]): boolean {
    // A file on this machine's own disk is there once the settings are right.
    if (error.kind === "file_unreadable") return false;
    const circumstances = {
      attempts,
      snoozes: 0,
      failingForMs: failingForMs(first_failed_at),
      memosAnswers: true,
      random: 0,
    };
    return decide(error, circumstances).kind === "bury";
  }

  /** From Telegram, or what the message itself brought. */
  async function open({ file_id, size, text }: PlannedFile, signal: AbortSignal): Promise<OpenFile> {
    if (text === undefined) return files.open(file_id, size, signal);
    const bytes = Buffer.from(text);
    return { size: bytes.length, bytes: () => Readable.from([bytes]), close: async () => undefined };
  }

  /** Writes down what an upload can be found by later, where it gets no id of ours. */
  async function begin(step: Step, size: number): Promise<Step | undefined> {
    const { work, plan } = step;
    const { fileIds } = await memos.info(work.signal);
    if (fileIds === "ours" || isSought(step.file)) return step;
    const file = { ...step.file, name: null, upload_began_at: now(), size };
    const begun = savePlan(jobs, work, withFile(plan, file));
    return begun && { ...step, plan: begun, file };
  }

  async function upload(
    { work, plan, file, memo }: Step,
    size: number,
    bytes: () => AsyncIterable<Uint8Array>,
  ): Promise<Plan | undefined> {
    const { attachment_id: id, filename, type } = file;
    const bound = memo === null ? {} : { memo };
    const stored: Attachment = await memos.createAttachment(
      work.token,
      { id, filename, type, size, open: bytes, ...bound },
      work.signal,
    );
    if (stored.name === attachmentName(file)) return plan;
    const named = withFile(plan, { ...file, name: stored.name });
    const what = { server: work.identity.server, name: stored.name };
    const claimed = jobs.claim(work.leased.lease, what, JSON.stringify(named));
    if (claimed === "taken") throw new Error(`Memos gave a new file the name of another: ${stored.name}`);
    return claimed === "claimed" ? named : undefined;
  }

  async function exists({ token, signal }: Work, name: string): Promise<boolean> {
    try {
      await memos.getAttachment(token, name, signal);
      return true;
    } catch (error) {
      if (isMemosError(error, "not_found")) return false;
      throw error;
    }
  }

  async function removeOne(name: string, token: Secret, signal: AbortSignal): Promise<void> {
    try {
      const file = await memos.getAttachment(token, name, signal);
      if (file.memo === undefined) await memos.deleteAttachment(token, name, signal);
    } catch (error) {
      // Never uploaded, or gone.
      if (!isMemosError(error, "not_found")) throw error;
    }
  }
}
