import type { TelegramMessage } from "../domain/telegram.ts";
import type { Texts } from "../locales/texts.ts";
import { isMemosError, unlessGone } from "../memos/errors.ts";
import { isInGroup } from "../messages/addressed.ts";
import type { Command } from "../messages/command.ts";
import { replyTarget } from "../messages/message-text.ts";
import { jobIdInButtons } from "../replies/callback-data.ts";
import { button, type Message } from "../replies/messages.ts";
import type { Job } from "../store/db/rows.ts";
import { isOf } from "../store/queue/message-jobs.ts";
import { type Handler, type Handlers, isInOwnChat, type Pressed } from "./buttons.ts";
import type { ChatContext, Said } from "./context.ts";
import { type AskedMemo, createMemoActions } from "./memo-actions.ts";

/** What people ask of one memo, by a button or by a command sent as a reply. */
export function createMemoRequests(context: ChatContext) {
  const { botId, jobs, memoLinks, messageJobs } = context;
  const { askerOf, askMemos, answerFromMemos } = context;
  const actions = createMemoActions(context);

  const commands = new Map<string, (at: AskedMemo, argument: string) => Promise<Message>>([
    ["delete", actions.askToDelete],
    ["save", saved],
    ["tag", actions.tag],
    ["archive", (at) => actions.archive(at, true)],
    ["pin", (at) => actions.pin({ ...at, remark: at.texts.pinned }, true)],
    ["public", (at) => actions.setVisibility(at, "PUBLIC")],
    ["protected", (at) => actions.setVisibility(at, "PROTECTED")],
    ["private", (at) => actions.setVisibility(at, "PRIVATE")],
  ]);

  async function saved(at: AskedMemo): Promise<Message> {
    const { job, texts } = at;
    const again = button(texts.saveAgain, { ask: "save_again", job_id: job.id });
    return (await unlessGone(actions.show(at))) ?? { text: texts.memoGone, buttons: [[again]] };
  }

  /**
   * The job that a message has become, for this person where it is somebody else's. By the buttons under it, which are
   * the bot's own: where a group became a supergroup, another message may have its id by now. Else by what is known of it.
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

  const answer = (said: Said, { name: command, argument }: Command): Promise<Message> =>
    answerFromMemos(said, async (asker) => {
      const { message, texts, binding } = asker;
      const target = replyTarget(message);
      if (!target) return { text: howTo(command, message, texts) };
      const job = jobOf(target, binding.telegram_id);
      if (!job) return { text: texts.noMemoThere };
      if (!isOf(job, binding)) return { text: texts.notYours };
      const { memo_name: name } = job;
      const carryOut = commands.get(command);
      if (name === null || !carryOut) return { text: notThere(job, texts) };
      return carryOut({ ...asker, job, name, remark: null }, argument);
    });

  /** The memo of a press: only who is bound to its account may press. */
  function memoOf(pressed: Pressed, job_id: number) {
    const { binding, texts } = pressed;
    // In a group it is somebody else's memo, and no place to be told how to connect.
    if (!binding) return isInOwnChat(pressed) ? texts.notBound : texts.notYours;
    const job = jobs.get(job_id);
    const asker = askerOf(pressed);
    // Buttons can be seen by others.
    if (!job || !asker || !isOf(job, asker.binding)) return texts.notYours;
    const { memo_name: name } = job;
    return name ? { ...asker, job, name, remark: job.detail } : texts.alreadySettled;
  }

  /** A button that is carried out with calls to Memos while the presser waits. Null: nothing is to be said. */
  const asking =
    <Asked extends { readonly job_id: number }>(
      work: (at: AskedMemo, asked: Asked) => Promise<Message | null>,
    ): Handler<Asked> =>
    (pressed, asked) => {
      const at = memoOf(pressed, asked.job_id);
      if (typeof at === "string") return at;
      const { edit, kept } = pressed;
      return askMemos(
        at,
        async (at) => {
          const message = await work(at, asked);
          return message ? edit(message) : [];
        },
        (text, { kind }) => edit(kind === "not_found" ? { text } : { text, ...kept }),
      );
    };

  const buttons = {
    visibility: asking(async (at, { visibility }) => {
      try {
        return await actions.setVisibility(at, visibility);
      } catch (error) {
        if (!isMemosError(error) || error.reason !== "public_disallowed") throw error;
        return actions.show({ ...at, remark: at.texts.publicDisallowed });
      }
    }),
    pin: asking((at, { pinned }) => actions.pin(at, pinned)),
    archive: asking((at, { archived }) => actions.archive(at, archived)),
    delete: asking(actions.askToDelete),
    delete_yes: asking(actions.remove),
    keep: asking(actions.show),
    /**
     * Only where the memo that the job has now is gone, and it is not being worked once more already: whoever presses
     * often, or the button of an earlier word, has no second one made.
     */
    save_again: asking(async (at) => {
      const { job, name, texts } = at;
      const there = job.state === "done" ? await unlessGone(actions.show(at)) : null;
      if (there !== undefined) return there;
      const asked = jobs.ask(job.id, "save_again", name);
      if (asked === "settled") return null;
      return { text: asked === "gone" ? texts.noLongerKept : texts.working };
    }),
    overwrite(pressed, { job_id }) {
      const at = memoOf(pressed, job_id);
      if (typeof at === "string") return at;
      const { texts, edit } = pressed;
      const asked = jobs.ask(job_id, "overwrite", at.name);
      if (asked !== "asked") return asked === "gone" ? texts.noLongerKept : texts.alreadySettled;
      return edit({ text: texts.working });
    },
  } satisfies Partial<Handlers>;

  return { isCommand: (name: string) => commands.has(name), jobOf, answer, buttons };
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
function howTo(command: string, message: TelegramMessage, texts: Texts): string {
  if (command === "save") return isInGroup(message) ? texts.saveHow : texts.saveHere;
  return command === "tag" ? texts.tagHow : texts.replyToMemo({ command });
}
