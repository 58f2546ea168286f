import type { TelegramCallbackQuery } from "gramio";
import type { Accounts } from "../accounts.ts";
import type { Memo, MemoPatch } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Secret } from "../secret.ts";
import type { Bindings } from "../store/bindings.ts";
import type { DeadLetters } from "../store/dead-letters.ts";
import type { Deletions } from "../store/deletions.ts";
import type { Job, LeasedJob } from "../store/jobs.ts";
import { contentHash, namesOf } from "../store/memo-links.ts";
import type { Owed } from "../store/outbox.ts";
import type { DeletedWith, Wish } from "../store/schema.ts";
import type { Search, Searches } from "../store/searches.ts";
import { storedPress } from "../telegram/update.ts";
import { failedMessage } from "./failed.ts";
import { change, confirmation, deletedForNow, deleteQuestion, type Message, say } from "./messages.ts";
import { type Press, parsePress } from "./press-data.ts";
import type { Revisit } from "./revisiting.ts";
import type { Asker, Finder } from "./search.ts";
import { settingOf, settingsMessage } from "./settings.ts";
import type { Shower } from "./show.ts";
import type { StrandedAnswers } from "./stranded.ts";
import type { Texts, TextsFor } from "./texts.ts";
import { troubleInWords } from "./trouble.ts";
import type { PatchMemo } from "./visibility.ts";

/** The buttons under the bot's messages. */
export interface Presses {
  run(leased: LeasedJob, signal: AbortSignal): Promise<Owed[]>;
}

export interface PressesDeps {
  readonly accounts: Pick<Accounts, "unbind">;
  readonly bindings: Pick<Bindings, "get" | "accessToken" | "update">;
  readonly jobs: {
    get(jobId: number): Job | undefined;
    replay(jobId: number): boolean;
    discard(jobId: number, by: string): boolean;
  };
  readonly deadLetters: DeadLetters;
  readonly deletions: Pick<Deletions, "begin" | "of" | "restore">;
  readonly searches: Pick<Searches, "get">;
  readonly finder: Pick<Finder, "page">;
  readonly shower: Shower;
  readonly stranded: StrandedAnswers;
  readonly memos: {
    readonly server: string;
    getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo>;
    updateMemo(token: Secret, name: string, patch: MemoPatch, signal?: AbortSignal): Promise<Memo>;
  };
  readonly patchMemo: PatchMemo;
  /** Stops the button's clock; with `alert`, the text stays until it is read. Never throws: the press may be too old. */
  readonly answer: (id: string, text: string | null, signal: AbortSignal) => Promise<void>;
  readonly revisit: Revisit;
  /** How many messages were joined into the memo of a job. */
  readonly messagesIn: (job: Job) => number;
  readonly memoUrl: (name: string) => string | null;
  /** A message waits to be saved. */
  readonly wake: () => void;
  readonly wakeDeleting: () => void;
  readonly textsFor: TextsFor;
  readonly now: () => number;
}

/** A press that waited longer than this was meant for something that may have changed since. */
const STALE_MS = 2 * 60_000;
/** So long a deletion can be undone. */
const UNDO_MS = 60_000;

/** A press in hand. */
interface Pressed {
  readonly press: TelegramCallbackQuery;
  readonly job_id: number;
  readonly from: number;
  readonly texts: Texts;
  readonly signal: AbortSignal;
  /** Answers with an alert, and leaves all as it is. */
  refuse(text: string): Promise<Owed[]>;
  /** Stops the button's clock: at once, since Telegram waits only some seconds and Memos may take longer. */
  heard(): Promise<void>;
  edit(message: Message): Owed[];
}

type MemoPress =
  | Extract<Press, { ask: "visibility" | "pin" | "archive" }>
  | { readonly ask: "delete" | "delete_yes" | "keep" | "undo"; readonly job_id: number };

