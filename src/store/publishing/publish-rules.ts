import { and, asc, eq } from "drizzle-orm";
import type { StoreContext } from "../db/database.ts";
import { bindings, chats, publishRules } from "../db/schema.ts";
import type { Chats } from "../intake/chats.ts";

export type PublishRule = ReturnType<ReturnType<typeof createPublishRules>["of"]>[number];

/** Which memos go to which channel by themselves. */
export function createPublishRules(
  { database, botId }: StoreContext,
  { chats: known, wanted }: { readonly chats: Chats; readonly wanted: () => void },
) {
  const { drizzle } = database;

  const select = () =>
    drizzle
      .select({
        id: publishRules.id,
        telegram_id: publishRules.telegram_id,
        tag: publishRules.tag,
        after: publishRules.after,
        chat_id: chats.chat_id,
        title: chats.title,
        account_key: bindings.account_key,
      })
      .from(publishRules)
      .innerJoin(chats, and(eq(chats.id, publishRules.chat_key), eq(chats.bot_id, botId)))
      .innerJoin(bindings, eq(bindings.telegram_id, publishRules.telegram_id))
      .orderBy(asc(publishRules.id));

  return {
    of: (telegramId: number) => select().where(eq(publishRules.telegram_id, telegramId)).all(),
    ofAccount: (accountKey: number) => select().where(eq(bindings.account_key, accountKey)).all(),
    /** Adds a rule; the same one that is there already stays as it is. */
    add: (rule: {
      readonly telegram_id: number;
      readonly tag: string;
      readonly chat_id: number;
      readonly title: string | null;
      readonly after: number;
    }): void =>
      database.durable(() => {
        const { chat_id, title, ...values } = rule;
        known.note(chat_id, { title, type: "channel" });
        const row = { ...values, chat_key: known.keyOf(chat_id) };
        drizzle.insert(publishRules).values(row).onConflictDoNothing().run();
        wanted();
      }),
    remove: (telegramId: number, id: number): void =>
      database.durable(() => {
        const isTheirs = and(eq(publishRules.telegram_id, telegramId), eq(publishRules.id, id));
        drizzle.delete(publishRules).where(isTheirs).run();
        wanted();
      }),
  };
}
