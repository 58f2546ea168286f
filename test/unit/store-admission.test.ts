import { describe, expect, test } from "bun:test";
import {
  ALICE,
  BOB,
  command,
  press,
  type Sent,
  type StoreWorld,
  storeWorld,
  update,
} from "../support/store.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What became of each job: `kind state reason`. */
const fates = (world: StoreWorld) =>
  world
    .all<{ kind: string; state: string; reason: string | null }>(
      "SELECT kind, state, reason FROM jobs ORDER BY id",
    )
    .map(({ kind, state, reason }) => `${kind} ${state} ${reason}`);

/** What becomes of a message of this sender. */
function fateOf(world: StoreWorld, sent: Sent): string | undefined {
  world.accept([update(sent)]);
  return fates(world).at(-1);
}

describe("a stranger", () => {
  test("is told every five minutes; in between nothing happens, and nothing of what they wrote is kept", async () => {
    using world = storeWorld();
    expect(fateOf(world, { sender: BOB, text: "first words" })).toBe("stranger waiting not_bound");
    expect(fateOf(world, { sender: BOB, text: "second words" })).toBe("stranger done not_bound");
    await world.clock.advance(5 * MINUTE - 1);
    expect(fateOf(world, { sender: BOB })).toBe("stranger done not_bound");
    await world.clock.advance(1);
    expect(fateOf(world, { sender: BOB })).toBe("stranger waiting not_bound");
    expect(world.filesWith("second words")).toEqual([]);
  });

  test("loses the words of the message that is answered too, once it was answered", () => {
    using world = storeWorld();
    world.accept([update({ sender: BOB, text: "first words" })]);
    const { lease } = world.lease("commands");
    world.store.jobs.finish(lease, { outcome: "ignored", dropPayloads: true });
    expect(world.all("SELECT payload, payload_form FROM updates")).toEqual([
      { payload: null, payload_form: "dropped" },
    ]);
    expect(world.store.jobs.counts()).toMatchObject({ done: 1, waiting: 0 });
  });

  test("is told once, each stranger for themselves, and again after a restart", () => {
    using world = storeWorld();
    fateOf(world, { sender: BOB });
    expect(fateOf(world, { sender: BOB })).toBe("stranger done not_bound");
    expect(fateOf(world, { sender: ALICE })).toBe("stranger waiting not_bound");
    world.reopen();
    expect(fateOf(world, { sender: BOB })).toBe("stranger waiting not_bound");
  });

  test("can use commands, five a minute: that is how one stops being a stranger", async () => {
    using world = storeWorld();
    const help = () => world.accept([command("/help", { sender: BOB })]);
    for (let n = 0; n < 6; n += 1) help();
    expect(fates(world)).toEqual([...Array(5).fill("command waiting null"), "stranger done told_already"]);
    // A token is removed, and looked at, in any case; what is no command has a count of its own.
    world.accept([command("/bind some-access-token", { sender: BOB })]);
    expect(fates(world).at(-1)).toBe("command waiting null");
    expect(fateOf(world, { sender: BOB })).toBe("stranger waiting not_bound");
    await world.clock.advance(MINUTE);
    help();
    expect(fates(world).at(-1)).toBe("command waiting null");
  });

  test("without an id, as a channel may write, is ignored and told nothing", () => {
    using world = storeWorld();
    const anonymous = update();
    delete (anonymous.message as { from?: unknown }).from;
    world.accept([anonymous]);
    expect(fates(world)).toEqual(["stranger done no_sender"]);
  });
});

