import { describe, expect, test } from "bun:test";
import type { TelegramMessage } from "../../src/domain/telegram.ts";
import { isUserName, offeredToken, offersToken, parseCommand } from "../../src/messages/command.ts";
import { BOT_NAME, command, must } from "../support/store.ts";

const message = (text: string, more: object = {}) => must(command(text, more).message) as TelegramMessage;
const parse = (text: string, botName: string | null = BOT_NAME) => parseCommand(message(text), botName);

describe("a command", () => {
  test.each([
    ["/help", { name: "help", argument: "", forUs: true }],
    ["/HELP", { name: "help", argument: "", forUs: true }],
    ["/bind  token-1 ", { name: "bind", argument: "token-1", forUs: true }],
    ["/bind\ntoken\nmore", { name: "bind", argument: "token\nmore", forUs: true }],
    [`/id@${BOT_NAME}`, { name: "id", argument: "", forUs: true }],
    ["/id@MemoFerry_BOT now", { name: "id", argument: "now", forUs: true }],
    ["/id@another_bot", { name: "id", argument: "", forUs: false }],
    ["/start inv_k3J9-xQ", { name: "start", argument: "inv_k3J9-xQ", forUs: true }],
  ])("%j is read with its argument", (text, expected) => {
    expect(parse(text)).toMatchObject(expected);
  });

  test("for any bot is ours as long as our own name is not known", () => {
    expect(parse("/id@another_bot", null)).toMatchObject({ forUs: true });
  });

  test("is none where Telegram marked none", () => {
    expect(parseCommand({ ...message("/help"), entities: [] }, BOT_NAME)).toBeNull();
    const { entities: _, ...bare } = message("/help");
    expect(parseCommand(bare as TelegramMessage, BOT_NAME)).toBeNull();
  });

  test("is none where more follows it directly, as in a path", () => {
    const path = {
      ...message("/etc/hosts is a file"),
      entities: [{ type: "bot_command", offset: 0, length: 4 }],
    };
    expect(parseCommand(path as TelegramMessage, BOT_NAME)).toBeNull();
  });

  test("is none in a forwarded message: somebody else gave it", () => {
    const forward_origin = { type: "hidden_user", sender_user_name: "Eve", date: 1 };
    expect(parseCommand(message("/unbind", { forward_origin }), BOT_NAME)).toBeNull();
  });

  test("is none in a caption: the file matters there", () => {
    const { text, entities, ...rest } = message("/help");
    const captioned = { ...rest, caption: text, caption_entities: entities };
    expect(parseCommand(captioned as TelegramMessage, BOT_NAME)).toBeNull();
  });

  test.each([{}, "text", 5, [null], [5], [{ type: "bot_command" }], [{ type: "bot_command", offset: 0 }]])(
    "is none, and no error, with %j for its entities",
    (entities) => {
      expect(
        parseCommand({ ...message("hello"), entities } as unknown as TelegramMessage, BOT_NAME),
      ).toBeNull();
    },
  );
});

describe("a token is offered", () => {
  const offers = (text: string) => offersToken(must(parse(text)));

  const PAT = "memos_pat_0123456789";

  test("by /bind with anything behind, whatever it looks like, and by /start with what looks like one", () => {
    expect(["/bind x", `/bind ${PAT}`, "/BIND x", `/start ${PAT}`].map(offers)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  test("not by the rest of a link that opens the chat", () => {
    expect(["/start hello", "/start memos_pat_abc", "/start eyJ.x"].map(offers)).toEqual([
      false,
      false,
      false,
    ]);
  });

  test.each([
    [PAT, PAT],
    [`<${PAT}>`, PAT],
    [`"${PAT}"`, PAT],
    [`token: ${PAT}.`, PAT],
    ["<swordfish-of-many>", "swordfish-of-many"],
    ["„swordfish“", "swordfish"],
    ["swordfish", "swordfish"],
  ])("as %s is %s", (argument, token) => {
    expect(offeredToken({ name: "bind", argument, forUs: true })).toBe(token);
  });

  test("is no user name, and a user name no token", () => {
    const tokens = [
      PAT,
      `memos_pat_${"a1".repeat(16)}`,
      "swordfish-of-many",
      "eyJhbGciOiJIUzI1NiJ9.e30.abc",
      "x",
    ];
    expect(tokens.filter(isUserName)).toEqual([]);
    expect(["kitchen_notes", "KitchenNotes", "memos_pat_cut"].map(isUserName)).toEqual([true, true, true]);
  });
});
