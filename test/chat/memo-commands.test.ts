import { describe, expect, test } from "bun:test";
import { memosSaved, rows } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { withThought } from "../support/thought.ts";

const cases: [string, string, (memo: ReturnType<ChatWorld["memos"]["memo"]>) => unknown][] = [
  ["/pin", "📌", (memo) => memo?.pinned === true],
  ["/archive", "It is archived.", (memo) => memo?.state === "ARCHIVED"],
  ["/tag #cake, apple", "#cake #apple", (memo) => memo?.content === "a thought\n\n#cake #apple"],
  ["/public", "Saved as PUBLIC", (memo) => memo?.visibility === "PUBLIC"],
  ["/protected", "Saved as PROTECTED", (memo) => memo?.visibility === "PROTECTED"],
  ["/private", "Saved as PRIVATE", (memo) => memo?.visibility === "PRIVATE"],
];

describe("a command as a reply", () => {
  for (const [command, told, done] of cases) {
    for (const target of ["message", "confirmation"] as const) {
      test(`${command} to the ${target} changes the memo, and nothing is saved of it`, async () => {
        await using saved = await withThought();
        const { world, alice, memo, sent, confirmed } = saved;
        alice.says(command, { replyTo: target === "message" ? sent : confirmed.id });
        await alice.hears(told);
        expect(done(memo())).toBe(true);
        await world.quiet();
        expect(world.memos.memos()).toHaveLength(1);
      });
    }
  }

  test("on a memo in the archive says so, and each way back does", async () => {
    await using saved = await withThought();
    const { alice, sent, memo } = saved;
    alice.says("/archive", { replyTo: sent });
    const archived = await alice.hears("It is archived.");
    expect(archived.text).toStartWith("Saved as PRIVATE · open");
    await alice.presses("Delete");
    await alice.hears("Delete this memo");
    await alice.presses("Cancel");
    await alice.hears("It is archived.");
    alice.says("/pin", { replyTo: sent });
    await alice.hears("It is archived.\n📌");
    await alice.presses("Take out of the archive");
    expect((await alice.hears("Saved as PRIVATE")).text).toBe("Saved as PRIVATE · open");
    expect(memo()?.state).toBe("NORMAL");
  });

  test("/tag adds to the tags that are there, once, and refuses what is no tag", async () => {
    await using saved = await withThought();
    const { alice, memo, sent } = saved;
    alice.says("/tag one", { replyTo: sent });
    await alice.hears("#one");
    alice.says("/tag #two #one", { replyTo: sent });
    await alice.hears("#two #one");
    expect(memo()?.content).toBe("a thought\n\n#one #two");
    alice.says("/tag no!tag", { replyTo: sent });
    await alice.hears("“no!tag” is not a valid tag.");
    alice.says("/tag", { replyTo: sent });
    await alice.hears("Send /tag #x as a reply");
    expect(memo()?.content).toBe("a thought\n\n#one #two");
  });

  test("/tag is understood by a Memos that lists tags in lower case", async () => {
    await using saved = await withThought({ memos: { version: "0.25.3" } });
    const { alice, memo, sent } = saved;
    alice.says("/tag Cake", { replyTo: sent });
    await alice.hears("#Cake");
    expect(memo()?.content).toBe("a thought\n\n#Cake");
    expect(memo()?.tags).toEqual(["cake"]);
  });

  test.each([
    ["an open block of code", "```\ncode"],
    ["code that says it already", "`#one`"],
  ])("/tag counts beside %s, and says so only then", async (_, content) => {
    await using saved = await withThought();
    const { world, alice, name, memo, sent } = saved;
    world.memos.editContent(name, content);
    alice.says("/tag one", { replyTo: sent });
    await alice.hears("#one");
    expect(memo()?.tags).toEqual(["one"]);
    expect(memo()?.content).toContain(content);
  });

  test("is understood by the buttons where the confirmation's own id was lost", async () => {
    await using saved = await withThought();
    const { world, alice, memo } = saved;
    world.telegram.fault({ match: { method: "sendMessage" }, action: "drop-after" });
    alice.says("another");
    await memosSaved(world, 2);
    await world.quiet();
    const last = alice.seen().at(-1);
    alice.says("/pin", { replyTo: last?.id ?? 0 });
    await alice.hears("📌");
    expect(memo()?.pinned).toBe(false);
    expect(world.memos.memos()[1]?.pinned).toBe(true);
  });

  test("to a message that waits for Memos, or could not be saved, says so", async () => {
    await using saved = await withThought();
    const { world, alice } = saved;
    await world.memos.stop();
    const waits = alice.says("while Memos is away");
    await world.until(
      "it waits",
      () => rows(world, "SELECT 1 FROM jobs WHERE state = 'waiting'").length === 1,
    );
    alice.says("/private", { replyTo: waits });
    await alice.hears("That message is not saved, or not yet");
    await world.memos.start();
    await world.passes(1_000);
    expect(world.memos.memos()).toHaveLength(2);
    const { message_id: dead } = alice.person.send({ hologram: { depth: 1 } });
    await alice.hears("I do not know such messages yet");
    alice.says("/private", { replyTo: dead });
    await alice.hears("That message is not saved, or not yet");
  });

  test("to nothing, or to what is no memo, says how it is meant", async () => {
    await using saved = await withThought();
    const { alice } = saved;
    for (const command of ["pin", "delete", "archive", "public"]) {
      alice.says(`/${command}`);
      await alice.hears(`Send /${command} as a reply`);
    }
    const help = alice.says("/help");
    await alice.hears("Send me anything");
    alice.says("/pin", { replyTo: help });
    await alice.hears("I know of no memo for that message.");
  });

  test("to a memo of the account that one was bound to before is refused", async () => {
    await using saved = await withThought();
    const { world, alice, memo, sent } = saved;
    const bob = world.memos.addUser("bob");
    alice.says(`/bind ${bob.token}`);
    await alice.hears("account of bob.");
    alice.says("/pin", { replyTo: sent });
    await alice.hears("This memo belongs to another account.");
    expect(memo()?.pinned).toBe(false);
  });

  test("to a memo that is gone, or while Memos is down, says so", async () => {
    await using saved = await withThought();
    const { world, alice, name, sent } = saved;
    await world.memos.stop();
    alice.says("/pin", { replyTo: sent });
    await alice.hears("Memos does not answer right now.");
    await world.memos.start();
    world.memos.deleteMemo(name);
    for (const command of ["/pin", "/delete", "/tag #x", "/archive", "/private"]) {
      alice.says(command, { replyTo: sent });
      await world.quiet();
    }
    expect(
      alice
        .seen()
        .slice(-5)
        .map(({ text }) => text),
    ).toEqual(Array.from({ length: 5 }, () => "This memo is gone: it was deleted in Memos."));
  });
});
