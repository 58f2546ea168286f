import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Answer, type Call, createClient, request } from "../fakes/telegram/client.ts";
import { onePixelJpeg } from "../fakes/telegram/files.ts";
import { type FakeTelegram, type Person, startFakeTelegram } from "../fakes/telegram.ts";

let fake: FakeTelegram;
let call: Call;
let ada: Person;
let hello: number;

beforeEach(async () => {
  fake = await startFakeTelegram({ limits: false });
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

async function parsed(text: string, parse_mode: string): Promise<[unknown, unknown]> {
  const answer = await send({ text, parse_mode });
  return answer.ok ? [answer.result["text"], answer.result["entities"]] : [answer.description, undefined];
}

describe("the fake's sending", () => {
  test("51: refuses texts too long before and after parsing, empty and invisible ones", async () => {
    expect(await complaint({ text: "é".repeat(16_385) })).toBe("text is too long");
    expect(await complaint({ text: "x".repeat(4097) })).toBe("message is too long");
    expect((await send({ text: `<b>${"x".repeat(4096)}</b>`, parse_mode: "HTML" })).ok).toBe(true);
    expect(await complaint({ text: "😀".repeat(2049) })).toBe("message is too long");
    expect(await complaint({ text: "" })).toBe("message text is empty");
    expect(await complaint({ text: " \n\u200b\u2060" })).toBe("text must be non-empty");
    expect(await complaint({ text: "<b></b>", parse_mode: "HTML" })).toBe("text must be non-empty");
    const photo = ada.sendPhoto().photo?.at(-1)?.file_id ?? "";
    const captioned = (caption: string) => call("sendPhoto", { chat_id: ada.id, photo, caption });
    expect((await captioned("x".repeat(1025))).description).toBe("Bad Request: message caption is too long");
    expect((await captioned("x".repeat(1024))).ok).toBe(true);
    expect((await captioned("")).ok).toBe(true);
  });

  test("52: parses HTML", async () => {
    const text =
      '<b>b</b><I>i</i><u>u</u><s>s</s><tg-spoiler>p</tg-spoiler> <a href="https://example.com">l</a> &lt;&#x1F600;&amp;&nbsp;';
    expect(await parsed(text, "html")).toEqual([
      "biusp l <😀&&nbsp;",
      [
        { offset: 0, length: 1, type: "bold" },
        { offset: 1, length: 1, type: "italic" },
        { offset: 2, length: 1, type: "underline" },
        { offset: 3, length: 1, type: "strikethrough" },
        { offset: 4, length: 1, type: "spoiler" },
        { offset: 6, length: 1, type: "text_link", url: "https://example.com/" },
      ],
    ]);
    expect(await parsed('<pre><code class="language-ts">a &lt; b</code></pre>', "HTML")).toEqual([
      "a < b",
      [{ offset: 0, length: 5, type: "pre", language: "ts" }],
    ]);
    expect(await parsed("<blockquote expandable>q <i>i</i></blockquote><code>c</code>", "HTML")).toEqual([
      "q ic",
      [
        { offset: 0, length: 3, type: "expandable_blockquote" },
        { offset: 2, length: 1, type: "italic" },
        { offset: 3, length: 1, type: "code" },
      ],
    ]);
    expect(await parsed(`<a href="tg://user?id=${ada.id}">me</a>`, "HTML")).toEqual([
      "me",
      [{ offset: 0, length: 2, type: "text_mention", user: { ...ada.user } }],
    ]);
    for (const [source, message] of [
      ["é<x>", 'Unsupported start tag "x" at byte offset 2'],
      ["1 < 2", 'Unsupported start tag "" at byte offset 2'],
      ["<b", "Unclosed start tag at byte offset 0"],
      ["<a href", 'Unclosed start tag "a" at byte offset 0'],
      ["<a href='x", "Unclosed start tag at byte offset 0"],
      ["a</b>", "Unexpected end tag at byte offset 1"],
      ["<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'],
      ["<b>x</b", "Unclosed end tag at byte offset 4"],
      ["<b>x", 'Can\'t find end tag corresponding to start tag "b"'],
      ["<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
      ["<a =x>", 'Empty attribute name in the tag "a" at byte offset 0'],
      ["<a href=http://x>", "Unexpected end of name token at byte offset 8"],
      ["<tg-emoji emoji-id='x'>e</tg-emoji>", "Invalid custom emoji identifier specified"],
    ] as const) {
      expect(await complaint({ text: source, parse_mode: "HTML" })).toBe(`can't parse entities: ${message}`);
    }
  });

  test("52: parses MarkdownV2", async () => {
    const text = "*b _i_* __u__ ~s~ ||p|| `c\\`` [l](https://example.com/a\\)b) \\.\n>quote\n>more\nend";
    expect(await parsed(text, "MarkdownV2")).toEqual([
      "b i u s p c` l .\nquote\nmore\nend",
      [
        { offset: 0, length: 2, type: "bold" },
        { offset: 2, length: 1, type: "bold" },
        { offset: 2, length: 1, type: "italic" },
        { offset: 4, length: 1, type: "underline" },
        { offset: 6, length: 1, type: "strikethrough" },
        { offset: 8, length: 1, type: "spoiler" },
        { offset: 10, length: 2, type: "code" },
        { offset: 13, length: 1, type: "text_link", url: "https://example.com/a)b" },
        { offset: 17, length: 10, type: "blockquote" },
      ],
    ]);
    expect(await parsed("```ts\na.b\n```", "markdownv2")).toEqual([
      "a.b",
      [{ offset: 0, length: 3, type: "pre", language: "ts" }],
    ]);
    expect(await parsed(">q||", "MarkdownV2")).toEqual([
      "q",
      [{ offset: 0, length: 1, type: "expandable_blockquote" }],
    ]);
    for (const c of "#+-={}.!()]|>") {
      const message = `can't parse entities: Character '${c}' is reserved and must be escaped with the preceding '\\'`;
      expect(await complaint({ text: `a${c}`, parse_mode: "MarkdownV2" })).toBe(message);
      expect((await send({ text: `a\\${c}`, parse_mode: "MarkdownV2" })).result["text"]).toBe(`a${c}`);
    }
    for (const [source, message] of [
      ["é*b", "Can't find end of Bold entity at byte offset 2"],
      ["_i", "Can't find end of Italic entity at byte offset 0"],
      ["__u", "Can't find end of Underline entity at byte offset 0"],
      ["~s", "Can't find end of Strikethrough entity at byte offset 0"],
      ["||p", "Can't find end of Spoiler entity at byte offset 0"],
      ["`c", "Can't find end of Code entity at byte offset 0"],
      ["```c", "Can't find end of Pre entity at byte offset 0"],
      ["```c d", "Can't find end of PreCode entity at byte offset 0"],
      ["[l", "Can't find end of TextUrl entity at byte offset 0"],
      ["[l](x", "Can't find end of a URL at byte offset 4"],
      ["![e", "Can't find end of CustomEmoji entity at byte offset 0"],
      ["![e]", "The entity must contain a tg://emoji or tg://time URL"],
      ["![e](http://x)", "Invalid tg://emoji or tg://time URL specified"],
    ] as const) {
      expect(await complaint({ text: source, parse_mode: "MarkdownV2" })).toBe(
        `can't parse entities: ${message}`,
      );
    }
  });

  test("52: parses the old Markdown, and refuses other modes", async () => {
    expect(await parsed("*b* _i_ `c` [l](https://example.com/) a\\_b", "Markdown")).toEqual([
      "b i c l a_b",
      [
        { offset: 0, length: 1, type: "bold" },
        { offset: 2, length: 1, type: "italic" },
        { offset: 4, length: 1, type: "code" },
        { offset: 6, length: 1, type: "text_link", url: "https://example.com/" },
      ],
    ]);
    expect(await complaint({ text: "a_b", parse_mode: "Markdown" })).toBe(
      "can't parse entities: Can't find end of the entity starting at byte offset 1",
    );
    expect(await complaint({ text: "x", parse_mode: "Markdown3" })).toBe("unsupported parse_mode");
  });

  test("53: drops links without a dot in the host, refuses such buttons and such entities", async () => {
    const url = "http://localhost:5230";
    expect(await parsed(`<a href="${url}">memo</a>`, "HTML")).toEqual(["memo", undefined]);
    expect(await parsed("[memo](memos:5230)", "MarkdownV2")).toEqual(["memo", undefined]);
    expect((await parsed('<a href="http://host.lan:5230/m/1">memo</a>', "HTML"))[1]).toEqual([
      { offset: 0, length: 4, type: "text_link", url: "http://host.lan:5230/m/1" },
    ]);
    expect(
      await complaint({ text: "memo", entities: [{ offset: 0, length: 4, type: "text_link", url }] }),
    ).toBe(`entity URL '${url}' is invalid: Wrong HTTP URL`);
    for (const [target, reason] of [
      [url, "Wrong HTTP URL"],
      ["memos:5230", "Wrong HTTP URL"],
      ["ftp://example.com", "Unsupported URL protocol"],
      ["https://", "URL host is empty"],
      ["https://example.com:99999/", "Wrong port number specified in the URL"],
      ["https://exa mple.com/", "Disallowed character in URL host"],
    ] as const) {
      expect(await complaint({ text: "x", reply_markup: keyboard({ text: "Open", url: target }) })).toBe(
        `inline keyboard button URL '${target}' is invalid: ${reason}`,
      );
    }
    const fine = await send({
      text: "x",
      reply_markup: keyboard({ text: "Open", url: "192.168.1.5:5230/m/1" }),
    });
    expect(fine.result["reply_markup"]).toEqual(
      keyboard({ text: "Open", url: "http://192.168.1.5:5230/m/1" }),
    );
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

  test("54: refuses long callback_data, buttons without action, null fields", async () => {
    const withButton = (button: unknown) =>
      complaint({ text: "x", reply_markup: { inline_keyboard: [[button]] } });
    for (const callback_data of ["é".repeat(33), "x".repeat(65)]) {
      expect(await withButton({ text: "a", callback_data })).toBe("BUTTON_DATA_INVALID");
    }
    const parse = "can't parse inline keyboard button:";
    expect(await withButton({ text: "a" })).toBe(
      `${parse} Text buttons are unallowed in the inline keyboard`,
    );
    expect(await withButton({ text: "a", callback_data: "" })).toBe(
      `${parse} Text buttons are unallowed in the inline keyboard`,
    );
    expect(await withButton({ callback_data: "x" })).toBe(`${parse} Can't find field "text"`);
    expect(await withButton({ text: "a", url: null, callback_data: "x" })).toBe(
      `${parse} Field "url" must be of type String`,
    );
    expect(await withButton({ text: "a", callback_data: "x", style: "loud" })).toBe(
      `${parse} invalid button style specified`,
    );
    expect(await complaint({ text: "x", reply_markup: "{" })).toBe(
      "can't parse reply keyboard markup JSON object",
    );
    expect(await complaint({ text: "x", reply_markup: [] })).toBe("object expected as reply markup");
    expect(await complaint({ text: "x", reply_markup: { inline_keyboard: [{ text: "a" }] } })).toBe(
      'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
    );
    const kept = await send({
      text: "x",
      reply_markup: JSON.stringify({
        inline_keyboard: [
          [
            { text: "", callback_data: "skipped" },
            { text: "a", callback_data: "x".repeat(64), url: "https://example.com/" },
          ],
          Array.from({ length: 14 }, (_, index) => ({ text: `${index}`, callback_data: "c" })),
        ],
      }),
    });
    const { inline_keyboard: rows } = kept.result["reply_markup"] as { inline_keyboard: object[][] };
    expect(rows[0]).toEqual([{ text: "a", url: "https://example.com/" }]);
    expect(rows[1]).toHaveLength(12);
  });

  test("55: says when an edit changes nothing", async () => {
    const sent = await send({ text: "<b>x</b>", parse_mode: "HTML", reply_markup: undo });
    const edit = { chat_id: ada.id, message_id: idOf(sent), reply_markup: undo };
    const same = await call("editMessageText", { ...edit, text: "*x*", parse_mode: "MarkdownV2" });
    expect([same.status, same.description]).toEqual([
      400,
      "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
    ]);
    expect((await call("editMessageReplyMarkup", edit)).status).toBe(400);
    expect((await call("editMessageText", { ...edit, text: "x" })).ok).toBe(true);
    expect((await call("editMessageText", { ...edit, text: "x", reply_markup: keyboard() })).ok).toBe(true);
  });

  test("56: removes the keyboard when an edit has no reply_markup", async () => {
    const message_id = idOf(await send({ text: "x", reply_markup: undo }));
    await call("editMessageText", { chat_id: ada.id, message_id, text: "y" });
    expect(fake.botMessages(ada.id).at(-1)).not.toHaveProperty("reply_markup");
    await call("editMessageReplyMarkup", { chat_id: ada.id, message_id, reply_markup: undo });
    expect(fake.botMessages(ada.id).at(-1)).toMatchObject({ text: "y", reply_markup: undo });
  });

  test("57: refuses edits of others' messages, of forwards, of media as text, of missing ones", async () => {
    const edit = async (message_id: number | undefined) =>
      (await call("editMessageText", { chat_id: ada.id, message_id, text: "new" })).description;
    expect(await edit(hello)).toBe("Bad Request: message can't be edited");
    const forward = await call("forwardMessage", {
      chat_id: ada.id,
      from_chat_id: ada.id,
      message_id: hello,
    });
    expect(forward.result).toMatchObject({ forward_origin: { type: "user" }, text: "hello" });
    expect(await edit(idOf(forward))).toBe("Bad Request: message can't be edited");
    const photo = ada.sendPhoto().photo?.at(-1)?.file_id;
    const media = await call("sendPhoto", { chat_id: ada.id, photo });
    expect(await edit(idOf(media))).toBe("Bad Request: there is no text in the message to edit");
    const replyKeyboard = await send({ text: "x", reply_markup: { keyboard: [["a"]] } });
    expect(await edit(idOf(replyKeyboard))).toBe("Bad Request: message can't be edited");
    expect(await edit(9999)).toBe("Bad Request: message to edit not found");
    expect((await call("editMessageText", { text: "x" })).description).toBe(
      "Bad Request: message identifier is not specified",
    );
    expect((await call("editMessageText", { text: "x", message_id: 1 })).description).toBe(
      "Bad Request: chat_id is empty",
    );
  });

  test("58: refuses deletion after 48 hours, skips unknown ids in deleteMessages", async () => {
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

    const removeAll = async (message_ids: unknown) => {
      const answer = await call("deleteMessages", { chat_id: ada.id, message_ids });
      return answer.ok || answer.description.replace("Bad Request: ", "");
    };
    const ids = [ada.say("a").message_id, ada.say("b").message_id];
    expect(await removeAll([...ids, old])).toBe("message can't be deleted for everyone");
    expect(await removeAll([...ids, 9999])).toBe(true);
    expect(await removeAll([])).toBe("message identifiers are not specified");
    expect(await removeAll([0])).toBe("invalid message identifier specified");
    expect(await removeAll(Array.from({ length: 101 }, (_, index) => index + 1))).toBe(
      "too many message identifiers specified",
    );
    const group = fake.group({ privacy: false });
    const foreign = group.as(ada).say("x");
    expect(
      (await call("deleteMessage", { chat_id: group.id, message_id: foreign.message_id })).description,
    ).toBe("Bad Request: message can't be deleted");
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
    expect(await complaint({ text: "x", reply_parameters: "{" })).toBe(
      "can't parse reply parameters JSON object",
    );
    const misquote = { message_id: hello, quote: "hallo" };
    expect(await complaint({ text: "x", reply_parameters: misquote })).toBe("QUOTE_TEXT_INVALID");
    // Everything about the text is checked before.
    expect(await complaint({ text: "<b>", parse_mode: "HTML", reply_parameters: "{" })).toStartWith(
      "can't parse entities",
    );
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
    const stranger = fake.user();
    expect((await send({ chat_id: stranger.id, text: "x" })).description).toBe("Bad Request: chat not found");
    expect((await send({ chat_id: "@nobody_here", text: "x" })).description).toBe(
      "Bad Request: chat not found",
    );
    expect((await send({ chat_id: "", text: "x" })).description).toBe("Bad Request: chat_id is empty");
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
    expect((await send({ text: "x" })).description).toBe("Forbidden: user is deactivated");
    const group = fake.group({ privacy: false });
    const next = group.migrate(ada);
    const migrated = await send({ chat_id: group.id, text: "x" });
    expect([migrated.status, migrated.body["parameters"]]).toEqual([400, { migrate_to_chat_id: next.id }]);
    expect(migrated.description).toBe("Bad Request: group chat was upgraded to a supergroup chat");
    expect((await send({ chat_id: next.id, text: "x" })).ok).toBe(true);
    next.removeBot(ada);
    expect((await send({ chat_id: next.id, text: "x" })).description).toBe(
      "Forbidden: bot was kicked from the supergroup chat",
    );
    next.addBot(ada);
    expect((await send({ chat_id: next.id, text: "x", message_thread_id: 1 })).description).toBe(
      "Bad Request: message thread not found",
    );
  });

  test("63: answers 429 above one a second in a chat, 20 a minute in a group, 30 a second overall", async () => {
    await using limited = await startFakeTelegram();
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
    expect(overall).toBeGreaterThan(3);

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

  test("64: returns the message with entities as parsed, without reply_to_message for edits", async () => {
    const sent = await send({
      text: "<b>Saved</b> as <a href='https://memos.example.com/m/1'>memo</a>",
      parse_mode: "HTML",
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
      entities: [
        { offset: 0, length: 5, type: "bold" },
        { offset: 9, length: 4, type: "text_link", url: "https://memos.example.com/m/1" },
      ],
    });
    const edit = { chat_id: ada.id, message_id: idOf(sent), text: "Gone" };
    const edited = await call("editMessageText", edit);
    expect(Object.keys(edited.result)).toEqual(["message_id", "from", "chat", "date", "edit_date", "text"]);
    expect(fake.botMessages(ada.id).at(-1)?.reply_to_message).toMatchObject({ message_id: hello });
    expect(fake.sent.map(({ method, message }) => `${method} ${message["text"]}`)).toEqual([
      "sendMessage Saved as memo",
    ]);
  });

  test("sends uploads, file ids and albums, and refuses what is missing or wrong", async () => {
    const upload = new FormData();
    upload.set("chat_id", String(ada.id));
    upload.set("caption", "*menu*");
    upload.set("parse_mode", "MarkdownV2");
    upload.set("document", new File(["%PDF"], "menu.pdf", { type: "application/pdf" }));
    const url = `${fake.url}/bot${fake.token}`;
    const sent = await request(`${url}/sendDocument`, { method: "POST", body: upload });
    expect(sent.result).toMatchObject({
      document: { file_name: "menu.pdf", mime_type: "application/pdf", file_size: 4 },
      caption: "menu",
      caption_entities: [{ offset: 0, length: 4, type: "bold" }],
    });

    const album = new FormData();
    album.set("chat_id", String(ada.id));
    album.set(
      "media",
      JSON.stringify([1, 2].map((n) => ({ type: "photo", media: `attach://p${n}`, caption: `n${n}` }))),
    );
    for (const n of [1, 2]) album.set(`p${n}`, new File([onePixelJpeg], `${n}.jpg`));
    const group = await request(`${url}/sendMediaGroup`, { method: "POST", body: album });
    expect(group.list.map((message) => message["caption"])).toEqual(["n1", "n2"]);
    expect(new Set(group.list.map((message) => message["media_group_id"])).size).toBe(1);

    const photo = async (bytes: Uint8Array) => {
      const form = new FormData();
      form.set("chat_id", String(ada.id));
      form.set("photo", new File([bytes], "a.png"));
      return (await request(`${url}/sendPhoto`, { method: "POST", body: form })).description;
    };
    expect(await photo(Buffer.from("no picture"))).toBe("Bad Request: IMAGE_PROCESS_FAILED");
    const wide = Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x10\0\0\0\0\x10", "latin1");
    expect(await photo(wide)).toBe("Bad Request: PHOTO_INVALID_DIMENSIONS");
    expect(await photo(Buffer.alloc(10 * 1024 * 1024 + 1))).toContain("is too big for a photo");

    const refusal = async (method: string, params: object) =>
      (await call(method, { chat_id: ada.id, ...params })).description.replace("Bad Request: ", "");
    expect(await refusal("sendPhoto", {})).toBe("there is no photo in the request");
    expect(await refusal("sendDocument", { document: "AgAC" })).toBe(
      "wrong remote file identifier specified: Wrong character in the string",
    );
    expect(await refusal("sendMediaGroup", {})).toBe('parameter "media" is required');
    expect(await refusal("sendMediaGroup", { media: [] })).toBe("there are no messages to send");
    expect(await refusal("sendMediaGroup", { media: [{ type: "animation", media: "x" }] })).toBe(
      "can't parse InputMedia: type \"animation\" can't be used in sendMediaGroup",
    );
    const mixed = [
      { type: "photo", media: "x" },
      { type: "document", media: "x" },
    ];
    expect(await refusal("sendMediaGroup", { media: mixed })).toBe(
      "document can't be mixed with other media types",
    );
    expect(await refusal("sendChatAction", { action: "dancing" })).toBe("wrong parameter action in request");
    expect((await call("sendChatAction", { chat_id: ada.id, action: "typing" })).ok).toBe(true);
    const copy = await call("copyMessage", { chat_id: ada.id, from_chat_id: ada.id, message_id: hello });
    expect(fake.botMessages(ada.id).at(-1)).toMatchObject({ message_id: idOf(copy), text: "hello" });
  });
});
