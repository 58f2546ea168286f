import { type ChildProcessByStdio, spawn as spawnChild, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";

const root = join(import.meta.dirname, "../..");
/** What the executable is made from. */
const SOURCES = ["src", "drizzle", ".ci", "package.json", "bun.lock"];
/** What a stop is promised to take at most. */
const STOP_LIMIT_MS = 10_000;

/** A line of the program's log. */
export type LogLine = Record<string, unknown> & { message: string; part: string; level: string };

interface Exit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | number | null;
}

interface Run {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly pid: number;
  exit: Exit | null;
  readonly ended: Promise<Exit>;
  /** Resolves at the line that tells the address, or at the end. */
  readonly ready: Promise<string | null>;
  text: string;
}

const children = new Set<Run["child"]>();
// A test run that is broken off must leave nothing behind.
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

let path: string | undefined;

/** The executable: MEMOFERRY_BINARY, or `dist/memoferry`, built once when a source is newer. */
export async function binaryPath(): Promise<string> {
  path ??= findOrBuild();
  return path;
}

function findOrBuild(): string {
  const given = process.env["MEMOFERRY_BINARY"];
  if (given) return given;
  const built = join(root, "dist", process.platform === "win32" ? "memoferry.exe" : "memoferry");
  const newest = Math.max(...SOURCES.map((source) => changedAt(join(root, source))));
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return built;
  const build = spawnSync(process.execPath, [".ci/build.ts"], { cwd: root, encoding: "utf8" });
  if (build.status !== 0)
    throw new Error(`the executable could not be built:\n${build.stdout}${build.stderr}`);
  return built;
}

/** When a file, or the newest file in a folder, was changed. */
function changedAt(file: string): number {
  if (!existsSync(file)) return 0;
  const { mtimeMs } = statSync(file);
  if (!statSync(file).isDirectory()) return mtimeMs;
  return Math.max(0, ...readdirSync(file).map((name) => changedAt(join(file, name))));
}

