import { describe, expect, test } from "bun:test";
import {
  botTexts,
  boundPerson,
  changeSettings,
  contents,
  memosSaved,
  rows,
  sentName,
} from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";

const VERSIONS = [
  "0.22.5",
  "0.23.1",
  "0.24.4",
  "0.25.0",
  "0.25.3",
  "0.26.2",
  "0.27.1",
  "0.28.0",
  "0.29.1",
  "0.30.0",
];
/** Those on which some name is the server's choice. */
const NAMING = VERSIONS.filter((version) => version < "0.25.3");

type Person = Awaited<ReturnType<typeof boundPerson>>["person"];

const fileNames = (world: ChatWorld) => world.memos.memos().map((memo) => memo.attachments.map(sentName));

/** Nothing lies around: every file is bound, and no name is held for a job that is done. */
function expectNothingLeft(world: ChatWorld): void {
  expect(world.memos.attachments().filter(({ memo }) => memo === undefined)).toEqual([]);
}

function document(person: Person, name: string, caption = "") {
  return person.sendDocument({ fileName: name, bytes: Buffer.from(`bytes of ${name}`), caption });
}

const SERVERS = [
  ...VERSIONS.map((version) => ({ version, privateInstance: false })),
  // Nobody reads anything there without a login.
  { version: "0.30.0", privateInstance: true },
];

for (const server of SERVERS) {
  const { version } = server;
  describe(`on Memos ${version}${server.privateInstance ? " as a private instance" : ""}`, () => {
    const begin = async () => {
      const world = await chatWorld({ memos: server });
      const { person, account } = await boundPerson(world);
      await world.quiet();
      return { world, person, account };
    };

    for (const action of ["drop-after", "truncate", "drop-before", { status: 500 }] as const) {
      const what = typeof action === "string" ? action : "500";
      test(`with each call once met by ${what}: one memo a message, each file once`, async () => {
        const { world, person } = await begin();
        await using _ = world;
        // One call after another, whatever they are: the next round meets the trouble one call later.
        const texts: string[] = [];
        let met = true;
        for (let nth = 1; met && nth <= 17; nth += 1) {
          const fault = world.memos.fault({ match: { path: /./, nth }, times: 1, action });
          document(person, `${nth}.txt`, `with file ${nth}`);
          person.say(`after it ${nth}`);
          await world.settled();
          met = fault.hits > 0;
          fault.clear();
          texts.push(`with file ${nth}`, `after it ${nth}`);
          expect(contents(world)).toEqual(texts);
          expect(fileNames(world).slice(-2)).toEqual([[`${nth}.txt`], []]);
          expect(world.memos.attachments()).toHaveLength(nth);
          expectNothingLeft(world);
        }
        expect(texts.length / 2, "an upload and two creations were met, at least").toBeGreaterThan(3);
      });
    }

    test("files of one name in one second, also of two people and after a retry, keep their bytes", async () => {
      const { world, person } = await begin();
      await using _ = world;
      const other = (await boundPerson(world, "other")).person;
      const scan = (of: string) => ({ fileName: "scan.pdf", bytes: Buffer.from(`bytes of ${of}`) });
      const match = { method: "POST", path: /(attachments|resources)$/, nth: 3 };
      const lost = world.memos.fault({ match, action: "drop-after" });
      person.sendAlbum(["a", "b"].map((of) => ({ type: "document" as const, ...scan(of) })));
      person.sendDocument(scan("c"));
      other.sendDocument(scan("d"));
      await world.settled();
      expect(lost.hits).toBe(1);
      const files = world.memos.memos().flatMap(({ attachments }) => attachments);
      const said = files.map(({ bytes }) => Buffer.from(bytes).toString());
      expect(said.toSorted()).toEqual(["a", "b", "c", "d"].map((of) => `bytes of ${of}`));
      const isKept = (name: string) => name === "scan.pdf";
      if (version >= "0.27") expect(files.map(({ filename }) => filename).every(isKept)).toBe(true);
      expectNothingLeft(world);
    });

    test("a late part of an album joins it, and comments once where the memo was changed", async () => {
      const { world, person } = await begin();
      await using _ = world;
      const mediaGroupId = "13999999999999999";
      const file = (name: string, caption = "") => ({
        type: "document" as const,
        fileName: name,
        bytes: Buffer.from(name),
        caption,
      });
      const late = (name: string, caption = "") =>
        person.sendDocument({ fileName: name, bytes: Buffer.from(name), caption, mediaGroupId });
      person.sendAlbum([file("1", "one"), file("2")], { mediaGroupId });
      const [memo] = await memosSaved(world, 1);
      late("3", "three");
      await world.until("joined", () => world.memos.memos()[0]?.content === "one\n\nthree");
      world.memos.editContent(memo?.name ?? "", "my own words");
      world.memos.fault({ match: { method: "POST", path: /comments$/ }, times: 1, action: "drop-after" });
      late("4", "four");
      await world.eventually("commented", () => world.memos.comments(memo?.name ?? "").length > 0);
      expect(world.memos.comments(memo?.name ?? "").map(({ content }) => content)).toEqual(["four"]);
      expect(contents(world)).toEqual(["my own words"]);
      expect(fileNames(world)).toEqual([["1", "2", "3", "4"]]);
      expectNothingLeft(world);
    });
  });
}

