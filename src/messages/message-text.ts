import type { TelegramMessage, TelegramMessageEntity } from "../domain/telegram.ts";

export interface MessageText {
  readonly text: string;
  readonly entities: readonly TelegramMessageEntity[];
}

/** What a person wrote in a message, as text or as caption; whatever is not shaped as Telegram says is left out. */
export function messageText(message: TelegramMessage): MessageText {
  if (typeof message.text === "string") return { text: message.text, entities: wellFormed(message.entities) };
  const text = typeof message.caption === "string" ? message.caption : "";
  return { text, entities: wellFormed(message.caption_entities) };
}

function wellFormed(entities: TelegramMessageEntity[] | undefined): TelegramMessageEntity[] {
  if (!Array.isArray(entities)) return [];
  return entities.filter(
    (entity) =>
      typeof entity?.type === "string" &&
      Number.isSafeInteger(entity.offset) &&
      Number.isSafeInteger(entity.length) &&
      entity.offset >= 0 &&
      entity.length > 0,
  );
}

/** A part of a text, with what of its entities is in it. */
export function sliceText({ text, entities }: MessageText, from: number, to: number): MessageText {
  const inside = entities.flatMap((entity) => {
    const begin = Math.max(entity.offset, from);
    const end = Math.min(entity.offset + entity.length, to);
    return end > begin ? [{ ...entity, offset: begin - from, length: end - begin }] : [];
  });
  return { text: text.slice(from, to), entities: inside };
}

/** The message that another one replies to, if enough of it is told to know which one it is. */
export function replyTarget({ reply_to_message: target }: TelegramMessage): TelegramMessage | undefined {
  if (!Number.isSafeInteger(target?.message_id) || !Number.isSafeInteger(target?.chat?.id)) return undefined;
  return target as TelegramMessage;
}
