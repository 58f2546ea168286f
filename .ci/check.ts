// Every gate, the cheap ones first, the others in lanes beside each other. Goes on after a failure, so that one run
// tells all that is wrong, and ends with the line `N passed, N failed`.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { constants, getPriority, setPriority, tmpdir } from "node:os";
import { join } from "node:path";

interface Gate {
  readonly name: string;
  run(): Promise<Ran>;
}

interface Ran {
  readonly count: Count;
  readonly output: string;
}

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** For a test whose file does not say otherwise: no machine is so slow, and one that hangs is found. */
const TEST_LIMIT_MS = 30_000;

/** Files of one gate that are tested at a time. */
const SIDE_BY_SIDE = 2;

/** The priority of what takes only the time that the others leave. */
const YIELDING = constants.priority.PRIORITY_BELOW_NORMAL;

const root = join(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "memoferry-check-"));

interface Process {
  readonly env?: Record<string, string>;
  /** What runs beside it is timed. */
  readonly yields?: boolean;
}

async function bun(args: readonly string[], { env, yields = false }: Process = {}) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (yields && child.pid !== undefined) setPriority(child.pid, Math.max(getPriority(), YIELDING));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const ended = Promise.withResolvers<boolean>();
  child.on("error", ended.reject);
  child.on("close", (code) => ended.resolve(code === 0));
  return { ok: await ended.promise, output };
}

/** A gate that either passes or fails. */
function single(name: string, args: readonly string[]): Gate {
  return {
    name,
    async run() {
      const { ok, output } = await bun(args);
      return { count: one(ok), output };
    },
  };
}

function one(ok: boolean): Count {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** The tests of some folders, counted from the runner's own report. */
function tests(name: string, folders: readonly string[], process: Process = {}): Gate {
  return {
    name,
    async run() {
      const report = join(scratch, `${name.replace(/\W+/g, "-")}.xml`);
      const { ok, output } = await bun(
        [
          "test",
          `--parallel=${SIDE_BY_SIDE}`,
          // Modules are read once and stay compiled: a third less work.
          "--no-isolate",
          `--timeout=${TEST_LIMIT_MS}`,
          "--reporter=junit",
          `--reporter-outfile=${report}`,
          ...folders,
        ],
        process,
      );
      const count = counted(report);
      // A crash of the runner itself, or a file that did not load, fails no single test.
      return { count: ok || count.failed > 0 ? count : { ...count, failed: 1 }, output };
    },
  };
}

function counted(report: string): Count {
  try {
    const head = /<testsuites[^>]*>/.exec(readFileSync(report, "utf8"))?.[0] ?? "";
    const number = (key: string) => Number(new RegExp(`${key}="(\\d+)"`).exec(head)?.[1] ?? 0);
    const failed = number("failures") + number("errors");
    const skipped = number("skipped");
    return { passed: number("tests") - failed - skipped, failed, skipped };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

/** Generating again must change nothing: the committed migrations are those of the schema. */
const migrations: Gate = {
  name: "migrations up to date",
  async run() {
    const state = () =>
      spawnSync("git", ["-C", root, "status", "--porcelain", "drizzle"], { encoding: "utf8" }).stdout;
    const before = state();
    const { ok, output } = await bun(["x", "drizzle-kit", "generate", "--config", "drizzle/config.ts"]);
    return { count: one(ok && state() === before), output };
  },
};

/** A folder where a synced write costs nothing, if there is room: thousands of tests have a database each. */
function inMemory(): string | null {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize >= 2 ** 30 ? mkdtempSync("/dev/shm/memoferry-check-") : null;
  } catch {
    return null;
  }
}

const memory = inMemory();

/** One after another, before all others. */
const first: readonly Gate[] = [
  single("format, lint and imports", ["x", "biome", "check", "--config-path=.ci", "."]),
  migrations,
  single("compile", [".ci/build.ts"]),
];

/** Lanes run beside each other: the first one mostly computes, the others mostly wait. */
const lanes: readonly (readonly Gate[])[] = [
  [
    tests("unit, chat and HTTP tests", ["test/unit", "test/chat", "test/http"], {
      ...(memory !== null && { env: { TMPDIR: memory } }),
      yields: true,
    }),
  ],
  [
    tests("end-to-end tests", ["test/e2e"]),
    tests("crash tests, all others", ["test/crash", "--path-ignore-patterns=**/kill.test.ts"]),
  ],
  [
    single("types", ["x", "tsc", "-p", "."]),
    tests("crash tests, killed at any call", ["test/crash/kill.test.ts"]),
  ],
];

const total = { passed: 0, failed: 0, skipped: 0 };
const lines: string[] = [];

async function pass({ name, run }: Gate): Promise<void> {
  const started = performance.now();
  const { count, output } = await run();
  total.passed += count.passed;
  total.failed += count.failed;
  total.skipped += count.skipped;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`\n── ${name}\n${output}`);
  lines.push(`${count.failed > 0 ? "FAILED" : "ok    "}  ${name} (${count.passed} passed, ${seconds} s)`);
}

async function passAll(gates: readonly Gate[]): Promise<void> {
  for (const gate of gates) await pass(gate);
}

await passAll(first);
await Promise.all(lanes.map(passAll));
for (const folder of [scratch, memory]) if (folder) rmSync(folder, { recursive: true, force: true });
console.log(`\n${lines.join("\n")}\n`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed > 0 ? 1 : 0);
