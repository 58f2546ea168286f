import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  botTexts,
  boundPerson,
  createWorld,
  memosSaved,
  passTime,
  rows,
  SAMPLE_USER,
  sample,
  settled,
  until,
  type World,
} from "../support/app.ts";

setDefaultTimeout(20_000);
/** The window of 1.5 s takes 0.3 s. */
const rate = 5;
const MIB = 1024 * 1024;

const photo = (caption?: string) => ({ type: "photo" as const, ...(caption !== undefined && { caption }) });
const file = (name: string, caption?: string) => ({
  type: "document" as const,
  fileName: name,
  bytes: Buffer.from(`bytes of ${name}`),
  ...(caption !== undefined && { caption }),
});

const fileNames = (world: World, at = 0) =>
  world.memos.memos()[at]?.attachments.map(({ filename }) => filename) ?? [];

const savedTexts = (world: World) => world.memos.memos().map((memo) => memo.content);

/** One memo, one confirmation, no stray file. */
async function isOne(world: World, chat: { id: number }, files: number): Promise<void> {
  await settled(world);
  expect(world.memos.memos()).toHaveLength(1);
  expect(world.memos.memos()[0]?.attachments).toHaveLength(files);
  expect(world.memos.attachments()).toHaveLength(files);
  expect(botTexts(world, chat)).toEqual(["Saved as PRIVATE · open"]);
}

