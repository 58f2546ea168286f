import { codeOf } from "../base/errors.ts";
import { chatAlone, type OwedFile, type OwedMessage } from "../domain/outgoing.ts";
import type { TelegramApi, UploadMethod } from "../telegram/api.ts";
import { isTelegramError, TelegramError } from "../telegram/errors.ts";
import { openFile } from "../telegram/files.ts";
import { uploadMethodOf } from "../telegram/upload-method.ts";

/** Sends files that are owed; they lie among the uploads, where `pathOf` tells. */
export function createSendFile({ upload }: Pick<TelegramApi, "upload">, pathOf: (upload: string) => string) {
  return async ({ chat_id, params }: OwedMessage, signal: AbortSignal): Promise<unknown> => {
    const { upload: at, name, type, size, disable_notification: silent } = params as unknown as OwedFile;
    async function send(method: UploadMethod, isLast: boolean): Promise<unknown> {
      const { bytes } = await openFile(pathOf(at)).catch((error) => {
        // A backup that was restored has no uploads.
        throw codeOf(error) === "ENOENT"
          ? new TelegramError("refused", `${name} is not here any more`)
          : error;
      });
      try {
        return await upload(method, chatAlone(chat_id), { name, type, bytes: bytes() }, { silent, signal });
      } catch (error) {
        if (isLast || !isTelegramError(error, "refused")) throw error;
        return send("sendDocument", true);
      }
    }
    const method = uploadMethodOf({ type, size });
    return send(method, method === "sendDocument");
  };
}
