import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { wholeReads } from "../support/plans.ts";
import { cpuMsOf } from "../support/property.ts";
import {
  BOT_ID,
  databasePath,
  owed,
  photo,
  prune,
  SERVER,
  type StoreWorld,
  storeWorld,
  update,
} from "../support/store.ts";

const CHATS = 50;

/** Fills a store as it is after a while: so much is done, with its updates, links and answers, and a backlog waits. */
function grow(world: StoreWorld, done: number, waiting: number): void {
  const { sqlite } = world.store.database;
  sqlite.transaction(() => {
    world.bind();
    sqlite.run(
      `INSERT INTO chats (bot_id, chat_id)
         WITH RECURSIVE n(id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM n WHERE id < ${CHATS - 1})
         SELECT ?, 1000 + id FROM n`,
      BOT_ID,
    );
    const [{ first } = { first: 0 }] = sqlite.all<{ first: number }>("SELECT min(id) AS first FROM chats");
    sqlite.run(
      `INSERT INTO jobs (id, chat_key, kind, job_key, queue, lane, message_id, telegram_id, account_key,
           state, outcome, memo_name, created_at, done_at)
         WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ?2)
         SELECT id, ?1 + id % ${CHATS}, 'message', id, 'messages', ?1 + id % ${CHATS}, id, 1000 + id % ${CHATS}, 1,
           CASE WHEN id <= ?3 THEN 'done' ELSE 'waiting' END, CASE WHEN id <= ?3 THEN 'saved' END,
           'memos/' || id, 1000 * id, CASE WHEN id <= ?3 THEN 1000 * id END FROM n`,
      first,
      done + waiting,
      done,
    );
    sqlite.run(
      `INSERT INTO updates (source, chat_key, update_id, kind, fingerprint, job_id, message_id, received_at, payload, payload_form)
         SELECT 'telegram', chat_key, id, 'message', 'f' || id, id, message_id, created_at, '{}', 'plain' FROM jobs`,
    );
    sqlite.run(
      `INSERT INTO links (chat_key, message_id, job_id)
         SELECT chat_key, message_id, id FROM jobs WHERE state = 'done'`,
    );
  });
}

/** What is done all the time, or for each message. Each leaves the store as it needs it the next time. */
const HOT: Record<string, (world: StoreWorld) => unknown> = {
  "takes a message in": (world) => world.accept([update()]),
  "takes a part of an album in": (world) => world.accept([photo("an album"), photo("an album")]),
  "takes a command in": (world) =>
    world.accept([update({ text: "/id", entities: [{ type: "bot_command", offset: 0, length: 3 }] })]),
  "looks for a token that waits": ({ store: { jobs } }) => jobs.hasTokenWaiting(1),
  "leases and hands back": (world) => world.store.jobs.handBack(world.lease().lease),
  "looks for what is next": ({ store: { jobs } }) => [jobs.lanes("messages"), jobs.next("messages", 2)],
  "finishes a job": (world) => {
    const { lease, job } = world.lease();
    world.store.jobs.finish(lease, {
      outcome: "saved",
      memo_name: "memos/x",
      links: [{ chat_id: job.chat_id ?? 1, message_id: job.id }],
      owed: [owed(job.chat_id ?? 1, "saved", "confirmation")],
    });
  },
  "sends what is owed": ({ store: { outbox } }) => {
    for (const chat of outbox.chats()) {
      const taken = outbox.take(chat);
      if (taken) outbox.sent(taken, null);
    }
  },
  "prunes what is old": ({ store: { pruning } }) => pruning.step({ payloads: 1, keys: 1 }),
  "looks for who was not told of an outage": ({ store: { outages } }) => outages.untold(1),
  "tells the status": ({ store: { jobs } }) => [jobs.oldestWaitingAt(), jobs.lastSavedAt()],
  "counts for the metrics": ({ store: { jobs } }) => [jobs.counts(), jobs.counts()],
  "finds the memo of a message": ({ store }) => [
    store.messageJobs.of(1001, 1, 1001),
    store.messageJobs.messagesOf(1),
  ],
  "finds the jobs of a memo": ({ store }) => [
    store.posts.cameFrom({ memo_name: "memos/1" }, 1001),
    store.news.messagesAbout("memos/1", 1001),
    store.messageJobs.commentsUnder({ server: SERVER, memo_name: "memos/1" }),
  ],
  "lists what came in, by each filter": (world) => {
    const { lease } = world.lease();
    const { updates } = world.store;
    for (const state of [null, "waiting", "working", "done", "dead"] as const) {
      for (const chat_id of [null, 1_001]) {
        for (const after of [null, 300]) updates.list({ state, chat_id }, { limit: 2, after });
      }
    }
    updates.get("1");
    world.store.jobs.handBack(lease);
  },
  "lists what failed": ({ store: { deadLetters } }) => [
    deadLetters.list(1001, { limit: 5, offset: 0 }),
    deadLetters.countOf(1001),
    deadLetters.leftBehind(1001),
  ],
  "lists who is bound": ({ store: { bindings } }) => bindings.list(),
  "asks where to poll from": ({ store: { bots } }) => bots.offset(),
  "gives a person's messages their turn": ({ store: { jobs } }) =>
    jobs.release(1001, { server: SERVER, account: "users/alice" }),
};

