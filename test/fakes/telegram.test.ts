/** The stand-in for Telegram, held to what the Bot API answers to a call. How updates come: telegram-updates.test.ts. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import autoEntities from "../fixtures/telegram/updates/text-auto-entities.json";
import localhostLinks from "../fixtures/telegram/updates/text-localhost-links.json";
import overlapSplit from "../fixtures/telegram/updates/text-overlap-split.json";
import { SAMPLE_USER, sample } from "../support/app.ts";
import { type Answer, type Call, createClient, request } from "./telegram/client.ts";
import { type FakeTelegram, onePixelJpeg, type Person, startFakeTelegram } from "./telegram.ts";

/** Ada's first message. */
const HELLO = 4001;
const HOUR = 3_600_000;
const MIB = 1024 * 1024;

let fake: FakeTelegram;
let call: Call;
let ada: Person;
let notImitated: string[];

beforeEach(async () => {
  notImitated = [];
  fake = await startFakeTelegram({
    limits: false,
    onNotImitated: ({ message }) => notImitated.push(message),
  });
  call = createClient(fake);
  ada = fake.user({ first_name: "Ada" });
  ada.say("hello");
});
afterEach(() => fake.close());

const send = (params: object): Promise<Answer> => call("sendMessage", { chat_id: ada.id, ...params });
const idOf = (answer: Answer) => Number(answer.result["message_id"]);
const keyboard = (...buttons: object[]) => ({ inline_keyboard: [buttons] });
const undo = keyboard({ text: "Undo", callback_data: "u" });
const api = (method: string) => `${fake.url}/bot${fake.token}/${method}`;
const upload = (method: string, field: string, file: File) => {
  const form = new FormData();
  form.set("chat_id", String(ada.id));
  form.set(field, file);
  return request(api(method), { method: "POST", body: form });
};
const reactions = (id: number) =>
  fake.chat(ada.id).messages.find((message) => message.message_id === id)?.reactions;

const articles = (count: number, changed = {}, content = {}) =>
  Array.from({ length: count }, (_, at) => ({
    ...{ type: "article", id: `${at}`, title: "Cake", ...changed },
    input_message_content: { message_text: "a cake", ...content },
  }));
const inline = (params: object, why: string): [string, object, string] => [
  "answerInlineQuery",
  { inline_query_id: "123", results: [], ...params },
  why,
];

const toAda = { chat_id: SAMPLE_USER };
const oneButton = (button: object) => ({ text: "x", reply_markup: keyboard(button) });
const styled = (text: string, entity: object) => ({ text, entities: [{ offset: 0, length: 1, ...entity }] });

describe("a call that memoferry never made is refused and told:", () => {
  test.each<[string, object, string]>([
    ["sendPoll", toAda, "sendPoll"],
    ["SendMessage", toAda, "SendMessage"],
    ["getMe", { x: 1 }, "x of getMe"],
    ["sendMessage", { ...toAda, text: "<b>x</b>", parse_mode: "HTML" }, "parse_mode of sendMessage"],
    ["sendMessage", { chat_id: "@ada", text: "x" }, "a chat_id that is a username"],
    [
      "sendMessage",
      { ...toAda, ...oneButton({ text: "a", callback_data: "b", url: "https://a.b/" }) },
      "callback_data of a button with a url",
    ],
    ["sendMessage", { ...toAda, text: "x", reply_markup: { keyboard: [["a"]] } }, "keyboard of reply_markup"],
    ["sendMessage", { ...toAda, text: "x", reply_parameters: { quote: "a" } }, "quote of reply_parameters"],
    ["sendMessage", { ...toAda, ...styled("x", { type: "custom_emoji" }) }, "an entity of type custom_emoji"],
    ["sendPhoto", { ...toAda, photo: "AgAC" }, "a photo that is not uploaded"],
    ["setWebhook", {}, "setWebhook without a url"],
    ["deleteWebhook", { drop_pending_updates: true }, "a deleteWebhook that drops updates"],
  ])("%s %j", async (method, params, what) => {
    const answer = await call(method, params);
    const message = `the fake of Telegram does not imitate ${what}: memoferry has not done this before`;
    expect([answer.status, answer.description]).toEqual([501, message]);
    expect(notImitated).toEqual([message]);
    expect(fake.sent).toEqual([]);
  });

  test("also in another form of a body", async () => {
    const body = new URLSearchParams({ chat_id: String(ada.id), text: "x" });
    expect((await request(api("sendMessage"), { method: "POST", body })).status).toBe(501);
  });
});

