import type { TelegramMessage } from "../../domain/telegram.ts";
import type { Texts } from "../../locales/texts.ts";
import { unlessGone } from "../../memos/errors.ts";
import { isInGroup } from "../../messages/addressed.ts";
import type { Command } from "../../messages/command.ts";
import { replyTarget } from "../../messages/message-text.ts";
import { jobIdInButtons } from "../../replies/job-in-buttons.ts";
import { button, type Message } from "../../replies/messages.ts";
import { isOf } from "../../store/queue/message-jobs.ts";
import type { Job } from "../../store/queue/transitions.ts";
import type { ChatContext, Said } from "../context.ts";
import type { AskedMemo, MemoActions } from "../memo-actions.ts";
import { parseTags, shownTags, withTags } from "./tags.ts";

const MEMO_COMMANDS = ["delete", "save", "tag", "archive", "pin", "public", "protected", "private"] as const;
type MemoCommand = (typeof MEMO_COMMANDS)[number];

/** What somebody asks of a memo, as a reply to what it was made from. */
export interface MemoRequest extends Said {
  readonly command: Command & { readonly name: MemoCommand };
}

export const isMemoCommand = (command: Command): command is MemoRequest["command"] =>
  MEMO_COMMANDS.some((known) => known === command.name);

const VISIBILITY_OF = { public: "PUBLIC", protected: "PROTECTED", private: "PRIVATE" } as const;

export type MemoCommands = ReturnType<typeof createMemoCommands>;

/** Commands sent as a reply to a message that was saved, or to what the bot said about it. */
export function createMemoCommands(context: ChatContext, actions: MemoActions) {
  const { botId, memos, memoMutex, answerFromMemos } = context;
  const { jobs, memoLinks, messageJobs } = context.store;

  /**
   * By the buttons under it, which are the bot's own: where a group became a supergroup, another message may have its id
   * by now. Else by what is known of the message.
   */
  function jobOf(target: TelegramMessage, telegramId: number): Job | undefined {
    const { chat, message_id } = target;
    return (
      jobs.get(jobIdInButtons(target, botId) ?? -1) ??
      messageJobs.captureOf(chat.id, message_id, telegramId) ??
      jobs.get(memoLinks.find(chat.id, message_id)?.job_id ?? -1) ??
      unsaved(messageJobs.of(chat.id, message_id), telegramId)
    );
  }

  async function tag(at: AskedMemo, argument: string): Promise<Message> {
    const { name, token, texts, signal } = at;
    const parsed = parseTags(argument);
    if ("bad" in parsed) return { text: texts.badTag({ tag: parsed.bad }) };
    if (parsed.tags.length === 0) return { text: texts.tagHow };
    const before = await memos.getMemo(token, name, signal);
    const content = withTags(before.content, parsed.tags);
    const after =
      content === before.content ? before : await memos.updateMemo(token, name, { content }, signal);
    return actions.confirm(at, after, texts.tagged({ tags: shownTags(parsed.tags) }));
  }

  async function saved(at: AskedMemo): Promise<Message> {
    const { job, texts } = at;
    const again = button(texts.saveAgain, { ask: "save_again", job_id: job.id });
    return (await unlessGone(actions.show(at, null))) ?? { text: texts.memoGone, buttons: [[again]] };
  }

  async function carryOut(at: AskedMemo, name: MemoCommand, argument: string): Promise<Message> {
    switch (name) {
      case "delete":
        return actions.askToDelete(at);
      case "archive":
        return actions.archive(at);
      case "tag":
        return memoMutex(at.name, () => tag(at, argument));
      case "save":
        return saved(at);
      case "pin":
        return actions.pin(at, true, at.texts.pinned);
      default:
        return actions.setVisibility(at, VISIBILITY_OF[name], null);
    }
  }

  return {
    /** The job that the message replied to has become, for this person where it is somebody else's. */
    jobOf,

    run: (asked: MemoRequest): Promise<Message> =>
      answerFromMemos(asked, async ({ binding, token }, signal) => {
        const { command, message, texts } = asked;
        const target = replyTarget(message);
        if (!target) return { text: howTo(command.name, message, texts) };
        const job = jobOf(target, binding.telegram_id);
        if (!job) return { text: texts.noMemoThere };
        if (!isOf(job, binding)) return { text: texts.notYours };
        const { memo_name: name } = job;
        if (name === null) return { text: notThere(job, texts) };
        return carryOut({ job, name, token, texts, signal }, command.name, command.argument);
      }),
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
  return name === "tag" ? texts.tagHow : texts.replyToMemo({ command: name });
}
