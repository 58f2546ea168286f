import { expect, test } from "bun:test";
import type { Person } from "../fakes/telegram.ts";
import type { Place } from "./app.ts";
import { conversation } from "./conversation.ts";
import type { Note, Notes } from "./notes.ts";

/** The program, or its chat alone, between Telegram and a Memos, with a person who has nothing there yet. */
export interface Stage extends AsyncDisposable {
  readonly world: Place;
  readonly person: Person;
  readonly notes: Notes;
}

const seconds = (date: number | undefined) => `${new Date((date ?? 0) * 1000).toISOString().slice(0, 19)}Z`;

/** What everybody needs, on every version of Memos; on a stand-in or a real server. */
export function coreSet(open: () => Promise<Stage>): void {
  const contents = (notes: readonly Note[]) => notes.map(({ content }) => content);

  /** Memos of one second stand in any order on real servers. */
  async function memosOf({ world, notes }: Stage): Promise<Note[]> {
    await world.quiet();
    return (await notes.memos()).toSorted((one, other) => (one.content < other.content ? -1 : 1));
  }

  async function theMemo(stage: Stage): Promise<Note> {
    const [memo, ...others] = await memosOf(stage);
    if (!memo || others.length > 0) throw new Error(`${others.length + (memo ? 1 : 0)} memos, not one`);
    return memo;
  }

  test("a text, a photo, an album and a document are a memo each, with their files, dated as sent", async () => {
    await using stage = await open();
    const { person, notes } = stage;
    const album = ["one.txt", "two.txt", "three.txt"].map((fileName) => ({
      type: "document" as const,
      fileName,
      bytes: Buffer.from(`bytes of ${fileName}`),
      ...(fileName === "one.txt" && { caption: "2 an album" }),
    }));
    const sent = [
      person.say('0 plain text, *as typed* #tag "quoted" \\ 👋'),
      person.sendPhoto({ caption: "1 a photo" }),
      person.sendAlbum(album)[0],
      person.sendDocument({
        fileName: "paper.pdf",
        bytes: Buffer.from("bytes of paper"),
        caption: "3 a document",
      }),
    ];
    const memos = await memosOf(stage);
    expect(contents(memos)).toEqual([
      '0 plain text, *as typed* #tag "quoted" \\ 👋',
      "1 a photo",
      "2 an album",
      "3 a document",
    ]);
    expect(memos.map(({ createTime }) => createTime)).toEqual(sent.map((message) => seconds(message?.date)));
    expect(memos.map(({ visibility }) => visibility)).toEqual(Array(4).fill("PRIVATE"));
    expect(memos.map(({ files }) => files.map(({ name }) => name))).toEqual([
      [],
      [expect.stringMatching(/^photo-.*\.jpg$/)],
      ["one.txt", "two.txt", "three.txt"],
      ["paper.pdf"],
    ]);
    const texts = memos
      .slice(2)
      .flatMap(({ files }) => files.map(({ bytes }) => Buffer.from(bytes).toString()));
    expect(texts).toEqual(["bytes of one.txt", "bytes of two.txt", "bytes of three.txt", "bytes of paper"]);
    expect(await notes.strayFiles()).toEqual([]);
    expect(stage.world.telegram.botMessages(person.id)).toHaveLength(4);
  });

  test("an edit changes its memo and exchanges its file, and the buttons change its visibility and pin", async () => {
    await using stage = await open();
    const { world, person, notes } = stage;
    const sent = person.sendDocument({
      fileName: "old.pdf",
      bytes: Buffer.from("old"),
      caption: "as first sent",
    });
    await theMemo(stage);
    person.edit(sent.message_id, { caption: "as edited" });
    expect(await theMemo(stage)).toMatchObject({ content: "as edited", files: [{ name: "old.pdf" }] });
    const document = world.telegram.file("document", { fileName: "new.pdf", bytes: Buffer.from("new") });
    person.edit(sent.message_id, {
      content: { document: { file_name: "new.pdf", ...document } },
      caption: "as edited",
    });
    expect(
      (await theMemo(stage)).files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]),
    ).toEqual([["new.pdf", "new"]]);
    expect(await notes.strayFiles()).toEqual([]);
    const confirmation = world.telegram.botMessages(person.id)[0]?.message_id ?? 0;
    person.press(confirmation, "PROTECTED");
    await world.until("protected", async () => (await notes.memos())[0]?.visibility === "PROTECTED");
    await world.quiet();
    person.press(confirmation, "Pin");
    await world.until("pinned", async () => (await notes.memos())[0]?.pinned);
    // What the person did there outlives an edit.
    person.edit(sent.message_id, { caption: "edited again" });
    expect(await theMemo(stage)).toMatchObject({
      content: "edited again",
      visibility: "PROTECTED",
      pinned: true,
      files: [{ name: "new.pdf" }],
    });
  });

  test("a reply is a comment with its files, follows its edits, and is never a memo", async () => {
    await using stage = await open();
    const { person, notes, world } = stage;
    const sent = person.say("a question");
    const memo = await theMemo(stage);
    const reply = person.reply(sent, "an answer");
    await world.quiet();
    const file = world.telegram.file("document", { fileName: "proof.pdf", bytes: Buffer.from("proof") });
    person.reply(sent, { document: { file_name: "proof.pdf", ...file }, caption: "with a proof" });
    await world.quiet();
    person.edit(reply.message_id, "a better answer");
    await world.quiet();
    const comments = (await notes.comments(memo.name)).toSorted((a, b) => (a.content < b.content ? -1 : 1));
    expect(contents(comments)).toEqual(["a better answer", "with a proof"]);
    expect(comments[1]?.files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])).toEqual([
      ["proof.pdf", "proof"],
    ]);
    await theMemo(stage);
  });

  test("a text that is longer than a memo takes goes on in comments, nothing of it lost", async () => {
    await using stage = await open();
    const { person, notes, world } = stage;
    const long = Array.from({ length: 600 }, (_, line) => `line ${line} of a text`).join("\n");
    person.paste(long, { atLines: true });
    await world.quiet();
    const memo = await theMemo(stage);
    const rest = contents(await notes.comments(memo.name));
    const first = (text: string) => Number(/line (\d+)/.exec(text)?.[1]);
    const all = [memo.content, ...rest.toSorted((one, other) => first(one) - first(other))].join("\n");
    // Some versions break a line only where two spaces stand before its end.
    expect(all.replaceAll("  \n", "\n")).toBe(long);
    expect(rest.length).toBeGreaterThan(0);
  });

  test("/search, /recent and inline mode find what was saved, with links; a command is no memo", async () => {
    await using stage = await open();
    const { person, world } = stage;
    for (const text of ["the needle #hay", 'a "quoted" needle', "nothing of it"]) person.say(text);
    await memosOf(stage);
    const answer = async (command: string) => {
      person.say(command);
      await world.quiet();
      return conversation(world, person).seen().at(-1);
    };
    expect((await answer("/search needle"))?.links).toHaveLength(2);
    const quoted = await answer('/search "quoted"');
    expect(quoted?.text).toContain('a "quoted" needle');
    expect(quoted?.links).toHaveLength(1);
    const recent = await answer("/recent");
    expect(recent?.text).toContain("nothing of it");
    expect(recent?.links).toHaveLength(3);
    const asked = person.asks("needle");
    await world.quiet();
    const { results } = await asked.answer;
    const titles = results.map(({ title }) => title);
    // Memos of one second stand in any order on real servers.
    expect(titles.toSorted()).toEqual(['a "quoted" needle', "the needle #hay"]);
    expect(await memosOf(stage)).toHaveLength(3);
  });

  test("/delete asks first, offers the archive instead, and deletes for good", async () => {
    await using stage = await open();
    const { person, notes, world } = stage;
    const sent = person.sendDocument({
      fileName: "a.pdf",
      bytes: Buffer.from("a"),
      caption: "to be deleted",
    });
    await theMemo(stage);
    const talk = conversation(world, person);
    const state = async () => (await notes.memos())[0]?.state;
    person.say("/delete", { replyTo: sent.message_id });
    await talk.presses("Archive");
    await world.until("archived", async () => (await state()) === "ARCHIVED");
    await talk.presses("Take out of the archive");
    await world.until("back", async () => (await state()) === "NORMAL");
    await world.quiet();
    expect(await theMemo(stage)).toMatchObject({ content: "to be deleted", files: [{ name: "a.pdf" }] });
    person.say("/delete", { replyTo: sent.message_id });
    // The confirmation has a button of that name, too.
    await talk.hears("Delete this memo for good");
    await talk.presses("Delete");
    // A list of which a memo is deleted meanwhile fails in Memos 0.26.
    await world.until("gone", async () => (await notes.memos().catch(() => null))?.length === 0);
    expect(await notes.strayFiles()).toEqual([]);
  });

  test("equal texts sent together are a memo each", async () => {
    await using stage = await open();
    for (let at = 0; at < 3; at += 1) stage.person.say("the same");
    expect(contents(await memosOf(stage))).toEqual(["the same", "the same", "the same"]);
  });
}