describe("ALLOWED_USERS", () => {
  const allowed = (ids: number[], usernames: string[] = []) =>
    storeWorld({ allowedUsers: [...ids.map(String), ...usernames] });

  test("lets an id in, whatever its name", () => {
    using world = allowed([ALICE]);
    world.bind();
    expect(fateOf(world, { username: "anything" })).toBe("message waiting null");
  });

  test("keeps others out, also those who are bound, their commands and their presses", () => {
    using world = allowed([ALICE]);
    world.bind(BOB, "users/bob");
    expect(fateOf(world, { sender: BOB })).toBe("stranger waiting not_allowed");
    world.accept([command("/help", { sender: BOB }), press("p:1:1", { sender: BOB })]);
    expect(fates(world).slice(1)).toEqual(["stranger waiting not_allowed", "stranger waiting not_allowed"]);
    expect(fateOf(world, { sender: BOB })).toBe("stranger done not_allowed");
    for (let n = 0; n < 5; n += 1) world.accept([command("/help", { sender: BOB })]);
    expect(fates(world).slice(-2)).toEqual(["stranger waiting not_allowed", "stranger done not_allowed"]);
  });

  test("looks at each command with a token in it, so that the token is removed from the chat", () => {
    using world = allowed([ALICE]);
    world.accept([command("/bind some-access-token", { sender: BOB })]);
    expect(fates(world).at(-1)).toBe("stranger waiting not_allowed");
    for (let message_id = 2; message_id < 7; message_id += 1)
      world.accept([command("/bind some-access-token", { sender: BOB, message_id })]);
    expect(fates(world).at(-1)).toBe("stranger waiting told_already");
  });

  test("tells somebody who shows a token no more often than others, and removes each", () => {
    using world = allowed([ALICE]);
    const shown = [1, 2, 3].map((message_id) =>
      update({ text: `memos_pat_0123456789${message_id}`, sender: BOB, message_id }),
    );
    world.accept(shown);
    expect(fates(world)).toEqual([
      "leaked_token waiting not_allowed",
      "leaked_token waiting told_already",
      "leaked_token waiting told_already",
    ]);
  });

  test("lets a name in, in any case", () => {
    using world = allowed([], ["ada_lq"]);
    world.bind();
    expect(fateOf(world, { username: "Ada_LQ" })).toBe("message waiting null");
  });

  test("pins a name to the first id that writes under it: whoever takes it over is refused", () => {
    using world = allowed([], ["ada_lq"]);
    world.bind();
    world.bind(BOB, "users/bob");
    fateOf(world, { username: "ada_lq" });
    expect(fateOf(world, { sender: BOB, username: "ada_lq" })).toBe("stranger waiting not_allowed");
    world.reopen();
    expect(fateOf(world, { sender: BOB, username: "ada_lq" })).toBe("stranger waiting not_allowed");
  });

  test("knows the pinned id also without its name, or under another", () => {
    using world = allowed([], ["ada_lq"]);
    world.bind();
    fateOf(world, { username: "ada_lq" });
    expect(fateOf(world, {})).toBe("message waiting null");
    expect(fateOf(world, { username: "new_name" })).toBe("message waiting null");
  });

  test("forgets a pinned id when its name is taken off the list", () => {
    using world = allowed([], ["ada_lq", "other"]);
    world.bind();
    fateOf(world, { username: "ada_lq" });
    world.reopen({ allowedUsers: ["other"] });
    expect(fateOf(world, {})).toBe("stranger waiting not_allowed");
  });

  test("refuses somebody without a name when only names are allowed", () => {
    using world = allowed([], ["ada_lq"]);
    expect(fateOf(world, { sender: BOB })).toBe("stranger waiting not_allowed");
  });
});

describe("failed tries to bind", () => {
  test("are five an hour, each sender for themselves", async () => {
    using world = storeWorld();
    const { admission } = world.store;
    for (let tries = 0; tries < 5; tries += 1) {
      expect(admission.mayTryToken(BOB)).toBe(true);
      admission.noteFailedToken(BOB);
      await world.clock.advance(1000);
    }
    expect(admission.mayTryToken(BOB)).toBe(false);
    expect(admission.mayTryToken(ALICE)).toBe(true);
    await world.clock.advance(HOUR - 5000);
    expect(admission.mayTryToken(BOB)).toBe(true);
  });

  test("and hints do not disturb each other", () => {
    using world = storeWorld();
    const { admission } = world.store;
    for (let tries = 0; tries < 5; tries += 1) admission.noteFailedToken(BOB);
    expect(admission.claimHint(BOB, "message")).toBe(true);
    expect(admission.mayTryToken(BOB)).toBe(false);
    expect(admission.claimHint(BOB, "message")).toBe(false);
  });
});
