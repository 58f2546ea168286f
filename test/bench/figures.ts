// What is measured. Each function gives rows of the table; what belongs together is run in turns (A, B, A, B …).

import { statSync } from "node:fs";
import { until } from "../support/app.ts";
import {
  bind,
  cpuOf,
  type Fakes,
  forgetPeak,
  jobsOf,
  type Memory,
  memoryOf,
  newFolder,
  type Program,
  scratch,
  startFakes,
  startProgram,
} from "./processes.ts";

/** One row. `values` and `floor` are what single runs gave, in the order they ran; a pair is one turn. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** Of the executable compared with. */
  readonly floor?: readonly number[];
  /** The largest ratio to the floor, or the largest value, that is wanted. */
  readonly target?: { readonly ratio: number } | { readonly value: number };
  /** What has to be said about it. */
  readonly note?: string;
}

/** The executables of this run. */
export interface Executables {
  readonly memoferry: string;
  readonly bare: string;
  /** Another memoferry to compare with. */
  readonly against: string | null;
}

export interface RealMemos {
  readonly url: string;
  readonly token: string;
}

/** Beyond this a start counts as not ready. */
const READY_LIMIT_MS = 5_000;
const DOCUMENT_BYTES = 20_000_000;
const DOCUMENTS = 4;
const DRAIN_LIMIT_MS = 600_000;

/** Tells what runs now. */
export type Progress = (what: string) => void;

export async function starts(
  { memoferry, bare }: Executables,
  runs: number,
  progress: Progress,
): Promise<Figure[]> {
  const fakes = await startFakes();
  const folders = { ours: newFolder("start"), bare: newFolder("start-bare") };
  const again = { ours: [] as Program[], bare: [] as Program[] };
  const first = { ours: [] as Program[], bare: [] as Program[] };
  const cpu: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  const once = async (executable: string, dataDir: string) => {
    await fakes.telegram.rest();
    const program = await startProgram(executable, {
      env: fakes.env,
      dataDir,
      readyWithinMs: READY_LIMIT_MS,
    });
    const used = cpuOf(program);
    await program.stop();
    return { program, used };
  };
  // The first pair reads the executables from disk and makes the folders; it is not counted.
  for (let run = 0; run <= runs; run += 1) {
    progress(`start ${run} of ${runs}`);
    const ours = await once(memoferry, folders.ours);
    const other = await once(bare, folders.bare);
    const oursFirst = await once(memoferry, newFolder("first"));
    const otherFirst = await once(bare, newFolder("first-bare"));
    if (run === 0) continue;
    again.ours.push(ours.program);
    again.bare.push(other.program);
    first.ours.push(oursFirst.program);
    first.bare.push(otherFirst.program);
    cpu.ours.push(ours.used);
    cpu.bare.push(other.used);
  }
  await fakes.stop();
  const ready = ({ toReady }: Program) => toReady ?? Number.POSITIVE_INFINITY;
  const started = ({ toStarted }: Program) => toStarted;
  const never = again.ours.some(({ toReady }) => toReady === null);
  return [
    {
      name: "start to ready",
      unit: "ms",
      values: again.ours.map(ready),
      floor: again.bare.map(ready),
      target: { ratio: 1.3 },
      ...(never && { note: `/readyz did not answer 200 within ${READY_LIMIT_MS / 1000} s` }),
    },
    {
      name: "start to the line `started`",
      unit: "ms",
      values: again.ours.map(started),
      floor: again.bare.map(started),
    },
    {
      name: "start to `started`, empty DATA_DIR",
      unit: "ms",
      values: first.ours.map(started),
      floor: first.bare.map(started),
    },
    { name: "CPU time until ready", unit: "ms", values: cpu.ours, floor: cpu.bare },
  ];
}

