import type { TelegramMessage } from "gramio";
import { confirmation, failure, type Message, say } from "../chat/messages.ts";
import type { Texts } from "../chat/texts.ts";
import type { Log } from "../log.ts";
import type { Memo, MemosClient, Visibility } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import { memoUid } from "../memos/names.ts";
import type { Secret } from "../secret.ts";
import type { Binding, Bindings } from "../store/bindings.ts";
import type { Jobs, LeasedJob } from "../store/jobs.ts";
import { contentHash, type MemoLink } from "../store/memo-links.ts";
import type { Owed } from "../store/outbox.ts";
import type { UploadLimits } from "../store/servers.ts";
import { isTelegramError } from "../telegram/errors.ts";
import type { TelegramFiles } from "../telegram/files.ts";
import { contentOf, storedMessage } from "../telegram/update.ts";
import { createLargeFiles } from "./large-files.ts";
import {
  attachmentName,
  attachmentNames,
  type Identity,
  makePlan,
  megabytes,
  memoName,
  overLimit,
  type Plan,
  type PlannedFile,
  remarks,
  revise,
  savedFiles,
  withNextId,
  withoutFile,
} from "./plan.ts";

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
  readonly jobs: Pick<Jobs, "savePlan" | "finish" | "bury" | "putOff">;
  readonly bindings: Pick<Bindings, "get" | "accessToken" | "accepted">;
  /** Whether ALLOWED_USERS still has this person. */
  readonly isAllowed: (telegramId: number) => boolean;
  readonly uploadLimits: UploadLimits;
  /** The visibility of a person's new memos. */
  readonly visibilityOf: (binding: Binding, token: Secret, signal: AbortSignal) => Promise<Visibility>;
  readonly memoUrl: (name: string) => string | null;
  readonly texts: Texts;
  readonly log: Log;
  readonly now: () => number;
}

/** The job in hand, with everything its steps need. */
interface Work {
  readonly leased: LeasedJob;
  readonly identity: Identity;
  readonly binding: Binding;
  readonly token: Secret;
  readonly messages: readonly TelegramMessage[];
  /** True when an earlier run may have called Memos already. */
  readonly resumed: boolean;
  readonly signal: AbortSignal;
}

