// `npm run bench`: figures of the compiled executable, as ratios to a bare one built in the same run. Never a gate.
import { copyFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { MINIFY } from "../../.ci/minify.ts";
import { runtimeOf } from "../../.ci/runtime.ts";
import type { Target } from "../../.ci/targets.ts";
import { age } from "./age.ts";
import { alone } from "./alone.ts";
import { asked } from "./asked.ts";
import { disk } from "./disk.ts";
import { documents } from "./documents.ts";
import { far } from "./far.ts";
import { backlog, type Executables, type Figure, idle, sizes, starts, toCeiling } from "./figures.ts";
import { floors } from "./floors.ts";
import { growth } from "./growth.ts";
import { isReal } from "./memos.ts";
import { answers, message } from "./message.ts";
import { news } from "./news.ts";
import { explained, isPart, isSlow, MINUTES, PARTS, type Part, usageOf } from "./parts.ts";
import { PEER, peer } from "./peer.ts";
import { downloads, emulatedStarts } from "./platforms.ts";
import { newFolder } from "./processes.ts";
import { quiet } from "./quiet.ts";
import { table, told } from "./table.ts";
import { webhook } from "./webhook.ts";

/** A message has two links: its own, and that of the answer to it. */
const GROWN = [
  { people: 1_000, links: 1_000_000 },
  { people: 10_000, links: 1_000_000 },
];

const REAL_TEXTS = 10_000;
/** Some bots post all that waits at once, and lose of more of them what Memos refuses then. */
const PEER_TEXTS = 1_000;

const USAGE = `npm run bench -- [PART …] [options]   writes docs/figures.md (docs/figures-memos.md with BENCH_MEMOS): ${MINUTES.all} minutes, and
                       ${MINUTES.peer} more with BENCH_PEER
  PART …               only these
  --quick              few runs, 1,000 texts, without those that take longest unless they are named: five minutes; peer
                       takes some seven
  --runs N             runs of the parts that repeat
  --texts N            length of a backlog: 20,000 in the part of that name, 5,000 in others; with a real Memos 10,000, and
                       1,000 beside another bot
  --executable PATH    this memoferry instead of one built now
  --against PATH       another memoferry, in turns with it, for backlog and documents
  --release FOLDER     these files for downloads, instead of a release made now
  --out FILE           where the figures are written; of a part of them, or quickly, nowhere else
  --json FILE          the same as JSON, with the values of single runs
BENCH_MEMOS=/path/to/memos measures with a real Memos, new and empty for each run, in place of the fake.
BENCH_PEER="command" measures another bot beside it (with BENCH_MEMOS). In the command {memos} and {telegram} are where the
servers are, {token} is the bot's, and {data} a file with a line \`Telegram id:access token\` for each person; as Memogram:
  BENCH_PEER="env SERVER_ADDR={memos} BOT_TOKEN={token} BOT_PROXY_ADDR={telegram} DATA={data} /path/to/memogram"
Parts, and about how long each takes:
${PARTS.map(usageOf).join("\n")}`;

const PAGE = isReal
  ? { file: "figures-memos.md", beside: "With a stand-in of Memos: [figures.md](figures.md)." }
  : { file: "figures.md", beside: "With a real Memos: [figures-memos.md](figures-memos.md)." };

const root = join(import.meta.dirname, "../..");

function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      runs: { type: "string" },
      texts: { type: "string" },
      executable: { type: "string" },
      against: { type: "string" },
      release: { type: "string" },
      out: { type: "string" },
      json: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const number = (name: "runs" | "texts") => {
    const text = values[name];
    if (text !== undefined && !(Number(text) >= 1)) throw new Error(`--${name} takes a number from 1 on`);
    return text === undefined ? undefined : Math.floor(Number(text));
  };
  const unknown = positionals.filter((name) => !isPart(name));
  if (unknown.length > 0) throw new Error(`the parts are ${PARTS.join(", ")}, not ${unknown.join(", ")}`);
  // A real Memos takes the longer for a memo the more it has: for 20,000 of them a quarter of an hour.
  const [few, many] = isReal ? [REAL_TEXTS, REAL_TEXTS] : [5_000, 20_000];
  const isUsually = (part: Part) =>
    !(values.quick && isSlow(part)) && !(part === "peer" && PEER === undefined);
  const isAsked = (part: Part) => (positionals.length > 0 ? positionals.includes(part) : isUsually(part));
  const only = PARTS.filter(isAsked);
  const isUsual = !(values.quick || values.executable || values.against || values.runs || values.texts);
  const isWhole = isUsual && positionals.length === 0;
  return {
    ...values,
    only,
    leftOut: PARTS.filter((part) => !only.includes(part)),
    out: values.out ?? (isWhole ? join(root, "docs", PAGE.file) : null),
    runs: number("runs"),
    texts: number("texts") ?? (values.quick ? 1_000 : few),
    peerTexts: number("texts") ?? PEER_TEXTS,
    backlogTexts: number("texts") ?? (values.quick ? 1_000 : many),
  };
}

