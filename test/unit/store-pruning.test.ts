import { describe, expect, test } from "bun:test";
import {
  ALICE,
  BOB,
  command,
  edit,
  must,
  press,
  prune,
  type StoreWorld,
  storeWorld,
  update,
} from "../support/store.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function boundWorld(): StoreWorld {
  const world = storeWorld();
  world.bind();
  world.bind(BOB, "users/bob");
  return world;
}

const job = (world: StoreWorld, id: number) => must(world.store.jobs.get(id));

/** Works all that waits, each as `outcome`; a message is saved under its id. */
function workAll(world: StoreWorld, queue: "messages" | "commands" = "messages"): void {
  for (let leased = world.tryLease(queue); leased; leased = world.tryLease(queue)) {
    const { lease, job } = leased;
    const memo_name = `memos/${job.message_id}`;
    const link = { chat_id: ALICE, message_id: job.message_id ?? 0 };
    const saved = { outcome: "saved" as const, memo_name, links: [link] };
    world.store.jobs.finish(lease, queue === "messages" ? saved : { outcome: "handled" });
  }
}

/** Saved messages of one chat, numbered from 1, each with its payload and what was written. */
function fill(world: StoreWorld, count: number, { said = "{}", doneAt = "1" } = {}): void {
  const { sqlite } = world.store.database;
  const chat = world.store.chats.keyOf(0);
  const numbers = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ?)";
  sqlite.transaction(() => {
    sqlite.run(
      `${numbers} INSERT INTO jobs (id, chat_key, kind, job_key, queue, lane, state, outcome, created_at, done_at, written)
       SELECT id, ?, 'message', CAST(id AS TEXT), 'messages', 1, 'done', 'saved', 0, ${doneAt}, '{}' FROM n`,
      count,
      chat,
    );
    sqlite.run(
      `${numbers} INSERT INTO updates (source, chat_key, update_id, kind, fingerprint, job_id, received_at, payload)
       SELECT 'telegram', ?, CAST(id AS TEXT), 'message', '', id, 0, ? FROM n`,
      count,
      chat,
      said,
    );
  });
}

/** All that is old, some hundred rows at a time. */
function pruneAll(world: StoreWorld, before = world.clock.now()): void {
  prune(world, before, before);
}

/** What each step prunes, until there is no more. */
function steps({ store }: StoreWorld, payloads: number, keys: number): number[] {
  const pruned: number[] = [];
  for (let more = true; more; ) {
    const step = store.pruning.step({ payloads, keys });
    pruned.push(step.pruned);
    more = step.more;
  }
  return pruned;
}

const seqs = (world: StoreWorld) =>
  world.all<{ seq: number }>("SELECT seq FROM updates").map(({ seq }) => seq);

describe("pruning", () => {
  test("drops payloads of jobs done long ago, and nothing else", async () => {
    using world = boundWorld();
    const { jobs } = world.store;
    world.accept([1, 2, 3, 4].map((message_id) => update({ message_id, text: `words ${message_id}` })));
    const link = { chat_id: ALICE, message_id: 1 };
    const saved = world.lease();
    jobs.finish(saved.lease, { outcome: "saved", memo_name: "memos/1", links: [link] });
    const buried = world.lease();
    jobs.bury(buried.lease, { reason: "unsupported_kind", detail: "why", owed: [] });
    const waiting = world.lease();
    jobs.handBack(waiting.lease);
    await world.clock.advance(HOUR);
    expect(prune(world, world.clock.now() - HOUR)).toBe(0);
    expect(prune(world, world.clock.now())).toBe(1);
    expect(prune(world, world.clock.now())).toBe(0);
    expect(world.all("SELECT message_id, payload_form FROM updates ORDER BY seq")).toEqual([
      { message_id: 1, payload_form: "dropped" },
      { message_id: 2, payload_form: "plain" },
      { message_id: 3, payload_form: "plain" },
      { message_id: 4, payload_form: "plain" },
    ]);
    expect(job(world, saved.job.id)).toMatchObject({ memo_name: "memos/1", outcome: "saved" });
    expect(world.all("SELECT 1 FROM links")).toHaveLength(1);
    expect(job(world, waiting.job.id).state).toBe("waiting");
    world.store.database.emptyLogSoon();
    world.store.database.emptyLog();
    expect(world.filesWith("words 1")).toEqual([]);
  });

  test("still knows an update whose payload is gone", async () => {
    using world = boundWorld();
    const sent = update();
    world.accept([sent]);
    world.store.jobs.finish(world.lease().lease, { outcome: "saved" });
    await world.clock.advance(HOUR);
    prune(world, world.clock.now());
    expect(world.accept([sent])).toBe(0);
  });
});

