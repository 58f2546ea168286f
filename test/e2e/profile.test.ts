import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { COMMANDS, textsIn } from "../../src/locales/texts.ts";
import { createWorld, until } from "../support/app.ts";
import { talking } from "../support/conversation.ts";

setDefaultTimeout(60_000);
const rate = 20;

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
    const inGroups = world.telegram.requests.filter(
      ({ method, params }) =>
        method === "setMyCommands" && JSON.stringify(params["scope"] ?? "").includes("all_group_chats"),
    );
    expect(inGroups.map(({ params }) => params["language_code"])).toEqual([
      undefined,
      "de",
      "ru",
      "zh",
      "es",
    ]);
    for (const { params } of inGroups) {
      const list: { command: string }[] = JSON.parse(String(params["commands"]));
      expect(list.map(({ command }) => command)).toEqual(["save", "help", "settings"]);
    }
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
    const isLast = ({ method, params }: { method: string; params: Record<string, unknown> }) =>
      method === "setMyShortDescription" && params["language_code"] === "es";
    const warned = () =>
      world.log.flatMap(({ part, level, what }) => (part === "profile" && level === "warn" ? [what] : []));
    await until("the rest is set", () => world.telegram.requests.some(isLast));
    // Only what failed is named.
    expect(warned()).toEqual(["commands"]);
  });
});
