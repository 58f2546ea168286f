import { describe, expect, test } from "bun:test";
import type { TelegramUpdate } from "../../src/domain/telegram.ts";
import { messageIn } from "../../src/messages/versions.ts";
import { LIVE_PAUSE_MS } from "../../src/store/queue/follow-edit.ts";
import { ALBUM_QUIET_MS, type LeasedJob, newestOf } from "../../src/store/queue/jobs.ts";
import {
  ALICE,
  BOB,
  command,
  edit,
  must,
  owed,
  photo,
  type Sent,
  type StoreWorld,
  storeWorld,
  update,
} from "../support/store.ts";

function boundWorld(): StoreWorld {
  const world = storeWorld();
  world.bind();
  return world;
}

const EDITED = 1_795_340_060;
const tryLease = (world: StoreWorld) => world.tryLease();
const textsOf = ({ updates }: LeasedJob) => updates.map(({ update }) => messageIn(update)?.text);
const jobsOf = (world: StoreWorld) =>
  world.all<{
    id: number;
    kind: string;
    job_key: string;
    state: string;
    outcome: string | null;
    reason: string | null;
  }>("SELECT id, kind, job_key, state, outcome, reason FROM jobs ORDER BY id");
const payloads = (world: StoreWorld) =>
  world
    .all<{ payload_form: string }>("SELECT payload_form FROM updates ORDER BY seq")
    .map(({ payload_form }) => payload_form);

const save = (world: StoreWorld, leased: LeasedJob, more = {}) =>
  world.store.jobs.finish(leased.lease, {
    outcome: "saved",
    memo_name: "memos/1",
    covered: newestOf(leased),
    ...more,
  });

function bury(world: StoreWorld, { lease } = world.lease()): number {
  world.store.jobs.bury(lease, { reason: "refused_by_memos", detail: "why", owed: [] });
  return lease.job_id;
}

const editedPart = (message_id: number, caption: string) => {
  const { update_id, message } = photo("G", { message_id, caption });
  return { update_id, edited_message: { ...message, edit_date: EDITED } } as TelegramUpdate;
};

describe("an edit of a message", () => {
  test("that waits is leased with it", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7, text: "one" })]);
    world.accept([edit({ message_id: 7, text: "two" })]);
    const leased = world.lease();
    expect(textsOf(leased)).toEqual(["one", "two"]);
    expect(save(world, leased)).toBe("done");
    expect(jobsOf(world)).toHaveLength(1);
  });

  test("that is at work sends the job round again, with what was made kept", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7, text: "one" })]);
    const leased = world.lease();
    world.accept([edit({ message_id: 7, text: "two" })]);
    const written = { main: "h", at: null, rest: {}, files: {} };
    expect(save(world, leased, { written })).toBe("again");
    const again = world.lease();
    expect(again.job).toMatchObject({ memo_name: "memos/1", written });
    expect(textsOf(again)).toEqual(["one", "two"]);
    expect(save(world, again)).toBe("done");
  });

  test("that is given up at this moment keeps it from being dead, and from being told so", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7, text: "one" })]);
    const leased = world.lease();
    world.accept([edit({ message_id: 7, text: "two" })]);
    const why = { reason: "refused_by_memos", detail: "why", owed: [owed(ALICE, "I could not save this")] };
    expect(world.store.jobs.bury(leased.lease, { ...why, covered: newestOf(leased) })).toBe("again");
    expect(world.all("SELECT * FROM outbox")).toEqual([]);
    const again = world.lease();
    expect(textsOf(again)).toEqual(["one", "two"]);
    expect(world.store.jobs.bury(again.lease, { ...why, covered: newestOf(again) })).toBe("dead");
    expect(world.all("SELECT * FROM outbox")).toHaveLength(1);
  });

  test("takes its turn beside the lane: nothing that was sent since waits for it", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7 })]);
    save(world, world.lease());
    world.accept([update({ message_id: 8 }), edit({ message_id: 7, text: "two" })]);
    expect(world.leasable().toSorted()).toEqual([7, 8]);
  });

  test("that is dead frees its job, and holds back nobody", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7, text: "one" }), update({ message_id: 8 })]);
    const id = bury(world);
    world.accept([edit({ message_id: 7, text: "two" })]);
    expect(jobsOf(world)[0]).toMatchObject({ id, state: "waiting", outcome: null });
    const first = world.lease();
    expect([first.job.id, textsOf(first)]).toEqual([id, ["one", "two"]]);
    expect(world.lease().job.message_id).toBe(8);
  });

  test("that a person discarded brings nothing back, and nothing of it is kept", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7 })]);
    world.store.deadLetters.discard(bury(world), "telegram:1");
    world.accept([edit({ message_id: 7, text: "discarded words" })]);
    expect(jobsOf(world)).toMatchObject([{ state: "done", outcome: "discarded" }]);
    expect(payloads(world)).toEqual(["plain", "dropped"]);
    expect(world.filesWith("discarded words")).toEqual([]);
  });

  test("that nobody knows is a job of its own", () => {
    using world = boundWorld();
    world.accept([edit({ message_id: 7, text: "two" })]);
    const leased = world.lease();
    expect(leased.job).toMatchObject({ kind: "message", job_key: "7", message_id: 7 });
    expect(textsOf(leased)).toEqual(["two"]);
  });

  test("that comes before the message itself makes no second", () => {
    using world = boundWorld();
    world.accept([edit({ message_id: 7, text: "two" })], false);
    world.accept([update({ message_id: 7, text: "one" })], false);
    expect(jobsOf(world)).toHaveLength(1);
    expect(textsOf(world.lease())).toEqual(["two"]);
  });
});

