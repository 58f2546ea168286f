// Compiles the executable: `npm run build` for this platform, `npm run build -- linux-arm64 …` for others.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { MINIFY } from "./minify.ts";

const TARGETS = [
  "linux-x64",
  "linux-x64-baseline",
  "linux-x64-musl",
  "linux-x64-musl-baseline",
  "linux-arm64",
  "linux-arm64-musl",
  "darwin-arm64",
  "darwin-x64",
  "windows-x64",
] as const;
type Target = (typeof TARGETS)[number];

const root = join(import.meta.dirname, "..");

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", root, ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
    return `${git("rev-parse", "--short=12", "HEAD")}${git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "+changes"}`;
  } catch {
    return "unknown";
  }
}

/**
 * GramIO's contexts serve its own runtime (`bot.updates`), which memoferry does not use: it calls the Bot API
 * only. Left out, the executable starts in half the time and holds 10 MB less.
 */
const withoutContexts: Bun.BunPlugin = {
  name: "without GramIO's contexts",
  setup(build) {
    build.onResolve({ filter: /^@gramio\/contexts$/ }, () => ({ path: "contexts", namespace: "left-out" }));
    build.onLoad({ filter: /.*/, namespace: "left-out" }, () => ({
      contents: "export const contextsMappings = {}; export class PhotoAttachment {}",
      loader: "js",
    }));
  },
};

async function build(target: Target | null): Promise<string> {
  const windows = target?.startsWith("windows") ?? process.platform === "win32";
  const outfile = join(
    root,
    "dist",
    `memoferry${target === null ? "" : `-${target}`}${windows ? ".exe" : ""}`,
  );
  const result = await Bun.build({
    // The second one is a thread.
    entrypoints: [join(root, "src/main.ts"), join(root, "src/store/db/backup-worker.ts")],
    root: join(root, "src"),
    plugins: [withoutContexts],
    minify: MINIFY,
    // What is imported once it is needed lies in a file of its own: in one file, it costs memory from the start.
    splitting: true,
    bytecode: true,
    format: "esm",
    define: {
      MEMOFERRY_VERSION: JSON.stringify(packageJson.version),
      MEMOFERRY_COMMIT: JSON.stringify(commit()),
      "process.env.NODE_ENV": '"production"',
    },
    compile: {
      outfile,
      ...(target !== null && { target: `bun-${target}` as Bun.Build.CompileTarget }),
      // What lies in the folder it is started from is none of its business.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  });
  if (!result.success) throw new AggregateError(result.logs, `building ${basename(outfile)} failed`);
  return outfile;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(TARGETS as readonly string[]).includes(name));
if (unknown.length > 0) {
  console.error(`unknown target ${unknown.join(", ")}; there are: ${TARGETS.join(" ")}`);
  process.exit(2);
}
mkdirSync(join(root, "dist"), { recursive: true });
for (const target of wanted.length > 0 ? (wanted as Target[]) : [null]) console.log(await build(target));
