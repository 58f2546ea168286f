import { codeOf } from "../base/errors.ts";
import { chatAlone, type OwedFile, type OwedMessage } from "../domain/outgoing.ts";
import type { TelegramApi } from "../telegram/api.ts";
import { TelegramError } from "../telegram/errors.ts";
import { openFile } from "../telegram/files.ts";
import { orAsDocuments } from "../telegram/upload-method.ts";

/** Sends files that are owed; they lie among the uploads, where `pathOf` tells. */
export function createSendFile({ upload }: Pick<TelegramApi, "upload">, pathOf: (upload: string) => string) {
  return async ({ chat_id, params }: OwedMessage, signal: AbortSignal): Promise<unknown> => {
    const { upload: at, name, type, size, disable_notification: silent } = params as unknown as OwedFile;
    const file = { type, size };
    return orAsDocuments([file], async (methodOf) => {
      const { bytes } = await openFile(pathOf(at)).catch((error) => {
        // A backup that was restored has no uploads.
        throw codeOf(error) === "ENOENT"
          ? new TelegramError("refused", `${name} is not here any more`)
          : error;
      });
      const sent = { name, type, bytes: bytes() };
      return upload(methodOf(file), chatAlone(chat_id), sent, { silent, signal });
    });
  };
}
