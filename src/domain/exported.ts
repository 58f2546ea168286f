/** Telegram's ids have 52 bits at most (https://core.telegram.org/bots/api#chat): chats of exports are numbered from here on. */
export const EXPORTED_CHATS = 2 ** 52;

/** Whether a chat is one of an export: it is in no Telegram of the bot, and nothing is ever said there. */
export const isExported = (chat_id: number | null): boolean => (chat_id ?? 0) >= EXPORTED_CHATS;