describe("an edit is no message", () => {
  test("of a command", () => {
    using world = boundWorld();
    world.accept([command("/id", { message_id: 7 })]);
    world.accept([edit({ message_id: 7, text: "now a text" })]);
    expect(jobsOf(world).at(-1)).toMatchObject({ kind: "nothing", reason: "edit_of_no_memo" });
    expect(tryLease(world)).toBeUndefined();
    expect(world.filesWith("now a text")).toEqual([]);
  });

  test("of somebody who was not bound then, although they are by now", () => {
    using world = storeWorld();
    world.accept([update({ message_id: 7 })]);
    world.bind();
    world.accept([edit({ message_id: 7, text: "two" })]);
    expect(jobsOf(world).at(-1)).toMatchObject({ outcome: "ignored", reason: "edit_of_no_memo" });
    expect(tryLease(world)).toBeUndefined();
  });

  test("of a message that still waits is taken in also when its sender is not bound any more", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7, text: "as it was" })]);
    world.store.bindings.remove(ALICE);
    world.accept([edit({ message_id: 7, text: "as it is" })]);
    expect(jobsOf(world)).toMatchObject([{ kind: "message", state: "waiting" }]);
    expect(textsOf(must(tryLease(world)))).toEqual(["as it was", "as it is"]);
  });

  test("of somebody who is not bound: they are not even told", () => {
    using world = boundWorld();
    world.accept([edit({ sender: BOB, text: "words of Bob" })]);
    expect(jobsOf(world)).toMatchObject([{ kind: "nothing", outcome: "ignored", reason: "not_bound" }]);
    expect(world.filesWith("words of Bob")).toEqual([]);
  });

  test("but one that took an access token out of it: whoever does so wants the rest to be saved", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7, text: "mine: memos_pat_0123456789" })]);
    world.store.jobs.finish(world.lease("commands").lease, { outcome: "handled" });
    world.accept([edit({ message_id: 7, text: "mine: secret" })]);
    expect(textsOf(world.lease())).toEqual(["mine: secret"]);
  });

  test("where it shows an access token: the memo stays, and the token is taken care of", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7 })]);
    save(world, world.lease());
    world.accept([edit({ message_id: 7, text: "memos_pat_0123456789" })]);
    expect(world.lease("commands").job.kind).toBe("leaked_token");
    expect(tryLease(world)).toBeUndefined();
  });
});

describe("an edit after the chat was bound to another account", () => {
  test("of a memo of before is ignored: it is in the account that was left", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7, text: "one" })]);
    save(world, world.lease());
    world.bind(ALICE, "users/other");
    world.accept([edit({ message_id: 7, text: "words of later" })]);
    expect(tryLease(world)).toBeUndefined();
    expect(jobsOf(world).at(-1)).toMatchObject({ outcome: "ignored", reason: "other_account" });
    expect(world.filesWith("words of later")).toEqual([]);
    world.bind(ALICE, "users/alice");
    world.accept([edit({ message_id: 7, text: "three", edit_date: EDITED + 1 })]);
    expect(world.lease().job).toMatchObject({ account: "users/alice", memo_name: "memos/1" });
  });

  test("of a dead letter of before is kept with it, and not tried for the new one", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7, text: "one" })]);
    const id = bury(world);
    world.bind(ALICE, "users/other");
    world.accept([edit({ message_id: 7, text: "two" })]);
    expect(tryLease(world)).toBeUndefined();
    world.store.deadLetters.retry(id);
    expect(textsOf(world.lease())).toEqual(["one", "two"]);
  });

  test("of a message that still waits stays with it and its account", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7, text: "one" })]);
    world.bind(ALICE, "users/other");
    world.accept([edit({ message_id: 7, text: "two" })]);
    const leased = world.lease();
    expect(leased.job.account).toBe("users/alice");
    expect(textsOf(leased)).toEqual(["one", "two"]);
  });
});

describe("edits of an album", () => {
  const part = (message_id: number, more: Sent = {}) => photo("G", { message_id, ...more });
  const captionsOf = ({ updates }: LeasedJob) =>
    updates.map(({ update }) => messageIn(update)?.caption ?? "");

  test("do not keep it open any longer", async () => {
    using world = boundWorld();
    world.accept([part(7), part(8)]);
    await world.clock.advance(ALBUM_QUIET_MS - 1);
    world.accept([editedPart(7, "new")]);
    await world.clock.advance(1);
    expect(captionsOf(world.lease())).toEqual(["", "new", ""]);
  });

  test("of parts that nobody knows are one job", () => {
    using world = boundWorld();
    world.accept([editedPart(7, "one")]);
    world.accept([editedPart(8, "two")]);
    const leased = world.lease();
    expect(leased.job).toMatchObject({ kind: "album", job_key: "G" });
    expect(captionsOf(leased)).toEqual(["one", "two"]);
    expect(jobsOf(world)).toHaveLength(1);
  });
});

