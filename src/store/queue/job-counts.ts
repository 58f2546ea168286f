import type { JobOutcome } from "../../domain/job.ts";
import type { Database } from "../db/database.ts";
import type { StoredState } from "../db/schema.ts";

export interface JobCounts {
  waiting: number;
  working: number;
  dead: number;
  saved: number;
  handled: number;
  ignored: number;
  discarded: number;
}

/**
 * How many jobs of a bot there are. All of them are looked at once, when it is first asked for; from then on this
 * connection, the only one that writes, keeps count beside its changes, in tables that are gone when it closes.
 */
export function createJobCounts(
  { sqlite }: Database,
  botId: number,
  atWork: () => ReadonlySet<number>,
): () => JobCounts {
  let counting = false;
  const ofBot = (row: string) => `${row}.chat_key IN (SELECT id FROM chats WHERE bot_id = ${botId})`;

  function begin(): void {
    sqlite.exec(`
        PRAGMA temp_store = MEMORY;
        CREATE TEMP TABLE job_counts (state TEXT, outcome TEXT, count INTEGER, PRIMARY KEY (state, outcome)) WITHOUT ROWID;
        INSERT INTO job_counts ${COUNTED.map(
          (which) => `
          SELECT state, coalesce(outcome, ''), count(*) FROM jobs WHERE ${which} AND ${ofBot("jobs")} GROUP BY 1, 2`,
        ).join(" UNION ALL")};
        CREATE TEMP TRIGGER job_made AFTER INSERT ON jobs WHEN ${ofBot("new")} BEGIN ${add("new", 1)} END;
        CREATE TEMP TRIGGER job_gone AFTER DELETE ON jobs WHEN ${ofBot("old")} BEGIN ${add("old", -1)} END;
        CREATE TEMP TRIGGER job_changed AFTER UPDATE OF state, outcome ON jobs WHEN ${ofBot("new")}
          BEGIN ${add("old", -1)} ${add("new", 1)} END;`);
    counting = true;
  }

  return () => {
    if (!counting) begin();
    const counts: JobCounts = {
      waiting: 0,
      working: 0,
      dead: 0,
      saved: 0,
      handled: 0,
      ignored: 0,
      discarded: 0,
    };
    const rows = sqlite.all<{ state: StoredState; outcome: JobOutcome | ""; count: number }>(
      "SELECT state, outcome, count FROM job_counts",
    );
    for (const { state, outcome, count } of rows) {
      counts[state === "done" ? outcome || "handled" : state] += count;
    }
    counts.working = atWork().size;
    counts.waiting -= counts.working;
    return counts;
  };
}

/** Each by an index of its own: the rows themselves are not read. */
const COUNTED = ["state = 'done'", "state = 'dead'", "state = 'waiting'"];

const add = (row: "old" | "new", by: 1 | -1) =>
  `INSERT INTO job_counts VALUES (${row}.state, coalesce(${row}.outcome, ''), ${by})
     ON CONFLICT DO UPDATE SET count = count + ${by};`;
