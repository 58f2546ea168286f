import { describe, expect, test } from "bun:test";
import { openSqlite } from "../../src/store/db/sqlite.ts";
import {
  ALICE,
  BOB,
  BOT_ID,
  command,
  edit,
  must,
  owed,
  press,
  prune,
  SERVER,
  type StoreWorld,
  storeWorld,
  update,
} from "../support/store.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function boundWorld(): StoreWorld {
  const world = storeWorld();
  world.bind();
  world.bind(BOB, "users/bob");
  return world;
}

const tryLease = (world: StoreWorld) => world.tryLease();
/** All that there was when it was leased. */
const covered = (leased: ReturnType<StoreWorld["lease"]>) =>
  Math.max(...leased.updates.map(({ seq }) => seq));
const job = (world: StoreWorld, id: number) => must(world.store.jobs.get(id));

/** Puts the leased job off, by default for a minute and for its own trouble. */
function putOff(world: StoreWorld, more: object = {}, leased = world.lease()): number {
  const later = {
    waiting_for: "retry" as const,
    pauseMs: MINUTE,
    reason: "failed",
    detail: "why",
    attempt: true,
    ...more,
  };
  world.store.jobs.putOff(leased.lease, later);
  return leased.job.id;
}

function bury(world: StoreWorld, leased = world.lease()): number {
  expect(world.store.jobs.bury(leased.lease, { reason: "unsupported_kind", detail: "why", owed: [] })).toBe(
    "dead",
  );
  return leased.job.id;
}

describe("lanes", () => {
  test("are worked in order, one job at a time", () => {
    using world = boundWorld();
    world.accept([1, 2, 3].map((message_id) => update({ message_id })));
    const order: (number | null)[] = [];
    for (let leased = tryLease(world); leased; leased = tryLease(world)) {
      expect(tryLease(world)).toBeUndefined();
      order.push(leased.job.message_id);
      world.store.jobs.finish(leased.lease, { outcome: "saved", covered: covered(leased) });
    }
    expect(order).toEqual([1, 2, 3]);
  });

  test("of other chats go on side by side", () => {
    using world = boundWorld();
    world.accept([
      update({ message_id: 1 }),
      update({ message_id: 2, sender: BOB }),
      update({ message_id: 3 }),
    ]);
    expect(world.leasable()).toEqual([1, 2]);
  });

  for (const [queue, text] of [
    ["messages", "/save@memoferry_bot it"],
    ["commands", "/help@memoferry_bot"],
  ] as const) {
    test(`of ${queue} in a group are one for each person: nobody waits for what others said there`, () => {
      using world = boundWorld();
      const chat = { id: -1001, type: "supergroup", title: "Trip" } as const;
      world.accept([BOB, BOB, ALICE].map((sender) => command(text, { sender, chat })));
      expect([world.lease(queue), world.lease(queue)].map(({ job }) => job.telegram_id)).toEqual([
        BOB,
        ALICE,
      ]);
      expect(world.tryLease(queue)).toBeUndefined();
    });
  }

  test("wait for a head that was put off, and go on with it when it falls due", async () => {
    using world = boundWorld();
    world.accept([update({ message_id: 1 }), update({ message_id: 2 })]);
    putOff(world);
    expect(tryLease(world)).toBeUndefined();
    expect(world.nextDueAt()).toBe(world.clock.now() + MINUTE);
    await world.clock.advance(MINUTE);
    expect(world.lease().job.message_id).toBe(1);
  });

  test("do not wait for a job that stepped aside, which is tried itself when it falls due", async () => {
    using world = boundWorld();
    world.accept([update({ message_id: 1 }), update({ message_id: 2 }), update({ message_id: 3 })]);
    putOff(world, { aside: true });
    expect(world.leasable()).toEqual([2]);
    await world.clock.advance(MINUTE);
    expect(tryLease(world)?.job.message_id).toBe(1);
  });

  test("do not wait for a dead job", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 1 }), update({ message_id: 2 })]);
    bury(world);
    expect(world.lease().job.message_id).toBe(2);
  });

  test("of commands are not those of messages: a command runs while messages wait", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 1 }), command("/id", { message_id: 2 }), press("p:1:1")]);
    putOff(world, { waiting_for: "memos" });
    const first = world.lease("commands");
    expect(first.job.kind).toBe("command");
    expect(world.tryLease("commands")).toBeUndefined();
    world.store.jobs.finish(first.lease, { outcome: "handled" });
    expect(world.lease("commands").job.kind).toBe("press");
  });

  test("keep their order over a restart", () => {
    using world = boundWorld();
    world.accept([1, 2, 3].map((message_id) => update({ message_id })));
    world.lease();
    world.reopen();
    expect(world.leasable()).toEqual([1]);
  });

  test("may have had any of their jobs at work before an unclean stop, but what waited for a binding", () => {
    using world = boundWorld();
    world.accept([1, 2, 3, 4].map((message_id) => update({ message_id })));
    const dead = bury(world, world.lease());
    world.store.database.sqlite.exec("UPDATE jobs SET began_at = NULL");
    putOff(world, { waiting_for: "binding", untouched: true });
    world.lease();
    // In front of the one at work.
    world.store.deadLetters.retry(dead);
    const path = must(world.store.database.path);
    world.store.close();
    const sqlite = openSqlite(path);
    sqlite.run("INSERT INTO facts (name, value) VALUES ('unclean', '1')");
    sqlite.close();
    // A command of the command line comes between: it opens the store, and does not work its jobs.
    world.reopen();
    world.reopen().jobs.recover();
    const begun = world.all("SELECT message_id FROM jobs WHERE began_at IS NOT NULL ORDER BY id");
    expect(begun).toEqual([1, 3, 4].map((message_id) => ({ message_id })));
    world.bind(ALICE, "users/other");
    world.store.deadLetters.buryForLeftAccounts();
    expect(world.store.deadLetters.retryAll(ALICE)).toBe(1);
  });
});

