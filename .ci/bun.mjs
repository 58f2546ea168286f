// Makes a fresh clone ready (dependencies by the frozen lockfile) and runs Bun with the arguments given.
// Needs nothing but Node and npm, or Bun alone: the npm package `bun` ships the binary.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const windows = process.platform === "win32";
const bun = join(root, "node_modules", ".bin", windows ? "bun.exe" : "bun");
const stampFile = join(root, "node_modules", ".memoferry-lock");
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "bun.lock")))
  .update(readFileSync(join(root, "package.json")))
  .digest("hex");

function run(command, args, options = {}) {
  const { error, status, signal } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (error) throw new Error(`${command} could not be started: ${error.message}`);
  return signal ? 1 : (status ?? 1);
}

function install() {
  const stamp = existsSync(stampFile) ? readFileSync(stampFile, "utf8") : "";
  if (stamp === wanted && existsSync(bun)) return;
  const version = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies.bun;
  // Its summary counts a postinstall that was left out on purpose, which reads like an error.
  const args = ["install", "--frozen-lockfile", "--no-summary"];
  const status = process.versions.bun
    ? run(process.execPath, args)
    : run("npx", ["--yes", `bun@${version}`, ...args], { shell: windows });
  if (status !== 0) {
    console.error("memoferry: installing the dependencies failed; is the npm registry reachable?");
    process.exit(status);
  }
  writeFileSync(stampFile, wanted);
}

install();
const child = spawn(bun, process.argv.slice(2), { cwd: root, stdio: "inherit" });
// Ctrl-C reaches the child through the terminal's process group, another signal through here; it decides when to end.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("error", (error) => {
  console.error(`memoferry: ${bun} could not be started: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code) => process.exit(code ?? 1));
