import { beforeAll, expect, test } from "bun:test";
import type { Secret } from "../../src/base/secret.ts";
import type { Memo, MemoDraft, MemosAccount, MemosClient, MemosEvent } from "../../src/memos/client.ts";
import { type CoreServer, connected, draftOf } from "./memos-client-core.ts";

/** What news need of every version, on a fake or a real server. */
export function newsSuite(version: string, connect: () => Promise<CoreServer>): void {
  let server: CoreServer;
  let client: MemosClient;
  let account: MemosAccount;
  let token: Secret;
  let other: MemosAccount;

  beforeAll(async () => {
    ({ server, token, client, account } = await connected(connect));
    other = await client.whoAmI(server.otherToken);
  });

  const own = (draft: Partial<MemoDraft> = {}) =>
    client.createMemo(token, draftOf({ visibility: "PROTECTED", ...draft }));
  const commented = (memo: Memo, content: string) =>
    client.createComment(server.otherToken, memo.name, draftOf({ content }));
  const asked = (after = 0) => client.notifications(token, account.name, after);
  const newest = async () => (await asked()).newest;
  const fresh = async (after: number) => (await asked(after)).fresh;
  const mentions = version >= "0.27" || version === "dev";

  test("others' comments are told in the order in which they came, each with its memo", async () => {
    const memo = await own();
    const before = await newest();
    const first = await commented(memo, "the first");
    await client.createComment(token, memo.name, draftOf({ content: "one's own" }));
    await server.nextSecond();
    const second = await commented(memo, "the second");
    const third = await commented(memo, "the third");
    const told = await fresh(before);
    expect(told).toMatchObject(
      [first, second, third].map(({ name }) => ({
        kind: "comment",
        sender: { name: other.name, displayName: other.displayName },
        memo: name,
        relatedMemo: memo.name,
      })),
    );
    const numbers = told.map(({ number }) => number);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(await fresh(numbers[1] ?? 0)).toEqual(told.slice(2));
    expect(await newest()).toBe(numbers[2] ?? 0);
    expect(await fresh(numbers[2] ?? 0)).toEqual([]);
  });

  test("a comment that is gone is told without a memo", async () => {
    const memo = await own();
    const before = await newest();
    const gone = await commented(memo, "soon gone");
    const kept = await commented(memo, "here to stay");
    await client.deleteMemo(server.otherToken, gone.name);
    const told = await fresh(before);
    expect(told.map(({ memo: name }) => name)).toEqual([null, kept.name]);
  });

  test("mentions are told from 0.27 on, and never those of a PRIVATE memo", async () => {
    const before = await newest();
    const write = (draft: Partial<MemoDraft>) => client.createMemo(server.otherToken, draftOf(draft));
    const content = `what does @${account.username} think?`;
    await write({ content, visibility: "PRIVATE" });
    const seen = await write({ content, visibility: "PROTECTED" });
    const comment = await client.createComment(server.otherToken, seen.name, draftOf({ content }));
    const told = await fresh(before);
    const expected = [
      { kind: "mention", memo: seen.name, relatedMemo: null },
      { kind: "mention", memo: comment.name, relatedMemo: seen.name },
    ];
    expect(told).toMatchObject(mentions ? expected : []);
    expect(told).toHaveLength(mentions ? 2 : 0);
  });

  test("a reaction is set once and taken away by whose it is, and 0.22 knows a dozen", async () => {
    const memo = await own();
    const types = async () =>
      (await client.reactions(token, memo.name)).map(({ creator, type }) => [creator, type]);

    await client.addReaction(server.otherToken, other.name, memo.name, "👍");
    await client.addReaction(server.otherToken, other.name, memo.name, "👍");
    await client.addReaction(token, account.name, memo.name, "❤️");
    expect(await types()).toEqual([
      [other.name, "👍"],
      [account.name, "❤️"],
    ]);
    const rare = client.addReaction(token, account.name, memo.name, "🎃");
    if (version < "0.23") await expect(rare).rejects.toMatchObject({ kind: "invalid" });
    else await rare;
    await client.removeReaction(token, account.name, memo.name, "🎃");
    await client.removeReaction(token, account.name, memo.name, "👍");
    await client.removeReaction(server.otherToken, other.name, memo.name, "👍");
    await client.removeReaction(server.otherToken, other.name, memo.name, "👍");
    expect(await types()).toEqual([[account.name, "❤️"]]);
  });

  test("memos that were made or changed since a time are found, the last changed first", async () => {
    const old = await own({ content: "of long ago" });
    const pinned = await own({ content: "pinned long ago" });
    await client.updateMemo(token, pinned.name, { pinned: true });
    // Times of two clocks are compared with three seconds to spare.
    for (let second = 0; second < 5; second++) await server.nextSecond();
    const made = await own({ content: "made since" });
    const since = new Date(made.createTime);
    await server.nextSecond();
    await client.updateMemo(token, old.name, { content: "changed since" });
    await client.createMemo(server.otherToken, draftOf({ visibility: "PUBLIC" }));
    const changed = await client.changedMemos(token, account.name, { since });
    expect(changed.map(({ name }) => name)).toEqual([old.name, made.name]);
    await client.updateMemo(token, made.name, { content: "put away", state: "ARCHIVED" });
    const left = await client.changedMemos(token, account.name, { since });
    expect(left.map(({ name }) => name)).toEqual([old.name]);
  });

  test("from 0.27 on what happens is told as it happens", async () => {
    await client.info();
    expect(client.known()?.dialect.tellsEvents).toBe(mentions);
    if (!mentions) return;
    const memo = await own();
    const stop = new AbortController();
    const heard: (MemosEvent | null)[] = [];
    const listening = (async () => {
      for await (const event of client.events(token, stop.signal)) heard.push(event);
    })().catch((error: unknown) => error);
    const heardOf = async (type: string, name: string) => {
      while (!heard.some((event) => event?.type === type && event.memo === name)) await Bun.sleep(5);
    };
    // Until 0.28 nothing says that the stream is open.
    while (!heard.some((event) => event?.type === "memo.updated")) {
      await client.updateMemo(token, memo.name, { content: "until it is heard" });
      await Bun.sleep(20);
    }
    await commented(memo, "hear, hear");
    await heardOf("memo.comment.created", memo.name);
    const made = await own();
    await heardOf("memo.created", made.name);
    await client.deleteMemo(token, made.name);
    await heardOf("memo.deleted", made.name);
    stop.abort();
    expect(await listening).toMatchObject({ kind: "aborted" });
  });
}
