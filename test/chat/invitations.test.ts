import { describe, expect } from "bun:test";
import { memosSaved, rows } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { type Conversation, conversation, talking } from "../support/conversation.ts";
import { inGerman, type Talk } from "../support/languages.ts";

/** The code of a new invitation, into the account of `host` where there is one. */
const invitation = ({ store }: ChatWorld, host?: Conversation) =>
  store.invitations.create(host?.person.id ?? null).code;

/** Somebody who is not bound, and speaks the same language. */
function newcomer({ world, texts }: Talk, first_name = "Pat"): Conversation {
  return conversation(world, world.telegram.user({ first_name, language_code: texts.language }));
}

/** A guest in the account of the person of the talk, who has opened the bot's chat before. */
async function withGuest(talk: Talk): Promise<Conversation> {
  const { world, person: alice, texts } = talk;
  const guest = newcomer(talk);
  alice.says("/id");
  await alice.quiet();
  guest.says(`/start ${invitation(world, alice)}`);
  await guest.hears(texts.greetingBound({ name: "alice" }));
  await alice.hears(texts.guestJoined({ guest: "Pat", id: String(guest.person.id) }));
  return guest;
}

const creators = (world: ChatWorld) => world.memos.memos().map(({ creator, content }) => [creator, content]);

describe("an invitation", () => {
  inGerman("into an account greets the guest there, until its host leaves", async (talk) => {
    const { world, person: alice, texts } = talk;
    const guest = await withGuest(talk);
    guest.says("from the guest");
    await guest.hears(texts.saved({ visibility: "PRIVATE" }));
    guest.says("/status");
    await guest.hears(texts.statusBound({ name: "alice" }));

    alice.says("/unbind");
    const question = await alice.hears(
      `${texts.unbindQuestion({ account: "alice" })}\n${texts.unbindGuests({ count: 1 })}`,
    );
    expect(question.buttons).toEqual([texts.unbindYes, texts.cancel]);
    await alice.presses(texts.unbindYes);
    await alice.hears(texts.unbound({ account: "alice" }));
    await guest.hears(texts.unbound({ account: "alice" }));
    expect(rows(world, "SELECT 1 FROM bindings")).toEqual([]);
    guest.says("too late");
    await guest.hears(texts.stranger);
    expect(creators(world)).toEqual([["users/alice", "from the guest"]]);
  });

  inGerman("into another account than one's own is good once that is left", async (talk) => {
    const { world, person: alice, texts } = talk;
    const bob = await talking(world, "bob", texts.language);
    const code = invitation(world, alice);
    bob.says(`/start ${code}`);
    const told = await bob.hears(`${texts.statusBound({ name: "bob" })}\n${texts.unbindFirst}`);
    expect(told.buttons).toEqual([]);
    bob.says("for bob");
    await bob.hears(texts.saved({ visibility: "PRIVATE" }));

    bob.says("/unbind");
    await bob.presses(texts.unbindYes);
    await bob.hears(texts.unbound({ account: "bob" }));
    bob.says(`/start ${code}`);
    await bob.hears(texts.greetingBound({ name: "alice" }));
    bob.says("for alice");
    await memosSaved(world, 2);
    expect(creators(world)).toEqual([
      ["users/bob", "for bob"],
      ["users/alice", "for alice"],
    ]);
  });
});
