import type { TelegramMessage } from "gramio";
import type { Memo, MemoPatch, Visibility } from "../memos/client.ts";
import type { Secret } from "../secret.ts";
import type { Binding } from "../store/bindings.ts";
import type { Job } from "../store/jobs.ts";
import type { Command } from "../telegram/command.ts";
import { jobIdInButtons } from "./job-in-buttons.ts";
import { button, confirmation, deleteQuestion, type Message } from "./messages.ts";
import { parseTags, shownTags, withTags } from "./tags.ts";
import type { Texts } from "./texts.ts";

/** Commands sent as a reply to a message that was saved, or to what the bot said about it. */
export interface MemoCommands {
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
  | "tag";

const visible = (visibility: Visibility): Action => ({ patch: { visibility }, told: () => null });

const ACTIONS: Readonly<Record<string, Action>> = {
  delete: "delete",
  tag: "tag",
  archive: "archive",
  pin: { patch: { pinned: true }, told: (texts) => texts.pinned },
  public: visible("PUBLIC"),
  protected: visible("PROTECTED"),
  private: visible("PRIVATE"),
};

export const isMemoCommand = (name: string) => Object.hasOwn(ACTIONS, name);

export function createMemoCommands(deps: {
  memos: {
    getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo>;
    updateMemo(token: Secret, name: string, patch: MemoPatch, signal?: AbortSignal): Promise<Memo>;
  };
  jobs: { get(jobId: number): Job | undefined };
  links: { find(chatId: number, messageId: number): { readonly job_id: number } | undefined };
  memoUrl: (name: string) => string | null;
}): MemoCommands {
  const { memos, jobs, links, memoUrl } = deps;

  /** By the message itself, else by the buttons under it: the note of what it became may have been lost. */
  function jobOf(target: TelegramMessage): Job | undefined {
    const linked = links.find(target.chat.id, target.message_id)?.job_id;
    return jobs.get(linked ?? jobIdInButtons(target) ?? -1);
  }

  return {
    async run(command, message, { binding, token, texts }, signal) {
      const action = isMemoCommand(command.name) ? ACTIONS[command.name] : undefined;
      if (action === undefined) return null;
      const target = message.reply_to_message;
      if (!target) return { text: action === "tag" ? texts.tagHow : texts.replyToMemo(command.name) };
      const job = jobOf(target);
      if (!job?.memo_name) return { text: texts.noMemoThere };
      if (job.server !== binding.server || job.account !== binding.account) return { text: texts.notYours };
      const name = job.memo_name;
      if (action === "delete") {
        await memos.getMemo(token, name, signal);
        return deleteQuestion(texts, job.id);
      }
      if (action === "archive") {
        await memos.updateMemo(token, name, { state: "ARCHIVED" }, signal);
        return {
          text: texts.archived,
          buttons: [[button(texts.unarchive, { ask: "archive", job_id: job.id, archived: false })]],
        };
      }
      if (action === "tag") return tag(job.id, name);
      const memo = await memos.updateMemo(token, name, action.patch, signal);
      return shown(job.id, memo, action.told(texts));

      async function tag(jobId: number, memoName: string): Promise<Message> {
        const parsed = parseTags(command.argument);
        if ("bad" in parsed) return { text: texts.badTag(parsed.bad) };
        if (parsed.tags.length === 0) return { text: texts.tagHow };
        const before = await memos.getMemo(token, memoName, signal);
        const content = withTags(before.content, parsed.tags);
        const after =
          content === before.content ? before : await memos.updateMemo(token, memoName, { content }, signal);
        return shown(jobId, after, texts.tagged(shownTags(parsed.tags)));
      }

      function shown(job_id: number, memo: Memo, remark: string | null): Message {
        return confirmation(texts, {
          job_id,
          visibility: memo.visibility,
          pinned: memo.pinned,
          isComment: memo.parent !== undefined,
          url: memoUrl(memo.name),
          remarks: remark === null ? [] : [remark],
        });
      }
    },
  };
}
