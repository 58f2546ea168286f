import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { changeSettings, memosSaved, rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { type Conversation, conversation, talking } from "../support/conversation.ts";
import { inGerman, type Talk } from "../support/languages.ts";
import { writes } from "../support/notebook.ts";
import { withThought } from "../support/thought.ts";

const marks = (world: ChatWorld) =>
  world.telegram.requests
    .filter(({ method, status }) => method === "setMessageReaction" && status === 200)
    .map(({ params }) => JSON.parse(String(params["reaction"]))[0].emoji);

describe("/settings", () => {
  test("shows all of them in one message, which is edited in place", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    alice.says("/settings");
    const main = await alice.hears("Settings for the Memos account of alice");
    expect(main.text.split("\n").slice(2)).toEqual([
      "Visibility: as in Memos",
      "Tags: off",
      "Confirmation: reply with buttons",
      "Source line: on",
      "Formatting: as typed: **bold** counts",
      "Notifications: off",
      "Publishing: off",
      "Language: as in Telegram",
      expect.stringMatching(/^Time zone: as the machine: \S+ \(\d\d:00\)$/),
      "Digest: off",
    ]);
    expect(main.buttons).toEqual([
      "Visibility",
      "Tags",
      "Confirmation",
      "Source line",
      "Formatting",
      "Notifications",
      "Publishing",
      "Language",
      "Time zone",
      "Digest",
    ]);
    await alice.presses("Visibility");
    const open = await alice.hears("Visibility");
    expect(open.buttons).toEqual(["✓ as in Memos", "PRIVATE", "PROTECTED", "PUBLIC", "‹ Back"]);
    await alice.presses("‹ Back");
    expect((await alice.hears("Settings for")).id).toBe(main.id);
    expect(alice.seen()).toHaveLength(1);
    expect([...main.data, ...open.data].every((data) => Buffer.byteLength(data) <= 64)).toBe(true);
  });

  test("changes the visibility of new memos", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    alice.says("/settings");
    await alice.presses("Visibility");
    await alice.presses("PROTECTED");
    await alice.hears("Visibility: PROTECTED");
    alice.says("for members");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.visibility).toBe("PROTECTED");
    await alice.presses("Visibility");
    await alice.presses("as in Memos");
    await alice.hears("Visibility: as in Memos", "anywhere");
  });

  test("takes tags as a reply, checks them, and saves no memo of them", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    alice.says("/settings");
    await alice.presses("Tags");
    const question = await alice.hears("Which tags should every new memo get");
    alice.says("#inbox not!valid", { replyTo: question.id });
    await alice.hears("“not!valid” is not a valid tag.");
    alice.says("#inbox from/phone 日本", { replyTo: question.id });
    await alice.hears("Tags: #inbox #from/phone #日本");
    alice.says("a thought");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toBe("a thought\n\n#inbox #from/phone #日本");
    await world.quiet();
    expect(world.memos.memos()).toHaveLength(1);
    await alice.presses("‹ Back");
    await alice.hears("Tags: #inbox #from/phone #日本", "anywhere");
    await alice.presses("Tags");
    await alice.presses("off");
    await alice.hears("Tags: off", "anywhere");
  });

  test("with confirmation by reaction marks each message: 👀 when stored, 👍 when saved", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    alice.says("/settings");
    await alice.presses("Confirmation");
    await alice.presses("reaction 👍");
    await alice.hears("Confirmation: reaction 👍");
    await world.memos.stop();
    const id = alice.says("a thought");
    await world.quiet();
    expect(marks(world)).toEqual(["👀"]);
    await world.memos.start();
    await world.passes(15_000);
    await memosSaved(world, 1);
    await world.quiet();
    expect(marks(world)).toEqual(["👀", "👍"]);
    expect(alice.seen()).toHaveLength(1);
    const { messages } = world.telegram.chat(alice.person.id);
    expect(messages.find(({ message_id }) => message_id === id)?.reactions).toEqual([
      { type: "emoji", emoji: "👍" },
    ]);
  });

  test("with confirmation by reaction marks 👎 and says why when it failed, one mark an album", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    changeSettings(world, alice.person, { confirmation: "reaction" });
    world.memos.fault({
      match: { method: "POST", path: /\/memos$/ },
      action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
    });
    alice.says("bad");
    expect((await alice.hears("I could not save this: ")).buttons).toEqual(["Retry", "Discard"]);
    await alice.quiet();
    expect(marks(world).at(-1)).toBe("👎");
    world.memos.clearFaults();
    await alice.presses("Retry");
    await memosSaved(world, 1);
    expect(marks(world).at(-1)).toBe("👍");
    const before = marks(world).length;
    const [first] = alice.person.sendAlbum([{ type: "photo" }, { type: "photo" }, { type: "photo" }]);
    await memosSaved(world, 2);
    await alice.quiet();
    const album = world.telegram.requests
      .filter(({ method, status }) => method === "setMessageReaction" && status === 200)
      .slice(before);
    expect(new Set(album.map(({ params }) => Number(params["message_id"])))).toEqual(
      new Set([first?.message_id ?? 0]),
    );
    expect(marks(world).at(-1)).toBe("👍");
  });

  test("switches the source line and the formatting", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    const forward = () =>
      alice.person.say("wise *words*", {
        forwardOrigin: { type: "hidden_user", sender_user_name: "Zoe", date: 1_700_000_000 },
      });
    forward();
    const [first] = await memosSaved(world, 1);
    expect(first?.content).toContain("Zoe");
    alice.says("/settings");
    await alice.presses("Source line");
    await alice.presses("off");
    await alice.hears("Source line: off");
    await alice.presses("Formatting");
    await alice.presses("exact: every character stays");
    await alice.hears("Formatting: exact");
    forward();
    const memos = await memosSaved(world, 2);
    expect(memos[1]?.content).toBe("wise \\*words\\*");
  });

  test("changes the language, from then on of everything", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    alice.says("/settings");
    await alice.presses("Language");
    const open = await alice.hears("Language");
    expect(open.buttons).toEqual([
      "✓ as in Telegram",
      "English",
      "Deutsch",
      "Русский",
      "简体中文",
      "Español",
      "‹ Back",
    ]);
    await alice.presses("简体中文");
    await alice.hears("语言: 简体中文");
    alice.says("你好");
    await memosSaved(world, 1);
    await alice.hears("已保存为 PRIVATE");
    alice.says("/unbind");
    await alice.hears("要断开与 alice 的连接吗？");
  });

  test("changes the language, but not what tries of a memo go by", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    world.memos.fault({ match: { method: "POST", path: /memos$/ }, action: "drop-after" });
    world.memos.fault({ match: { method: "GET", path: /memos/ }, action: "drop-before" });
    const voice = { file_id: "1", file_unique_id: "1", duration: 1 };
    const chat = { id: alice.person.id, type: "private", first_name: "alice" };
    const reply_to_message = { message_id: 900, date: 1, chat, from: alice.person.user, voice };
    const { message_id } = alice.person.send({ text: "so I said", reply_to_message });
    await world.quiet();
    alice.says("/settings");
    await alice.presses("Language");
    await alice.presses("Deutsch");
    world.memos.clearFaults();
    await world.passes(60_000);
    await alice.hears("Gespeichert als PRIVATE");
    alice.edits(message_id, "so I say");
    await world.passes(60_000);
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toBe("> Voice message\n\nso I say");
  });

  test("is refused to who is not bound, and forged values change nothing", async () => {
    await using world = await chatWorld();
    const mallory = conversation(world, world.telegram.user({ first_name: "Mallory" }));
    mallory.says("/settings");
    await mallory.hears("You are not connected");
    const alice = await talking(world);
    alice.says("/settings");
    const { id } = await alice.hears("Settings for");
    expect(await mallory.pressesOn(id, "c:visibility:PUBLIC")).toContain("not connected");
    const before = rows(world, "SELECT visibility, confirmation, formatting FROM bindings");
    for (const data of [
      "c:visibility:SECRET",
      "c:confirmation:loud",
      "c:source_line:maybe",
      "c:language:xx",
    ]) {
      world.telegram.deliver({
        update_id: 900_000_000 + data.length * 7 + data.charCodeAt(3),
        callback_query: {
          id: `forged-${data}`,
          from: alice.person.user,
          chat_instance: "1",
          message: { message_id: id, date: 0, chat: { id: alice.person.id, type: "private" } },
          data,
        },
      });
    }
    await world.quiet();
    expect(rows(world, "SELECT visibility, confirmation, formatting FROM bindings")).toEqual(before);
  });
});