describe("a job that waits for its account to be bound", () => {
  const waiting = { waiting_for: "binding" as const, pauseMs: 0, attempt: false };

  test("is never leased, and holds back nobody", async () => {
    using world = boundWorld();
    world.accept([update({ message_id: 1 }), update({ message_id: 2 })]);
    putOff(world, waiting);
    expect(world.leasable()).toEqual([2]);
    await world.clock.advance(24 * HOUR);
    world.reopen();
    // The lease of the other one ran out.
    expect(world.leasable()).toEqual([2]);
  });

  test("does not go on for another account, another server or another person", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 1 })]);
    putOff(world, waiting);
    const { jobs } = world.store;
    expect(jobs.release(ALICE, { server: SERVER, account: "users/other" })).toBe(0);
    expect(jobs.release(ALICE, { server: "https://elsewhere.example", account: "users/alice" })).toBe(0);
    expect(jobs.release(BOB, { server: SERVER, account: "users/alice" })).toBe(0);
    expect(tryLease(world)).toBeUndefined();
  });
});

describe("what a person asks for by a button", () => {
  function savedJob(world: StoreWorld): number {
    world.accept([update({ message_id: 1 })]);
    const { lease } = world.lease();
    const memo_name = "memos/m1";
    world.store.jobs.finish(lease, { outcome: "saved", memo_name, reason: "memo_changed" });
    return lease.job_id;
  }

  test("is remembered over a failure and a restart", () => {
    using world = boundWorld();
    const id = savedJob(world);
    world.store.jobs.requestAction(id, "save_again", "memos/m1");
    putOff(world, { pauseMs: 0 });
    world.lease();
    world.reopen();
    world.store.jobs.recover();
    expect(world.lease().job).toMatchObject({ id, requested_action: "save_again" });
  });

  test("is forgotten once it was done: an edit after it is an edit", () => {
    using world = boundWorld();
    const id = savedJob(world);
    world.store.jobs.requestAction(id, "overwrite", "memos/m1");
    world.store.jobs.finish(world.lease().lease, { outcome: "saved" });
    expect(job(world, id).requested_action).toBeNull();
    world.accept([edit({ message_id: 1 })]);
    expect(world.lease().job).toMatchObject({ id, requested_action: null });
  });

  test("is done once also where an edit came meanwhile", () => {
    using world = boundWorld();
    const id = savedJob(world);
    world.store.jobs.requestAction(id, "save_again", "memos/m1");
    const leased = world.lease();
    world.accept([edit({ message_id: 1 })]);
    const result = { outcome: "saved", covered: covered(leased) } as const;
    expect(world.store.jobs.finish(leased.lease, result)).toBe("again");
    expect(world.lease().job).toMatchObject({ id, requested_action: null });
  });

  test("is about the memo that the job had then: with another by now it is settled", () => {
    using world = boundWorld();
    const id = savedJob(world);
    const { jobs } = world.store;
    expect(jobs.requestAction(id, "save_again", "memos/m1")).toBe("asked");
    jobs.finish(world.lease().lease, { outcome: "saved", memo_name: "memos/m2" });
    expect(jobs.requestAction(id, "save_again", "memos/m1")).toBe("settled");
    expect(jobs.requestAction(id, "save_again", "memos/m2")).toBe("asked");
  });

  test("needs its messages: once they were forgotten it can only be told so", () => {
    using world = boundWorld();
    const id = savedJob(world);
    prune(world, world.clock.now() + 1);
    expect(world.store.jobs.requestAction(id, "save_again", "memos/m1")).toBe("gone");
    expect(job(world, id).state).toBe("done");
  });
});

