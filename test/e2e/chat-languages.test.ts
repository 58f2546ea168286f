import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { COMMANDS, textsIn } from "../../src/locales/texts.ts";
import { createWorld, memosSaved, until } from "../support/app.ts";
import { conversation, talking } from "../support/conversation.ts";

setDefaultTimeout(20_000);
const rate = 20;

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
      await using world = await createWorld({ rate });
      const stranger = conversation(world, world.telegram.user({ first_name: "S", language_code: language }));
      stranger.says("hello");
      await stranger.hears(hello);
      const alice = await talking(world, "alice", language);
      alice.says("a thought");
      await memosSaved(world, 1);
      await alice.hears(saved);
    });
  }

  test("of what is said without being asked is the last that was seen", async () => {
    await using world = await createWorld({ rate });
    const alice = await talking(world, "alice", "de");
    alice.says("/id");
    await alice.hears("Deine Telegram-ID ist");
    await world.stopApp();
    world.clock.advance(30 * 3_600_000);
    await world.startApp();
    await alice.hears("Ich war von");
  });
});

describe("what the bot tells of itself", () => {
  test("is set in each language at the first start, and not again", async () => {
    await using world = await createWorld({ rate });
    const sets = () =>
      world.telegram.requests.filter(({ method }) => /^setMy/.test(method) && method !== "setMyName");
    await until("all is set", () => sets().length === 20);
    const asked = world.telegram.requests.filter(
      ({ method, params }) => method === "setMyCommands" && params["scope"] === undefined,
    );
    expect(asked.map(({ params }) => params["language_code"])).toEqual([undefined, "de", "ru", "zh", "es"]);
    const german = JSON.parse(String(asked[1]?.params["commands"]));
    expect(german).toEqual(
      COMMANDS.map((command) => ({ command, description: textsIn("de").commands[command] })),
    );
    await world.stopApp();
    await world.startApp();
    await until(
      "asked again",
      () => world.telegram.requests.filter(({ method }) => method === "getMyShortDescription").length >= 10,
    );
    expect(sets()).toHaveLength(20);
  });

  test("is best effort: the chat works without", async () => {
    await using world = await createWorld({
      rate,
      prepare: ({ telegram }) => {
        telegram.fault({ match: { method: "setMyCommands" }, action: { status: 400 } });
      },
    });
    const alice = await talking(world);
    alice.says("/id");
    await alice.hears("Your Telegram id is");
  });
});
