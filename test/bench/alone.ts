// What one text costs that comes alone: nothing is shared with others that come at the same time.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTraceReader, findStrace, underStrace } from "../crash/trace.ts";
import { boundWorld, type Executables, type Figure, type Progress } from "./figures.ts";
import { cpuOf, newFolder, type Program, recorded, startProgram } from "./processes.ts";

/** Longer than the chat rests after a message, and than anything is put off that a text leads to. */
const GAP_MS = 2_000;
/** The first ones connect and ask what is then known. */
const FIRST = 3;
/** Over the next ones the engine compiles what runs often, which takes as much again as their work. */
const WARM_UP = 30;
/** Statements and syncs are the same for each: few are enough. */
const COUNTED = 6;
const IDLE_MS = 20_000;

type World = Awaited<ReturnType<typeof boundWorld>>;
/** `before`: how many were sent before. */
type Batch = { readonly texts: number; readonly before: number };

/** Sends texts, each when all is quiet again; calls `each` after each of those that count. */
async function oneByOne(
  { calls, people }: World,
  { texts, before }: Batch,
  each: () => void = () => {},
): Promise<void> {
  for (let at = 1; at <= texts; at += 1) {
    await calls.say(people, 1);
    await calls.sent(before + at);
    await Bun.sleep(GAP_MS);
    each();
  }
}

/** Runs a program in a world of its own and sends it the first texts. */
async function running<T>(
  executables: Executables,
  command: (world: World) => readonly string[],
  measure: (world: World, program: Program) => Promise<T>,
): Promise<T> {
  const world = await boundWorld(executables.memoferry, 1);
  const program = await startProgram(command(world), {
    env: world.env,
    dataDir: world.dataDir,
    readyWithinMs: 5_000,
  });
  await oneByOne(world, { texts: FIRST, before: 0 });
  const measured = await measure(world, program);
  await program.stop();
  await world.stop();
  return measured;
}

/** The SQL of each text, without BEGIN and COMMIT: of the source, in which each statement is written down. */
async function statementsOf(executables: Executables, texts: number): Promise<string[][]> {
  const file = join(newFolder("statements"), "statements");
  writeFileSync(file, "");
  return running(
    executables,
    (world) => {
      world.env["RECORD_STATEMENTS_TO"] = file;
      return recorded;
    },
    async (world) => {
      const lines = () => readFileSync(file, "utf8").split("\n").slice(0, -1);
      const marks = [lines().length];
      await oneByOne(world, { texts, before: FIRST }, () => marks.push(lines().length));
      const all = lines();
      return marks.slice(1).map((mark, at) => all.slice(marks[at], mark));
    },
  );
}

interface Disk {
  readonly syncs: number;
  readonly bytes: number;
}

/** What each text does to the disk, by the calls of the executable. */
async function diskOf(executables: Executables, texts: number, strace: string): Promise<Disk[]> {
  const file = join(newFolder("trace"), "trace");
  writeFileSync(file, "");
  return running(
    executables,
    () => [...underStrace(strace, file), executables.memoferry],
    async (world) => {
      const reader = createTraceReader(world.dataDir);
      let read = 0;
      const since = () => {
        const bytes = readFileSync(file);
        const calls = reader.read(bytes.subarray(read).toString("latin1"));
        read = bytes.length;
        return calls;
      };
      since();
      const disks: Disk[] = [];
      await oneByOne(world, { texts, before: FIRST }, () => {
        const calls = since();
        disks.push({
          syncs: calls.filter(({ call }) => call === "sync").length,
          bytes: calls.reduce((sum, one) => sum + (one.call === "write" ? one.bytes.length : 0), 0),
        });
      });
      return disks;
    },
  );
}

interface Cpu {
  /** Of the first texts after a start, in ms each. */
  readonly soon: number;
  /** Of those after them. */
  readonly later: number;
}

/** Of a second, how many ms the program takes anyway: too few for the ticks that `cpuOf` counts in. */
async function idleShareOf({ pid }: Program): Promise<number> {
  const nanoseconds = () =>
    [...new Bun.Glob("*/schedstat").scanSync(`/proc/${pid}/task`)]
      .map((file) => Number(readFileSync(`/proc/${pid}/task/${file}`, "utf8").split(" ")[0]))
      .reduce((sum, one) => sum + one, 0);
  const from = nanoseconds();
  await Bun.sleep(IDLE_MS);
  return (nanoseconds() - from) / 1e6 / IDLE_MS;
}

/** Processor time of a text, without what the program takes anyway in that time. */
async function cpuOfText(executables: Executables, texts: number): Promise<Cpu> {
  let idle = 0;
  async function cpuOver(world: World, program: Program, batch: Batch): Promise<number> {
    idle ||= await idleShareOf(program);
    const from = cpuOf(program);
    const began = performance.now();
    await oneByOne(world, batch);
    return (cpuOf(program) - from - idle * (performance.now() - began)) / batch.texts;
  }
  return running(
    executables,
    () => [executables.memoferry],
    async (world, program) => ({
      soon: await cpuOver(world, program, { texts: WARM_UP, before: FIRST }),
      later: await cpuOver(world, program, { texts, before: FIRST + WARM_UP }),
    }),
  );
}

export async function alone(
  executables: Executables,
  { runs, texts }: { runs: number; texts: number },
  progress: Progress,
): Promise<Figure[]> {
  progress("a text alone: its statements");
  const counted = Math.min(texts, COUNTED);
  const statements = await statementsOf(executables, counted);
  const strace = findStrace();
  progress("a text alone: what it does to the disk");
  const disk = strace === null ? [] : await diskOf(executables, counted, strace);
  const cpu: Cpu[] = [];
  for (let run = 1; run <= runs; run += 1) {
    progress(`a text alone: processor time ${run} of ${runs}`);
    cpu.push(await cpuOfText(executables, texts));
  }
  const uncounted = strace === null && { note: "there is no strace on this machine to count it with" };
  return [
    {
      name: "a text alone: SQL statements, without BEGIN and COMMIT",
      unit: "",
      values: statements.map(({ length }) => length),
      target: { value: 20 },
    },
    {
      name: "a text alone: fsync and fdatasync",
      unit: "",
      values: disk.map(({ syncs }) => syncs),
      target: { value: 2 },
      ...uncounted,
    },
    {
      name: "a text alone: written to the disk",
      unit: "KiB",
      values: disk.map(({ bytes }) => bytes / 1_024),
      ...uncounted,
    },
    {
      name: `a text alone: CPU time, of the first ${WARM_UP} after a start`,
      unit: "ms",
      values: cpu.map(({ soon }) => soon),
    },
    {
      name: "a text alone: CPU time, of those after them",
      unit: "ms",
      values: cpu.map(({ later }) => later),
      target: { value: 8 },
    },
  ];
}
