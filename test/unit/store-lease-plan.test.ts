import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import type { SqlValue } from "../../src/store/db/sqlite-bun.ts";
import { cpuMsOf } from "../support/property.ts";
import { type StoreWorld, storeWorld } from "../support/store.ts";

const DONE = 10_000;
const WAITING = 5_000;
const CHATS = 50;

/** A store as it is after a while: much is done, and a backlog waits. */
function grownWorld(): StoreWorld {
  const world = storeWorld();
  const { sqlite } = world.store.database;
  const insert = (id: number, state: string, more: { aside?: number; waiting_for?: string | null } = {}) =>
    sqlite.run(
      `INSERT INTO jobs (id, chat_key, kind, job_key, queue, lane, message_id, state, outcome, waiting_for, created_at, done_at)
       VALUES (?1, ?2, 'message', ?1, 'messages', ?3, ?1, ?4, ?5, ?6, 0, ?7)`,
      id,
      1 + (id % CHATS),
      more.aside ? -id : 1 + (id % CHATS),
      state,
      state === "done" ? "saved" : null,
      more.waiting_for ?? null,
      state === "done" ? 1 : null,
    );
  for (let id = 0; id < CHATS; id += 1) world.store.chats.keyOf(1000 + id);
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
  const rows = second.query<{ detail: string }, SqlValue[]>(`EXPLAIN QUERY PLAN ${sql}`).all("messages", 2);
  second.close();
  return rows.map(({ detail }) => detail);
}

describe("the lease query, with 10,000 done and 5,000 waiting jobs", () => {
  test("finds its job by the partial index of unfinished ones, and sorts nothing", () => {
    using world = grownWorld();
    const lines = plan(world).filter((line) => /jobs|SORT|B-TREE/i.test(line));
    expect(lines).toEqual([
      expect.stringMatching(/^SEARCH jobs USING INTEGER PRIMARY KEY/),
      // No part of those that wait for a binding is read.
      expect.stringMatching(
        /^SEARCH jobs USING (COVERING )?INDEX jobs_unfinished \(queue=\? AND lane=\? AND <expr>=\?\)$/,
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

  test("takes no longer in a lane in which ten thousand wait for one", () => {
    using world = grownWorld();
    const { jobs, database } = world.store;
    database.sqlite.run(
      "UPDATE jobs SET lane = 7, state = 'waiting', waiting_for = 'binding' WHERE id <= ?",
      DONE,
    );
    database.sqlite.run("UPDATE jobs SET lane = 8 WHERE state = 'waiting' AND waiting_for IS NULL");
    const looks = (lane: number) =>
      cpuMsOf(() => Array.from({ length: 50 }, () => jobs.next("messages", lane))) / 50;
    looks(7);
    expect(looks(7)).toBeLessThan(1);
    database.sqlite.run("UPDATE jobs SET lane = 7 WHERE id = ?", DONE + 1);
    expect(jobs.next("messages", 7)).toMatchObject({ item: { id: DONE + 1 } });
    expect(looks(7)).toBeLessThan(1);
  });
});
