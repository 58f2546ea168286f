// What is measured. Each function gives rows of the table; what belongs together is run in turns (A, B, A, B …).

import { statSync } from "node:fs";
import { fastest, posted } from "./ceiling.ts";
import { isReal } from "./memos.ts";
import {
  bind,
  cpuOf,
  type Fakes,
  memoryOf,
  newFolder,
  type Program,
  type Shares,
  sharesOf,
  startFakes,
  startProgram,
} from "./processes.ts";

/** One row. `values` and `floor` are what single runs gave, in the order they ran; a pair is one turn. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** How many samples a percentile is of, where it is not the number of runs that is told. */
  readonly samples?: number;
  /** Of the executable compared with. */
  readonly floor?: readonly number[] | undefined;
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

/** Tells what runs now. */
export type Progress = (what: string) => void;

/** Beyond this a start counts as not ready. */
const READY_LIMIT_MS = 5_000;
/** Longer than a chat rests, so that no text waits for the pace of the one before. */
export const GAP_MS = 1_100;

/** The value that so many of a hundred are below; none where something did not come. */
export function percentile(values: readonly number[], of: number): number {
  if (values.some(Number.isNaN)) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * of) / 100))] ?? Number.NaN;
}

/** The percentiles that so many samples tell anything of. */
export const percentsOf = (samples: number): number[] =>
  [
    { percent: 50, least: 1 },
    { percent: 95, least: 20 },
    { percent: 99, least: 100 },
  ].flatMap(({ percent, least }) => (samples < least ? [] : [percent]));

/** How a backlog is called in the table. */
export const backlogOf = (texts: number, chats: number) =>
  `backlog of ${texts.toLocaleString("en")} texts, ${chats === 1 ? "one chat" : `${chats} chats`}`;

/** Measures two executables in turns; gives rows of what was measured. */
export async function inTurns<T>(
  what: string,
  [ours, other]: readonly [string, string | null],
  { runs, warmUps = 0, progress }: { runs: number; warmUps?: number; progress: Progress },
  measure: (executable: string) => Promise<T>,
) {
  const values: T[] = [];
  const floor: T[] = [];
  for (let run = 1 - warmUps; run <= runs; run += 1) {
    progress(`${what} ${run} of ${runs}`);
    const [one, two] = [await measure(ours), other === null ? null : await measure(other)];
    if (run < 1) continue;
    values.push(one);
    if (two !== null) floor.push(two);
  }
  return (name: string, unit: string, of: (measured: T) => number): Figure => ({
    name,
    unit,
    values: values.map(of),
    ...(other !== null && { floor: floor.map(of) }),
  });
}

export async function starts(
  { memoferry, bare }: Executables,
  runs: number,
  progress: Progress,
): Promise<Figure[]> {
  const { calls, env, stop } = await startFakes();
  const started = async (executable: string, dataDir: string) => {
    await calls.rest();
    const program = await startProgram(executable, { env, dataDir, readyWithinMs: READY_LIMIT_MS });
    const cpu = cpuOf(program);
    await program.stop();
    return { ...program, cpu };
  };
  const folders = { [memoferry]: newFolder("start"), [bare]: newFolder("start-bare") };
  const pair = [memoferry, bare] as const;
  // The first pair reads the executables from disk and makes the folders; it is not counted.
  const again = await inTurns("start", pair, { runs, warmUps: 1, progress }, (executable) =>
    started(executable, folders[executable] ?? ""),
  );
  const first = await inTurns("first start", pair, { runs, progress }, (executable) =>
    started(executable, newFolder("first")),
  );
  await stop();
  const ready = again("start to ready", "ms", ({ toReady }) => toReady ?? Number.POSITIVE_INFINITY);
  const never = ready.values.some((value) => !Number.isFinite(value));
  return [
    {
      ...ready,
      target: { ratio: 1.3 },
      ...(never && { note: `/readyz did not answer 200 within ${READY_LIMIT_MS / 1000} s` }),
    },
    again("start to the line `started`", "ms", ({ toStarted }) => toStarted),
    first("start to `started`, empty DATA_DIR", "ms", ({ toStarted }) => toStarted),
    again("CPU time until ready", "ms", ({ cpu }) => cpu),
  ];
}

export async function idle(
  { memoferry, bare }: Executables,
  { runs, idleMs }: { runs: number; idleMs: number },
  progress: Progress,
): Promise<Figure[]> {
  const { env, stop } = await startFakes();
  const row = await inTurns("idle", [memoferry, bare], { runs, progress }, async (executable) => {
    const program = await startProgram(executable, { env, dataDir: newFolder("idle"), readyWithinMs: 0 });
    await Bun.sleep(idleMs);
    const memory = memoryOf(program);
    await program.stop();
    return memory;
  });
  await stop();
  return [
    { ...row(`idle RSS after ${idleMs / 1000} s`, "MB", ({ rss }) => rss), target: { ratio: 1.15 } },
    row("of it anonymous (the program's own)", "MB", ({ anonymous }) => anonymous),
    row("peak RSS of start and idle", "MB", ({ peak }) => peak),
  ];
}

/** A bot at work. */
export type Bot = Pick<Program, "pid" | "startedAt" | "stop">;

