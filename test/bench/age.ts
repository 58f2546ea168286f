// What years of use cost: a million jobs that are done, put there by SQL.
import { Database } from "bun:sqlite";
import { databasePath } from "../../src/store/db/data-dir.ts";
import { syncPath } from "../../src/store/db/files.ts";
import { boundWorld, type Executables, type Figure, type Progress, percentile } from "./figures.ts";
import { callApi, cpuOf, memoryOf, startProgram } from "./processes.ts";

/** Texts whose time is taken one after another. */
const SAMPLES = 500;
/** The engine compiles what runs often meanwhile. */
const WARM_UP = 100;

/** As many jobs that are done, each with its update, whose words are pruned, and the links of it and of its answer. */
export function fill(dataDir: string, jobs: number): void {
  const database = new Database(databasePath(dataDir));
  database.run("PRAGMA synchronous = OFF");
  database.transaction(() => {
    database.run(
      `INSERT INTO jobs (chat_key, kind, job_key, queue, lane, message_id, telegram_id, account_key, state, outcome,
          memo_name, written, covered, created_at, done_at)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?),
          people (nth, chat_key, telegram_id, account_key) AS (
            SELECT row_number() OVER () - 1, chats.id, telegram_id, account_key
            FROM bindings JOIN chats ON chats.chat_id = telegram_id)
        SELECT chat_key, 'message', 'old' || i, 'messages', chat_key, -i, telegram_id, account_key, 'done', 'saved',
          'memos/' || lower(hex(randomblob(11))),
          json_object('v', 1, 'main', lower(hex(randomblob(32))), 'at', NULL, 'rest', json('{}'), 'files', json('{}')),
          i, 1700000000000 + i, 1700000000000 + i
        FROM n JOIN people ON nth = i % (SELECT count(*) FROM people)`,
      [jobs],
    );
    database.run(
      `INSERT INTO updates (source, chat_key, update_id, kind, fingerprint, job_id, message_id, received_at, payload_form)
        SELECT 'telegram', chat_key, 'old' || id, 'message', 'old' || id, id, message_id, created_at, 'dropped'
        FROM jobs WHERE job_key LIKE 'old%'`,
    );
    database.run(
      `INSERT INTO links (chat_key, message_id, job_id)
        SELECT chat_key, message_id, id FROM jobs WHERE job_key LIKE 'old%'`,
    );
    // The bot's answer has one, too.
    database.run(
      `INSERT INTO links (chat_key, message_id, job_id, confirmation)
        SELECT chat_key, message_id - ?1, id, 1 FROM jobs WHERE job_key LIKE 'old%'`,
      [jobs],
    );
  })();
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  // Else the disk is still busy with it while something is measured, which waits for it at each sync.
  syncPath(databasePath(dataDir));
}

/** A program that so much is behind: how it starts, and works a backlog. */
async function aged(
  executable: string,
  { jobs, texts, chats }: { jobs: number; texts: number; chats: number },
) {
  const { calls, env, dataDir, people, stop } = await boundWorld(executable, chats);
  const first = await startProgram(executable, { env, dataDir, readyWithinMs: 0 });
  // Its chats are known by it.
  await calls.say(people, chats);
  await calls.made(chats);
  await first.stop();
  if (jobs > 0) fill(dataDir, jobs);
  const starts: number[] = [];
  for (let start = 0; start < 3; start += 1) {
    await calls.rest();
    const program = await startProgram(executable, { env, dataDir });
    starts.push(program.toReady ?? Number.NaN);
    await program.stop();
  }
  await calls.rest();
  const waited = await startProgram(executable, { env, dataDir });
  const took: number[] = [];
  for (let at = 0; at < WARM_UP + SAMPLES; at += 1) {
    const { toMemo } = await calls.one(people[at % chats] ?? 0);
    if (at >= WARM_UP) took.push(toMemo);
  }
  await waited.stop();
  await calls.rest();
  await calls.say(people, texts);
  const program = await startProgram(executable, { env, dataDir, readyWithinMs: 0 });
  const [from, cpu] = [performance.now(), cpuOf(program)];
  await calls.made(chats + WARM_UP + SAMPLES + texts);
  const seconds = (performance.now() - from) / 1_000;
  const used = (cpuOf(program) - cpu) / texts;
  const asked = performance.now();
  await (await callApi(program, "GET", "status")).text();
  const status = performance.now() - asked;
  const { rss } = memoryOf(program);
  await program.stop();
  await stop();
  return { start: Math.min(...starts), took, perText: (seconds * 1_000) / texts, cpu: used, status, rss };
}

export async function age(
  { memoferry }: Executables,
  { jobs, texts, runs }: { jobs: number; texts: number; runs: number },
  progress: Progress,
): Promise<Figure[]> {
  const [old, young]: [Awaited<ReturnType<typeof aged>>[], Awaited<ReturnType<typeof aged>>[]] = [[], []];
  for (let run = 1; run <= runs; run += 1) {
    progress(`age ${run} of ${runs}`);
    old.push(await aged(memoferry, { jobs, texts, chats: 50 }));
    young.push(await aged(memoferry, { jobs: 0, texts, chats: 50 }));
  }
  const row = (name: string, unit: string, of: (one: (typeof old)[number]) => number): Figure => ({
    name: `with ${jobs.toLocaleString("en")} jobs done: ${name}`,
    unit,
    values: old.map(of),
    floor: young.map(of),
  });
  return [
    { ...row("start to ready", "ms", ({ start }) => start), target: { ratio: 1.2 } },
    { ...row("time per text of a backlog", "ms", ({ perText }) => perText), target: { ratio: 1 / 0.95 } },
    { ...row("a text: a memo, p50", "ms", ({ took }) => percentile(took, 50)), samples: SAMPLES * runs },
    {
      ...row("a text: a memo, p99", "ms", ({ took }) => percentile(took, 99)),
      samples: SAMPLES * runs,
      target: { ratio: 1 / 0.95 },
    },
    row("CPU time per text of the backlog", "ms", ({ cpu }) => cpu),
    row("the first GET /api/v1/status", "ms", ({ status }) => status),
    row("RSS after it", "MB", ({ rss }) => rss),
  ];
}
