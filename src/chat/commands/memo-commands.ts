import type { Secret } from "../../base/secret.ts";
import type { TelegramMessage } from "../../domain/telegram.ts";
import type { Visibility } from "../../domain/visibility.ts";
import type { Texts } from "../../locales/texts.ts";
import type { Memo, MemoPatch } from "../../memos/client.ts";
import { isMemosError } from "../../memos/errors.ts";
import { isInGroup } from "../../messages/addressed.ts";
import type { Command } from "../../messages/command.ts";
import { replyTarget } from "../../messages/reply-target.ts";
import { jobIdInButtons } from "../../replies/job-in-buttons.ts";
import {
  archivedMessage,
  button,
  confirmation,
  deleteQuestion,
  type Message,
} from "../../replies/messages.ts";
import type { Binding } from "../../store/accounts/bindings.ts";
import type { Job } from "../../store/queue/jobs.ts";
import type { PatchMemo } from "../notices/visibility.ts";
import { parseTags, shownTags, withTags } from "./tags.ts";

/** Commands sent as a reply to a message that was saved, or to what the bot said about it. */
export interface MemoCommands {
  /** The job that the message replied to has become, for this person where it is somebody else's. */
  jobOf(target: TelegramMessage, telegramId: number): Job | undefined;
  /** Null when it is no such command. Throws what Memos throws. */
  run(
    command: Command,
    message: TelegramMessage,
    asker: { binding: Binding; token: Secret; texts: Texts },
    signal: AbortSignal,
  ): Promise<Message | null>;
}

type Action =
  | { readonly patch: MemoPatch; readonly told: (texts: Texts) => string | null }
  | "archive"
  | "delete"
  | "tag"
  | "show";

const visible = (visibility: Visibility): Action => ({ patch: { visibility }, told: () => null });

const ACTIONS: Readonly<Record<string, Action>> = {
  delete: "delete",
  save: "show",
  tag: "tag",
  archive: "archive",
  pin: { patch: { pinned: true }, told: (texts) => texts.pinned },
  public: visible("PUBLIC"),
  protected: visible("PROTECTED"),
  private: visible("PRIVATE"),
};

export const isMemoCommand = (name: string) => Object.hasOwn(ACTIONS, name);

export function createMemoCommands(deps: {
  botId: number;
  memos: {
    getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo>;
    updateMemo(token: Secret, name: string, patch: MemoPatch, signal?: AbortSignal): Promise<Memo>;
  };
  patchMemo: PatchMemo;
  /** One at a time for each memo, an edit of its message as well. */
  turns: <T>(memoName: string, work: () => Promise<T>) => Promise<T>;
  jobs: { get(jobId: number): Job | undefined };
  links: { find(chatId: number, messageId: number): { readonly job_id: number } | undefined };
  captureOf: (chatId: number, messageId: number, telegramId: number) => Job | undefined;
  /** What a message has become, saved or not. */
  messageJobOf: (chatId: number, messageId: number) => Job | undefined;
  /** How many messages were joined into the memo of a job. */
  messagesIn: (job: Job) => number;
  memoUrl: (name: string) => string | null;
}): MemoCommands {
  const { botId, memos, patchMemo, turns, jobs, links, captureOf, messageJobOf, messagesIn } = deps;
  const { memoUrl } = deps;

  /**
   * By the buttons under it, which are the bot's own: where a group became a supergroup, another message may have its id
   * by now. Else by what is known of the message.
   */
  function jobOf(target: TelegramMessage, telegramId: number): Job | undefined {
    const { chat, message_id } = target;
    return (
      jobs.get(jobIdInButtons(target, botId) ?? -1) ??
      captureOf(chat.id, message_id, telegramId) ??
      jobs.get(links.find(chat.id, message_id)?.job_id ?? -1) ??
      unsaved(messageJobOf(chat.id, message_id), telegramId)
    );
  }

  return {
    jobOf,

    async run(command, message, { binding, token, texts }, signal) {
      const action = isMemoCommand(command.name) ? ACTIONS[command.name] : undefined;
      if (action === undefined) return null;
      const target = replyTarget(message);
      if (!target) return { text: howTo(command.name, message, texts) };
      const job = jobOf(target, binding.telegram_id);
      if (!job) return { text: texts.noMemoThere };
      if (job.server !== binding.server || job.account !== binding.account) return { text: texts.notYours };
      if (job.memo_name === null) return { text: notThere(job, texts) };
      const name = job.memo_name;
      if (action === "delete") {
        await memos.getMemo(token, name, signal);
        return deleteQuestion(texts, job.id);
      }
      if (action === "archive") {
        await memos.updateMemo(token, name, { state: "ARCHIVED" }, signal);
        return archivedMessage(texts, job.id);
      }
      if (action === "tag") return turns(name, () => tag(job, name));
      if (action === "show") return saved(job, name);
      const memo = await patchMemo(token, { job, name }, action.patch, signal);
      return shown(job, memo, action.told(texts));

      async function tag(of: Job, memoName: string): Promise<Message> {
        const parsed = parseTags(command.argument);
        if ("bad" in parsed) return { text: texts.badTag(parsed.bad) };
        if (parsed.tags.length === 0) return { text: texts.tagHow };
        const before = await memos.getMemo(token, memoName, signal);
        const content = withTags(before.content, parsed.tags);
        const after =
          content === before.content ? before : await memos.updateMemo(token, memoName, { content }, signal);
        return shown(of, after, texts.tagged(shownTags(parsed.tags)));
      }

      async function saved(of: Job, memoName: string): Promise<Message> {
        try {
          return shown(of, await memos.getMemo(token, memoName, signal), null);
        } catch (error) {
          if (!isMemosError(error, "not_found")) throw error;
          return {
            text: texts.memoGone,
            buttons: [[button(texts.saveAgain, { ask: "save_again", job_id: of.id })]],
          };
        }
      }

      function shown(of: Job, memo: Memo, remark: string | null): Message {
        return confirmation(texts, {
          job_id: of.id,
          visibility: memo.visibility,
          pinned: memo.pinned,
          isComment: memo.parent !== undefined,
          messages: messagesIn(of),
          url: memoUrl(memo.name),
          remarks: remark === null ? [] : [remark],
        });
      }
    },
  };
}

/** A message of theirs that waits to be saved, or could not be. */
function unsaved(job: Job | undefined, telegramId: number): Job | undefined {
  return job?.telegram_id === telegramId && job.state !== "done" ? job : undefined;
}

function notThere({ state }: Job, texts: Texts): string {
  if (state === "dead") return texts.notSavedAtAll;
  return state === "done" ? texts.noMemoThere : texts.notSavedYet;
}

/** Sent without the reply that it needs. */
function howTo(name: string, message: TelegramMessage, texts: Texts): string {
  if (name === "save") return isInGroup(message) ? texts.saveHow : texts.saveHere;
  return name === "tag" ? texts.tagHow : texts.replyToMemo(name);
}
