import type { TelegramMessageEntity } from "@gramio/types";
import type { AlbumItem, FakeTelegram, Person, VisibleMessage } from "../fakes/telegram.ts";

/** A file in the composer. A photo's bytes are JPEG already, as Telegram's own clients send it. */
export interface SentFile {
  readonly type: "photo" | "document";
  readonly fileName: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

const ALBUM_LIMIT = 10;
const ANSWER_LIMIT_MS = 8_000;

export type Chat = ReturnType<typeof createChat>;

/** One person's private chat with the bot. */
export function createChat(telegram: FakeTelegram, person: Person) {
  const messages = () => telegram.chat(person.id).messages;

  function sendFiles(group: readonly AlbumItem[], caption: { caption?: string }): void {
    const [first] = group;
    if (!first) return;
    if (group.length > 1) person.sendAlbum(group.map((file, at) => ({ ...file, ...(at === 0 && caption) })));
    else if (first.type === "photo") person.sendPhoto({ ...first, ...caption });
    else person.sendDocument({ ...first, ...caption });
  }

  return {
    person,

    shown: () => messages().map((message) => shown(message, telegram.bot.id)),

    send(text: string, entities: TelegramMessageEntity[], files: readonly SentFile[]): void {
      if (files.length === 0) person.say(text, { entities });
      // An album is either all photos or all files, as in Telegram's own clients.
      let caption = text === "" ? {} : { caption: text, entities };
      for (const kind of ["photo", "document"]) {
        const ofKind = files.filter(({ type }) => type === kind);
        for (let at = 0; at < ofKind.length; at += ALBUM_LIMIT) {
          sendFiles(ofKind.slice(at, at + ALBUM_LIMIT), caption);
          caption = {};
        }
      }
    },

    /** Presses the button at this place; resolves with what the bot answers, or null when it does not in time. */
    async press(messageId: number, row: number, column: number) {
      const message = messages().find(({ message_id }) => message_id === messageId);
      const button = message && keyboardOf(message)[row]?.[column];
      if (!button || !("callback_data" in button) || button.callback_data === undefined)
        throw new Error("that button is not there any more");
      const press = person.press(messageId, button.callback_data);
      const answer = await Promise.race([press.answer, Bun.sleep(ANSWER_LIMIT_MS).then(() => null)]);
      return answer && { text: answer.text ?? "", isAlert: answer.show_alert === true };
    },

    /** The bytes of a file that was sent, as Telegram gives them. */
    async file(id: string): Promise<Response> {
      const asked = await fetch(`${telegram.url}/bot${telegram.token}/getFile?file_id=${id}`);
      const { result } = (await asked.json()) as { result?: { file_path: string } };
      return fetch(`${telegram.fileUrl}/${result?.file_path}`);
    },
  };
}

/** A message as the page shows it. */
function shown(message: VisibleMessage, botId: number) {
  const { document, photo, reply_to_message: target } = message;
  return {
    id: message.message_id,
    from: message.from?.id === botId ? "bot" : "person",
    time: message.date,
    edited: message.edit_date !== undefined,
    text: message.text ?? message.caption ?? "",
    entities: message.entities ?? message.caption_entities ?? [],
    album: message.media_group_id ?? null,
    photo: photo?.at(-1)?.file_id ?? null,
    document: document
      ? { name: document.file_name ?? "file", size: document.file_size ?? 0, file: document.file_id }
      : null,
    replyTo: target
      ? { id: target.message_id, text: (target.text ?? target.caption ?? "File").slice(0, 120) }
      : null,
    buttons: keyboardOf(message).map((row) => row.map(({ text }) => text)),
    reactions: message.reactions.map(({ emoji }) => emoji),
  };
}

function keyboardOf({ reply_markup: markup }: VisibleMessage) {
  return markup && "inline_keyboard" in markup ? markup.inline_keyboard : [];
}
