import type { TelegramMessageEntity } from "@gramio/types";
import type { AlbumItem, FakeTelegram, Person, VisibleMessage } from "../fakes/telegram.ts";

/** A file in the composer. A photo's bytes are JPEG already, as Telegram's own clients send it. */
export interface SentFile {
  readonly kind: "photo" | "document";
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** A message as the page shows it. */
export interface ShownMessage {
  readonly id: number;
  readonly from: "person" | "bot";
  readonly time: number;
  readonly edited: boolean;
  readonly text: string;
  readonly entities: readonly TelegramMessageEntity[];
  readonly album: string | null;
  readonly photo: string | null;
  readonly document: { readonly name: string; readonly size: number; readonly file: string } | null;
  readonly replyTo: { readonly id: number; readonly text: string } | null;
  readonly buttons: readonly (readonly { readonly text: string; readonly url: string | null }[])[];
  readonly reactions: readonly string[];
}

/** One person's private chat with the bot. */
export interface Chat {
  readonly person: Person;
  readonly messages: ShownMessage[];
  send(message: { text: string; entities: TelegramMessageEntity[]; files: SentFile[] }): void;
  /** Presses the button at this place; resolves with what the bot answers, or null when it does not in time. */
  press(messageId: number, row: number, column: number): Promise<{ text: string; isAlert: boolean } | null>;
}

const ALBUM_LIMIT = 10;
const ANSWER_LIMIT_MS = 8_000;

export function createChat(
  telegram: FakeTelegram,
  person: Person,
  /** Bytes by file id: what the page shows of the files that were sent. */
  files: Map<string, SentFile>,
): Chat {
  function remember(message: { photo?: unknown; document?: unknown }, file: SentFile): void {
    const largest = Array.isArray(message.photo) ? message.photo.at(-1) : message.document;
    files.set(String((largest as { file_id: string }).file_id), file);
  }

  function sendFiles(group: SentFile[], caption: string, entities: TelegramMessageEntity[]): void {
    const first = group[0];
    if (!first) return;
    const item = ({ kind, name, type, bytes }: SentFile): AlbumItem =>
      kind === "photo" ? { type: kind, bytes } : { type: kind, bytes, fileName: name, mimeType: type };
    const captioned = caption === "" ? {} : { caption, entities };
    if (group.length > 1) {
      const items = group.map((file, at) => ({ ...item(file), ...(at === 0 ? captioned : {}) }));
      const messages = person.sendAlbum(items);
      for (const [at, message] of messages.entries()) remember(message, group[at] ?? first);
      return;
    }
    const { kind, name, type, bytes } = first;
    remember(
      kind === "photo"
        ? person.sendPhoto({ bytes, ...captioned })
        : person.sendDocument({ bytes, fileName: name, mimeType: type, ...captioned }),
      first,
    );
  }

  return {
    person,

    get messages() {
      return telegram.chat(person.id).messages.map((message) => shown(message, telegram.bot.id));
    },

    send({ text, entities, files: sent }) {
      if (sent.length === 0) {
        person.say(text, { entities });
        return;
      }
      // An album is either all photos or all files, as in Telegram's own clients.
      let caption = { text, entities };
      for (const kind of ["photo", "document"] as const) {
        const ofKind = sent.filter((file) => file.kind === kind);
        for (let at = 0; at < ofKind.length; at += ALBUM_LIMIT) {
          sendFiles(ofKind.slice(at, at + ALBUM_LIMIT), caption.text, caption.entities);
          caption = { text: "", entities: [] };
        }
      }
    },

    async press(messageId, row, column) {
      const message = telegram.chat(person.id).messages.find(({ message_id }) => message_id === messageId);
      const button = message && keyboardOf(message)[row]?.[column];
      if (!button || !("callback_data" in button) || button.callback_data === undefined)
        throw new Error("that button is not there any more");
      const press = person.press(messageId, button.callback_data);
      const answer = await Promise.race([press.answer, Bun.sleep(ANSWER_LIMIT_MS).then(() => null)]);
      return answer && { text: answer.text ?? "", isAlert: answer.show_alert === true };
    },
  };
}

function shown(message: VisibleMessage, botId: number): ShownMessage {
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
    replyTo: target ? { id: target.message_id, text: gist(target) } : null,
    buttons: keyboardOf(message).map((row) =>
      row.map((button) => ({ text: button.text, url: "url" in button ? (button.url ?? null) : null })),
    ),
    reactions: message.reactions.map(({ emoji }) => emoji),
  };
}

function keyboardOf({ reply_markup: markup }: VisibleMessage) {
  return markup && "inline_keyboard" in markup ? markup.inline_keyboard : [];
}

/** What a reply shows of the message it is a reply to. */
function gist(message: { text?: string; caption?: string; photo?: unknown; document?: unknown }): string {
  const text = message.text ?? message.caption;
  if (text !== undefined) return text.slice(0, 120);
  if (message.photo !== undefined) return "Photo";
  return message.document === undefined ? "Message" : "File";
}