describe("a lease", () => {
  test("ends when something else takes the job's place: no write changes anything from then on", () => {
    using world = boundWorld();
    world.accept([update()]);
    const { lease } = world.lease();
    world.store.database.sqlite.exec("UPDATE jobs SET queue = 'commands', reason = 'token_waits'");
    expect(world.store.jobs.replaceTokens(ALICE)).toBe(true);
    const before = job(world, lease.job_id);
    const { jobs } = world.store;
    expect(() => jobs.note(lease, { id_generation: 1 })).toThrow("not at work");
    expect(() => jobs.claim(lease, { memo_name: "memos/x", server: SERVER })).toThrow("not at work");
    const saved = { outcome: "saved", memo_name: "memos/x", owed: [owed(ALICE, "Saved")] } as const;
    expect(jobs.finish(lease, saved)).toBeUndefined();
    const later = { waiting_for: "retry", reason: "", detail: "", owed: [owed(ALICE, "later")] } as const;
    jobs.putOff(lease, later);
    jobs.handBack(lease);
    expect(jobs.bury(lease, { reason: "", detail: "", owed: [owed(ALICE, "failed")] })).toBeUndefined();
    expect(job(world, lease.job_id)).toEqual(before);
    for (const table of ["links", "outbox"]) expect(world.all(`SELECT * FROM ${table}`)).toEqual([]);
  });

  test("is used up by what it was for", () => {
    using world = boundWorld();
    world.accept([update()]);
    const leased = world.lease();
    expect(world.store.jobs.finish(leased.lease, { outcome: "saved" })).toBe("done");
    expect(world.store.jobs.finish(leased.lease, { outcome: "saved" })).toBeUndefined();
  });

  test("whose work did not come to an end is the next one of its lane again", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 1 }), update({ message_id: 2 })]);
    const { job } = world.lease();
    expect(world.store.jobs.next("messages", job.lane)).toEqual({ item: job });
    expect(world.store.jobs.lease(job).updates).toHaveLength(1);
  });

  test("of the run before is void, and its job waits again", () => {
    using world = boundWorld();
    world.accept([update()]);
    const old = world.lease();
    world.reopen();
    expect(world.store.jobs.finish(old.lease, { outcome: "saved" })).toBeUndefined();
    expect(world.lease().job.attempts).toBe(0);
  });
});

