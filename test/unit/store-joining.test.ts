import { describe, expect, test } from "bun:test";
import type { TelegramUpdate } from "gramio";
import type { LeasedJob } from "../../src/store/jobs.ts";
import { ALBUM_QUIET_MS } from "../../src/store/placing.ts";
import { continues } from "../../src/telegram/joining.ts";
import { storedMessage } from "../../src/telegram/update.ts";
import {
  ALICE,
  BOB,
  command,
  edit,
  must,
  photo,
  prune,
  SERVER,
  type Sent,
  type StoreWorld,
  storeWorld,
  update,
} from "../support/store.ts";

/** As long as Telegram lets a message be. */
const FULL = "x".repeat(4_096);

function boundWorld(): StoreWorld {
  const world = storeWorld({}, continues);
  world.bind();
  world.store.jobs.openAlbums();
  return world;
}

const FORWARDED = {
  forward_origin: { type: "hidden_user", sender_user_name: "Eve", date: 1 },
} as Sent;
const comment = (more: Sent = {}) => update({ message_id: 11, text: "look", ...more });
const forward = (message_id: number, more: Sent = {}) => update({ message_id, ...FORWARDED, ...more });
const part = (message_id: number, more: Sent = {}) => photo("G", { message_id, ...FORWARDED, ...more });

const tryLease = (world: StoreWorld) => world.store.jobs.lease("messages", 60_000, []);
const idsOf = ({ updates }: LeasedJob) => updates.map(({ message_id }) => message_id);
const jobsOf = (world: StoreWorld) =>
  world.all<{ id: number; kind: string; job_key: string; state: string; outcome: string | null }>(
    "SELECT id, kind, job_key, state, outcome FROM jobs ORDER BY id",
  );
const save = (world: StoreWorld, leased: LeasedJob, more = {}) =>
  world.store.jobs.finish(leased.lease, {
    outcome: "saved",
    memo_name: `memos/${leased.job.message_id}`,
    covered: Math.max(...leased.updates.map(({ seq }) => seq)),
    ...more,
  });
const linkTo = (message_id: number) => ({
  chat_id: ALICE,
  message_id,
  server: SERVER,
  account: "users/alice",
  memo_name: "memos/11",
  parent_name: null,
  content_hash: null,
  confirmation: false,
});
const groupOf = (json: string) => storedMessage(json)?.media_group_id ?? null;
const separate = (world: StoreWorld, jobId: number) => world.store.separation.separate(jobId, groupOf);

/** The comment and what was forwarded with it, saved as one memo. */
function savedTogether(world: StoreWorld, ...followers: TelegramUpdate[]): LeasedJob {
  world.accept([comment(), ...followers]);
  const leased = world.lease();
  expect(save(world, leased, { plan: '{"first":1}' })).toBe("done");
  return leased;
}

