import { AppError } from "../../base/errors.ts";
import { uploadPath } from "../../domain/incoming.ts";
import { notificationSlot, type Owed, type OwedFile } from "../../domain/outgoing.ts";
import type { StoreContext } from "../db/database.ts";
import type { Chats } from "../intake/chats.ts";
import { owe } from "../outbox/owe.ts";
import type { ApiInbox, ApiRequest } from "./api-inbox.ts";
import { notBound } from "./api-memos.ts";

/** What is to be sent to a person who is bound, or to a chat that is known. */
interface Notification extends ApiRequest {
  /** In their order; the files follow. */
  readonly messages: readonly Owed[];
  readonly silent: boolean;
  /** Where `fetch` has them from. */
  readonly file_urls: readonly string[];
}

/**
 * Notifications: what is to be sent is owed by the transaction that makes the job, which waits until all of it was sent,
 * and is dead once some of it was refused (`sent` and `refused` of the outbox).
 */
export function createNotifications(
  context: StoreContext,
  { chats, inbox }: { readonly chats: Chats; readonly inbox: ApiInbox },
) {
  const { statements } = context.database;

  function requireKnown(chat_id: number): void {
    if (chat_id > 0 && !statements.binding.get({ telegram_id: chat_id })) throw notBound(chat_id);
    if (chat_id < 0 && !chats.isKnown(chat_id))
      throw new AppError("unprocessable", `The chat ${chat_id} is not known: add the bot, and write there.`);
  }

  return {
    /** On the disk when it resolves; to its id. @throws AppError "unprocessable": nothing was stored. */
    accept: (notification: Notification): Promise<string> => {
      const { chat_id, messages, silent, file_urls } = notification;
      return inbox.accept("notification", notification, [messages, silent, file_urls], {
        store() {
          requireKnown(chat_id);
          const telegram_id = chat_id > 0 ? chat_id : null;
          return { queue: "none", telegram_id, waiting_for: "telegram", payload: null };
        },
        stored(id, job, files) {
          const all = [...messages, ...files.map((file, nth) => owedFile(notification, id, file, nth))];
          const slots = all.map((message, nth) => ({ ...message, slot: notificationSlot(id, nth) }));
          owe(context, slots, job);
        },
      });
    },
  };
}

function owedFile({ chat_id, silent }: Notification, id: string, file: File, nth: number): Owed {
  const { name, type, size } = file;
  // Bun adds a charset.
  const [bare = ""] = type.split(";");
  const params = {
    ...{ upload: uploadPath(id, nth), name: name || `file-${nth + 1}`, type: bare, size },
    disable_notification: silent,
  } satisfies OwedFile;
  return { chat_id, method: "sendDocument", promise: "notice", params };
}
