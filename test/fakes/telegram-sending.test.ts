import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { NotImitated } from "./not-imitated.ts";
import { type Answer, type Call, createClient, request } from "./telegram/client.ts";
import { type FakeTelegram, type Person, startFakeTelegram } from "./telegram.ts";

let fake: FakeTelegram;
let call: Call;
let ada: Person;
let hello: number;
let notImitated: NotImitated[];

beforeEach(async () => {
  notImitated = [];
  fake = await startFakeTelegram({ limits: false, onNotImitated: (error) => notImitated.push(error) });
  call = createClient(fake);
  ada = fake.user({ first_name: "Ada" });
  hello = ada.say("hello").message_id;
});
afterEach(() => fake.close());

const send = (params: object): Promise<Answer> => call("sendMessage", { chat_id: ada.id, ...params });
const idOf = (answer: Answer) => Number(answer.result["message_id"]);
const keyboard = (...buttons: object[]) => ({ inline_keyboard: [buttons] });
const undo = keyboard({ text: "Undo", callback_data: "u" });

async function complaint(params: object): Promise<string> {
  const answer = await send(params);
  expect(answer.status).toBe(400);
  return answer.description.replace("Bad Request: ", "");
}

describe("a call that memoferry never made", () => {
  const button = (more: object) => ({
    text: "x",
    reply_markup: keyboard({ text: "a", callback_data: "b", ...more }),
  });
  const entity = (type: string) => ({ text: "x", entities: [{ offset: 0, length: 1, type }] });
  test.each<[string, object, string]>([
    ["sendPoll", {}, "sendPoll"],
    ["SendMessage", {}, "SendMessage"],
    ["getMe", { x: 1 }, "x of getMe"],
    ["sendMessage", { text: "<b>x</b>", parse_mode: "HTML" }, "parse_mode of sendMessage"],
    ["sendMessage", { chat_id: "@ada", text: "x" }, "a chat_id that is a username"],
    ["sendMessage", button({ url: "https://example.com/" }), "url of a button"],
    ["sendMessage", { text: "x", reply_markup: { keyboard: [["a"]] } }, "keyboard of reply_markup"],
    ["sendMessage", { text: "x", reply_parameters: { quote: "a" } }, "quote of reply_parameters"],
    ["sendMessage", entity("custom_emoji"), "an entity of type custom_emoji"],
    ["sendPhoto", { photo: "AgAC" }, "a photo that is not uploaded"],
    ["setWebhook", {}, "setWebhook without a url"],
    ["deleteWebhook", { drop_pending_updates: true }, "a deleteWebhook that drops updates"],
  ])("%s %j is refused and told", async (method, params, what) => {
    const place = method.startsWith("send") ? { chat_id: ada.id } : {};
    const answer = await call(method, { ...place, ...params });
    const message = `the fake of Telegram does not imitate ${what}: memoferry has not done this before`;
    expect([answer.status, answer.description]).toEqual([501, message]);
    expect(notImitated.map((error) => error.message)).toEqual([message]);
    expect(fake.sent).toEqual([]);
  });

  test("is so in another form of a body, too", async () => {
    const body = new URLSearchParams({ chat_id: String(ada.id), text: "x" });
    const answer = await request(`${fake.url}/bot${fake.token}/sendMessage`, { method: "POST", body });
    expect(answer.status).toBe(501);
  });
});

