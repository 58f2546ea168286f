/** What went wrong between us and Telegram, as a caller can act on it. */
export type TelegramTrouble =
  /** No connection, no answer in time, 5xx, or an answer that is not the Bot API's. */
  | "unreachable"
  /** 429: wait `retryAfterMs`. */
  | "throttled"
  /** 401: the bot token is wrong or was revoked. */
  | "bad_token"
  /** 409: another program polls with the token, or a webhook is set. */
  | "conflict"
  /** 400, or 403 where the person blocked the bot: what was asked cannot be done. Also a file that is gone, or cut. */
  | "refused"
  /** A local Bot API server has it on a disk where this machine cannot read it. */
  | "file_unreadable"
  /** An export of Telegram Desktop was made without it. */
  | "not_exported"
  /** Larger than the Bot API gives to bots. */
  | "file_too_big"
  | "aborted";

/** A failed call to Telegram. Its message never holds the bot token. */
export class TelegramError extends Error {
  override readonly name = "TelegramError";
  readonly kind: TelegramTrouble;
  readonly retryAfterMs: number | undefined;
  readonly migrateToChatId: number | undefined;
  /** The call cannot have reached Telegram: no connection was made, or it was refused. */
  readonly surelyNotDone: boolean = false;
  /** The Bot API itself answered, so Telegram can be called, whatever became of this call. */
  readonly answered: boolean = false;

  constructor(kind: TelegramTrouble, message: string, details: TelegramErrorDetails = {}) {
    super(message);
    this.kind = kind;
    Object.assign(this, details);
  }
}

export type TelegramErrorDetails = Partial<Omit<TelegramError, keyof Error | "kind">>;

export function isTelegramError(error: unknown, ...kinds: TelegramTrouble[]): error is TelegramError {
  return error instanceof TelegramError && (kinds.length === 0 || kinds.includes(error.kind));
}
