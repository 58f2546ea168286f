// Bun's executable for another platform: the npm package that bun.lock names, in that version and with that checksum.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executableName, RUNTIMES, type Target } from "./targets.ts";

const root = join(import.meta.dirname, "..");

interface Lock {
  readonly lockfileVersion: number;
  readonly configVersion: number;
  /** By name; `name@version`, where from, its dependencies, and its checksum. */
  readonly packages: Readonly<Record<string, readonly [string, string, object, string]>>;
}

export const readLock = () => Bun.JSONC.parse(readFileSync(join(root, "bun.lock"), "utf8")) as Lock;

/** Installs it into a folder of its own below dist/, where it is not yet. */
export function runtimeOf(target: Target) {
  const name = RUNTIMES[target];
  const { packages, ...versions } = readLock();
  const entry = packages[name];
  if (!entry) throw new Error(`bun.lock has no ${name}`);
  const version = entry[0].slice(name.length + 1);
  const folder = join(root, "dist/runtimes", `${target}-${version}`);
  const file = join(folder, "node_modules", name, "bin", executableName(target).replace("memoferry", "bun"));
  if (!existsSync(file)) {
    const dependencies = { [name]: version };
    const manifest = { name: "runtime", private: true, dependencies };
    const lock = {
      ...versions,
      workspaces: { "": { name: "runtime", dependencies } },
      packages: { [name]: entry },
    };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, "bun.lock"), JSON.stringify(lock));
    // Whatever this machine is.
    const args = ["install", "--frozen-lockfile", "--ignore-scripts", "--os=*", "--cpu=*"];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    if (status !== 0 || !existsSync(file)) throw new Error(`installing ${name} failed:\n${stderr}`);
  }
  return { name, version, integrity: entry[3], file };
}
