import type { TelegramCallbackQuery } from "gramio";
import type { Accounts } from "../accounts.ts";
import type { Memo, MemoPatch, Visibility } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Secret } from "../secret.ts";
import type { Bindings } from "../store/bindings.ts";
import type { Job, LeasedJob } from "../store/jobs.ts";
import type { Owed } from "../store/outbox.ts";
import { storedPress } from "../telegram/update.ts";
import { change, confirmation, deleteQuestion, type Message, parsePress } from "./messages.ts";
import type { Texts } from "./texts.ts";

/** The buttons under the bot's messages. */
export interface Presses {
  run(leased: LeasedJob, signal: AbortSignal): Promise<Owed[]>;
}

export interface PressesDeps {
  readonly accounts: Pick<Accounts, "unbind">;
  readonly bindings: Pick<Bindings, "get" | "accessToken">;
  readonly jobs: {
    get(jobId: number): Job | undefined;
    replay(jobId: number): boolean;
    discard(jobId: number, by: string): boolean;
  };
  readonly memos: {
    readonly server: string;
    getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo>;
    updateMemo(token: Secret, name: string, patch: MemoPatch, signal?: AbortSignal): Promise<Memo>;
    deleteMemo(token: Secret, name: string, signal?: AbortSignal): Promise<void>;
  };
  /** Stops the button's clock; with `alert`, the text stays until it is read. Never throws: the press may be too old. */
  readonly answer: (id: string, text: string | null, signal: AbortSignal) => Promise<void>;
  readonly memoUrl: (name: string) => string | null;
  readonly wake: () => void;
  readonly texts: Texts;
  readonly now: () => number;
}

/** A press that waited longer than this was meant for something that may have changed since. */
const STALE_MS = 2 * 60_000;

export function createPresses(deps: PressesDeps): Presses {
  const { accounts, bindings, jobs, memos, answer, memoUrl, wake, texts, now } = deps;

  return {
    async run({ job: { kind, reason, telegram_id: from }, updates }, signal) {
      const update = updates[0];
      const press = storedPress(update?.json ?? null);
      const asked = parsePress(press?.data ?? "");
      if (!press || !update || from === null) return [];
      const refuse = async (text: string) => {
        await answer(press.id, text, signal);
        return [];
      };
      if (kind === "stranger") return refuse(texts.notAllowed(from));
      if (reason === "stale" || now() - update.received_at > STALE_MS) return refuse(texts.stalePress);
      const edit = editor(press);
      if (!asked) return refuse(texts.alreadySettled);
      if (!("job_id" in asked)) {
        await answer(press.id, null, signal);
        if (asked.ask === "unbind_no") return edit({ text: texts.done });
        const left = accounts.unbind(from);
        const waiting = left && left.waiting > 0 ? `\n${texts.unboundWaiting(left.waiting)}` : "";
        return edit({ text: left ? texts.unbound + waiting : texts.notBound });
      }
      const job = jobs.get(asked.job_id);
      const token = job && ownerToken(job, from);
      if (!job || !token) return refuse(texts.notYours);
      if (asked.ask === "retry" || asked.ask === "discard") {
        return edit({ text: await settle(job, asked.ask, press, signal) });
      }
      if (!job.memo_name) return refuse(texts.alreadySettled);
      // Answered first: Telegram waits only some seconds for it, and Memos may take longer.
      await answer(press.id, null, signal);
      try {
        if (asked.ask === "delete") return edit(deleteQuestion(texts, job.id));
        if (asked.ask === "delete_yes") {
          await memos.deleteMemo(token, job.memo_name, signal);
          return edit({ text: texts.deleted });
        }
        const patch = patchOf(asked);
        const memo = patch
          ? await memos.updateMemo(token, job.memo_name, patch, signal)
          : await memos.getMemo(token, job.memo_name, signal);
        return edit(shown(job, memo));
      } catch (error) {
        if (isMemosError(error, "not_found")) return edit({ text: texts.memoGone });
        if (!isMemosError(error) || error.kind === "aborted") throw error;
        if (error.reason !== "public_disallowed") return edit({ text: texts.tryLater, ...kept(press) });
        const memo = await memos.getMemo(token, job.memo_name, signal);
        return edit(shown(job, memo, texts.publicDisallowed));
      }
    },
  };

  /** The presser's token, if the memo is of the account they are bound to: buttons can be seen by others. */
  function ownerToken(job: Job, from: number): Secret | undefined {
    const binding = bindings.get(from);
    if (!binding || binding.server !== memos.server) return undefined;
    if (binding.server !== job.server || binding.account !== job.account) return undefined;
    return bindings.accessToken(from);
  }

  async function settle(
    job: Job,
    ask: "retry" | "discard",
    press: TelegramCallbackQuery,
    signal: AbortSignal,
  ): Promise<string> {
    const done = ask === "retry" ? jobs.replay(job.id) : jobs.discard(job.id, `telegram:${press.from.id}`);
    await answer(press.id, done ? null : texts.alreadySettled, signal);
    if (!done) return texts.alreadySettled;
    if (ask === "retry") wake();
    return ask === "retry" ? texts.retrying : texts.discarded;
  }

  function shown(job: Job, memo: Memo, remark: string | null = job.detail): Message {
    return confirmation(texts, {
      job_id: job.id,
      visibility: memo.visibility,
      pinned: memo.pinned,
      url: memoUrl(memo.name),
      remarks: remark === null ? [] : [remark],
    });
  }
}

function patchOf(
  asked: { ask: "visibility"; visibility: Visibility } | { ask: "pin"; pinned: boolean } | { ask: string },
): MemoPatch | null {
  if ("visibility" in asked) return { visibility: asked.visibility };
  if ("pinned" in asked) return { pinned: asked.pinned };
  return null;
}

/** Changes the message that held the button; one that is gone or too old to change is left alone. */
function editor(press: TelegramCallbackQuery): (message: Message) => Owed[] {
  const held = press.message;
  return (message) => (held && held.date !== 0 ? [change(held.chat.id, held.message_id, message)] : []);
}

/** The buttons as they were, for a text that only asks for patience. */
function kept(press: TelegramCallbackQuery): Partial<Message> {
  const markup = press.message && "reply_markup" in press.message ? press.message.reply_markup : undefined;
  return markup && "inline_keyboard" in markup ? { buttons: markup.inline_keyboard } : {};
}
