import type { Secret } from "../base/secret.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import { isMemosError, unlessGone } from "../memos/errors.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Job } from "../store/db/rows.ts";
import type { SavingContext } from "./context.ts";
import { memoIdOf } from "./desired.ts";

/** A text of this length may have been cut, and gone on in another message. */
const MAY_GO_ON = 3_500;

/**
 * Whether nothing is lost where an edited message is written in the place of what a memo holds, of which nobody knows any
 * more what it was made from: what was joined to the message stands below it, on a line of its own or behind a long text.
 */
export function isOfThatAlone(held: string, wanted: string): boolean {
  const [then, now] = [held, wanted].map((text) => text.replace(/(\s*#\S+)*\s*$/, "")) as [string, string];
  if (then.length < MAY_GO_ON && !then.includes("\n")) return true;
  return now.startsWith(then) || lastLine(then) === lastLine(now);
}

const lastLine = (text: string) => text.slice(text.lastIndexOf("\n") + 1);

/**
 * Finds the memo of a person's message that the store does not know, which is so after an older copy of the database was
 * put back: by the id that follows from the message. From then on it is known.
 */
export function createTakeUp({
  botId,
  bot,
  store,
  memos,
}: Pick<SavingContext, "botId" | "bot" | "store" | "memos">) {
  return async (asked: {
    readonly message: TelegramMessage;
    readonly binding: Binding;
    readonly token: Secret;
    readonly signal: AbortSignal;
  }): Promise<Job | undefined> => {
    const { message, binding, token, signal } = asked;
    const { chat, message_id, from, media_group_id } = message;
    if (from?.id !== binding.telegram_id || store.messageJobs.isKnown(chat.id, message_id)) return undefined;
    if ((await memos.info(signal)).serverNames.memos) return undefined;
    const { server, id_name } = binding;
    const job_key = media_group_id ?? String(message_id);
    const idSource = { id_key: bot.id_key, bot_id: botId, server, id_name, chat_id: chat.id, job_key };
    const look = memos.getMemo(token, `memos/${memoIdOf(idSource, 0)}`, signal);
    const memo = await unlessGone(look).catch((error) => {
      if (isMemosError(error, "forbidden")) return undefined;
      throw error;
    });
    if (memo?.creator !== binding.account) return undefined;
    return store.noteFound({
      kind: media_group_id === undefined ? "message" : "album",
      job_key,
      chat_id: chat.id,
      message_id,
      binding,
      memo_name: memo.name,
      parent_name: memo.parent ?? null,
    });
  };
}
