import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Call, createClient } from "./telegram/client.ts";
import { type FakeTelegram, type Person, startFakeTelegram } from "./telegram.ts";

let fake: FakeTelegram;
let call: Call;
let ada: Person;

beforeEach(async () => {
  fake = await startFakeTelegram();
  call = createClient(fake);
  ada = fake.user({ first_name: "Ada" });
});
afterEach(() => fake.close());

const kinds = () => fake.pendingUpdates.map(({ kind }) => kind);
const last = () => fake.pendingUpdates.at(-1)?.payload ?? {};

describe("edits of people", () => {
  test("are told as edited_message, under the old id and date", () => {
    const message = ada.say("five", { entities: [{ offset: 0, length: 4, type: "bold" }] });
    fake.advance(60_000);
    const edited = ada.edit(message.message_id, "six");
    expect(kinds()).toEqual(["message", "edited_message"]);
    expect(last()).toEqual({
      ...message,
      text: "six",
      entities: undefined,
      edit_date: message.date + 60,
    } as never);
    expect(edited.message_id).toBe(message.message_id);
  });

  test("put new media in place of the old, and keep the caption", () => {
    const photo = ada.sendPhoto({ caption: "here" });
    const ids = fake.file("video", { size: 5 });
    const content = { video: { duration: 1, width: 2, height: 2, ...ids } };
    const edited = ada.edit(photo.message_id, { content });
    expect(edited).not.toHaveProperty("photo");
    expect(edited).toMatchObject({ video: { file_id: ids.file_id }, caption: "here" });
    expect(ada.edit(photo.message_id, { caption: "" })).not.toHaveProperty("caption");
  });

  test("are made of own messages only, no forwards, for 48 hours", async () => {
    const forward = ada.forward({ content: "theirs" })[0];
    expect(() => ada.edit(forward?.message_id ?? 0, "mine")).toThrow("no forwards");
    const { result } = await call("sendMessage", { chat_id: ada.id, text: "of the bot" });
    expect(() => ada.edit(Number(result["message_id"]), "mine")).toThrow("only own");
    const old = ada.say("old");
    fake.advance(48 * 3600_000 + 1000);
    expect(() => ada.edit(old.message_id, "new")).toThrow("too old");
    // A preview or a reaction still makes one; edits are not kept longer than messages.
    ada.edit(old.message_id, {});
    expect(kinds()).toEqual([]);
  });
});

describe("what people share and go on changing", () => {
  test("a checklist is ticked, extended and edited", () => {
    const { message_id } = ada.sendChecklist("Packing", ["passports", "book ferry"]);
    ada.tick(message_id, [2]);
    expect(last()).toMatchObject({
      checklist_tasks_done: {
        checklist_message: {
          message_id,
          checklist: { tasks: [{ id: 1 }, { id: 2, completed_by_user: { id: ada.id } }] },
        },
        marked_as_done_task_ids: [2],
      },
    });
    expect(last()["message_id"]).not.toBe(message_id);
    ada.tick(message_id, [2], "not done");
    const { checklist_message, ...change } = last()["checklist_tasks_done"] as Record<string, unknown>;
    expect(change).toEqual({ marked_as_not_done_task_ids: [2] });
    expect(checklist_message).not.toMatchObject({ checklist: { tasks: [{}, { completed_by_user: {} }] } });
    ada.addTasks(message_id, ["sun screen"]);
    expect(last()["checklist_tasks_added"]).toMatchObject({
      checklist_message: { checklist: { tasks: [{ id: 1 }, { id: 2 }, { id: 3, text: "sun screen" }] } },
      tasks: [{ id: 3, text: "sun screen" }],
    });
    const checklist = { title: "Packing list", tasks: [{ id: 1, text: "passports" }] };
    ada.edit(message_id, { content: { checklist } });
    expect(kinds().at(-1)).toBe("edited_message");
    expect(last()).toMatchObject({ message_id, checklist });
    expect(() => ada.tick(message_id, [9])).toThrow("no task 9");
  });
});

describe("answers of people", () => {
  test("quote a part with the styles that quotes keep", () => {
    const target = ada.say("see the old https://example.com page", {
      entities: [
        { offset: 4, length: 7, type: "bold" },
        { offset: 8, length: 3, type: "italic" },
      ],
    });
    const answer = ada.reply(target, "this", { quote: "old https" });
    expect(answer.quote).toEqual({
      text: "old https",
      entities: [
        { offset: 0, length: 3, type: "bold" },
        { offset: 0, length: 3, type: "italic" },
      ],
      position: 8,
      is_manual: true,
    });
    expect(() => ada.reply(target, "x", { quote: "new" })).toThrow("not in the message");
  });
});

describe("messages that belong together", () => {
  test("a comment comes right before what it was forwarded with", () => {
    const chat = { id: -1001893344556, title: "Kitchen Notes", username: "kitchennotes", type: "channel" };
    const origin = { type: "channel", chat, message_id: 346, date: 1_700_000_000 };
    const [comment, text, photo] = ada.forwardWithComment(
      "for the recipes",
      { content: "Rye bread", origin },
      { content: { photo: [fake.file("photo", { size: 9 })] }, caption: "baked" },
    );
    const [one = 0, two = 0, three = 0] = [comment, text, photo].map((message) => message?.message_id);
    expect([two, three]).toEqual([one + 1, one + 2]);
    expect(new Set([comment, text, photo].map((message) => message?.date)).size).toBe(1);
    expect(comment).not.toHaveProperty("forward_origin");
    expect(text).toMatchObject({
      forward_origin: origin,
      forward_from_chat: chat,
      forward_from_message_id: 346,
    });
    expect(photo).toMatchObject({ forward_origin: { type: "hidden_user" }, caption: "baked" });
    expect(fake.pendingUpdates.map(({ payload }) => payload["message_id"])).toEqual([one, two, three]);
  });

  test("a long text is cut at 4096 units, not inside a letter, and its styles with it", () => {
    const text = `${"a".repeat(4095)}👍${"b".repeat(5000)}`;
    const parts = ada.paste(text, { entities: [{ offset: 4000, length: 200, type: "bold" }] });
    expect(parts.map((part) => part.text?.length)).toEqual([4095, 4096, 906]);
    expect(parts.map((part) => part.text).join("")).toBe(text);
    expect(parts.map((part) => part.entities)).toEqual([
      [{ offset: 4000, length: 95, type: "bold" }],
      [{ offset: 0, length: 105, type: "bold" }],
      undefined,
    ] as never);
    const [first] = parts;
    expect(parts.map((part) => part.message_id - (first?.message_id ?? 0))).toEqual([0, 1, 2]);
    expect(new Set(parts.map((part) => part.date)).size).toBe(1);
  });
});