export async function idle(
  { memoferry, bare }: Executables,
  { runs, idleMs }: { runs: number; idleMs: number },
  progress: Progress,
): Promise<Figure[]> {
  const fakes = await startFakes();
  const folders = { ours: newFolder("idle"), bare: newFolder("idle-bare") };
  const once = async (executable: string, dataDir: string) => {
    const program = await startProgram(executable, { env: fakes.env, dataDir, readyWithinMs: 0 });
    await Bun.sleep(idleMs);
    const memory = memoryOf(program);
    await program.stop();
    return memory;
  };
  const ours: Memory[] = [];
  const floor: Memory[] = [];
  for (let run = 1; run <= runs; run += 1) {
    progress(`idle ${run} of ${runs}`);
    ours.push(await once(memoferry, folders.ours));
    floor.push(await once(bare, folders.bare));
  }
  await fakes.stop();
  const row = (name: string, of: (memory: Memory) => number): Figure => ({
    name,
    unit: "MB",
    values: ours.map(of),
    floor: floor.map(of),
  });
  return [
    { ...row(`idle RSS after ${idleMs / 1000} s`, ({ rss }) => rss), target: { ratio: 1.15 } },
    row("of it anonymous (the program's own)", ({ anonymous }) => anonymous),
    row("peak RSS of start and idle", ({ peak }) => peak),
  ];
}

/** A data folder in which `count` people are bound, and its fakes. */
export async function boundWorld(
  executable: string,
  count: number,
  real: RealMemos | null = null,
): Promise<{ fakes: Fakes; dataDir: string; env: Record<string, string>; people: number[] }> {
  const fakes = await startFakes();
  const env = { ...fakes.env, ...(real && { MEMOS_URL: real.url }) };
  const dataDir = newFolder("bound");
  const people = await fakes.telegram.people(count);
  const tokens = real ? people.map(() => real.token) : await fakes.memos.users(count);
  const program = await startProgram(executable, { env, dataDir, readyWithinMs: 0 });
  for (const [at, person] of people.entries()) await bind(program, person, tokens[at] ?? "");
  await program.stop();
  await fakes.telegram.rest();
  return { fakes, dataDir, env, people };
}

interface Drained {
  readonly perSecond: number;
  readonly cpuPerMessage: number;
  readonly peak: number;
}

async function drain(
  executable: string,
  { texts, chats }: { texts: number; chats: number },
  real: RealMemos | null,
): Promise<Drained> {
  const { fakes, dataDir, env, people } = await boundWorld(executable, chats, real);
  const before = real ? await memosAt(real) : 0;
  await fakes.telegram.say(people, texts);
  const program = await startProgram(executable, { env, dataDir, readyWithinMs: 0 });
  const done = real ? untilDone(program, texts) : fakes.memos.made(texts);
  await Promise.race([done, tooLong("the backlog")]);
  const seconds = (performance.now() - program.startedAt) / 1000;
  const cpu = cpuOf(program);
  const { peak } = memoryOf(program);
  await program.stop();
  const kept = real ? (await memosAt(real)) - before : (await fakes.memos.kept()).contents;
  if (kept !== texts) throw new Error(`${texts} messages became ${kept} memos`);
  await fakes.stop();
  return { perSecond: texts / seconds, cpuPerMessage: cpu / texts, peak };
}

export async function backlog(
  { memoferry, against }: Executables,
  options: { runs: number; texts: number; chats: number; real: RealMemos | null },
  progress: Progress,
): Promise<Figure[]> {
  const { runs, texts, chats, real } = options;
  const ours: Drained[] = [];
  const others: Drained[] = [];
  for (let run = 1; run <= runs; run += 1) {
    progress(`backlog ${run} of ${runs}`);
    ours.push(await drain(memoferry, options, real));
    if (against) others.push(await drain(against, options, real));
  }
  const row = (name: string, unit: string, of: (drained: Drained) => number): Figure => ({
    name,
    unit,
    values: ours.map(of),
    ...(against && { floor: others.map(of) }),
  });
  const where = real ? "a real Memos" : "the Memos fake";
  return [
    row(`${texts} texts of ${chats} chats into ${where}`, "msg/s", ({ perSecond }) => perSecond),
    row("CPU time per message, with the start", "ms", ({ cpuPerMessage }) => cpuPerMessage),
    row("peak RSS meanwhile", "MB", ({ peak }) => peak),
  ];
}

