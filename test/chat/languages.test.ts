import { describe, expect, test } from "bun:test";
import { memosSaved, rows } from "../support/app.ts";
import { chatWorld } from "../support/chat.ts";
import { conversation, talking } from "../support/conversation.ts";

describe("the language", () => {
  for (const [language, hello, saved] of [
    ["en-GB", "I do not know you yet", "Saved as PRIVATE"],
    ["de", "Ich kenne dich noch nicht", "Gespeichert als PRIVATE"],
    ["ru", "Я вас пока не знаю", "Сохранено как PRIVATE"],
    ["zh-hans", "我还不认识你", "已保存为 PRIVATE"],
    ["es-419", "Todavía no te conozco", "Guardado como PRIVATE"],
    ["fr", "I do not know you yet", "Saved as PRIVATE"],
  ] as const) {
    test(`is that of one's Telegram (${language}), for strangers and for what is saved`, async () => {
      await using world = await chatWorld();
      const stranger = conversation(world, world.telegram.user({ first_name: "S", language_code: language }));
      stranger.says("hello");
      await stranger.hears(hello);
      const alice = await talking(world, "alice", language);
      alice.says("a thought");
      await memosSaved(world, 1);
      await alice.hears(saved);
    });
  }

  test("of what is said without being asked is what one's Telegram said last", async () => {
    await using world = await chatWorld();
    const alice = await talking(world, "alice", "de");
    alice.says("/help");
    await world.quiet();
    expect(rows(world, "SELECT telegram_language FROM bindings")).toEqual([{ telegram_language: "de" }]);
    Object.assign(alice.person.user, { language_code: "es" });
    world.memos.fault({ match: {}, action: "drop-before" });
    alice.says("a thought");
    await world.quiet();
    world.memos.clearFaults();
    await world.passes(60_000);
    await alice.hears("Guardado como PRIVATE");
  });
});