/** Compiles one of bare/ with the flags of .ci/compile.ts: what is compared differs in its source only. */
async function buildBare(name: string, folder: string, target: Target | null = null): Promise<string> {
  const bare = join(folder, `bare-${name}`);
  const built = await Bun.build({
    entrypoints: [join(import.meta.dirname, `bare/${name}.ts`)],
    minify: MINIFY,
    splitting: true,
    bytecode: true,
    format: "esm",
    define: { "process.env.NODE_ENV": '"production"' },
    compile: {
      outfile: bare,
      ...(target && {
        target: `bun-${target}` as Bun.Build.CompileTarget,
        executablePath: runtimeOf(target).file,
      }),
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  });
  if (!built.success) throw new AggregateError(built.logs, "building a bare executable failed");
  return bare;
}

async function build(
  given: { executable?: string; against?: string },
  target: Target | null,
): Promise<Executables> {
  const folder = newFolder(target ?? "here");
  const bare = await buildBare("main", folder, target);
  // A copy: another build meanwhile does not change what is measured.
  const memoferry = join(folder, "memoferry");
  copyFileSync(
    given.executable ? resolve(given.executable) : made(".ci/build.ts", ...(target ? [target] : [])),
    memoferry,
  );
  return { memoferry, bare, against: given.against ? resolve(given.against) : null };
}

const secondsSince = (from: number) => Math.round((performance.now() - from) / 1_000);

/** Runs a script of ours; gives what it printed. */
function made(...script: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, ...script], { cwd: root });
  if (exitCode !== 0) throw new Error(`${script[0]} failed: ${stderr}`);
  return String(stdout).trim();
}

/** Of a release made now, unless one is given. */
function downloadsOf(release: string | undefined): Figure[] {
  const folder = release ? resolve(release) : newFolder("release");
  if (!release) made(".ci/release.ts", "--snapshot", "--out", folder);
  return downloads(folder);
}

const notMeasured = ({ part, why }: { part: Part; why: string }) => `not measured: ${part}: ${why}`;

/** What the table says to who has not seen the benchmark. */
const page = (report: string, parts: readonly Part[]) => `# Figures

Written by \`npm run bench\`, on one machine, against stand-ins of Telegram${isReal ? " and a real Memos" : " and Memos"}. A ratio says how many times as much it is as what it is compared with; less is better, but for what is counted a second. ${PAGE.beside} What they mean for many people and many bots: [scale.md](scale.md).

\`\`\`text
${report}
\`\`\`

${explained(parts)}

The CPU time of a text is several times as much where it comes alone (\`alone\`: after a pause the processor's caches are cold, and little of the code has run often enough to be compiled) as in a backlog (\`backlog\`, \`age\`: the code is warm). That of \`growth\` is between them: one text after another, without a pause.
`;

/** Before anything is built: what is named and not there. */
function checkNeeds(
  only: readonly Part[],
  { executable, against }: { executable?: string; against?: string },
) {
  const named = { BENCH_MEMOS: process.env["BENCH_MEMOS"], "--executable": executable, "--against": against };
  for (const [name, path] of Object.entries(named))
    if (path !== undefined && Bun.which(resolve(path)) === null)
      throw new Error(`${name}: there is no executable at ${resolve(path)}`);
  if (only.includes("peer") && !(PEER && isReal))
    throw new Error("peer measures another bot at a real Memos: set BENCH_PEER and BENCH_MEMOS (see --help)");
}

