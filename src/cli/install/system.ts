import { spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../../base/errors.ts";
import { COMMIT } from "../../base/version.ts";
import { UNIT } from "./unit.ts";

/** One thing that is to be done on this machine. */
export interface Step {
  readonly says: string;
  /** What is in the file that is written; shown by a dry run. */
  readonly shows?: string;
  run(): void;
}

const refused = (why: string) => new AppError("unavailable", why);

/** What `command` needs of this machine. `forReal`: it is not only shown. @throws AppError with what to do instead. */
export function requireSystemd(command: string, forReal: boolean): void {
  if (COMMIT === null) throw refused(`\`${command}\` is for the executable: make it by \`npm run build\``);
  const byHand = "run `memoferry --env-file memoferry.env`, and let";
  if (process.platform === "darwin")
    throw refused(`\`${command}\` is for Linux with systemd. Here ${byHand} launchd keep it running`);
  if (process.platform === "win32")
    throw refused(
      `\`${command}\` is for Linux with systemd. Here ${byHand} the Task Scheduler keep it running`,
    );
  // sd_booted(3)
  if (!existsSync("/run/systemd/system"))
    throw refused(
      `this machine was not started by systemd, which \`${command}\` is for. Here ${byHand} what starts your services, ` +
        "or your containers, keep it running",
    );
  if (forReal && process.getuid?.() !== 0)
    throw refused(
      `\`${command}\` changes this machine, so it needs root: sudo ${process.execPath} ${command.replace("memoferry ", "")}. ` +
        "With --dry-run it shows what it would do",
    );
}

/** What a command says, on whichever of its outputs. */
function run(command: string, args: readonly string[]): { ok: boolean; text: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (error) throw refused(`${command} cannot be run: ${error.message}`);
  return { ok: status === 0, text: `${stdout}${stderr}`.trim() };
}

export const systemctl = (...args: string[]) => run("systemctl", args);

/** The last lines that the service, and systemd about it, wrote. */
export const journal = () =>
  run("journalctl", ["--unit", UNIT, "--lines=10", "--no-pager", "--output=cat"]).text;

export const systemctlStep = (...args: string[]): Step => ({
  says: `run systemctl ${args.join(" ")}`,
  run() {
    const { ok, text } = systemctl(...args);
    if (!ok) throw refused(`systemctl ${args.join(" ")} failed:\n${text}`);
  },
});

export const textOf = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : null);

/** A power cut leaves the file of before or the whole new one. */
function put(path: string, mode: number, write: (path: string) => void): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const next = `${path}.new`;
  rmSync(next, { force: true });
  write(next);
  chmodSync(next, mode);
  renameSync(next, path);
}

export const fileStep = (path: string, mode: number, text: string, shows = text): Step => ({
  says: `write ${path} (0${mode.toString(8)})`,
  shows,
  run: () => put(path, mode, (next) => writeFileSync(next, text, { mode, flush: true })),
});

/** The copy of an executable, if it is not the same already. */
export function copySteps(from: string, to: string): Step[] {
  const isSame =
    existsSync(to) &&
    statSync(from).size === statSync(to).size &&
    (from === to || readFileSync(from).equals(readFileSync(to)));
  if (isSame) return [];
  return [
    {
      says: `write ${to} (0755), a copy of ${from}`,
      run: () => put(to, 0o755, (next) => copyFileSync(from, next)),
    },
  ];
}

export const removeSteps = (...paths: string[]): Step[] =>
  paths
    .filter((path) => existsSync(path))
    .map((path) => ({
      says: `remove ${path}`,
      run: () => rmSync(path, { recursive: true, force: true }),
    }));

const SEAL = /^# memoferry install wrote this\. .* \[(\w{16})\]\n/;

const hashOf = (text: string) => hash("sha256", text).slice(0, 16);

/** With a first line by which a later version sees whether somebody changed the rest. */
export const sealed = (text: string) =>
  `# memoferry install wrote this. Your own lines belong into \`systemctl edit ${UNIT}\`. [${hashOf(text)}]\n${text}`;

export const isAsWritten = (text: string) => SEAL.exec(text)?.[1] === hashOf(text.replace(SEAL, ""));