/** Nothing of the test's own environment reaches the program but what every process has. */
function surroundings(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "SystemRoot", "TEMP"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

export type Program = Awaited<ReturnType<typeof createProgram>>;

/** The compiled program, run any number of times in one working directory. */
export async function createProgram(options: {
  env: Record<string, string>;
  /** Default: an empty folder, removed at the end. */
  cwd?: string;
  /** What runs the executable, such as strace. */
  under?: readonly string[];
  /** Run in place of the executable. */
  command?: readonly string[];
}) {
  const command = options.command ?? [await binaryPath()];
  const [executable = ""] = command;
  const cwd = options.cwd ?? mkdtempSync(join(tmpdir(), "memoferry-cwd-"));
  const log: LogLine[] = [];
  const titles: string[] = [];
  let text = "";
  let url: string | null = null;
  let current: Run | null = null;

  function spawn(args: readonly string[]): Run {
    const [file = "", ...rest] = [...(options.under ?? []), ...command, ...args];
    const child = spawnChild(file, rest, {
      cwd,
      env: { ...surroundings(), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.add(child);
    const gone = once(child, "exit").then(([code, signal]): Exit => {
      run.exit = { code, signal };
      return run.exit;
    });
    const ready = Promise.withResolvers<string | null>();
    const pid = child.pid ?? Number.NaN;
    const run: Run = { child, pid, exit: null, ended: watch(), ready: ready.promise, text: "" };
    const note = (words: string) => {
      run.text += words;
      text += words;
    };
    url = null;
    return run;

    async function watch(): Promise<Exit> {
      await Promise.all([
        eachLine(child.stdout, (line) => {
          const parsed = logLine(line);
          if (!parsed) return note(`${line}\n`);
          log.push(parsed);
          if (parsed.message === "started") {
            url = String(parsed["url"]);
            ready.resolve(url);
          }
        }),
        eachLine(child.stderr, (line) => note(`${line}\n`)),
      ]);
      const exit = await gone;
      children.delete(child);
      ready.resolve(null);
      return exit;
    }
  }

  const isRunning = () => current !== null && current.exit === null;

  function theRun(): Run {
    if (!current) throw new Error("the program was not started");
    return current;
  }

  async function start(): Promise<void> {
    if (isRunning()) throw new Error("the program runs already");
    const run = spawn([]);
    current = run;
    if ((await run.ready) !== null) {
      noteTitle(run.pid);
      return;
    }
    const { code, signal } = await run.ended;
    throw new Error(`the program ended before it was ready (${code ?? signal}):\n${run.text}`);
  }

  /** What everybody on the machine may read of a process. */
  function noteTitle(pid: number): void {
    if (process.platform !== "linux") return;
    try {
      titles.push(...["cmdline", "comm"].map((name) => readFileSync(`/proc/${pid}/${name}`, "utf8")));
    } catch {
      // It has just ended.
    }
  }

  async function kill(): Promise<void> {
    if (!current) return;
    // Ended amid its own start, what runs it may leave a process behind that holds the output for ever.
    while (options.under && isRunning() && !isExecuted(current.pid, executable)) await setTimeout(1);
    current.child.kill("SIGKILL");
    await current.ended;
  }

  return {
    /** Where it is started; empty unless a test puts something there. */
    cwd,
    env: options.env,
    /** The log lines of all its runs, oldest first. */
    log: log as readonly LogLine[],
    /** Command lines and names of its processes. */
    titles: titles as readonly string[],
    /** What else it printed: stderr, and lines of stdout that are no JSON. */
    get text() {
      return text;
    },
    /** Where the run of now, or the last one, listens. Throws while it has not said so. */
    get url() {
      if (!url) throw new Error("the program has not said where it listens");
      return url;
    },
    get running() {
      return isRunning();
    },
    /** Whether `url` can be asked for and leads somewhere. */
    get isListening() {
      return isRunning() && url !== null;
    },
    /** Of the process that was started last. */
    get pid() {
      return theRun().pid;
    },
    /** Starts it and resolves when it said where it listens. Rejects with all it printed if it ended before. */
    start,
    /** Starts it with arguments and resolves when it ended by itself. */
    async run(...args: string[]): Promise<Exit & { text: string }> {
      const run = spawn(args);
      current = run;
      return { ...(await run.ended), text: run.text };
    },
    signal: (name: NodeJS.Signals) => process.kill(theRun().pid, name),
    /** SIGKILL; resolves when it is gone. */
    kill,
    /** SIGKILL and a new start. */
    async restart(): Promise<void> {
      await kill();
      await start();
    },
    /** SIGTERM; rejects unless it ends with 0 within ten seconds. */
    async stop(): Promise<void> {
      const run = theRun();
      // Deno takes what `child.kill` sent for what ended it.
      process.kill(run.pid, "SIGTERM");
      const exit = await Promise.race([run.ended, setTimeout(STOP_LIMIT_MS, null)]);
      if (exit === null) {
        await kill();
        throw new Error(`SIGTERM did not end the program within ${STOP_LIMIT_MS} ms`);
      }
      if (exit.code !== 0)
        throw new Error(`SIGTERM ended the program with ${exit.code ?? exit.signal}, not 0`);
    },
    /** Resolves when the current run has ended and all its output was read. */
    ended: () => theRun().ended,
    async [Symbol.asyncDispose](): Promise<void> {
      await kill();
      if (!options.cwd) rmSync(cwd, { recursive: true, force: true });
    },
  };
}

/** Whether a process runs the executable by now, and not what was to start it. Linux. */
function isExecuted(pid: number, executable: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === realpathSync(executable);
  } catch {
    // It has just ended.
    return true;
  }
}

function logLine(line: string): LogLine | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === "object" && parsed !== null && "message" in parsed
      ? (parsed as LogLine)
      : undefined;
  } catch {
    // Cut off by a SIGKILL.
    return undefined;
  }
}

async function eachLine(stream: AsyncIterable<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  }
  if (rest !== "") take(rest);
}
