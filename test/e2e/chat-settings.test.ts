import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { api, createWorld, memosSaved, rows, settled, type World } from "../support/app.ts";
import { conversation, talking } from "../support/conversation.ts";
import { inTwoLanguages, type Talk } from "../support/languages.ts";

setDefaultTimeout(20_000);
const rate = 20;

const marks = (world: World) =>
  world.telegram.requests
    .filter(({ method, status }) => method === "setMessageReaction" && status === 200)
    .map(({ params }) => JSON.parse(String(params["reaction"]))[0].emoji);

describe("/settings", () => {
  test("shows all of them in one message, which is edited in place", async () => {
    await using world = await createWorld({ rate });
    const alice = await talking(world);
    alice.says("/settings");
    const main = await alice.hears("Settings for the Memos account of alice");
    expect(main.text.split("\n").slice(2)).toEqual([
      "Visibility: as in Memos",
      "Tags: none",
      "Confirmation: reply with buttons",
      "Source line: on",
      "Formatting: as typed",
      "Language: as in Telegram (English)",
    ]);
    expect(main.buttons).toEqual([
      "Visibility",
      "Tags",
      "Confirmation",
      "Source line",
      "Formatting",
      "Language",
    ]);
    await alice.presses("Visibility");
    const open = await alice.hears("Who can see new memos");
    expect(open.buttons).toEqual(["✓ as in Memos", "PRIVATE", "PROTECTED", "PUBLIC", "‹ Back"]);
    await alice.presses("‹ Back");
    expect((await alice.hears("Settings for")).id).toBe(main.id);
    expect(alice.seen()).toHaveLength(1);
    expect([...main.data, ...open.data].every((data) => Buffer.byteLength(data) <= 64)).toBe(true);
  });

  test("changes the visibility of new memos, as the API shows", async () => {
    await using world = await createWorld({ rate });
    const alice = await talking(world);
    alice.says("/settings");
    await alice.presses("Visibility");
    await alice.hears("Who can see");
    await alice.presses("PROTECTED");
    await alice.hears("Visibility: PROTECTED");
    const shown = await api(world, "GET", `/api/v1/bindings/${alice.person.id}`);
    expect(shown.body["visibility"]).toBe("PROTECTED");
    alice.says("for members");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.visibility).toBe("PROTECTED");
    await alice.presses("Visibility");
    await alice.hears("Who can see", "anywhere");
    await alice.presses("as in Memos");
    await alice.hears("Visibility: as in Memos", "anywhere");
  });

  test("takes tags as a reply, checks them, and saves no memo of them", async () => {
    await using world = await createWorld({ rate });
    const alice = await talking(world);
    alice.says("/settings");
    await alice.presses("Tags");
    const question = await alice.hears("Send the tags that every new memo should get");
    alice.says("#inbox not!valid", { replyTo: question.id });
    await alice.hears("“not!valid” is not a valid tag.");
    alice.says("#inbox from/phone 日本", { replyTo: question.id });
    await alice.hears("Every new memo gets #inbox #from/phone #日本.");
    await alice.hears("Tags: #inbox #from/phone #日本", "anywhere");
    alice.says("a thought");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toBe("a thought\n\n#inbox #from/phone #日本");
    await settled(world);
    expect(world.memos.memos()).toHaveLength(1);
    await alice.presses("Tags");
    await alice.presses("No tags");
    await alice.hears("Tags: none", "anywhere");
  });

  test("with confirmation by reaction marks each message: 👀 when stored, 👍 when saved", async () => {
    await using world = await createWorld({ rate });
    const alice = await talking(world);
    alice.says("/settings");
    await alice.presses("Confirmation");
    await alice.hears("How should I tell you");
    await alice.presses("reaction 👍");
    await alice.hears("Confirmation: reaction 👍");
    await world.memos.stop();
    const id = alice.says("a thought");
    await settledMarks(world, ["👀"]);
    await world.memos.start();
    world.clock.advance(15_000);
    await memosSaved(world, 1);
    await settledMarks(world, ["👀", "👍"]);
    expect(alice.seen()).toHaveLength(1);
    const { messages } = world.telegram.chat(alice.person.id);
    expect(messages.find(({ message_id }) => message_id === id)?.reactions).toEqual([
      { type: "emoji", emoji: "👍" },
    ]);
  });

  async function settledMarks(world: World, expected: string[]): Promise<void> {
    const end = performance.now() + 10_000;
    while (marks(world).join() !== expected.join() && performance.now() < end) await Bun.sleep(10);
    expect(marks(world)).toEqual(expected);
  }

  test("with confirmation by reaction marks 👎 and says why when it failed, one mark an album", async () => {
    await using world = await createWorld({ rate });
    const alice = await talking(world);
    alice.says("/settings");
    await alice.presses("Confirmation");
    await alice.presses("reaction 👍");
    await alice.hears("Confirmation: reaction 👍");
    world.memos.fault({
      match: { method: "POST", path: /\/memos$/ },
      action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
    });
    alice.says("bad");
    expect((await alice.hears("I could not save this: ")).buttons).toEqual(["Retry", "Discard"]);
    await alice.quiet();
    expect(marks(world).at(-1)).toBe("👎");
    world.memos.clearFaults();
    const before = marks(world).length;
    alice.person.sendAlbum([{ type: "photo" }, { type: "photo" }, { type: "photo" }]);
    await memosSaved(world, 1);
    await alice.quiet();
    const album = world.telegram.requests
      .filter(({ method, status }) => method === "setMessageReaction" && status === 200)
      .slice(before);
    expect(new Set(album.map(({ params }) => params["message_id"])).size).toBe(1);
    expect(marks(world).at(-1)).toBe("👍");
  });

  test("with confirmation off says nothing of what is saved, but what is missing", async () => {
    await using world = await createWorld({ rate });
    const alice = await talking(world);
    alice.says("/settings");
    await alice.presses("Confirmation");
    await alice.presses("off");
    await alice.hears("Confirmation: off");
    alice.says("quiet");
    await memosSaved(world, 1);
    await alice.quiet();
    expect(alice.seen()).toHaveLength(1);
    alice.person.sendDocument({ size: 22 * 1024 * 1024, fileName: "big.bin", caption: "see" });
    await memosSaved(world, 2);
    await alice.hears("Without big.bin: ");
  });

  test("switches the source line and the formatting", async () => {
    await using world = await createWorld({ rate });
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
    await alice.hears("Should a forwarded message");
    await alice.presses("off");
    await alice.hears("Source line: off");
    await alice.presses("Formatting");
    await alice.hears("As typed:");
    await alice.presses("exact");
    await alice.hears("Formatting: exact");
    forward();
    const memos = await memosSaved(world, 2);
    expect(memos[1]?.content).toBe("wise \\*words\\*");
  });

  test("changes the language, from then on of everything", async () => {
    await using world = await createWorld({ rate });
    const alice = await talking(world);
    alice.says("/settings");
    await alice.presses("Language");
    const open = await alice.hears("Which language");
    expect(open.buttons).toEqual([
      "✓ as in Telegram (English)",
      "English",
      "Deutsch",
      "Русский",
      "简体中文",
      "Español",
      "‹ Back",
    ]);
    await alice.presses("简体中文");
    await alice.hears("语言：简体中文");
    alice.says("你好");
    await memosSaved(world, 1);
    await alice.hears("已保存为 PRIVATE");
    alice.says("/unbind");
    await alice.hears("要断开与 alice 的连接吗？");
  });

  test("is refused to who is not bound, and forged values change nothing", async () => {
    await using world = await createWorld({ rate });
    const mallory = conversation(world, world.telegram.user({ first_name: "Mallory" }));
    mallory.says("/settings");
    await mallory.hears("You are not connected");
    const alice = await talking(world);
    alice.says("/settings");
    const { id } = await alice.hears("Settings for");
    expect((await mallory.person.press(id, "c:visibility:PUBLIC").answer).text).toContain("not connected");
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
    await settled(world);
    expect(rows(world, "SELECT visibility, confirmation, formatting FROM bindings")).toEqual(before);
  });
});

