import { eq } from "drizzle-orm";
import { EDITED, type Incoming } from "../../domain/incoming.ts";
import { type JobKind, NOT_ADDRESSED, NOT_BOUND, TOLD } from "../../domain/job.ts";
import { mark } from "../../domain/outgoing.ts";
import type { WritingRules } from "../../domain/saved.ts";
import type { Admission } from "../accounts/admission.ts";
import type { Binding } from "../accounts/bindings.ts";
import type { StoreContext } from "../db/database.ts";
import { readUpdate } from "../db/payloads.ts";
import type { Job } from "../db/rows.ts";
import { bindings } from "../db/schema.ts";
import { type Chats, isGroup, isOut } from "../intake/chats.ts";
import { forgetOwed, owe } from "../outbox/owe.ts";
import { createFollowEdit } from "./follow-edit.ts";
import { createMessageJobs, isOf } from "./message-jobs.ts";
import {
  type Arrival,
  type Assignment,
  type BoundArrival,
  createNewJobs,
  ended,
  isOver,
  jobKey,
  keyOfUpdate,
  type TaskOf,
} from "./new-jobs.ts";
import { createOwnedChats } from "./owned-chats.ts";
import type { Transitions } from "./transitions.ts";

/**
 * What is joined: no more than a client forwards at once, and than the longest message of Telegram holds. The whole
 * memo is written again for each message that joins it, so without a limit the work would grow with the square.
 */
const JOINED = { messages: 100, characters: 32_768 };

/** What becomes a memo in a chat that was given to somebody, also where it is not said to the bot. */
function noteOf(task: Arrival["task"]): TaskOf<"message" | "album"> | undefined {
  if (task.kind === "message" || task.kind === "album") return task;
  const note = task.kind === "command" ? task.hidden : task.kind === "overheard" ? task : undefined;
  if (!note) return undefined;
  const { media_group_id } = note;
  return media_group_id === null ? { kind: "message" } : { kind: "album", media_group_id };
}

const BECOME_MEMOS: readonly JobKind[] = ["message", "album", "capture"];

