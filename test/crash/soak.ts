// npm run soak: 100,000 messages through the executable, and what it holds after each part of them. Then its rows
// are made old, so that KEEP_DAYS prunes them, and it goes on in what that left. Fails where something does not level off.
import { Database } from "bun:sqlite";
import { copyFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  bind,
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
import { type Held, tooMuch } from "./soak-limits.ts";

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

/** Looks at what the program holds, and prints it. */
function hold(
  label: string | number,
  program: Program,
  dataDir: string,
  work: { done: number; seconds: number },
) {
  const { rss, anonymous } = memoryOf(program);
  const path = join(dataDir, "memoferry.db");
  const held: Held = {
    messages: work.done,
    rss,
    handles: readdirSync(`/proc/${program.pid}/fd`).length,
    file: size(path),
    used:
      read<number>(
        dataDir,
        "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
      ) / MB,
    wal: size(`${path}-wal`),
  };
  row(
    label,
    work.seconds.toFixed(0),
    held.rss.toFixed(0),
    anonymous.toFixed(0),
    held.handles,
    held.file.toFixed(1),
    held.used.toFixed(1),
    held.wal.toFixed(1),
  );
  return held;
}

/** The one value that a statement gives, read beside the program. */
function read<Value>(dataDir: string, sql: string): Value {
  const database = new Database(join(dataDir, "memoferry.db"), { readonly: true });
  const [[value] = []] = database.query(sql).values();
  database.close();
  return value as Value;
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
  const made = await fakes.calls.people(PEOPLE);
  for (const person of made) await bind(program, person);
  const people = made.map(({ id }) => id);
  await program.stop();
  sql(
    `UPDATE bindings SET confirmation = 'off' WHERE telegram_id NOT IN (${people.slice(0, TOLD).join(", ")})`,
  );
  await fakes.calls.rest();
  program = await start();

  row("messages", "seconds", "RSS MB", "of it own", "file handles", "database MB", "in use MB", "WAL MB");
  let done = 0;
  const held = [hold(0, program, dataDir, { done, seconds: 0 })];
  const part = Math.floor(messages / parts);
  const drain = async () => {
    const from = performance.now();
    await fakes.calls.say(people, part);
    done += part;
    await fakes.calls.made(done);
    // Seldom: counting takes the program's time.
    const isDone = async () => (await jobsOf(program)).unfinished === 0;
    await until("the part to be done", isDone, PART_LIMIT_MS, 500);
    return hold(done, program, dataDir, { done, seconds: (performance.now() - from) / 1000 });
  };
  for (let at = 0; at < parts; at += 1) held.push(await drain());
  const { dead } = await jobsOf(program);

  await program.stop();
  const old = (KEEP_DAYS + 1) * DAY_MS;
  sql(
    `UPDATE jobs SET done_at = done_at - ${old};
     UPDATE updates SET received_at = received_at - ${old}`,
  );
  await fakes.calls.rest();
  program = await start();
  const from = performance.now();
  // The newest update of a bot is kept.
  const unpruned = () => read<number>(dataDir, "SELECT count(*) FROM updates") > 1;
  await until("the old to be pruned", () => !unpruned(), PART_LIMIT_MS, 500);
  const pruned = hold("pruned", program, dataDir, { done, seconds: (performance.now() - from) / 1000 });
  const after = await drain();
  const { contents } = await fakes.calls.kept();
  await program.stop();
  console.log(`${done} messages, ${contents} memos of different content, ${dead} dead`);
  await fakes.stop();
  const failures = tooMuch({ parts: held, pruned, after });
  if (contents !== done || dead > 0) failures.push("not each message is one memo");
  for (const failure of failures) console.error(`TOO MUCH: ${failure}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

await soak();
process.exit();
