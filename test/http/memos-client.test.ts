import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/clock.ts";
import {
  createMemosClient,
  type FileUpload,
  type MemoDraft,
  type MemosClient,
} from "../../src/memos/client.ts";
import { UploadSizeError } from "../../src/memos/errors.ts";
import { attachmentUid, idKey, memoUid, safeFilename } from "../../src/memos/names.ts";
import { Secret } from "../../src/secret.ts";
import { type FakeMemos, type FakeMemosOptions, startFakeMemos } from "../fakes/memos.ts";
import { serveMemos, troubleOf } from "./memos-client-servers.ts";

/** One suite for every server the client serves. */
const servers: [string, FakeMemosOptions][] = [
  ["0.26.2", { version: "0.26.2" }],
  ["0.27.1", { version: "0.27.1" }],
  ["0.28.0", { version: "0.28.0" }],
  ["0.29.1", { version: "0.29.1" }],
  ["0.30.0", { version: "0.30.0" }],
  ["0.30.0 as a private instance", { version: "0.30.0", privateInstance: true }],
  ["dev, self-built", { version: "dev" }],
  ["0.30.0 under a path prefix", { version: "0.30.0", basePath: "/notes" }],
];

const key = idKey("1:bot");
let made = 0;
const newId = () => memoUid(key, [++made]);

function draftOf(more: Partial<MemoDraft> = {}): MemoDraft {
  return {
    id: newId(),
    content: "Hello #world",
    visibility: "PRIVATE",
    createTime: null,
    attachments: [],
    ...more,
  };
}

function fileOf(bytes: Uint8Array, more: Partial<FileUpload> = {}): FileUpload {
  return {
    id: attachmentUid(key, [++made]),
    filename: "data.bin",
    type: "application/octet-stream",
    size: bytes.length,
    open: async function* () {
      for (let at = 0; at < bytes.length; at += 10_007) yield bytes.subarray(at, at + 10_007);
    },
    ...more,
  };
}

const someBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