describe("where the owner forbids public memos", () => {
  for (const version of VERSIONS.filter((one) => one < "0.27")) {
    test(`${version}: memos and comments of who wants them public are for members, from one message to the next`, async () => {
      await using world = await chatWorld({ memos: { version } });
      const { person } = await boundPerson(world);
      changeSettings(world, person, { visibility: "PUBLIC" });
      const before = person.say("still public");
      await memosSaved(world, 1);
      world.memos.disallowPublic();
      person.reply(before, "a reply");
      const after = person.say("not public any more");
      person.reply(after, "another reply");
      const comments = () => world.memos.memos().flatMap(({ name }) => world.memos.comments(name));
      await world.eventually("all", () => contents(world).length === 2 && comments().length === 2);
      expect(world.memos.memos().map(({ visibility }) => visibility)).toEqual(["PUBLIC", "PROTECTED"]);
      expect(comments().map(({ content, visibility }) => [content, visibility])).toEqual([
        ["a reply", "PROTECTED"],
        ["another reply", "PROTECTED"],
      ]);
      expectNothingLeft(world);
    });
  }
});

describe("where the server chooses the names", () => {
  for (const version of NAMING) {
    test(`${version}: equal texts sent at once are a memo each, also when answers are lost`, async () => {
      for (const nth of [null, 1, 2, 3]) {
        await using world = await chatWorld({ memos: { version } });
        const { person } = await boundPerson(world);
        await world.quiet();
        const match = { method: "POST", path: /\/memos$/ };
        if (nth !== null) world.memos.fault({ match: { ...match, nth }, action: "drop-after" });
        for (let at = 0; at < 3; at++) person.say("the same");
        await world.eventually("all", () => botTexts(world, person).length === 3);
        expect(contents(world)).toEqual(["the same", "the same", "the same"]);
        const links = rows<{ memo_name: string }>(
          world,
          "SELECT memo_name FROM links JOIN jobs ON jobs.id = job_id WHERE confirmation = 0",
        );
        expect(new Set(links.map(({ memo_name }) => memo_name))).toEqual(
          new Set(world.memos.memos().map(({ name }) => name)),
        );
      }
    });

    test(`${version}: equal texts and files of two people of one account, every answer lost once`, async () => {
      await using world = await chatWorld({ memos: { version } });
      const { person, account } = await boundPerson(world);
      const other = world.telegram.user({ first_name: "Other" });
      other.say(`/bind ${account.token}`);
      await world.until("bound", () => botTexts(world, other).length > 0);
      const creates = { method: "POST", path: /\/memos$/ };
      world.memos.fault({ match: creates, times: 2, action: "drop-after" });
      world.memos.fault({
        match: { method: "POST", path: /\/(attachments|resources)$/ },
        times: 2,
        action: "drop-after",
      });
      for (const one of [person, other]) {
        one.say("the same");
        one.sendDocument({ fileName: "same.txt", bytes: Buffer.from("same"), caption: "same file" });
      }
      await world.eventually(
        "all",
        () => botTexts(world, person).length + botTexts(world, other).length === 5,
      );
      expect(contents(world).toSorted()).toEqual(["same file", "same file", "the same", "the same"]);
      expect(fileNames(world).flat()).toEqual(["same.txt", "same.txt"]);
      expectNothingLeft(world);
    });

    test(`${version}: what is looked for is not looked for too early`, async () => {
      await using world = await chatWorld({ memos: { version } });
      const { person } = await boundPerson(world);
      await world.quiet();
      const calls: { method: string; at: number }[] = [];
      world.memos.onRequest = ({ method, path }, phase) => {
        if (phase === "before" && path.endsWith("/memos"))
          calls.push({ method, at: world.clock.monotonic() });
      };
      world.memos.fault({ match: { method: "POST", path: /\/memos$/ }, times: 1, action: "drop-after" });
      person.say("later");
      await world.settled();
      expect(calls.map(({ method }) => method)).toEqual(["POST", "GET"]);
      expect((calls[1]?.at ?? 0) - (calls[0]?.at ?? 0)).toBeGreaterThanOrEqual(5_000);
      expect(contents(world)).toEqual(["later"]);
    });
  }

  test("what an earlier run may have begun is not looked for too early", async () => {
    await using world = await chatWorld({ memos: { version: "0.24.4" } });
    const { person } = await boundPerson(world);
    await world.quiet();
    const asked: { method: string; at: number }[] = [];
    world.memos.onRequest = ({ method, path }, phase) => {
      if (phase === "before" && path.endsWith("/memos")) asked.push({ method, at: world.clock.monotonic() });
    };
    world.memos.fault({ match: { method: "POST", path: /\/memos$/ }, times: 1, action: "drop-after" });
    person.say("once");
    await world.until("begun", () => asked.length > 0);
    await world.restart();
    const startedAt = world.clock.monotonic();
    await world.eventually("looked for", () => asked.length > 1, 1_000);
    await world.settled();
    expect(asked.map(({ method }) => method)).toEqual(["POST", "GET"]);
    expect((asked[1]?.at ?? 0) - startedAt).toBeGreaterThanOrEqual(5_000);
    expect(contents(world)).toEqual(["once"]);
  });

  test("a memo written by hand before is not taken for the message's", async () => {
    await using world = await chatWorld({ memos: { version: "0.24.4" } });
    const { person, account } = await boundPerson(world);
    await world.quiet();
    const url = `${world.memos.url}/api/v1/memos`;
    const body = JSON.stringify({ content: "the same", visibility: "PRIVATE" });
    await fetch(url, { method: "POST", headers: { authorization: `Bearer ${account.token}` }, body });
    person.say("the same");
    await memosSaved(world, 2);
    expect(contents(world)).toEqual(["the same", "the same"]);
  });
});
