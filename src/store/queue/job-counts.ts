import type { StoreContext } from "../db/database.ts";
import type { StoredState } from "../db/schema.ts";

/**
 * Kept by this connection alone, in its memory. Of what is done there may be a million: they are the rest of all jobs,
 * which SQLite counts by the pages of an index, without a look at its entries.
 */
function countingOf(botId: number): string {
  const count = (what: string) =>
    `SELECT count(*) FROM jobs WHERE ${what} AND +chat_key IN (SELECT id FROM chats WHERE bot_id = ${botId})`;
  const isOfBot = (job: "new" | "old") => `(SELECT bot_id FROM chats WHERE id = ${job}.chat_key) = ${botId}`;
  return `
    CREATE TEMP TABLE job_counts (state TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID;
    INSERT INTO job_counts VALUES ('waiting', (${count("state = 'waiting'")})), ('dead', (${count("state = 'dead'")}));
    INSERT INTO job_counts VALUES ('done', (SELECT count(*) FROM jobs)
      - (SELECT count(*) FROM jobs WHERE chat_key IN (SELECT id FROM chats WHERE bot_id <> ${botId}))
      - (SELECT sum(count) FROM job_counts));
    CREATE TEMP TRIGGER job_made AFTER INSERT ON jobs BEGIN
      UPDATE job_counts SET count = count + 1 WHERE state = new.state AND ${isOfBot("new")};
    END;
    CREATE TEMP TRIGGER job_moved AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
      UPDATE job_counts SET count = count + iif(state = new.state, 1, -1)
        WHERE state IN (old.state, new.state) AND ${isOfBot("new")};
    END;
    CREATE TEMP TRIGGER job_gone AFTER DELETE ON jobs BEGIN
      UPDATE job_counts SET count = count - 1 WHERE state = old.state AND ${isOfBot("old")};
    END`;
}

/** How many jobs of this bot are in each state: counted when somebody first asks, and kept from then on. */
export function createJobCounts({ database: { sqlite }, botId }: StoreContext) {
  return (): Record<StoredState, number> => {
    const isKept = sqlite.get("SELECT 1 FROM temp.sqlite_master WHERE name = 'job_counts'");
    if (!isKept) sqlite.exec(countingOf(botId));
    const rows = sqlite.all<{ state: StoredState; count: number }>(
      "SELECT state, count FROM temp.job_counts",
    );
    return {
      waiting: 0,
      dead: 0,
      done: 0,
      ...Object.fromEntries(rows.map(({ state, count }) => [state, count])),
    };
  };
}