describe("pruning what tells one update from another", () => {
  test("leaves of what was saved its job and its links, by which an edit or a reply still finds it", async () => {
    using world = boundWorld();
    world.accept([1, 2].map((message_id) => update({ message_id })));
    workAll(world);
    world.accept([update({ message_id: 3 })]);
    await world.clock.advance(DAY);
    pruneAll(world);
    expect(seqs(world)).toEqual([3]);
    const saved = must(world.store.messageJobs.of(ALICE, 1, ALICE));
    expect(saved).toMatchObject({ outcome: "saved", memo_name: "memos/1" });
    expect(world.accept([edit({ message_id: 1 })])).toBe(1);
    expect(job(world, saved.id).state).toBe("waiting");
    expect(world.all("SELECT id FROM jobs")).toHaveLength(3);
  });

  test("leaves of what brought posts up to date only what posted them", async () => {
    using world = boundWorld();
    const { posts, bindings } = world.store;
    const account_key = bindings.get(ALICE)?.account_key ?? 0;
    const channel = { chat_id: -1_001_234_567_890, telegram_id: ALICE, visibility: "PUBLIC" } as const;
    const wanted = { ...channel, account_key, memo_name: "memos/a" };
    for (const job_id of [1, 2]) posts.want(wanted, { job_id, message_id: null, by: "press" });
    const [post] = posts.of(wanted);
    const [first, second] = world.store.database.sqlite.all<{ id: number }>(
      "SELECT id FROM jobs ORDER BY id",
    );
    posts.note(must(post).id, { parts: ["owed"] }, [], must(first).id);
    posts.sent(must(post).id, 0, [7], { job_id: must(first).id, chat_id: channel.chat_id });
    workAll(world, "commands");
    await world.clock.advance(DAY);
    pruneAll(world);
    expect([world.store.jobs.get(must(first).id)?.memo_name, world.store.jobs.get(must(second).id)]).toEqual([
      "memos/a",
      undefined,
    ]);
    expect(world.store.messageJobs.of(channel.chat_id, 7, ALICE)?.memo_name).toBe("memos/a");
  });

  test("leaves nothing of presses, strangers and what is ignored, and of commands that they are none", async () => {
    using world = boundWorld();
    world.accept([
      press("v:1:PUBLIC"),
      update({ message_id: 2, sender: 77 }),
      update({ message_id: 3, text: undefined, pinned_message: {} } as never),
      command("/id", { message_id: 4 }),
      update({ message_id: 5 }),
    ]);
    workAll(world, "commands");
    await world.clock.advance(DAY);
    pruneAll(world);
    expect(world.all("SELECT kind, message_id FROM jobs ORDER BY id")).toEqual([
      { kind: "command", message_id: 4 },
      { kind: "message", message_id: 5 },
    ]);
    world.accept([edit({ message_id: 4, text: "/id please" })]);
    expect(world.all("SELECT reason FROM jobs ORDER BY id DESC LIMIT 1")).toEqual([
      { reason: "edit_of_no_memo" },
    ]);
  });

  test("touches nothing that waits, is dead, or is kept for a later version", async () => {
    using world = boundWorld();
    world.accept([1, 2, 3, 4].map((message_id) => update({ message_id })));
    const { jobs } = world.store;
    jobs.bury(world.lease().lease, { reason: "unsupported_kind", detail: "why", owed: [] });
    jobs.finish(world.lease().lease, { outcome: "saved", reason: "unknown_part" });
    await world.clock.advance(DAY);
    pruneAll(world);
    expect(seqs(world)).toEqual([1, 2, 3, 4]);
  });

  test("forgets not when the last came: it tells how long Telegram has been quiet", async () => {
    using world = boundWorld();
    world.accept([1, 2].map((message_id) => update({ message_id })));
    workAll(world);
    const { bots } = world.store;
    expect(bots.offset()).not.toBeNull();
    await world.clock.advance(60 * DAY);
    pruneAll(world);
    expect(seqs(world)).toEqual([]);
    expect(bots.offset()).toBeNull();
  });

  test("takes some hundred at a time, and goes on where it was", () => {
    using world = boundWorld();
    fill(world, 450);
    // First what was sent, then by what it is known.
    expect(steps(world, 2, 2)).toEqual([200, 200, 50 + 200, 200, 50]);
    expect(seqs(world)).toEqual([]);
    expect(steps(world, 2, 2)).toEqual([0]);
  });

  test("passes over nothing that was done in another order than it came", () => {
    using world = boundWorld();
    // Of every second one nothing is done for long, and then all of it.
    fill(world, 500, { doneAt: "CASE WHEN id % 2 = 0 THEN id ELSE 1000 * id END" });
    pruneAll(world, 1_000_000);
    expect(seqs(world)).toEqual([]);
  });

  test("looks at what was done later at its time, without a start in between", async () => {
    using world = boundWorld();
    world.accept([1, 2].map((message_id) => update({ message_id })));
    const first = world.lease();
    world.store.jobs.bury(first.lease, { reason: "unsupported_kind", detail: "why", owed: [] });
    await world.clock.advance(DAY);
    workAll(world);
    world.accept([update({ message_id: 3 })]);
    await world.clock.advance(DAY);
    pruneAll(world);
    expect(seqs(world)).toEqual([1, 3]);
    world.store.deadLetters.discard(first.job.id, "cli");
    await world.clock.advance(DAY);
    pruneAll(world);
    expect(seqs(world)).toEqual([3]);
  });
});
