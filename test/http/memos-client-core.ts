import { beforeAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import {
  type Attachment,
  createMemosClient,
  type FileUpload,
  type Memo,
  type MemoDraft,
  type MemosAccount,
  type MemosClient,
  type MemosServerInfo,
} from "../../src/memos/client.ts";
import { MemosError, UploadSizeError } from "../../src/memos/errors.ts";
import { troubleOf } from "./memos-client-servers.ts";

/** A server with two ordinary accounts that have nothing to do with anything else in it. */
export interface CoreServer {
  url: string;
  token: Secret;
  otherToken: Secret;
  /** Until the server's next second, in which a change can be told from one of now. */
  nextSecond(): Promise<void>;
}

/** Of a server whose clock is not ours. */
export async function nextRealSecond(): Promise<void> {
  await Bun.sleep(1000 - (Date.now() % 1000) + 10);
}

let nextId = Date.now();
export const newId = () => `core-${(nextId++).toString(36)}`;

export const draftOf = (draft: Partial<MemoDraft> = {}): MemoDraft => ({
  id: newId(),
  content: "A plain note",
  visibility: "PRIVATE",
  createTime: null,
  attachments: [],
  ...draft,
});

export const fileOf = (bytes: Uint8Array, file: Partial<FileUpload> = {}): FileUpload => ({
  id: newId(),
  filename: `${newId()}.bin`,
  type: "application/octet-stream",
  size: bytes.length,
  async *open() {
    yield bytes;
  },
  ...file,
});

const bytesOf = (size: number) => new Uint8Array(size).map((_, index) => (index * 7 + size) % 256);

/** The client of one of the accounts. */
export async function connected(connect: () => Promise<CoreServer>) {
  const server = await connect();
  const { token } = server;
  const client = createMemosClient({ baseUrl: server.url, clock: systemClock });
  return { server, token, client, info: await client.info(), account: await client.whoAmI(token) };
}

/** What every version must do for us, on a fake or a real server. Each test stands for itself. */
export function coreSuite(version: string, connect: () => Promise<CoreServer>): void {
  let server: CoreServer;
  let client: MemosClient;
  let info: MemosServerInfo;
  let account: MemosAccount;
  let token: Secret;

  beforeAll(async () => {
    ({ server, token, client, info, account } = await connected(connect));
  });

  const upload = (size: number, file: Partial<FileUpload> = {}) =>
    client.createAttachment(token, fileOf(bytesOf(size), file));

  async function downloaded(file: Attachment, as = token): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of client.download(as, file)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  test("is known for what it is", () => {
    expect(info).toMatchObject({
      serverNames: { memos: version < "0.25.3", files: version < "0.25" },
      tokens: version < "0.26" ? "jwt" : "pat",
    });
    expect(info.markdown === "gomark").toBe(version < "0.25.3");
    expect([version, "dev"]).toContain(info.version);
    expect(account.name).toBe(version >= "0.27" ? `users/${account.username}` : account.name);
  });

  test("a refused token is told as such", async () => {
    const refused = await troubleOf(client.whoAmI(new Secret("memos_pat_00000000000000000000000000000000")));
    expect(refused).toMatchObject({ kind: "token_refused", status: 401 });
    const old = await troubleOf(client.whoAmI(new Secret("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.AAAA")));
    expect(old.kind).toBe("token_refused");
    const nobody = new Secret("memos_pat_nobody");
    expect((await troubleOf(client.createMemo(nobody, draftOf()))).kind).toBe("token_refused");
  });

  test("the default visibility is read", async () => {
    expect(await client.defaultVisibility(token, account.name)).toBe("PRIVATE");
  });

  test("a text is saved as it is, with its visibility and time", async () => {
    const draft = draftOf({
      content: 'Привіт 👋 "quoted" \\ & <b> #tag\n\n- [ ] one\n\ttab 100%',
      visibility: "PROTECTED",
      createTime: new Date("2024-05-06T07:08:09.123Z"),
      location: { placeholder: "Kyiv", latitude: 50.4501, longitude: 30.5234 },
    });
    const memo = await client.createMemo(token, draft);
    expect(memo.location).toEqual(version < "0.23" ? undefined : draft.location);
    expect(memo).toMatchObject({
      creator: account.name,
      content: draft.content,
      visibility: "PROTECTED",
      state: "NORMAL",
      pinned: false,
      createTime: "2024-05-06T07:08:09Z",
      attachments: [],
    });
    expect(memo.name === `memos/${draft.id}`).toBe(!info.serverNames.memos);
    expect(memo.name).toMatch(/^memos\/[\w-]*[a-zA-Z-][\w-]*$/);
    expect(await client.getMemo(token, memo.name)).toEqual(memo);
  });

  test("a memo without a time is of now", async () => {
    const memo = await client.createMemo(token, draftOf());
    expect(Math.abs(Date.parse(memo.createTime) - Date.now())).toBeLessThan(10_000);
  });

  test("half a surrogate pair becomes a replacement character instead of a refusal", async () => {
    const memo = await client.createMemo(token, draftOf({ content: "cut \ud83d here" }));
    expect(memo.content).toBe("cut \ufffd here");
    const changed = await client.updateMemo(token, memo.name, { content: "\udc00!" });
    expect(changed.content).toBe("\ufffd!");
  });

  test("files arrive byte for byte, in order, and come back", async () => {
    const sizes = [3, 0, 1, 2, 100_001];
    const files = await Promise.all(sizes.map((size) => upload(size)));
    const draft = draftOf({
      content: "",
      createTime: new Date("2024-05-06T07:08:09Z"),
      attachments: files.map(({ name }) => name),
    });
    const memo = await client.createMemo(token, draft);
    expect(memo.createTime).toBe("2024-05-06T07:08:09Z");
    const read = await client.getMemo(token, memo.name);
    expect(read.attachments.map(({ name }) => name)).toEqual(draft.attachments.slice());
    expect(read.attachments.map(({ size }) => size)).toEqual(sizes);
    for (const file of files) {
      expect((await downloaded(file)).equals(bytesOf(file.size))).toBe(true);
      expect((await client.getAttachment(token, file.name)).memo).toBe(memo.name);
    }
  });

  test("a private file comes back whatever its name, to nobody else, and not when it is gone", async () => {
    const bytes = Buffer.from("hello\0wörld".repeat(50_000));
    const file = await client.createAttachment(token, fileOf(bytes, { filename: "a b#1?“ü”.txt" }));
    await client.createMemo(token, draftOf({ attachments: [file.name] }));
    expect((await downloaded(file)).equals(bytes)).toBe(true);
    await expect(downloaded(file, server.otherToken)).rejects.toBeInstanceOf(MemosError);
    await client.deleteAttachment(token, file.name);
    // 0.26 to 0.28 give a page in its place.
    const gone = await downloaded(file).catch((error: unknown) => error);
    expect(gone instanceof MemosError || gone instanceof UploadSizeError).toBe(true);
  });

  test("a file cut short or too long is not stored", async () => {
    const bytes = bytesOf(300_000);
    for (const size of [bytes.length + 1, bytes.length - 1]) {
      const file = fileOf(bytes, { size });
      const begun = new Date();
      const cut = await client.createAttachment(token, file).catch((error: unknown) => error);
      expect(cut).toBeInstanceOf(UploadSizeError);
      const { filename } = file;
      expect(await client.findAttachments(token, { filenames: [filename], size, since: begun })).toEqual([]);
    }
  });

  test("a file's own id is taken, or another is told", async () => {
    const file = fileOf(bytesOf(5), { filename: "звіт 📄 (1).bin" });
    const stored = await client.createAttachment(token, file);
    expect(stored).toMatchObject({ filename: file.filename, type: file.type, size: 5 });
    expect(stored.name === `attachments/${file.id}`).toBe(!info.serverNames.files);
    expect(stored.memo).toBeUndefined();
    expect(await client.getAttachment(token, stored.name)).toEqual(stored);
  });

  test("a file is bound while it is uploaded, and deleted alone", async () => {
    const memo = await client.createMemo(token, draftOf());
    const { name } = await upload(5, { memo: memo.name });
    expect((await client.getMemo(token, memo.name)).attachments.map((file) => file.name)).toEqual([name]);
    await client.deleteAttachment(token, name);
    expect((await client.getMemo(token, memo.name)).attachments).toEqual([]);
    expect((await troubleOf(client.getAttachment(token, name))).kind).toBe("not_found");
    expect((await troubleOf(client.deleteAttachment(token, name))).kind).toBe("not_found");
  });

  test("the list of files is set in order, again without harm, and what it does not name is deleted", async () => {
    const memo = await client.createMemo(token, draftOf());
    const names = (await Promise.all([1, 2, 3].map((size) => upload(size)))).map(({ name }) => name);
    const [a = "", b = "", c = ""] = names;
    const now = async () => (await client.getMemo(token, memo.name)).attachments.map(({ name }) => name);
    for (let again = 0; again < 2; again++) {
      await client.setAttachments(token, memo.name, [c, a, b]);
      expect(await now()).toEqual([c, a, b]);
    }
    await client.setAttachments(token, memo.name, [b]);
    expect(await now()).toEqual([b]);
    expect((await troubleOf(client.getAttachment(token, a))).kind).toBe("not_found");
    expect((await troubleOf(client.setAttachments(token, memo.name, [a, b]))).kind).toBe("not_found");
    expect(await now()).toEqual([b]);
  });

  test("each field of a memo is changed, and only it", async () => {
    const { name } = await client.createMemo(
      token,
      draftOf({ createTime: new Date("2020-01-01T00:00:00Z") }),
    );
    let expected = await client.getMemo(token, name);
    for (const patch of [
      { content: "changed" },
      { visibility: "PUBLIC" as const },
      { pinned: true },
      { state: "ARCHIVED" as const },
      { content: "changed while archived" },
      { state: "NORMAL" as const },
      { pinned: false },
      { content: "back", visibility: "PRIVATE" as const },
    ]) {
      const changed = await client.updateMemo(token, name, patch);
      expected = { ...expected, ...patch, updateTime: changed.updateTime };
      expect(changed).toEqual(expected);
      expect(await client.getMemo(token, name)).toEqual(expected);
    }
    const dated = await client.updateMemo(token, name, { createTime: new Date("2021-02-03T04:05:06.789Z") });
    expect(dated.createTime).toBe("2021-02-03T04:05:06Z");
  });

  test("8192 bytes pass, one more is too long, whatever the letters", async () => {
    const full = "é".repeat(4096);
    const { name } = await client.createMemo(token, draftOf({ content: full }));
    const longer = `${full}!`;
    expect((await troubleOf(client.createMemo(token, draftOf({ content: longer })))).kind).toBe(
      "content_too_long",
    );
    expect((await troubleOf(client.updateMemo(token, name, { content: longer }))).kind).toBe(
      "content_too_long",
    );
    await client.createComment(token, name, draftOf({ content: full }));
    const comment = draftOf({ content: longer });
    expect((await troubleOf(client.createComment(token, name, comment))).kind).toBe("content_too_long");
  });

  test("comments are made, dated and listed with their parent", async () => {
    const parent = await client.createMemo(token, draftOf({ content: "parent" }));
    const ids = [newId(), newId(), newId()];
    const made: string[] = [];
    for (const id of ids) {
      const comment = await client.createComment(token, parent.name, {
        id,
        content: `comment ${id}`,
        createTime: new Date("2024-05-06T07:08:09Z"),
        attachments: [],
      });
      expect(comment.createTime).toBe("2024-05-06T07:08:09Z");
      expect(comment.name === `memos/${id}`).toBe(!info.serverNames.memos);
      made.push(comment.name);
    }
    const listed = await client.listComments(token, parent.name);
    expect(listed.map(({ name }) => name).sort()).toEqual(made.toSorted());
    expect(listed.every((comment) => comment.parent === parent.name)).toBe(true);
    const [first = ""] = made;
    expect((await client.getMemo(token, first)).parent).toBe(parent.name);
    const changed = await client.updateMemo(token, first, { content: "changed" });
    expect(changed).toMatchObject({ content: "changed", parent: parent.name });
    await client.deleteMemo(token, first);
    expect(await client.listComments(token, parent.name)).toHaveLength(2);
  });

  test("comments are listed, however many", async () => {
    const parent = await client.createMemo(token, draftOf());
    const made: string[] = [];
    for (let n = 0; n < 103; n++) {
      made.push((await client.createComment(token, parent.name, draftOf({ content: `comment ${n}` }))).name);
    }
    const listed = await client.listComments(token, parent.name);
    expect(listed.map(({ name }) => name).toSorted()).toEqual(made.toSorted());
  }, 20_000);

  test("a deleted memo is not found, by no call, nor are its comments and files", async () => {
    const file = await upload(5);
    const { name } = await client.createMemo(token, draftOf({ attachments: [file.name] }));
    const comment = draftOf({ content: "x" });
    const made = await client.createComment(token, name, comment);
    await client.deleteMemo(token, name);
    for (const call of [
      () => client.getMemo(token, name),
      () => client.getMemo(token, made.name),
      () => client.getAttachment(token, file.name),
      () => client.updateMemo(token, name, { content: "x" }),
      () => client.deleteMemo(token, name),
      () => client.setAttachments(token, name, []),
      () => client.createComment(token, name, { ...comment, id: newId() }),
    ]) {
      expect((await troubleOf(call())).kind).toBe("not_found");
    }
  });

  test("another account's memo is neither read, changed nor deleted", async () => {
    const { name } = await client.createMemo(token, draftOf());
    const other = server.otherToken;
    expect((await troubleOf(client.getMemo(other, name))).kind).toBe("forbidden");
    expect((await troubleOf(client.updateMemo(other, name, { content: "mine" }))).kind).toBe("forbidden");
    expect((await troubleOf(client.deleteMemo(other, name))).kind).toBe("forbidden");
    await client.updateMemo(token, name, { visibility: "PUBLIC" });
    expect((await troubleOf(client.updateMemo(other, name, { content: "mine" }))).kind).toBe("forbidden");
    expect((await troubleOf(client.deleteMemo(other, name))).kind).toBe("forbidden");
  });

  test("a used id is told where ids are ours, and keeps the first", async () => {
    const draft = draftOf({ content: "first" });
    const first = await client.createMemo(token, draft);
    if (info.serverNames.memos) return expect(first.name).not.toBe(`memos/${draft.id}`);
    const again = await troubleOf(client.createMemo(token, { ...draft, content: "second" }));
    expect(again).toMatchObject({ kind: "exists", status: 409 });
    expect((await troubleOf(client.createMemo(server.otherToken, draft))).kind).toBe("exists");
    await client.updateMemo(token, first.name, { state: "ARCHIVED" });
    expect((await troubleOf(client.createMemo(token, draft))).kind).toBe("exists");
    expect((await client.getMemo(token, first.name)).content).toBe("first");
    return undefined;
  });

  test("a used id of a file is told where ids are ours", async () => {
    if (info.serverNames.files) return;
    const file = fileOf(bytesOf(10));
    const { name } = await client.createAttachment(token, file);
    const again = await troubleOf(client.createAttachment(token, { ...fileOf(bytesOf(20)), id: file.id }));
    expect(again.kind).toBe("exists");
    expect((await client.getAttachment(token, name)).size).toBe(10);
  });

  test("own memos are found by their words, whatever stands in them", async () => {
    const mark = `mark${nextId++}`;
    const contents = [
      'with "double" quotes',
      "it's single",
      "back\\slash",
      "100% _sure_",
      "two\nlines",
      "日本語 👍",
    ];
    for (const content of contents)
      await client.createMemo(token, draftOf({ content: `${mark} ${content}` }));
    await client.createMemo(
      server.otherToken,
      draftOf({ content: `${mark} of another`, visibility: "PUBLIC" }),
    );
    const find = (content: string) => client.findMemos(token, account.name, { content, limit: 50 });
    expect((await find(mark)).map(({ content }) => content).toSorted()).toEqual(
      contents.map((content) => `${mark} ${content}`).toSorted(),
    );
    for (const content of contents) {
      expect((await find(`${mark} ${content}`)).map((memo) => memo.content)).toEqual([`${mark} ${content}`]);
    }
    expect(await find(`${mark.toUpperCase()} 100% _SURE_`)).toHaveLength(1);
    expect(await find(`${mark} 100% xsurex`)).toEqual([]);
    expect(await find(`${mark} nothing`)).toEqual([]);
    expect(await client.findMemos(token, account.name, { content: mark, limit: 2 })).toHaveLength(2);
  });

  test("own memos are found by words, by state and by time, newest first", async () => {
    const word = `word${nextId++}`;
    const at = (day: number) => new Date(Date.UTC(2023, 0, day));
    const made: string[] = [];
    for (const day of [3, 1, 2, 4]) {
      const memo = await client.createMemo(
        token,
        draftOf({ content: `day ${day} ${word}`, createTime: at(day) }),
      );
      made.push(memo.name);
    }
    const [pinned = "", oldest = "", , archived = ""] = made;
    for (const name of [pinned, oldest]) await client.updateMemo(token, name, { pinned: true });
    await client.updateMemo(token, archived, { state: "ARCHIVED" });
    const find = async (search: object) =>
      (await client.findMemos(token, account.name, { content: word, limit: 50, ...search })).map(
        ({ content }) => content[4],
      );
    expect(await find({})).toEqual(["3", "2", "1"]);
    expect(await find({ state: "ARCHIVED" })).toEqual(["4"]);
    expect(await find({ since: at(2) })).toEqual(["3", "2"]);
    expect(await find({ limit: 1 })).toEqual(["3"]);
    // Though one of them, being pinned, may stand behind another in the server's order.
    expect(await find({ limit: 2 })).toEqual(["3", "2"]);
  });

  test("memos are looked at one by one, left out, and no more of them until that is enough", async () => {
    const content = `look${nextId++}`;
    for (let n = 0; n < 5; n++) await client.createMemo(token, draftOf({ content: `${n} ${content}` }));
    const seen: string[] = [];
    const look = ({ name }: Memo) => (seen.push(name) === 3 ? "stop" : seen.length === 2);
    const found = await client.findMemos(token, account.name, { content, look, limit: 50 });
    expect(seen).toHaveLength(3);
    expect(found.map(({ name }) => name)).toEqual(seen.slice(1, 2));
  });

  test("many memos are found over several pages", async () => {
    const content = `many${nextId++}`;
    for (let n = 0; n < 103; n++) await client.createMemo(token, draftOf({ content: `${n} ${content}` }));
    expect(await client.findMemos(token, account.name, { content, limit: 500 })).toHaveLength(103);
    expect(await client.findMemos(token, account.name, { content, limit: 102 })).toHaveLength(102);
  }, 20_000);

  describe("after a create whose answer was lost", () => {
    const since = () => new Date();

    test("the memo is found, finished or not, and no other", async () => {
      const begun = since();
      const content = `lost *${newId()}*`;
      const draft = { ...draftOf({ content, createTime: new Date("2022-03-04T05:06:07Z") }), parent: null };
      expect(await client.findMade(token, account.name, draft, begun)).toEqual([]);
      const raw = await client.createMemo(token, { ...draft, createTime: null });
      await client.createMemo(token, { ...draft, id: newId(), content: `${content}!`, createTime: null });
      const found = async () =>
        (await client.findMade(token, account.name, draft, begun)).map(({ name }) => name);
      expect(await found()).toEqual([raw.name]);
      await client.updateMemo(token, raw.name, { createTime: new Date("2022-03-04T05:06:07Z") });
      expect(await found()).toEqual([raw.name]);
      await client.updateMemo(token, raw.name, { state: "ARCHIVED" });
      expect(await found()).toEqual([raw.name]);
      expect(await client.findMade(server.otherToken, account.name, draft, begun)).toEqual([]);
      const later = new Date(Date.now() + 60_000);
      expect(await client.findMade(token, account.name, { ...draft, createTime: null }, later)).toEqual([]);
    });

    test("its files are bound and its time is set, once or again", async () => {
      const names = (await Promise.all([1, 2].map((size) => upload(size)))).map(({ name }) => name);
      const draft = draftOf({ attachments: names, createTime: new Date("2022-03-04T05:06:07Z") });
      // What an interrupted create leaves where it can do least.
      const bare = { ...draft, attachments: [], ...(version < "0.26" && { createTime: null }) };
      const made = await client.createMemo(token, bare);
      const theirs = await upload(9, { memo: made.name });
      const seen = await client.getMemo(token, made.name);
      for (let again = 0; again < 2; again++) {
        const memo = await client.finishMemo(token, again === 0 ? made : seen, draft);
        expect(memo.createTime).toBe("2022-03-04T05:06:07Z");
        expect(memo.attachments.map(({ name }) => name)).toEqual([...names, theirs.name]);
      }
    });

    test("a file that was just taken and is not known any more is trouble, and not left out", async () => {
      const [kept = "", gone = ""] = (await Promise.all([1, 2].map((size) => upload(size)))).map(
        ({ name }) => name,
      );
      const made = await client.createMemo(token, draftOf());
      await client.deleteAttachment(token, gone);
      const finishing = client.finishMemo(token, made, draftOf({ attachments: [gone, kept] }));
      expect((await troubleOf(finishing)).kind).toBe("server");
      expect((await client.getMemo(token, made.name)).attachments).toEqual([]);
    });

    test("uploaded files are found by name, size and time, bound or not", async () => {
      const begun = since();
      const filename = `${newId()} report.bin`;
      const one = await upload(7, { filename });
      const two = await upload(7, { filename });
      await upload(8, { filename });
      const find = (size: number, from = begun) =>
        client.findAttachments(token, { filenames: [filename], size, since: from });
      expect((await find(7)).map(({ name }) => name).toSorted()).toEqual([one.name, two.name].toSorted());
      expect(await find(9)).toEqual([]);
      expect(await find(7, new Date(Date.now() + 60_000))).toEqual([]);
      const memo = await client.createMemo(token, draftOf({ attachments: [one.name] }));
      expect((await find(7)).filter((file) => file.memo === memo.name).map(({ name }) => name)).toEqual([
        one.name,
      ]);
      expect((await find(7)).filter((file) => file.memo === undefined).map(({ name }) => name)).toEqual([
        two.name,
      ]);
    });
  });

  test("the page of a memo is there", async () => {
    const memo = await client.createMemo(token, draftOf());
    const url = client.memoUrl(server.url, memo.name);
    expect(url).toBe(`${server.url}/${version < "0.24" ? "m" : "memos"}/${memo.name.slice("memos/".length)}`);
  });
}
