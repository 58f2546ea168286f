import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TelegramMessageEntity } from "@gramio/types";
import type { AlbumItem, FakeTelegram, Person, VisibleMessage } from "../fakes/telegram.ts";

/** A file in the composer. A photo's bytes are JPEG already, as Telegram's own clients send it. */
export interface SentFile {
  readonly type: "photo" | "document";
  readonly fileName: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

interface Written {
  readonly text: string;
  readonly entities: TelegramMessageEntity[];
}

type CaptionOptions = Pick<AlbumItem, "caption" | "entities"> & { readonly replyTo?: number };

const ALBUM_LIMIT = 10;
const ANSWER_LIMIT_MS = 8_000;

/** Four notes, Opus in Ogg as Telegram's clients record. */
const VOICE = readFileSync(join(import.meta.dir, "voice.ogg"));
const PLACE = { latitude: 46.5763, longitude: 7.9911 };
const CHANNEL = {
  id: -1_001_234_567_890,
  type: "channel",
  title: "Weather up high",
  username: "weather_up_high",
};

/** What is sent by one press and needs more than a page has: a recorder, a map, another chat. */
const PLAYS = {
  voice: (person: Person) => person.sendVoice({ bytes: VOICE, omit: ["file_name"] }),
  place: (person: Person) =>
    person.send({
      location: PLACE,
      venue: { location: PLACE, title: "Hut below the north face", address: "Alpiglen" },
    }),
  forward: (person: Person) =>
    person.forward({
      content: "Snow above 2,100 m from Thursday on. The pass stays open until then.",
      origin: { type: "channel", chat: CHANNEL, message_id: 421, date: Math.floor(Date.now() / 1000) - 7200 },
    }),
};
export const isPlay = (what: string): what is keyof typeof PLAYS => Object.hasOwn(PLAYS, what);

export type Chat = ReturnType<typeof createChat>;

/** One person's private chat with the bot. */
export function createChat(telegram: FakeTelegram, person: Person) {
  const messages = () => telegram.chat(person.id).messages;

  function sendFiles(group: readonly AlbumItem[], options: CaptionOptions): void {
    const [first] = group;
    if (!first) return;
    const { replyTo, ...caption } = options;
    if (group.length > 1) {
      const reply = replyTo === undefined ? {} : { replyTo };
      person.sendAlbum([{ ...first, ...caption }, ...group.slice(1)], reply);
    } else if (first.type === "photo") person.sendPhoto({ ...first, ...options });
    else person.sendDocument({ ...first, ...options });
  }

  return {
    person,

    /** `waiting`: messages that are not saved yet, and what they wait for. */
    shown: (waiting: ReadonlyMap<number, string>) =>
      messages().map((message) => ({
        ...shown(message, telegram.bot.id),
        waitsFor: waiting.get(message.message_id) ?? null,
      })),

    send({
      text,
      entities,
      files,
      ...reply
    }: Written & { replyTo?: number; files: readonly SentFile[] }): void {
      if (files.length === 0) person.say(text, { entities, ...reply });
      // An album is either all photos or all files, as in Telegram's own clients.
      let options: CaptionOptions = text === "" ? reply : { caption: text, entities, ...reply };
      for (const kind of ["photo", "document"]) {
        const ofKind = files.filter(({ type }) => type === kind);
        for (let at = 0; at < ofKind.length; at += ALBUM_LIMIT) {
          sendFiles(ofKind.slice(at, at + ALBUM_LIMIT), options);
          options = reply;
        }
      }
    },

    /** Edits an own message: its text, or the caption of what it holds. */
    edit(messageId: number, { text, entities }: Written): void {
      const message = messages().find(({ message_id }) => message_id === messageId);
      person.edit(messageId, message?.text === undefined ? { caption: text, entities } : { text, entities });
    },

    play: (what: keyof typeof PLAYS) => void PLAYS[what](person),

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
  const { document, photo, voice, venue, forward_origin: origin, reply_to_message: target } = message;
  const from = message.from?.id === botId ? "bot" : "person";
  return {
    id: message.message_id,
    from,
    /** As Telegram's clients offer it: own words, which are no forward. */
    canEdit:
      from === "person" &&
      origin === undefined &&
      (message.text !== undefined || message.caption !== undefined),
    forwardedFrom: origin?.type === "channel" ? (origin.chat.title ?? "a channel") : null,
    time: message.date,
    edited: message.edit_date !== undefined,
    text: message.text ?? message.caption ?? "",
    entities: message.entities ?? message.caption_entities ?? [],
    album: message.media_group_id ?? null,
    photo: photo?.at(-1)?.file_id ?? null,
    document: document
      ? { name: document.file_name ?? "file", size: document.file_size ?? 0, file: document.file_id }
      : null,
    voice: voice ? { file: voice.file_id, seconds: voice.duration } : null,
    place: venue ? { title: venue.title, address: venue.address } : null,
    replyTo: target ? { id: target.message_id, text: wordsOf(target).slice(0, 120) } : null,
    buttons: keyboardOf(message).map((row) => row.map(({ text }) => text)),
    reactions: message.reactions.map(({ emoji }) => emoji),
  };
}

/** What stands for a message where it is quoted. */
function wordsOf({ text, caption, venue, voice, photo, document }: VisibleTarget): string {
  const kind = voice ? "Voice message" : photo ? "Photo" : (document?.file_name ?? "File");
  return text ?? caption ?? venue?.title ?? kind;
}

type VisibleTarget = NonNullable<VisibleMessage["reply_to_message"]>;

function keyboardOf({ reply_markup: markup }: VisibleMessage) {
  return markup && "inline_keyboard" in markup ? markup.inline_keyboard : [];
}
