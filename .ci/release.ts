// `npm run release`: the files of a release, for every platform, from any of them.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import packageJson from "../package.json" with { type: "json" };
import { createProgram } from "../src/cli/commands.ts";
import { completionScript } from "../src/cli/completion.ts";
import { systemTerminal } from "../src/cli/terminal.ts";
import { COMMIT, compile, git, root } from "./compile.ts";
import { manualPage } from "./man.ts";
import { type Entry, packed, tar, zip } from "./release/archive.ts";
import { componentsOf } from "./release/components.ts";
import { deb } from "./release/deb.ts";
import { exampleSettings, installText } from "./release/files.ts";
import { thirdPartyLicenses } from "./release/licenses.ts";
import { sbomOf } from "./release/sbom.ts";
import { runtimeOf } from "./runtime.ts";
import { executableName, TARGETS, type Target, targetsOf } from "./targets.ts";

const USAGE = `npm run release -- [options] [target …]
  --snapshot    of a commit that has no tag, or was changed
  --fast        nothing is compressed, for a try
  --out FOLDER  dist/release
Targets: ${TARGETS.join(" ")}; without one, all.`;

const DEBIAN: Partial<Record<Target, "amd64" | "arm64">> = { "linux-x64": "amd64", "linux-arm64": "arm64" };
const { version } = packageJson;

const read = (file: string) => readFileSync(join(root, file), "utf8");

/** Of what the files are made. @throws where the tag, package.json and the changes do not agree. */
function release(isSnapshot: boolean) {
  const seconds = process.env["SOURCE_DATE_EPOCH"] ?? git("log", "-1", "--format=%ct");
  if (!seconds)
    throw new Error("outside of git the files need a time: SOURCE_DATE_EPOCH=<seconds since 1970>");
  const { program } = createProgram(systemTerminal);
  const completion = (shell: "bash" | "zsh" | "fish") => completionScript(program, shell);
  const made = {
    commit: COMMIT,
    time: Number(seconds),
    maintainer: git("log", "-1", "--format=%an <%ae>") ?? "nobody <nobody@localhost>",
    license: read("LICENSE"),
    changelog: read("CHANGELOG.md"),
    man: manualPage(new Date(Number(seconds) * 1000)),
    completions: { bash: completion("bash"), zsh: completion("zsh"), fish: completion("fish") },
  };
  if (isSnapshot) return { ...made, version: `${version}~${made.commit}` };
  if (made.commit.endsWith("+changes"))
    throw new Error("files were changed since the commit: commit them first");
  const tags = git("tag", "--points-at", "HEAD")?.split("\n") ?? [];
  if (!tags.includes(`v${version}`)) {
    const found = tags.join(", ") || "none";
    throw new Error(
      `package.json says ${version}, so this commit needs the tag v${version}; it has ${found}`,
    );
  }
  if (!made.changelog.includes(`\n## ${version}`)) throw new Error(`CHANGELOG.md has no "## ${version}"`);
  return { ...made, version };
}

/** Makes the files of one target; gives their names. */
async function make(
  target: Target,
  about: ReturnType<typeof release>,
  { out, work, isFast }: { out: string; work: string; isFast: boolean },
): Promise<string[]> {
  const { version, time, license } = about;
  const name = executableName(target);
  const components = componentsOf(await compile(target, join(work, name)));
  const runtime = runtimeOf(target);
  const executable = readFileSync(join(work, name));
  const docs: Entry[] = [
    { path: "THIRD-PARTY-LICENSES.txt", content: thirdPartyLicenses(components, runtime.version) },
    { path: "memoferry.cdx.json", content: await sbomOf({ ...about, target }, components, runtime) },
    { path: "memoferry.env.example", content: exampleSettings() },
  ];
  const folder = `memoferry-${version}-${target}`;
  const entries = [
    { path: name, content: executable, isExecutable: true },
    { path: "INSTALL.txt", content: installText(version, target) },
    { path: "LICENSE", content: license },
    ...(target.startsWith("windows") ? [] : [{ path: "memoferry.1", content: about.man }]),
    ...docs,
  ].map((entry) => ({ ...entry, path: `${folder}/${entry.path}` }));
  const architecture = DEBIAN[target];
  // Side by side: compressing takes nearly all of the time.
  const files = await Promise.all([
    target.startsWith("windows")
      ? { name: `${folder}.zip`, content: zip(entries, time, isFast) }
      : packed(`${folder}.tar`, tar(entries, time), isFast),
    ...(architecture ? [deb({ ...about, architecture, executable, docs }, isFast)] : []),
  ]);
  for (const file of files) writeFileSync(join(out, file.name), file.content);
  return files.map((file) => file.name);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      snapshot: { type: "boolean", default: false },
      fast: { type: "boolean", default: false },
      out: { type: "string", default: "dist/release" },
      help: { type: "boolean", short: "h", default: false },
    },
    allowPositionals: true,
  });
  if (values.help) return console.log(USAGE);
  const wanted = targetsOf(positionals);
  const about = release(values.snapshot);
  const out = resolve(values.out);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(out, "work-"));
  const sums: string[] = [];
  for (const target of wanted.length > 0 ? wanted : TARGETS) {
    for (const file of await make(target, about, { out, work, isFast: values.fast })) {
      const content = readFileSync(join(out, file));
      sums.push(`${createHash("sha256").update(content).digest("hex")}  ${file}\n`);
      console.log(`${(content.length / 1e6).toFixed(1).padStart(6)} MB  ${file}`);
    }
  }
  rmSync(work, { recursive: true });
  writeFileSync(join(out, "SHA256SUMS"), sums.join(""));
}

try {
  await main();
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