describe("a pause", () => {
  test("is kept, however long a server asked for, and whatever the clock is set to", async () => {
    using world = boundWorld();
    world.accept([update()]);
    putOff(world, { pauseMs: HOUR });
    world.clock.set(world.clock.now() + 24 * HOUR);
    await world.clock.advance(HOUR - 1);
    expect(tryLease(world)).toBeUndefined();
    world.clock.set(world.clock.now() - 48 * HOUR);
    await world.clock.advance(1);
    world.lease();
  });

  test("ends with the process: after a restart all is due", () => {
    using world = boundWorld();
    world.accept([update()]);
    putOff(world, { pauseMs: HOUR, waiting_for: "memos" });
    world.reopen();
    expect(world.lease().snoozes).toBe(0);
  });
});

describe("a finished job", () => {
  test("has its memo, links and confirmation from one commit", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7 })]);
    const leased = world.lease();
    const result = world.store.jobs.finish(leased.lease, {
      outcome: "saved",
      memo_name: "memos/m1",
      covered: covered(leased),
      parent_name: "memos/m0",
      links: [{ chat_id: ALICE, message_id: 7 }],
      owed: [owed(ALICE, "Saved", "confirmation")],
    });
    expect(result).toBe("done");
    expect(job(world, leased.job.id)).toMatchObject({
      state: "done",
      outcome: "saved",
      memo_name: "memos/m1",
      parent_name: "memos/m0",
      done_at: world.clock.now(),
    });
    expect(
      world.all("SELECT bot_id, chat_id, message_id, job_id FROM links JOIN chats ON chats.id = chat_key"),
    ).toEqual([{ bot_id: BOT_ID, chat_id: ALICE, message_id: 7, job_id: leased.job.id }]);
    expect(world.all("SELECT chat_id, promise, state, job_id FROM outbox")).toEqual([
      { chat_id: ALICE, promise: "confirmation", state: "waiting", job_id: leased.job.id },
    ]);
  });

  test("is not finished at all when one of its writes fails", () => {
    using world = boundWorld();
    world.accept([update()]);
    const leased = world.lease();
    world.store.database.sqlite.exec(
      "CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT raise(ABORT, 'disk full'); END",
    );
    const finish = () =>
      world.store.jobs.finish(leased.lease, { outcome: "saved", owed: [owed(ALICE, "Saved")] });
    expect(finish).toThrow("disk full");
    expect(job(world, leased.job.id)).toMatchObject({ state: "waiting", memo_name: null });
    world.store.database.sqlite.exec("DROP TRIGGER full");
    expect(finish()).toBe("done");
  });
});

describe("counts", () => {
  test("tell every job once, by state", async () => {
    using world = boundWorld();
    const { jobs } = world.store;
    const group = { id: -100, type: "group", title: "g" } as never;
    world.accept([update({ chat: group }), command("/id")]);
    jobs.finish(world.lease("commands").lease, { outcome: "handled" });
    world.accept([1, 2, 3, 4, 5].map((message_id) => update({ message_id })));
    const begun = world.clock.now();
    await world.clock.advance(1000);
    const saved = world.lease();
    jobs.finish(saved.lease, { outcome: "saved" });
    bury(world);
    world.store.deadLetters.discard(bury(world), "cli");
    world.lease();
    expect(jobs.counts()).toEqual({ waiting: 1, working: 1, dead: 1, done: 4 });
    expect(jobs.oldestWaitingAt()).toBe(begun);
    expect(jobs.lastSavedAt()).toBe(begun + 1000);
    expect(jobs.unfinishedOf(ALICE)).toBe(2);
  });

  test("are of this bot: another bot's jobs are parked, and go on when it is back", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 1 })]);
    world.reopen({ botId: 42 });
    expect(world.store.jobs.counts()).toMatchObject({ waiting: 0 });
    expect(world.store.jobs.unfinishedOf(ALICE)).toBe(0);
    expect(world.store.jobs.oldestWaitingAt()).toBeNull();
    expect(world.leasable()).toEqual([]);
    world.reopen();
    expect(world.leasable()).toEqual([1]);
  });

  test("of nothing are zeros and nulls", () => {
    using world = storeWorld();
    expect(Object.values(world.store.jobs.counts())).toEqual([0, 0, 0, 0]);
    expect(world.store.jobs.oldestWaitingAt()).toBeNull();
    expect(world.store.jobs.lastSavedAt()).toBeNull();
  });
});
