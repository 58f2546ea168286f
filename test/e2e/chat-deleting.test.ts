// Deleting with [Delete] and /delete: what each message tells of it, until the memo is gone or back.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { api, createWorld, passTime, rows, settled, until, type World } from "../support/app.ts";
import { type Conversation, talking } from "../support/conversation.ts";

setDefaultTimeout(20_000);
// The minute in which a deletion can be undone lasts for twelve seconds.
const rate = 5;
const FOR_NOW = "Deleted. For a minute you can undo this.";

const texts = (alice: Conversation) => alice.seen().map(({ text }) => text);
const buttons = (alice: Conversation) => alice.seen().flatMap((message) => message.buttons);
const deletions = (world: World) => rows<{ state: string }>(world, "SELECT state FROM deletions");

/** A saved message, and two messages of the bot about its memo: the confirmation, and the question of /delete. */
async function twoMessages(world: World) {
  const alice = await talking(world);
  const id = alice.says("a thought");
  const confirmed = await alice.hears("Saved as PRIVATE");
  alice.says("/delete", { replyTo: id });
  const asked = await alice.hears("Delete this memo");
  const press = (message: { id: number }, button: string) => alice.person.press(message.id, button).answer;
  return { alice, confirmed, asked, press };
}

describe("a memo that is deleted from two messages", () => {
  test("is told as gone in both, and neither keeps a button", async () => {
    await using world = await createWorld({ rate });
    const { alice, confirmed, asked, press } = await twoMessages(world);
    await press(confirmed, "Delete");
    await until("asked in both", () => texts(alice).every((text) => text.startsWith("Delete this memo")));
    await press(asked, "Delete it");
    await until("one tells it", () => texts(alice).includes(FOR_NOW));
    await press(confirmed, "Delete it");
    await until("both tell it", () => texts(alice).every((text) => text === FOR_NOW));
    await passTime(world, "deleted", () => world.memos.memos().length === 0);
    await until("both tell it", () => texts(alice).every((text) => text === "Deleted from Memos."));
    expect(buttons(alice)).toEqual([]);
  });

  test("comes back in both", async () => {
    await using world = await createWorld({ rate });
    const { alice, confirmed, asked, press } = await twoMessages(world);
    await press(asked, "Delete it");
    await until("deleted", () => texts(alice).includes(FOR_NOW));
    await press(confirmed, "Pin");
    await until("both tell it", () => texts(alice).every((text) => text === FOR_NOW));
    await press(confirmed, "Undo");
    await until("back", () => texts(alice).every((text) => text.startsWith("Saved as PRIVATE")));
    expect(world.memos.memos()[0]).toMatchObject({ state: "NORMAL", pinned: false });
    expect(texts(alice).every((text) => text.includes("It is back."))).toBe(true);
  });
});

describe("a memo that is deleted in a minute", () => {
  for (const button of ["PUBLIC", "Pin", "Delete"]) {
    test(`is not changed by [${button}] of another message, which shows what is to come`, async () => {
      await using world = await createWorld({ rate });
      const { alice, confirmed, asked, press } = await twoMessages(world);
      await press(asked, "Delete it");
      await until("deleted", () => texts(alice).includes(FOR_NOW));
      await press(confirmed, button);
      await until("both tell it", () => texts(alice).every((text) => text === FOR_NOW));
      expect(world.memos.memos()[0]).toMatchObject({ visibility: "PRIVATE", pinned: false });
      await passTime(world, "deleted", () => world.memos.memos().length === 0);
      await until("both tell it", () => texts(alice).every((text) => text === "Deleted from Memos."));
    });
  }

  test("while Memos is away is told to be deleted later, in every message", async () => {
    await using world = await createWorld({ rate });
    const { alice, confirmed, asked, press } = await twoMessages(world);
    await press(asked, "Delete it");
    await until("deleted", () => texts(alice).includes(FOR_NOW));
    await press(confirmed, "Delete");
    await until("both tell it", () => texts(alice).every((text) => text === FOR_NOW));
    await world.memos.stop();
    world.clock.advance(61_000);
    await until("told", () =>
      texts(alice).every((text) => text.startsWith("Memos does not answer right now. I delete the memo")),
    );
    expect(buttons(alice)).toEqual([]);
    await world.memos.start();
    await passTime(world, "deleted", () => world.memos.memos().length === 0);
    await until("both tell it", () => texts(alice).every((text) => text === "Deleted from Memos."));
    await settled(world);
    expect(deletions(world)).toEqual([]);
  });
});

describe("a memo that is being deleted while its person changes the account", () => {
  async function deleting(world: World) {
    const made = await twoMessages(world);
    await made.press(made.asked, "Delete it");
    await until("deleted", () => texts(made.alice).includes(FOR_NOW));
    await settled(world);
    return made;
  }
  const told = (alice: Conversation, id: number) => alice.seen().find((message) => message.id === id);

  for (const version of ["0.30.0", "0.24.4"]) {
    test(`is deleted before the other one is bound (${version})`, async () => {
      await using world = await createWorld({ rate, memos: { version } });
      const { alice, asked } = await deleting(world);
      alice.says(`/bind ${world.memos.addUser("bob").token}`);
      await alice.hears("Hello bob!", "anywhere");
      expect(world.memos.memos()).toEqual([]);
      await until("told", () => told(alice, asked.id)?.text === "Deleted from Memos.");
      expect(told(alice, asked.id)?.buttons).toEqual([]);
      expect(deletions(world)).toEqual([]);
    });
  }

  for (const [how, unbind] of [
    [
      "/unbind",
      async (_: World, alice: Conversation) => {
        alice.says("/unbind");
        await alice.hears("Disconnect from");
        await alice.presses("Disconnect");
      },
    ],
    [
      "the API",
      (world: World, alice: Conversation) => api(world, "DELETE", `/api/v1/bindings/${alice.person.id}`),
    ],
  ] as const) {
    test(`is deleted before it is unbound by ${how}`, async () => {
      await using world = await createWorld({ rate });
      const { alice, asked } = await deleting(world);
      await unbind(world, alice);
      await until("unbound", () => rows(world, "SELECT * FROM bindings").length === 0);
      expect(world.memos.memos()).toEqual([]);
      await until("told", () => told(alice, asked.id)?.text === "Deleted from Memos.");
    });
  }

  test("waits in the archive while Memos is away, says so, and is deleted once it is bound again", async () => {
    await using world = await createWorld({ rate });
    const { alice, asked } = await deleting(world);
    await world.memos.stop();
    await api(world, "DELETE", `/api/v1/bindings/${alice.person.id}`);
    await passTime(world, "told", () =>
      told(alice, asked.id)?.text.startsWith("This memo is in the archive of alice and not deleted yet"),
    );
    expect(told(alice, asked.id)?.buttons).toEqual([]);
    await world.memos.start();
    expect(world.memos.memos()[0]?.state).toBe("ARCHIVED");
    alice.says(`/bind ${world.memos.addUser("bob").token}`);
    await alice.hears("Hello bob!", "anywhere");
    expect(world.memos.memos()[0]?.state).toBe("ARCHIVED");
    alice.says(`/bind ${world.memos.addToken("alice")}`);
    await alice.hears("Hello alice!", "anywhere");
    await until("deleted", () => world.memos.memos().length === 0);
    await until("told", () => told(alice, asked.id)?.text === "Deleted from Memos.");
    expect(deletions(world)).toEqual([]);
  });
});
