import type { Database } from "../db/database.ts";

const NONE = { waiting: 0, working: 0, dead: 0, saved: 0, handled: 0, ignored: 0, discarded: 0 };

/** Each by an index of its own: the rows themselves are not read. */
const COUNTED = ["state = 'done'", "state = 'dead'", "state = 'waiting'"];

/**
 * How many jobs of a bot there are. All of them are looked at once, when it is first asked for; from then on this
 * connection, the only one that writes, keeps count beside its changes, in tables that are gone when it closes.
 */
export function createJobCounts(
  { sqlite }: Database,
  botId: number,
  atWork: () => ReadonlySet<number>,
): () => typeof NONE {
  let counting = false;
  const ofBot = (row: string) => `${row}.chat_key IN (SELECT id FROM chats WHERE bot_id = ${botId})`;

  function begin(): void {
    const counts = COUNTED.map(
      (which) => `
        SELECT ${end("jobs")}, count(*) FROM jobs WHERE ${which} AND ${ofBot("jobs")} GROUP BY 1`,
    );
    sqlite.exec(`
      PRAGMA temp_store = MEMORY;
      CREATE TEMP TABLE job_counts (end TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID;
      INSERT INTO job_counts ${counts.join(" UNION ALL")};
      CREATE TEMP TRIGGER job_made AFTER INSERT ON jobs WHEN ${ofBot("new")} BEGIN ${add("new", 1)} END;
      CREATE TEMP TRIGGER job_gone AFTER DELETE ON jobs WHEN ${ofBot("old")} BEGIN ${add("old", -1)} END;
      CREATE TEMP TRIGGER job_changed AFTER UPDATE OF state, outcome ON jobs WHEN ${ofBot("new")}
        BEGIN ${add("old", -1)} ${add("new", 1)} END;`);
    counting = true;
  }

  return () => {
    if (!counting) begin();
    const rows = sqlite.all<{ end: keyof typeof NONE; count: number }>("SELECT end, count FROM job_counts");
    const counts = { ...NONE, ...Object.fromEntries(rows.map(({ end, count }) => [end, count])) };
    const working = atWork().size;
    return { ...counts, working, waiting: counts.waiting - working };
  };
}

/** The outcome of a job that is done, the state of any other. */
const end = (row: string) => `iif(${row}.state = 'done', coalesce(${row}.outcome, 'handled'), ${row}.state)`;

const add = (row: "old" | "new", by: 1 | -1) =>
  `INSERT INTO job_counts VALUES (${end(row)}, ${by}) ON CONFLICT DO UPDATE SET count = count + ${by};`;