describe("an album", () => {
  test("is one memo with all files in message order, its caption, and one confirmation", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    world.telegram.deliver(sample("album-photos"));
    const [memo] = await memosSaved(world, 1);
    await isOne(world, { id: SAMPLE_USER }, 3);
    expect(memo?.content).toBe("Three from the market");
    const day = memo?.createTime.slice(0, 10);
    expect(fileNames(world)).toEqual([4121, 4122, 4123].map((id) => `photo-${day}-${id}.jpg`));
    expect(world.telegram.sent[0]?.message["reply_to_message"]).toMatchObject({ message_id: 4121 });
  });

  test("of documents with a caption each keeps every caption", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    world.telegram.deliver(sample("album-documents-captions"));
    const [memo] = await memosSaved(world, 1);
    const captions = sample("album-documents-captions").map(
      (update) => (update["message"] as { caption: string }).caption,
    );
    expect(memo?.content).toBe(captions.join("\n\n"));
    await isOne(world, { id: SAMPLE_USER }, captions.length);
  });

  test("with its caption on the second part only keeps it", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.sendAlbum([photo(), photo("on the second"), photo()]);
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toBe("on the second");
    await isOne(world, person, 3);
  });

  test("of ten parts is closed at once", async () => {
    await using world = await createWorld({ rate: 0.01, telegram: { limits: false } });
    const { person } = await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    const names = Array.from({ length: 10 }, (_, at) => `${at}.txt`);
    person.sendAlbum(names.map((name) => file(name)));
    // At this rate its 1.5 s would take 150.
    await memosSaved(world, 1);
    expect(fileNames(world)).toEqual(names);
    await isOne(world, person, 10);
  });

  test("is closed at once by a later message of the chat", async () => {
    await using world = await createWorld({ rate: 0.01, telegram: { limits: false } });
    const { person } = await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    person.sendAlbum([photo("first"), photo()]);
    person.say("second");
    // At this rate its 1.5 s would take 150.
    await memosSaved(world, 2);
    expect(savedTexts(world)).toEqual(["first", "second"]);
  });

  test("split over two polls is one memo", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.sendAlbum([file("1", "one"), file("2"), file("3", "three"), file("4")], { split: 2 });
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toBe("one\n\nthree");
    expect(fileNames(world)).toEqual(["1", "2", "3", "4"]);
    await isOne(world, person, 4);
  });

  test("whose parts come out of order has them in message order", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    world.telegram.deliver(sample("album-documents-captions").toReversed());
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toStartWith("Page 1\n\nPage 2");
    expect(fileNames(world).slice(0, 2)).toEqual(["scan-1.pdf", "scan-2.pdf"]);
    await isOne(world, { id: SAMPLE_USER }, sample("album-documents-captions").length);
  });

  test("with another chat's messages between its parts is one memo, and so are theirs", async () => {
    await using world = await createWorld({ rate });
    const alice = await boundPerson(world, "alice");
    const bob = await boundPerson(world, "bob");
    alice.person.sendAlbum([file("1", "album"), file("2"), file("3")], {
      split: 1,
      between: () => {
        bob.person.say("from bob");
        bob.person.sendPhoto({ caption: "a photo of bob" });
      },
    });
    await memosSaved(world, 3);
    await settled(world);
    const album = world.memos.memos().find((memo) => memo.creator === alice.account.name);
    expect(album?.attachments.map(({ filename }) => filename)).toEqual(["1", "2", "3"]);
    expect(world.memos.memos()).toHaveLength(3);
  });

  test("interleaved with another one of the same chat: two memos with their own files", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const [a, b] = ["13000000000000001", "13000000000000002"];
    const send = (name: string, mediaGroupId: string) =>
      person.sendDocument({ fileName: name, bytes: Buffer.from(name), caption: name, mediaGroupId });
    send("a1", a);
    send("b1", b);
    send("a2", a);
    send("b2", b);
    await memosSaved(world, 2);
    await settled(world);
    expect(world.memos.memos()).toHaveLength(2);
    expect([fileNames(world, 0), fileNames(world, 1)].toSorted()).toEqual([
      ["a1", "a2"],
      ["b1", "b2"],
    ]);
    expect(savedTexts(world).toSorted()).toEqual(["a1\n\na2", "b1\n\nb2"]);
    expect(botTexts(world, person)).toHaveLength(2);
  });

  test("forwarded is one memo", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    const parts = sample("forward-album");
    world.telegram.deliver(parts);
    await memosSaved(world, 1);
    await isOne(world, { id: SAMPLE_USER }, parts.length);
  });

  test("delivered again after a lost answer of getUpdates is one memo", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    world.telegram.fault({ match: { method: "getUpdates" }, times: 2, action: "drop-after" });
    person.sendAlbum([file("1", "one"), file("2"), file("3")]);
    await memosSaved(world, 1);
    await isOne(world, person, 3);
  });

  test("with a part that is too large keeps the others and names it", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.sendAlbum([
      file("small.txt", "three files"),
      { type: "document", fileName: "huge.bin", size: 21 * MIB },
      file("other.txt"),
    ]);
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    expect(memo?.attachments.map(({ filename }) => filename)).toEqual(["small.txt", "other.txt"]);
    expect(memo?.content).toStartWith("three files\n\n📎 huge.bin is only in Telegram: at 21.0 MB ");
    expect(botTexts(world, person)).toEqual([
      "Saved as PRIVATE · open\nWithout huge.bin: at 21.0 MB it is larger than what Telegram gives to bots (20 MB).",
    ]);
  });

  test("that mixes photos and videos has both in message order, and the caption of the second", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    world.telegram.deliver(sample("album-photo-video"));
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    expect(memo?.attachments.map(({ type }) => type)).toEqual(["image/jpeg", "video/mp4"]);
    expect(memo?.content).not.toBe("");
    expect(botTexts(world, { id: SAMPLE_USER })).toEqual(["Saved as PRIVATE · open"]);
  });

  test("with a part that nobody knows yet is saved without it, and says so", async () => {
    await using world = await createWorld({ rate });
    await boundPerson(world);
    const [photo, video] = sample("album-photo-video") as { message: Record<string, unknown> }[];
    const { video: _, ...bare } = video?.message ?? {};
    world.telegram.deliver([photo, { ...video, message: { ...bare, hologram: { depth: 1 } } }] as object[]);
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    expect(memo?.attachments.map(({ type }) => type)).toEqual(["image/jpeg"]);
    expect(memo?.content).toBe("caption sits on the **second** item");
    expect(botTexts(world, { id: SAMPLE_USER })).toEqual([
      "Saved as PRIVATE · open\nThere is something in it that I do not know yet: the memo may lack a part of it. I keep it, and add it after an update of memoferry.",
    ]);
  });

  test("takes in a late part that nobody knows, and goes on with those that are known", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const { chat, from, date } = person.say("before it");
    const part = (id: number, content: object) => ({
      message: { chat, from, date, message_id: id, media_group_id: "G", ...content },
    });
    const photo = (id: string) => ({
      photo: [{ file_id: id, file_unique_id: `${id}-u`, width: 1, height: 1, file_size: 3 }],
    });
    world.telegram.deliver(part(901, { ...photo("a"), caption: "one" }));
    await memosSaved(world, 2);
    await settled(world);
    world.telegram.deliver(part(902, { hologram: {}, caption: "two" }));
    await until("it is told", () => botTexts(world, person).at(-1)?.startsWith("There is something in it"));
    world.telegram.deliver(part(903, { ...photo("b"), caption: "three" }));
    await until("the third", () => world.memos.memos()[1]?.attachments.length === 2);
    world.telegram.deliver({
      edited_message: {
        ...part(901, { ...photo("a"), caption: "one, edited" }).message,
        edit_date: date + 1,
      },
    });
    await until("edited", () => world.memos.memos()[1]?.content === "one, edited\n\ntwo\n\nthree");
    await settled(world);
    expect(botTexts(world, person)).toHaveLength(3);
  });

  test("of which the first part was not known is saved once another comes", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const { chat, from, date } = person.say("before it");
    const part = (id: number, content: object) => ({
      message: { chat, from, date, message_id: id, media_group_id: "G", ...content },
    });
    world.telegram.deliver(part(901, { hologram: {} }));
    await until("dead", () => rows(world, "SELECT id FROM jobs WHERE state = 'dead'").length === 1);
    const photo = [{ file_id: "a", file_unique_id: "u", width: 1, height: 1, file_size: 3 }];
    world.telegram.deliver(part(902, { photo }));
    const memos = await memosSaved(world, 2);
    expect(memos[1]?.attachments).toHaveLength(1);
    await settled(world);
  });
});