const link = (url: string) => ({
  text: "memo",
  entities: [{ offset: 0, length: 4, type: "text_link", url }],
});
const badLink = (url: string, why: string) =>
  ["sendMessage", link(url), `entity URL '${url}' is invalid: ${why}`] as [string, object, string];
const badButton = (button: object, why: string) =>
  ["sendMessage", oneButton(button), why] as [string, object, string];
const noAction = "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard";
const tooOld = "query is too old and response timeout expired or query ID is invalid";
const reaction = (...emoji: string[]) => emoji.map((item) => ({ type: "emoji", emoji: item }));

/** Where a chat is needed it is Ada's. */
const REFUSED: [string, object, string][] = [
  ["sendMessage", { text: "é".repeat(16_385) }, "text is too long"],
  ["sendMessage", { text: "x".repeat(4097) }, "message is too long"],
  ["sendMessage", { text: "😀".repeat(2049) }, "message is too long"],
  ["sendMessage", { text: "" }, "message text is empty"],
  ["sendMessage", { text: " \n\u200b\u2060" }, "text must be non-empty"],
  ["sendMessage", { chat_id: 1, text: "x" }, "chat not found"],
  ["sendMessage", { chat_id: "", text: "x" }, "chat_id is empty"],
  badLink("http://localhost:5230", "Wrong HTTP URL"),
  badLink("memos:5230", "Wrong HTTP URL"),
  badLink("ftp://example.com", "Unsupported URL protocol"),
  badLink("https://", "URL host is empty"),
  badLink("https://example.com:99999/", "Wrong port number specified in the URL"),
  badLink("https://exa mple.com/", "Disallowed character in URL host"),
  ["sendMessage", styled("a", { type: "strong" }), "can't parse MessageEntity: Unsupported type specified"],
  [
    "sendMessage",
    styled("a😀", { length: 2, type: "bold" }),
    "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 5",
  ],
  [
    "sendMessage",
    styled("a😀", { offset: 4, type: "bold" }),
    "entity begins after the end of the text at UTF-16 offset 4",
  ],
  [
    "sendMessage",
    styled("a😀", { offset: 1, length: 3, type: "bold" }),
    "entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 4",
  ],
  badButton({ text: "a", callback_data: "é".repeat(33) }, "BUTTON_DATA_INVALID"),
  badButton({ text: "a" }, noAction),
  badButton({ text: "a", callback_data: "" }, noAction),
  badButton(
    { text: "a", url: "http://localhost:5230" },
    "inline keyboard button URL 'http://localhost:5230' is invalid: Wrong HTTP URL",
  ),
  badButton({ callback_data: "x" }, `can't parse inline keyboard button: Can't find field "text"`),
  ["sendMessage", { text: "x", reply_markup: "{" }, "can't parse reply keyboard markup JSON object"],
  ["sendMessage", { text: "x", reply_markup: [] }, "object expected as reply markup"],
  ["sendMessage", { text: "x", reply_parameters: { message_id: 9999 } }, "message to be replied not found"],
  ["sendMessage", { text: "x", reply_parameters: "{" }, "can't parse reply parameters JSON object"],
  // Everything about the text is checked before.
  ["sendMessage", { text: " ", reply_parameters: "{" }, "text must be non-empty"],
  ["editMessageText", { message_id: HELLO, text: "x" }, "message can't be edited"],
  ["editMessageText", { message_id: 9999, text: "x" }, "message to edit not found"],
  ["editMessageText", { chat_id: "", text: "x" }, "message identifier is not specified"],
  ["editMessageText", { chat_id: "", message_id: 1, text: "x" }, "chat_id is empty"],
  ["deleteMessage", { chat_id: "", message_id: 1 }, "chat identifier is not specified"],
  ["deleteMessage", {}, "message identifier is not specified"],
  ["deleteMessage", { message_id: 9999 }, "message to delete not found"],
  ["setMessageReaction", { message_id: HELLO, reaction: reaction("✅") }, "REACTION_INVALID"],
  ["setMessageReaction", { message_id: HELLO, reaction: reaction("👍", "👎") }, "REACTIONS_TOO_MANY"],
  ["setMessageReaction", { message_id: 9999, reaction: reaction("👍") }, "message to react not found"],
  ["answerCallbackQuery", { callback_query_id: "123" }, tooOld],
  ["answerInlineQuery", { inline_query_id: "123", results: [] }, tooOld],
  inline({ results: {} }, "expected an Array of inline query results"),
  inline({ results: articles(51) }, "too many inline query results specified"),
  inline({ results: articles(2, { id: "same" }) }, "RESULT_ID_DUPLICATE"),
  inline({ results: articles(1, { id: "" }) }, "RESULT_ID_EMPTY"),
  inline({ results: articles(1, { id: "é".repeat(33) }) }, "RESULT_ID_INVALID"),
  inline({ results: articles(1, { title: "" }) }, "ARTICLE_TITLE_EMPTY"),
  inline({ results: articles(1, {}, { message_text: "" }) }, "message text is empty"),
  inline({ results: articles(1, {}, { message_text: "x".repeat(4097) }) }, "message is too long"),
  inline(
    { results: articles(1, {}, { entities: [{}] }) },
    `can't parse MessageEntity: Can't find field "offset"`,
  ),
  inline({ next_offset: "x".repeat(65) }, "NEXT_OFFSET_INVALID"),
  inline({ button: { text: "Go" } }, "can't use empty start_parameter"),
  inline({ button: { text: "Go", start_parameter: "x".repeat(65) } }, "too long start_parameter specified"),
  inline(
    { button: { text: "Go", start_parameter: "a b" } },
    "unallowed characters in start_parameter are used",
  ),
  ["setMyCommands", { commands: [{ command: "Bind", description: "x" }] }, "BOT_COMMAND_INVALID"],
  ["setMyCommands", { commands: [{ command: "bind", description: " " }] }, "BOT_COMMAND_DESCRIPTION_INVALID"],
  ["setMyCommands", { commands: {} }, "expected an Array of BotCommand"],
  ["getFile", { file_id: "AgACAgIAAxkBAAIwkd5D9XAHEJJFr3Z9" }, "invalid file_id"],
  ["getFile", {}, "file_id not specified"],
];

