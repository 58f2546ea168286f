import { describe, expect, test } from "bun:test";
import type { TelegramUpdate } from "../../src/domain/telegram.ts";
import { readUpdate } from "../../src/messages/update.ts";
import {
  ALICE,
  BOB,
  BOT,
  command,
  edit,
  must,
  photo,
  press,
  type StoreWorld,
  storeWorld,
  update,
} from "../support/store.ts";

/** A store in which Alice is bound. */
function boundWorld(): StoreWorld {
  const world = storeWorld();
  world.bind();
  return world;
}

const offset = (world: StoreWorld) => world.store.bots.offset();
const count = (world: StoreWorld, table: "updates" | "jobs") =>
  must(world.all<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)[0]).n;
const jobs = (world: StoreWorld) =>
  world.all<{ kind: string; queue: string; state: string; outcome: string | null; reason: string | null }>(
    "SELECT kind, queue, state, outcome, reason FROM jobs ORDER BY id",
  );

describe("a batch", () => {
  test("is stored whole: each update as it came, with the job it asks for", () => {
    using world = boundWorld();
    const first = update({ text: "one" });
    const second = update({ text: "two" });
    expect(world.accept([first, second])).toBe(2);
    const rows = world.all<{ payload: string; payload_form: string }>(
      "SELECT payload, payload_form FROM updates",
    );
    expect(rows).toEqual(
      [first, second].map((sent) => ({ payload: JSON.stringify(sent), payload_form: "plain" })),
    );
    expect(jobs(world)).toEqual(
      [0, 1].map(() => ({
        kind: "message",
        queue: "messages",
        state: "waiting",
        outcome: null,
        reason: null,
      })),
    );
  });

  test("is stored whole or not at all: a failing insert in the middle leaves no update, no job and the old offset", () => {
    using world = boundWorld();
    world.accept([update({ update_id: 10 })]);
    world.store.database.sqlite.exec(
      "CREATE TRIGGER full BEFORE INSERT ON updates WHEN new.update_id = '12' BEGIN SELECT raise(ABORT, 'disk full'); END",
    );
    const batch = [11, 12, 13].map((update_id) => update({ update_id }));
    expect(() => world.accept(batch)).toThrow("disk full");
    expect(count(world, "updates")).toBe(1);
    expect(count(world, "jobs")).toBe(1);
    expect(offset(world)).toBe(11);
    world.store.database.sqlite.exec("DROP TRIGGER full");
    expect(world.accept(batch)).toBe(3);
    expect(offset(world)).toBe(14);
  });

  test("rings for who has something to do now, and for nobody else", () => {
    using world = boundWorld();
    const rung: string[] = [];
    world.store.turnBell.listen(({ queue }) => rung.push(queue));
    world.store.owedBell.listen(() => rung.push("outbox"));
    const wakes = (sent: ReturnType<typeof update>) => {
      world.accept([sent]);
      return [...new Set(rung.splice(0))];
    };
    expect(wakes(update({ message_id: 1 }))).toEqual(["messages"]);
    // It waits already, and takes that in.
    expect(wakes(edit({ message_id: 1 }))).toEqual([]);
    expect(wakes(photo("an album"))).toEqual(["messages"]);
    expect(wakes(command("/id"))).toEqual(["commands"]);
    expect(wakes(press("x"))).toEqual(["commands"]);
    expect(wakes(update({ sender: BOB }))).toEqual(["commands"]);
    // Told within the hour.
    expect(wakes(update({ sender: BOB }))).toEqual([]);
    world.store.bindings.update(ALICE, { confirmation: "reaction" });
    expect(wakes(update())).toEqual(["messages", "outbox"]);
  });
});

