import { describe, expect, test } from "bun:test";
import { LANGUAGES, textsIn } from "../../src/locales/texts.ts";
import { readContent } from "../../src/messages/content.ts";
import { sourceLines } from "../../src/messages/forward-source.ts";
import { replyQuote } from "../../src/messages/reply-quote.ts";

type Message = Parameters<typeof readContent>[0];

const message = (fields: Record<string, unknown>) =>
  ({ message_id: 1, date: 0, chat: { id: 1, type: "private" }, ...fields }) as unknown as Message;

describe("the words inside memos", () => {
  test("are not English in other languages", () => {
    const english = textsIn("en").memo;
    for (const language of LANGUAGES.filter((other) => other !== "en")) {
      const { forwardedFrom, deletedAccount } = textsIn(language).memo;
      expect(forwardedFrom).not.toBe(english.forwardedFrom);
      expect(deletedAccount).not.toBe(english.deletedAccount);
    }
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
    expect(readContent(dice, { words: textsIn("ru").memo }).markdown).toBe("🎯 Кубик: 3");
  });
});
