import { describe, expect, test } from "bun:test";
import { botTexts, boundPerson, memosSaved, onDisk, rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { type Bound, testBound } from "../support/test-bound.ts";

const HOUR_MS = 3_600_000;

const invitation = ({ store }: ChatWorld, host?: { readonly id: number }) =>
  store.invitations.create(host?.id ?? null);

/** A host whom the bot may write to. */
async function host(world: ChatWorld) {
  const { person, account } = await boundPerson(world);
  person.say("/id");
  await world.until("the bot knows the chat", () => botTexts(world, person).length === 1);
  return { person, account, told: () => botTexts(world, person).slice(1) };
}

/** What the person is told after having opened the link. */
async function opens(world: ChatWorld, person: ReturnType<ChatWorld["telegram"]["user"]>, code: string) {
  const before = botTexts(world, person).length;
  person.say(`/start ${code}`);
  await world.until("an answer", () => botTexts(world, person).length > before);
  return botTexts(world, person).slice(before);
}

/** The host's token dies, and what a guest sends waits for the next one. */
async function replacesToken({ world, person, account }: Bound, sends: () => unknown) {
  world.memos.revokeToken(account.token);
  sends();
  await world.eventually("paused", () => bindings(world).some(({ state }) => state === "paused"));
  person.say(`/bind ${world.memos.addToken("alice")}`);
  await memosSaved(world, 1);
  await world.quiet();
}

const bindings = (world: ChatWorld) =>
  rows<{ telegram_id: number; account: string; state: string }>(
    world,
    "SELECT telegram_id, name AS account, state FROM bindings JOIN accounts ON accounts.id = account_key ORDER BY telegram_id",
  );

describe("an invitation", () => {
  test("asks the guest for a token of their own, and works for one guest alone", async () => {
    await using world = await chatWorld();
    const { code } = invitation(world);
    const guest = world.telegram.user({ first_name: "Gus" });
    const late = world.telegram.user({ first_name: "Late" });
    const [welcome] = await opens(world, guest, code);
    expect(welcome).toStartWith("Hello! I turn what you send me");
    expect(welcome).toContain("/bind <access token>");
    // The same link again, as people press twice.
    expect(await opens(world, guest, code)).toEqual([welcome ?? ""]);
    expect(onDisk(world, code)).toBe(false);
    expect((await opens(world, late, code))[0]).toStartWith("This invitation is not valid any more.");
    expect(bindings(world)).toEqual([]);

    guest.say(`/bind ${world.memos.addUser("gus").token}`);
    await world.until("bound", () => botTexts(world, guest).at(-1)?.includes("account of gus."));
    expect((await opens(world, guest, code))[0]).toMatch(/^Hello! What you send me becomes a memo/);
  });

  test("is refused after a day, and when nobody made it", async () => {
    await using world = await chatWorld();
    const { code } = invitation(world);
    const guest = world.telegram.user({ first_name: "Gus" });
    await world.passes(24 * HOUR_MS + 1_000);
    expect((await opens(world, guest, code))[0]).toStartWith("This invitation is not valid any more.");
    expect((await opens(world, guest, "inv_0123456789"))[0]).toStartWith("This invitation is not valid");
    expect((await opens(world, guest, "inv_"))[0]).toStartWith("This invitation is not valid");
  });

  test("cannot be guessed: five wrong ones, and the right one has to wait an hour too", async () => {
    await using world = await chatWorld();
    const { code } = invitation(world);
    const guest = world.telegram.user({ first_name: "Gus" });
    for (let at = 0; at < 5; at++) await opens(world, guest, `inv_guess${at}`);
    expect(await opens(world, guest, code)).toEqual(["Too many failed tries. Please wait an hour."]);
    await world.passes(HOUR_MS + 1_000);
    expect((await opens(world, guest, code))[0]).toStartWith("Hello! I turn what you send me");
  });

  test("does not go before ALLOWED_USERS, and is not used up by who is not on it", async () => {
    await using world = await chatWorld({ env: { ALLOWED_USERS: "1" } });
    const { code } = invitation(world);
    const guest = world.telegram.user({ first_name: "Gus" });
    const [refusal] = await opens(world, guest, code);
    expect(refusal).toStartWith("This bot is only for people on its list");
    expect(refusal).toContain(String(guest.id));
    await world.restart(() => Object.assign(world.env, { ALLOWED_USERS: String(guest.id) }));
    expect((await opens(world, guest, code))[0]).toStartWith("Hello! I turn what you send me");
  });
});

describe("an invitation into an account", () => {
  test("binds at once by the same token, tells both, and both save there", async () => {
    await using world = await chatWorld();
    const { person, account, told } = await host(world);
    const { code } = invitation(world, person);
    const guest = world.telegram.user({ first_name: "Gus", username: "gus" });
    expect((await opens(world, guest, code))[0]).toStartWith(
      "Hello! What you send me becomes a memo in the Memos account of alice",
    );
    expect(told()).toEqual([expect.stringMatching(/^Gus was invited and now saves into your Memos account/)]);
    expect(told()[0]).toContain(String(guest.id));
    guest.say("from the guest");
    await memosSaved(world, 1);
    expect(world.memos.memos()[0]).toMatchObject({ content: "from the guest", creator: account.name });
    await world.quiet();
    // Pressed again: nothing happens twice.
    expect((await opens(world, guest, code))[0]).toMatch(/^Hello! What you send me becomes a memo/);
    expect(told()).toHaveLength(1);
    expect(onDisk(world, account.token)).toBe(false);
  });

  testBound("opened by two at once lets one in", async ({ world, person }) => {
    const { code } = invitation(world, person);
    const guests = ["one", "two"].map((first_name) => world.telegram.user({ first_name }));
    for (const guest of guests) guest.say(`/start ${code}`);
    await world.until("both answers", () => guests.every((guest) => botTexts(world, guest).length === 1));
    const answers = guests.map((guest) => botTexts(world, guest)[0] ?? "").toSorted();
    expect(answers[0]).toStartWith("Hello! What you send me becomes a memo in the Memos account of alice");
    expect(answers[1]).toStartWith("This invitation is not valid any more.");
    expect(bindings(world)).toHaveLength(2);
  });

  testBound(
    "waits while the host has no access, and is good again after",
    async ({ world, person, account }) => {
      const { code } = invitation(world, person);
      world.memos.revokeToken(account.token);
      person.say("notices it");
      await world.eventually("paused", () => bindings(world)[0]?.state === "paused");
      const guest = world.telegram.user({ first_name: "Gus" });
      expect((await opens(world, guest, code))[0]).toStartWith("Whoever invited you has no access");
      expect(onDisk(world, code)).toBe(false);
      person.say(`/bind ${world.memos.addToken("alice")}`);
      await memosSaved(world, 1);
      expect((await opens(world, guest, code))[0]).toStartWith(
        "Hello! What you send me becomes a memo in the Memos account of alice",
      );
    },
  );

  testBound(
    "goes on with the host's next token: the old one may be revoked",
    async ({ world, person, account }) => {
      const { code } = invitation(world, person);
      const guest = world.telegram.user({ first_name: "Gus" });
      await opens(world, guest, code);
      const other = await boundPerson(world, "bob");
      await replacesToken({ world, person, account }, () => guest.say("kept for the guest"));
      expect(world.memos.memos()[0]).toMatchObject({ content: "kept for the guest", creator: account.name });
      expect(new Set(bindings(world).map(({ state }) => state))).toEqual(new Set(["active"]));
      expect(bindings(world).find(({ telegram_id }) => telegram_id === other.person.id)?.account).toBe(
        "users/bob",
      );
    },
  );

  testBound(
    "holds for those whom a guest has invited, too: the next token is theirs, and /unbind disconnects them",
    async ({ world, person, account }) => {
      const [gus, hal] = ["Gus", "Hal"].map((first_name) => world.telegram.user({ first_name }));
      if (!gus || !hal) throw new Error("two guests");
      await opens(world, gus, invitation(world, person).code);
      await opens(world, hal, invitation(world, gus).code);
      await replacesToken({ world, person, account }, () => hal.say("kept for the guest of a guest"));
      expect(bindings(world).map(({ state }) => state)).toEqual(["active", "active", "active"]);
      person.say("/unbind");
      await world.quiet();
      expect(botTexts(world, person).at(-1)).toContain("2 guests of yours");
      const question = world.telegram.botMessages(person.id).at(-1)?.message_id ?? 0;
      person.press(question, "Disconnect");
      await world.quiet();
      expect(bindings(world)).toEqual([]);
      expect(botTexts(world, hal).at(-1)).toStartWith("Disconnected from alice");
    },
  );
});
