import type { Secret } from "../../base/secret.ts";
import { chatAlone } from "../../domain/outgoing.ts";
import type { Attachment } from "../../memos/client.ts";
import type { AlbumMethod } from "../../telegram/api.ts";
import { isTelegramError } from "../../telegram/errors.ts";
import { orAsDocuments } from "../../telegram/upload-method.ts";
import type { ChatContext } from "../context.ts";
import type { PlannedPart } from "./plan.ts";

type Call = Pick<ChatContext, "api" | "memos" | "pace">;

/**
 * Posts a part of a memo in a channel, once; returns the ids of its messages. Files come from Memos as they are sent, and
 * where Telegram refuses them as what they are, they are sent as documents: what is refused was not posted.
 */
export async function sendPart(
  { api, memos, pace }: Call,
  {
    chat_id,
    token,
    part,
    signal,
  }: { chat_id: number; token: Secret; part: PlannedPart; signal: AbortSignal },
): Promise<number[]> {
  const options = { silent: false, signal };
  try {
    if ("text" in part) {
      const params = { chat_id, text: part.text.text, entities: [...part.text.entities] };
      return [(await api.call("sendMessage", params, signal)).message_id];
    }
    const { files, caption } = part;
    const [first, ...others] = files;
    if (!first) return [];
    const opened = (file: Attachment) => ({
      name: file.filename,
      type: file.type,
      bytes: memos.download(token, file, signal),
    });
    const to = chatAlone(chat_id);
    return await orAsDocuments(files, async (methodOf) => {
      if (others.length === 0)
        return [(await api.upload(methodOf(first), to, opened(first), { ...options, caption })).message_id];
      const album = files.map((file) => ({ ...opened(file), method: methodOf(file) as AlbumMethod }));
      const sent = await api.uploadAlbum(to, album, { ...options, caption });
      return sent.map(({ message_id }) => message_id);
    });
  } finally {
    pace.called(chat_id);
  }
}

/** Writes the words of a part into its message. What it says already is no error. */
export async function editPart(
  { api, pace }: Call,
  {
    chat_id,
    message_id,
    part,
    signal,
  }: { chat_id: number; message_id: number; part: PlannedPart; signal: AbortSignal },
): Promise<void> {
  const { text, entities } = ("text" in part ? part.text : part.caption) ?? { text: "", entities: [] };
  const at = { chat_id, message_id };
  try {
    if ("text" in part) await api.call("editMessageText", { ...at, text, entities: [...entities] }, signal);
    else
      await api.call("editMessageCaption", { ...at, caption: text, caption_entities: [...entities] }, signal);
  } catch (error) {
    if (!isTelegramError(error, "refused") || !/message is not modified/i.test(error.message)) throw error;
  } finally {
    pace.called(chat_id);
  }
}