/** Each text that SQLite was given while `work` ran, in a store that was opened in it. */
function sqlOf(work: () => void): Set<string> {
  const seen = new Set<string>();
  const { prepare, query } = Database.prototype;
  Database.prototype.prepare = function (this: Database, sql: string, ...rest: never[]) {
    seen.add(sql);
    return prepare.call(this, sql, ...rest);
  } as typeof prepare;
  Database.prototype.query = function (this: Database, sql: string) {
    seen.add(sql);
    return query.call(this, sql);
  } as typeof query;
  try {
    work();
  } finally {
    Object.assign(Database.prototype, { prepare, query });
  }
  return seen;
}

describe("what is done all the time", () => {
  test("reads no table whole that grows with every message, or with every person", () => {
    using world = storeWorld();
    grow(world, 20, 20);
    world.bind();
    world.reopen();
    world.store.jobs.recover();
    // What these run is looked at when the world is closed, as in each test.
    for (const work of Object.values(HOT)) work(world);
    const { statements } = world.store.database;
    const names = Object.getOwnPropertyNames(statements) as (keyof typeof statements)[];
    const prepared = names.map((name) => statements[name].getQuery().sql);
    expect(prepared.length).toBeGreaterThan(20);
    expect(prepared.flatMap(wholeReads)).toEqual([]);
  });

  test.each([
    "SELECT id FROM jobs WHERE memo_name = ?",
    "SELECT one.seq FROM updates AS one WHERE payload IS NULL",
    "SELECT 1 FROM updates WHERE update_id = ? AND chat_key IN (SELECT id FROM chats WHERE bot_id = ?)",
  ])("would be seen to: %s", (sql) => {
    expect(wholeReads(sql)).not.toEqual([]);
  });

  test("takes no longer for what is done", () => {
    const [few, many] = [storeWorld(), storeWorld()];
    grow(few, 500, 200);
    grow(many, 50_000, 200);
    for (const world of [few, many]) {
      world.reopen();
      world.bind();
      // Looks through what is there once.
      for (const work of Object.values(HOT)) work(world);
      prune(world, 1, 1);
    }
    for (const [what, work] of Object.entries(HOT)) {
      const [short, long] = [leastCpuMs(() => work(few)), leastCpuMs(() => work(many))];
      expect(long, `${what}: ${short.toFixed(3)} ms, then ${long.toFixed(3)} ms`).toBeLessThan(
        Math.max(10 * short, 1),
      );
    }
    few[Symbol.dispose]();
    many[Symbol.dispose]();
  }, 60_000);
});

