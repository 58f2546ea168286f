import { lacksFiles } from "../domain/saved.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import { isNarrower, type Visibility } from "../domain/visibility.ts";
import type { Texts } from "../locales/texts.ts";
import type { Memo } from "../memos/client.ts";
import { isMemosError, unlessGone } from "../memos/errors.ts";
import { isInGroup } from "../messages/addressed.ts";
import type { Command } from "../messages/command.ts";
import { isNote } from "../messages/content.ts";
import { replyTarget } from "../messages/message-text.ts";
import { jobIdInButtons } from "../replies/callback-data.ts";
import { button, confirmation, deleteQuestion, type Message } from "../replies/messages.ts";
import type { Job } from "../store/db/rows.ts";
import { commentsIn, isOf } from "../store/queue/message-jobs.ts";
import { type Handler, type Handlers, isInOwnChat } from "./buttons.ts";
import type { Asker, ChatContext, Said } from "./context.ts";
import { type createReminderRequests, whenQuestion } from "./reminders/reminders.ts";
import { parseTags, shownTags, withTags } from "./tags.ts";

/** What people ask of one memo, by a button or by a command sent as a reply. */
export function createMemoRequests(
  context: ChatContext,
  { remind, remindAt }: Pick<ReturnType<typeof createReminderRequests>, "remind" | "remindAt">,
) {
  const { botId, jobs, messageJobs } = context;
  const { askerOf, askMemos, answerFromMemos } = context;
  const actions = createMemoActions(context);

  const commands = new Map<string, (at: AskedMemo, argument: string) => Promise<Message>>([
    ["delete", actions.askToDelete],
    ["save", saved],
    ["tag", actions.tag],
    ["archive", (at) => actions.archive(at, true)],
    ["remind", async (at, argument) => (await remind(at, at.name, argument)) ?? whenQuestion(at, at.job.id)],
    ["pin", (at) => actions.pin({ ...at, remark: "📌" }, true)],
    ["public", (at) => actions.setVisibility(at, "PUBLIC")],
    ["protected", (at) => actions.setVisibility(at, "PROTECTED")],
    ["private", (at) => actions.setVisibility(at, "PRIVATE")],
  ]);

  async function saved(at: AskedMemo): Promise<Message> {
    const { job, texts } = at;
    const there = await unlessGone(actions.show(at));
    // A job that only showed the memo has no messages to make it from again.
    if (there || job.outcome !== "saved") return there ?? { text: texts.memoGone };
    const again = button(texts.saveAgain, { ask: "save_again", job_id: job.id });
    return { text: texts.memoGone, buttons: [[again]] };
  }

  /**
   * The job that a message has become, for this person where it is somebody else's. By the buttons under it, which are
   * the bot's own: where a group became a supergroup, another message may have its id by now. Else by what is known of it.
   */
  function jobOf(target: TelegramMessage, telegramId: number): Job | undefined {
    const { chat, message_id } = target;
    const shown = jobs.get(jobIdInButtons(target, botId) ?? -1);
    const job = shown ?? messageJobs.of(chat.id, message_id, telegramId);
    // What waits, or was not saved, only its sender may ask about.
    const isTheirs = job?.telegram_id === telegramId && job.state !== "done";
    return isTheirs || job?.memo_name ? job : undefined;
  }

  /** Carries a command out on the memo of the message that it replies to. */
  const answerAbout = (
    said: Said,
    { name: command, argument }: Command,
    carryOut: ((at: AskedMemo & Said, argument: string) => Promise<Message | []>) | undefined,
  ): Promise<Message | []> =>
    answerFromMemos(said, async (asker): Promise<Message | []> => {
      const { message, texts, binding } = asker;
      const target = replyTarget(message);
      if (!target) return { text: howTo(command, message, texts) };
      const job = jobOf(target, binding.telegram_id) ?? (await context.takeUp({ ...asker, message: target }));
      if (!job)
        return { text: command === "save" && isNote(target) ? texts.nothingToSave : texts.noMemoThere };
      if (!isOf(job, binding)) return { text: texts.notYours };
      const { memo_name: name } = job;
      if (name === null || !carryOut) return { text: notThere(job, texts) };
      return carryOut({ ...asker, job, name, remark: null }, argument);
    });

  const answer = (said: Said, command: Command) => answerAbout(said, command, commands.get(command.name));

  /**
   * A button that is carried out with calls to Memos while the presser waits. Only who is bound to the account of the
   * memo may press: others may see it. Null: nothing is to be said.
   */
  const asking =
    <Asked extends { readonly job_id: number }>(
      work: (at: AskedMemo, asked: Asked) => Promise<Message | null>,
    ): Handler<Asked> =>
    (pressed, asked) => {
      const { binding, texts } = pressed;
      // In a group the memo is somebody else's, and how to connect is not explained there.
      if (!binding) return isInOwnChat(pressed) ? texts.notBound : texts.notYours;
      const job = jobs.get(asked.job_id);
      const asker = askerOf(pressed);
      if (!job || !asker || !isOf(job, asker.binding)) return texts.notYours;
      const { memo_name: name, detail: remark } = job;
      if (name === null) return texts.alreadySettled;
      const carryOut = async (at: AskedMemo) => {
        const message = await work(at, asked);
        return message ? pressed.edit(message) : [];
      };
      return askMemos({ ...asker, job, name, remark }, carryOut, pressed.fail);
    };

  function workAgain({ job, name, texts }: AskedMemo, action: "save_again" | "overwrite"): Message | null {
    const asked = jobs.requestAction(job.id, action, name);
    if (asked === "settled") return null;
    return { text: asked === "gone" ? texts.noLongerKept : texts.working };
  }

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
      const there = at.job.state === "done" ? await unlessGone(actions.show(at)) : null;
      return there === undefined ? workAgain(at, "save_again") : there;
    }),
    overwrite: asking(async (at) => workAgain(at, "overwrite")),
    remind_at: asking((at, { when }) => remindAt(at, at.name, when)),
  } satisfies Partial<Handlers>;

  return {
    commands: Object.fromEntries([...commands.keys()].map((name) => [name, answer])),
    isCommand: (name: string) => commands.has(name),
    jobOf,
    answer,
    answerAbout,
    buttons,
  };
}

