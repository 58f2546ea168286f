import { describe, expect, test } from "bun:test";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { backUp } from "../../src/store/db/backup.ts";
import { chatWorld } from "../support/chat.ts";
import { type Conversation, talking } from "../support/conversation.ts";

/** A person who is bound; a copy of the database; what they do after it; and the copy in its place again. */
async function restored(after: (alice: Conversation) => unknown, version?: string) {
  const world = await chatWorld(version === undefined ? {} : { memos: { version } });
  const alice = await talking(world);
  alice.says("before");
  await world.settled();
  const copy = join(world.dataDir, "copy.db");
  backUp(world.dataDir, copy);
  const sent = alice.says("after");
  await world.settled();
  await after(alice);
  await world.settled();
  // What was taken is confirmed by then: Telegram does not bring it again.
  const offset = Math.max(...world.telegram.pendingUpdates.map(({ update_id }) => update_id), 0) + 1;
  await fetch(`${world.telegram.url}/bot${world.telegram.token}/getUpdates`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ offset, timeout: 0 }),
  });
  await world.restart(() => {
    const database = join(world.dataDir, "memoferry.db");
    for (const end of ["-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
    copyFileSync(copy, database);
  });
  const calls = world.memos.requests.length;
  return {
    world,
    alice,
    sent,
    heard: alice.seen().length,
    contents: () => world.memos.memos().map(({ content }) => content),
    memo: (content: string) => world.memos.memos().find((memo) => memo.content === content),
    callsSince: () => world.memos.requests.slice(calls).map(({ method }) => method),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const nothing = () => undefined;

describe("a message that was saved after the copy of the database that was put back", () => {
  test("is followed when it is edited, and nothing is asked about", async () => {
    await using at = await restored(nothing);
    at.alice.edits(at.sent, "after, edited");
    await at.world.settled();
    expect(at.contents().toSorted()).toEqual(["after, edited", "before"]);
    expect(at.alice.seen().at(-1)?.text).toStartWith("Saved");
    at.alice.edits(at.sent, "after, edited twice");
    await at.world.settled();
    expect(at.contents().toSorted()).toEqual(["after, edited twice", "before"]);
    // A change by hand is known from now on.
    at.world.memos.editContent(at.memo("after, edited twice")?.name ?? "", "by hand");
    at.alice.edits(at.sent, "after, edited thrice");
    await at.alice.hears("changed in Memos");
    expect(at.contents()).toContain("by hand");
  });

  test("is kept with the words of a part of its album that comes after it, and their edits", async () => {
    const album = { mediaGroupId: "of-two-databases" };
    await using at = await restored((alice) =>
      alice.actor.sendPhoto({ caption: "its first part", ...album }),
    );
    const { world, alice } = at;
    const late = alice.actor.sendPhoto({ caption: "its late part", ...album });
    await world.settled();
    const memo = at.memo("its first part");
    expect(memo?.attachments).toHaveLength(2);
    const words = () => world.memos.comments(memo?.name ?? "").map(({ content }) => content);
    expect(words()).toEqual(["its late part"]);
    alice.actor.edit(late.message_id, { caption: "its late part, edited" });
    await world.settled();
    expect(words()).toEqual(["its late part, edited"]);
    expect(at.contents()).toContain("its first part");
  });

  test("is asked about where an edit would take away what may be of another message, joined to it", async () => {
    let comment = 0;
    await using at = await restored((alice) => {
      const [first] = alice.actor.forwardWithComment("look at this", { content: "words of somebody" });
      comment = first?.message_id ?? 0;
    });
    at.alice.edits(comment, "look at that");
    await at.alice.hears("changed in Memos");
    const memo = at.world.memos.memos().find(({ content }) => content.startsWith("look at this"));
    expect(memo?.content).toContain("words of somebody");
    // The same after it became known by a command.
    at.alice.says("/pin", { replyTo: comment });
    at.alice.edits(comment, "look at those");
    await at.world.settled();
    expect(at.contents().some((content) => content.includes("words of somebody"))).toBe(true);
  });

  test("is known after an edit that changes nothing, such as that of a preview", async () => {
    await using at = await restored(nothing);
    at.alice.edits(at.sent, "after");
    await at.world.settled();
    expect(at.callsSince()).not.toContain("PATCH");
    at.alice.says("/pin", { replyTo: at.sent });
    await at.world.settled();
    expect(at.memo("after")?.pinned).toBe(true);
  });

  test.each([
    ["/delete", () => undefined],
    ["/pin", ({ pinned }: { pinned: boolean }) => expect(pinned).toBe(true)],
    ["/tag found", ({ tags }: { tags: readonly string[] }) => expect(tags).toEqual(["found"])],
  ] as const)("is known to %s as a reply to it", async (command, check) => {
    await using at = await restored(nothing);
    at.alice.says(command, { replyTo: at.sent });
    if (command === "/delete") await at.alice.presses("Delete");
    await at.world.settled();
    const memo = at.world.memos.memos().find(({ content }) => content.startsWith("after"));
    if (memo) check(memo);
    expect(memo === undefined).toBe(command === "/delete");
    expect(at.contents()).toContain("before");
  });

  test("is commented on by a reply, and so is a reply to such a reply", async () => {
    let comment = 0;
    await using at = await restored((alice) => {
      comment = alice.replies(alice.actor.say("another").message_id, "a comment");
    });
    at.alice.replies(at.sent, "a reply");
    at.alice.replies(comment, "a reply to a reply");
    await at.world.settled();
    expect(at.contents().toSorted()).toEqual(["after", "another", "before"]);
    const under = (content: string) =>
      at.world.memos.comments(at.memo(content)?.name ?? "").map((one) => one.content.split("\n").at(-1));
    expect(under("after")).toEqual(["a reply"]);
    expect(under("another").toSorted()).toEqual(["a comment", "a reply to a reply"]);
  });

  test("is not meant by the button of another message: no job has the number of one that was lost", async () => {
    await using at = await restored(nothing);
    const lost = at.alice.seen().at(-1);
    at.alice.says("new");
    await at.world.settled();
    await at.alice.pressesOn(lost?.id ?? 0, "Pin");
    expect(at.world.memos.memos().some(({ pinned }) => pinned)).toBe(false);
  });

  test("is as little known as before where Memos chose its id: a reply is a memo of its own", async () => {
    await using at = await restored(nothing, "0.24.4");
    at.alice.says("/pin", { replyTo: at.sent });
    await at.alice.hears("no memo");
    expect(at.contents().toSorted()).toEqual(["after", "before"]);
  });
});

test("a reply to a message that is known, and was never saved, asks Memos for nothing", async () => {
  await using at = await restored(nothing);
  const { world, alice } = at;
  const command = alice.says("/id");
  await world.settled();
  const before = world.memos.requests.length;
  alice.says("/pin", { replyTo: command });
  await alice.hears("no memo");
  expect(world.memos.requests.slice(before).map(({ path }) => path)).toEqual([]);
});