describe("in trouble, an album", () => {
  test("split by a stop and a start in its middle is one memo", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    const [first, ...rest] = sample("album-documents-captions").map((update) => {
      const message = update["message"] as Record<string, unknown>;
      return { ...update, message: { ...message, from: person.user, chat: chatOf(person) } };
    });
    world.telegram.deliver(first ?? []);
    await until("the first part", () => rows(world, "SELECT id FROM jobs WHERE kind = 'album'").length > 0);
    await world.stopApp();
    expect(world.memos.memos()).toEqual([]);
    world.telegram.deliver(rest);
    await world.startApp();
    await memosSaved(world, 1);
    await isOne(world, person, rest.length + 1);
    expect(savedTexts(world)[0]).toStartWith("Page 1\n\nPage 2");
  });

  test("while Memos goes away between its files is one memo with each file once", async () => {
    await using world = await createWorld({ rate: 20 });
    const { person } = await boundPerson(world);
    let uploads = 0;
    world.memos.onRequest = async ({ method, path }, phase) => {
      if (method !== "POST" || !path.endsWith("/attachments") || phase !== "after") return;
      uploads += 1;
      if (uploads === 2) void world.memos.stop();
    };
    person.sendAlbum([file("1", "one"), file("2"), file("3"), file("4")]);
    await until("memos away", () => world.log.some((line) => line["message"] === "memos does not answer"));
    await world.memos.start();
    await memosSaved(world, 1);
    expect(fileNames(world)).toEqual(["1", "2", "3", "4"]);
    await isOne(world, person, 4);
  });

  for (const action of ["drop-before", "drop-after", "truncate", "busy", { status: 500 }] as const) {
    const what = typeof action === "string" ? action : "500";
    test(`with each call to Memos once met by ${what} is one memo with each file once`, async () => {
      await using world = await createWorld({ rate: 20 });
      const { person } = await boundPerson(world);
      await until("memos found", () => world.log.some((line) => line["message"] === "memos found"));
      for (const nth of [1, 3, 5]) {
        world.memos.fault({ match: { method: "POST", path: /attachments$/, nth }, action });
      }
      world.memos.fault({ match: { method: "POST", path: /memos$/, nth: 1 }, action });
      person.sendAlbum([file("1", "one"), file("2"), file("3"), file("4")]);
      await until("its parts", () => rows(world, "SELECT seq FROM updates").length === 4);
      await passTime(world, "the album's end", () => botTexts(world, person).length > 0);
      expect(fileNames(world)).toEqual(["1", "2", "3", "4"]);
      expect(savedTexts(world)).toEqual(["one"]);
      await isOne(world, person, 4);
    });
  }
});

