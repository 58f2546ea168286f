// npm run soak: 100,000 messages through the executable, and what it holds after each part of them. Then its rows
// are made old, so that KEEP_DAYS prunes them, and it goes on in what that left.
import { Database } from "bun:sqlite";
import { copyFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  bind,
  cleanUp,
  jobsOf,
  memoryOf,
  newFolder,
  type Program,
  scratch,
  startFakes,
  startProgram,
} from "../bench/processes.ts";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";

const PEOPLE = 50;
/** These are told of each memo; the others are not: Telegram takes one confirmation a second in a chat. */
const TOLD = 2;
const PART_LIMIT_MS = 30 * 60_000;
const KEEP_DAYS = 30;
const DAY_MS = 86_400_000;
const MB = 1e6;

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "100000" },
    parts: { type: "string", default: "10" },
    executable: { type: "string" },
  },
});
const [messages, parts] = [Number(values.messages), Number(values.parts)];
if (!(messages >= parts && parts >= 1)) {
  console.error("npm run soak -- --messages N --parts N [--executable PATH]");
  process.exit(2);
}

const row = (...cells: (string | number)[]) =>
  console.log(cells.map((cell) => String(cell).padStart(14)).join(""));

/** Megabytes of a file; 0 where there is none. */
const size = (path: string) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) / MB;

function hold(
  label: string | number,
  program: Program,
  dataDir: string,
  seconds: number,
  done: number,
): void {
  const { rss, anonymous } = memoryOf(program);
  const handles = readdirSync(`/proc/${program.pid}/fd`).length;
  const file = join(dataDir, "memoferry.db");
  row(
    label,
    (done / seconds).toFixed(0),
    rss.toFixed(0),
    anonymous.toFixed(0),
    handles,
    size(file).toFixed(1),
    size(`${file}-wal`).toFixed(1),
  );
}

async function soak(): Promise<void> {
  const executable = join(scratch, "memoferry");
  copyFileSync(values.executable ?? (await binaryPath()), executable);
  const fakes = await startFakes();
  const dataDir = newFolder("soak");
  const env = { ...fakes.env, KEEP_DAYS: String(KEEP_DAYS), LOG_LEVEL: "warn" };
  const start = () => startProgram(executable, { env: { ...env, LOG_LEVEL: "info" }, dataDir });
  const sql = (text: string) => {
    const database = new Database(join(dataDir, "memoferry.db"));
    database.run(text);
    database.close();
  };
  let program = await start();
  const people = await fakes.telegram.people(PEOPLE);
  for (const [at, token] of (await fakes.memos.users(PEOPLE)).entries())
    await bind(program, people[at] ?? 0, token);
  await program.stop();
  sql(
    `UPDATE bindings SET confirmation = 'off' WHERE telegram_id NOT IN (${people.slice(0, TOLD).join(", ")})`,
  );
  await fakes.telegram.rest();
  program = await start();

  row("messages", "a second", "RSS MB", "of it own", "file handles", "database MB", "WAL MB");
  hold(0, program, dataDir, 1, 0);
  let done = 0;
  const part = Math.floor(messages / parts);
  const drain = async (label: (done: number) => string | number) => {
    const from = performance.now();
    await fakes.telegram.say(people, part);
    done += part;
    await fakes.memos.made(done);
    // Seldom: counting takes the program's time.
    while ((await jobsOf(program)).unfinished > 0) await Bun.sleep(500);
    hold(label(done), program, dataDir, (performance.now() - from) / 1000, part);
  };
  for (let at = 0; at < parts; at += 1) await drain((count) => count);
  const { dead } = await jobsOf(program);

  await program.stop();
  const old = (KEEP_DAYS + 1) * DAY_MS;
  sql(`UPDATE jobs SET done_at = done_at - ${old}; UPDATE outbox SET created_at = created_at - ${old}`);
  await fakes.telegram.rest();
  program = await start();
  const unpruned = () => {
    const database = new Database(join(dataDir, "memoferry.db"), { readonly: true });
    const [left] = database
      .query<{ left: number }, []>("SELECT count(*) AS left FROM updates WHERE payload IS NOT NULL")
      .all();
    database.close();
    return left?.left ?? 0;
  };
  const from = performance.now();
  await until("the old to be pruned", () => unpruned() === 0, PART_LIMIT_MS);
  hold("pruned", program, dataDir, (performance.now() - from) / 1000, done);
  await drain((count) => count);
  const { contents } = await fakes.memos.kept();
  await program.stop();
  console.log(`${done} messages, ${contents} memos of different content, ${dead} dead`);
  await fakes.stop();
  if (contents !== done || dead > 0) process.exitCode = 1;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    cleanUp();
    process.exit(130);
  });
}
try {
  await soak();
} finally {
  cleanUp();
}
process.exit();