describe.each(servers)("on %s", (_title, options) => {
  let fake: FakeMemos;
  let client: MemosClient;
  let alice: { name: string; token: Secret };
  let bob: { name: string; token: Secret };

  beforeAll(async () => {
    fake = await startFakeMemos(options);
    client = createMemosClient({ baseUrl: `${fake.url}/`, clock: systemClock });
    const user = (username: string) => {
      const { name, token } = fake.addUser(username);
      return { name, token: new Secret(token) };
    };
    user("admin");
    alice = user("alice");
    bob = user("bob");
  });
  afterAll(() => fake.stop());

  test("the server is found out", async () => {
    const info = await client.info();
    expect(info).toMatchObject({ version: options.version ?? "", contentLimitBytes: 8192 });
    expect(client.server).toBe(fake.url);
  });

  test("a token tells its account", async () => {
    expect(await client.whoAmI(alice.token)).toMatchObject({ name: alice.name, username: "alice" });
  });

  test("a token that is none is refused", async () => {
    expect((await troubleOf(client.whoAmI(new Secret("memos_pat_nobody")))).kind).toBe("token_refused");
    expect((await troubleOf(client.createMemo(new Secret("memos_pat_nobody"), draftOf()))).kind).toBe(
      "token_refused",
    );
    expect((await troubleOf(client.whoAmI(new Secret("eyJhbGciOiJIUzI1NiJ9.e30.x")))).message).toContain(
      "before Memos 0.26",
    );
  });

  test("a revoked token is refused", async () => {
    const token = fake.addToken("bob");
    expect((await client.whoAmI(new Secret(token))).name).toBe(bob.name);
    fake.revokeToken(token);
    expect((await troubleOf(client.whoAmI(new Secret(token)))).kind).toBe("token_refused");
  });

  test("the visibility an account chose is read", async () => {
    fake.setDefaultVisibility("alice", "PROTECTED");
    expect(await client.defaultVisibility(alice.token, alice.name)).toBe("PROTECTED");
    expect(await client.defaultVisibility(alice.token, bob.name)).toBeNull();
  });

  test("a memo is made with its id, content, visibility, time, place and files in order", async () => {
    const files = [
      fileOf(someBytes(10), { filename: "1.bin" }),
      fileOf(someBytes(20), { filename: "2.bin" }),
    ];
    const names: string[] = [];
    for (const file of files) names.push((await client.createAttachment(alice.token, file)).name);
    names.reverse();
    const draft = draftOf({
      content: "Привет 😀\r\n\tline  \n",
      visibility: "PROTECTED",
      createTime: new Date("2024-05-06T07:08:09.999Z"),
      attachments: names,
      location: { placeholder: "Kyiv", latitude: 50.4501, longitude: 30.5234 },
    });
    const memo = await client.createMemo(alice.token, draft);
    expect(memo).toMatchObject({
      name: `memos/${draft.id}`,
      creator: alice.name,
      content: draft.content,
      visibility: "PROTECTED",
      state: "NORMAL",
      pinned: false,
      createTime: "2024-05-06T07:08:09Z",
      location: { placeholder: "Kyiv", latitude: 50.4501, longitude: 30.5234 },
    });
    expect(memo.attachments.map(({ name }) => name)).toEqual(names);
    expect(await client.getMemo(alice.token, memo.name)).toEqual(memo);
    expect(fake.memo(memo.name)?.attachments.map(({ name }) => name)).toEqual(names);
  });

  test("a memo of files alone is made", async () => {
    const { name } = await client.createAttachment(alice.token, fileOf(someBytes(1)));
    const memo = await client.createMemo(alice.token, draftOf({ content: "", attachments: [name] }));
    expect(memo.content).toBe("");
  });

  test("half a surrogate pair becomes a replacement character instead of a refusal", async () => {
    const memo = await client.createMemo(alice.token, draftOf({ content: "cut \ud83d here" }));
    expect(memo.content).toBe("cut \ufffd here");
    const changed = await client.updateMemo(alice.token, memo.name, { content: "\udc00!" });
    expect(changed.content).toBe("\ufffd!");
  });

  test("a used id is told, also when it is another account's or archived", async () => {
    const draft = draftOf();
    const { name } = await client.createMemo(alice.token, draft);
    const again = await troubleOf(client.createMemo(alice.token, draft));
    expect(again).toMatchObject({ kind: "exists", status: 409, grpcCode: 6 });
    expect((await troubleOf(client.createMemo(bob.token, draft))).kind).toBe("exists");
    expect((await troubleOf(client.getMemo(bob.token, name))).kind).toBe("forbidden");
    await client.updateMemo(alice.token, name, { state: "ARCHIVED" });
    expect((await troubleOf(client.createMemo(alice.token, draft))).kind).toBe("exists");
    expect((await client.getMemo(alice.token, name)).state).toBe("ARCHIVED");
  });

  test("8192 bytes pass, one more is too long, whatever the letters", async () => {
    const full = "é".repeat(4096);
    const { name } = await client.createMemo(alice.token, draftOf({ content: full }));
    expect((await troubleOf(client.createMemo(alice.token, draftOf({ content: `${full}!` })))).kind).toBe(
      "content_too_long",
    );
    expect((await troubleOf(client.updateMemo(alice.token, name, { content: `${full}!` }))).kind).toBe(
      "content_too_long",
    );
  });

  test("a limit that the owner changed is known after the first refusal", async () => {
    fake.setContentLengthLimit(10_000);
    client.forgetInfo();
    expect((await client.info()).contentLimitBytes).toBe(10_000);
    fake.setContentLengthLimit(8192);
    const refused = await troubleOf(client.createMemo(alice.token, draftOf({ content: "a".repeat(9000) })));
    expect(refused.kind).toBe("content_too_long");
    expect((await client.info()).contentLimitBytes).toBe(8192);
  });

  test("each field of a memo is changed, and only it", async () => {
    const { name, updateTime } = await client.createMemo(
      alice.token,
      draftOf({
        createTime: new Date("2020-01-01T00:00:00Z"),
        location: { placeholder: "x", latitude: 1, longitude: 2 },
      }),
    );
    let expected = await client.getMemo(alice.token, name);
    for (const patch of [
      { content: "changed" },
      { visibility: "PUBLIC" as const },
      { pinned: true },
      { state: "ARCHIVED" as const },
      { state: "NORMAL" as const },
      { pinned: false },
      { content: "", visibility: "PRIVATE" as const },
    ]) {
      const changed = await client.updateMemo(alice.token, name, patch);
      expected = { ...expected, ...patch, updateTime: changed.updateTime };
      expect(changed).toEqual(expected);
      expect(await client.getMemo(alice.token, name)).toEqual(expected);
    }
    const dated = await client.updateMemo(alice.token, name, {
      createTime: new Date("2021-02-03T04:05:06.789Z"),
    });
    expect(dated.createTime).toBe("2021-02-03T04:05:06Z");
    expect(Date.parse(dated.updateTime)).toBeGreaterThanOrEqual(Date.parse(updateTime));
  });

  test("another account's memo is not changed nor deleted", async () => {
    const { name } = await client.createMemo(alice.token, draftOf({ visibility: "PUBLIC" }));
    expect((await troubleOf(client.updateMemo(bob.token, name, { content: "mine" }))).kind).toBe("forbidden");
    expect((await troubleOf(client.deleteMemo(bob.token, name))).kind).toBe("forbidden");
  });

  test("a deleted memo is not found, by no call", async () => {
    const { name } = await client.createMemo(alice.token, draftOf());
    await client.deleteMemo(alice.token, name);
    for (const call of [
      () => client.getMemo(alice.token, name),
      () => client.updateMemo(alice.token, name, { content: "x" }),
      () => client.deleteMemo(alice.token, name),
      () => client.setAttachments(alice.token, name, []),
      () => client.createComment(alice.token, name, draftOf()),
    ]) {
      expect((await troubleOf(call())).kind).toBe("not_found");
    }
  });

  test("comments are made with their ids and listed, however many", async () => {
    const parent = await client.createMemo(alice.token, draftOf());
    const ids = Array.from({ length: 103 }, newId);
    for (const id of ids) {
      const createTime = new Date("2024-05-06T07:08:09Z");
      const draft = draftOf({ id, content: `comment ${id}`, createTime });
      const comment = await client.createComment(alice.token, parent.name, draft);
      expect(comment).toMatchObject({ name: `memos/${id}`, createTime: "2024-05-06T07:08:09Z" });
    }
    const listed = await client.listComments(alice.token, parent.name);
    expect(listed.map(({ name }) => name).sort()).toEqual(ids.map((id) => `memos/${id}`).sort());
    expect(listed.every((comment) => comment.parent === parent.name)).toBe(true);
    expect((await client.getMemo(alice.token, `memos/${ids[0]}`)).parent).toBe(parent.name);
  });

  test("a used comment id is the server's trouble: a GET tells what it is", async () => {
    const parent = await client.createMemo(alice.token, draftOf());
    const comment = draftOf({ content: "once" });
    await client.createComment(alice.token, parent.name, comment);
    expect((await troubleOf(client.createComment(alice.token, parent.name, comment))).kind).toBe("server");
    expect(await client.listComments(alice.token, parent.name)).toHaveLength(1);
  });

  test("too long a comment is told as such", async () => {
    const parent = await client.createMemo(alice.token, draftOf());
    const comment = draftOf({ content: "é".repeat(4096) });
    await client.createComment(alice.token, parent.name, comment);
    const longer = { ...comment, id: newId(), content: `${comment.content}!` };
    expect((await troubleOf(client.createComment(alice.token, parent.name, longer))).kind).toBe(
      "content_too_long",
    );
  });

  test("a file arrives byte for byte", async () => {
    for (const size of [0, 1, 2, 3, 1_000_001]) {
      const bytes = someBytes(size);
      const file = fileOf(bytes, { filename: safeFilename("../звіт 📄.bin") });
      const attachment = await client.createAttachment(alice.token, file);
      expect(attachment).toEqual({
        name: `attachments/${file.id}`,
        filename: "звіт 📄.bin",
        type: "application/octet-stream",
        size,
        createTime: expect.any(String),
      });
      const stored = fake.attachments().find(({ name }) => name === attachment.name);
      expect(Buffer.from(stored?.bytes ?? "missing").equals(bytes)).toBe(true);
      expect(await client.getAttachment(alice.token, attachment.name)).toEqual(attachment);
    }
  });

  test("a file cut short or too long is not stored", async () => {
    const bytes = someBytes(300_000);
    for (const size of [bytes.length + 1, bytes.length - 1]) {
      const file = fileOf(bytes, { size });
      const error = await client.createAttachment(alice.token, file).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(UploadSizeError);
      expect((await troubleOf(client.getAttachment(alice.token, `attachments/${file.id}`))).kind).toBe(
        "not_found",
      );
    }
  });

  test("a used file id is told, and keeps the old file", async () => {
    const file = fileOf(someBytes(10));
    await client.createAttachment(alice.token, file);
    expect(
      (await troubleOf(client.createAttachment(alice.token, { ...fileOf(someBytes(20)), id: file.id }))).kind,
    ).toBe("exists");
    expect((await client.getAttachment(alice.token, `attachments/${file.id}`)).size).toBe(10);
  });

  test("the list of files is set in order, and what it does not name is deleted", async () => {
    const memo = await client.createMemo(alice.token, draftOf());
    const [a, b, c] = await Promise.all(
      [1, 2, 3].map((n) => client.createAttachment(alice.token, fileOf(someBytes(n)))),
    );
    if (!a || !b || !c) throw new Error("three files were made");
    await client.setAttachments(alice.token, memo.name, [c.name, a.name, b.name]);
    const ordered = await client.getMemo(alice.token, memo.name);
    expect(ordered.attachments.map(({ name }) => name)).toEqual([c.name, a.name, b.name]);
    expect((await client.getAttachment(alice.token, a.name)).memo).toBe(memo.name);
    await client.setAttachments(alice.token, memo.name, [b.name]);
    expect((await troubleOf(client.getAttachment(alice.token, a.name))).kind).toBe("not_found");
    expect((await troubleOf(client.setAttachments(alice.token, memo.name, [a.name, b.name]))).kind).toBe(
      "not_found",
    );
    expect((await client.getMemo(alice.token, memo.name)).attachments.map(({ name }) => name)).toEqual([
      b.name,
    ]);
  });

  test("a file can be bound while it is uploaded, and deleted alone", async () => {
    const memo = await client.createMemo(alice.token, draftOf());
    const { name } = await client.createAttachment(alice.token, fileOf(someBytes(5), { memo: memo.name }));
    expect((await client.getMemo(alice.token, memo.name)).attachments.map((file) => file.name)).toEqual([
      name,
    ]);
    await client.deleteAttachment(alice.token, name);
    expect((await client.getMemo(alice.token, memo.name)).attachments).toEqual([]);
    expect((await troubleOf(client.deleteAttachment(alice.token, name))).kind).toBe("not_found");
  });

  test("a create that names a missing file fails, and leaves the memo behind without files", async () => {
    const { name } = await client.createAttachment(alice.token, fileOf(someBytes(5)));
    const draft = draftOf({ attachments: [name, "attachments/missing"] });
    expect((await troubleOf(client.createMemo(alice.token, draft))).kind).toBe("not_found");
    expect((await client.getMemo(alice.token, `memos/${draft.id}`)).attachments).toEqual([]);
  });

  test("a file over the server's limit is told", async () => {
    const MIB = 1024 * 1024;
    const open = async function* () {
      for (let n = 0; n < 31; n++) yield new Uint8Array(MIB);
    };
    const file = fileOf(new Uint8Array(), { size: 31 * MIB, open });
    expect((await troubleOf(client.createAttachment(alice.token, file))).kind).toBe("file_too_large");
  });

  test("the server's troubles are told apart, and what was done in spite of them is found by its id", async () => {
    for (const [action, kind, done] of [
      ["drop-before", "unreachable", false],
      ["drop-after", "unreachable", true],
      ["truncate", "server", true],
      ["busy", "busy", false],
      [{ status: 502, body: "<html>", contentType: "text/html" }, "server", false],
    ] as const) {
      const draft = draftOf();
      const fault = fake.fault({ match: { method: "POST", path: /^\/api\/v1\/memos/ }, times: 1, action });
      expect((await troubleOf(client.createMemo(alice.token, draft))).kind).toBe(kind);
      fault.clear();
      const found = await client.getMemo(alice.token, `memos/${draft.id}`).catch((error: unknown) => error);
      expect(found).toMatchObject(done ? { content: draft.content } : { kind: "not_found" });
    }
  });

  test("a lost answer to an upload is unreachable, and the file is there", async () => {
    const bytes = someBytes(200_000);
    const file = fileOf(bytes);
    const fault = fake.fault({
      match: { method: "POST", path: /^\/api\/v1\/attachments/ },
      times: 1,
      action: "drop-after",
    });
    expect((await troubleOf(client.createAttachment(alice.token, file))).kind).toBe("unreachable");
    fault.clear();
    expect((await client.getAttachment(alice.token, `attachments/${file.id}`)).size).toBe(bytes.length);
  });

  test("the token goes nowhere but where it is needed", () => {
    const anonymous = fake.requests.filter(({ authorization }) => !authorization).map(({ path }) => path);
    const expected = [
      "/api/v1/instance/profile",
      "/api/v1/instance/settings/MEMO_RELATED",
      "/api/v1/auth/me",
    ];
    expect(expected).toEqual(expect.arrayContaining([...new Set(anonymous)]));
  });
});

