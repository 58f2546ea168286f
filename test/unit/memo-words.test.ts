import { describe, expect, test } from "bun:test";
import { LANGUAGES, type Language, textsIn } from "../../src/locales/texts.ts";
import { readContent } from "../../src/messages/content.ts";
import { sourceLines } from "../../src/messages/forward-source.ts";
import { replyQuote } from "../../src/messages/reply-quote.ts";

type Message = Parameters<typeof readContent>[0];

const message = (fields: Record<string, unknown>) =>
  ({ message_id: 1, date: 0, chat: { id: 1, type: "private" }, ...fields }) as unknown as Message;

describe("the words inside memos", () => {
  test("are not English in other languages", () => {
    const english = textsIn("en").memo;
    const bought = { price: "5", notBought: 2, count: 3 };
    for (const language of LANGUAGES.filter((other) => other !== "en")) {
      const { forwardedFrom, deletedAccount, stars, paidMedia, paidMediaPart } = textsIn(language).memo;
      expect(forwardedFrom).not.toBe(english.forwardedFrom);
      expect(deletedAccount).not.toBe(english.deletedAccount);
      expect(stars({ count: 3 })).not.toBe(english.stars({ count: 3 }));
      expect(paidMedia(bought)).not.toBe(english.paidMedia(bought));
      expect(paidMediaPart(bought)).not.toBe(english.paidMediaPart(bought));
    }
  });

  test("follow the numbers of their language", () => {
    const stars = (language: Language, counts: number[]) =>
      counts.map((count) => textsIn(language).memo.stars({ count }));
    expect(stars("ru", [1, 3, 5])).toEqual(["1 звезда", "3 звезды", "5 звёзд"]);
    expect(stars("de", [1, 2])).toEqual(["1 Stern", "2 Sterne"]);
    expect(stars("zh", [1, 2])).toEqual(["1 颗星", "2 颗星"]);
    const { paidMediaPart } = textsIn("en").memo;
    expect(paidMediaPart({ price: "2 Stars", notBought: 1, count: 1 })).toBe(
      "Paid media for 2 Stars: 1 of 1 item not bought",
    );
  });

  test("reach the source line, the quote and the content", () => {
    const words = textsIn("de").memo;
    const forward = message({
      text: "hi",
      forward_origin: { type: "hidden_user", sender_user_name: "Ada", date: 1 },
    });
    expect(sourceLines([forward], { words })[0]).toStartWith("> Weitergeleitet von Ada");
    const reply = message({
      reply_to_message: message({ sticker: { file_id: "1", emoji: "" } }),
      text: "hi",
    });
    expect(replyQuote(reply, { words })).toContain("Sticker");
    const dice = message({ dice: { emoji: "🎯", value: 3 } });
    expect(readContent(dice, { words: textsIn("ru").memo }).markdown).toBe("🎯 Дартс: 3");
  });
});