describe("a late part of an album", () => {
  const mediaGroupId = "13999999999999999";

  async function withAlbum(world: World) {
    const { person } = await boundPerson(world);
    person.sendAlbum([file("1", "one"), file("2")], { mediaGroupId });
    const [memo] = await memosSaved(world, 1);
    await settled(world);
    if (!memo) throw new Error("no memo");
    const late = (name: string, caption = "") =>
      person.sendDocument({ fileName: name, bytes: Buffer.from(name), caption, mediaGroupId });
    return { person, memo, late };
  }

  const now = (world: World) => world.memos.memos()[0];

  test("joins the memo that was made without it, and is not confirmed again", async () => {
    await using world = await createWorld({ rate });
    const { person, late } = await withAlbum(world);
    late("3", "three");
    await until("joined", () => now(world)?.attachments.length === 3);
    await isOne(world, person, 3);
    expect(fileNames(world)).toEqual(["1", "2", "3"]);
    expect(now(world)?.content).toBe("one\n\nthree");
    expect(rows(world, "SELECT count(*) AS links FROM memo_links WHERE confirmation = 0")).toEqual([
      { links: 3 },
    ]);
  });

  test("without a caption leaves the content as it is", async () => {
    await using world = await createWorld({ rate });
    const { person, late } = await withAlbum(world);
    late("3");
    late("4");
    await until("joined", () => now(world)?.attachments.length === 4);
    await isOne(world, person, 4);
    expect(now(world)?.content).toBe("one");
  });

  test("keeps a file that the person added in Memos meanwhile", async () => {
    await using world = await createWorld({ rate });
    const { memo, late } = await withAlbum(world);
    world.memos.addFile(memo.name, { filename: "mine.txt", bytes: Buffer.from("mine") });
    late("3");
    await until("joined", () => now(world)?.attachments.length === 4);
    await settled(world);
    expect(fileNames(world).toSorted()).toEqual(["1", "2", "3", "mine.txt"]);
    expect(world.memos.attachments()).toHaveLength(4);
  });

  test("does not bring back a file that the person deleted in Memos meanwhile", async () => {
    await using world = await createWorld({ rate });
    const { memo, late } = await withAlbum(world);
    world.memos.deleteFile(memo.attachments[0]?.name ?? "");
    late("3");
    await until("joined", () => fileNames(world).includes("3"));
    await settled(world);
    expect(fileNames(world).toSorted()).toEqual(["2", "3"]);
    expect(world.memos.attachments()).toHaveLength(2);
  });

  test("leaves content that was changed in Memos alone: its caption becomes a comment", async () => {
    await using world = await createWorld({ rate });
    const { memo, late } = await withAlbum(world);
    world.memos.editContent(memo.name, "my own words");
    late("3", "three");
    await until("commented", () => world.memos.comments(memo.name).length > 0);
    await settled(world);
    expect(now(world)?.content).toBe("my own words");
    expect(world.memos.comments(memo.name).map((comment) => comment.content)).toEqual(["three"]);
    expect(fileNames(world)).toEqual(["1", "2", "3"]);
  });

  test("comments once, also when the comment's answer was lost", async () => {
    await using world = await createWorld({ rate: 20 });
    const { memo, late } = await withAlbum(world);
    world.memos.editContent(memo.name, "my own words");
    world.memos.fault({ match: { method: "POST", path: /comments$/ }, times: 1, action: "drop-after" });
    late("3", "three");
    await until("commented", () => world.memos.comments(memo.name).length > 0);
    await settled(world);
    expect(world.memos.comments(memo.name)).toHaveLength(1);
    expect(world.memos.memos()).toHaveLength(1);
  });

  test("keeps the person's visibility and pin", async () => {
    await using world = await createWorld({ rate });
    const { person, late } = await withAlbum(world);
    const [told] = world.telegram.botMessages(person.id);
    person.press(told?.message_id ?? 0, "PUBLIC");
    await until("public", () => now(world)?.visibility === "PUBLIC");
    const [changed] = world.telegram.botMessages(person.id);
    person.press(changed?.message_id ?? 0, "Pin");
    await until("pinned", () => now(world)?.pinned);
    late("3", "three");
    await until("joined", () => now(world)?.attachments.length === 3);
    await settled(world);
    expect(now(world)).toMatchObject({ visibility: "PUBLIC", pinned: true, content: "one\n\nthree" });
  });

  test("of a memo that was deleted in Memos is told, and the memo is not made again", async () => {
    await using world = await createWorld({ rate });
    const { person, memo, late } = await withAlbum(world);
    world.memos.deleteMemo(memo.name);
    late("3", "three");
    await until("told", () => botTexts(world, person).length === 2);
    await settled(world);
    expect(world.memos.memos()).toEqual([]);
    expect(world.memos.attachments()).toEqual([]);
    expect(botTexts(world, person)[1]).toContain("its memo was deleted in Memos meanwhile");
  });

  for (const action of ["drop-after", "drop-before", { status: 500 }] as const) {
    const what = typeof action === "string" ? action : "500";
    test(`joins once when every call of it is met by ${what} first`, async () => {
      await using world = await createWorld({ rate: 20 });
      const { person, late } = await withAlbum(world);
      world.memos.fault({ match: { method: "POST", path: /attachments$/, nth: 1 }, action });
      world.memos.fault({ match: { method: "PATCH", path: /attachments$/, nth: 1 }, action });
      world.memos.fault({ match: { method: "PATCH", path: /memos\/[^/]+$/, nth: 1 }, action });
      late("3", "three");
      await passTime(world, "joined", () => now(world)?.content === "one\n\nthree");
      await isOne(world, person, 3);
      expect(fileNames(world)).toEqual(["1", "2", "3"]);
    });
  }

  test("after a restart joins too", async () => {
    await using world = await createWorld({ rate });
    const { person, late } = await withAlbum(world);
    await world.stopApp();
    late("3", "three");
    await world.startApp();
    await until("joined", () => now(world)?.attachments.length === 3);
    await isOne(world, person, 3);
  });

  test("that is too large is named in the memo", async () => {
    await using world = await createWorld({ rate });
    const { person } = await withAlbum(world);
    person.sendDocument({ fileName: "huge.bin", size: 21 * MIB, caption: "huge", mediaGroupId });
    await until("named", () => now(world)?.content.includes("huge.bin"));
    await settled(world);
    expect(now(world)?.content).toStartWith("one\n\nhuge\n\n📎 huge.bin is only in Telegram");
    expect(now(world)?.attachments).toHaveLength(2);
  });
});

function chatOf(person: { id: number; user: { first_name: string; username?: string } }) {
  const { first_name, username } = person.user;
  return { id: person.id, first_name, username, type: "private" };
}
