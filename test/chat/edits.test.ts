import { describe, expect, test } from "bun:test";
import { botTexts, boundPerson, changeSettings, memosSaved, rows, sentName } from "../support/app.ts";
import { type ChatOptions, type ChatWorld, chatWorld } from "../support/chat.ts";

async function withPerson(options: ChatOptions = {}) {
  const world = await chatWorld({ ...options });
  const { person, account } = await boundPerson(world);
  return {
    world,
    person,
    account,
    /** Waits until all is worked, then gives the only memo. */
    async memo() {
      await world.quiet();
      const memos = world.memos.memos();
      expect(memos).toHaveLength(1);
      return memos[0] as (typeof memos)[number];
    },
    said: () => botTexts(world, person),
    lastId: () => world.telegram.botMessages(person.id).at(-1)?.message_id ?? 0,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const documentIn = ({ telegram }: ChatWorld, file_name: string) => ({
  ...telegram.file("document", { fileName: file_name }),
  file_name,
});

const contentIs = (world: ChatWorld, content: string) =>
  world.until(`a memo that says ${content}`, () =>
    world.memos.memos().find((memo) => memo.content === content),
  );

describe("an edit", () => {
  test("made before the memo is, becomes the memo", async () => {
    await using at = await withPerson();
    await at.world.memos.stop();
    const sent = at.person.say("first");
    await at.world.quiet();
    expect(rows(at.world, "SELECT state FROM jobs")).toEqual([{ state: "waiting" }]);
    at.person.edit(sent.message_id, "second");
    await at.world.quiet();
    await at.world.memos.start();
    await at.world.settled();
    expect((await at.memo()).content).toBe("second");
  });

  test("without any visible change calls nobody", async () => {
    await using at = await withPerson();
    const sent = at.person.say("https://example.org");
    await memosSaved(at.world, 1);
    const calls = at.world.memos.requests.length;
    at.person.edit(sent.message_id, {});
    await at.world.quiet();
    expect(at.world.memos.requests.slice(calls).filter(({ method }) => method !== "GET")).toEqual([]);
  });

  test("keeps visibility, pin, tags and what the settings were", async () => {
    await using at = await withPerson();
    changeSettings(at.world, at.person, { tags: ["inbox"] });
    const sent = at.person.say("one");
    await memosSaved(at.world, 1);
    at.person.press(at.lastId(), "PUBLIC");
    await at.world.until("it is public", () => at.world.memos.memos()[0]?.visibility === "PUBLIC");
    at.person.press(at.lastId(), "Pin");
    await at.world.until("it is pinned", () => at.world.memos.memos()[0]?.pinned);
    at.person.say("/tag #home", { replyTo: sent.message_id });
    await contentIs(at.world, "one\n\n#inbox #home");
    changeSettings(at.world, at.person, { tags: ["other"] });
    at.person.edit(sent.message_id, "two");
    await contentIs(at.world, "two\n\n#inbox #home");
    expect(await at.memo()).toMatchObject({ visibility: "PUBLIC", pinned: true });
  });
});

describe("an edit of a message whose memo", () => {
  test("was deleted in Memos, twice: both words are about one memo, which is saved again once", async () => {
    await using at = await withPerson();
    const sent = at.person.say("one");
    await memosSaved(at.world, 1);
    at.world.memos.deleteMemo((await at.memo()).name);
    const withButton = () =>
      at.world.telegram
        .botMessages(at.person.id)
        .filter(({ reply_markup }) => JSON.stringify(reply_markup ?? "").includes("Save again"));
    at.person.edit(sent.message_id, "two");
    await at.world.until("the first word", () => withButton().length === 1);
    at.person.edit(sent.message_id, "three");
    await at.world.until("the second word", () => withButton().length === 2);
    const [first, second] = withButton().map(({ message_id }) => message_id);
    at.person.press(first ?? 0, "Save again");
    await contentIs(at.world, "three");
    at.person.press(second ?? 0, "Save again");
    await at.world.until("the second word shows the memo", () => withButton().length === 0);
    expect((await at.memo()).content).toBe("three");
    expect(at.said().filter((text) => text.startsWith("Saved as PRIVATE"))).toHaveLength(3);
  });

  test("was deleted in Memos while it was to be written over is told as an edit's", async () => {
    await using at = await withPerson();
    const sent = at.person.say("mine");
    await memosSaved(at.world, 1);
    const { name } = await at.memo();
    at.world.memos.editContent(name, "theirs");
    at.person.edit(sent.message_id, "mine, edited");
    await at.world.until("it is told", () => at.said().some((text) => text.includes("changed in Memos")));
    at.world.memos.deleteMemo(name);
    at.person.press(at.lastId(), "Overwrite");
    await at.world.until("it is told", () =>
      at.said().includes("This memo is gone: it was deleted in Memos."),
    );
  });

  test("was written over keeps what is changed in Memos after that, whatever is pressed again", async () => {
    await using at = await withPerson();
    const sent = at.person.say("mine");
    await memosSaved(at.world, 1);
    const { name } = await at.memo();
    at.world.memos.editContent(name, "theirs");
    at.person.edit(sent.message_id, "mine, edited");
    await at.world.until("it is told", () => at.said().some((text) => text.includes("changed in Memos")));
    const message = at.world.telegram.botMessages(at.person.id).at(-1);
    const data = JSON.stringify(message?.reply_markup).match(/"callback_data":"([^"]+)"/)?.[1] ?? "";
    at.person.press(at.lastId(), "Overwrite");
    await contentIs(at.world, "mine, edited");
    at.world.memos.editContent(name, "theirs, better");
    // As from a client that shows what the message was before.
    const stale = { id: "77", from: at.person.user, message, chat_instance: "1", data };
    at.world.telegram.deliver([{ callback_query: stale as never }]);
    await at.world.until("answered", () =>
      at.world.telegram.requests.some(
        ({ method, params }) => method === "answerCallbackQuery" && params["callback_query_id"] === "77",
      ),
    );
    await at.world.quiet();
    expect((await at.memo()).content).toBe("theirs, better");
  });
});

describe("what changes of itself after its memo was", () => {
  const texts = {
    changed: "You edited a message, but its memo has been changed in Memos since. I left it as it is.",
    deleted: "This memo is gone: it was deleted in Memos.",
  };

  async function moveTo(at: Awaited<ReturnType<typeof withPerson>>, messageId: number, latitude: number) {
    at.person.moveLocation(messageId, { latitude, longitude: 1 });
    await at.world.quiet();
    await at.world.passes(61_000);
  }

  test("deleted in Memos: a place that goes on is told once, and followed again when that is wanted", async () => {
    await using at = await withPerson();
    const { message_id } = at.person.shareLocation({ latitude: 1, longitude: 1 });
    await memosSaved(at.world, 1);
    at.world.memos.deleteMemo((await at.memo()).name);
    for (const latitude of [2, 3, 4]) await moveTo(at, message_id, latitude);
    expect(at.said().slice(1)).toEqual([texts.deleted]);
    at.person.press(at.lastId(), "Save again");
    await at.world.until("where it is now", () => at.world.memos.memos()[0]?.location?.latitude === 4);
    await moveTo(at, message_id, 5);
    expect((await at.memo()).location?.latitude).toBe(5);
  });

  test("changed in Memos: a place that goes on is told once, and followed again when that is wanted", async () => {
    await using at = await withPerson();
    const { message_id } = at.person.shareLocation({ latitude: 1, longitude: 1 });
    await memosSaved(at.world, 1);
    const { name } = await at.memo();
    const home = { placeholder: "Home", latitude: 50, longitude: 8 };
    at.world.memos.editContent(name, "dinner at home");
    at.world.memos.editLocation(name, home);
    for (const latitude of [2, 3]) await moveTo(at, message_id, latitude);
    expect(await at.memo()).toMatchObject({ content: "dinner at home", location: home });
    expect(at.said().slice(1)).toEqual([texts.changed]);
    at.person.press(at.lastId(), "Overwrite");
    await at.world.until("where it is now", () => at.world.memos.memos()[0]?.location?.latitude === 3);
    await moveTo(at, message_id, 4);
    expect((await at.memo()).content).toContain("[4, 1]");
  });

  for (const what of ["changed", "deleted"] as const) {
    test(`${what} in Memos: ticks in a checklist are told once`, async () => {
      await using at = await withPerson();
      const list = at.person.sendChecklist("Trip", ["book", "pack", "go"]);
      await memosSaved(at.world, 1);
      const { name } = await at.memo();
      if (what === "changed") at.world.memos.editContent(name, "mine");
      else at.world.memos.deleteMemo(name);
      for (const task of [1, 2, 3]) {
        at.person.tick(list.message_id, [task]);
        await at.world.quiet();
      }
      expect(at.said().slice(1)).toEqual([texts[what]]);
    });
  }
});

describe("an edit of a message that", () => {
  test("was a command runs nothing and saves nothing", async () => {
    await using at = await withPerson();
    const sent = at.person.say("/id");
    await at.world.until("it answers", () => at.said().length === 1);
    at.person.edit(sent.message_id, "/unbind");
    at.person.say("after");
    await memosSaved(at.world, 1);
    expect((await at.memo()).content).toBe("after");
    expect(at.said()).toHaveLength(2);
  });

  for (const version of ["0.24.4", "0.30.0"]) {
    test(`waits for a file that cannot be had is saved as it is now, on ${version}`, async () => {
      await using at = await withPerson({ memos: { version } });
      const sent = at.person.sendAlbum([
        { type: "document", caption: "both", fileName: "good.bin", bytes: new Uint8Array([1]) },
        { type: "document", fileName: "lost.bin" },
      ]);
      const lost = sent[1] as { message_id: number; document: { file_id: string } };
      at.world.telegram.forgetFile(lost.document.file_id);
      await at.world.quiet();
      expect(at.world.memos.memos()).toEqual([]);
      at.person.edit(lost.message_id, {
        content: { document: documentIn(at.world, "found.bin") },
        caption: "found",
      });
      await at.world.quiet();
      await at.world.passes(6 * 60_000);
      await memosSaved(at.world, 1);
      const memo = await at.memo();
      expect(memo.content).toBe("both\n\nfound");
      expect(memo.attachments.map(sentName).toSorted()).toEqual(["found.bin", "good.bin"]);
      expect(at.world.memos.attachments()).toHaveLength(2);
      expect(at.said()).toEqual(["Saved as PRIVATE · open"]);
    });
  }

  test("waits leaves no file behind that it has no more", async () => {
    await using at = await withPerson();
    const sent = at.person.sendDocument({ caption: "one", fileName: "one.bin", bytes: new Uint8Array([1]) });
    at.world.memos.fault({
      match: { method: "POST", path: /^\/api\/v1\/memos$/ },
      times: 1,
      action: { status: 500, body: { code: 13, message: "no", details: [] } },
    });
    await at.world.quiet();
    expect(at.world.memos.attachments()).toHaveLength(1);
    at.person.edit(sent.message_id, {
      content: { document: documentIn(at.world, "two.bin") },
      caption: "two",
    });
    await at.world.quiet();
    await at.world.passes(6 * 60_000);
    await contentIs(at.world, "two");
    expect((await at.memo()).attachments.map(({ filename }) => filename)).toEqual(["two.bin"]);
    expect(at.world.memos.attachments()).toHaveLength(1);
  });

  test("was edited into a file that cannot be had is mended by the next edit", async () => {
    await using at = await withPerson();
    const sent = at.person.sendDocument({ caption: "one", fileName: "one.bin", bytes: new Uint8Array([1]) });
    await memosSaved(at.world, 1);
    const lost = documentIn(at.world, "lost.bin");
    at.person.edit(sent.message_id, { content: { document: lost }, caption: "one" });
    at.world.telegram.forgetFile(lost.file_id);
    await at.world.quiet();
    at.person.edit(sent.message_id, {
      content: { document: documentIn(at.world, "three.bin") },
      caption: "three",
    });
    await at.world.quiet();
    await at.world.passes(6 * 60_000);
    await contentIs(at.world, "three");
    expect((await at.memo()).attachments.map(({ filename }) => filename)).toEqual(["three.bin"]);
    expect(at.world.memos.attachments()).toHaveLength(1);
  });

  test("was not saved frees it with what it says now", async () => {
    await using at = await withPerson();
    at.world.memos.fault({
      match: { method: "POST", path: /^\/api\/v1\/memos$/, nth: 1 },
      action: { status: 400, body: { code: 3, message: "no", details: [] } },
    });
    const sent = at.person.say("refused");
    await at.world.until(
      "it is dead",
      () => rows(at.world, "SELECT 1 FROM jobs WHERE state = 'dead'").length === 1,
    );
    at.person.edit(sent.message_id, "accepted");
    await contentIs(at.world, "accepted");
    await at.memo();
  });
});
