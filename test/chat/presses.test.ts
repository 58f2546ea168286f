// What the rows of buttons.test.ts do not have: presses one after another, with files, and of odd forms.
import { describe, expect, test } from "bun:test";
import { memosSaved, rows } from "../support/app.ts";
import { BUTTONS } from "../support/buttons.ts";
import { conversation, talking } from "../support/conversation.ts";
import { writes } from "../support/notebook.ts";
import { buttonThere, pressWith, shownMemos } from "../support/pressing.ts";
import { must } from "../support/store.ts";
import { withThought } from "../support/thought.ts";

describe("a press", () => {
  test("in turns with others ends as the last one says", async () => {
    await using saved = await withThought();
    const { alice, confirmed, memo } = saved;
    const values = ["PUBLIC", "PROTECTED", "PUBLIC", "PROTECTED"];
    const dataOf = (value: string) => must(confirmed.data.find((data) => data.endsWith(value)));
    for (const value of values) alice.actor.press(confirmed.id, dataOf(value));
    await alice.hears("Saved as PROTECTED");
    expect(memo()?.visibility).toBe("PROTECTED");
  });

  test("on [Delete it] deletes the files as well", async () => {
    await using saved = await withThought();
    const { world, alice } = saved;
    alice.person.sendPhoto({ caption: "to be deleted" });
    await memosSaved(world, 2);
    expect(world.memos.attachments()).toHaveLength(1);
    await alice.presses("Delete");
    await alice.presses("Delete");
    expect((await alice.hears("Deleted from Memos.")).buttons).toEqual([]);
    expect(world.memos.memos()).toHaveLength(1);
    expect(world.memos.attachments()).toEqual([]);
  });

  test("keeps the line about a missing file", async () => {
    await using saved = await withThought();
    const { alice } = saved;
    alice.person.sendDocument({ size: 22 * 1024 * 1024, fileName: "big.bin", caption: "see" });
    await alice.hears("Without big.bin: ");
    await alice.presses("Pin");
    expect((await alice.hears("Without big.bin: ")).buttons).toContain("Unpin");
  });

  test("on a message of an odd form, which shows no such button, is answered and does nothing", async () => {
    await using saved = await withThought();
    const { world, alice, confirmed, memo } = saved;
    const chat = { id: alice.person.id, type: "private" } as const;
    const odd = { text: 5, entities: "bold", reply_markup: -1283543159 };
    const message = { message_id: confirmed.id, date: 1, chat, ...odd } as never;
    const data = must(confirmed.data.find((one) => one.endsWith("PUBLIC")));
    const press = { id: "odd", from: alice.person.user, chat_instance: "1", message, data };
    world.telegram.deliver([{ callback_query: press }]);
    await world.until("it is answered", () =>
      world.telegram.requests.some(({ params }) => params["callback_query_id"] === "odd"),
    );
    expect(rows(world, "SELECT reason FROM jobs WHERE state = 'dead'")).toEqual([]);
    expect(memo()?.visibility).toBe("PRIVATE");
  });

  test("after /unbind is refused, and works for who shares the account", async () => {
    await using saved = await withThought();
    const { world, alice, confirmed, memo } = saved;
    const pat = world.telegram.user({ first_name: "Pat" });
    await world.bind(pat.id, world.memos.addToken("alice"));
    world.store.bindings.remove(alice.person.id);
    const data = must(confirmed.data.find((one) => one.endsWith("PUBLIC")));
    expect(await alice.pressesOn(confirmed.id, data)).toBe(
      "You are not connected to a Memos account. /bind tells how.",
    );
    const press = pat.press(confirmed.id, data);
    await world.until("public", () => memo()?.visibility === "PUBLIC");
    expect((await press.answer).text).toBeUndefined();
  });

  test("of a failure that is settled already shows what became of it", async () => {
    await using saved = await withThought();
    const { world, alice } = saved;
    alice.person.send({ hologram: { depth: 1 } });
    const { id, data } = await alice.hears("I do not know such messages yet");
    const [retry = "", discard = ""] = data;
    const answers = [discard, retry].map((one) => alice.pressesOn(id, one));
    expect(await Promise.all(answers)).toEqual([undefined, undefined]);
    expect(alice.seen().find((message) => message.id === id)?.text).toBe("Discarded. It is not in Memos.");
    expect(rows(world, "SELECT outcome FROM jobs WHERE kind = 'message' ORDER BY id")).toEqual([
      { outcome: "saved" },
      { outcome: "discarded" },
    ]);
  });
});

describe("a press acts only on a message that shows", () => {
  test("its job: forged on somebody else's confirmation, or on another of one's own, it does nothing", async () => {
    await using at = await buttonThere(must(BUTTONS["PUBLIC"]), { inGroup: true });
    const { world, alice, texts, message } = at;
    const group = { id: alice.actor.chatId };
    const { person } = await talking(world, "bob");
    const bob = conversation(world, person, { group });
    bob.says("bob's own");
    await world.quiet();
    const { data } = must(bob.seen().at(-1));
    alice.says("another thought");
    await world.quiet();
    const ofAnother = must(alice.seen().at(-1)).data;
    const memos = shownMemos(world);
    const shown = alice.seen();
    for (const [somebody, forged] of [
      [bob, data],
      [alice, ofAnother],
    ] as const) {
      const jobId = must(forged[0]).split(":")[1];
      for (const one of [...forged, `dy:${jobId}`, `a:${jobId}:1`, `x:${jobId}`]) {
        expect(await at.pressedBy(somebody, one)).toBe(texts.alreadySettled);
      }
    }
    await world.quiet();
    expect(shownMemos(world)).toEqual(memos);
    expect(alice.seen()).toEqual(shown);
    expect(message.id).toBe(must(shown[0]).id);
  });

  test("its list, and in one's own chat", async () => {
    await using at = await buttonThere(must(BUTTONS["PUBLIC"]), { inGroup: true });
    const { world, alice, texts } = at;
    const own = conversation(world, alice.person);
    await writes(world, "alice", ["one", "two", "three", "four", "five", "six"]);
    own.says("/search e");
    const first = await own.hears("memos with");
    own.says("/recent");
    const second = await own.hears(texts.commands.recent);
    const shown = [own.seen(), alice.seen()];
    const page = must(first.data.at(-1));
    for (const forged of first.data) expect(await at.pressedBy(alice, forged)).toBe(texts.alreadySettled);
    expect(await pressWith(world, own, second.id, page)).toBe(texts.alreadySettled);
    await world.quiet();
    expect([own.seen(), alice.seen()]).toEqual(shown);
  });
});
