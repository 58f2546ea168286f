import { describe, expect, test } from "bun:test";
import { botTexts, boundPerson, memosSaved, rows, SAMPLE_USER, sample } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { testBound } from "../support/test-bound.ts";

const MIB = 1024 * 1024;

const file = (name: string, caption?: string) => ({
  type: "document" as const,
  fileName: name,
  bytes: Buffer.from(`bytes of ${name}`),
  ...(caption !== undefined && { caption }),
});

const fileNames = (world: ChatWorld, at = 0) =>
  world.memos.memos()[at]?.attachments.map(({ filename }) => filename) ?? [];

const savedTexts = (world: ChatWorld) => world.memos.memos().map((memo) => memo.content);

/** One memo, one confirmation, no stray file. */
async function isOne(world: ChatWorld, chat: { id: number }, files: number): Promise<void> {
  await world.quiet();
  expect(world.memos.memos()).toHaveLength(1);
  expect(world.memos.memos()[0]?.attachments).toHaveLength(files);
  expect(world.memos.attachments()).toHaveLength(files);
  expect(botTexts(world, chat)).toEqual(["Saved as PRIVATE · open"]);
}

describe("an album", () => {
  testBound("with a part that nobody knows yet is saved without it, and says so", async ({ world }) => {
    const [photo, video] = sample("album-photo-video") as { message: Record<string, unknown> }[];
    const { video: _, ...bare } = video?.message ?? {};
    world.telegram.deliver([photo, { ...video, message: { ...bare, hologram: { depth: 1 } } }] as object[]);
    const [memo] = await memosSaved(world, 1);
    expect(memo?.attachments.map(({ type }) => type)).toEqual(["image/jpeg"]);
    expect(memo?.content).toBe("caption sits on the **second** item");
    expect(botTexts(world, { id: SAMPLE_USER })).toEqual([
      "Saved as PRIVATE · open\nSomething in it is new to me, and may be missing. I add it after an update of memoferry.",
    ]);
  });

  testBound(
    "takes in a late part that nobody knows, and goes on with those that are known",
    async ({ world, person }) => {
      const { chat, from, date } = person.say("before it");
      const part = (id: number, content: object) => ({
        message: { chat, from, date, message_id: id, media_group_id: "G", ...content },
      });
      const photo = (id: string) => ({
        photo: [{ file_id: id, file_unique_id: `${id}-u`, width: 1, height: 1, file_size: 3 }],
      });
      world.telegram.deliver(part(901, { ...photo("a"), caption: "one" }));
      await memosSaved(world, 2);
      world.telegram.deliver(part(902, { hologram: {}, caption: "two" }));
      await world.until("it is told", () =>
        botTexts(world, person).at(-1)?.startsWith("Something in it is new to me"),
      );
      world.telegram.deliver(part(903, { ...photo("b"), caption: "three" }));
      await world.until("the third", () => world.memos.memos()[1]?.attachments.length === 2);
      world.telegram.deliver({
        edited_message: {
          ...part(901, { ...photo("a"), caption: "one, edited" }).message,
          edit_date: date + 1,
        },
      });
      await world.until("edited", () => world.memos.memos()[1]?.content === "one, edited\n\ntwo\n\nthree");
      expect(botTexts(world, person)).toHaveLength(3);
    },
  );
});

describe("in trouble, an album", () => {
  testBound(
    "while Memos goes away between its files is one memo with each file once",
    async ({ world, person }) => {
      let uploads = 0;
      world.memos.onRequest = async ({ method, path }, phase) => {
        if (method !== "POST" || !path.endsWith("/attachments") || phase !== "after") return;
        uploads += 1;
        if (uploads === 2) void world.memos.stop();
      };
      person.sendAlbum([file("1", "one"), file("2"), file("3"), file("4")]);
      await world.quiet();
      expect(savedTexts(world)).toEqual([]);
      await world.memos.start();
      await world.settled();
      expect(fileNames(world)).toEqual(["1", "2", "3", "4"]);
      await isOne(world, person, 4);
    },
  );

  for (const action of ["drop-before", "drop-after", "truncate", "busy", { status: 500 }] as const) {
    const what = typeof action === "string" ? action : "500";
    testBound(
      `with each call to Memos once met by ${what} is one memo with each file once`,
      async ({ world, person }) => {
        for (const nth of [1, 3, 5]) {
          world.memos.fault({ match: { method: "POST", path: /attachments$/, nth }, action });
        }
        world.memos.fault({ match: { method: "POST", path: /memos$/, nth: 1 }, action });
        person.sendAlbum([file("1", "one"), file("2"), file("3"), file("4")]);
        await world.settled();
        expect(fileNames(world)).toEqual(["1", "2", "3", "4"]);
        expect(savedTexts(world)).toEqual(["one"]);
        await isOne(world, person, 4);
      },
    );
  }
});

