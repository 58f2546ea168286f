// Starts, watches and surely ends what the benchmark runs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/app.ts";
import { createProgram } from "../support/binary.ts";
import type { Calls, Reply, Request } from "./fakes.ts";

/** Everything on disk is below this folder, and goes with it. */
export const scratch = mkdtempSync(join(tmpdir(), "memoferry-bench-"));

// Processes end with this one: programs are killed, and the fakes end when nobody asks them any more.
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));

export const newFolder = (name: string) => mkdtempSync(join(scratch, `${name}-`));

type Remote = {
  [Name in keyof Calls]: (...args: Parameters<Calls[Name]>) => Promise<Awaited<ReturnType<Calls[Name]>>>;
};
export type Fakes = Awaited<ReturnType<typeof startFakes>>;

/** `limits`: Telegram takes messages in its pace only. `farMs`: Memos answers so much later. */
export async function startFakes({ memosVersion = "0.30.0", limits = false, farMs = 0 } = {}) {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const answerTo = (id: number) => {
    const answer = Promise.withResolvers<unknown>();
    waiting.set(id, answer);
    return answer.promise;
  };
  const ready = answerTo(0);
  let lastId = 0;
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, "fakes.ts"), memosVersion], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, BENCH_LIMITS: limits ? "yes" : "no", BENCH_FAR_MS: `${farMs}` },
    ipc(message) {
      const { id, result, error } = message as Reply;
      const call = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(`the fakes: ${error}`));
    },
  });
  child.exited.then((code) => {
    for (const call of waiting.values()) call.reject(new Error(`the fakes ended with ${code}`));
  });
  await ready;
  const calls = new Proxy({} as Remote, {
    get:
      (_, name) =>
      (...args: unknown[]) => {
        lastId += 1;
        const answer = answerTo(lastId);
        child.send({ id: lastId, call: String(name), args } satisfies Request);
        return answer;
      },
  });
  const memosPid = await calls.memosPid();
  const spent = () => ({ fakes: cpuOf(child), memos: memosPid === null ? 0 : cpuOf({ pid: memosPid }) });
  return {
    calls,
    /** Begins to count processor time. What it gives tells how many ms they took since: the fakes, and a real Memos. */
    counting() {
      const before = spent();
      return () => {
        const now = spent();
        return { fakes: now.fakes - before.fakes, memos: now.memos - before.memos };
      };
    },
    /** Where they are, as the environment of the program. */
    env: (await calls.env()) as Record<string, string>,
    async stop(): Promise<void> {
      await calls.stop();
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

const ADMIN_TOKEN = "bench-admin-token-0123456789";
const START_LIMIT_MS = 30_000;

/** The source, which writes down each statement that it runs, in the file of RECORD_STATEMENTS_TO. */
export const recorded: readonly string[] = [
  process.execPath,
  "--preload",
  join(import.meta.dirname, "record-statements.ts"),
  join(import.meta.dirname, "../../src/main.ts"),
  "serve",
];

/** An executable at work. Times are in ms of its life. */
export type Program = Awaited<ReturnType<typeof startProgram>>;

/** Ms of processor time a text, of all that share the machine: the program, the fakes, and a real Memos. */
export type Shares = Record<"program" | "fakes" | "memos", number>;

export const sharesOf = ({ program, fakes, memos }: Shares, texts: number): Shares => ({
  program: program / texts,
  fakes: fakes / texts,
  memos: memos / texts,
});

/** Starts it and waits until its log says so, and, for so long at most, until `/readyz` answers 200. */
export async function startProgram(
  command: string | readonly string[],
  options: { env: Record<string, string>; dataDir: string; readyWithinMs?: number },
) {
  const { env, dataDir, readyWithinMs = START_LIMIT_MS } = options;
  const own = { DATA_DIR: dataDir, HTTP_PORT: "0", ADMIN_TOKEN, LOG_FORMAT: "json", HOME: dataDir };
  const program = await createProgram({ command: [command].flat(), cwd: dataDir, env: { ...env, ...own } });
  const startedAt = performance.now();
  await program.start();
  const toStarted = performance.now() - startedAt;
  const { url, pid } = program;
  const isReady = async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok;
  const ready = await until("it to be ready", isReady, readyWithinMs, 1).catch(() => false);
  return {
    pid,
    url,
    startedAt,
    /** Its log says that it has started. */
    toStarted,
    /** Null when `/readyz` did not answer 200 within the limit. */
    toReady: ready ? performance.now() - startedAt : null,
    /** Once it has ended by itself. */
    ended: program.ended,
    /** Asks it to stop, and waits until it has. */
    async stop(): Promise<void> {
      program.signal("SIGTERM");
      await program.ended();
    },
  };
}

/** What the admin token opens is asked with. */
export const AUTHORIZATION = { authorization: `Bearer ${ADMIN_TOKEN}` };

export const callApi = ({ url }: Program, method: string, path: string, body?: object) =>
  fetch(`${url}/api/v1/${path}`, {
    method,
    headers: { ...AUTHORIZATION, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });

/** Binds a Telegram user through the program's own API. */
export async function bind(program: Program, { id, token }: { id: number; token: string }): Promise<void> {
  const answer = await callApi(program, "POST", "bindings", { telegram_id: id, access_token: token });
  if (answer.status !== 201) throw new Error(`binding failed: ${answer.status} ${await answer.text()}`);
}

/** Unfinished jobs and dead ones, as the program tells. */
export async function jobsOf(program: Program): Promise<{ unfinished: number; dead: number }> {
  const { jobs } = (await (await callApi(program, "GET", "status")).json()) as {
    jobs: { waiting: number; working: number; dead: number };
  };
  return { unfinished: jobs.waiting + jobs.working, dead: jobs.dead };
}

/** Memory in MB (10⁶ bytes), from /proc. `anonymous` is without the executable's file, whose pages can be dropped. */
export type Memory = ReturnType<typeof memoryOf>;

export function memoryOf({ pid }: Pick<Program, "pid">) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN) * 1024) / 1e6;
  return { rss: field("VmRSS"), anonymous: field("RssAnon"), peak: field("VmHWM") };
}

/** From now on `peak` is the peak since now. */
export function forgetPeak({ pid }: Pick<Program, "pid">): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** Milliseconds of processor time so far, of all threads. */
export function cpuOf({ pid }: Pick<Program, "pid">): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // utime and stime, in ticks of 10 ms on every Linux that Bun runs on.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
