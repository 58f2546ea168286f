/**
 * What a message is about, where that matters later: `memo` is the word that a message was saved, with its buttons;
 * `unknown_command` offers to save what nobody knows as a command; `tag_question` asks for the tags of new memos.
 */
export type About = "memo" | "unknown_command" | "tag_question";

/**
 * A reaction counts as a message: it takes the place of one that was not set yet, as an edit takes the place of an
 * earlier one of the same message.
 */
export type OwedMethod = "sendMessage" | "editMessageText" | "setMessageReaction" | "deleteMessage";

/** A message to Telegram that is now true and has to be said. */
export interface Owed {
  readonly chat_id: number;
  readonly method: OwedMethod;
  readonly params: Record<string, unknown>;
  /**
   * `confirmation`: at most once; when it is not known whether it went out it is never sent again.
   * `notice`: at least once.
   */
  readonly promise: "confirmation" | "notice";
  /** `memo`: this is the word that the job's message was saved, which later ones can change. */
  readonly about?: About;
  /**
   * An editMessageText, without a `message_id`, of the newest word that the job's message was saved, wherever that
   * stands by now. Nothing is owed where nothing was, or where nobody knows as which message it went out.
   */
  readonly changes?: "confirmation";
  /** The job it is about, where that is not the one that ends with it. */
  readonly job_id?: number;
  /** Parameters of the message that is owed instead once it turns out that this cannot be done. */
  readonly instead?: Record<string, unknown>;
}

export interface OwedMessage {
  readonly id: number;
  readonly chat_id: number;
  readonly method: OwedMethod;
  readonly params: Record<string, unknown>;
  readonly promise: "confirmation" | "notice";
  readonly attempts: number;
}

/** The right to send the next message to a chat at once. */
export interface Reservation {
  readonly chat_id: number;
  send(message: OwedMessage): void;
  /** Gives it back; true when it was used. */
  end(): boolean;
}