const notThere = ({ state }: Job, texts: Texts) => (state === "done" ? texts.noMemoThere : texts.notSavedYet);

/** The answer to a command that was sent without the reply that it needs. */
function howTo(command: string, message: TelegramMessage, texts: Texts): string {
  if (command === "save") return isInGroup(message) ? texts.groupHelp : texts.help;
  return texts.replyToMemo({ command: EXAMPLES.get(command) ?? command });
}

const EXAMPLES = new Map([
  ["tag", "tag #x"],
  ["remind", "remind 18:00"],
]);

/** The memo of a job that somebody asks for something, by a command or a button. */
export interface AskedMemo extends Asker {
  readonly job: Job;
  readonly name: string;
  /** A line below the confirmation. */
  readonly remark: string | null;
}

/**
 * What commands and buttons do with a memo, and what is said then: most often its confirmation, as it is now. All of it
 * throws what Memos throws.
 */
function createMemoActions({ messageJobs, memoMutex, memos, urls }: ChatContext) {
  function confirm({ job, texts, remark }: AskedMemo, memo: Memo): Message {
    return confirmation(texts, {
      job_id: job.id,
      visibility: memo.visibility,
      pinned: memo.pinned,
      isArchived: memo.state === "ARCHIVED",
      isComment: memo.parent !== undefined,
      messages: job.kind === "message" ? messageJobs.messagesOf(job.id).length : 1,
      url: urls.memoUrl(memo.name),
      lacksFiles: lacksFiles(job.tried),
      remarks: remark === null ? [] : [remark],
    });
  }

  const read = ({ token, name, signal }: AskedMemo) => memos.getMemo(token, name, signal);
  const update = ({ token, name, signal }: AskedMemo, fields: Parameters<typeof memos.updateMemo>[2]) =>
    memos.updateMemo(token, name, fields, signal);

  async function tag(at: AskedMemo, argument: string): Promise<Message> {
    const { texts } = at;
    const parsed = parseTags(argument);
    if ("bad" in parsed) return { text: texts.badTag({ tag: parsed.bad }) };
    if (parsed.tags.length === 0) return { text: texts.replyToMemo({ command: "tag #x" }) };
    // Memos 0.25.3 lists them in lower case.
    const notIn = (memo: Memo) => {
      const listed = new Set(memo.tags.map((tag) => tag.toLowerCase()));
      return parsed.tags.filter((tag) => !listed.has(tag.toLowerCase()));
    };
    let memo = await read(at);
    const { content } = memo;
    const added = notIn(memo);
    // Behind code or HTML that is not closed Memos reads no tag: then it is put at the start.
    for (const place of ["end", "start"] as const) {
      if (notIn(memo).length > 0) memo = await update(at, { content: withTags(content, added, place) });
    }
    const [refused] = notIn(memo);
    if (refused !== undefined) return { text: texts.badTag({ tag: refused }) };
    return confirm({ ...at, remark: shownTags(parsed.tags) }, memo);
  }

  return {
    show: async (at: AskedMemo) => confirm(at, await read(at)),
    pin: async (at: AskedMemo, pinned: boolean) => confirm(at, await update(at, { pinned })),
    tag: (at: AskedMemo, argument: string) => memoMutex(at.name, () => tag(at, argument)),

    /** Changes the memo, and with it the comments that jobs have written under it. */
    async setVisibility(at: AskedMemo, visibility: Visibility): Promise<Message> {
      const { job, name, token, signal } = at;
      const ofOthers = messageJobs.commentsUnder({ server: memos.server, memo_name: name });
      const written = [...commentsIn(job.written), ...ofOthers];
      if (written.length === 0) return confirm(at, await update(at, { visibility }));
      const before = await read(at);
      // The memo before its comments: from 0.29 on Memos itself gives them its visibility.
      const memo = await update(at, { visibility });
      for (const comment of await memos.listComments(token, memo.parent ?? name, signal)) {
        if (!written.includes(comment.name) || !follows(comment, before, memo)) continue;
        await unlessGone(update({ ...at, name: comment.name }, { visibility: memo.visibility }));
      }
      return confirm(at, memo);
    },

    archive: async (at: AskedMemo, archived: boolean) =>
      confirm(at, await update(at, { state: archived ? "ARCHIVED" : "NORMAL" })),

    async askToDelete(at: AskedMemo): Promise<Message> {
      await read(at);
      return deleteQuestion(at.texts, at.job.id);
    },

    /** Deletes the memo for good. A repeated call deletes what is left. */
    async remove({ job, name, token, texts, signal }: AskedMemo): Promise<Message> {
      // Its comments first: a try that failed can be repeated as long as the memo is there.
      for (const memo of [...commentsIn(job.written), name]) {
        await unlessGone(memos.deleteMemo(token, memo, signal));
      }
      return { text: texts.deleted };
    },
  };
}

/** Whether a comment gets its memo's new visibility: not one that its owner shows to fewer people. */
function follows(comment: Memo, before: Memo, now: Memo): boolean {
  if (comment.visibility === now.visibility) return false;
  return comment.visibility === before.visibility || isNarrower(now.visibility, comment.visibility);
}
