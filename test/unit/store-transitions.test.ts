import { describe, expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import type { Job } from "../../src/store/db/rows.ts";
import { jobs } from "../../src/store/db/schema.ts";
import { createJobs, type Jobs, type Lease } from "../../src/store/queue/jobs.ts";
import { createTransitions, type Transitions, type Turn } from "../../src/store/queue/transitions.ts";
import { ALICE, BOT_ID, must, SERVER, type StoreWorld, storeWorld, update } from "../support/store.ts";

const WRITTEN = { main: "h", at: null, rest: {}, files: {} };
const ACCOUNT = { server: SERVER, account: "users/alice" };
const MEMO = "memos/m1";

/** What a job says in each of the states that it can be in. */
const STATES = {
  "open album": { state: "waiting", waiting_for: "album" },
  waiting: { state: "waiting" },
  "tried without success": {
    state: "waiting",
    waiting_for: "retry",
    attempts: 3,
    first_failed_at: 5,
    lane: -17,
  },
  "waiting for a binding": { state: "waiting", waiting_for: "binding", reason: "token_refused" },
  "waiting for the second refusal": { state: "waiting", waiting_for: "retry", reason: "token_refused" },
  "tried once": { state: "waiting", attempts: 1, requested_action: "save" },
  saved: { state: "done", outcome: "saved", memo_name: MEMO, done_at: 7, attempts: 2 },
  "saved in part": { state: "done", outcome: "saved", memo_name: MEMO, reason: "unknown_part", done_at: 7 },
  "changed in Memos": {
    state: "done",
    outcome: "saved",
    memo_name: MEMO,
    reason: "memo_changed",
    done_at: 7,
  },
  ignored: { state: "done", outcome: "ignored", reason: "not_private", done_at: 7 },
  discarded: { state: "done", outcome: "discarded", done_at: 7, done_by: "telegram:1" },
  dead: { state: "dead", reason: "refused_by_memos", detail: "no", attempts: 2 },
  unknown: { state: "dead", reason: "unknown_kind", detail: "what is this?" },
} as const satisfies Record<string, Partial<Job>>;

type State = keyof typeof STATES;

const ALL = Object.keys(STATES) as State[];
const WAITING = ALL.filter((name) => STATES[name].state === "waiting");
const SAVED: State[] = ["saved", "saved in part", "changed in Memos"];
const DEAD: State[] = ["dead", "unknown"];

/** Nothing is left of earlier tries. */
const ANEW = {
  state: "waiting",
  outcome: null,
  waiting_for: null,
  attempts: 0,
  first_failed_at: null,
  done_at: null,
};

interface Given {
  readonly transitions: Transitions;
  readonly jobs: Jobs;
  readonly job: Job;
  /** Begins the work on it. */
  begin(): Lease;
  readonly now: number;
  /** The lanes of which it was told that there is something to do. */
  readonly rung: readonly Turn[];
}

/** Each transition: what it is called with, the states that it begins in, and what the row says after it. */
const TRANSITIONS: Record<
  string,
  {
    run(given: Given): unknown;
    from: readonly State[];
    to(given: Given): Partial<Record<keyof Job, unknown>>;
  }
> = {
  finish: {
    run: ({ jobs, begin }) =>
      jobs.finish(begin(), {
        outcome: "saved",
        memo_name: MEMO,
        reason: "unknown_part",
        written: WRITTEN,
        covered: 99,
      }),
    from: WAITING,
    to: ({ now }) => ({
      state: "done",
      outcome: "saved",
      waiting_for: null,
      memo_name: MEMO,
      reason: "unknown_part",
      detail: null,
      written: WRITTEN,
      covered: 99,
      done_at: now,
      requested_action: null,
    }),
  },
  "finish while something newer is there": {
    run: ({ jobs, begin }) =>
      jobs.finish(begin(), { outcome: "saved", memo_name: MEMO, written: WRITTEN, covered: 0 }),
    from: WAITING,
    to: ({ now }) => ({
      ...ANEW,
      memo_name: MEMO,
      written: WRITTEN,
      requested_action: null,
      began_at: now,
    }),
  },
  "bury while something newer is there": {
    run: ({ jobs, begin }) => jobs.bury(begin(), { ...WHY, covered: 0 }),
    from: WAITING,
    to: ({ now }) => ({ ...ANEW, began_at: now }),
  },
  "putOff for a try that counts": {
    run: ({ jobs, begin }) => jobs.putOff(begin(), { ...LATER, waiting_for: "retry", attempt: true }),
    from: WAITING,
    to: ({ job, now }) => ({
      state: "waiting",
      waiting_for: "retry",
      ...WHY,
      attempts: job.attempts + 1,
      first_failed_at: job.first_failed_at ?? now,
      began_at: now,
    }),
  },
  "putOff until a server is back": {
    run: ({ jobs, begin }) => jobs.putOff(begin(), { ...LATER, waiting_for: "memos" }),
    from: WAITING,
    to: ({ now }) => ({ state: "waiting", waiting_for: "memos", ...WHY, began_at: now }),
  },
  "putOff, aside": {
    run: ({ jobs, begin }) => jobs.putOff(begin(), { ...LATER, waiting_for: "retry", aside: true }),
    from: WAITING,
    to: ({ job, now }) => ({
      state: "waiting",
      waiting_for: "retry",
      ...WHY,
      lane: ownLane(job),
      began_at: now,
    }),
  },
  "putOff before any call": {
    run: ({ jobs, begin }) => jobs.putOff(begin(), { ...LATER, waiting_for: "binding", untouched: true }),
    from: WAITING,
    to: () => ({ state: "waiting", waiting_for: "binding", ...WHY }),
  },
  handBack: {
    run: ({ jobs, begin }) => jobs.handBack(begin()),
    from: WAITING,
    to: ({ now }) => ({ state: "waiting", waiting_for: null, began_at: now }),
  },
  bury: {
    run: ({ jobs, begin }) => jobs.bury(begin(), { reason: "slow_text", detail: "why" }),
    from: WAITING,
    to: ({ now }) => ({
      state: "dead",
      waiting_for: null,
      reason: "slow_text",
      detail: "why",
      began_at: now,
    }),
  },
  replay: {
    run: ({ transitions, job }) => transitions.replay(eq(jobs.id, job.id), "save"),
    from: DEAD,
    to: ({ job }) => ({ ...ANEW, lane: job.chat_key, reason: null, detail: null, requested_action: "save" }),
  },
  "requestAction to overwrite": {
    run: ({ transitions, job }) => transitions.requestAction(job.id, "overwrite", MEMO),
    from: ["changed in Memos"],
    to: ({ job }) => ({ ...ANEW, lane: ownLane(job), requested_action: "overwrite" }),
  },
  "requestAction to save again": {
    run: ({ transitions, job }) => transitions.requestAction(job.id, "save_again", MEMO),
    from: SAVED,
    to: ({ job }) => ({ ...ANEW, lane: ownLane(job), requested_action: "save_again" }),
  },
  discard: {
    run: ({ transitions, job }) => transitions.discard(eq(jobs.id, job.id), "telegram:2"),
    from: DEAD,
    to: ({ now }) => ({ state: "done", outcome: "discarded", done_by: "telegram:2", done_at: now }),
  },
  reopen: {
    run: ({ transitions, job }) => transitions.reopen(job, { form: null }),
    from: [...SAVED, ...DEAD],
    to: () => ANEW,
  },
  "reopen for an edit": {
    run: ({ transitions, job }) => transitions.reopen(job, { form: null, aside: true, pauseMs: 50 }),
    from: [...SAVED, ...DEAD],
    to: ({ job }) => ({ ...ANEW, lane: ownLane(job) }),
  },
  albumWasAddressed: {
    run: ({ transitions, job }) => transitions.albumWasAddressed(job),
    from: ["ignored"],
    to: () => ({ state: "waiting", outcome: null, done_at: null, reason: null }),
  },
  release: {
    run: ({ transitions }) => transitions.release(ALICE, ACCOUNT),
    from: ["waiting for a binding", "waiting for the second refusal"],
    to: () => ({ waiting_for: null, reason: null, detail: null }),
  },
  "release of another account": {
    run: ({ transitions }) => transitions.release(ALICE, { ...ACCOUNT, account: "users/bob" }),
    from: [],
    to: () => ({}),
  },
  "buryForLeftAccounts while bound to this account": {
    run: ({ transitions }) => transitions.buryForLeftAccounts(),
    from: [],
    to: () => ({}),
  },
  noteVersion: {
    run: ({ transitions, job }) => transitions.noteVersion(`${job.id}`),
    from: ["unknown", "saved in part"],
    to: ({ job }) => ({ ...ANEW, lane: ownLane(job) }),
  },
  "replaceTokens, where it brings none": {
    run: ({ transitions }) => transitions.replaceTokens(ALICE, Number.MAX_SAFE_INTEGER),
    from: [],
    to: () => ({}),
  },
  recover: {
    run: ({ transitions }) => transitions.recover(),
    from: ["waiting for a binding"],
    to: () => ({ waiting_for: null }),
  },
  moveLanes: {
    run: ({ transitions, job }) => transitions.moveLanes(job.chat_key, 100),
    from: WAITING.filter((name) => name !== "tried without success"),
    to: () => ({ lane: 100 }),
  },
};

const WHY = { reason: "failed", detail: "why" };
const LATER = { ...WHY, pauseMs: 50 };

const ownLane = ({ id }: Job) => -id;

const read = (world: StoreWorld, id: number) => must(world.store.jobs.get(id));

/** A message of Alice, whose job is in a state. */
function given(world: StoreWorld, state: State): Given {
  const { store, clock } = world;
  world.bind();
  world.accept([update()]);
  const { id } = must(world.all<{ id: number }>("SELECT max(id) AS id FROM jobs")[0]);
  const columns = Object.entries(STATES[state]);
  store.database.sqlite.run(
    `UPDATE jobs SET ${columns.map(([name]) => `${name} = ?`).join(", ")} WHERE id = ?`,
    ...columns.map(([, value]) => (typeof value === "boolean" ? Number(value) : value)),
    id,
  );
  const rung: Turn[] = [];
  const ring = ({ queue, lane }: Turn) => rung.push({ queue, lane });
  const encryption = { seal: String, open: String };
  const context = { database: store.database, encryption, clock, botId: BOT_ID };
  const transitions = createTransitions(context, ring);
  const jobs = createJobs(context, { outbox: store.outbox, transitions, attempted: () => undefined });
  const job = read(world, id);
  return { transitions, jobs, job, begin: () => jobs.lease(job).lease, now: clock.now(), rung };
}

describe("a job", () => {
  for (const [name, { run, from, to }] of Object.entries(TRANSITIONS)) {
    test(`${name}: begins in ${from.join(", ") || "none of the states"}`, () => {
      using world = storeWorld();
      for (const state of ALL) {
        const before = given(world, state);
        run(before);
        const after = read(world, before.job.id);
        expect([state, after]).toEqual([
          state,
          from.includes(state) ? ({ ...before.job, ...to(before) } as Job) : before.job,
        ]);
        const mayGoOn = after.state === "waiting" && from.includes(state) && name !== "recover";
        if (mayGoOn) expect(before.rung).toContainEqual({ queue: after.queue, lane: after.lane });
      }
    });
  }

  test("is given up while it waits once its person is bound to another account", () => {
    for (const state of WAITING) {
      using world = storeWorld();
      const { transitions, job } = given(world, state);
      world.bind(ALICE, "users/bob");
      expect(transitions.buryForLeftAccounts()).toBe(1);
      const reason = "other_account";
      expect(read(world, job.id)).toMatchObject({ state: "dead", waiting_for: null, reason });
    }
    for (const state of ALL.filter((name) => !WAITING.includes(name))) {
      using world = storeWorld();
      const { transitions, job } = given(world, state);
      world.bind(ALICE, "users/bob");
      expect(transitions.buryForLeftAccounts()).toBe(0);
      expect(read(world, job.id)).toEqual(job);
    }
  });

  test("is left alone by what is for those that wait, while it is at work", () => {
    for (const state of WAITING) {
      using world = storeWorld();
      const { transitions, job, begin } = given(world, state);
      begin();
      transitions.moveLanes(job.lane, 100);
      expect(transitions.release(ALICE, ACCOUNT)).toBe(0);
      world.bind(ALICE, "users/bob");
      expect(transitions.buryForLeftAccounts()).toBe(0);
      expect(read(world, job.id)).toEqual(job);
    }
  });

  test("whose token waits is done when something later takes its place", () => {
    for (const state of ALL) {
      using world = storeWorld();
      const { transitions, job, now } = given(world, state);
      world.store.database.sqlite.exec("UPDATE jobs SET queue = 'commands', reason = 'token_waits'");
      const open = job.state === "waiting";
      expect(transitions.replaceTokens(ALICE, job.id)).toBe(false);
      expect(transitions.replaceTokens(ALICE, job.id + 1)).toBe(open);
      if (!open) continue;
      const done = { state: "done", outcome: "handled", waiting_for: null, reason: "replaced", done_at: now };
      expect(read(world, job.id)).toMatchObject(done);
    }
  });

  test("is forgotten with its updates, once and while it is at work", () => {
    for (const state of WAITING) {
      using world = storeWorld();
      const { jobs, job, begin } = given(world, state);
      const lease = begin();
      jobs.forget(lease);
      expect(world.all("SELECT id FROM jobs UNION ALL SELECT seq FROM updates")).toEqual([]);
      jobs.forget(lease);
      expect(jobs.next("messages", job.lane)).toBeUndefined();
    }
  });

  test("exists once for a task", () => {
    using world = storeWorld();
    const { transitions, job } = given(world, "dead");
    const { kind, job_key, queue, lane, chat_key } = job;
    const same = { kind, job_key, queue, lane, chat_key, state: "waiting", created_at: 1 } as const;
    expect(transitions.create(same)).toBeUndefined();
    expect(transitions.create({ ...same, job_key: "another" })).toBeGreaterThan(job.id);
    expect(read(world, job.id)).toEqual(job);
  });
});

test("what earlier tries wrote is still recognised by its form when a dead job is reopened", () => {
  for (const [state, memos] of [
    ["dead", "0.27.1"],
    ["saved", "0.28.0"],
  ] as const) {
    using world = storeWorld();
    const { transitions, job } = given(world, state);
    world.store.database.sqlite.run(`UPDATE jobs SET form = '{"limit":8192,"memos":"0.27.1"}'`);
    transitions.reopen(job, { form: { limit: 8192, memos: "0.28.0" } });
    expect(read(world, job.id).form).toEqual({ limit: 8192, memos });
  }
});

test("what comes to a finished job is written by the rules of then", () => {
  using world = storeWorld();
  const { jobs, job, begin } = given(world, "waiting");
  world.store.database.sqlite.run(`UPDATE jobs SET form = '{"limit":8192,"memos":"0.27.1"}'`);
  jobs.finish(begin(), { outcome: "saved", memo_name: MEMO, rest: { ...LATER, waiting_for: "retry" } });
  expect(read(world, job.id).form).not.toBeNull();
  jobs.finish(begin(), { outcome: "saved", memo_name: MEMO });
  expect(read(world, job.id).form).toBeNull();
});

test("how often a server was waited for is forgotten once a try counts, or the message is saved", () => {
  using world = storeWorld();
  const { transitions, jobs, job, begin } = given(world, "waiting");
  const waitSixTimes = () => {
    for (let tries = 0; tries < 6; tries += 1) jobs.putOff(begin(), { ...LATER, waiting_for: "telegram" });
    expect(jobs.lease(job).snoozes).toBe(6);
  };
  waitSixTimes();
  jobs.putOff(begin(), { ...LATER, waiting_for: "retry", attempt: true });
  expect(jobs.lease(job).snoozes).toBe(0);
  waitSixTimes();
  jobs.finish(begin(), { outcome: "saved", memo_name: MEMO });
  transitions.reopen(job, { form: null });
  expect(jobs.lease(job).snoozes).toBe(0);
});

test("a job that was put off rests for as long as it was told, and not beyond what gives it its turn", async () => {
  using world = storeWorld();
  const { transitions, jobs, job, begin } = given(world, "waiting");
  jobs.putOff(begin(), { ...LATER, waiting_for: "retry", reason: "token_refused", pauseMs: 60_000 });
  await world.clock.advance(20_000);
  expect(jobs.next("messages", job.lane)).toEqual({ inMs: 40_000 });
  transitions.release(ALICE, ACCOUNT);
  expect(jobs.next("messages", job.lane)).toMatchObject({ item: { id: job.id } });
});
