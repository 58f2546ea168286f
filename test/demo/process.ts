import { join } from "node:path";

/** The demo as a process of its own, as `npm run demo` runs it, on any free port. */
export interface DemoProcess {
  readonly url: string;
  /** Everything printed so far. */
  readonly printed: () => string;
  /** As Ctrl-C; resolves with the exit code. */
  interrupt(): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

const MAIN = join(import.meta.dir, "main.ts");

/** Spawns the demo with these variables beside the usual ones. */
export function spawnDemo(env: Record<string, string> = {}) {
  return Bun.spawn([process.execPath, MAIN], {
    // Only what a terminal gives: no settings of who runs the tests.
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      TMPDIR: process.env["TMPDIR"],
      DEMO_PORT: "0",
      ...env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Resolves once the demo has printed its address. @throws with what it said when it ends instead. */
export async function startDemoProcess(env: Record<string, string> = {}): Promise<DemoProcess> {
  const child = spawnDemo(env);
  const found = Promise.withResolvers<string>();
  let printed = "";
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    for await (const bytes of stream) {
      printed += Buffer.from(bytes).toString();
      const url = /http:\/\/\S+/.exec(printed)?.[0];
      if (url && printed.includes("Ctrl-C")) found.resolve(url);
    }
  };
  const collected = Promise.all([collect(child.stdout), collect(child.stderr)]);
  void child.exited.then(async (code) => {
    await collected;
    found.reject(new Error(`the demo ended with ${code}: ${printed}`));
  });
  const url = await found.promise;
  return {
    url,
    printed: () => printed,
    async interrupt() {
      child.kill("SIGINT");
      const code = await child.exited;
      await collected;
      return code;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}
