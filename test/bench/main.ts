// `npm run bench`: figures of the compiled executable, as ratios to a bare one built in the same run. Never a gate.
import { copyFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { MINIFY } from "../../.ci/minify.ts";
import { alone } from "./alone.ts";
import { backlog, documents, type Executables, type Figure, idle, sizes, starts } from "./figures.ts";
import { scratch } from "./processes.ts";
import { table, told } from "./table.ts";

const PARTS = ["start", "idle", "alone", "backlog", "documents", "size"] as const;

const USAGE = `npm run bench -- [options]
  --quick              few runs, 1,000 texts: about a minute
  --only PART,…        ${PARTS.join(", ")}
  --runs N             runs of each figure
  --texts N            length of the backlog (5000)
  --executable PATH    this memoferry instead of one built now
  --against PATH       another memoferry, in turns with it, for backlog and documents`;

const root = join(import.meta.dirname, "../..");

function options() {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", default: PARTS.join(",") },
      runs: { type: "string" },
      texts: { type: "string" },
      executable: { type: "string" },
      against: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const number = (name: "runs" | "texts") => {
    const text = values[name];
    if (text !== undefined && !(Number(text) >= 1)) throw new Error(`--${name} takes a number from 1 on`);
    return text === undefined ? undefined : Math.floor(Number(text));
  };
  const only = values.only.split(",");
  const unknown = only.filter((part) => !(PARTS as readonly string[]).includes(part));
  if (unknown.length > 0) throw new Error(`--only knows ${PARTS.join(", ")}, not ${unknown.join(", ")}`);
  return {
    ...values,
    only,
    runs: number("runs"),
    texts: number("texts") ?? (values.quick ? 1_000 : 5_000),
  };
}

/** Builds with the flags of .ci/build.ts: what is compared differs in its source only. */
async function build(given: { executable?: string; against?: string }): Promise<Executables> {
  const bare = join(scratch, "bare");
  const built = await Bun.build({
    entrypoints: [join(import.meta.dirname, "bare/main.ts")],
    minify: MINIFY,
    bytecode: true,
    format: "esm",
    define: { "process.env.NODE_ENV": '"production"' },
    compile: { outfile: bare, autoloadDotenv: false, autoloadBunfig: false },
  });
  if (!built.success) throw new AggregateError(built.logs, "building the bare executable failed");
  // A copy: another build meanwhile does not change what is measured.
  const memoferry = join(scratch, "memoferry");
  copyFileSync(given.executable ? resolve(given.executable) : compiled(), memoferry);
  return { memoferry, bare, against: given.against ? resolve(given.against) : null };
}

function compiled(): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, ".ci/build.ts"], { cwd: root });
  if (exitCode !== 0) throw new Error(`building memoferry failed: ${stderr}`);
  return String(stdout).trim();
}

async function measure(): Promise<void> {
  const { quick, only, runs, texts, help, ...given } = options();
  if (help) {
    console.log(USAGE);
    return;
  }
  if (process.platform !== "linux")
    throw new Error("the figures are read from /proc: this runs on Linux only");
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const began = { load: loadavg(), at: performance.now() };
  say("building");
  const executables = await build(given);
  const version = String(Bun.spawnSync([executables.memoferry, "version"]).stdout).trim();
  const idleMs = 5_000;
  const parts: Record<(typeof PARTS)[number], () => Figure[] | Promise<Figure[]>> = {
    start: () => starts(executables, runs ?? (quick ? 5 : 15), say),
    idle: () => idle(executables, { runs: runs ?? (quick ? 2 : 5), idleMs }, say),
    alone: () => alone(executables, { runs: runs ?? (quick ? 1 : 3), texts: quick ? 5 : 20 }, say),
    backlog: () => backlog(executables, { runs: runs ?? (quick ? 1 : 3), texts, chats: 50 }, say),
    documents: () =>
      documents(executables, { runs: runs ?? (quick ? 1 : 3), idleMs: quick ? 2_000 : idleMs }, say),
    size: () => sizes(executables),
  };
  const figures: Figure[] = [];
  for (const part of PARTS) if (only.includes(part)) figures.push(...(await parts[part]()));
  const loads = ([one = 0, five = 0]: number[]) => `${one.toFixed(2)} ${five.toFixed(2)}`;
  console.log(
    [
      "",
      `${version}, Bun ${Bun.version}, ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 1e9)} GB`,
      `load average (1, 5 min) ${loads(began.load)} before, ${loads(loadavg())} after;` +
        ` ${Math.round((performance.now() - began.at) / 1000)} s`,
      "",
      table(figures.map(told)),
      "",
      "Start, idle and size are compared with a bare GramIO + Elysia + Drizzle executable built in this run" +
        `${executables.against ? "; backlog and documents with --against" : ""}.`,
      "Both run in turns (A, B, A, B) and the ratio is the median of the turns' ratios, so that what else the",
      "machine does weighs on both alike. Other figures share the processors with the fakes: compare them",
      "within one run only (--against). Memory is in MB of 10⁶ bytes.",
    ].join("\n"),
  );
}

try {
  await measure();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
process.exit();