describe("the fake's sending", () => {
  test("51: refuses texts too long, empty and invisible ones", async () => {
    expect(await complaint({ text: "é".repeat(16_385) })).toBe("text is too long");
    expect(await complaint({ text: "x".repeat(4097) })).toBe("message is too long");
    expect((await send({ text: ` ${"x".repeat(4096)}\n` })).ok).toBe(true);
    expect(await complaint({ text: "😀".repeat(2049) })).toBe("message is too long");
    expect(await complaint({ text: "" })).toBe("message text is empty");
    expect(await complaint({ text: " \n\u200b\u2060" })).toBe("text must be non-empty");
  });

  test("53: refuses links without a dot in the host", async () => {
    const link = (url: string) => ({
      text: "memo",
      entities: [{ offset: 0, length: 4, type: "text_link", url }],
    });
    for (const [url, reason] of [
      ["http://localhost:5230", "Wrong HTTP URL"],
      ["memos:5230", "Wrong HTTP URL"],
      ["ftp://example.com", "Unsupported URL protocol"],
      ["https://", "URL host is empty"],
      ["https://example.com:99999/", "Wrong port number specified in the URL"],
      ["https://exa mple.com/", "Disallowed character in URL host"],
    ] as const) {
      expect(await complaint(link(url))).toBe(`entity URL '${url}' is invalid: ${reason}`);
    }
    const fine = await send(link("192.168.1.5:5230/m/1"));
    expect(fine.result["entities"]).toMatchObject([{ url: "http://192.168.1.5:5230/m/1" }]);
  });

  test("53: refuses entities that are malformed or outside the text", async () => {
    const complaintAbout = (entity: unknown) => complaint({ text: "a😀", entities: [entity] });
    expect(await complaintAbout({ offset: 0, length: 1, type: "strong" })).toBe(
      "can't parse MessageEntity: Unsupported type specified",
    );
    expect(await complaintAbout({ offset: 0, length: 2, type: "bold" })).toBe(
      "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 5",
    );
    expect(await complaintAbout({ offset: 4, length: 1, type: "bold" })).toBe(
      "entity begins after the end of the text at UTF-16 offset 4",
    );
    expect(await complaintAbout({ offset: 1, length: 3, type: "bold" })).toBe(
      "entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 4",
    );
    expect((await send({ text: "x", entities: "nonsense" })).ok).toBe(true);
    const found = await send({ text: "x /go", entities: [{ offset: 0, length: 1, type: "bot_command" }] });
    expect(found.result["entities"]).toEqual([{ offset: 2, length: 3, type: "bot_command" }]);
  });

  test("54: refuses long callback_data, buttons without action, wrong keyboards", async () => {
    const withButton = (button: unknown) =>
      complaint({ text: "x", reply_markup: { inline_keyboard: [[button]] } });
    const parse = "can't parse inline keyboard button:";
    const noAction = `${parse} Text buttons are unallowed in the inline keyboard`;
    for (const [button, text] of [
      [{ text: "a", callback_data: "é".repeat(33) }, "BUTTON_DATA_INVALID"],
      [{ text: "a", callback_data: "x".repeat(65) }, "BUTTON_DATA_INVALID"],
      [{ text: "a" }, noAction],
      [{ text: "a", callback_data: "" }, noAction],
      [{ callback_data: "x" }, `${parse} Can't find field "text"`],
      [{ text: null, callback_data: "x" }, `${parse} Field "text" must be of type String`],
    ] as const) {
      expect(await withButton(button)).toBe(text);
    }
    const withMarkup = (reply_markup: unknown) => complaint({ text: "x", reply_markup });
    expect(await withMarkup("{")).toBe("can't parse reply keyboard markup JSON object");
    expect(await withMarkup([])).toBe("object expected as reply markup");
    expect(await withMarkup({ inline_keyboard: [{ text: "a" }] })).toBe(
      'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
    );
    const row = Array.from({ length: 14 }, (_, index) => ({ text: `${index}`, callback_data: "c" }));
    const inline_keyboard = [
      [
        { text: "", callback_data: "skipped" },
        { text: "a", callback_data: "x".repeat(64) },
      ],
      row,
    ];
    const kept = await send({ text: "x", reply_markup: { inline_keyboard } });
    expect(kept.result["reply_markup"]).toEqual({
      inline_keyboard: [[{ text: "a", callback_data: "x".repeat(64) }], row.slice(0, 12)],
    });
  });

  test("55: says when an edit changes nothing", async () => {
    const edit = { chat_id: ada.id, message_id: idOf(await send({ text: "x", reply_markup: undo })) };
    const same = await call("editMessageText", { ...edit, text: " x ", reply_markup: undo });
    expect([same.status, same.description]).toEqual([
      400,
      "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
    ]);
    expect((await call("editMessageText", { ...edit, text: "y", reply_markup: undo })).ok).toBe(true);
    // Without reply_markup the keyboard goes.
    expect((await call("editMessageText", { ...edit, text: "y" })).ok).toBe(true);
    expect(fake.botMessages(ada.id).at(-1)).not.toHaveProperty("reply_markup");
    expect((await call("editMessageText", { ...edit, text: "y", reply_markup: keyboard() })).ok).toBe(false);
  });

  test("57: refuses edits of others' messages, of media as text, of questions, of missing ones", async () => {
    const edit = async (message_id: number | undefined) =>
      (await call("editMessageText", { chat_id: ada.id, message_id, text: "new" })).description;
    expect(await edit(hello)).toBe("Bad Request: message can't be edited");
    const form = new FormData();
    form.set("chat_id", String(ada.id));
    form.set("document", new File(["%PDF"], "menu.pdf"));
    const sent = await request(`${fake.url}/bot${fake.token}/sendDocument`, { method: "POST", body: form });
    expect(await edit(idOf(sent))).toBe("Bad Request: there is no text in the message to edit");
    const question = await send({ text: "x", reply_markup: { force_reply: true } });
    expect(await edit(idOf(question))).toBe("Bad Request: message can't be edited");
    expect(await edit(9999)).toBe("Bad Request: message to edit not found");
    expect((await call("editMessageText", { text: "x" })).description).toBe(
      "Bad Request: message identifier is not specified",
    );
    expect((await call("editMessageText", { text: "x", message_id: 1 })).description).toBe(
      "Bad Request: chat_id is empty",
    );
  });

  test("58: refuses deletion after 48 hours, and of others' messages in groups", async () => {
    const remove = async (message_id: number) =>
      (await call("deleteMessage", { chat_id: ada.id, message_id })).description;
    const old = idOf(await send({ text: "old" }));
    fake.advance(48 * 3600 * 1000 + 1000);
    expect(await remove(old)).toBe("Bad Request: message can't be deleted for everyone");
    expect(await remove(hello)).toBe("Bad Request: message can't be deleted for everyone");
    const dice = ada.send({ dice: { emoji: "🎲", value: 3 } }).message_id;
    expect(await remove(dice)).toBe("Bad Request: message can't be deleted for everyone");
    const fresh = ada.say("/bind secret").message_id;
    expect((await call("deleteMessage", { chat_id: ada.id, message_id: fresh })).text).toBe(
      '{"ok":true,"result":true}',
    );
    expect(await remove(fresh)).toBe("Bad Request: message to delete not found");
    expect((await call("deleteMessage", { message_id: 1 })).description).toBe(
      "Bad Request: chat identifier is not specified",
    );
    expect((await call("deleteMessage", { chat_id: ada.id })).description).toBe(
      "Bad Request: message identifier is not specified",
    );
    const group = fake.group({ privacy: false });
    const { message_id } = group.as(ada).say("x");
    expect((await call("deleteMessage", { chat_id: group.id, message_id })).description).toBe(
      "Bad Request: message can't be deleted",
    );
  });

  test("59: refuses an unknown reply target unless told to send without", async () => {
    const answer = await send({ text: "x", reply_parameters: { message_id: hello } });
    expect(answer.result["reply_to_message"]).toMatchObject({ message_id: hello, text: "hello" });
    expect(await complaint({ text: "x", reply_parameters: { message_id: 9999 } })).toBe(
      "message to be replied not found",
    );
    const without = { message_id: 9999, allow_sending_without_reply: true };
    const sent = await send({ text: "x", reply_parameters: without });
    expect(sent.ok).toBe(true);
    expect(sent.result).not.toHaveProperty("reply_to_message");
    const unreadable = { reply_parameters: "{" };
    expect(await complaint({ text: "x", ...unreadable })).toBe("can't parse reply parameters JSON object");
    // Everything about the text is checked before.
    expect(await complaint({ text: " ", ...unreadable })).toBe("text must be non-empty");
  });

  test("60: refuses answers to callback queries that are late, unknown or given", async () => {
    const message_id = idOf(await send({ text: "x", reply_markup: undo }));
    const tooOld = "Bad Request: query is too old and response timeout expired or query ID is invalid";
    const answer = (id: string, text = "") => call("answerCallbackQuery", { callback_query_id: id, text });
    expect((await answer("123")).description).toBe(tooOld);
    const late = ada.press(message_id, "Undo");
    fake.advance(31_000);
    expect((await answer(late.id)).description).toBe(tooOld);
    expect(late.isAnswered).toBe(false);
    const press = ada.press(message_id, "u");
    expect((await answer(press.id, "x".repeat(201))).status).toBe(400);
    expect((await answer(press.id, "Undone")).ok).toBe(true);
    expect(await press.answer).toEqual({ text: "Undone" });
    expect((await answer(press.id)).description).toBe(tooOld);
    const update = fake.pendingUpdates.find(({ update_id }) => update_id === press.update_id);
    expect(update?.payload).toMatchObject({
      id: press.id,
      data: "u",
      message: { message_id },
      from: { id: ada.id },
    });
  });

  test("61: refuses reactions outside the list", async () => {
    const react = (message_id: number, ...emoji: string[]) =>
      call("setMessageReaction", {
        chat_id: ada.id,
        message_id,
        reaction: emoji.map((item) => ({ type: "emoji", emoji: item })),
      });
    const reactions = (id: number) =>
      fake.chat(ada.id).messages.find((message) => message.message_id === id)?.reactions;
    expect((await react(hello, "👀")).text).toBe('{"ok":true,"result":true}');
    expect((await react(hello, "👍")).ok).toBe(true);
    expect(reactions(hello)).toEqual([{ type: "emoji", emoji: "👍" }]);
    for (const emoji of ["✅", "❌", "x"]) {
      expect((await react(hello, emoji)).description).toBe("Bad Request: REACTION_INVALID");
    }
    expect((await react(hello, "👍", "👎")).ok).toBe(false);
    expect((await react(9999, "👍")).description).toBe("Bad Request: message to react not found");
    await react(hello);
    expect(reactions(hello)).toEqual([]);
    const album = ada.sendAlbum([{ type: "photo" }, { type: "photo" }]);
    await react(album[1]?.message_id ?? 0, "🎉");
    expect(reactions(album[0]?.message_id ?? 0)).toEqual([{ type: "emoji", emoji: "🎉" }]);
  });

  test("62: answers 403 after a block, chat not found for strangers, migrate_to_chat_id after a migration", async () => {
    const refusal = async (chat_id: unknown) => (await send({ chat_id, text: "x" })).description;
    expect(await refusal(fake.user().id)).toBe("Bad Request: chat not found");
    expect(await refusal("")).toBe("Bad Request: chat_id is empty");
    ada.block();
    const blocked = await send({ text: "x" });
    expect([blocked.status, blocked.description]).toEqual([403, "Forbidden: bot was blocked by the user"]);
    expect(fake.pendingUpdates.at(-1)).toMatchObject({
      kind: "my_chat_member",
      payload: { new_chat_member: { status: "kicked", until_date: 0 } },
    });
    ada.unblock();
    expect((await send({ text: "x" })).ok).toBe(true);
    ada.deactivate();
    expect(await refusal(ada.id)).toBe("Forbidden: user is deactivated");
    const group = fake.group({ privacy: false });
    const next = group.migrate(ada);
    const migrated = await send({ chat_id: group.id, text: "x" });
    expect([migrated.status, migrated.body["parameters"]]).toEqual([400, { migrate_to_chat_id: next.id }]);
    expect(migrated.description).toBe("Bad Request: group chat was upgraded to a supergroup chat");
    expect((await send({ chat_id: next.id, text: "x" })).ok).toBe(true);
    next.removeBot(ada);
    expect(await refusal(next.id)).toBe("Forbidden: bot was kicked from the supergroup chat");
  });

  test("63: answers 429 above one a second in a chat, 20 a minute in a group, 30 a second overall", async () => {
    const stopped = Date.now();
    await using limited = await startFakeTelegram({ clock: { now: () => stopped } });
    const callLimited = createClient(limited);
    const sendTo = (chat_id: number) => callLimited("sendMessage", { chat_id, text: "x" });
    const people = Array.from({ length: 40 }, () => limited.user());
    for (const person of people) person.say("hi");
    const first = people[0]?.id ?? 0;
    for (let i = 0; i < 5; i++) expect((await sendTo(first)).ok).toBe(true);
    const flooded = await sendTo(first);
    expect([flooded.status, flooded.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(flooded.body["parameters"]).toEqual({ retry_after: 1 });
    limited.advance(1000);
    expect((await sendTo(first)).ok).toBe(true);

    limited.advance(60_000);
    let overall = 0;
    for (const person of people) if ((await sendTo(person.id)).status === 429) overall++;
    expect(overall).toBe(10);

    const group = limited.group();
    for (let i = 0; i < 20; i++) {
      limited.advance(1100);
      expect((await sendTo(group.id)).ok).toBe(true);
    }
    limited.advance(1100);
    const wait = Number((await sendTo(group.id)).headers.get("retry-after"));
    expect(wait).toBeGreaterThan(30);
    limited.advance(wait * 1000);
    expect((await sendTo(group.id)).ok).toBe(true);
  });

  test("64: returns the message with its entities, without reply_to_message for edits", async () => {
    const entities = [
      { offset: 0, length: 5, type: "bold" },
      { offset: 9, length: 4, type: "text_link", url: "https://memos.example.com/m/1" },
    ];
    const sent = await send({
      text: "Saved as memo",
      entities,
      reply_parameters: { message_id: hello },
      reply_markup: undo,
    });
    expect(Object.keys(sent.result)).toEqual([
      "message_id",
      "from",
      "chat",
      "date",
      "reply_to_message",
      "text",
      "entities",
      "reply_markup",
    ]);
    expect(sent.result).toMatchObject({
      from: { id: fake.bot.id, is_bot: true, username: "memoferry_test_bot" },
      chat: { id: ada.id, type: "private" },
      text: "Saved as memo",
      entities,
    });
    const edit = { chat_id: ada.id, message_id: idOf(sent), text: "Gone" };
    const edited = await call("editMessageText", edit);
    expect(Object.keys(edited.result)).toEqual(["message_id", "from", "chat", "date", "edit_date", "text"]);
    expect(fake.botMessages(ada.id).at(-1)?.reply_to_message).toMatchObject({ message_id: hello });
    expect(fake.sent.map(({ method, message }) => `${method} ${message["text"]}`)).toEqual([
      "sendMessage Saved as memo",
    ]);
  });

  test("sends uploads, and refuses what is no photo", async () => {
    const upload = async (method: string, field: string, file: File) => {
      const form = new FormData();
      form.set("chat_id", String(ada.id));
      form.set(field, file);
      return request(`${fake.url}/bot${fake.token}/${method}`, { method: "POST", body: form });
    };
    const menu = new File(["%PDF"], "menu.pdf", { type: "application/pdf" });
    expect((await upload("sendDocument", "document", menu)).result).toMatchObject({
      document: { file_name: "menu.pdf", mime_type: "application/pdf", file_size: 4 },
    });
    const photo = async (bytes: Uint8Array) =>
      (await upload("sendPhoto", "photo", new File([bytes], "a.png"))).description;
    expect(await photo(Buffer.from("no picture"))).toBe("Bad Request: IMAGE_PROCESS_FAILED");
    const wide = Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x10\0\0\0\0\x10", "latin1");
    expect(await photo(wide)).toBe("Bad Request: PHOTO_INVALID_DIMENSIONS");
    expect(await photo(Buffer.alloc(10 * 1024 * 1024 + 1))).toContain("is too big for a photo");
  });
});