describe("the question for tags", () => {
  const open = async ({ person, texts }: Talk) => {
    person.says("/settings");
    await person.hears(texts.settingsHead("alice"));
    await person.presses(texts.settings.tags);
    return (await person.hears(texts.settingsHint.tags)).id;
  };
  const shows = ({ person, texts }: Talk, tags: string) =>
    person.hears(`${texts.settings.tags}: ${tags}`, "anywhere");

  inTwoLanguages("is answered without a reply, and again by a reply to the settings", async (talk) => {
    const { world, person, texts } = talk;
    const settings = await open(talk);
    person.says("#inbox #phone");
    await person.hears(texts.tagsSet("#inbox #phone"));
    await shows(talk, "#inbox #phone");
    person.says("#inbox", { replyTo: settings });
    await person.hears(texts.tagsSet("#inbox"));
    await shows(talk, "#inbox");
    person.says("inbox, later", { replyTo: settings });
    expect((await person.hears(texts.tagsHow)).buttons).toEqual([texts.saveAsMemo]);
    expect(world.memos.memos()).toEqual([]);
    // The question is closed.
    person.says("#todo");
    await person.hears(texts.saved("PRIVATE"));
    expect((await memosSaved(world, 1))[0]?.content).toBe("#todo\n\n#inbox");
  });

  inTwoLanguages("takes no memo away: what was meant as one is saved by a press", async (talk) => {
    const { world, person, texts } = talk;
    await open(talk);
    // Too many words for tags; one that is none; more than a line.
    for (const note of ["buy milk and bread today #shop", "buy milk.", "milk\nbread"]) {
      person.says(note);
      await person.hears(texts.saved("PRIVATE"));
      await person.quiet();
    }
    person.says("#no.tag");
    await person.hears(texts.badTag("#no.tag"));
    person.says("#shop");
    await person.hears(texts.tagsSet("#shop"));
    await person.presses(texts.saveAsMemo);
    await person.hears(texts.savingAsMemo, "anywhere");
    const memos = await memosSaved(world, 4);
    expect(memos.map(({ content }) => content)).toEqual([
      "buy milk and bread today #shop",
      "buy milk.",
      "milk\nbread",
      "#shop",
    ]);
  });

  for (const words of ["inbox phone", "inbox, phone", "#inbox phone"]) {
    inTwoLanguages(`takes “${words}” as tags, and as a memo by a press`, async (talk) => {
      const { world, person, texts } = talk;
      await open(talk);
      person.says(words);
      expect((await person.hears(texts.tagsSet("#inbox #phone"))).buttons).toEqual([texts.saveAsMemo]);
      await shows(talk, "#inbox #phone");
      await person.quiet();
      expect(world.memos.memos()).toEqual([]);
      await person.presses(texts.saveAsMemo);
      expect((await memosSaved(world, 1))[0]?.content).toStartWith(words);
      // The question is closed.
      person.says(words);
      await memosSaved(world, 2);
    });
  }

  for (const [how, close] of [
    ["by the way back", ({ person, texts }: Talk) => person.presses(texts.back)],
    ["after an hour", async ({ world }: Talk) => world.clock.advance(61 * 60_000)],
  ] as const) {
    inTwoLanguages(`is closed ${how}`, async (talk) => {
      const { world, person, texts } = talk;
      await open(talk);
      await close(talk);
      await person.quiet();
      person.says("#idea");
      await person.hears(texts.saved("PRIVATE"));
      expect((await memosSaved(world, 1))[0]?.content).toBe("#idea");
      person.says("/settings");
      await person.hears(`${texts.settings.tags}: ${texts.none}`);
    });
  }
});

describe("the settings", () => {
  inTwoLanguages("are opened, changed and closed in one message", async ({ world, person, texts }) => {
    person.says("/settings");
    const main = await person.hears(texts.settingsHead("alice"));
    for (const name of ["visibility", "confirmation", "source_line", "formatting", "language"] as const) {
      await person.presses(texts.settings[name]);
      await person.hears(texts.settingsHint[name]);
      await person.presses(texts.back);
      await person.hears(texts.settingsHead("alice"));
    }
    await person.presses(texts.settings.visibility);
    await person.hears(texts.settingsHint.visibility);
    await person.presses("PROTECTED");
    await person.hears(`${texts.settings.visibility}: PROTECTED`);

    await person.presses(texts.settings.tags);
    await person.hears(texts.settingsHint.tags);
    person.says("#inbox", { replyTo: main.id });
    await person.hears(texts.tagsSet("#inbox"));
    await person.quiet();
    expect(person.seen()[0]?.text).toContain(`${texts.settings.tags}: #inbox`);

    person.says("a thought");
    await person.hears(texts.saved("PROTECTED"));
    expect((await memosSaved(world, 1))[0]?.tags).toEqual(["inbox"]);
  });
});
