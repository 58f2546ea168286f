import type { StoreContext } from "../db/database.ts";
import type { StoredState } from "../db/schema.ts";

/**
 * Kept by this connection alone, in its memory. Of what is done there may be a million: they are the rest of all jobs,
 * which SQLite counts along an index.
 */
const COUNTING = `
  CREATE TEMP TABLE job_counts (bot_id INTEGER, state TEXT, count INTEGER, PRIMARY KEY (bot_id, state)) WITHOUT ROWID;
  INSERT INTO job_counts
    WITH states (state) AS (VALUES ('waiting'), ('dead'), ('done')),
      unfinished (bot_id, state) AS (SELECT bot_id, state FROM jobs JOIN chats ON chats.id = chat_key
        WHERE state = 'waiting' UNION ALL
        SELECT bot_id, state FROM jobs JOIN chats ON chats.id = chat_key WHERE state = 'dead'),
      of_chats (chat_key, count) AS (SELECT chat_key, count(*) FROM jobs GROUP BY chat_key)
    SELECT bots.bot_id, states.state, iif(states.state = 'done',
      (SELECT coalesce(sum(count), 0) FROM of_chats JOIN chats ON chats.id = chat_key WHERE bot_id = bots.bot_id)
        - (SELECT count(*) FROM unfinished WHERE bot_id = bots.bot_id),
      (SELECT count(*) FROM unfinished WHERE bot_id = bots.bot_id AND unfinished.state = states.state))
    FROM bots, states;
  CREATE TEMP TRIGGER job_made AFTER INSERT ON jobs BEGIN
    UPDATE job_counts SET count = count + 1
      WHERE state = new.state AND bot_id = (SELECT bot_id FROM chats WHERE id = new.chat_key);
  END;
  CREATE TEMP TRIGGER job_moved AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
    UPDATE job_counts SET count = count + iif(state = new.state, 1, -1)
      WHERE state IN (old.state, new.state) AND bot_id = (SELECT bot_id FROM chats WHERE id = new.chat_key);
  END;
  CREATE TEMP TRIGGER job_gone AFTER DELETE ON jobs BEGIN
    UPDATE job_counts SET count = count - 1
      WHERE state = old.state AND bot_id = (SELECT bot_id FROM chats WHERE id = old.chat_key);
  END`;

/** How many jobs of this bot are in each state: counted when somebody first asks, and kept from then on. */
export function createJobCounts({ database: { sqlite }, botId }: StoreContext) {
  return (): Record<StoredState, number> => {
    const isKept = sqlite.get("SELECT 1 FROM temp.sqlite_master WHERE name = 'job_counts'");
    if (!isKept) sqlite.exec(COUNTING);
    const rows = sqlite.all<{ state: StoredState; count: number }>(
      "SELECT state, count FROM temp.job_counts WHERE bot_id = ?",
      botId,
    );
    return {
      waiting: 0,
      dead: 0,
      done: 0,
      ...Object.fromEntries(rows.map(({ state, count }) => [state, count])),
    };
  };
}
