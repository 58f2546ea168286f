import { describe, expect, test } from "bun:test";
import { rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { type Conversation, talking } from "../support/conversation.ts";
import { inGroup } from "../support/in-group.ts";
import { writes } from "../support/notebook.ts";

const BOT = "@memoferry_test_bot";
const PAUSED = "SELECT 1 FROM bindings WHERE state = 'paused'";
const TOO_BIG = {
  document: { file_id: "big", file_unique_id: "b", file_name: "b.zip", file_size: 30_000_000 },
};

const PHOTO = { photo: [{ file_id: "p", file_unique_id: "p", width: 1, height: 1 }] };

/** Somebody in a topic of their own chat with the bot. */
interface Scene {
  readonly world: ChatWorld;
  readonly alice: Conversation;
  readonly threadId: number;
  says(text: string): number;
  sends(content: object): number;
}

const refuse = (world: ChatWorld) =>
  world.memos.fault({
    match: { method: "POST", path: /\/memos$/ },
    times: 1,
    action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
  });
const telegramRefuses = ({ telegram }: ChatWorld, method: string, description: string) =>
  telegram.fault({ match: { method }, action: { status: 400, description: `Bad Request: ${description}` } });
const newest = ({ memos }: ChatWorld) => memos.memos().at(-1)?.name ?? "";

/** What makes the bot send something, by each way that a message takes, and how many messages it sends. */
const SCENES: Readonly<Record<string, [sent: number, (scene: Scene) => unknown]>> = {
  "a confirmation": [1, ({ says }) => says("a thought")],
  "a confirmation whose message is gone": [
    1,
    ({ says, alice }) => alice.actor.deleteMessage(says("a thought")),
  ],
  "the sum of many": [1, ({ says }) => Array.from({ length: 15 }, (_, at) => says(`line ${at}`))],
  "a confirmation that was changed before it was sent": [
    1,
    async ({ world, alice, sends }) => {
      world.telegram.fault({ match: { method: "sendMessage" }, action: { status: 429, retryAfter: 30 } });
      const id = sends({ ...TOO_BIG, caption: "one" });
      await world.quiet();
      alice.edits(id, { content: PHOTO });
      await world.passes(31_000);
    },
  ],
  "an answer to a command": [1, ({ says }) => says("/status")],
  "an answer to a command that is not known": [1, ({ says }) => says("/wather")],
  "an answer to a command that went wrong": [
    1,
    async ({ world, says }) => {
      const lastAbsence = () => {
        throw new Error("broken");
      };
      Object.assign(world.store.bots, { lastAbsence });
      says("/status");
      for (let tries = 0; tries < 4; tries += 1) await world.passes(60_000);
    },
  ],
  "a file that is missing": [1, ({ sends }) => sends(TOO_BIG)],
  "a message that failed": [
    1,
    ({ world, says }) => {
      refuse(world);
      says("a thought");
    },
  ],
  "an edit of a memo that was changed since": [
    2,
    async ({ world, alice, says }) => {
      const id = says("a thought");
      await world.quiet();
      world.memos.editContent(newest(world), "mine");
      alice.edits(id, "another thought");
    },
  ],
  "an edit that brings a file that cannot be had": [
    2,
    async ({ world, alice, sends }) => {
      const id = sends(PHOTO);
      await world.quiet();
      alice.edits(id, { content: TOO_BIG });
    },
  ],
  "an edit of what was forgotten": [
    2,
    async ({ world, alice, threadId }) => {
      const [first] = alice.actor.sendAlbum([{ type: "photo" }, { type: "photo" }], { threadId });
      const id = first?.message_id ?? 0;
      await world.quiet();
      world.store.database.sqlite.run("UPDATE updates SET payload = NULL, payload_form = 'dropped'");
      alice.edits(id, { caption: "a word" });
    },
  ],
  "a word in place of an edit that is refused": [
    2,
    async ({ world, alice, says }) => {
      says("a thought");
      await world.quiet();
      telegramRefuses(world, "editMessageText", "message can't be edited");
      await alice.presses("Pin");
    },
  ],
  "the question for tags": [
    2,
    async ({ world, alice, says }) => {
      says("/settings");
      await world.quiet();
      await alice.presses("Tags");
    },
  ],
  "a memo that is shown, its file, and one that cannot be": [
    4,
    async ({ world, alice, says }) => {
      const file = (filename: string, bytes: string) =>
        ({ filename, type: "text/plain", bytes: Buffer.from(bytes) }) as const;
      await writes(world, "alice", [{ content: "a list", files: [file("a.txt", "a"), file("b.txt", "")] }]);
      says("/recent");
      await world.quiet();
      await alice.presses("Show 1");
    },
  ],
  "a memo by chance": [
    1,
    async ({ world, says }) => {
      await writes(world, "alice", ["a list"]);
      says("/random");
    },
  ],
  "a list that is gone": [
    2,
    async ({ world, alice, says }) => {
      await writes(world, "alice", ["a list"]);
      says("/recent");
      await world.quiet();
      world.memos.fault({ match: { path: /memos\// }, times: 9, action: { status: 500 } });
      await alice.presses("Show 1");
    },
  ],
  "a message that could not be deleted": [
    2,
    ({ world, says }) => {
      telegramRefuses(world, "deleteMessage", "message can't be deleted");
      says("/bind memos_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    },
  ],
  "a token that died": [
    1,
    async ({ world, alice, says }) => {
      world.memos.revokeToken(alice.token);
      says("a thought");
      await world.eventually("the binding is paused", () => rows(world, PAUSED).length > 0);
    },
  ],
  "a token that died, as a command found out, which is told once": [
    1,
    async ({ world, alice, says }) => {
      world.memos.revokeToken(alice.token);
      says("/recent");
      await world.eventually("the binding is paused", () => rows(world, PAUSED).length > 0);
    },
  ],
};

/** The threads that the bot sent to in a chat. */
const threads = ({ telegram }: ChatWorld, chatId: number) =>
  telegram.requests
    .filter(
      ({ method, params, status }) =>
        /^send/.test(method) && status === 200 && params["chat_id"] === `${chatId}`,
    )
    .map(({ params }) => params["message_thread_id"]);

describe("what is said in a topic of the own chat is answered there:", () => {
  for (const [what, [sent, play]] of Object.entries(SCENES)) {
    test(what, async () => {
      await using world = await chatWorld();
      const alice = await talking(world);
      const icon = { name: "Ideas", icon_color: 7322096 };
      const opened = { forum_topic_created: icon, is_topic_message: true };
      const threadId = alice.person.send(opened).message_id;
      await play({
        world,
        alice,
        threadId,
        says: (text) => alice.actor.say(text, { threadId }).message_id,
        sends: (content) => alice.actor.send(content, { threadId }).message_id,
      });
      await world.quiet();
      expect(threads(world, alice.actor.chatId)).toEqual(Array.from({ length: sent }, () => `${threadId}`));
    });
  }
});

describe("what is said in a topic of a group is answered there:", () => {
  test("confirmations, hints, answers, and words that a message failed", async () => {
    await using at = await inGroup({ isForum: true, privacy: false });
    const { world, group } = at;
    const threadId = group.topic("Packing", at.bob);
    const alice = group.as(at.alice);
    alice.say("/save a tent", { threadId });
    alice.say(`${BOT} a rope`, { threadId });
    alice.say("/help", { threadId });
    alice.say("/status", { threadId });
    group.as(at.eve).say("/save mine", { threadId });
    await world.quiet();
    refuse(world);
    alice.say("/save a stone", { threadId });
    await world.quiet();
    expect(threads(world, group.id)).toEqual(Array.from({ length: 6 }, () => `${threadId}`));
  });

  test("not in a thread of replies, which is no topic, nor where nothing is one", async () => {
    await using at = await inGroup({ privacy: false });
    const first = at.group.as(at.alice).say("/save a tent");
    at.group.as(at.alice).say("/save pegs", { extra: { message_thread_id: first.message_id } });
    await at.world.quiet();
    expect(threads(at.world, at.group.id)).toEqual([undefined, undefined]);
  });

  test("sums, one in each topic", async () => {
    await using at = await inGroup({ isForum: true, privacy: false });
    const topics = [at.group.topic("Packing", at.bob), at.group.topic("Food", at.bob)];
    for (let n = 0; n < 24; n += 1) at.group.as(at.alice).say(`/save ${n}`, { threadId: topics[n % 2] ?? 0 });
    await at.world.quiet();
    expect(at.told()).toEqual(["Saved 12 messages", "Saved 12 messages"]);
    expect(threads(at.world, at.group.id)).toEqual(topics.map(String));
  });
});