describe("a late part of an album", () => {
  const mediaGroupId = "13999999999999999";

  async function withAlbum(world: ChatWorld) {
    const { person } = await boundPerson(world);
    person.sendAlbum([file("1", "one"), file("2")], { mediaGroupId });
    const [memo] = await memosSaved(world, 1);
    if (!memo) throw new Error("no memo");
    const late = (name: string, caption = "") =>
      person.sendDocument({ fileName: name, bytes: Buffer.from(name), caption, mediaGroupId });
    return { person, memo, late };
  }

  const now = (world: ChatWorld) => world.memos.memos()[0];

  test("joins the memo that was made without it, and is not confirmed again", async () => {
    await using world = await chatWorld();
    const { person, late } = await withAlbum(world);
    late("3", "three");
    await world.until("joined", () => now(world)?.attachments.length === 3);
    await isOne(world, person, 3);
    expect(fileNames(world)).toEqual(["1", "2", "3"]);
    expect(now(world)?.content).toBe("one\n\nthree");
    expect(rows(world, "SELECT count(*) AS links FROM links WHERE confirmation = 0")).toEqual([{ links: 3 }]);
  });

  test("keeps a file that the person added in Memos meanwhile", async () => {
    await using world = await chatWorld();
    const { memo, late } = await withAlbum(world);
    world.memos.addFile(memo.name, { filename: "mine.txt", bytes: Buffer.from("mine") });
    late("3");
    await world.until("joined", () => now(world)?.attachments.length === 4);
    expect(fileNames(world).toSorted()).toEqual(["1", "2", "3", "mine.txt"]);
    expect(world.memos.attachments()).toHaveLength(4);
  });

  test("does not bring back a file that the person deleted in Memos meanwhile", async () => {
    await using world = await chatWorld();
    const { memo, late } = await withAlbum(world);
    world.memos.deleteFile(memo.attachments[0]?.name ?? "");
    late("3");
    await world.until("joined", () => fileNames(world).includes("3"));
    expect(fileNames(world).toSorted()).toEqual(["2", "3"]);
    expect(world.memos.attachments()).toHaveLength(2);
  });

  test("leaves content that was changed in Memos alone: its caption becomes a comment", async () => {
    await using world = await chatWorld();
    const { memo, late } = await withAlbum(world);
    world.memos.editContent(memo.name, "my own words");
    late("3", "three");
    await world.until("commented", () => world.memos.comments(memo.name).length > 0);
    expect(now(world)?.content).toBe("my own words");
    expect(world.memos.comments(memo.name).map((comment) => comment.content)).toEqual(["three"]);
    expect(fileNames(world)).toEqual(["1", "2", "3"]);
  });

  test("comments once, also when the comment's answer was lost", async () => {
    await using world = await chatWorld();
    const { memo, late } = await withAlbum(world);
    world.memos.editContent(memo.name, "my own words");
    world.memos.fault({ match: { method: "POST", path: /comments$/ }, times: 1, action: "drop-after" });
    late("3", "three");
    await world.until("commented", () => world.memos.comments(memo.name).length > 0);
    expect(world.memos.comments(memo.name)).toHaveLength(1);
    expect(world.memos.memos()).toHaveLength(1);
  });

  test("keeps the person's visibility and pin", async () => {
    await using world = await chatWorld();
    const { person, late } = await withAlbum(world);
    const [told] = world.telegram.botMessages(person.id);
    person.press(told?.message_id ?? 0, "PUBLIC");
    await world.until("public", () => now(world)?.visibility === "PUBLIC");
    const [changed] = world.telegram.botMessages(person.id);
    person.press(changed?.message_id ?? 0, "Pin");
    await world.until("pinned", () => now(world)?.pinned);
    late("3", "three");
    await world.until("joined", () => now(world)?.attachments.length === 3);
    expect(now(world)).toMatchObject({ visibility: "PUBLIC", pinned: true, content: "one\n\nthree" });
  });

  test("of a memo that was deleted in Memos is told, and the memo is not made again", async () => {
    await using world = await chatWorld();
    const { person, memo, late } = await withAlbum(world);
    world.memos.deleteMemo(memo.name);
    late("3", "three");
    await world.until("told", () => botTexts(world, person).length === 2);
    expect(world.memos.memos()).toEqual([]);
    expect(world.memos.attachments()).toEqual([]);
    expect(botTexts(world, person)[1]).toContain("This memo is gone: it was deleted in Memos.");
  });

  for (const action of ["drop-after", "drop-before", { status: 500 }] as const) {
    const what = typeof action === "string" ? action : "500";
    test(`joins once when every call of it is met by ${what} first`, async () => {
      await using world = await chatWorld();
      const { person, late } = await withAlbum(world);
      world.memos.fault({ match: { method: "POST", path: /attachments$/, nth: 1 }, action });
      world.memos.fault({ match: { method: "PATCH", path: /attachments$/, nth: 1 }, action });
      world.memos.fault({ match: { method: "PATCH", path: /memos\/[^/]+$/, nth: 1 }, action });
      late("3", "three");
      await world.eventually("joined", () => now(world)?.content === "one\n\nthree");
      await isOne(world, person, 3);
      expect(fileNames(world)).toEqual(["1", "2", "3"]);
    });
  }

  test("that is too large is named in the memo", async () => {
    await using world = await chatWorld();
    const { person } = await withAlbum(world);
    person.sendDocument({ fileName: "huge.bin", size: 21 * MIB, caption: "huge", mediaGroupId });
    await world.until("named", () => now(world)?.content.includes("huge.bin"));
    expect(now(world)?.content).toStartWith("one\n\nhuge\n\n📎 huge.bin is only in Telegram");
    expect(now(world)?.attachments).toHaveLength(2);
  });
});
