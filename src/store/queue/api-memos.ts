import { accessTokensIn } from "../../base/access-token.ts";
import { AppError } from "../../base/errors.ts";
import { type ApiMemo, uploadId } from "../../domain/incoming.ts";
import type { WritingRules } from "../../domain/saved.ts";
import type { Admission } from "../accounts/admission.ts";
import type { StoreContext } from "../db/database.ts";
import type { ApiInbox } from "./api-inbox.ts";

/**
 * Memos of the API. Each is kept as an update with a message in it, from the person to the bot, so that all that is done
 * with messages is done with it. It has the place of its person's messages in the queue.
 */
export function createApiMemos(
  { database }: StoreContext,
  { admission, inbox }: { readonly admission: Admission; readonly inbox: ApiInbox },
) {
  const { statements } = database;

  function store(id: string, now: number, memo: ApiMemo, form: WritingRules | null) {
    const { telegram_id, visibility } = memo;
    const binding = statements.binding.get({ telegram_id });
    if (!binding || !admission.isAllowed(telegram_id)) throw notBound(telegram_id);
    const payload = JSON.stringify({ message: asMessage(id, memo, now) });
    // A token in it would be readable for whoever sees the memo, and be stored until then.
    if (accessTokensIn(payload).length > 0)
      throw new AppError("unprocessable", "There is an access token of Memos in it: that is not saved.");
    const { account_key, tags, source_line } = binding;
    const language = binding.language ?? binding.telegram_language ?? "en";
    const settings = { tags, source_line, language, formatting: "as_typed" as const };
    return {
      queue: "messages" as const,
      telegram_id,
      account_key,
      settings: { ...settings, ...(visibility && { visibility }) },
      form,
      payload,
    };
  }

  return {
    /**
     * On the disk, with its files, when it resolves; to the id of its update.
     * @throws AppError "unprocessable": nothing was stored.
     */
    accept: (memo: ApiMemo, form: WritingRules | null): Promise<string> =>
      inbox.accept("api_memo", { ...memo, chat_id: memo.telegram_id }, [memo.content, memo.visibility], {
        store: (id, now) => store(id, now, memo, form),
      }),
  };
}

export const notBound = (telegramId: number) =>
  new AppError("unprocessable", `The Telegram user ${telegramId} is not bound: bind them first.`);

/** The message that the person might have sent. Its id is below 0, where Telegram has none. */
function asMessage(id: string, { telegram_id, content, files }: ApiMemo, now: number) {
  const who = { id: telegram_id, type: "private" };
  const uploads = files.map(({ name, type, size }, nth) => ({
    file_id: uploadId(id, nth),
    file_unique_id: String(nth),
    file_name: name || `file-${nth + 1}`,
    file_size: size,
    ...(type !== "" && { mime_type: type }),
  }));
  const message_id = -Number.parseInt(id.slice(-12), 16) - 1;
  return { message_id, date: Math.floor(now / 1000), chat: who, from: who, text: content, uploads };
}
