import { describe, expect, test } from "bun:test";
import { emojisIn, memosReaction, telegramReaction } from "../../src/domain/reactions.ts";

describe("reactions", () => {
  test.each([
    ["👍", "👍"],
    ["❤", "❤️"],
    ["✍", "✍️"],
    ["⚡", "⚡"],
    ["❤\u200d🔥", "❤️\u200d🔥"],
    ["🤷\u200d♂", "🤷\u200d♂️"],
    ["👨\u200d💻", "👨\u200d💻"],
  ])("%s of Telegram is %s in Memos, and back", (telegram, memos) => {
    expect(memosReaction(telegram)).toBe(memos);
    expect(memosReaction(memos)).toBe(memos);
    expect(telegramReaction(memos)).toBe(telegram);
  });

  test("of Memos that bots may not set, or that are no emoji, are none of Telegram's", () => {
    expect(["😄", "😕", "LAUGH", "", "1"].map(telegramReaction)).toEqual(Array(5).fill(undefined));
  });

  test("of somebody are their emojis: no pictures of Telegram's own, and nothing that is no list", () => {
    const custom = { type: "custom_emoji", custom_emoji_id: "5" } as const;
    expect(emojisIn([{ type: "paid" }, { type: "emoji", emoji: "🎃" }, custom])).toEqual(["🎃"]);
    expect(emojisIn(undefined)).toEqual([]);
    expect(emojisIn("👍" as never)).toEqual([]);
  });
});