describe("the time zone", () => {
  const open = async (alice: Conversation) => {
    alice.says("/settings");
    await alice.presses("Time zone");
    return (await alice.hears("Which time zone?")).id;
  };

  test("is set by a place or a name, and shown with its time; what comes again keeps its hour there", async () => {
    await using saved = await withThought();
    const { world, alice, sent } = saved;
    const question = await open(alice);
    alice.says("Berlin", { replyTo: question });
    await alice.hears("Time zone: Europe/Berlin (13:00)");
    alice.says("/remind every day 18:00", { replyTo: sent });
    await alice.hears("⏰ Sunday, November 22, 2026 at 6:00");
    alice.says("/remind 20:00", { replyTo: sent });
    await alice.hears("⏰ Sunday, November 22, 2026 at 8:00");
    const dues = () =>
      rows<{ due_at: number }>(world, "SELECT due_at FROM reminders ORDER BY id").map(({ due_at }) =>
        new Date(due_at).toISOString().slice(8, 16),
      );
    expect(dues()).toEqual(["22T17:00", "22T19:00"]);
    // What comes once is a moment.
    alice.says("new york", { replyTo: question });
    await alice.hears("Time zone: America/New_York (07:00)");
    expect(dues()).toEqual(["22T23:00", "22T19:00"]);
    await alice.presses("Time zone");
    await alice.presses(`as the machine: ${Temporal.Now.timeZoneId()}`);
    await alice.hears("Time zone: as the machine", "anywhere");
    expect(world.memos.memos()).toHaveLength(1);
  });

  test("is refused where there is none of that name, which is saved as a memo by a press", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    const question = await open(alice);
    alice.says("Atlantis", { replyTo: question });
    const refused = await alice.hears("I know no time zone “Atlantis”.");
    expect(refused.buttons).toEqual(["Save as memo"]);
    await alice.presses("Save as memo");
    await memosSaved(world, 1);
    alice.says("/settings");
    await alice.hears("Time zone: as the machine");
  });

  test("is that of the day which /today means", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    const question = await open(alice);
    // There it is Monday already.
    alice.says("Pacific/Kiritimati", { replyTo: question });
    await alice.hears("Time zone: Pacific/Kiritimati (02:00)");
    await writes(world, "alice", [
      { content: "on a Sunday", at: new Date("2025-11-22T09:00:00Z") },
      { content: "a day later", at: new Date("2025-11-22T11:00:00Z") },
    ]);
    alice.says("/today");
    const found = await alice.hears("this day in earlier years");
    expect(found.text).toContain("a day later");
    expect(found.text).not.toContain("on a Sunday");
  });
});