describe("the fake refuses, in Telegram's words,", () => {
  test.each(REFUSED)("%s %.60j", async (method, params, why) => {
    const isInChat = /Message/.test(method);
    const answer = await call(method, { ...(isInChat && toAda), ...params });
    expect([answer.status, answer.description]).toEqual([400, `Bad Request: ${why}`]);
  });

  test("a wrong or revoked token, on every method and download", async () => {
    const revoked = fake.token;
    fake.rotateToken();
    for (const path of ["bot?/getMe", "bot?/getUpdates", "bot?/sendMessage", "file/bot?/documents/a.pdf"]) {
      const answer = await request(`${fake.url}/${path.replace("?", revoked)}`);
      expect(answer.text).toBe('{"ok":false,"error_code":401,"description":"Unauthorized"}');
    }
    expect((await call("getMe")).ok).toBe(true);
  });

  test("an edit that changes nothing, and one of media or a question", async () => {
    const message_id = idOf(await send({ text: "x", reply_markup: undo }));
    const edit = (params: object) => call("editMessageText", { ...toAda, message_id, ...params });
    const same = await edit({ text: " x ", reply_markup: undo });
    expect(same.description).toStartWith(
      "Bad Request: message is not modified: specified new message content",
    );
    // Without reply_markup the keyboard goes.
    expect((await edit({ text: "y" })).ok).toBe(true);
    expect(fake.botMessages(ada.id).at(-1)).not.toHaveProperty("reply_markup");
    expect((await edit({ text: "y", reply_markup: keyboard() })).ok).toBe(false);
    const sent = await upload("sendDocument", "document", new File(["%PDF"], "menu.pdf"));
    expect(sent.result).toMatchObject({ document: { file_name: "menu.pdf", file_size: 4 } });
    expect((await edit({ message_id: idOf(sent), text: "y" })).description).toContain("there is no text");
    const question = await send({ text: "x", reply_markup: { force_reply: true } });
    expect((await edit({ message_id: idOf(question), text: "y" })).description).toContain("can't be edited");
  });

  test("a deletion after 48 hours, of fresh dice, and of others' messages in groups", async () => {
    const remove = async (message_id: number, chat_id = ada.id) =>
      (await call("deleteMessage", { chat_id, message_id })).description.replace("Bad Request: ", "");
    const old = idOf(await send({ text: "old" }));
    fake.advance(48 * HOUR + 1000);
    const dice = ada.send({ dice: { emoji: "🎲", value: 3 } }).message_id;
    for (const id of [old, HELLO, dice])
      expect(await remove(id)).toBe("message can't be deleted for everyone");
    const fresh = ada.say("/bind secret").message_id;
    expect(await remove(fresh)).toBe("");
    expect(await remove(fresh)).toBe("message to delete not found");
    const group = fake.group({ privacy: false });
    expect(await remove(group.as(ada).say("x").message_id, group.id)).toBe("message can't be deleted");
  });

  test("an answer to a press that is late or given", async () => {
    const message_id = idOf(await send({ text: "x", reply_markup: undo }));
    const answer = (id: string, text = "") => call("answerCallbackQuery", { callback_query_id: id, text });
    const late = ada.press(message_id, "Undo");
    fake.advance(31_000);
    expect((await answer(late.id)).description).toContain(tooOld);
    expect(late.isAnswered).toBe(false);
    const press = ada.press(message_id, "u");
    expect((await answer(press.id, "x".repeat(201))).status).toBe(400);
    expect((await answer(press.id, "Undone")).ok).toBe(true);
    expect(await press.answer).toEqual({ text: "Undone" });
    expect((await answer(press.id)).description).toContain(tooOld);
  });

  test("an answer to an inline query that is late or given; and asks the bot nothing with inline mode off", async () => {
    await using inlineFake = await startFakeTelegram({ inline: true });
    const ask = createClient(inlineFake);
    const person = inlineFake.user();
    const answer = (id: string, params = {}) =>
      ask("answerInlineQuery", { inline_query_id: id, results: articles(1), ...params });
    const late = person.asks("cake");
    inlineFake.advance(31_000);
    expect((await answer(late.id)).description).toContain(tooOld);
    const press = person.asks("cake");
    expect(inlineFake.pendingUpdates.map(({ payload }) => payload)).toMatchObject([
      { query: "cake", offset: "" },
    ]);
    const own = { is_personal: true, cache_time: 10 };
    expect((await answer(press.id, { ...own, next_offset: "1" })).ok).toBe(true);
    expect(await press.answer).toMatchObject({ results: [{ title: "Cake" }], nextOffset: "1" });
    expect((await answer(press.id)).description).toContain(tooOld);
    // Kept for so long, for the same person alone.
    expect(await person.asks("cake").answer).toMatchObject({ nextOffset: "1" });
    expect(inlineFake.pendingUpdates).toHaveLength(1);
    inlineFake.user().asks("cake");
    inlineFake.advance(10_000);
    person.asks("cake");
    expect(inlineFake.pendingUpdates).toHaveLength(3);
    expect(() => ada.asks("cake")).toThrow("no inline mode");
    expect((await call("getMe")).result).toMatchObject({ supports_inline_queries: false });
  });

  test("who blocked the bot or is gone with 403, and a group that became another with its new id", async () => {
    const refusal = async (chat_id: number) => {
      const { status, description, body } = await send({ chat_id, text: "x" });
      return [status, description, body["parameters"]];
    };
    ada.block();
    expect(await refusal(ada.id)).toEqual([403, "Forbidden: bot was blocked by the user", undefined]);
    const group = fake.group({ privacy: false });
    const next = group.migrate(ada);
    const upgraded = "Bad Request: group chat was upgraded to a supergroup chat";
    expect(await refusal(group.id)).toEqual([400, upgraded, { migrate_to_chat_id: next.id }]);
    expect((await send({ chat_id: next.id, text: "x" })).ok).toBe(true);
    const new_chat_member = { user: fake.bot, status: "kicked", until_date: 0 };
    fake.deliver({ my_chat_member: { chat: next.chat, from: ada.user, date: 1, new_chat_member } });
    const kicked = "Forbidden: bot was kicked from the supergroup chat";
    expect(await refusal(next.id)).toEqual([403, kicked, undefined]);
  });

  test("what a group does not allow to its members, and threads that are no topics", async () => {
    const group = fake.group({ type: "supergroup", isForum: true, privacy: false, reactions: ["❤"] });
    const said = group.as(ada).say("x").message_id;
    const topic = group.topic("Packing", ada);
    const refusal = async (method: string, params: object) =>
      (await call(method, { chat_id: group.id, ...params })).description.replace("Bad Request: ", "");
    const react = (emoji: string) => ({ message_id: said, reaction: [{ type: "emoji", emoji }] });
    const inTopic = (message_thread_id: number) => ({ text: "x", message_thread_id });
    expect(await refusal("setMessageReaction", react("👍"))).toBe("REACTION_INVALID");
    expect(await refusal("setMessageReaction", react("❤"))).toBe("");
    expect(await refusal("sendMessage", inTopic(said))).toBe("message thread not found");
    expect(await refusal("sendMessage", inTopic(topic))).toBe("");
    group.closeTopic(topic);
    expect(await refusal("sendMessage", inTopic(topic))).toBe("TOPIC_CLOSED");
    group.deleteTopic(topic);
    expect(await refusal("sendMessage", inTopic(topic))).toBe("message thread not found");
    group.letWrite(false);
    const slow = fake.group({ type: "supergroup", slowSeconds: 30 });
    await send({ chat_id: slow.id, text: "x" });
    expect((await send({ chat_id: slow.id, text: "x" })).body["parameters"]).toEqual({ retry_after: 30 });
    const noRights = "not enough rights to send text messages to the chat";
    expect(await refusal("sendMessage", { text: "x" })).toBe(noRights);
  });

  test("to tell who somebody is where the bot is not, and of a channel to who is no administrator there", async () => {
    const statusOf = async (chat_id: number, user_id: number) => {
      const { result, description } = await call("getChatMember", { chat_id, user_id });
      return result?.["status"] ?? description.replace("Bad Request: ", "");
    };
    const group = fake.group({ type: "supergroup" });
    expect(await statusOf(group.id, ada.id)).toBe("member");
    fake.setStanding(group, ada, "creator");
    expect(await statusOf(group.id, ada.id)).toBe("creator");
    expect(await statusOf(group.id, fake.bot.id)).toBe("member");
    expect(await statusOf(group.id, 77)).toBe("user not found");
    expect(await statusOf(-1009, ada.id)).toBe("chat not found");
    expect(await statusOf(ada.id, ada.id)).toBe("member");
    const stand = (chat: object, status: string) =>
      fake.deliver({
        my_chat_member: { chat, from: ada.user, date: 1, new_chat_member: { user: fake.bot, status } },
      });
    stand(group.chat, "left");
    expect(await statusOf(group.id, ada.id)).toBe("Forbidden: bot is not a member of the supergroup chat");
    const channel = { id: -1001700000001, title: "News", type: "channel" };
    stand(channel, "member");
    expect(await statusOf(channel.id, ada.id)).toBe("member list is inaccessible");
    stand(channel, "administrator");
    expect(await statusOf(channel.id, ada.id)).toBe("left");
  });

  test("to tell of a private channel where the bot is not; of a public one it tells everybody, by its name", async () => {
    const told = async (chat_id: number | string) => {
      const { result, description } = await call("getChat", { chat_id });
      return result?.["title"] ?? description.replace("Bad Request: ", "");
    };
    const open = fake.channel({ title: "News", username: "the_news", bot: "left" });
    const closed = fake.channel({ title: "Notes" });
    expect(await told("@The_News")).toBe("News");
    expect(await told(open.id)).toBe("News");
    expect(await told("@nothing")).toBe("chat not found");
    expect(await told(closed.id)).toBe("Notes");
    fake.setBot(closed, ada, "left");
    expect(await told(closed.id)).toBe("Forbidden: bot is not a member of the channel chat");
  });

  test("what is no photo", async () => {
    const wide = Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x10\0\0\0\0\x10", "latin1");
    for (const [bytes, why] of [
      [Buffer.from("no picture"), "IMAGE_PROCESS_FAILED"],
      [wide, "PHOTO_INVALID_DIMENSIONS"],
      [Buffer.alloc(10 * MIB + 1), "is too big for a photo"],
    ] as const)
      expect((await upload("sendPhoto", "photo", new File([bytes], "a.png"))).description).toContain(why);
  });

  test("an album that is none, and a channel where it may not post", async () => {
    const channel = fake.channel({ username: "news" });
    const group = async (media: unknown, files: Record<string, File> = {}) => {
      const form = new FormData();
      form.set("chat_id", String(channel.id));
      if (media !== undefined) form.set("media", typeof media === "string" ? media : JSON.stringify(media));
      for (const [name, file] of Object.entries(files)) form.set(name, file);
      return request(api("sendMediaGroup"), { method: "POST", body: form });
    };
    const item = (type: string, nth = 0, more = {}) => ({ type, media: `attach://${nth}`, ...more });
    const [photo, text] = [new File([onePixelJpeg], "a.jpg"), new File(["x"], "a.txt")];
    const many = Array.from({ length: 11 }, (_, nth) => item("photo", nth));
    for (const [media, why] of [
      [undefined, 'parameter "media" is required'],
      ["{", "can't parse media JSON object"],
      [{}, "expected an Array of InputMedia"],
      [[], "there are no messages to send"],
      [many, "too many messages to send as an album"],
      [[item("animation"), item("photo", 1)], 'type "animation" can\'t be used in sendMediaGroup'],
      [[item("photo"), item("document", 1)], "document can't be mixed with other media types"],
      [[item("photo", 0, { caption: "x".repeat(1_025) }), item("photo", 1)], "message caption is too long"],
    ] as const)
      expect((await group(media)).description).toContain(why);
    const album = [item("photo", 0, { caption: "both" }), item("photo", 1)];
    const odd = await group(album, { 0: photo, 1: text });
    expect(odd.description).toBe(
      'Bad Request: failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"',
    );
    expect(fake.chat(channel.id).messages).toEqual([]);
    expect((await group(album, { 0: photo, 1: photo })).ok).toBe(true);
    const [first, second] = fake.chat(channel.id).messages;
    expect([first?.caption, first?.media_group_id === second?.media_group_id]).toEqual(["both", true]);

    const caption = (message_id: number, words: string) =>
      call("editMessageCaption", { chat_id: channel.id, message_id, caption: words });
    expect((await caption(1, "both")).description).toContain("message is not modified");
    expect((await caption(1, "")).ok).toBe(true);
    expect((await caption(3, "x")).description).toBe("Bad Request: message to edit not found");
    const { result } = await call("sendMessage", { chat_id: channel.id, text: "words" });
    expect((await caption(Number(result["message_id"]), "x")).description).toContain("there is no caption");
    fake.letPost(channel, fake.bot, false);
    const refused = await call("sendMessage", { chat_id: channel.id, text: "words" });
    expect(refused.description).toBe("Bad Request: need administrator rights in the channel chat");
    const { result: member } = await call("getChatMember", { chat_id: channel.id, user_id: fake.bot.id });
    expect(member).toMatchObject({ status: "administrator", can_post_messages: false });
  });

  test("more than one message a second in a chat, 20 a minute in a group, 30 a second overall", async () => {
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
});

describe("the fake's answers", () => {
  test("come to JSON, parts and the query string, of which that counts first, and are ASCII", async () => {
    const textOf = async (query: string, init?: RequestInit) =>
      (await request(api(`sendMessage?chat_id=${ada.id}${query}`), init)).result["text"];
    expect(await textOf("&text=by%20query")).toBe("by query");
    const parts = new FormData();
    parts.set("text", "by parts");
    expect(await textOf("", { method: "POST", body: parts })).toBe("by parts");
    const headers = { "Content-Type": "application/json" };
    const json = { method: "POST", headers, body: JSON.stringify({ text: "body" }) };
    expect(await textOf("&text=query", json)).toBe("query");
    expect((await send({ text: "é/😀" })).text).toContain('"text":"\\u00e9/\\ud83d\\ude00"');
  });

  test("show the message as Telegram keeps it: trimmed, its links whole, 12 buttons in a row", async () => {
    expect((await send({ text: ` ${"x".repeat(4096)}\n` })).ok).toBe(true);
    const fine = await send(link("192.168.1.5:5230/m/1"));
    expect(fine.result["entities"]).toMatchObject([{ url: "http://192.168.1.5:5230/m/1" }]);
    const row = Array.from({ length: 14 }, (_, index) => ({ text: `${index}`, callback_data: "c" }));
    const inline_keyboard = [
      [
        { text: "", callback_data: "left out" },
        { text: "a", callback_data: "b" },
      ],
      row,
    ];
    const kept = await send({ text: "x", reply_markup: { inline_keyboard } });
    expect(kept.result["reply_markup"]).toEqual({
      inline_keyboard: [[{ text: "a", callback_data: "b" }], row.slice(0, 12)],
    });
    const reply_parameters = { message_id: 9999, allow_sending_without_reply: true };
    expect((await send({ text: "x", reply_parameters })).result).not.toHaveProperty("reply_to_message");
  });

  test("have their fields in Telegram's order, and the reply's target but for edits", async () => {
    const sent = await send({
      text: "Saved as memo",
      entities: [{ offset: 0, length: 5, type: "bold" }],
      reply_parameters: { message_id: HELLO },
      reply_markup: undo,
    });
    const first = ["message_id", "from", "chat", "date"];
    const last = ["reply_to_message", "text", "entities", "reply_markup"];
    expect(Object.keys(sent.result)).toEqual([...first, ...last]);
    const edited = await call("editMessageText", { ...toAda, message_id: idOf(sent), text: "Gone" });
    expect(Object.keys(edited.result)).toEqual([...first, "edit_date", "text"]);
    expect(fake.botMessages(ada.id).at(-1)?.reply_to_message).toMatchObject({ message_id: HELLO });
    expect(fake.sent.map(({ message }) => message["text"])).toEqual(["Saved as memo"]);
  });

  test("put the last reaction in place of the one before; one to an album stands at its first part", async () => {
    const react = (message_id: number, ...emoji: string[]) =>
      call("setMessageReaction", { ...toAda, message_id, reaction: reaction(...emoji) });
    await react(HELLO, "👀");
    expect((await react(HELLO, "👍")).text).toBe('{"ok":true,"result":true}');
    expect(reactions(HELLO)).toEqual(reaction("👍"));
    await react(HELLO);
    expect(reactions(HELLO)).toEqual([]);
    const [one, two] = ada.sendAlbum([{ type: "photo" }, { type: "photo" }]);
    await react(two?.message_id ?? 0, "🎉");
    expect(reactions(one?.message_id ?? 0)).toEqual(reaction("🎉"));
  });
});

describe("the fake's files", () => {
  const pathOf = async (options: {
    size?: number;
    bytes?: Uint8Array;
    fileName?: string;
    omit?: string[];
  }) => {
    const file_id = ada.sendDocument(options).document?.file_id;
    const { result, description } = await call("getFile", { file_id });
    return { path: String(result["file_path"]), why: description, file_id };
  };

  test("are given up to 20 971 520 bytes, told or not", async () => {
    expect((await pathOf({ size: 20 * MIB + 1 })).why).toBe("Bad Request: file is too big");
    expect((await pathOf({ size: 20 * MIB + 1, omit: ["file_size"] })).why).toContain("too big");
    const { path } = await pathOf({ size: 20 * MIB });
    expect((await (await fetch(`${fake.fileUrl}/${path}`)).bytes()).length).toBe(20 * MIB);
  });

  test("have a path for an hour, then another", async () => {
    const bytes = new TextEncoder().encode("%PDF-");
    const { path, file_id } = await pathOf({ bytes, fileName: "../notes.PDF" });
    expect(path).toBe("documents/file_0.PDF");
    const download = () => fetch(`${fake.fileUrl}/${path}`);
    expect(await (await download()).bytes()).toEqual(bytes);
    fake.advance(HOUR - 1000);
    expect((await download()).status).toBe(200);
    fake.advance(1000);
    expect((await download()).status).toBe(404);
    expect((await call("getFile", { file_id })).result["file_path"]).not.toBe(path);
  });

  test("of a local server are on its disk, of any size, and served by nobody", async () => {
    await using local = await startFakeTelegram({ local: true });
    const bytes = new TextEncoder().encode("on disk");
    const getFile = async (message: { document?: { file_id: string } }) =>
      createClient(local)("getFile", { file_id: message.document?.file_id });
    const path = String((await getFile(local.user().sendDocument({ bytes }))).result["file_path"]);
    expect(await Bun.file(path).bytes()).toEqual(bytes);
    expect((await fetch(`${local.fileUrl}${path}`)).status).toBe(404);
    expect((await getFile(local.user().sendDocument({ size: 20 * MIB + 1 }))).ok).toBe(true);
  });
});

describe("the fake's texts", () => {
  test("are trimmed and counted in UTF-16, and styles are cut where others begin", () => {
    expect(ada.say(" \n a\tb\r\nc\u2028d\u0007 \n").text).toBe("a b\ncd");
    const { text, entities } = overlapSplit.message;
    const one = text.indexOf("one");
    const crossing = ada.say(text, {
      entities: [
        { offset: one, length: 6, type: "bold" },
        { offset: one + 3, length: 8, type: "italic" },
      ],
    });
    expect(crossing.entities as object[]).toEqual(entities);
  });

  test("have what Telegram finds in them, sent by people or by the bot", async () => {
    for (const { text, entities } of [autoEntities.message, localhostLinks.message])
      expect(ada.say(text).entities as object[]).toEqual(entities);
    const { result } = await send({
      text: "see example.com and example.com",
      entities: [
        { offset: 0, length: 15, type: "bold" },
        { offset: 20, length: 11, type: "code" },
      ],
    });
    expect(result["entities"]).toEqual([
      { offset: 0, length: 4, type: "bold" },
      { offset: 4, length: 11, type: "url" },
      { offset: 4, length: 11, type: "bold" },
      { offset: 20, length: 11, type: "code" },
    ]);
  });

  test.each([
    ["👩‍👩‍👧 /todo #日本語", ["bot_command /todo", "hashtag #日本語"]],
    ["@abc @ada_lq x@ada_lq", ["mention @ada_lq"]],
    ["a/b /go@memoferry_bot /x/y </z", ["bot_command /go@memoferry_bot"]],
    ["#1 #a1 x#b ##c", ["hashtag #a1", "hashtag #c"]],
    ["mailto:ada@example.org ada@x", ["email ada@example.org"]],
    [
      "example.com. memos.local http://memos.local, localhost http://localhost:1/ 1.2.3.4:80/a",
      ["url example.com", "url http://memos.local", "url 1.2.3.4:80/a"],
    ],
    [
      "(https://example.com/a_(b)) https://a.de/?q=a#c!",
      ["url https://example.com/a_(b)", "url https://a.de/?q=a#c"],
    ],
    ["https://example.com/@name#tag", ["url https://example.com/@name#tag"]],
  ])("of %s is found just what Telegram finds", (text, found) => {
    const entities = ada.say(text).entities ?? [];
    expect(
      entities.map(({ type, offset, length }) => `${type} ${text.slice(offset, offset + length)}`),
    ).toEqual(found);
  });
});

test("each sample is delivered as it is, but for ids and dates", async () => {
  // The first message is gone by then.
  fake.advance(24 * HOUR);
  let confirmed = 0;
  let count = 0;
  const names = readdirSync(join(import.meta.dir, "../fixtures/telegram/updates"));
  for (const name of names.filter((file) => file.endsWith(".json"))) {
    const updates = sample(name.replace(".json", ""));
    fake.deliver(updates);
    fake.advance(4000);
    const { list } = await call("getUpdates", { offset: confirmed + 1 });
    const wanted = updates.filter((update) => update["message_reaction"] === undefined);
    expect(list.map(undated)).toEqual(wanted.map(undated));
    confirmed = Number(list.at(-1)?.["update_id"] ?? confirmed);
    count += updates.length;
  }
  expect(count).toBe(139);
});

/** Without the id and with dates relative to the newest: what `deliver` may change. */
function undated({ update_id: _, ...rest }: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(rest), (key, value: unknown) =>
    (key === "date" || key === "edit_date") && value !== 0 ? "dated" : value,
  );
}