export function createPresses(deps: PressesDeps): Presses {
  const { accounts, bindings, jobs, deadLetters, deletions, searches, finder, shower } = deps;
  const { memos, answer, memoUrl, wake, wakeDeleting, textsFor, now } = deps;

  return {
    async run({ job: { id: job_id, kind, reason, telegram_id: from }, updates }, signal) {
      const update = updates[0];
      const press = storedPress(update?.json ?? null);
      const asked = parsePress(press?.data ?? "");
      if (!press || !update || from === null) return [];
      const texts = textsFor(from, press.from?.language_code);
      const pressed: Pressed = {
        press,
        job_id,
        from,
        texts,
        signal,
        refuse: async (text) => {
          await answer(press.id, text, signal);
          return [];
        },
        heard: () => answer(press.id, null, signal),
        edit: editor(press),
      };
      if (kind === "stranger") return pressed.refuse(texts.notAllowed(from));
      if (reason === "stale" || now() - update.received_at > STALE_MS)
        return pressed.refuse(texts.stalePress);
      if (!asked) return pressed.refuse(texts.alreadySettled);
      return carryOut(pressed, asked);
    },
  };

  function carryOut(pressed: Pressed, asked: Press): Promise<Owed[]> {
    switch (asked.ask) {
      case "unbind_yes":
      case "unbind_no":
        return unbind(pressed, asked.ask === "unbind_yes");
      case "settings":
      case "set":
        return settings(pressed, asked);
      case "stranded_save":
      case "stranded_discard":
        return strandedAnswer(pressed, asked);
      case "list":
        return list(pressed, asked.search_id, asked.page);
      case "show":
        return show(pressed, asked.search_id, asked.at);
      case "failed":
      case "failed_retry":
      case "failed_discard":
        return failed(pressed, asked);
      case "save":
        return saveAsMemo(pressed, asked.job_id);
      case "retry":
      case "discard":
        return settle(pressed, asked.ask, asked.job_id);
      case "separate":
      case "overwrite":
      case "save_again":
        return revisit(pressed, asked.ask, asked.job_id);
      case "delete":
      case "delete_yes":
      case "keep":
      case "undo":
        return memo(pressed, { ask: asked.ask, job_id: asked.job_id });
      default:
        return memo(pressed, asked);
    }
  }

  /** What is somebody's alone stands in their own chat: a press from elsewhere is not theirs. */
  function isOwnChat({ press, from }: Pressed): boolean {
    return press.message?.chat.id === from;
  }

  async function unbind(pressed: Pressed, yes: boolean): Promise<Owed[]> {
    const { texts, from, edit } = pressed;
    if (!isOwnChat(pressed)) return pressed.refuse(texts.alreadySettled);
    await pressed.heard();
    if (!yes) return edit({ text: texts.stillBound });
    const left = accounts.unbind(from);
    const waiting = left && left.waiting > 0 ? `\n${texts.unboundWaiting(left.waiting)}` : "";
    return edit({ text: left ? texts.unbound + waiting : texts.notBound });
  }

  async function strandedAnswer(
    pressed: Pressed,
    asked: Extract<Press, { ask: "stranded_save" | "stranded_discard" }>,
  ): Promise<Owed[]> {
    const { texts, from, edit } = pressed;
    const done = isOwnChat(pressed) ? deps.stranded.answer(asked, from, texts) : null;
    if (!done) return pressed.refuse(texts.alreadySettled);
    await pressed.heard();
    return edit(done);
  }

  async function settings(
    pressed: Pressed,
    asked: Extract<Press, { ask: "settings" | "set" }>,
  ): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    const binding = bindings.get(from);
    if (!binding || !isOwnChat(pressed)) return pressed.refuse(binding ? texts.notYours : texts.notBound);
    if (asked.ask === "settings") {
      await pressed.heard();
      return edit(settingsMessage(texts, binding, asked.open));
    }
    const change = settingOf(asked.setting, asked.value);
    const changed = change && bindings.update(from, change);
    if (!changed) return pressed.refuse(texts.alreadySettled);
    await pressed.heard();
    // In the language that was perhaps just chosen.
    return edit(settingsMessage(textsFor(from), changed, null));
  }

  /** A list that the presser asked for, or in words why it is not theirs to look at. */
  function ownList({ from, texts }: Pressed, searchId: number): { search: Search; asker: Asker } | string {
    const search = searches.get(searchId);
    if (!search) return texts.listTooOld;
    const binding = bindings.get(from);
    const token = bindings.accessToken(from);
    const theirs = search.telegram_id === from && binding?.server === search.server;
    if (!theirs || !token || binding.server !== memos.server) return texts.notYours;
    return { search, asker: { binding, token, texts } };
  }

  async function list(pressed: Pressed, searchId: number, page: number): Promise<Owed[]> {
    const { texts, signal, edit, press } = pressed;
    const own = ownList(pressed, searchId);
    if (typeof own === "string") return pressed.refuse(own);
    await pressed.heard();
    try {
      return edit(await finder.page(own.asker, own.search, page, signal));
    } catch (error) {
      return edit({ text: troubleInWords(texts, error, signal), ...kept(press) });
    }
  }

  /** Below the list, which stays as it is. */
  async function show(pressed: Pressed, searchId: number, at: number): Promise<Owed[]> {
    const { press, job_id, from, texts, signal } = pressed;
    const own = ownList(pressed, searchId);
    if (typeof own === "string") return pressed.refuse(own);
    const name = own.search.memo_names[at];
    if (name === undefined) return pressed.refuse(texts.listTooOld);
    await pressed.heard();
    const chat_id = press.message?.chat.id ?? from;
    const replyTo = press.message?.message_id ?? null;
    try {
      return await shower.show(own.asker, name, { chat_id, job_id, replyTo }, signal);
    } catch (error) {
      const text = troubleInWords(texts, error, signal);
      return [say(chat_id, { text }, { replyTo, promise: "notice" })];
    }
  }

  async function failed(
    pressed: Pressed,
    asked: Extract<Press, { ask: "failed" | "failed_retry" | "failed_discard" }>,
  ): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    if (!isOwnChat(pressed)) return pressed.refuse(texts.notYours);
    if (asked.ask === "failed") await pressed.heard();
    else {
      const job = jobs.get(asked.job_id);
      if (job?.telegram_id !== from) return pressed.refuse(texts.notYours);
      const retry = asked.ask === "failed_retry";
      const done = retry ? jobs.replay(job.id) : jobs.discard(job.id, `telegram:${from}`);
      if (done && retry) wake();
      await answer(pressed.press.id, done ? null : texts.alreadySettled, pressed.signal);
    }
    return edit(failedMessage(texts, deadLetters, from, asked.page));
  }

  async function saveAsMemo(pressed: Pressed, jobId: number): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    if (jobs.get(jobId)?.telegram_id !== from) return pressed.refuse(texts.notYours);
    if (!bindings.get(from)) return pressed.refuse(texts.notBound);
    if (!deadLetters.saveAsMessage(jobId)) return pressed.refuse(texts.alreadySettled);
    wake();
    await pressed.heard();
    return edit({ text: texts.savingAsMemo });
  }

  /** The presser's token, if the memo is of the account they are bound to: buttons can be seen by others. */
  function ownerToken(job: Job, from: number): Secret | undefined {
    const binding = bindings.get(from);
    if (!binding || binding.server !== memos.server) return undefined;
    if (binding.server !== job.server || binding.account !== job.account) return undefined;
    return bindings.accessToken(from);
  }

  async function settle(pressed: Pressed, ask: "retry" | "discard", jobId: number): Promise<Owed[]> {
    const { press, from, texts, signal, edit } = pressed;
    const job = jobs.get(jobId);
    if (!job || !ownerToken(job, from)) return pressed.refuse(texts.notYours);
    const done = ask === "retry" ? jobs.replay(job.id) : jobs.discard(job.id, `telegram:${from}`);
    await answer(press.id, done ? null : texts.alreadySettled, signal);
    if (!done) return edit({ text: texts.alreadySettled });
    if (ask === "retry") wake();
    return edit({ text: ask === "retry" ? texts.retrying : texts.discarded });
  }

  async function revisit(pressed: Pressed, ask: Wish | "separate", jobId: number): Promise<Owed[]> {
    const { press, from, texts, signal, edit } = pressed;
    const job = jobs.get(jobId);
    const token = job && ownerToken(job, from);
    if (!job || !token) return pressed.refuse(texts.notYours);
    const done = await deps.revisit(ask, { job, token, texts, signal });
    if ("refuse" in done) return pressed.refuse(done.refuse);
    await answer(press.id, null, signal);
    return edit(done);
  }

  async function memo(pressed: Pressed, asked: MemoPress): Promise<Owed[]> {
    const { press, from, texts, signal, edit } = pressed;
    const job = jobs.get(asked.job_id);
    const token = job && ownerToken(job, from);
    if (!bindings.get(from)) return pressed.refuse(texts.notBound);
    if (!job || !token) return pressed.refuse(texts.notYours);
    const { memo_name: name } = job;
    if (!name) return pressed.refuse(texts.alreadySettled);
    if (asked.ask === "undo") return undo(pressed, name);
    await pressed.heard();
    try {
      if (asked.ask === "delete") return edit(deleteQuestion(texts, job.id));
      if (asked.ask === "delete_yes") return await remove(pressed, job, name, token);
      const patch = patchOf(asked);
      const found = patch
        ? await deps.patchMemo(token, { job, name }, patch, signal)
        : await memos.getMemo(token, name, signal);
      return edit(shown(texts, job, found));
    } catch (error) {
      if (isMemosError(error, "not_found")) return edit({ text: texts.memoGone });
      if (!isMemosError(error) || error.kind === "aborted") throw error;
      if (error.reason !== "public_disallowed") return edit({ text: texts.tryLater, ...kept(press) });
      const found = await memos.getMemo(token, name, signal);
      return edit(shown(texts, job, found, texts.publicDisallowed));
    }
  }

  /** Archives it, with a note on disk before that: from then on it is deleted in a minute, or brought back. */
  async function remove(
    { press, from, texts, signal, edit }: Pressed,
    job: Job,
    name: string,
    token: Secret,
  ): Promise<Owed[]> {
    const found = await memos.getMemo(token, name, signal);
    const row = deletions.begin({
      job_id: job.id,
      telegram_id: from,
      server: memos.server,
      account: job.account ?? "",
      memo_name: name,
      chat_id: press.message?.chat.id ?? from,
      message_id: press.message && press.message.date !== 0 ? press.message.message_id : null,
      content_hash: contentHash(found.content),
      state_before: found.state,
      comments: found.parent === undefined ? [] : await asTheyAre(token, namesOf(job.comments), signal),
      delete_at: now() + UNDO_MS,
    });
    if (row.state === "restoring") return edit({ text: texts.tryLater, ...kept(press) });
    try {
      for (const { memo_name, state_before } of [row, ...row.comments]) {
        if (state_before === "ARCHIVED") continue;
        await memos.updateMemo(token, memo_name, { state: "ARCHIVED" }, signal);
      }
    } catch (error) {
      // It may be archived all the same: then it is brought back.
      deletions.restore(row.id);
      throw error;
    } finally {
      wakeDeleting();
    }
    return edit(deletedForNow(texts, job.id));
  }

  /** What goes on with a comment, and would stay without it: with a memo its comments are deleted anyway. */
  async function asTheyAre(token: Secret, names: string[], signal: AbortSignal): Promise<DeletedWith[]> {
    const found: DeletedWith[] = [];
    for (const memo_name of names) {
      try {
        const { content, state } = await memos.getMemo(token, memo_name, signal);
        found.push({ memo_name, content_hash: contentHash(content), state_before: state });
      } catch (error) {
        if (!isMemosError(error, "not_found")) throw error;
      }
    }
    return found;
  }

  /** Whoever brings it back says so in the message itself. */
  async function undo(pressed: Pressed, name: string): Promise<Owed[]> {
    const row = deletions.of({ server: memos.server, memo_name: name });
    if (!row || !deletions.restore(row.id)) return pressed.refuse(pressed.texts.alreadySettled);
    await pressed.heard();
    wakeDeleting();
    return [];
  }

  function shown(texts: Texts, job: Job, memo: Memo, remark: string | null = job.detail): Message {
    return confirmation(texts, {
      job_id: job.id,
      visibility: memo.visibility,
      pinned: memo.pinned,
      isComment: memo.parent !== undefined,
      messages: deps.messagesIn(job),
      url: memoUrl(memo.name),
      remarks: remark === null ? [] : [remark],
    });
  }
}

function patchOf(asked: MemoPress): MemoPatch | null {
  switch (asked.ask) {
    case "visibility":
      return { visibility: asked.visibility };
    case "pin":
      return { pinned: asked.pinned };
    case "archive":
      return { state: asked.archived ? "ARCHIVED" : "NORMAL" };
    default:
      return null;
  }
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
