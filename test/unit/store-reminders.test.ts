import { expect, test } from "bun:test";
import { chatAlone } from "../../src/domain/outgoing.ts";
import { say } from "../../src/replies/messages.ts";
import { ALICE, BOB, must, SERVER, storeWorld } from "../support/store.ts";

const HOUR = 3_600_000;

function withReminder() {
  const world = storeWorld();
  world.bind();
  const { account_key } = must(world.store.bindings.get(ALICE));
  const due_at = world.clock.now() + HOUR;
  const asked = {
    ...{ id: 7, telegram_id: ALICE, account_key, memo_name: "memos/a", cron: null, due_at },
    created_at: world.clock.now(),
  };
  return {
    world,
    asked,
    due_at,
    reminders: () => world.store.reminders,
    said: (text: string) => [say(chatAlone(ALICE), { text })],
    owed: () =>
      world
        .all<{ params: string }>("SELECT params FROM outbox ORDER BY id")
        .map(({ params }): string => JSON.parse(params).text),
    [Symbol.dispose]: () => world[Symbol.dispose](),
  };
}

test("what was asked for is there once, however often its job is worked, and whoever asks the same again", () => {
  using at = withReminder();
  const first = at.reminders().add(at.asked);
  expect(at.reminders().add({ ...at.asked, due_at: at.due_at + HOUR })).toEqual(first);
  expect(at.reminders().add({ ...at.asked, id: 8, due_at: at.due_at + 30_000 })).toEqual(first);
  expect(at.reminders().countOf(ALICE)).toBe(1);
  at.reminders().add({ ...at.asked, id: 9, due_at: at.due_at + HOUR });
  at.reminders().add({ ...at.asked, id: 10, cron: "0 9 * * 1" });
  at.reminders().add({ ...at.asked, id: 11, cron: "0 9 * * 1", due_at: at.due_at + HOUR });
  at.reminders().add({ ...at.asked, id: 12, memo_name: "memos/b" });
  expect(at.reminders().countOf(ALICE)).toBe(4);
  expect(at.reminders().next(ALICE)?.id).toBe(7);
});

test("is owed once for each time that it is due, and not where it was put off or removed meanwhile", () => {
  using at = withReminder();
  const reminder = at.reminders().add(at.asked);
  expect([...at.reminders().people(SERVER, at.due_at - 1)]).toEqual([]);
  expect([...at.reminders().people(SERVER, at.due_at)]).toEqual([ALICE]);
  expect([...at.reminders().people("https://another.example.org", at.due_at)]).toEqual([]);
  at.reminders().putOff(reminder, at.due_at + HOUR);
  at.reminders().told(reminder, at.said("too early"), null);
  expect(at.owed()).toEqual([]);
  const later = must(at.reminders().next(ALICE));
  at.reminders().told(later, at.said("in time"), null);
  at.reminders().told(later, at.said("once more"), null);
  expect(at.owed()).toEqual(["in time"]);
  expect(at.reminders().next(ALICE)).toBeUndefined();
  expect(at.reminders().get(7)).toMatchObject({ due_at: null });
  at.reminders().remove(7);
  at.reminders().told(later, at.said("removed"), null);
  expect(at.owed()).toEqual(["in time"]);
});

test("a digest is owed once for its time, and for the account that it was gathered from", () => {
  using at = withReminder();
  const binding = must(at.world.store.bindings.update(ALICE, { digest: "daily", digest_at: at.due_at }));
  expect([...at.reminders().people(SERVER, at.due_at)]).toEqual([ALICE]);
  const other = { ...binding, account_key: binding.account_key + 1 };
  at.reminders().digested(other, at.due_at, at.said("of another account"), null);
  at.reminders().digested(binding, at.due_at - 1, at.said("of another time"), null);
  expect(at.owed()).toEqual([]);
  at.reminders().digested(binding, at.due_at, at.said("in time"), at.due_at + 24 * HOUR);
  at.reminders().digested(binding, at.due_at, at.said("once more"), null);
  expect(at.owed()).toEqual(["in time"]);
  expect(at.world.store.bindings.get(ALICE)?.digest_at).toBe(at.due_at + 24 * HOUR);
});

test("are forgotten with the account that is left, and those of others stay", () => {
  using at = withReminder();
  const { world } = at;
  world.bind(BOB, "users/bob");
  const ofBob = must(world.store.bindings.get(BOB)).account_key;
  at.reminders().add(at.asked);
  at.reminders().add({ ...at.asked, id: 8, telegram_id: BOB, account_key: ofBob });
  world.bind();
  expect(at.reminders().countOf(ALICE)).toBe(1);
  world.bind(ALICE, "users/carol");
  expect([at.reminders().countOf(ALICE), at.reminders().countOf(BOB)]).toEqual([0, 1]);
  world.store.bindings.remove(BOB);
  expect(at.reminders().countOf(BOB)).toBe(0);
});
