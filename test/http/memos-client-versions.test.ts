import { afterAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { createMemosClient } from "../../src/memos/client.ts";
import { safeFilename } from "../../src/memos/names.ts";
import { type FakeMemos, startFakeMemos } from "../fakes/memos.ts";
import { coreSuite, draftOf, fileOf } from "./memos-client-core.ts";
import { newsSuite } from "./memos-client-news.ts";
import { serve, troubleOf } from "./memos-client-servers.ts";
import { threadsSuite } from "./memos-client-threads.ts";

const fakes: FakeMemos[] = [];

afterAll(async () => {
  for (const fake of fakes) await fake.stop();
});

async function started(version: string, options: object = {}): Promise<FakeMemos> {
  const fake = await startFakeMemos({ version, ...options });
  fakes.push(fake);
  fake.addUser("admin");
  return fake;
}

const versions = [
  "0.22.5",
  "0.23.1",
  "0.24.4",
  "0.25.0",
  "0.25.2",
  "0.25.3",
  "0.26.2",
  "0.27.1",
  "0.28.0",
  "0.29.1",
  "0.30.0",
];

const connect =
  (version: string, options: object = {}) =>
  async () => {
    let aheadMs = 0;
    const fake = await started(version, { ...options, now: () => Date.now() + aheadMs });
    const nextSecond = async () => {
      aheadMs += 1000;
    };
    const [token, otherToken] = ["alice", "bob"].map((name) => new Secret(fake.addUser(name).token));
    if (!token || !otherToken) throw new Error("two accounts were made");
    return { url: fake.url, token, otherToken, nextSecond };
  };

for (const version of versions) {
  describe(`the core on ${version}`, () => coreSuite(version, connect(version)));
  describe(`threads on ${version}`, () => threadsSuite(version, connect(version)));
  describe(`news on ${version}`, () => newsSuite(version, connect(version)));
}

describe("the core on 0.30.0 as a private instance", () => {
  coreSuite("0.30.0", connect("0.30.0", { privateInstance: true }));
});
describe("the core on 0.30.0 under a path prefix", () => {
  coreSuite("0.30.0", connect("0.30.0", { basePath: "/notes" }));
});
describe("the core on a self-built server, which calls itself dev", () => {
  coreSuite("0.30.0", connect("dev"));
});

describe("what the owner of a server does", () => {
  async function alone(version: string, options: object = {}) {
    const fake = await started(version, options);
    const alice = fake.addUser("alice");
    const client = createMemosClient({ baseUrl: fake.url, clock: systemClock });
    return { fake, client, name: alice.name, token: new Secret(alice.token) };
  }

  test.each(versions)("on %s a revoked token is refused", async (version) => {
    const { fake, client, token, name } = await alone(version);
    expect((await client.whoAmI(token)).name).toBe(name);
    fake.revokeToken(token.reveal());
    expect((await troubleOf(client.whoAmI(token))).kind).toBe("token_refused");
  });

  test.each(versions)("on %s the visibility an account chose is read", async (version) => {
    const { fake, client, token, name } = await alone(version);
    const other = fake.addUser("bob").name;
    fake.setDefaultVisibility("alice", "PROTECTED");
    expect(await client.defaultVisibility(token, name)).toBe("PROTECTED");
    if (version >= "0.25.1") expect(await client.defaultVisibility(token, other)).toBeNull();
  });

  test.each(versions)("on %s a limit of contents is known after the first refusal", async (version) => {
    const { fake, client, token } = await alone(version, { contentLengthLimit: 10_000 });
    expect((await client.info()).contentLimitBytes).toBe(10_000);
    fake.setContentLengthLimit(8192);
    const refused = await troubleOf(client.createMemo(token, draftOf({ content: "a".repeat(9000) })));
    expect(refused.kind).toBe("content_too_long");
    expect((await client.info()).contentLimitBytes).toBe(8192);
  });

  test.each(versions)("on %s a file over the limit is told as such", async (version) => {
    const { client, token } = await alone(version, { uploadSizeLimitMb: 1 });
    const file = fileOf(new Uint8Array(1024 * 1024 + 1));
    expect((await troubleOf(client.createAttachment(token, file))).kind).toBe("file_too_large");
  });

  test.each(versions)("on %s a stranger asks for nothing but which Memos it is", async (version) => {
    const { fake, client, token } = await alone(version);
    await client.createMemo(token, draftOf());
    const anonymous = fake.requests.filter(({ authorization }) => !authorization).map(({ path }) => path);
    expect(anonymous.every((path) => /\/(profile|settings\/MEMO_RELATED)$/.test(path))).toBe(true);
  });
});

describe("what real servers taught", () => {
  test.each(versions)(
    "on %s a create that names a missing file is mended without a second memo",
    async (version) => {
      const fake = await started(version);
      const alice = fake.addUser("alice");
      const token = new Secret(alice.token);
      const client = createMemosClient({ baseUrl: fake.url, clock: systemClock });
      const begun = new Date();
      const good = await client.createAttachment(token, fileOf(new Uint8Array([1, 2])));
      const gone = await client.createAttachment(token, fileOf(new Uint8Array([3])));
      await client.deleteAttachment(token, gone.name);
      const draft = draftOf({
        content: "with files",
        attachments: [gone.name, good.name],
        createTime: new Date("2024-05-06T07:08:09Z"),
      });
      await client.createMemo(token, draft).catch(() => null);
      const made = await client.findMade(token, alice.name, { ...draft, parent: null }, begun);
      expect(made).toHaveLength(1);
      const [memo] = made;
      if (!memo) throw new Error("it was made");
      expect((await troubleOf(client.finishMemo(token, memo, draft))).kind).toBe("server");
      const finished = await client.finishMemo(token, memo, { ...draft, attachments: [good.name] });
      expect(finished.attachments.map(({ name }) => name)).toEqual([good.name]);
      expect(finished.createTime).toBe("2024-05-06T07:08:09Z");
      expect(fake.memos()).toHaveLength(1);
    },
  );

  test("a clock that is wrong by an hour, on either side, hides nothing", async () => {
    for (const wrong of [-3_600_000, 3_600_000]) {
      const fake = await started("0.24.4");
      const alice = fake.addUser("alice");
      const token = new Secret(alice.token);
      const clock = { ...systemClock, now: () => Date.now() + wrong };
      const client = createMemosClient({ baseUrl: fake.url, clock });
      const draft = draftOf();
      const begun = new Date(clock.now());
      const file = fileOf(new Uint8Array([1]));
      const [memo, stored] = [
        await client.createMemo(token, draft),
        await client.createAttachment(token, file),
      ];
      const found = await client.findMade(token, alice.name, { ...draft, parent: null }, begun);
      expect(found.map(({ name }) => name)).toEqual([memo.name]);
      const files = await client.findAttachments(token, {
        filenames: [file.filename],
        size: 1,
        since: begun,
      });
      expect(files.map(({ name }) => name)).toEqual([stored.name]);
    }
  });

  test.each(versions)("on %s the longest name that we give a file is taken", async (version) => {
    const fake = await started(version);
    const token = new Secret(fake.addUser("alice").token);
    const client = createMemosClient({ baseUrl: fake.url, clock: systemClock });
    const filename = safeFilename(`${"ї".repeat(300)}.txt`);
    const file = await client.createAttachment(token, fileOf(new Uint8Array([1]), { filename }));
    expect(file.filename).toBe(filename);
  });

  test("a server that gives ids of its own, whatever its version, counts as one that chooses them from then on", async () => {
    const memo = (content: string) => ({
      name: "memos/TheirOwnId",
      state: "NORMAL",
      creator: "users/alice",
      visibility: "PRIVATE",
      createTime: "2024-05-06T07:08:09Z",
      content,
      attachments: [],
    });
    await using server = serve(async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/profile")) return Response.json({ version: "0.30.0" });
      if (pathname.endsWith("/MEMO_RELATED")) return Response.json({});
      if (pathname.endsWith("/attachments")) {
        return Response.json({ ...((await request.json()) as object), name: "attachments/Own", content: "" });
      }
      return Response.json(memo(((await request.json()) as { content: string }).content));
    });
    const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
    const token = new Secret("t");
    expect(await client.info()).toMatchObject({ serverNames: { memos: false, files: false } });
    expect((await client.createMemo(token, draftOf())).name).toBe("memos/TheirOwnId");
    expect(await client.info()).toMatchObject({ serverNames: { memos: true, files: false } });
    expect((await client.createAttachment(token, fileOf(new Uint8Array([1])))).name).toBe("attachments/Own");
    expect(await client.info()).toMatchObject({ serverNames: { memos: true, files: true } });
    expect(await client.freshInfo()).toMatchObject({ serverNames: { memos: true, files: true } });
  });
});

test("a comment on a memo from when the instance allowed public ones is for its members", async () => {
  const fake = await started("0.26.2");
  const token = new Secret(fake.addUser("alice").token);
  const client = createMemosClient({ baseUrl: fake.url, clock: systemClock });
  const { name } = await client.createMemo(token, draftOf({ visibility: "PUBLIC" }));
  fake.disallowPublic();
  await client.freshInfo();
  expect((await client.createComment(token, name, draftOf())).visibility).toBe("PROTECTED");
});
