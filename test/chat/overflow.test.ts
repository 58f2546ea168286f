import { describe, expect, test } from "bun:test";
import { changeSettings, type PersonSettings } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { type Conversation, talking } from "../support/conversation.ts";

/** 12,000 bytes of UTF-8; Memos takes 8,192 by default. */
const LONG = "家".repeat(4000);

interface Visible {
  world: ChatWorld;
  alice: Conversation;
  /** The memo. */
  top(): ReturnType<ChatWorld["memos"]["memos"]>[number] | undefined;
  comments(): ReturnType<ChatWorld["memos"]["comments"]>;
  /** Who sees the memo, and who its comments. */
  seen(): string[];
  [Symbol.asyncDispose](): PromiseLike<void>;
}

async function withAlice(
  options: { version?: string; visibility?: PersonSettings["visibility"] } = {},
): Promise<Visible> {
  const { version, visibility } = options;
  const world = await chatWorld({ ...(version && { memos: { version } }) });
  const alice = await talking(world);
  if (visibility) changeSettings(world, alice.person, { visibility });
  const top = () => world.memos.memos()[0];
  const comments = () => world.memos.comments(top()?.name ?? "");
  return {
    world,
    alice,
    top,
    comments,
    seen: () => [top(), ...comments()].map((memo) => memo?.visibility ?? ""),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

describe("who sees a memo sees its comments, and nobody else does", () => {
  for (const version of ["0.22.5", "0.24.4", "0.27.1", "0.30.0"]) {
    test(`also after a press, on ${version}`, async () => {
      await using at = await withAlice({ version, visibility: "PUBLIC" });
      const sent = at.alice.says(LONG);
      await at.alice.hears("Saved as PUBLIC");
      await at.alice.quiet();
      expect(at.seen()).toEqual(["PUBLIC", "PUBLIC"]);
      await at.alice.presses("PRIVATE");
      await at.alice.hears("Saved as PRIVATE");
      await at.alice.quiet();
      expect(at.seen()).toEqual(["PRIVATE", "PRIVATE"]);
      at.alice.replies(sent, "a remark");
      await at.world.until("a reply", () => at.comments().length === 2);
      at.alice.replies(sent, LONG);
      await at.world.until("a long reply", () => at.comments().length === 4);
      expect(new Set(at.seen())).toEqual(new Set(["PRIVATE"]));
      at.alice.says("/protected", { replyTo: sent });
      await at.alice.hears("Saved as PROTECTED");
      await at.alice.quiet();
      expect(new Set(at.seen())).toEqual(new Set(["PROTECTED"]));
    });
  }

  test("also where an edit adds one", async () => {
    await using at = await withAlice({ version: "0.27.1", visibility: "PUBLIC" });
    const sent = at.alice.says("short");
    await at.alice.hears("Saved as PUBLIC");
    await at.alice.presses("PRIVATE");
    await at.alice.hears("Saved as PRIVATE");
    at.alice.edits(sent, LONG);
    await at.world.until("it goes on in a comment", () => at.comments().length === 1);
    expect(at.seen()).toEqual(["PRIVATE", "PRIVATE"]);
  });

  test("but one that its owner hid stays hidden, and others' are theirs", async () => {
    await using at = await withAlice({ version: "0.27.1", visibility: "PROTECTED" });
    const bob = at.world.memos.addUser("bob");
    const sent = at.alice.says("a thought");
    await at.alice.hears("Saved as PROTECTED");
    at.alice.replies(sent, "one");
    await at.world.until("a reply", () => at.comments().length === 1);
    at.alice.replies(sent, "two");
    await at.world.until("two replies", () => at.comments().length === 2);
    const call = (method: string, path: string, token: string, body: object) =>
      fetch(`${at.world.memos.url}/api/v1/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const name = at.top()?.name ?? "";
    const hidden = at.comments().find(({ content }) => content === "one")?.name ?? "";
    await call("PATCH", `${hidden}?updateMask=visibility`, at.world.memos.addToken("alice"), {
      visibility: "PRIVATE",
    });
    await call("POST", `${name}/comments`, bob.token, { content: "bob's", visibility: "PROTECTED" });
    at.alice.says("/public", { replyTo: sent });
    await at.alice.hears("Saved as PUBLIC");
    await at.alice.quiet();
    expect(Object.fromEntries(at.comments().map(({ content, visibility }) => [content, visibility]))).toEqual(
      { one: "PRIVATE", two: "PUBLIC", "bob's": "PROTECTED" },
    );
  });
});

describe("a reply that was split", () => {
  async function withSplitReply(version?: string) {
    const at = await withAlice(version === undefined ? {} : { version });
    const sent = at.alice.says("a thought");
    await at.alice.hears("Saved as PRIVATE");
    const reply = at.alice.replies(sent, LONG);
    await at.world.until("both halves", () => at.comments().length === 2);
    await at.alice.hears("Saved as a comment");
    await at.alice.quiet();
    return { ...at, reply };
  }

  for (const version of ["0.24.4", "0.30.0"]) {
    test(`is deleted whole, on ${version}`, async () => {
      await using at = await withSplitReply(version);
      at.alice.says("/delete", { replyTo: at.reply });
      await at.alice.hears("Delete this memo");
      await at.alice.presses("Delete");
      await at.alice.hears("Deleted from Memos.");
      expect(at.comments()).toEqual([]);
      expect(at.world.memos.memos()).toHaveLength(1);
    });
  }
});

describe("an edit of a long text", () => {
  /** The first part fills the memo, the second one stands in a comment. */
  const text = (first: string, second: string) => `${first.repeat(2700)}\n${second.repeat(300)}`;

  async function withLongText() {
    const at = await withAlice();
    const sent = at.alice.says(text("家", "b"));
    await at.alice.hears("Saved as PRIVATE");
    await at.alice.quiet();
    expect(at.comments()).toHaveLength(1);
    const all = () => [at.top(), ...at.comments()].map((memo) => memo?.content ?? "").join("\n");
    return { ...at, sent, all, comment: at.comments()[0]?.name ?? "" };
  }

  test("whose comment was changed in Memos writes nothing and says so, then all of it when that is wanted", async () => {
    await using at = await withLongText();
    at.world.memos.editContent(at.comment, "mine");
    at.alice.edits(at.sent, text("山", "c"));
    await at.alice.hears("its memo has been changed in Memos");
    await at.alice.quiet();
    expect(at.all()).toBe(`${"家".repeat(2700)}\nmine`);
    await at.alice.presses("Overwrite");
    await at.world.until("all of it", () => at.all() === text("山", "c"));
  });

  test("which says the same where a comment was changed in Memos leaves that as it is", async () => {
    await using at = await withLongText();
    at.world.memos.editContent(at.comment, "mine");
    at.alice.edits(at.sent, text("山", "b"));
    await at.world.until("the first part", () => at.top()?.content === "山".repeat(2700));
    expect(at.comments().map(({ content }) => content)).toEqual(["mine"]);
  });

  for (const version of ["0.24.4", "0.30.0"]) {
    test(`makes a comment again that was deleted in Memos, on ${version}`, async () => {
      await using at = await withAlice({ version });
      const sent = at.alice.says(text("家", "b"));
      await at.alice.hears("Saved as PRIVATE");
      await at.alice.quiet();
      at.world.memos.deleteMemo(at.comments()[0]?.name ?? "");
      at.alice.edits(sent, text("家", "c"));
      await at.world.until("it is back", () => at.comments()[0]?.content === "c".repeat(300));
      at.alice.edits(sent, text("家", "d"));
      await at.world.until("it follows", () => at.comments()[0]?.content === "d".repeat(300));
      expect(at.comments()).toHaveLength(1);
    });
  }

  test("is told where it makes it longer or shorter than the server takes", async () => {
    await using at = await withAlice();
    const sent = at.alice.says("short");
    await at.alice.hears("Saved as PRIVATE");
    at.alice.edits(sent, LONG);
    await at.alice.hears("the rest is in a comment under it");
    at.alice.edits(sent, "short again");
    await at.alice.hears(/^Saved as PRIVATE · open$/);
    await at.alice.quiet();
    expect(at.alice.seen()).toHaveLength(1);
    expect(at.comments()).toEqual([]);
  });
});