describe("a list of the API and of the command line", () => {
  /** How SQLite goes about what `work` reads. */
  function planOf(world: StoreWorld, work: () => unknown): string[] {
    const second = new Database(databasePath(world.dataDir), { readonly: true });
    const plan = [...sqlOf(() => void work())].flatMap((sql) =>
      second
        .query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => detail),
    );
    second.close();
    return plan;
  }

  const BY_SEQ = ["updates USING INTEGER PRIMARY KEY (rowid>?)"];
  /** What is looked up first, in the order of the list. */
  const LOOKED_UP = ["updates USING INTEGER PRIMARY KEY (rowid=?)"];
  const OF_JOB = "one USING COVERING INDEX updates_of_job (job_id=?)";
  const OF_CHAT = "one USING COVERING INDEX updates_of_message (chat_key=?)";
  for (const [state, chat_id, ...from] of [
    [null, null, ...BY_SEQ],
    [
      null,
      1_001,
      ...LOOKED_UP,
      OF_CHAT,
      "chats USING COVERING INDEX chats_identity (bot_id=? AND chat_id=?)",
    ],
    ["done", null, ...BY_SEQ],
    [
      "done",
      1_001,
      ...LOOKED_UP,
      OF_CHAT,
      "chats USING COVERING INDEX chats_identity (bot_id=? AND chat_id=?)",
    ],
    ["waiting", null, ...LOOKED_UP, "jobs USING COVERING INDEX jobs_unfinished", OF_JOB],
    ["waiting", 1_001, ...LOOKED_UP, "jobs USING COVERING INDEX jobs_unfinished", OF_JOB],
    ["dead", null, ...LOOKED_UP, "jobs USING COVERING INDEX jobs_dead", OF_JOB],
    ["dead", 1_001, ...LOOKED_UP, "jobs USING COVERING INDEX jobs_dead", OF_JOB],
    ["working", null, ...LOOKED_UP, "jobs USING INTEGER PRIMARY KEY (rowid=?)", OF_JOB],
    ["working", 1_001, ...LOOKED_UP, "jobs USING INTEGER PRIMARY KEY (rowid=?)", OF_JOB],
  ] as const) {
    for (const after of [null, 3]) {
      test(`of updates, state ${state}, chat ${chat_id}, after ${after}, is read from an index`, () => {
        using world = storeWorld();
        grow(world, 5, 5);
        world.reopen();
        world.lease();
        const plan = planOf(world, () => world.store.updates.list({ state, chat_id }, { limit: 2, after }));
        const read = plan.flatMap((detail) => /^(?:SEARCH|SCAN) (.*)/.exec(detail)?.[1] ?? []);
        const joined = ["jobs", "chats"].map((table) => `${table} USING INTEGER PRIMARY KEY (rowid=?)`);
        // Of a chat that is named the index holds all that is read of it.
        const ofChat = "chats USING COVERING INDEX chats_identity (bot_id=? AND chat_id=? AND rowid=?)";
        expect(read).toEqual([...from, ...(chat_id === null ? joined : [joined[0] ?? "", ofChat])]);
        // But for a chat: the first of its entries in the index are picked out.
        const isPicked = state === null && chat_id !== null;
        expect(plan.filter((detail) => detail.includes("TEMP B-TREE"))).toHaveLength(isPicked ? 1 : 0);
      });
    }
  }

  test("of bindings, and one update by its id, too", () => {
    using world = storeWorld();
    grow(world, 5, 5);
    world.reopen();
    expect(planOf(world, () => world.store.bindings.list({ limit: 2, after: 3 }))).toEqual([
      "SEARCH bindings USING INTEGER PRIMARY KEY (rowid>?)",
      "SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?)",
    ]);
    expect(planOf(world, () => world.store.updates.get("7"))[0]).toBe(
      "SEARCH updates USING INDEX updates_identity (update_id=?)",
    );
  });
});

/** Of fifteen times the one in which the machine did least besides. */
const leastCpuMs = (work: () => unknown) => Math.min(...Array.from({ length: 15 }, () => cpuMsOf(work)));
