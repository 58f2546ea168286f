import { and, eq, gt, isNull, lt } from "drizzle-orm";
import type { StoreContext } from "../db/database.ts";
import { chats } from "../db/schema.ts";

/** Groups and channels of this bot, for who manages it. A group that became a supergroup is told as that. */
export function createChatList({ database: { drizzle }, botId }: StoreContext) {
  const { id, chat_id, type, title, mode, author_line, topic_tags, confirmation, bot_status } = chats;
  const shown = { id, chat_id, type, title, mode, author_line, topic_tags, confirmation, bot_status };
  const select = () => drizzle.select({ ...shown, telegram_id: chats.owner_id }).from(chats);
  const isListed = and(eq(chats.bot_id, botId), lt(chats.chat_id, 0), isNull(chats.moved_to));

  return {
    list: ({ limit, after }: { readonly limit: number; readonly after: number | null }) =>
      select()
        .where(and(isListed, gt(chats.id, after ?? 0)))
        .orderBy(chats.id)
        .limit(limit)
        .all(),
    get: (chatId: number) =>
      select()
        .where(and(isListed, eq(chats.chat_id, chatId)))
        .get(),
  };
}