describe("what goes on with a message", () => {
  test("is in its job while that waits", () => {
    using world = boundWorld();
    world.accept([comment()]);
    world.accept([forward(12)]);
    world.accept([part(13), part(14)]);
    expect(idsOf(world.lease())).toEqual([11, 12, 13, 14]);
    expect(tryLease(world)).toBeUndefined();
    expect(jobsOf(world)).toHaveLength(1);
  });

  test("sends the job round again while it is at work", () => {
    using world = boundWorld();
    world.accept([comment()]);
    const leased = world.lease();
    world.accept([forward(12)]);
    expect(save(world, leased)).toBe("again");
    const again = world.lease();
    expect(again.job.memo_name).toBe("memos/11");
    expect(idsOf(again)).toEqual([11, 12]);
  });

  test("reopens the job once it is saved, however late it is delivered", async () => {
    using world = boundWorld();
    savedTogether(world);
    await world.clock.advance(3_600_000);
    world.accept([forward(12)]);
    const leased = world.lease();
    expect(leased.job).toMatchObject({ memo_name: "memos/11", attempts: 0, outcome: null });
    expect(idsOf(leased)).toEqual([11, 12]);
    save(world, leased, { links: [11, 12].map(linkTo) });
    expect(world.store.messageJobs.joinedIn(leased.job)).toBe(2);
  });

  test("is found over a restart", () => {
    using world = boundWorld();
    world.accept([comment()]);
    world.reopen();
    world.accept([forward(12)]);
    expect(jobsOf(world)).toHaveLength(1);
  });

  test("is a long text that Telegram cut, in any number of parts", () => {
    using world = boundWorld();
    world.accept([
      update({ message_id: 11, text: FULL }),
      update({ message_id: 12, text: FULL }),
      update({ message_id: 13 }),
      update({ message_id: 14 }),
    ]);
    expect(idsOf(world.lease())).toEqual([11, 12, 13]);
    expect(jobsOf(world)).toHaveLength(2);
  });

  test("is the album's parts in whatever order they come", () => {
    using world = boundWorld();
    world.accept([comment(), part(14), part(12), part(13)]);
    expect(idsOf(world.lease())).toEqual([11, 12, 13, 14]);
    expect(jobsOf(world)).toHaveLength(1);
  });

  test("is found beyond the ids of the bot's own messages, and of other chats", () => {
    using world = boundWorld();
    world.bind(BOB, "users/bob");
    world.accept([comment()]);
    world.accept([update({ message_id: 12, sender: BOB })]);
    world.accept([forward(15)]);
    expect(jobsOf(world).map(({ job_key }) => job_key)).toEqual(["11", "12"]);
  });

  test("is found beyond what is nothing to be saved", () => {
    using world = boundWorld();
    world.accept([
      comment(),
      update({ message_id: 12, text: undefined, pinned_message: {} } as never),
      forward(13),
    ]);
    expect(jobsOf(world).map(({ kind }) => kind)).toEqual(["message", "nothing"]);
  });

  test("is not joined twice under another update id", () => {
    using world = boundWorld();
    savedTogether(world, forward(12));
    world.accept([comment(), forward(12)]);
    expect(tryLease(world)).toBeUndefined();
    expect(jobsOf(world)).toHaveLength(1);
  });

  test("is edited in the job of both", () => {
    using world = boundWorld();
    const { job } = savedTogether(world, update({ message_id: 12, ...FORWARDED }));
    world.accept([edit({ message_id: 12, text: "new", ...FORWARDED })]);
    const leased = world.lease();
    expect(leased.job.id).toBe(job.id);
    expect(idsOf(leased)).toEqual([11, 12, 12]);
  });
});