interface Carried {
  readonly over: number;
  readonly seconds: number;
}

/** Peak RSS over idle while the documents go through. */
async function carry(executable: string, sideBySide: boolean, idleMs: number): Promise<Carried> {
  const chats = sideBySide ? DOCUMENTS : 1;
  const { fakes, dataDir, env, people } = await boundWorld(executable, chats);
  const program = await startProgram(executable, { env, dataDir, readyWithinMs: 0 });
  await Bun.sleep(idleMs);
  const idle = memoryOf(program).rss;
  forgetPeak(program);
  const from = performance.now();
  await fakes.telegram.documents(
    Array.from({ length: DOCUMENTS }, (_, at) => people[at % chats] ?? 0),
    DOCUMENT_BYTES,
  );
  await Promise.race([fakes.memos.made(DOCUMENTS), tooLong("the documents")]);
  const seconds = (performance.now() - from) / 1000;
  const { peak } = memoryOf(program);
  await program.stop();
  const { bytes } = await fakes.memos.kept();
  if (bytes !== DOCUMENTS * DOCUMENT_BYTES) throw new Error(`only ${bytes} bytes of the documents arrived`);
  await fakes.stop();
  return { over: peak - idle, seconds };
}

export async function documents(
  { memoferry, against }: Executables,
  { runs, idleMs }: { runs: number; idleMs: number },
  progress: Progress,
): Promise<Figure[]> {
  const rows: Figure[] = [];
  for (const sideBySide of [true, false]) {
    const ours: Carried[] = [];
    const others: Carried[] = [];
    for (let run = 1; run <= runs; run += 1) {
      progress(`documents ${sideBySide ? "side by side" : "one by one"} ${run} of ${runs}`);
      ours.push(await carry(memoferry, sideBySide, idleMs));
      if (against) others.push(await carry(against, sideBySide, idleMs));
    }
    const how = sideBySide ? "four chats" : "one chat";
    const row = (name: string, unit: string, of: (carried: Carried) => number): Figure => ({
      name,
      unit,
      values: ours.map(of),
      ...(against && { floor: others.map(of) }),
    });
    rows.push(
      // Files of one chat go one after another: there the limit of a single file holds.
      {
        ...row(`4 × 20 MB, ${how}: RSS over idle`, "MB", ({ over }) => over),
        ...(!sideBySide && { target: { value: 50 } }),
      },
      row(`4 × 20 MB, ${how}: time`, "s", ({ seconds }) => seconds),
    );
  }
  return rows;
}

export function sizes({ memoferry, bare }: Executables): Figure[] {
  const megabytes = (path: string) => [statSync(path).size / 1e6];
  return [{ name: "executable", unit: "MB", values: megabytes(memoferry), floor: megabytes(bare) }];
}

async function untilDone(program: Program, count: number): Promise<void> {
  const isDone = async () => {
    const { unfinished, done, dead } = await jobsOf(program);
    if (dead > 0) throw new Error(`${dead} messages were given up`);
    return unfinished === 0 && done >= count;
  };
  // Seldom: counting takes the program's time.
  await until("all to be done", isDone, DRAIN_LIMIT_MS, 200);
}

async function memosAt({ url, token }: RealMemos): Promise<number> {
  let count = 0;
  let pageToken = "";
  do {
    const query = new URLSearchParams({ pageSize: "1000", ...(pageToken && { pageToken }) });
    const answer = await fetch(`${url}/api/v1/memos?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (!answer.ok) throw new Error(`${url} answered ${answer.status} to a list of memos`);
    const page = (await answer.json()) as { memos?: unknown[]; nextPageToken?: string };
    count += page.memos?.length ?? 0;
    pageToken = page.nextPageToken ?? "";
  } while (pageToken);
  return count;
}

async function tooLong(what: string): Promise<never> {
  await Bun.sleep(DRAIN_LIMIT_MS);
  throw new Error(`${what} took longer than ${DRAIN_LIMIT_MS / 1000} s; see ${scratch}`);
}
