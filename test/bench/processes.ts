// Starts, watches and surely ends what the benchmark runs.
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import type { FakeKind, FakeReply, FakeRequest, MemosCalls, TelegramCalls } from "./fakes.ts";

/** Everything on disk is below this folder, and goes with it. */
export const scratch = mkdtempSync(join(tmpdir(), "memoferry-bench-"));

const alive = new Set<Subprocess>();

function watched<Child extends Subprocess>(child: Child): Child {
  alive.add(child);
  child.exited.finally(() => alive.delete(child));
  return child;
}

/** Ends every process and removes every file. At once: also on Ctrl-C. */
export function cleanUp(): void {
  for (const child of alive) child.kill("SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
}

export function newFolder(name: string): string {
  return mkdtempSync(join(scratch, `${name}-`));
}

/** A port that nobody uses now. */
export function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
  });
  return promise;
}

type Remote<Calls> = {
  [Name in keyof Calls]: Calls[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Result>
    : never;
};

async function startFake<Calls>(kind: FakeKind): Promise<Remote<Calls> & { stop(): Promise<void> }> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const ready = Promise.withResolvers<unknown>();
  waiting.set(0, ready);
  let lastId = 0;
  const child = watched(
    Bun.spawn([process.execPath, join(import.meta.dirname, "fakes.ts"), kind], {
      stdio: ["ignore", "ignore", "inherit"],
      ipc(message) {
        const { id, result, error } = message as FakeReply;
        const call = waiting.get(id);
        waiting.delete(id);
        if (error === undefined) call?.resolve(result);
        else call?.reject(new Error(`the ${kind} fake: ${error}`));
      },
    }),
  );
  child.exited.then((code) => {
    for (const call of waiting.values()) call.reject(new Error(`the ${kind} fake ended with ${code}`));
  });
  await ready.promise;
  const call = (name: string, args: unknown[]) => {
    lastId += 1;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(lastId, answer);
    child.send({ id: lastId, call: name, args } satisfies FakeRequest);
    return answer.promise;
  };
  const stop = async () => {
    child.kill("SIGKILL");
    await child.exited;
  };
  return new Proxy({} as Remote<Calls> & { stop(): Promise<void> }, {
    get: (_, name) => {
      // A proxy that an async function returns is asked whether it is a promise.
      if (typeof name !== "string" || name === "then") return undefined;
      return name === "stop" ? stop : (...args: unknown[]) => call(name, args);
    },
  });
}

export interface Fakes {
  readonly telegram: Remote<TelegramCalls>;
  readonly memos: Remote<MemosCalls>;
  /** Where they are, as the environment of the program. */
  readonly env: Record<string, string>;
  stop(): Promise<void>;
}

export async function startFakes(): Promise<Fakes> {
  const telegram = await startFake<TelegramCalls>("telegram");
  const memos = await startFake<MemosCalls>("memos");
  const { url, token } = await telegram.start();
  return {
    telegram,
    memos,
    env: { BOT_TOKEN: token, TELEGRAM_API_URL: url, MEMOS_URL: (await memos.start()).url },
    async stop() {
      await telegram.stop();
      await memos.stop();
    },
  };
}

export const ADMIN_TOKEN = "bench-admin-token-0123456789";

/** An executable at work. Times are in ms of its life. */
export interface Program {
  readonly pid: number;
  readonly url: string;
  readonly startedAt: number;
  /** Its log says that it has started. */
  readonly toStarted: number;
  /** `/readyz` answers 200; null when it did not within the limit. */
  readonly toReady: number | null;
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<void>;
}

const START_LIMIT_MS = 30_000;

export async function startProgram(
  command: string | readonly string[],
  options: { env: Record<string, string>; dataDir: string; readyWithinMs?: number },
): Promise<Program> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const errors = join(options.dataDir, "bench-stderr.log");
  const env = {
    ...options.env,
    DATA_DIR: options.dataDir,
    HTTP_PORT: String(port),
    ADMIN_TOKEN,
    LOG_FORMAT: "json",
    HOME: options.dataDir,
  };
  const startedAt = performance.now();
  const child = watched(
    Bun.spawn([command].flat(), {
      env,
      cwd: options.dataDir,
      stdio: ["ignore", "pipe", openSync(errors, "a")],
    }),
  );
  const ended = child.exited.then((code) => {
    throw new Error(
      `${[command].flat().join(" ")} ended with ${code}: ${readFileSync(errors, "utf8").slice(-2_000)}`,
    );
  });
  ended.catch(() => {});
  await Promise.race([said(child.stdout, /"message":"started"|^started/m, START_LIMIT_MS), ended]);
  const toStarted = performance.now() - startedAt;
  const ready = await Promise.race([untilReady(url, options.readyWithinMs ?? START_LIMIT_MS), ended]);
  return {
    pid: child.pid,
    url,
    startedAt,
    toStarted,
    toReady: ready === null ? null : ready - startedAt,
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

/** Resolves once the output has it; reads on afterwards, so that the pipe never fills. */
async function said(output: ReadableStream<Uint8Array>, mark: RegExp, limitMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`it did not start within ${limitMs} ms`)), limitMs);
  const read = async () => {
    const decoder = new TextDecoder();
    let text: string | null = "";
    for await (const chunk of output) {
      if (text === null) continue;
      text += decoder.decode(chunk, { stream: true });
      if (!mark.test(text)) continue;
      text = null;
      resolve();
    }
  };
  read().catch(reject);
  await promise.finally(() => clearTimeout(timer));
}

async function untilReady(url: string, limitMs: number): Promise<number | null> {
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.ok) return performance.now();
    await Bun.sleep(1);
  }
  return null;
}

/** Binds a Telegram user through the program's own API. */
export async function bind({ url }: Program, telegram_id: number, access_token: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/bindings`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ telegram_id, access_token }),
  });
  if (answer.status !== 201) throw new Error(`binding failed: ${answer.status} ${await answer.text()}`);
}

/** Unfinished jobs and dead ones, as the program tells. */
export async function jobsOf({ url }: Program): Promise<{ unfinished: number; done: number; dead: number }> {
  const answer = await fetch(`${url}/api/v1/status`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  const { jobs } = (await answer.json()) as {
    jobs: { waiting: number; working: number; done: number; dead: number };
  };
  return { unfinished: jobs.waiting + jobs.working, done: jobs.done, dead: jobs.dead };
}

/** Memory in MB (10⁶ bytes), from /proc. */
export interface Memory {
  readonly rss: number;
  /** Without the pages of the executable's file, which are shared and can be dropped. */
  readonly anonymous: number;
  readonly peak: number;
}

export function memoryOf({ pid }: Program): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN) * 1024) / 1e6;
  return { rss: field("VmRSS"), anonymous: field("RssAnon"), peak: field("VmHWM") };
}

/** From now on `peak` is the peak since now. */
export function forgetPeak({ pid }: Program): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** Milliseconds of processor time so far, of all threads. */
export function cpuOf({ pid }: Program): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // utime and stime, in ticks of 10 ms on every Linux that Bun runs on.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