describe("nothing goes on with a message", () => {
  const apart = (world: StoreWorld) => {
    const last = must(jobsOf(world).at(-1));
    return { jobs: jobsOf(world).length, last: `${last.kind} ${last.job_key}` };
  };

  test("that is dead, or that a person discarded", () => {
    using world = boundWorld();
    world.accept([comment()]);
    const { lease } = world.lease();
    world.store.jobs.bury(lease, { reason: "r", detail: "d", owed: [] });
    world.accept([forward(12)]);
    expect(apart(world)).toEqual({ jobs: 2, last: "message 12" });
    expect(jobsOf(world)[0]?.state).toBe("dead");
    using other = boundWorld();
    other.accept([comment()]);
    const leased = other.lease();
    other.store.jobs.bury(leased.lease, { reason: "r", detail: "d", owed: [] });
    other.store.jobs.discard(leased.job.id, "test");
    other.accept([forward(12)]);
    expect(apart(other)).toEqual({ jobs: 2, last: "message 12" });
  });

  test("that went to another account", () => {
    using world = boundWorld();
    savedTogether(world);
    world.bind(ALICE, "users/other");
    world.accept([forward(12), part(13)]);
    expect(world.all("SELECT message_id, account FROM jobs ORDER BY id")).toEqual([
      { message_id: 11, account: "users/alice" },
      { message_id: 12, account: "users/other" },
      { message_id: 13, account: "users/other" },
    ]);
  });

  test("of another chat", () => {
    using world = boundWorld();
    world.bind(BOB, "users/bob");
    world.accept([comment(), forward(12, { sender: BOB })]);
    expect(apart(world)).toEqual({ jobs: 2, last: "message 12" });
  });

  test("that is a command", () => {
    using world = boundWorld();
    world.accept([command("/id", { message_id: 11 }), forward(12)]);
    expect(apart(world)).toEqual({ jobs: 2, last: "message 12" });
    world.accept([comment({ message_id: 21 }), command("/id", { message_id: 22 }), forward(23)]);
    expect(apart(world)).toEqual({ jobs: 5, last: "message 23" });
  });

  test("that is an album of its sender's own", async () => {
    using world = boundWorld();
    world.accept([photo("own", { message_id: 11, caption: "mine" }), forward(12), part(13)]);
    expect(jobsOf(world).map(({ job_key }) => job_key)).toEqual(["own", "12", "G"]);
  });

  test("that came after it: then each is one of its own, and the album stays one", async () => {
    using world = boundWorld();
    world.accept([part(12)], false);
    world.accept([comment()], false);
    world.accept([part(13)], false);
    await world.clock.advance(ALBUM_QUIET_MS);
    const album = world.lease();
    expect(idsOf(album)).toEqual([12, 13]);
    save(world, album);
    expect(idsOf(world.lease())).toEqual([11]);
  });

  test("whose words were dropped", () => {
    using world = boundWorld();
    world.accept([comment()]);
    save(world, world.lease());
    world.store.database.sqlite.run("UPDATE updates SET payload = NULL, payload_form = 'dropped'");
    world.accept([forward(12)]);
    expect(apart(world)).toEqual({ jobs: 2, last: "message 12" });
  });

  test("unless somebody says so: each is a memo of its own then", () => {
    using world = storeWorld();
    world.bind();
    world.accept([comment(), forward(12)]);
    expect(jobsOf(world)).toHaveLength(2);
  });
});

