import { describe, expect } from "bun:test";
import { unbindQuestion } from "../../src/replies/messages.ts";
import { memosSaved, rows } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { inGerman, type Talk, tokenPlace } from "../support/languages.ts";

const saved = (world: ChatWorld) => world.memos.memos().map(({ creator, content }) => [creator, content]);

const twoWait = (world: ChatWorld) =>
  world.until("two wait", () => rows(world, "SELECT 1 FROM jobs WHERE state = 'waiting'").length === 2);

/** The person's access token dies, which two messages find out. */
async function dies({ world, person, texts }: Talk): Promise<void> {
  person.says("/id");
  await person.hears(texts.yourId({ id: person.person.id }));
  world.memos.revokeToken(person.token);
  person.says("one");
  person.says("two");
  await world.eventually(
    "both wait for the binding",
    () => rows(world, "SELECT 1 FROM jobs WHERE waiting_for = 'binding'").length === 2,
  );
  await person.hears(texts.tokenDied({ account: "alice", place: tokenPlace(texts) }));
}

/** The person connects the account of somebody new. */
async function becomesBob({ world, person, texts }: Talk): Promise<void> {
  person.says(`/bind ${world.memos.addUser("bob").token}`);
  await person.hears(texts.bound({ name: "bob" }), "anywhere");
}

describe("an access token that died", () => {
  inGerman("is told once, and a new one saves what waited", async (talk) => {
    const { world, person, texts } = talk;
    await dies(talk);
    person.says("/status");
    expect((await person.hears(texts.statusPaused)).text).toContain(texts.statusWaiting({ count: 2 }));
    person.says("/start");
    await person.hears(texts.tokenDied({ account: "alice", place: tokenPlace(texts) }));
    person.says("/recent");
    await person.hears(texts.statusPaused);

    person.says(`/bind ${world.memos.addToken("alice")}`);
    await person.hears(texts.boundAndReleased({ name: "alice", count: 2 }), "anywhere");
    await memosSaved(world, 2);
    expect(saved(world)).toEqual([
      ["users/alice", "one"],
      ["users/alice", "two"],
    ]);
    await person.quiet();
    expect(
      person.seen().filter(({ text }) => text.startsWith(texts.saved({ visibility: "PRIVATE" }))),
    ).toHaveLength(2);
  });
});

describe("another account", () => {
  inGerman("may take over what waits for the one before", async (talk) => {
    const { world, person, texts } = talk;
    await dies(talk);
    await becomesBob(talk);
    await person.hears(texts.leftBehind({ account: "alice", count: 2 }));
    person.says("/failed");
    const list = await person.hears(texts.failedHead({ count: 2 }));
    expect(list.text.split(texts.failedOfOther({ account: "alice" }))).toHaveLength(3);
    await person.presses(texts.retryAll);
    await person.hears(texts.failedNone, "anywhere");
    await memosSaved(world, 2);
    expect(saved(world)).toEqual([
      ["users/bob", "one"],
      ["users/bob", "two"],
    ]);
  });

  inGerman("or leave it for good", async (talk) => {
    const { world, person, texts } = talk;
    await dies(talk);
    await becomesBob(talk);
    person.says("/status");
    expect((await person.hears(texts.statusFailed({ count: 2 }))).text).toContain(texts.statusNoneWaiting);
    person.says("/failed");
    await person.hears(texts.failedHead({ count: 2 }));
    await person.presses(texts.discardAll);
    expect((await person.hears(texts.discardAllQuestion({ count: 2 }))).buttons).toEqual([
      texts.discardAll,
      texts.back,
    ]);
    await person.presses(texts.back);
    await person.hears(texts.failedHead({ count: 2 }));
    await person.presses(texts.discardAll);
    await person.hears(texts.discardAllQuestion({ count: 2 }));
    await person.presses(texts.discardAll);
    await person.hears(texts.failedNone);
    expect(world.memos.memos()).toEqual([]);
  });
});

describe("/unbind", () => {
  inGerman(
    "is followed by the way back, at once, for the next message",
    async ({ person: ada, world, texts }) => {
      const hint = texts.stranger({ id: ada.person.id, place: tokenPlace(texts) });
      ada.says("am I heard?");
      await ada.hears(hint);
      ada.says(`/bind ${world.memos.addUser("ada").token}`);
      await ada.hears(texts.bound({ name: "ada" }), "anywhere");
      ada.says("/unbind");
      await ada.hears(texts.unbindQuestion({ account: "ada" }));
      await ada.presses(texts.unbindYes);
      await ada.hears(texts.unbound);
      ada.says("and now?");
      await ada.hears(hint);
      expect(world.memos.memos()).toEqual([]);
    },
    { bound: false },
  );

  inGerman("says what waits, keeps it, and saves it after /bind", async ({ world, person, texts }) => {
    await person.quiet();
    await world.memos.stop();
    person.says("one");
    person.says("two");
    await twoWait(world);
    person.says("/unbind");
    await person.hears(unbindQuestion(texts, { account: "alice", waiting: 2, guests: 0 }).text);
    await person.presses(texts.unbindYes);
    await person.hears(`${texts.unbound}\n${texts.unboundWaiting({ count: 2 })}`);
    person.says("/status");
    expect((await person.hears(texts.notBound)).text).toContain(texts.statusWaiting({ count: 2 }));

    await world.memos.start();
    await world.eventually(
      "both wait for the binding",
      () => rows(world, "SELECT 1 FROM jobs WHERE waiting_for = 'binding'").length === 2,
    );
    expect(world.memos.memos()).toEqual([]);
    person.says(`/bind ${person.token}`);
    await person.hears(texts.boundAndReleased({ name: "alice", count: 2 }), "anywhere");
    await memosSaved(world, 2);
  });
});

describe("a token that is sent while Memos is away", () => {
  inGerman(
    "is kept, checked when Memos is back, and can be forgotten",
    async ({ world, person: ada, texts }) => {
      const { token } = world.memos.addUser("ada");
      await ada.quiet();
      await world.memos.stop();
      ada.says(`/bind ${token}`);
      await ada.hears(`${texts.tokenKept}\n${texts.nothingSavedYet}`);
      ada.says("/unbind");
      await ada.hears(texts.tokenForgotten);
      ada.says(`/bind ${token}`);
      await ada.hears(texts.tokenKept);
      await world.memos.start();
      await world.eventually("bound", () => rows(world, "SELECT 1 FROM bindings").length === 1);
      await ada.hears(texts.bound({ name: "ada" }));
    },
    { bound: false },
  );
});

describe("a token that is only shown", () => {
  inGerman(
    "is not saved; alone, by somebody who is not bound, it connects",
    async ({ world, person: ada, texts }) => {
      const { token } = world.memos.addUser("ada");
      ada.says(`my token: ${token}`);
      await ada.hears(texts.tokenShown);
      ada.says(token);
      await ada.hears(texts.bound({ name: "ada" }));
      ada.says(token);
      await ada.hears(texts.tokenShown);
      ada.says("a thought");
      await ada.hears(texts.saved({ visibility: "PRIVATE" }));
      expect(saved(world)).toEqual([["users/ada", "a thought"]]);
    },
    { bound: false },
  );
});
