import { describe, expect, test } from "bun:test";
import type { TelegramUpdate } from "../../src/domain/telegram.ts";
import type { LeasedJob } from "../../src/store/queue/jobs.ts";
import { ALBUM_QUIET_MS } from "../../src/store/queue/jobs.ts";
import {
  ALICE,
  BOB,
  command,
  edit,
  must,
  photo,
  type Sent,
  type StoreWorld,
  storeWorld,
  update,
} from "../support/store.ts";

/** As long as Telegram lets a message be. */
const FULL = "x".repeat(4_096);

function boundWorld(): StoreWorld {
  const world = storeWorld();
  world.bind();
  return world;
}

const FORWARDED = {
  forward_origin: { type: "hidden_user", sender_user_name: "Eve", date: 1 },
} as Sent;
const comment = (more: Sent = {}) => update({ message_id: 11, text: "look", ...more });
const forward = (message_id: number, more: Sent = {}) => update({ message_id, ...FORWARDED, ...more });
const part = (message_id: number, more: Sent = {}) => photo("G", { message_id, ...FORWARDED, ...more });

const tryLease = (world: StoreWorld) => world.tryLease();
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
const linkTo = (message_id: number) => ({ chat_id: ALICE, message_id });

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

  test("ends with what a memo can be worked for: what comes then is another one", () => {
    using world = boundWorld();
    const cut = Array.from({ length: 20 }, (_, at) => update({ message_id: 11 + at, text: FULL }));
    for (const one of cut) world.accept([one]);
    const lengths = world.all<{ messages: number }>(
      "SELECT count(*) AS messages FROM updates GROUP BY job_id",
    );
    expect(lengths.map(({ messages }) => messages)).toEqual([8, 8, 4]);
  });

  test("is a hundred short messages at most", () => {
    using world = boundWorld();
    world.accept([comment()]);
    for (let id = 12; id < 115; id += 1) world.accept([forward(id, { caption: "short" })]);
    const [first] = world.all<{ messages: number }>(
      "SELECT count(*) AS messages FROM updates GROUP BY job_id",
    );
    expect(first?.messages).toBe(100);
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
    expect(world.store.messageJobs.messagesOf(leased.job.id)).toHaveLength(2);
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
    other.store.deadLetters.discard(leased.job.id, "test");
    other.accept([forward(12)]);
    expect(apart(other)).toEqual({ jobs: 2, last: "message 12" });
  });

  test("that went to another account", () => {
    using world = boundWorld();
    savedTogether(world);
    world.bind(ALICE, "users/other");
    world.accept([forward(12), part(13)]);
    expect(
      world.all(
        "SELECT message_id, name AS account FROM jobs JOIN accounts ON accounts.id = account_key ORDER BY jobs.id",
      ),
    ).toEqual([
      { message_id: 11, account: "users/alice" },
      { message_id: 12, account: "users/other" },
      { message_id: 13, account: "users/other" },
    ]);
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
});

describe("a message that a button of an older version took out of a memo", () => {
  test("is joined with nothing again", () => {
    using world = boundWorld();
    world.accept([comment()]);
    world.store.database.sqlite.run("UPDATE jobs SET never_joined = 1");
    world.accept([forward(12)]);
    expect(jobsOf(world).map(({ job_key }) => job_key)).toEqual(["11", "12"]);
  });
});
