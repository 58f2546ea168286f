// `npm run release:check`: two builds of this commit, in different folders, are the same to the byte; and the package
// for Debian is a good one. Of one platform and uncompressed, so that it stays short.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../compile.ts";

const TARGET = "linux-x64";

const scratch = mkdtempSync(join(tmpdir(), "memoferry-release-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

function run(cwd: string, command: string, ...args: string[]): string {
  const { error, status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (error || status !== 0)
    throw new Error(`${command} ${args.join(" ")}: ${error ?? `${stdout}${stderr}`}`);
  return stdout;
}

/** Gives the folder of the files. */
function built(folder: string): string {
  const clone = join(scratch, folder);
  mkdirSync(clone, { recursive: true });
  run(scratch, "git", "clone", "--quiet", "--no-local", root, clone);
  run(clone, "node", ".ci/bun.mjs", ".ci/release.ts", "--snapshot", "--fast", TARGET);
  return join(clone, "dist/release");
}

/** What is in the package works, as far as that shows without installing it. */
function look(folder: string): void {
  const name = readdirSync(folder).find((file) => file.endsWith(".deb")) ?? "";
  const unpacked = join(scratch, "unpacked");
  run(folder, "dpkg-deb", "--extract", name, unpacked);
  const version = run(unpacked, "usr/bin/memoferry", "version");
  if (!version.includes(TARGET)) throw new Error(`the packaged executable says ${version}`);
  // Not compressed to be quick: of a release it is.
  const given = [
    "--suppress-tags",
    "uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball",
  ];
  const said = run(folder, "lintian", "--allow-root", "--fail-on", "error,warning", ...given, name);
  console.log(`ok: ${version.trim()}; lintian: ${said.trim() || "nothing to say"}`);
}

function check(): void {
  const [one, other] = [built("one"), built("another/much/deeper folder")];
  const sums = [one, other].map((folder) => readFileSync(join(folder, "SHA256SUMS"), "utf8"));
  if (sums[0] !== sums[1]) throw new Error(`two builds differ:\n${sums.join("\n")}`);
  console.log(`ok: two builds are the same\n${sums[0]?.trim()}`);
  if (spawnSync("lintian", ["--version"]).status !== 0) {
    console.log("skipped: the package lintian is not installed, so the .deb is not looked at");
    process.exitCode = process.env["CI"] ? 1 : 0;
  } else look(one);
}

try {
  check();
} catch (error) {
  console.error(`FAILED: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