describe("the question for tags", () => {
  const open = async ({ person, texts }: Talk) => {
    person.says("/settings");
    await person.hears(texts.settingsHead({ name: "alice" }));
    await person.presses(texts.settings.tags);
    return (await person.hears(texts.tagQuestion)).id;
  };
  const shows = async ({ person, texts }: Talk, tags: string) => {
    person.says("/settings");
    await person.hears(`${texts.settings.tags}: ${tags}`);
  };

  inGerman("takes nothing else for an answer: no message, no reply to the settings", async (talk) => {
    const { world, person, texts } = talk;
    const question = await open(talk);
    const settings = person.seen().at(-2)?.id ?? 0;
    person.says("#idea");
    await memosSaved(world, 1);
    person.says("#thought", { replyTo: settings });
    await memosSaved(world, 2);
    await person.quiet();
    person.replies(question, { contact: { phone_number: "+1", first_name: "Zoe" } });
    const memos = await memosSaved(world, 3);
    expect(memos.map(({ content }) => /#idea|#thought|Zoe/.exec(content)?.[0])).toEqual([
      "#idea",
      "#thought",
      "Zoe",
    ]);
    await shows(talk, texts.off);
  });

  inGerman("saves all else as a memo: a note that is no reply, and any file that is one", async (talk) => {
    const { world, person, texts } = talk;
    const question = await open(talk);
    person.says("Zahnarzt morgen anrufen");
    await memosSaved(world, 1);
    person.person.sendPhoto({ caption: "#Rechnung", replyTo: question });
    await memosSaved(world, 2);
    person.person.sendVoice({ replyTo: question });
    await memosSaved(world, 3);
    person.person.sendAlbum([{ type: "photo" }, { type: "photo" }], { replyTo: question });
    const memos = await memosSaved(world, 4);
    // The examples of the question are no tags.
    const quoted = `> ${texts.tagQuestion.replaceAll("#", "＃")}`;
    expect(memos.map(({ content }) => content)).toEqual([
      "Zahnarzt morgen anrufen",
      `${quoted}\n\n#Rechnung`,
      quoted,
      quoted,
    ]);
    expect(world.memos.attachments()).toHaveLength(4);
    await shows(talk, texts.off);
  });

  inGerman("says what is no tag, and saves it as a memo by a press", async (talk) => {
    const { world, person, texts } = talk;
    const question = await open(talk);
    person.says("#buy milk.", { replyTo: question });
    expect((await person.hears(texts.badTag({ tag: "milk." }))).buttons).toEqual([texts.saveAsMemo]);
    const sent = person.says("Zahnarzt morgn anrufen", { replyTo: question });
    await person.hears(texts.badTag({ tag: "Zahnarzt morgn anrufen" }));
    person.edits(sent, "Zahnarzt morgen anrufen");
    await world.quiet();
    await person.presses(texts.saveAsMemo);
    expect((await memosSaved(world, 1))[0]?.content).toEndWith("Zahnarzt morgen anrufen");
    await shows(talk, texts.off);
  });

  inGerman("of a version that asked in the settings is answered by a reply to these", async (talk) => {
    const { world, person, texts } = talk;
    person.says("/settings");
    const { id } = await person.hears(texts.settingsHead({ name: "alice" }));
    await person.quiet();
    using database = new Database(`${world.dataDir}/memoferry.db`);
    database.run(`UPDATE bindings SET tags_asked_in = ${id}`);
    person.says("#inbox", { replyTo: id });
    await person.hears(`${texts.settings.tags}: #inbox`);
  });
});