test("a server that was restarted between two calls is simply spoken to again", async () => {
  const fake = await startFakeMemos();
  const token = new Secret(fake.addUser("alice").token);
  const client = createMemosClient({ baseUrl: fake.url, clock: systemClock });
  await client.createMemo(token, draftOf());
  await fake.stop();
  expect((await troubleOf(client.createMemo(token, draftOf()))).kind).toBe("unreachable");
  await fake.start();
  await client.createMemo(token, draftOf());
  await client.createAttachment(token, fileOf(someBytes(100_000)));
  expect(fake.memos()).toHaveLength(2);
  await fake.stop();
});

test("an answer that a proxy compressed is read", async () => {
  const proxy = serveMemos(() => {
    const memo = {
      name: "memos/x1",
      creator: "users/alice",
      visibility: "PRIVATE",
      createTime: "2024-01-01T00:00:00Z",
    };
    const body = Bun.gzipSync(JSON.stringify({ ...memo, content: "zip" }));
    return new Response(body, {
      headers: { "Content-Encoding": "gzip", "Content-Type": "application/json" },
    });
  });
  const client = createMemosClient({ baseUrl: proxy.url, clock: systemClock });
  expect((await client.getMemo(new Secret("t"), "memos/x1")).content).toBe("zip");
  await proxy[Symbol.asyncDispose]();
});

test("the page of a memo is under the public address", () => {
  const client = createMemosClient({ baseUrl: "http://memos:5230", clock: systemClock });
  expect(client.memoUrl("https://notes.example/memos/", "memos/abc-1")).toBe(
    "https://notes.example/memos/memos/abc-1",
  );
  expect(client.memoUrl("https://notes.example", "memos/abc-1")).toBe("https://notes.example/memos/abc-1");
});