describe("the offset", () => {
  test("is the last received id + 1, even where that is lower than before", () => {
    using world = boundWorld();
    world.accept([update({ update_id: 900 })]);
    expect(offset(world)).toBe(901);
    world.accept([update({ update_id: 5 })]);
    expect(offset(world)).toBe(6);
  });

  test("is moved by a polled batch of duplicates only", () => {
    using world = boundWorld();
    const batch = [update({ update_id: 20 }), update({ update_id: 21 })];
    world.accept(batch, false);
    expect(offset(world)).toBeNull();
    expect(world.accept(batch)).toBe(0);
    expect(offset(world)).toBe(22);
  });

  test("is never moved by the webhook", () => {
    using world = boundWorld();
    world.accept([update({ update_id: 20 })]);
    world.accept([update({ update_id: 30 })], false);
    world.accept([update({ update_id: 3 })], false);
    expect(offset(world)).toBe(21);
  });

  test("belongs to the bot: another bot on the same folder has none, and the first finds its own again", () => {
    using world = boundWorld();
    world.accept([update({ update_id: 20 })]);
    world.reopen({ botId: 42 });
    expect(world.store.bots.offset()).toBeNull();
    world.accept([update({ update_id: 7 })]);
    expect(world.store.bots.offset()).toBe(8);
    world.reopen();
    expect(offset(world)).toBe(21);
  });
});

describe("an update that was stored before", () => {
  test("is ignored, also twice within one batch", () => {
    using world = boundWorld();
    const sent = update({ update_id: 10 });
    expect(world.accept([sent, sent, update({ update_id: 11 })])).toBe(2);
    expect(world.accept([sent])).toBe(0);
    expect(count(world, "jobs")).toBe(2);
  });

  test("of another bot is none: ids are each bot's own", () => {
    using world = boundWorld();
    const sent = update({ update_id: 10 });
    world.accept([sent]);
    world.reopen({ botId: 42 });
    expect(world.accept([sent])).toBe(1);
  });
});

describe("ids that Telegram gives out again", () => {
  test("are stored again when what they stand for differs", () => {
    using world = boundWorld();
    world.accept([update({ update_id: 10, message_id: 1 })]);
    expect(world.accept([update({ update_id: 10, message_id: 2 })])).toBe(1);
    expect(world.all("SELECT update_id, message_id FROM updates ORDER BY seq")).toEqual([
      { update_id: "10", message_id: 1 },
      { update_id: "10", message_id: 2 },
    ]);
    expect(world.leasable()).toEqual([1]);
  });

  test("after a restart at a lower number are all stored, those met before and those not", () => {
    using world = boundWorld();
    const before = [100, 101, 102].map((update_id) => update({ update_id, message_id: update_id }));
    world.accept(before);
    const after = [99, 100, 101, 500].map((update_id) => update({ update_id, message_id: 1000 + update_id }));
    expect(world.accept(after)).toBe(4);
    expect(offset(world)).toBe(501);
    expect(world.accept(after)).toBe(0);
  });
});

describe("the same message under another update id", () => {
  test("is attached to its job and makes no second", () => {
    using world = boundWorld();
    world.accept([update({ update_id: 10, message_id: 7, text: "once" })]);
    world.accept([update({ update_id: 90, message_id: 7, text: "once" })]);
    expect(count(world, "updates")).toBe(2);
    expect(count(world, "jobs")).toBe(1);
    const leased = world.lease();
    expect(leased.updates).toHaveLength(1);
    const covered = Math.max(...leased.updates.map(({ seq }) => seq));
    expect(world.store.jobs.finish(leased.lease, { outcome: "saved", covered })).toBe("done");
  });

  test("does not bring back a job that is done", () => {
    using world = boundWorld();
    world.accept([update({ update_id: 10, message_id: 7 })]);
    world.store.jobs.finish(world.lease().lease, { outcome: "saved" });
    world.accept([update({ update_id: 90, message_id: 7 })]);
    expect(world.leasable()).toEqual([]);
    expect(world.store.jobs.counts()).toMatchObject({ done: 1, waiting: 0 });
  });

  test("runs a press once", () => {
    using world = boundWorld();
    world.accept([press("p:1:1", { id: "press-a", update_id: 1 })]);
    world.accept([press("p:1:1", { id: "press-a", update_id: 101 })]);
    expect(jobs(world).map(({ kind }) => kind)).toEqual(["press"]);
  });
});

