import { AppError } from "../base/errors.ts";

/** The Telegram user id that was typed. @throws AppError; what was typed is not repeated, it may be a token. */
export function readTelegramId(text: string | undefined): number {
  const id = Number(text);
  if (/^\d+$/.test(text ?? "") && Number.isSafeInteger(id) && id > 0) return id;
  throw new AppError(
    "invalid",
    "this is not a Telegram id: that is a number such as 123456789 (no @name); the bot tells it to whoever sends it /id",
  );
}