export function createForwarder(deps: ForwarderDeps): Forwarder {
  const { botId, idKey, memos, files, jobs, bindings, uploadLimits, visibilityOf, memoUrl, texts, log } =
    deps;
  const largeFiles = createLargeFiles();

  return {
    async forward(leased, signal) {
      const { job } = leased;
      const started = deps.now();
      const messages = leased.updates.flatMap(({ json }) => storedMessage(json) ?? []);
      const first = messages[0];
      if (!first || job.server === null || job.account === null || job.chat_id === null) {
        bury(leased, "payload_missing", texts.unknownContent);
        return;
      }
      const unsupported = messages
        .map(contentOf)
        .find(({ kind }) => kind !== "text" && kind !== "photo" && kind !== "document");
      if (unsupported) {
        if (unsupported.kind === "unsupported") {
          bury(leased, "unsupported_kind", texts.unsupported(unsupported.name));
        } else bury(leased, "unknown_kind", texts.unknownContent);
        return;
      }
      const binding = bindings.get(job.telegram_id ?? 0);
      const token = binding && bindings.accessToken(binding.telegram_id);
      if (!binding || !token || !usable(binding, job.server, job.account)) {
        awaitBinding(leased);
        return;
      }
      const work: Work = {
        leased,
        identity: {
          id_key: idKey,
          bot_id: botId,
          server: job.server,
          account: job.account,
          chat_id: job.chat_id,
          job_key: job.job_key,
        },
        binding,
        token,
        messages,
        resumed: job.plan !== null,
        signal,
      };
      const stored = storedPlan(leased);
      if (stored?.done && job.memo_name !== null && covers(stored, messages)) {
        // A part that was delivered again: there is nothing new in it.
        jobs.finish(leased.lease, { outcome: "saved", covered: seqsOf(leased, stored) });
        return;
      }
      const plan = await planned(work);
      if (!plan) return;
      const done =
        job.memo_name === null ? await create(work, plan) : await addLateParts(work, plan, job.memo_name);
      if (!done) return;
      bindings.accepted(binding.telegram_id);
      settle(work, done.plan, done.memo);
      log.info("memo saved", {
        job_id: job.id,
        chat_id: job.chat_id,
        memo_name: done.memo.name,
        files: savedFiles(done.plan).length,
        ms: deps.now() - started,
      });
    },

    async abandon(leased, signal) {
      const plan = storedPlan(leased);
      const token = bindings.accessToken(leased.job.telegram_id ?? 0);
      if (!plan || !token || leased.job.memo_name !== null) return;
      for (const name of attachmentNames(plan)) {
        const file = await memos.getAttachment(token, name, signal);
        if (file.memo === undefined) await memos.deleteAttachment(token, name, signal);
      }
    },
  };

  function usable(binding: Binding, server: string, account: string): boolean {
    return (
      binding.state === "active" &&
      deps.isAllowed(binding.telegram_id) &&
      binding.server === server &&
      binding.server === memos.server &&
      binding.account === account
    );
  }

  /** No token for this account right now: the job waits outside its lane until the account is bound again. */
  function awaitBinding({ lease, job }: LeasedJob): void {
    jobs.putOff(lease, {
      waiting_for: "binding",
      due_at: deps.now(),
      reason: "not_bound",
      detail: `waits until ${job.account} is bound again`,
      aside: true,
    });
  }

  /** The stored plan, or a new one, stored. Undefined when the job was settled instead. */
  async function planned(work: Work): Promise<Plan | undefined> {
    const { leased, identity, binding, token, messages, signal } = work;
    const stored = storedPlan(leased);
    // A plan that was begun is carried out as it is, also when parts came since: they are the next revision.
    if (stored && !stored.done) return stored;
    const limits = { downloadBytes: files.limitBytes, uploadBytes: uploadLimits.of(memos.server) };
    const fresh = makePlan({
      identity,
      messages,
      visibility: await visibilityOf(binding, token, signal),
      tags: binding.tags,
      limits,
      texts,
    });
    const plan = stored ? revise(stored, fresh) : fresh;
    let info = await memos.info(signal);
    if (overLimit(plan.content, info) !== null) {
      // Asked anew: the limit may have been raised since, most of all before a [Retry].
      memos.forgetInfo();
      info = await memos.info(signal);
    }
    const tooLong = overLimit(plan.content, info);
    if (tooLong !== null) {
      bury(leased, "content_too_long", texts.failed(texts.contentTooLong(tooLong, info.contentLimitBytes)));
      return undefined;
    }
    return save(work, plan);
  }

  function save({ leased }: Work, plan: Plan): Plan | undefined {
    return jobs.savePlan(leased.lease, JSON.stringify(plan)) ? plan : undefined;
  }

  async function create(work: Work, first: Plan): Promise<Done | undefined> {
    let plan: Plan | undefined = await uploadAll(work, first, null);
    while (plan) {
      const existing = await createOrFind(work, plan);
      if (existing === "taken") {
        plan = save(work, withNextId(plan, work.identity));
        continue;
      }
      if (existing === "no_public") {
        plan = save(work, { ...plan, visibility: "PROTECTED", public_refused: true });
        continue;
      }
      return { plan, memo: await withFiles(work, existing, attachmentNames(plan)) };
    }
    return undefined;
  }

  /** The memo under the planned id: made now, or by an earlier try of ours whose answer was lost. */
  async function createOrFind(work: Work, plan: Plan): Promise<Memo | "taken" | "no_public"> {
    const { token, identity, signal } = work;
    try {
      return await memos.createMemo(
        token,
        {
          id: plan.memo_id,
          content: plan.content,
          visibility: plan.visibility,
          createTime: new Date(plan.create_time),
          attachments: attachmentNames(plan),
        },
        signal,
      );
    } catch (error) {
      if (!isMemosError(error) || error.kind === "aborted" || error.kind === "token_refused") throw error;
      if (error.reason === "public_disallowed" && plan.visibility === "PUBLIC") return "no_public";
      // Memos commits the memo before its files, and an answer can be lost: only a GET tells what is there.
      try {
        const found = await memos.getMemo(token, memoName(plan), signal);
        return found.creator === identity.account ? found : "taken";
      } catch (missing) {
        const hidden = isMemosError(missing, "forbidden", "not_found");
        if (hidden && error.kind === "exists") return "taken";
        throw hidden ? error : missing;
      }
    }
  }

  /** Binds what is planned and not bound. Never drops a file that a person added, nor brings back one they deleted. */
  async function withFiles(work: Work, memo: Memo, names: readonly string[]): Promise<Memo> {
    const { token, signal } = work;
    const bound = memo.attachments.map(({ name }) => name);
    const missing = names.filter((name) => !bound.includes(name));
    if (missing.length === 0) return memo;
    const found: string[] = [];
    for (const name of missing) {
      if (await exists(work, name)) found.push(name);
    }
    if (found.length === 0) return memo;
    // The setter deletes what it is not told: the list is read right before.
    const current = await memos.getMemo(token, memo.name, signal);
    const others = current.attachments.map(({ name }) => name).filter((name) => !names.includes(name));
    const ours = names.filter((name) => found.includes(name) || bound.includes(name));
    await memos.setAttachments(token, memo.name, [...ours, ...others], signal);
    return memos.getMemo(token, memo.name, signal);
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

  /** Uploads the planned files that are not there yet; returns the plan, without those that cannot be saved. */
  async function uploadAll(work: Work, first: Plan, memo: string | null): Promise<Plan | undefined> {
    let plan: Plan | undefined = first;
    for (const file of savedFiles(first)) {
      // Saved by an earlier revision: where it is gone, the person deleted it.
      if (first.before?.attachments.includes(attachmentName(file))) continue;
      if (work.resumed && (await exists(work, attachmentName(file)))) continue;
      // One whose size nobody told may be large.
      const size = file.size ?? Number.POSITIVE_INFINITY;
      const refused = await largeFiles(size, () => upload(work, file, memo));
      if (refused === null) continue;
      plan = save(work, withoutFile(plan, file, refused, texts));
      if (!plan) return undefined;
    }
    return plan;
  }

  /** Streams one file from Telegram into Memos. Returns why it cannot be saved at all, or null. */
  async function upload(work: Work, file: PlannedFile, memo: string | null): Promise<string | null> {
    const { token, signal } = work;
    let size = file.size ?? 0;
    try {
      const source = await files.open(file.file_id, file.size, signal);
      try {
        size = source.size;
        if (size > uploadLimits.of(memos.server)) return texts.tooBigForMemos(megabytes(size));
        await memos.createAttachment(
          token,
          {
            id: file.attachment_id,
            filename: file.filename,
            type: file.type,
            size,
            open: () => source.bytes(),
            ...(memo !== null && { memo }),
          },
          signal,
        );
        return null;
      } finally {
        await source.close();
      }
    } catch (error) {
      if (isTelegramError(error, "file_too_big"))
        return texts.tooBigForBots(size > 0 ? megabytes(size) : null);
      if (isMemosError(error, "file_too_large")) {
        uploadLimits.refused(memos.server, size);
        return texts.tooBigForMemos(megabytes(size));
      }
      if (!isMemosError(error) || error.kind === "aborted" || error.kind === "token_refused") throw error;
      // The answer may have been lost: the file is there under its id, or it is not.
      if (await exists(work, attachmentName(file)).catch(() => false)) return null;
      throw error;
    }
  }

  /** Parts of an album that came after its memo was made. The memo is the person's by now: theirs goes first. */
  async function addLateParts(work: Work, plan: Plan, name: string): Promise<Done | undefined> {
    const { token, identity, signal, leased } = work;
    const before = plan.before;
    if (!before) return { plan, memo: await memos.getMemo(token, name, signal) };
    let memo: Memo;
    try {
      memo = await memos.getMemo(token, name, signal);
    } catch (error) {
      if (!isMemosError(error, "not_found")) throw error;
      jobs.finish(leased.lease, {
        outcome: "saved",
        covered: seqsOf(leased, plan),
        plan: JSON.stringify({ ...plan, done: true }),
        reason: "memo_deleted",
        detail: texts.lateGone,
        owed: [
          say(
            identity.chat_id,
            { text: texts.lateGone },
            { replyTo: plan.message_ids.at(-1) ?? null, promise: "notice" },
          ),
        ],
      });
      return undefined;
    }
    const untouched = sameNames(
      memo.attachments.map((file) => file.name),
      before.attachments,
    );
    // Where the list is not as we left it, a file is added singly: setting a list deletes what it does not name.
    const uploaded = await uploadAll({ ...work, resumed: true }, plan, untouched ? null : name);
    if (!uploaded) return undefined;
    memo = await withFiles(work, memo, attachmentNames(uploaded));
    if (memo.content === before.content && uploaded.content !== before.content) {
      memo = await memos.updateMemo(token, name, { content: uploaded.content }, signal);
    } else if (memo.content !== uploaded.content && uploaded.content !== before.content) {
      await commentCaptions(work, uploaded, name);
    }
    return { plan: uploaded, memo };
  }

  /** The content was changed in Memos meanwhile and stays: what late parts say becomes a comment. */
  async function commentCaptions(
    { token, identity, signal }: Work,
    plan: Plan,
    parent: string,
  ): Promise<void> {
    const text = plan.content.startsWith(plan.before?.content ?? "")
      ? plan.content.slice(plan.before?.content.length ?? 0).trim()
      : plan.content;
    if (text === "") return;
    const { id_key, bot_id, server, account, chat_id, job_key } = identity;
    const parts = [bot_id, server, account, chat_id, job_key, "late", plan.message_ids.at(-1) ?? 0];
    const id = memoUid(Buffer.from(id_key, "hex"), parts);
    try {
      await memos.createComment(token, parent, { id, content: text, visibility: plan.visibility }, signal);
    } catch (error) {
      if (!isMemosError(error) || error.kind === "aborted" || error.kind === "token_refused") throw error;
      const found = await memos.getMemo(token, `memos/${id}`, signal).catch(() => null);
      if (found?.parent === parent) return;
      // A comment that failed half-way stands alone as a memo: only making it again joins it to its parent.
      if (found) await memos.deleteMemo(token, found.name, signal);
      throw error;
    }
  }

  function settle({ leased, identity, messages }: Work, plan: Plan, memo: Memo): void {
    const { job } = leased;
    const link = (message: TelegramMessage): MemoLink => ({
      chat_id: identity.chat_id,
      message_id: message.message_id,
      server: identity.server,
      account: identity.account,
      memo_name: memo.name,
      content_hash: contentHash(memo.content),
      confirmation: false,
    });
    const lines = remarks(plan, texts);
    const notes = lines.join("\n");
    const told = confirmation(texts, {
      job_id: job.id,
      visibility: memo.visibility,
      pinned: memo.pinned,
      url: memoUrl(memo.name),
      remarks: notes === "" ? [] : [notes],
    });
    const ended = jobs.finish(leased.lease, {
      outcome: "saved",
      memo_name: memo.name,
      links: messages.filter(({ message_id }) => plan.message_ids.includes(message_id)).map(link),
      covered: seqsOf(leased, plan),
      plan: JSON.stringify({ ...plan, done: true }),
      ...(notes !== "" && { detail: notes }),
      owed: job.memo_name === null ? [confirm(told, notes !== "")] : missing(lines),
    });
    if (ended === "lost") log.warn("the lease was lost while saving", { job_id: job.id });

    /** That a file is missing has to be heard; that all is well may be lost. */
    function confirm(message: Message, someMissing: boolean): Owed {
      return say(identity.chat_id, message, {
        replyTo: plan.message_ids[0] ?? null,
        promise: someMissing ? "notice" : "confirmation",
      });
    }

    /** A late part changes nothing that was confirmed: only what is missing of it is new. */
    function missing(all: readonly string[]): Owed[] {
      const fresh = all.filter((line) => !job.detail?.includes(line));
      if (fresh.length === 0) return [];
      const replyTo = plan.message_ids.at(-1) ?? null;
      return [say(identity.chat_id, { text: fresh.join("\n") }, { replyTo, promise: "notice" })];
    }
  }

  function bury({ lease, job }: LeasedJob, reason: string, text: string): void {
    const owed =
      job.chat_id === null
        ? []
        : [say(job.chat_id, failure(texts, job.id, text), { replyTo: job.message_id, promise: "notice" })];
    jobs.bury(lease, { reason, detail: text, owed });
    log.warn("message not saved", { job_id: job.id, chat_id: job.chat_id, reason });
  }
}

interface Done {
  readonly plan: Plan;
  readonly memo: Memo;
}

function storedPlan({ job }: LeasedJob): Plan | null {
  return job.plan === null ? null : (JSON.parse(job.plan) as Plan);
}

/** The updates that a plan takes in. */
function seqsOf({ updates }: LeasedJob, plan: Plan): number[] {
  return updates
    .filter(({ message_id }) => message_id !== null && plan.message_ids.includes(message_id))
    .map(({ seq }) => seq);
}

function covers(plan: Plan, messages: readonly TelegramMessage[]): boolean {
  return messages.every(({ message_id }) => plan.message_ids.includes(message_id));
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name));
}
