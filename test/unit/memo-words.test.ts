import { describe, expect, test } from "bun:test";
import { memoWords } from "../../src/locales/memo-words.ts";
import { LANGUAGES } from "../../src/locales/plurals.ts";
import { readContent } from "../../src/messages/content.ts";
import { sourceLines } from "../../src/messages/forward-source.ts";
import { replyQuote } from "../../src/messages/reply-quote.ts";

type Message = Parameters<typeof readContent>[0];

const message = (fields: Record<string, unknown>) =>
  ({ message_id: 1, date: 0, chat: { id: 1, type: "private" }, ...fields }) as unknown as Message;

describe("the words inside memos", () => {
  test("are not English in other languages", () => {
    for (const language of LANGUAGES.filter((other) => other !== "en")) {
      const { forwardedFrom, deletedAccount, stars, paidMedia } = memoWords[language];
      expect(forwardedFrom).not.toBe(memoWords.en.forwardedFrom);
      expect(deletedAccount).not.toBe(memoWords.en.deletedAccount);
      expect(stars(3)).not.toBe(memoWords.en.stars(3));
      expect(paidMedia("5", 3, 2)).not.toBe(memoWords.en.paidMedia("5", 3, 2));
    }
  });

  test("follow the numbers of their language", () => {
    expect([1, 3, 5].map(memoWords.ru.stars)).toEqual(["1 звезда", "3 звезды", "5 звёзд"]);
    expect([1, 2].map(memoWords.de.stars)).toEqual(["1 Stern", "2 Sterne"]);
    expect([1, 2].map(memoWords.zh.stars)).toEqual(["1 颗星", "2 颗星"]);
  });

  test("reach the source line, the quote and the content", () => {
    const words = memoWords.de;
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
    expect(readContent(dice, { words: memoWords.ru }).markdown).toBe("🎯 Дартс: 3");
  });
});
