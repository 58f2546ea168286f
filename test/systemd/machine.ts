// A machine that systemd started, as a container over this one's own files: what it writes is gone with it.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/app.ts";

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function sure(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
}

/** Why no machine can be started here; null where one can. */
export function whyNoMachine(): string | null {
  if (process.platform !== "linux") return "this is no Linux";
  if (process.getuid?.() !== 0) return "only root may start one";
  if (spawnSync("systemd-nspawn", ["--version"]).status !== 0)
    return "systemd-nspawn is missing (Debian: systemd-container)";
  const folder = mkdtempSync(join(tmpdir(), "memoferry-overlay-"));
  try {
    mountOverlay(folder)();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** This machine's own files at `folder`/root, with what is changed there in memory. Returns what takes it away. */
function mountOverlay(folder: string): () => void {
  sure("mount", "-t", "tmpfs", "tmpfs", folder);
  const [root, upper, work] = ["root", "upper", "work"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [root, upper, work]) mkdirSync(path);
  try {
    sure("mount", "-t", "overlay", "overlay", "-o", `lowerdir=/,upperdir=${upper},workdir=${work}`, root);
  } catch (error) {
    sure("umount", folder);
    throw error;
  }
  return () => {
    sure("umount", root);
    sure("umount", folder);
  };
}

export type Machine = Awaited<ReturnType<typeof startMachine>>;

/** `files`: what is put there from here, by its path there. */
export async function startMachine(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-machine-"));
  const unmount = mountOverlay(folder);
  const root = join(folder, "root");
  const there = (path: string) => join(root, path);
  for (const [to, from] of Object.entries(files)) cpSync(from, there(to));
  // Nothing of this machine's own begins there.
  rmSync(there("etc/systemd/system/timers.target"), { force: true });
  symlinkSync("/dev/null", there("etc/systemd/system/timers.target"));
  const log = join(folder, "boot.log");
  const child = Bun.spawn(
    [
      "systemd-nspawn",
      "--quiet",
      "--register=no",
      "--keep-unit",
      "--boot",
      "-D",
      root,
      "systemd.unit=basic.target",
    ],
    { stdin: "ignore", stdout: Bun.file(log), stderr: Bun.file(log) },
  );
  const first = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();

  /** Runs a command there, as root, with nothing of this environment. What it calls here has to answer meanwhile. */
  async function inside(...command: string[]): Promise<Ran> {
    const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    const shell = ["env", "-i", path, "HOME=/root", "sh", "-c", 'cd /root && exec "$@"', "sh"];
    const ran = Bun.spawn(["nsenter", "--target", first(), "--all", ...shell, ...command], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([new Response(ran.stdout).text(), new Response(ran.stderr).text()]);
    return { code: await ran.exited, out, err };
  }

  async function stop(): Promise<void> {
    // SIGRTMIN+4: systemd powers off. systemd(1)
    spawnSync("kill", ["-s", "RTMIN+4", first()]);
    await Promise.race([child.exited, Bun.sleep(20_000)]);
    child.kill("SIGKILL");
    await child.exited;
    unmount();
    rmSync(folder, { recursive: true });
  }

  try {
    await until(
      "it to run",
      async () => /running|degraded/.test((await inside("systemctl", "is-system-running")).out),
      30_000,
    );
  } catch {
    const said = readFileSync(log, "utf8");
    await stop();
    throw new Error(`no machine started:\n${said}`);
  }
  return {
    run: inside,
    read: (path: string) => readFileSync(there(path), "utf8"),
    write(path: string, text: string): void {
      mkdirSync(join(there(path), ".."), { recursive: true });
      writeFileSync(there(path), text);
    },
    [Symbol.asyncDispose]: stop,
  };
}
