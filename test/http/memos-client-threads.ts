import { beforeAll, expect, test } from "bun:test";
import type { Secret } from "../../src/base/secret.ts";
import type { Memo, MemoDraft, MemosAccount, MemosClient, MemosServerInfo } from "../../src/memos/client.ts";
import { type CoreServer, connected, draftOf, fileOf, newId } from "./memos-client-core.ts";
import { troubleOf } from "./memos-client-servers.ts";

const place = { placeholder: "Kyiv", latitude: 50.45, longitude: 30.52 };

/** What edits, replies, joining and splitting need of every version, on a fake or a real server. */
export function threadsSuite(version: string, connect: () => Promise<CoreServer>): void {
  let server: CoreServer;
  let client: MemosClient;
  let info: MemosServerInfo;
  let account: MemosAccount;
  let token: Secret;

  beforeAll(async () => {
    ({ server, token, client, info, account } = await connected(connect));
  });

  const create = (draft: Partial<MemoDraft> = {}) => client.createMemo(token, draftOf(draft));
  const namesOf = (memo: Memo) => memo.attachments.map(({ name }) => name);
  const filesOf = async (memo: string) => namesOf(await client.getMemo(token, memo));

  /** Uploads one file for each size. */
  async function uploaded(...sizes: number[]): Promise<string[]> {
    const files = sizes.map((size) => client.createAttachment(token, fileOf(new Uint8Array(size))));
    return (await Promise.all(files)).map(({ name }) => name);
  }

  test("a place is set, changed and removed, and kept by other changes", async () => {
    const { name } = await create();
    const read = async () => (await client.getMemo(token, name)).location;
    const kept = version >= "0.23";
    expect((await client.updateMemo(token, name, { location: place })).location).toEqual(
      kept ? place : undefined,
    );
    const moved = { ...place, placeholder: "", longitude: 0 };
    const both = await client.updateMemo(token, name, { content: "moved", location: moved });
    expect(both.content).toBe("moved");
    expect(both.location).toEqual(kept ? moved : undefined);
    await client.updateMemo(token, name, { content: "still there", pinned: true });
    expect(await read()).toEqual(kept ? moved : undefined);
    const without = await client.updateMemo(token, name, { location: null });
    expect(without.location).toBeUndefined();
    expect(without).toMatchObject({ content: "still there", pinned: true });
    expect(await read()).toBeUndefined();
  });

  test("an edit moves the time of the last change, and no other time", async () => {
    const { name, createTime, updateTime } = await create();
    await server.nextSecond();
    const edited = await client.updateMemo(token, name, { content: "edited" });
    expect(Date.parse(edited.updateTime)).toBeGreaterThan(Date.parse(updateTime));
    expect(edited.createTime).toBe(createTime);
    if (version < "0.23.1") return;
    await server.nextSecond();
    const moved = await client.updateMemo(token, name, { location: place });
    expect(Date.parse(moved.updateTime)).toBeGreaterThan(Date.parse(edited.updateTime));
  });

  test("a comment has files, a place and its own time, and tells its parent", async () => {
    const parent = await create({ content: "parent" });
    const attachments = await uploaded(3, 1, 2);
    const createTime = new Date("2024-05-06T07:08:09Z");
    for (const content of ["with files", ""]) {
      const files = content ? attachments : await uploaded(4);
      const draft = draftOf({ content, createTime, attachments: files, location: place });
      const made = await client.createComment(token, parent.name, draft);
      expect(made).toMatchObject({ content, parent: parent.name, createTime: "2024-05-06T07:08:09Z" });
      expect(namesOf(made)).toEqual(files);
      expect(made.name === `memos/${draft.id}`).toBe(!info.serverNames.memos);
      expect(await client.getMemo(token, made.name)).toEqual(made);
      expect(made.location).toEqual(version < "0.23" ? undefined : place);
    }
    const listed = await client.listComments(token, parent.name);
    expect(listed.map((comment) => comment.attachments.length).toSorted()).toEqual([1, 3]);
    expect(await filesOf(parent.name)).toEqual([]);
  });

  test("a comment is seen by whoever sees its memo, then and later", async () => {
    for (const [from, to] of [
      ["PRIVATE", "PUBLIC"],
      ["PUBLIC", "PRIVATE"],
    ] as const) {
      const parent = await create({ visibility: from });
      const { name } = await client.createComment(token, parent.name, draftOf({ visibility: to }));
      expect((await client.getMemo(token, name)).visibility).toBe(from);
      await client.updateMemo(token, parent.name, { visibility: to });
      expect((await client.updateMemo(token, name, { visibility: to })).visibility).toBe(to);
    }
  });

  test("an interrupted comment is finished, once or again", async () => {
    const parent = await create();
    const attachments = await uploaded(1, 2);
    const draft = draftOf({ attachments, createTime: new Date("2022-03-04T05:06:07Z") });
    const bare = { ...draft, attachments: [], ...(version < "0.26" && { createTime: null }) };
    const made = await client.createComment(token, parent.name, bare);
    for (let again = 0; again < 2; again++) {
      const memo = await client.finishMemo(token, made, draft);
      expect(memo).toMatchObject({ createTime: "2022-03-04T05:06:07Z", parent: parent.name });
      expect(namesOf(memo)).toEqual(attachments);
    }
  });

  test("a comment whose answer was lost is found among its parent's, and no other", async () => {
    const begun = new Date();
    const parent = await create();
    const draft = draftOf({ content: `lost ${newId()}`, createTime: new Date("2022-03-04T05:06:07Z") });
    const wanted = { ...draft, parent: parent.name };
    const found = async (whose = account.name) =>
      (await client.findMade(token, whose, wanted, begun)).map(({ name }) => name);
    expect(await found()).toEqual([]);
    const raw = await client.createComment(token, parent.name, { ...draft, createTime: null });
    await client.createComment(token, parent.name, draftOf({ content: `${draft.content}!` }));
    const elsewhere = await create();
    await client.createComment(token, elsewhere.name, draftOf({ content: draft.content }));
    expect(await found()).toEqual([raw.name]);
    expect(await found("users/nobody")).toEqual([]);
    const second = await client.createComment(token, parent.name, draftOf({ content: draft.content }));
    expect((await found()).toSorted()).toEqual([raw.name, second.name].toSorted());
    await client.updateMemo(token, raw.name, { createTime: new Date("2022-03-04T05:06:07Z") });
    expect(await found()).toEqual([raw.name, second.name]);
    const later = new Date(Date.now() + 60_000);
    const undated = { ...wanted, createTime: null };
    expect(await client.findMade(token, account.name, undated, later)).toEqual([]);
  });

  test("a comment of a memo that is gone or private is refused, and nothing is left of it", async () => {
    const gone = await create();
    await client.deleteMemo(token, gone.name);
    const content = `nowhere ${newId()}`;
    const comment = () => draftOf({ content });
    expect((await troubleOf(client.createComment(token, gone.name, comment()))).kind).toBe("not_found");
    const theirs = await client.createMemo(server.otherToken, draftOf());
    expect((await troubleOf(client.createComment(token, theirs.name, comment()))).kind).toBe("forbidden");
    expect(await client.listComments(server.otherToken, theirs.name)).toEqual([]);
    expect(await client.findMemos(token, account.name, { content, limit: 10 })).toEqual([]);
  });

  test("an archived memo takes comments", async () => {
    const { name } = await create();
    await client.updateMemo(token, name, { state: "ARCHIVED" });
    const made = await client.createComment(token, name, draftOf());
    expect(await client.getMemo(token, made.name)).toMatchObject({ parent: name, state: "NORMAL" });
    expect(await client.listComments(token, name)).toHaveLength(1);
  });

  if (version >= "0.25.3") {
    test("a used id of a comment is the server's trouble: a read tells whose it is", async () => {
      const parent = await create();
      const draft = draftOf({ content: "first" });
      await client.createComment(token, parent.name, draft);
      const again = client.createComment(token, parent.name, { ...draft, content: "second" });
      expect((await troubleOf(again)).kind).toBe("server");
      expect(await client.getMemo(token, `memos/${draft.id}`)).toMatchObject({
        content: "first",
        parent: parent.name,
        creator: account.name,
      });
      expect(await client.listComments(token, parent.name)).toHaveLength(1);
    });
  }

  if (version >= "0.25.3") {
    test("a comment left standing alone tells no parent, and is deleted and made again", async () => {
      const parent = await create();
      const draft = draftOf({ content: "alone" });
      const failed = await fetch(`${server.url}/api/v1/${parent.name}/comments?commentId=${draft.id}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token.reveal()}` },
        body: JSON.stringify({ content: "alone", attachments: [{ name: `attachments/${newId()}` }] }),
      });
      expect(failed.status).toBe(500);
      const alone = await client.getMemo(token, `memos/${draft.id}`);
      expect(alone).toMatchObject({ content: "alone", creator: account.name });
      expect(alone.parent).toBeUndefined();
      expect((await troubleOf(client.createComment(token, parent.name, draft))).kind).toBe("server");
      await client.deleteMemo(token, alone.name);
      await client.createComment(token, parent.name, draft);
      expect((await client.getMemo(token, alone.name)).parent).toBe(parent.name);
    });
  }

  // 0.23.1 fails when the memo is deleted, 0.22 deletes the second comment, too.
  if (version >= "0.24") {
    test("a comment of a comment outlives the memo above, without a parent", async () => {
      const top = await create();
      const first = await client.createComment(token, top.name, draftOf());
      const second = await client.createComment(token, first.name, draftOf());
      await client.deleteMemo(token, top.name);
      expect((await troubleOf(client.getMemo(token, first.name))).kind).toBe("not_found");
      const orphan = client.getMemo(token, second.name);
      // 0.24 to 0.25.2 fail at every sight of it.
      if (version < "0.25.3") expect((await troubleOf(orphan)).kind).toBe("server");
      else expect((await orphan).parent).toBeUndefined();
    });
  }

  test("a file moves to the memo that is made with it", async () => {
    const [a = "", b = "", c = ""] = await uploaded(1, 2, 3);
    const from = await create({ attachments: [a, b, c] });
    const draft = draftOf({ content: "", attachments: [b], createTime: new Date("2022-03-04T05:06:07Z") });
    const to = await client.createMemo(token, draft);
    expect(namesOf(to)).toEqual([b]);
    expect(await filesOf(from.name)).toEqual([a, c]);
    expect((await client.getAttachment(token, b)).memo).toBe(to.name);
    // What is left is set without it, and it stays where it is.
    await client.setAttachments(token, from.name, [c]);
    expect(await filesOf(from.name)).toEqual([c]);
    expect(await filesOf(to.name)).toEqual([b]);
    await client.deleteMemo(token, from.name);
    expect(await filesOf(to.name)).toEqual([b]);
  });

  test("files move by the list of their new memo, to a comment, and back", async () => {
    const [a = "", b = ""] = await uploaded(1, 2);
    const from = await create({ attachments: [a, b] });
    const to = await create();
    await client.setAttachments(token, to.name, [b, a]);
    expect(await filesOf(to.name)).toEqual([b, a]);
    expect(await filesOf(from.name)).toEqual([]);
    const comment = await client.createComment(token, from.name, draftOf({ attachments: [a] }));
    expect(namesOf(comment)).toEqual([a]);
    expect(await filesOf(to.name)).toEqual([b]);
    const emptied = await client.getMemo(token, from.name);
    await client.finishMemo(token, emptied, draftOf({ attachments: [a, b] }));
    expect(await filesOf(from.name)).toEqual([a, b]);
    expect(await filesOf(to.name)).toEqual([]);
    expect(await filesOf(comment.name)).toEqual([]);
  });
}
