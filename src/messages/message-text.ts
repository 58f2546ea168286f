import type { TelegramMessage, TelegramMessageEntity } from "../domain/telegram.ts";

/** What a person wrote in a message, as text or as caption; whatever is not shaped as Telegram says is left out. */
export function written(message: TelegramMessage): { text: string; entities: TelegramMessageEntity[] } {
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