/** Within the caller's transaction: makes the job of an update, or finds the one that its message has. */
export function createAssignJob(
  context: StoreContext,
  deps: { readonly admission: Admission; readonly chats: Chats; readonly transitions: Transitions },
) {
  const { admission, chats, transitions } = deps;
  const { drizzle, statements } = context.database;
  const messageJobs = createMessageJobs(context);
  const newJobs = createNewJobs(context, { chats, transitions });
  const { find, insert, ignore, keepUnread, heldBy } = newJobs;
  const { ownerOf, noteTopic, settingsIn, isCopy } = createOwnedChats(context, {
    chats,
    messageJobs,
    accountOf,
  });
  const { taskOf, isEditOfTheirs, followEdit } = createFollowEdit(context, { newJobs, transitions });

  return (incoming: Incoming, now: number, form: WritingRules | null): Assignment => {
    const { sender, chat_id } = incoming;
    const person = sender?.id ?? 0;
    const account = accountOf(person, sender?.language ?? null);
    const came = { ...incoming, now, form, chat: chat_id ?? 0, person, account };
    if (incoming.group) chats.note(came.chat, incoming.group);
    const noted = noteIn(came);
    if (noted) return noted;
    const it: Arrival = { ...came, task: taskOf(came) };
    const { task } = it;
    if (task.kind === "nothing") return ignore(it, task.reason);
    if (task.kind === "unreadable") return keepUnread(it);
    if (task.kind === "migration") {
      chats.migrated(task.from, task.to);
      return ignore(it, "service_message");
    }
    if (task.kind === "membership") return standsOtherwise(it, task);
    const refusal = sender === null ? "no_sender" : admission.refusalOf(sender);
    if (task.kind === "leaked_token") return removeToken(it, refusal);
    // In a lane of its own: nothing that is under way for its sender holds it up, not even an earlier one.
    if (task.kind === "inline")
      return insert(it, { kind: "inline", job_key: task.inline_query_id, lane: -it.update_id });
    if (task.kind === "reaction") return refusal === null ? assignReaction(it, task) : ignore(it, refusal);
    if (task.kind === "edit") return refusal === null ? followEdit(it, task) : ignore(it, refusal);
    const isOverheard = task.kind === "overheard";
    if (refusal !== null && !isOverheard) return answerStranger(it, refusal);
    if (task.kind === "press") return insert(it, { kind: "press", job_key: task.callback_query_id });
    if (task.kind === "command") {
      // One who is not bound is answered as well, and a token is looked at in any case.
      const isAnswered = account || isGroup(it) || it.secrets.length > 0 || mayTell(it);
      // It may connect them: what they send before it has is answered, too.
      if (isAnswered && !account) admission.forgetHint(person);
      return insert(it, isAnswered ? { kind: "command" } : { kind: "stranger", ...ended(it, TOLD) });
    }
    if (!account && !isOverheard) return answerStranger(it, NOT_BOUND);
    const saved = account && refusal === null && saveMessage({ ...it, account }, task);
    return saved || ignore(it, NOT_ADDRESSED);
  };

  /** What the bot is in a group or a channel changed: a job tells who is concerned, if anybody is. */
  function standsOtherwise(it: Arrival, { was, is }: TaskOf<"membership">): Assignment {
    chats.note(it.chat, { bot_status: is });
    const owner = ownerOf(it.chat);
    const hasPosts = (status: string | null) => status === "administrator";
    const isChannel = it.group?.type === "channel";
    if (isOut(is)) forgetOwed(context, it.chat);
    // In a group it may hear less than before, or more, or be out.
    const isTheirs = owner !== undefined && !(isChannel && hasPosts(is));
    const isNew = isChannel ? hasPosts(is) && !hasPosts(was) : isOut(was) && !isOut(is);
    const isOffered = owner === undefined && isNew;
    const told = isTheirs ? owner.person : isOffered && it.account ? it.person : undefined;
    if (told === undefined) return ignore(it, "member");
    return insert({ ...it, person: told }, { kind: "membership" });
  }

  /** All that is said in a chat that was given to somebody becomes memos of theirs, whoever says it. */
  function noteIn(came: Arrival): Assignment | undefined {
    const owner = ownerOf(came.chat);
    if (!owner) return undefined;
    noteTopic(came);
    const it = { ...came, ...owner };
    const task = taskOf(it);
    // A post of a channel has no sender: its owner is told instead.
    if (task.kind === "leaked_token" && it.sender === null) return removeToken(it, null);
    if (task.kind === "edit") return isEditOfTheirs(it, task) ? followEdit(it, task) : undefined;
    const note = isCopy(it, task) ? undefined : noteOf(task);
    const account = { ...it.account, ...settingsIn(came, owner.account) };
    return note && saveMessage({ ...it, account, task: note }, note);
  }

  /**
   * In a group a message that does not call the bot may still be a part of an album of which another part does, or go on
   * with a text that did. Undefined where it is not for us.
   */
  function saveMessage(
    it: BoundArrival,
    task: TaskOf<"message" | "album" | "capture" | "overheard">,
  ): Assignment | undefined {
    const { account, chat, person, message_id } = it;
    const isAnswer =
      task.kind === "message" && task.repliesTo !== undefined && task.repliesTo === account.tags_asked_in;
    if (isAnswer) return insert(it, { kind: "command" });
    const before = statements.messageBefore.get({ bot_id: context.botId, chat_id: chat, message_id });
    const isSame = before?.message_id === message_id && BECOME_MEMOS.includes(before.job.kind);
    if (isSame) return { job_id: before.job.id, dropsPayload: true };
    const isCalled = task.kind !== "overheard";
    const album = task.kind === "album" || task.kind === "overheard" ? task.media_group_id : null;
    const joined =
      (task.kind === "capture" && joinCapture(it, task)) ||
      (album !== null && joinAlbum(it, album)) ||
      (task.kind !== "capture" && joinLeader(it, before));
    if (joined) return joined;
    if (!isCalled && album === null) return undefined;
    const made = insert(it, {
      kind: "message",
      ...heldBy(it),
      ...(album !== null && ({ kind: "album", job_key: album, waiting_for: "album" } as const)),
      ...(!isCalled && { reason: NOT_ADDRESSED }),
      // Two people may have the same message saved, and one of them again: for another account, or once it was given up.
      ...(task.kind === "capture" &&
        ({ kind: "capture", job_key: `${task.of}:${person}:${message_id}` } as const)),
    });
    // Who wants reactions sees at once that it is kept, also while Memos is down. In a channel only the last mark is set.
    const isShown = isCalled && it.sender !== null;
    if (isShown && chats.confirmationIn(chat, account) === "reaction" && message_id !== null) {
      owe(context, [mark(chat, message_id, "👀")], made.job_id);
    }
    return made;
  }

  /** A request to save a message for which its person has a job already; undefined where they have none. */
  function joinCapture(it: BoundArrival, { of, says }: TaskOf<"capture">): Assignment | undefined {
    const saved = messageJobs.of(it.chat, of, it.person);
    const isOwn = saved?.telegram_id === it.person && isOf(saved, it.account);
    if (!isOwn || isOver(saved)) return undefined;
    // What they say to it now is a comment.
    if (says) return insert(it, { kind: "message", ...heldBy(it) });
    if (saved.state === "done") return insert(it, { kind: "command" });
    return { ...reopen(it, saved), dropsPayload: saved.kind !== "capture" };
  }

  /** A part of an album whose other parts came before it. */
  function joinAlbum(it: BoundArrival, mediaGroupId: string): Assignment | undefined {
    const album = find(it, "album", mediaGroupId);
    if (!album) return undefined;
    const isCalled = it.task.kind === "album";
    // It was discarded, or no part of it has called the bot yet.
    if (album.outcome === "discarded" || (album.outcome === "ignored" && !isCalled)) {
      return { job_id: album.id, dropsPayload: true };
    }
    if (isCalled) transitions.albumWasAddressed(album);
    // The late part joins the memo; where the album died, it is tried again with this part.
    return reopen(it, album);
  }

  /** A message that goes on with the last one of the chat joins its memo, whether that is made already or not. */
  function joinLeader(
    it: BoundArrival,
    before: ReturnType<typeof statements.messageBefore.get>,
  ): Assignment | undefined {
    if (before?.job.kind !== "message" || before.form !== "plain") return undefined;
    const { job, first, last } = before;
    const takesMore = job.state === "waiting" || job.outcome === "saved";
    if (!takesMore || !isOf(job, it.account) || job.never_joined) return undefined;
    if (!it.continues(readUpdate(first), readUpdate(last))) return undefined;
    const { messages, characters } = statements.sizeOf.get({ job_id: job.id }) ?? JOINED;
    return messages < JOINED.messages && characters < JOINED.characters ? reopen(it, job) : undefined;
  }

  function reopen({ form }: Arrival, job: Pick<Job, "id" | "state">): Assignment {
    transitions.reopen(job, { form });
    return { job_id: job.id, dropsPayload: false };
  }

  /**
   * Only reactions to what somebody else wrote in Memos count. Those to one message are worked in their order, also while
   * they wait for Memos: in the own lane of the job that told of it, which was done when it was made.
   */
  function assignReaction(it: Arrival, { to }: TaskOf<"reaction">): Assignment {
    const told = messageJobs.of(it.chat, to, it.person);
    if (told?.kind !== "news" || !it.account || !isOf(told, it.account)) return ignore(it, "reaction");
    const { account_key } = told;
    return insert(it, { kind: "reaction", job_key: keyOfUpdate(it), lane: -told.id, account_key });
  }

  /** A message with an access token is removed in any case; who is not let in is told so where `mayTell` says. */
  function removeToken(it: Arrival, refusal: string | null): Assignment {
    return insert(it, {
      kind: "leaked_token",
      ...(refusal !== null && !isGroup(it) && { reason: mayTell(it) ? refusal : TOLD }),
      // The message that was edited may have a job under its key already.
      ...(EDITED.includes(it.kind) && { job_key: `${jobKey(it)}:${it.update_id}` }),
    });
  }

  /** Somebody whose messages are not saved: told so as often as `mayTell` says, otherwise ignored. */
  function answerStranger(it: Arrival, reason: string): Assignment {
    const { task, sender } = it;
    // In a group they are told with the others.
    const told = isGroup(it) || task.kind === "press" || mayTell(it);
    // A command with a token in it is removed from the chat in any case.
    const removed = task.kind === "command" && it.secrets.length > 0;
    if (sender === null || !(told || removed)) return insert(it, { kind: "stranger", ...ended(it, reason) });
    return insert(it, { kind: "stranger", reason: told ? reason : TOLD });
  }

  function mayTell({ sender, task }: Arrival): boolean {
    return sender !== null && admission.claimHint(sender.id, task.kind === "command" ? "command" : "message");
  }

  /** The binding of a person, in the language that they are spoken to in; that of their Telegram is noted. */
  function accountOf(telegram_id: number, spoken: string | null): Binding | undefined {
    const binding = statements.binding.get({ telegram_id });
    if (!binding) return undefined;
    const telegram_language = spoken ?? binding.telegram_language;
    if (telegram_language !== binding.telegram_language) {
      const isTheirs = eq(bindings.telegram_id, telegram_id);
      drizzle.update(bindings).set({ telegram_language }).where(isTheirs).run();
    }
    return { ...binding, language: binding.language ?? telegram_language ?? "en" };
  }
}
