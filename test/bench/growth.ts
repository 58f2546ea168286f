// What many people and years of theirs cost: bound by the store itself, and what they sent put there by SQL.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { databasePath } from "../../src/store/db/data-dir.ts";
import { openStore } from "../../src/store/store.ts";
import { fill } from "./age.ts";
import { bots } from "./bots.ts";
import { boundWorld, type Executables, type Figure, type Progress, percentile } from "./figures.ts";
import { callApi, cpuOf, memoryOf, newFolder, recorded, startProgram } from "./processes.ts";

const IDLE_MS = 5_000;
const STARTS = 3;
const STATUSES = 20;
/** The engine compiles what runs often meanwhile. */
const WARM_UP = 100;
/** Of the same size in each world, so that no chat is written to faster than its pace. */
const WRITERS = 50;

/** Joins people to accounts of theirs in one transaction: by the API it would take minutes. */
function bindAll(
  dataDir: string,
  { BOT_TOKEN = "", MEMOS_URL: server = "" }: Record<string, string>,
  people: readonly { id: number; token: string }[],
): void {
  const botId = Number(BOT_TOKEN.split(":")[0]);
  const store = openStore({ dataDir, botId, secretKey: null, allowedUsers: null }, systemClock);
  store.database.durable(() => {
    for (const [at, { id, token }] of people.entries()) {
      const name = `user${at + 1}`;
      const account = { server, account: `users/${name}`, display_name: name };
      store.bindings.save(id, new Secret(token), {
        ...account,
        memos_username: name,
        memos_version: "0.30.0",
      });
      store.chats.keyOf(id);
    }
  });
  store.close();
}

interface Size {
  readonly people: number;
  readonly links: number;
}

/** A data folder of that size, and its servers. */
async function worldOf(executables: Executables, { people: count, links }: Size) {
  const { calls, env, dataDir, stop } = await boundWorld(executables.memoferry, 0);
  const people = await calls.people(count);
  bindAll(dataDir, env, people);
  // A message has a link, and so has the answer to it.
  if (links > 0) fill(dataDir, links / 2);
  const writers = people.slice(0, WRITERS).map(({ id }) => id);
  async function start(command: string | readonly string[], more: Record<string, string> = {}) {
    await calls.rest();
    return startProgram(command, { env: { ...env, ...more }, dataDir });
  }
  return { calls, dataDir, writers, start, stop };
}

type World = Awaited<ReturnType<typeof worldOf>>;

async function toReady({ memoferry }: Executables, { start }: World): Promise<number> {
  const program = await start(memoferry);
  await program.stop();
  return program.toReady ?? Number.NaN;
}

async function grown({ memoferry }: Executables, world: World, texts: number) {
  const { calls, dataDir, writers, start } = world;
  const program = await start(memoferry);
  await Bun.sleep(IDLE_MS);
  const idle = memoryOf(program);
  const one = async (at: number) => (await calls.one(writers[at % writers.length] ?? 0)).toMemo;
  for (let at = 0; at < WARM_UP; at += 1) await one(at);
  const before = cpuOf(program);
  const took: number[] = [];
  for (let at = 0; at < texts; at += 1) took.push(await one(at));
  const cpu = (cpuOf(program) - before) / texts;
  const status: number[] = [];
  for (let at = 0; at < STATUSES; at += 1) {
    const from = performance.now();
    await (await callApi(program, "GET", "status")).text();
    status.push(performance.now() - from);
  }
  await program.stop();

  const file = join(newFolder("statements"), "statements");
  writeFileSync(file, "");
  const source = await start(recorded, { RECORD_STATEMENTS_TO: file });
  for (let at = 0; at < WARM_UP; at += 1) await one(at);
  const mark = readFileSync(file, "utf8").length;
  for (let at = 0; at < texts; at += 1) await one(at);
  const slowest = slowestOf(readFileSync(file, "utf8").slice(mark), texts);
  await source.stop();
  const megabytes = statSync(databasePath(dataDir)).size / 1e6;
  return { ...idle, took, cpu, status, slowest, megabytes };
}

/** Of the statements that run for each text the one whose middle run took longest. */
function slowestOf(lines: string, texts: number) {
  const runs = new Map<string, number[]>();
  for (const line of lines.split("\n").slice(0, -1)) {
    const [ms = "", sql = ""] = line.split("\t");
    const all = runs.get(sql) ?? [];
    all.push(Number(ms));
    runs.set(sql, all);
  }
  const hot = [...runs].filter(([, all]) => all.length >= texts);
  const middles = hot.map(([sql, all]) => ({ sql, ms: percentile(all, 50) }));
  return middles.toSorted((a, b) => b.ms - a.ms)[0] ?? { sql: "none", ms: Number.NaN };
}

export async function growth(
  executables: Executables,
  { sizes, texts }: { sizes: readonly Size[]; texts: number },
  progress: Progress,
): Promise<Figure[]> {
  const worlds: { size: Size; world: World; starts: number[] }[] = [];
  for (const size of [{ people: WRITERS, links: 0 }, ...sizes]) {
    progress(`growth: a store of ${size.people} people`);
    worlds.push({ size, world: await worldOf(executables, size), starts: [] });
  }
  progress("growth: starts");
  for (let at = 0; at < STARTS; at += 1)
    for (const { world, starts } of worlds) starts.push(await toReady(executables, world));
  const all: (Awaited<ReturnType<typeof grown>> & { size: Size; starts: number[] })[] = [];
  for (const { size, world, starts } of worlds) {
    progress(`growth: texts of ${size.people} people`);
    all.push({ size, starts, ...(await grown(executables, world, texts)) });
    await world.stop();
  }
  const [young, ...others] = all;
  if (!young) return [];
  const found: Figure[] = [];
  for (const old of others) {
    const { size } = old;
    const what = `${size.people.toLocaleString("en")} people, ${size.links.toLocaleString("en")} links`;
    const row = (name: string, unit: string, of: (one: typeof old) => number): Figure => ({
      name: `${what}: ${name}`,
      unit,
      values: [of(old)],
      floor: [of(young)],
    });
    found.push(
      {
        name: `${what}: start to ready`,
        unit: "ms",
        values: old.starts,
        floor: young.starts,
        target: { ratio: 1.2 },
      },
      row("idle RSS", "MB", ({ rss }) => rss),
      row("of it anonymous (the program's own)", "MB", ({ anonymous }) => anonymous),
      ...[50, 95].map((of) => ({
        ...row(`a text: a memo, p${of}`, "ms", ({ took }) => percentile(took, of)),
        samples: texts,
      })),
      row("a text: CPU time", "ms", ({ cpu }) => cpu),
      {
        ...row("a text: its slowest statement, p50", "ms", ({ slowest }) => slowest.ms),
        samples: texts,
        note: `${old.slowest.sql.slice(0, 40)} …`,
      },
      {
        ...row("GET /api/v1/status, p50", "ms", ({ status }) => percentile(status, 50)),
        samples: STATUSES,
      },
      { name: `${what}: the database's file`, unit: "MB", values: [old.megabytes] },
    );
  }
  return [...found, ...(await bots(executables.memoferry, progress))];
}
