/** Where work stands. Only a job has a state; an update's outcome is its job's. */
export const JOB_STATES = ["waiting", "working", "done", "dead"] as const;
export type JobState = (typeof JOB_STATES)[number];
/** How a done job ended: `discarded` was a person's decision, `ignored` had nothing to save. */
export type JobOutcome = "saved" | "handled" | "ignored" | "discarded";
/** What a waiting job waits for; null = its turn. */
export type WaitingFor = "album" | "retry" | "memos" | "telegram" | "binding" | "disk";
/**
 * `message`, `album`, `capture` and `api_memo` become memos, `nothing` is done at once, as is `news`, which tells what
 * somebody else did in Memos, and a `notification` once it was sent; the others are commands.
 */
export type JobKind =
  | "message"
  | "album"
  | "capture"
  | "api_memo"
  | "notification"
  | "command"
  | "press"
  | "inline"
  | "stranger"
  | "reaction"
  | "news"
  | "leaked_token"
  | "deletion"
  | "membership"
  | "publication"
  | "nothing";
/**
 * Asked for by a button, for the next try alone. `save`: to save it after all, and to tell how that ends, whatever they
 * chose. `files`: to try the files that were left out once more.
 */
export type RequestedAction = "overwrite" | "save_again" | "save" | "files";
/** Two queues with lanes of their own: a command must run while messages wait for Memos. `none`: nothing is to be done. */
export type JobQueue = "messages" | "commands" | "none";

/** Reason of a job whose person was told shortly before why nothing is done for them. */
export const TOLD = "told_already";
/** Reason of a command that was not known, or of tags that are none: it can still be saved as a message. */
export const UNKNOWN_COMMAND = "unknown_command";
/**
 * Why nothing becomes of what is said in a group: it is not said to the bot. An album may still turn out to be. Stored
 * under the word of the first version, which had private chats only.
 */
export const NOT_ADDRESSED = "not_private";
/** Reason of what nobody who is bound has sent, or of what waits until its account is bound again. */
export const NOT_BOUND = "not_bound";
/** Reason of a message whose sender bound another account before it was saved. */
export const OTHER_ACCOUNT = "other_account";
/** Reason of a job whose access token waits, sealed as it came, until Memos can be asked about it. */
export const TOKEN_WAITS = "token_waits";
/** Reason of a job for which Memos refused the access token: once so far, or for good. */
export const TOKEN_REFUSED = "token_refused";
/** Reasons of a job that is done, but whose last edit is not in its memo. */
export const MEMO_DELETED = "memo_deleted";
export const MEMO_CHANGED = "memo_changed";
/** Reason of a dead job whose update could not be read. It is kept as it came, and can only be discarded. */
export const UNREADABLE = "unreadable";
/** Reason of a saved job of which this version did not know a part: what was sent is kept for one that does. */
export const UNKNOWN_PART = "unknown_part";
/** Reason of a dead job of which this version knew no part. */
export const UNKNOWN_KIND = "unknown_kind";
/** Together with the reason that older versions gave to kinds that they could not save. */
export const UNKNOWN_KINDS: readonly string[] = [UNKNOWN_KIND, "unsupported_kind"];