/** People who are bound on new servers, and a bot that is not started yet. */
export interface World extends Pick<Fakes, "calls" | "counting" | "stop"> {
  readonly people: readonly number[];
  start(): Promise<Bot>;
}

/** A data folder in which `count` people are bound, and its fakes. */
export async function boundWorld(
  executable: string,
  count: number,
  servers: Parameters<typeof startFakes>[0] = {},
) {
  const fakes = await startFakes(servers);
  const dataDir = newFolder("bound");
  const people = await fakes.calls.people(count);
  const program = await startProgram(executable, { env: fakes.env, dataDir, readyWithinMs: 0 });
  for (const person of people) await bind(program, person);
  await program.stop();
  await fakes.calls.rest();
  return {
    ...fakes,
    dataDir,
    people: people.map(({ id }) => id),
    token: people[0]?.token ?? "",
    start: () => startProgram(executable, { env: fakes.env, dataDir, readyWithinMs: 0 }),
  };
}

/** A backlog that is worked off while `beside` goes on, which is told once it is over. */
export async function drain<T = undefined>(
  executable: string,
  { texts, chats, servers }: { texts: number; chats: number; servers?: Parameters<typeof startFakes>[0] },
  beside?: (program: Program, over: Promise<unknown>) => Promise<T>,
) {
  const world = await boundWorld(executable, chats, servers);
  const { calls, counting, people } = world;
  await calls.say(people, texts);
  const program = await world.start();
  const [spent, cpuOfStart] = [counting(), cpuOf(program)];
  const all = calls.made(texts);
  const meanwhile = beside?.(program, all);
  await all;
  const perText = (performance.now() - program.startedAt - program.toStarted) / texts;
  const cpu = sharesOf({ program: cpuOf(program) - cpuOfStart, ...spent() }, texts);
  const { peak } = memoryOf(program);
  const asked = await meanwhile;
  await program.stop();
  const { contents } = await calls.kept();
  if (contents !== texts) throw new Error(`${texts} messages became ${contents} memos`);
  await world.stop();
  return { perText, cpu, peak, beside: asked };
}

/** What else took processor time meanwhile. */
export const otherShares = (
  name: string,
  row: (name: string, unit: string, of: (one: { cpu: Shares }) => number) => Figure,
): Figure[] => [
  // What is compared with may not use Telegram at all.
  { ...row(`${name}: CPU time of the fakes per text`, "ms", ({ cpu }) => cpu.fakes), floor: undefined },
  ...(isReal ? [row(`${name}: CPU time of Memos per text`, "ms", ({ cpu }) => cpu.memos)] : []),
];

export async function backlog(
  { memoferry, against }: Executables,
  { runs, texts, chats }: { runs: number; texts: number; chats: number },
  progress: Progress,
): Promise<Figure[]> {
  const what = backlogOf(texts, chats);
  const row = await inTurns("backlog", [memoferry, against], { runs, progress }, (executable) =>
    drain(executable, { texts, chats }),
  );
  return [
    row(`${what}: saved`, "msg/s", ({ perText }) => 1_000 / perText),
    {
      ...row(`${what}: CPU time per text, without the start`, "ms", ({ cpu }) => cpu.program),
      target: { value: 1.2 },
    },
    ...otherShares(what, row),
    row(`${what}: peak RSS`, "MB", ({ peak }) => peak),
  ];
}

/** How much slower a backlog is saved than by a client that does nothing else, each on a server of its own. */
export async function toCeiling(
  { memoferry }: Executables,
  { runs, texts, chats }: { runs: number; texts: number; chats: number },
  progress: Progress,
): Promise<Figure[]> {
  progress("how many at once a client is fastest with");
  const atOnce = await fastest(texts);
  const inOrder = Math.min(texts, 2_000);
  const beside = (what: string, count: number, from: number, clients: number) =>
    inTurns(what, [memoferry, "client"], { runs, progress }, (which) =>
      which === memoferry ? drain(memoferry, { texts: count, chats: from }) : posted(count, clients),
    );
  const many = await beside("a backlog and its ceiling", texts, chats, atOnce);
  const one = await beside("a backlog of one chat and its ceiling", inOrder, 1, 1);
  const rows = (name: string, row: typeof many, target: NonNullable<Figure["target"]>) => [
    { ...row(`${name}: time per text`, "ms", ({ perText }) => perText), target },
    row(`${name}: CPU time per text`, "ms", ({ cpu }) => cpu.program),
    ...otherShares(name, row),
  ];
  return [
    ...rows(`${backlogOf(texts, chats)}, beside a client that only posts, ${atOnce} at once`, many, {
      ratio: 1 / (isReal ? 0.95 : 0.8),
    }),
    ...rows(`${backlogOf(inOrder, 1)}, beside a client that posts one after another`, one, {
      ratio: 1 / 0.9,
    }),
  ];
}

export function sizes({ memoferry, bare }: Executables): Figure[] {
  const megabytes = (path: string) => [statSync(path).size / 1e6];
  return [{ name: "executable", unit: "MB", values: megabytes(memoferry), floor: megabytes(bare) }];
}
