/** Telegram's own types, as GramIO has them from https://core.telegram.org/bots/api. What calls Telegram is in telegram/. */
export type * from "gramio";

/** Who the bot is in Telegram. */
export interface BotName {
  readonly id: number;
  /** Without `@`; null until Telegram has told it. */
  readonly username: string | null;
}
