import { describe, expect, test } from "bun:test";
import { boundPerson, changeSettings, contents, memosSaved } from "../support/app.ts";
import { chatWorld } from "../support/chat.ts";
import { conversation } from "../support/conversation.ts";

async function withPerson() {
  const world = await chatWorld();
  const { person } = await boundPerson(world);
  return {
    world,
    person,
    told: () => world.telegram.botMessages(person.id),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

describe("a long text that Telegram cut", () => {
  test("is one memo also where the confirmation of its beginning came before the rest", async () => {
    await using at = await withPerson();
    const text = "word ".repeat(1500).trim();
    const { first, rest } = at.person.beginPaste(text);
    await memosSaved(at.world, 1);
    expect(at.told().map(({ message_id }) => message_id)).toEqual([first.message_id + 1]);
    rest();
    await at.world.until("it is whole", () => contents(at.world).includes(text));
    expect(contents(at.world)).toEqual([text]);
    expect(at.told()).toHaveLength(1);
    expect(at.told()[0]?.text).toContain("2 messages, one memo");
  });
});

describe("a comment and what is forwarded with it", () => {
  test("are each marked for who wants marks", async () => {
    await using at = await withPerson();
    const alice = conversation(at.world, at.person);
    changeSettings(at.world, at.person, { confirmation: "reaction" });
    const sent = at.person.forwardWithComment("look", { content: "a text" }, { content: "another" });
    await at.world.until("all is in it", () => contents(at.world)[0]?.includes("another"));
    const marks = () =>
      at.world.telegram
        .chat(at.person.id)
        .messages.filter(({ message_id }) => sent.some((message) => message.message_id === message_id))
        .map(({ reactions }) => reactions);
    expect(marks()).toEqual(sent.map(() => [{ type: "emoji", emoji: "👍" }]));
    expect(at.told()).toEqual([]);
    alice.says("/save", { replyTo: sent[0]?.message_id ?? 0 });
    await alice.hears("3 messages, one memo");
  });

  test("are marked once for an album among it", async () => {
    await using at = await withPerson();
    changeSettings(at.world, at.person, { confirmation: "reaction" });
    const part = { content: { photo: [at.world.telegram.file("photo")] }, mediaGroupId: "13" };
    const [comment, first] = at.person.forwardWithComment("look", part, part);
    await at.world.until("both are in it", () => at.world.memos.attachments().length === 2);
    await at.world.quiet();
    const { messages } = at.world.telegram.chat(at.person.id);
    const marked = messages.filter(({ reactions }) => reactions.length > 0);
    expect(marked.map(({ message_id }) => message_id)).toEqual([
      comment?.message_id ?? 0,
      first?.message_id ?? 0,
    ]);
  });

  test("stay apart where the memo was changed meanwhile: what follows is a comment on it", async () => {
    await using at = await withPerson();
    const first = at.person.say("first");
    await memosSaved(at.world, 1);
    const [memo] = at.world.memos.memos();
    at.world.memos.editContent(memo?.name ?? "", "changed by hand");
    const { chat, from, date, message_id } = first;
    const follower = { chat, from, date, message_id: message_id + 1, text: "what follows" };
    const forward_origin = { type: "hidden_user", sender_user_name: "Grete", date };
    at.world.telegram.deliver([{ update_id: 1, message: { ...follower, forward_origin } }], {
      keepDates: true,
    });
    await at.world.until("the comment", () => at.world.memos.comments(memo?.name ?? "").length === 1);
    expect(contents(at.world)).toEqual(["changed by hand"]);
    expect(at.world.memos.comments(memo?.name ?? "")[0]?.content).toContain("what follows");
  });
});
