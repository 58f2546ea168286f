import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DemoError } from "./settings.ts";

/** memoferry itself, unchanged, in a process of its own: it can be killed and started again. */
export interface Ferry {
  readonly pid: number | null;
  /** The last lines of its log, oldest first. */
  readonly log: readonly LogLine[];
  /** Resolves once its API answers. @throws with its last words when it ends instead. */
  start(): Promise<void>;
  /** SIGKILL: no time to say goodbye. */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL when that takes longer than `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /** Calls the admin API. @throws when memoferry does not run. */
  api(method: "GET" | "POST", path: string, body?: object): Promise<{ status: number; body: unknown }>;
}

export interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly text: string;
}

const MAIN = join(import.meta.dir, "../../src/main.ts");
const LINES_KEPT = 200;
const START_LIMIT_MS = 20_000;
/** What a process needs of its surroundings; the settings come from the demo alone. */
const SURROUNDINGS = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "TZ", "NODE_EXTRA_CA_CERTS"];

export function createFerry(options: {
  readonly dataDir: string;
  /** Its working folder: an empty one, so that no `.env` of the clone is read. */
  readonly workDir: string;
  readonly adminToken: string;
  readonly env: Record<string, string>;
}): Ferry {
  const { dataDir, workDir, adminToken } = options;
  const addressFile = join(dataDir, "http-address");
  const log: LogLine[] = [];
  let child: ReturnType<typeof spawn> | null = null;
  let url = "";

  function spawn() {
    return Bun.spawn([process.execPath, MAIN, "serve"], {
      cwd: workDir,
      env: {
        ...Object.fromEntries(SURROUNDINGS.flatMap((name) => [[name, process.env[name]]])),
        ...options.env,
        DATA_DIR: dataDir,
        HTTP_HOST: "127.0.0.1",
        HTTP_PORT: "0",
        ADMIN_TOKEN: adminToken,
        LOG_FORMAT: "json",
        LOG_LEVEL: "info",
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
  }

  async function collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.trim() !== "") log.push(readLine(line));
      log.splice(0, Math.max(log.length - LINES_KEPT, 0));
    }
  }

  function lastWords(): string {
    return log
      .slice(-12)
      .map(({ text }) => text)
      .join("\n");
  }

  return {
    get pid() {
      return child && child.exitCode === null && child.signalCode === null ? child.pid : null;
    },
    log,

    async start() {
      if (this.pid !== null) return;
      // The one of a killed predecessor.
      rmSync(addressFile, { force: true });
      const started = spawn();
      child = started;
      const collected = Promise.all([collect(started.stdout), collect(started.stderr)]);
      const end = performance.now() + START_LIMIT_MS;
      while (!existsSync(addressFile)) {
        if (started.exitCode !== null || started.signalCode !== null) {
          await collected;
          throw new DemoError(`memoferry ended at its start:\n${lastWords()}`);
        }
        if (performance.now() > end) throw new DemoError(`memoferry does not start:\n${lastWords()}`);
        await Bun.sleep(10);
      }
      url = readFileSync(addressFile, "utf8").trim();
      note("memoferry was started", { pid: started.pid });
      void started.exited.then((code) => {
        note("memoferry ended", { pid: started.pid, code: started.signalCode ?? code });
      });
    },

    async kill() {
      child?.kill("SIGKILL");
      await child?.exited;
    },

    async stop(graceMs) {
      if (!child) return;
      child.kill("SIGTERM");
      const late = setTimeout(() => child?.kill("SIGKILL"), graceMs);
      await child.exited;
      clearTimeout(late);
    },

    async api(method, path, body) {
      const answer = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
        signal: AbortSignal.timeout(40_000),
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: await answer.json() };
    },
  };

  /** What the demo did to the process, between the lines of the process. */
  function note(text: string, fields: object): void {
    const told = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
    log.push({ time: new Date().toISOString(), level: "demo", text: [text, ...told].join("  ") });
  }
}

function readLine(line: string): LogLine {
  try {
    const { time, level, part, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const told = Object.entries(fields).map(
      ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
    return { time: String(time), level: String(level), text: [`${part}: ${message}`, ...told].join("  ") };
  } catch {
    return { time: new Date().toISOString(), level: "error", text: line };
  }
}
