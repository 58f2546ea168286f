// Every gate, from cheap to dear. Goes on after a failure, so that one run tells all that is wrong,
// and ends with the line `N passed, N failed`.
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Gate {
  readonly name: string;
  run(): Count;
}

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** For a test whose file does not say otherwise: no machine is so slow, and one that hangs is found. */
const TEST_LIMIT_MS = 30_000;

/** Two keep two cores busy, and wait beside each other. More would slow down what is timed, such as an album's 1.5 s. */
const SIDE_BY_SIDE = 2;

const root = join(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "memoferry-check-"));

function bun(args: readonly string[], env: Record<string, string> = {}): SpawnSyncReturns<Buffer> {
  return spawnSync(process.execPath, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
}

/** A gate that either passes or fails. */
function single(name: string, args: readonly string[]): Gate {
  return { name, run: () => one(bun(args).status === 0) };
}

function one(ok: boolean): Count {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** The tests of some folders, counted from the runner's own report. */
function tests(name: string, folders: readonly string[], workers: number): Gate {
  return {
    name,
    run() {
      const report = join(scratch, `${name.replace(/\W+/g, "-")}.xml`);
      const { status } = bun([
        "test",
        `--parallel=${workers}`,
        `--timeout=${TEST_LIMIT_MS}`,
        "--reporter=junit",
        `--reporter-outfile=${report}`,
        ...folders,
      ]);
      const count = counted(report);
      // A crash of the runner itself, or a file that did not load, fails no single test.
      return status === 0 || count.failed > 0 ? count : { ...count, failed: 1 };
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
  run() {
    const state = () =>
      spawnSync("git", ["-C", root, "status", "--porcelain", "drizzle"], { encoding: "utf8" }).stdout;
    const before = state();
    const generated = bun(["x", "drizzle-kit", "generate", "--config", "drizzle/config.ts"]).status === 0;
    return one(generated && state() === before);
  },
};

const gates: readonly Gate[] = [
  single("format, lint and imports", ["x", "biome", "check", "--config-path=.ci", "."]),
  single("types", ["x", "tsc", "-p", "."]),
  tests("unit, chat and HTTP tests", ["test/unit", "test/chat", "test/http"], SIDE_BY_SIDE),
  migrations,
  single("compile", [".ci/build.ts"]),
  tests("end-to-end tests", ["test/e2e"], SIDE_BY_SIDE),
  tests("crash tests on the executable", ["test/crash"], SIDE_BY_SIDE),
];

const total = { passed: 0, failed: 0, skipped: 0 };
const lines: string[] = [];
for (const { name, run } of gates) {
  console.log(`\n── ${name}`);
  const started = performance.now();
  const count = run();
  total.passed += count.passed;
  total.failed += count.failed;
  total.skipped += count.skipped;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  lines.push(`${count.failed > 0 ? "FAILED" : "ok    "}  ${name} (${count.passed} passed, ${seconds} s)`);
}
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${lines.join("\n")}\n`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed > 0 ? 1 : 0);