describe("ticks in a checklist", () => {
  const tick = (message_id: number, done: number) => {
    const { update_id, message } = update({ message_id });
    const checklist_message = { message_id: 7, checklist: { title: "t", tasks: [{ id: 1 }, { id: 2 }] } };
    return {
      update_id,
      message: {
        ...message,
        text: undefined,
        checklist_tasks_done: { checklist_message, marked_as_done_task_ids: [done] },
      },
    } as unknown as TelegramUpdate;
  };
  const list = () =>
    update({ message_id: 7, text: undefined, checklist: { title: "t", tasks: [] } } as never);

  test("reopen its job, and none is dropped for another", () => {
    using world = boundWorld();
    world.accept([list()]);
    save(world, world.lease());
    world.accept([tick(8, 1), tick(9, 2)]);
    const leased = world.lease();
    expect(leased.updates.map(({ message_id }) => message_id)).toEqual([7, 8, 9]);
    expect(leased.job.message_id).toBe(7);
  });

  test("are no messages that were joined", () => {
    using world = boundWorld();
    world.accept([list(), tick(8, 1)]);
    const leased = world.lease();
    save(world, leased, { links: [{ chat_id: ALICE, message_id: 7 }] });
    expect(world.store.messageJobs.messagesOf(leased.job.id)).toHaveLength(1);
  });
});

describe("a live location", () => {
  const at = (latitude: number, live = true) => ({
    text: undefined,
    location: { latitude, longitude: 1, ...(live && { live_period: 900 }) },
  });
  const start = () => update({ message_id: 7, ...at(0) } as never);
  const moved = (step: number, live = true) =>
    edit({ message_id: 7, edit_date: EDITED + step, ...at(step, live) } as never);
  const placesOf = ({ updates }: LeasedJob) =>
    updates.map(({ update }) => messageIn(update)?.location?.latitude);

  test("that was refused is not tried again at every step", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7, ...at(1) } as never)]);
    bury(world);
    world.accept([moved(1)]);
    expect(jobsOf(world)).toMatchObject([{ state: "dead" }]);
    world.accept([moved(2, false)]);
    expect(jobsOf(world)).toMatchObject([{ state: "waiting" }]);
  });

  test("is followed at most once a minute, and then at its newest place", async () => {
    using world = boundWorld();
    world.accept([start()]);
    save(world, world.lease());
    const due = world.clock.now() + 5_000 + LIVE_PAUSE_MS;
    for (let step = 1; step <= 5; step += 1) {
      await world.clock.advance(5_000);
      world.accept([moved(step)]);
    }
    expect(world.nextDueAt()).toBe(due);
    expect(tryLease(world)).toBeUndefined();
    await world.clock.advance(due - world.clock.now());
    const leased = world.lease();
    expect(placesOf(leased)).toEqual([0, 1, 2, 3, 4, 5]);
    save(world, leased);
    world.accept([moved(6)]);
    expect(world.nextDueAt()).toBe(world.clock.now() + LIVE_PAUSE_MS);
  });

  test("that ended is not kept waiting", () => {
    using world = boundWorld();
    world.accept([start()]);
    save(world, world.lease());
    world.accept([moved(1, false)]);
    expect(placesOf(world.lease())).toEqual([0, 1]);
  });

  test("keeps of what its memo followed only the newest place, however long it moves", async () => {
    using world = boundWorld();
    world.accept([start()]);
    save(world, world.lease());
    for (let minute = 0; minute < 30; minute += 1) {
      world.accept([1, 2, 3].map((step) => moved(3 * minute + step)));
      await world.clock.advance(LIVE_PAUSE_MS);
      const leased = world.lease();
      expect(placesOf(leased).length).toBeLessThanOrEqual(5);
      expect(placesOf(leased).at(-1)).toBe(3 * minute + 3);
      save(world, leased);
    }
  });
});

describe("edits that come out of order, or again", () => {
  test("drop only what was carried out and is older than something else that was", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 7, text: "one" })]);
    world.accept([edit({ message_id: 7, text: "three", edit_date: EDITED + 9 })]);
    world.accept([edit({ message_id: 7, text: "two", edit_date: EDITED })]);
    const leased = world.lease();
    expect(textsOf(leased)).toEqual(["one", "three", "two"]);
    const four = edit({ message_id: 7, text: "four", edit_date: EDITED + 10 });
    world.accept([four]);
    expect(payloads(world)).toEqual(["plain", "plain", "plain", "plain"]);
    save(world, leased);
    save(world, world.lease());
    world.accept([edit({ message_id: 7, text: "five", edit_date: EDITED + 11 })]);
    expect(payloads(world)).toEqual(["plain", "dropped", "dropped", "plain", "plain"]);
  });
});
