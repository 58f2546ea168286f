import type { TelegramCallbackQuery, TelegramMessage, TelegramUpdate } from "../domain/telegram.ts";

/** What a stored update holds: a message, as it was sent or edited, or a press. */
export function storedUpdate(json: string | null): {
  readonly message: TelegramMessage | null;
  readonly isEdit: boolean;
  readonly press: TelegramCallbackQuery | null;
} {
  if (json === null) return { message: null, isEdit: false, press: null };
  const { message, edited_message, callback_query } = JSON.parse(json) as TelegramUpdate;
  return {
    message: message ?? edited_message ?? null,
    isEdit: edited_message !== undefined,
    press: callback_query ?? null,
  };
}
