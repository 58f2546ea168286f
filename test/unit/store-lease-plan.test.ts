import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import type { SqlValue } from "../../src/store/db/sqlite.ts";
import { BOT_ID, type StoreWorld, storeWorld } from "../support/store.ts";

const DONE = 10_000;
const WAITING = 5_000;
const CHATS = 50;

/** A store as it is after a while: much is done, and a backlog waits. */
function grownWorld(): StoreWorld {
  const world = storeWorld();
  const { sqlite } = world.store.database;
  const insert = (id: number, state: string, more: { aside?: number; waiting_for?: string | null } = {}) =>
    sqlite.run(
      `INSERT INTO jobs (id, bot_id, kind, job_key, queue, lane, chat_id, message_id, state, outcome, aside, waiting_for, created_at, done_at)
       VALUES (?, ?, 'message', ?, 'messages', ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
      id,
      BOT_ID,
      String(id),
      String(1000 + (id % CHATS)),
      1000 + (id % CHATS),
      id,
      state,
      state === "done" ? "saved" : null,
      more.aside ?? 0,
      more.waiting_for ?? null,
      state === "done" ? 1 : null,
    );
  world.store.database.durable(() => {
    for (let id = 1; id <= DONE; id += 1) insert(id, "done");
    for (let id = DONE + 1; id <= DONE + WAITING; id += 1) insert(id, "waiting");
  });
  return world;
}

/** What SQLite intends for what is asked of each lane. */
function plan(world: StoreWorld): string[] {
  const { sql } = world.store.database.statements.next.getQuery();
  // On a connection of its own: Bun leaves a statement that explains open, and the store could not be closed.
  const second = new Database(world.store.database.path, { readonly: true });
  const rows = second
    .query<{ detail: string }, SqlValue[]>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(BOT_ID, "messages", "1001", 1);
  second.close();
  return rows.map(({ detail }) => detail);
}

describe("the lease query, with 10,000 done and 5,000 waiting jobs", () => {
  test("finds its job by the partial index of unfinished ones, and sorts nothing", () => {
    using world = grownWorld();
    const lines = plan(world).filter((line) => /jobs|SORT|B-TREE/i.test(line));
    expect(lines).toEqual([
      expect.stringMatching(
        /^SEARCH jobs USING INDEX jobs_unfinished \(bot_id=\? AND queue=\? AND lane=\? AND aside=\?/,
      ),
    ]);
  });

  test("looks at one job a lane: a lease takes no longer for what waits behind", () => {
    using world = grownWorld();
    const leased = world.leasable();
    expect(leased).toEqual(Array.from({ length: CHATS }, (_, at) => DONE + 1 + at));
  });

  test("goes past thousands that wait for a binding", () => {
    using world = grownWorld();
    world.store.database.sqlite.run(
      "UPDATE jobs SET waiting_for = 'binding' WHERE state = 'waiting' AND id % 50 < 49",
    );
    expect(world.leasable()).toHaveLength(1);
  });
});
