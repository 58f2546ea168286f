/** Who the bot is in Telegram. */
export interface BotName {
  readonly id: number;
  /** Without `@`; null until Telegram has told it. */
  readonly username: string | null;
}