describe("separating", () => {
  test("makes a job of each text and of the whole album, each with its own words", () => {
    using world = boundWorld();
    const { job } = savedTogether(world, forward(12), part(13), part(14));
    expect(separate(world, job.id)).toBe(3);
    const all: [string, string, (number | null)[]][] = [];
    for (let leased = tryLease(world); leased; leased = tryLease(world)) {
      all.push([leased.job.kind, leased.job.job_key, idsOf(leased)]);
      save(world, leased);
    }
    expect(all).toEqual([
      ["message", "11", [11]],
      ["message", "12", [12]],
      ["album", "G", [13, 14]],
    ]);
  });

  test("is of two texts as well, and edits of a part go with it", () => {
    using world = boundWorld();
    world.accept([update({ message_id: 11, text: FULL }), update({ message_id: 12 })]);
    world.accept([edit({ message_id: 12, text: "new end" })]);
    const leased = world.lease();
    save(world, leased);
    expect(separate(world, leased.job.id)).toBe(2);
    save(world, world.lease());
    const second = world.lease();
    expect([second.job.job_key, idsOf(second)]).toEqual(["12", [12, 12]]);
  });

  test("keeps the first one's memo and plan, and gives the others sender, account and lane", () => {
    using world = boundWorld();
    const { job } = savedTogether(world, forward(12));
    separate(world, job.id);
    const [first, second] = world.all("SELECT * FROM jobs ORDER BY id");
    expect(first).toMatchObject({
      id: job.id,
      memo_name: "memos/11",
      plan: '{"first":1}',
      state: "waiting",
      separated_from: null,
    });
    expect(second).toMatchObject({
      telegram_id: ALICE,
      account: "users/alice",
      lane: String(ALICE),
      queue: "messages",
      message_id: 12,
      memo_name: null,
      plan: null,
      state: "waiting",
      separated_from: job.id,
    });
  });

  test("lets the first one forget its failures of before", async () => {
    using world = boundWorld();
    world.accept([comment(), forward(12)]);
    world.store.jobs.putOff(world.lease().lease, {
      waiting_for: "retry",
      due_at: world.clock.now(),
      reason: "failed",
      detail: "once",
      attempt: true,
    });
    const leased = world.lease();
    save(world, leased);
    await world.clock.advance(48 * 3_600_000);
    separate(world, leased.job.id);
    expect(world.lease().job).toMatchObject({ id: leased.job.id, attempts: 0, first_failed_at: null });
  });

  test("is durable, and done once: the second press finds nothing to separate", () => {
    using world = boundWorld();
    const { job } = savedTogether(world, forward(12), part(13));
    expect(separate(world, job.id)).toBe(3);
    expect(separate(world, job.id)).toBe(0);
    world.reopen();
    world.store.jobs.openAlbums();
    for (let leased = tryLease(world); leased; leased = tryLease(world)) save(world, leased);
    expect(separate(world, job.id)).toBe(0);
    expect(jobsOf(world).map(({ state }) => state)).toEqual(["done", "done", "done"]);
  });

  test("is for good: neither a redelivery nor a replay nor a late part joins them again", async () => {
    using world = boundWorld();
    const { job } = savedTogether(world, forward(12), part(13));
    separate(world, job.id);
    const first = world.lease();
    save(world, first);
    const second = world.lease();
    world.store.jobs.bury(second.lease, { reason: "r", detail: "d", owed: [] });
    world.store.jobs.replay(second.job.id);
    world.accept([comment(), forward(12), part(13)]);
    world.accept([part(14)]);
    await world.clock.advance(ALBUM_QUIET_MS);
    const replayed = world.lease();
    expect([replayed.job.id, idsOf(replayed)]).toEqual([second.job.id, [12]]);
    save(world, replayed);
    expect(idsOf(world.lease())).toEqual([13, 14]);
    expect(jobsOf(world)).toHaveLength(3);
  });

  test("keeps away what would have gone on with a part of it", () => {
    using world = boundWorld();
    const { job } = savedTogether(world, forward(12));
    separate(world, job.id);
    world.accept([forward(13)]);
    expect(jobsOf(world).map(({ job_key }) => job_key)).toEqual(["11", "12", "13"]);
  });

  test("leaves no job behind for what came twice", () => {
    using world = boundWorld();
    const { job } = savedTogether(world, part(12), part(13));
    world.accept([part(12), part(13)]);
    expect(separate(world, job.id)).toBe(2);
    expect(jobsOf(world).map(({ kind, job_key }) => `${kind} ${job_key}`)).toEqual(["message 11", "album G"]);
  });

  test("is not done where the words of the others are not kept any more", () => {
    using world = boundWorld();
    const { job } = savedTogether(world, forward(12), part(13));
    prune(world, world.clock.now() + 1);
    expect(separate(world, job.id)).toBe(0);
    expect(jobsOf(world)).toMatchObject([{ state: "done", outcome: "saved" }]);
  });

  test("is not done with a message alone, an album, or a job that is not saved", () => {
    using world = boundWorld();
    const alone = savedTogether(world);
    expect(separate(world, alone.job.id)).toBe(0);
    world.accept([photo("own", { message_id: 21 }), photo("own", { message_id: 22 }), update()]);
    const album = world.lease();
    save(world, album);
    expect(separate(world, album.job.id)).toBe(0);
    world.accept([update({ message_id: 31 }), forward(32)]);
    world.store.jobs.finish(world.lease().lease, { outcome: "ignored" });
    const working = world.lease();
    expect(working.updates).toHaveLength(2);
    expect(separate(world, working.job.id)).toBe(0);
    expect(separate(world, 999)).toBe(0);
  });
});
