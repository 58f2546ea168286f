import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Call, createClient } from "./telegram/client.ts";
import { type FakeTelegram, type Person, startFakeTelegram } from "./telegram.ts";

let fake: FakeTelegram;
let call: Call;
let ada: Person;
let boris: Person;

beforeEach(async () => {
  fake = await startFakeTelegram();
  call = createClient(fake);
  ada = fake.user({ first_name: "Ada" });
  boris = fake.user({ first_name: "Boris" });
});
afterEach(() => fake.close());

const texts = () => fake.pendingUpdates.map(({ payload }) => payload["text"]);
const last = () => fake.pendingUpdates.at(-1);

describe("groups", () => {
  test("in privacy mode the bot hears commands, answers to it and service messages, also when edited", async () => {
    const group = fake.group();
    const inGroup = group.as(ada);
    inGroup.say("hello @memoferry_test_bot");
    inGroup.sendPhoto({ caption: "/save" });
    const unheard = inGroup.say("unheard");
    inGroup.reply(unheard, "to a person");
    const { result } = await call("sendMessage", { chat_id: group.id, text: "by the bot" });
    const heard = inGroup.reply(Number(result["message_id"]), "to the bot");
    inGroup.edit(heard.message_id, "to the bot, changed");
    inGroup.edit(unheard.message_id, "still unheard");
    inGroup.reply(unheard, "/save@memoferry_test_bot");
    group.join([boris], ada);
    expect(texts()).toEqual(["to the bot", "to the bot, changed", "/save@memoferry_test_bot", undefined]);
    expect(fake.pendingUpdates[2]?.payload["reply_to_message"]).toMatchObject({
      text: "still unheard",
    });
  });

  test("people join and leave with service messages, and are heard no more", () => {
    const group = fake.group({ type: "supergroup" });
    group.join([boris], ada);
    const member = { id: boris.id, first_name: "Boris" };
    expect(last()?.payload).toMatchObject({
      from: { id: ada.id },
      new_chat_participant: member,
      new_chat_member: member,
      new_chat_members: [member],
    });
    group.leave(boris);
    expect(last()?.payload).toMatchObject({ left_chat_participant: member, left_chat_member: member });
    expect(() => group.as(boris).say("/save too late")).toThrow("left");
  });

  test("become supergroups with two service messages, new ids, and an error that tells where", async () => {
    const group = fake.group({ privacy: false });
    group.as(boris).say("before");
    const next = group.migrate(ada);
    const [old, fresh] = fake.pendingUpdates.slice(-2);
    expect(old?.payload).toMatchObject({ chat: { id: group.id }, migrate_to_chat_id: next.id });
    expect(fresh?.payload).toMatchObject({
      message_id: 1,
      from: { id: 1087968824 },
      sender_chat: { id: next.id },
      chat: { id: next.id, type: "supergroup" },
      migrate_from_chat_id: group.id,
    });
    const refused = await call("sendMessage", { chat_id: group.id, text: "x" });
    expect(refused.body["parameters"]).toEqual({ migrate_to_chat_id: next.id });
    expect(() => group.as(ada).say("/save in the old one")).toThrow("became a supergroup");
    expect(next.as(boris).say("after").message_id).toBe(2);
    expect(() => next.migrate(ada)).toThrow("basic group");
  });

  test("answers stay in their topic", () => {
    const forum = fake.group({ type: "supergroup", isForum: true, privacy: false });
    const inForum = forum.as(ada);
    const threadId = forum.topic("Recipes", ada);
    const message = inForum.say("lasagne", { threadId });
    const answer = inForum.reply(message, "with spinach");
    expect(answer).toMatchObject({
      message_thread_id: threadId,
      is_topic_message: true,
      reply_to_message: { message_id: message.message_id },
    });
    expect(inForum.say("in general")).not.toHaveProperty("message_thread_id");
    expect(() => fake.group().topic("none", ada)).toThrow("no topics");
  });
});
