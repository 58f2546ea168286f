import { describe, expect } from "bun:test";
import { memosSaved, rows } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { inGerman, type Talk, tokenPlace } from "../support/languages.ts";

const saved = (world: ChatWorld) => world.memos.memos().map(({ creator, content }) => [creator, content]);

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

describe("an access token that died", () => {
  inGerman("is told once, and a new one saves what waited", async (talk) => {
    const { world, person, texts } = talk;
    await dies(talk);
    person.says("/status");
    expect(
      (await person.hears(texts.tokenDied({ account: "alice", place: tokenPlace(texts) }), "anywhere")).text,
    ).toContain(texts.statusWaiting({ count: 2 }));
    person.says("/start");
    await person.hears(texts.tokenDied({ account: "alice", place: tokenPlace(texts) }));
    person.says("/recent");
    await person.hears(texts.tokenDied({ account: "alice", place: tokenPlace(texts) }));

    person.says(`/bind ${world.memos.addToken("alice")}`);
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

describe("/unbind", () => {
  inGerman(
    "is followed by the way back, at once, for the next message",
    async ({ person: ada, world, texts }) => {
      const hint = texts.stranger;
      ada.says("am I heard?");
      await ada.hears(hint);
      ada.says(`/bind ${world.memos.addUser("ada").token}`);
      await ada.hears(texts.greetingBound({ name: "ada" }), "anywhere");
      ada.says("/unbind");
      await ada.hears(texts.unbindQuestion({ account: "ada" }));
      await ada.presses(texts.unbindYes);
      await ada.hears(texts.unbound({ account: "ada" }));
      ada.says("and now?");
      await ada.hears(hint);
      expect(world.memos.memos()).toEqual([]);
    },
    { bound: false },
  );
});
