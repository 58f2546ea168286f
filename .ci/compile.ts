// Makes the executable of a platform, by Bun's own executable for that platform.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { withSignature } from "./mac-signature.ts";
import { MINIFY } from "./minify.ts";
import { runtimeOf } from "./runtime.ts";
import type { Target } from "./targets.ts";

export const root = join(import.meta.dirname, "..");

/** What git says; null outside of a repository. */
export function git(...args: readonly string[]): string | null {
  try {
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    return execFileSync("git", ["-C", root, ...args], { encoding: "utf8", stdio }).trim();
  } catch {
    return null;
  }
}

/** The commit that the source is of, with a mark where something was changed since. Outside of a repository it can be given. */
function commitOf(): string {
  const hash = git("rev-parse", "--short=12", "HEAD");
  const changes = git("status", "--porcelain", "--untracked-files=no");
  return hash === null
    ? process.env["MEMOFERRY_COMMIT"] || "unknown"
    : `${hash}${changes === "" ? "" : "+changes"}`;
}

/** Known once, whatever is changed while it compiles. */
export const COMMIT = commitOf();

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

/** Compiles for a target, or, without one, for this machine by the Bun that runs this. Gives the files that it is made of. */
export async function compile(target: Target | null, outfile: string): Promise<string[]> {
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
    metafile: true,
    define: {
      MEMOFERRY_VERSION: JSON.stringify(packageJson.version),
      MEMOFERRY_COMMIT: JSON.stringify(COMMIT),
      MEMOFERRY_TARGET: JSON.stringify(target ?? thisMachine()),
      "process.env.NODE_ENV": '"production"',
    },
    compile: {
      outfile,
      ...(target !== null && {
        target: `bun-${target}` as Bun.Build.CompileTarget,
        executablePath: runtimeOf(target).file,
      }),
      // What lies in the folder it is started from is none of its business.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  });
  if (!result.success) throw new AggregateError(result.logs, `building ${basename(outfile)} failed`);
  if (target === "darwin-x64") writeFileSync(outfile, withSignature(readFileSync(outfile)));
  return Object.keys(result.metafile?.inputs ?? {});
}

function thisMachine(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const isMusl = system === "linux" && header.glibcVersionRuntime === undefined;
  return `${system}-${process.arch}${isMusl ? "-musl" : ""}`;
}