describe("what an update asks for", () => {
  test("decides the queue: messages in one, commands and presses beside them", () => {
    using world = boundWorld();
    world.accept([update(), command("/id"), press("p:1:1"), command("/bind not_a_known_kind_of_token")]);
    expect(jobs(world).map(({ kind, queue }) => `${kind} ${queue}`)).toEqual([
      "message messages",
      "command commands",
      "press commands",
      "command commands",
    ]);
  });

  test("is done at once and keeps nothing where there is nothing to save, and it is counted", () => {
    using world = boundWorld();
    const group = { id: -100123, type: "supergroup", title: "Kitchen" };
    world.accept([update({ chat: group as never, text: "in front of everybody" })]);
    expect(jobs(world)).toEqual([
      { kind: "nothing", queue: "none", state: "done", outcome: "ignored", reason: "not_private" },
    ]);
    expect(world.all("SELECT payload, payload_form FROM updates")).toEqual([
      { payload: null, payload_form: "dropped" },
    ]);
    expect(world.store.jobs.counts().done).toBe(1);
    expect(world.filesWith("in front of everybody")).toEqual([]);
  });

  test("is kept whole where the kind of update is unknown, for a version that knows it", () => {
    using world = boundWorld();
    const future = {
      update_id: 10,
      hologram: { id: "h", words: "of the future" },
    } as unknown as TelegramUpdate;
    world.accept([future]);
    expect(jobs(world)).toMatchObject([
      { kind: "nothing", outcome: "ignored", reason: "unknown_update_kind" },
    ]);
    expect(world.all("SELECT kind, payload, payload_form FROM updates")).toEqual([
      { kind: "hologram", payload: JSON.stringify(future), payload_form: "plain" },
    ]);
  });

  test("is kept whole and dead where it cannot be read: it can be discarded, and not tried again", () => {
    using world = boundWorld();
    const unread = { update_id: 10, message: { text: "who am I" } } as unknown as TelegramUpdate;
    world.accept([unread, update({ update_id: 11 })]);
    expect(jobs(world)).toMatchObject([
      { kind: "nothing", queue: "none", state: "dead", reason: "unreadable" },
      { kind: "message", state: "waiting" },
    ]);
    expect(must(world.all("SELECT payload FROM updates")[0])).toEqual({ payload: JSON.stringify(unread) });
    const { updates } = world.store;
    expect(updates.retry("10")).toBe(false);
    expect(updates.retryAll()).toEqual({ retried: 0, left: 1 });
    expect(updates.discard("10", "admin API")).toBe(true);
    expect(jobs(world)).toMatchObject([{ state: "done", outcome: "discarded" }, { state: "waiting" }]);
  });

  test("that cannot be found out leaves the rest of its batch whole", () => {
    using world = boundWorld();
    const [first, odd, last] = [11, 12, 13].map((update_id) =>
      readUpdate(update({ update_id, message_id: update_id }), BOT),
    );
    const continues = () => {
      throw new TypeError("of a shape that nobody thought of");
    };
    const batch = [must(first), { ...must(odd), continues }, must(last)];
    expect(world.store.inbox.accept(batch, { polled: true })).toBe(3);
    expect(jobs(world).map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      "message waiting",
      "nothing dead",
      "message waiting",
    ]);
    expect(offset(world)).toBe(14);
  });

  test("is fixed to the account that was bound when it came", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 1 })]);
    world.bind(ALICE, "users/other");
    world.accept([update({ message_id: 2 })]);
    expect(
      world.all(
        "SELECT message_id, name AS account FROM jobs JOIN accounts ON accounts.id = account_key ORDER BY jobs.id",
      ),
    ).toEqual([
      { message_id: 1, account: "users/alice" },
      { message_id: 2, account: "users/other" },
    ]);
  });
});