async function measure(): Promise<void> {
  const { quick, only, leftOut, runs, texts, backlogTexts, peerTexts, help, release, out, json, ...given } =
    options();
  if (help) {
    console.log(USAGE);
    return;
  }
  if (process.platform !== "linux")
    throw new Error("the figures are read from /proc: this runs on Linux only");
  checkNeeds(only, given);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const began = { load: loadavg(), at: performance.now() };
  say("building");
  const executables = await build(given, null);
  const version = String(Bun.spawnSync([executables.memoferry, "version"]).stdout).trim();
  const idleMs = 5_000;
  const parts: Record<Part, () => Figure[] | Promise<Figure[]>> = {
    start: () => starts(executables, runs ?? (quick ? 5 : 11), say),
    emulated: async () => emulatedStarts(await build({}, "linux-arm64"), runs ?? (quick ? 1 : 5), say),
    idle: () => idle(executables, { runs: runs ?? (quick ? 2 : 4), idleMs }, say),
    news: () => news(executables.memoferry, { minutes: quick ? 2 : 10 }, say),
    // Only this one needs libfaketime, which says so where it is missing.
    day: async () => (await import("./day.ts")).day(executables.memoferry, say),
    alone: () => alone(executables, { runs: runs ?? 1, texts: quick ? 5 : 20 }, say),
    backlog: () =>
      backlog(executables, { runs: runs ?? (quick ? 1 : 2), texts: backlogTexts, chats: 200 }, say),
    floors: async () => {
      const folder = newFolder("floors");
      const packages = {
        Bun: await buildBare("empty", folder),
        Elysia: await buildBare("elysia", folder),
        "GramIO, Elysia and Drizzle": executables.bare,
      };
      return floors(packages, runs ?? (quick ? 1 : 2), say);
    },
    quiet: () => quiet(executables, { minutes: 10 }, say),
    ceiling: () => toCeiling(executables, { runs: runs ?? (isReal ? 1 : 2), texts, chats: 200 }, say),
    far: () => far(executables, { runs: runs ?? 1, texts: quick ? 300 : 1_000 }, say),
    message: () =>
      message(executables, { texts: quick ? 15 : 30, backlog: quick || isReal ? 5_000 : 20_000 }, say),
    answers: () => answers(executables, { presses: 20 }, say),
    disk: () => disk(executables, { texts, chats: 200 }, say),
    age: () => age(executables, { jobs: 1_000_000, texts, runs: runs ?? 2 }, say),
    growth: () => growth(executables, { sizes: GROWN, texts: 200 }, say),
    webhook: () => webhook(executables, { seconds: quick ? 4 : 5, runs: runs ?? (quick ? 1 : 2) }, say),
    peer: () =>
      peer(
        executables,
        PEER ?? "",
        { texts: peerTexts, chats: 200, messages: quick ? 10 : 60, runs: runs ?? (quick ? 1 : 2) },
        say,
      ),
    asked: () => asked(executables, { runs: runs ?? (quick ? 1 : 2), texts, chats: 50 }, say),
    documents: () =>
      documents(executables, { runs: runs ?? (quick ? 1 : 2), idleMs: quick ? 2_000 : idleMs }, say),
    size: () => sizes(executables),
    downloads: () => downloadsOf(release),
  };
  const figures: Figure[] = [];
  const failed: { part: Part; why: string }[] = [];
  for (const part of only) {
    const from = performance.now();
    try {
      figures.push(...(await parts[part]()));
      say(`${part}: ${secondsSince(from)} s`);
    } catch (error) {
      // Such as a package that is not there: the other parts stand.
      const one = { part, why: error instanceof Error ? error.message : String(error) };
      failed.push(one);
      say(notMeasured(one));
      process.exitCode = 1;
    }
  }
  const machine = `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 1e9)} GB`;
  const date = new Date().toISOString().slice(0, 10);
  // Of the executable that was measured, which says so.
  const commit = /commit (\w+)/.exec(version)?.[1] ?? null;
  const loads = ([one = 0, five = 0]: number[]) => `${one.toFixed(2)} ${five.toFixed(2)}`;
  const report = [
    `${version}, Bun ${Bun.version}, ${machine}`,
    `${date}; load average (1, 5 min) ${loads(began.load)} before, ${loads(loadavg())} after;` +
      ` ${secondsSince(began.at)} s`,
    "",
    table(figures.map(told)),
    ...failed.map(notMeasured),
    ...(leftOut.length > 0 ? [`not in this run: ${leftOut.join(", ")}`] : []),
    "",
    "A value is that of one run, or the median of several; N says of how many runs, or of how many samples where it is a",
    "percentile: p50, p95 of 20 and more, p99 of 100 and more. What is compared runs in turns on servers of its own (A, B,",
    "A, B), once each where least … most is empty, and the ratio is the median of the turns' ratios: what else the machine",
    "does weighs on both alike.",
    "What has nothing beside it shares the processors with the fakes: compare it within one run only (--against).",
    "Memory is in MB of 10⁶ bytes.",
  ].join("\n");
  console.log(`\n${report}\n\n${explained(only)}`);
  if (json)
    writeFileSync(
      json,
      JSON.stringify({
        version,
        machine,
        date,
        commit,
        memos: isReal ? "real" : "fake",
        figures: figures.map(told),
        notMeasured: failed,
        leftOut,
      }),
    );
  if (out) writeFileSync(out, page(report, only));
}

try {
  await measure();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
process.exit();
