import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import { withoutSecrets } from "../../base/access-token.ts";
import { AppError } from "../../base/errors.ts";
import { INSTALLED } from "../../config/environment.ts";
import { httpAddress } from "../api.ts";
import { type Line, render } from "../checks/finding.ts";
import { isHealthy } from "../serve.ts";
import type { CommandLine, Terminal } from "../terminal.ts";
import { checkSettings, type ServiceSettings, serviceSettings, withoutValues } from "./settings-file.ts";
import {
  copySteps,
  fileStep,
  isAsWritten,
  journal,
  removeSteps,
  requireSystemd,
  type Step,
  sealed,
  systemctl,
  systemctlStep,
  textOf,
} from "./system.ts";
import { UNIT, UNIT_FILES, unitText } from "./unit.ts";

const EXECUTABLE = "/usr/local/bin/memoferry";
const UNIT_FILE = UNIT_FILES.own;
/** Where the package for Debian has them. */
const PACKAGED = { executable: "/usr/bin/memoferry", unitFile: UNIT_FILES.packaged };

/** A start that takes longer, such as one that brings a large database to a new version, goes on by itself. */
const START_LIMIT_MS = 60_000;
const LOOK_MS = 200;

interface Options {
  readonly dryRun?: true;
  readonly force?: true;
  readonly purge?: true;
}

const isPackaged = () => process.execPath === PACKAGED.executable;

export function install(program: Command, commandLine: CommandLine): void {
  const { terminal } = commandLine;
  program
    .command("install")
    .summary("makes this machine run it: a service of systemd")
    .description(
      [
        `Copies this executable to ${EXECUTABLE}, writes ${INSTALLED.envFile} and ${UNIT_FILE}, and starts the service, which has a user and a folder (${INSTALLED.dataDir}) of its own. BOT_TOKEN, MEMOS_URL and other settings are taken from the environment and --env-file; those two are asked for where they are missing. \`check\` looks at them first.`,
        "Again it changes nothing. Run by a newer executable it puts that in the place of the old one and starts the service anew; settings and data stay, and so does what `systemctl edit memoferry` added.",
      ].join("\n\n"),
    )
    .option("--dry-run", "shows every file it would write and every command it would run")
    .option("--force", `writes ${UNIT} anew also where somebody changed it`)
    .action(async (options: Options) => {
      requireSystemd("memoferry install", !options.dryRun);
      refuseTwoKinds();
      const { envFile } = program.opts<{ envFile?: string }>();
      const settings = await serviceSettings(envFile, options.dryRun ? null : terminal);
      if (options.dryRun) return show(installSteps(settings, options, terminal.complain), commandLine);
      const { dataDir } = checkSettings(settings);
      const bot = lookAt(settings, terminal);
      const steps = installSteps(settings, options, terminal.complain);
      carryOut(steps, commandLine);
      if (steps.length > 0) await waitForStart(dataDir);
      terminal.print(nextText(bot, dataDir, steps.length === 0));
    });
}

export function uninstall(program: Command, commandLine: CommandLine): void {
  program
    .command("uninstall")
    .summary("takes back what `install` did; settings and data stay")
    .description(
      `Stops the service and removes it and ${EXECUTABLE}. Says where settings and data are; \`install\` takes them up again.`,
    )
    .option("--dry-run", "shows every file it would remove and every command it would run")
    .option("--purge", "removes settings and data as well: what waits there is lost")
    .action((options: Options) => {
      requireSystemd("memoferry uninstall", !options.dryRun);
      if (isPackaged())
        throw new AppError("conflict", "a package installed this memoferry: apt remove memoferry");
      const isThere = existsSync(UNIT_FILE);
      const service = removeSteps(UNIT_FILE, EXECUTABLE);
      const ours = [dirname(INSTALLED.envFile), `${UNIT_FILE}.d`, ...dataFolders()];
      const steps = [
        ...(isThere ? [systemctlStep("disable", "--now", UNIT)] : []),
        ...service,
        ...(options.purge ? removeSteps(...ours) : []),
        ...(isThere ? [systemctlStep("daemon-reload")] : []),
      ];
      if (options.dryRun) return show(steps, commandLine);
      carryOut(steps, commandLine);
      const kept = options.purge ? [] : ours.filter((path) => existsSync(path));
      commandLine.terminal.print(
        kept.length === 0
          ? "Nothing of memoferry is left."
          : `Kept: ${kept.join(", ")}. \`install\` takes that up again, \`uninstall --purge\` removes it.`,
      );
    });
}

/** systemd makes the folder of a service's own user a link to another one. */
function dataFolders(): string[] {
  const { dataDir } = INSTALLED;
  if (!existsSync(dataDir)) return [];
  return lstatSync(dataDir).isSymbolicLink() ? [dataDir, realpathSync(dataDir)] : [dataDir];
}

/** A package and this command would change each other's service. */
function refuseTwoKinds(): void {
  const [other, mend] = isPackaged()
    ? [UNIT_FILE, `${EXECUTABLE} uninstall (settings and data stay)`]
    : [PACKAGED.unitFile, "apt remove memoferry (settings and data stay), or use the newer package"];
  if (existsSync(other))
    throw new AppError(
      "conflict",
      `memoferry is installed already, in another way (${other}). First: ${mend}`,
    );
}

function installSteps(
  { text }: ServiceSettings,
  { force }: Options,
  complain: (text: string) => unknown,
): Step[] {
  const files: Step[] = [];
  if (text !== null) files.push(fileStep(INSTALLED.envFile, 0o600, text, withoutValues(text)));
  if (!isPackaged()) {
    files.push(...copySteps(process.execPath, EXECUTABLE));
    const unit = sealed(unitText(EXECUTABLE));
    const before = textOf(UNIT_FILE);
    if (before !== null && !isAsWritten(before) && !force) {
      complain(
        `${UNIT_FILE} was changed by hand, and is left as it is: --force writes it anew. Your own lines are safe in \`systemctl edit memoferry\`.`,
      );
    } else if (before !== unit) {
      files.push(fileStep(UNIT_FILE, 0o644, unit));
    }
  }
  const isEnabled = systemctl("is-enabled", UNIT).ok;
  const isActive = systemctl("is-active", UNIT).ok;
  const isToStart = !isActive || files.length > 0;
  return [
    ...files,
    // Also what somebody wrote meanwhile.
    ...(isToStart ? [systemctlStep("daemon-reload")] : []),
    ...(isEnabled ? [] : [systemctlStep("enable", UNIT)]),
    ...(isToStart ? [systemctlStep("restart", UNIT)] : []),
  ];
}

function show(steps: readonly Step[], { terminal }: CommandLine): void {
  if (steps.length === 0) terminal.print("Nothing is to be done.");
  for (const { says, shows } of steps)
    terminal.print(shows ? `${says}:\n${shows.trimEnd().replace(/^/gm, "    ")}\n` : says);
}

function carryOut(steps: readonly Step[], { terminal }: CommandLine): void {
  for (const step of steps) {
    terminal.print(step.says);
    step.run();
  }
}

/** A service that is there already goes on while they are away. */
const OF_SERVERS = /^(bot|webhook|memos|user )/;

/**
 * Runs `check` with what the service will have, as its environment. Returns the name of the bot.
 * @throws AppError after the lines that say what is wrong.
 */
function lookAt({ env, text }: ServiceSettings, terminal: Terminal): string | undefined {
  const { complain } = terminal;
  const { PATH } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, ["check", "--json"], {
    env: { PATH, DATA_DIR: INSTALLED.dataDir, ...env },
    cwd: "/",
    encoding: "utf8",
  });
  const lines = linesOf(stdout);
  for (const line of lines) if (line.status !== "ok") complain(render(line, terminal));
  if (lines.length === 0) complain(withoutSecrets(stderr.trim()));
  const failed = lines.filter(({ status }) => status === "fail");
  const bears = ({ check }: Line) => text === null && OF_SERVERS.test(check);
  if (lines.length === 0 || !failed.every(bears))
    throw new AppError("unavailable", "nothing was changed: mend what is said above, and try again");
  return lines.find(({ check }) => check === "bot")?.detail.match(/^@(\w+)/)?.[1];
}

function linesOf(json: string): Line[] {
  try {
    return JSON.parse(json);
  } catch {
    return [];
  }
}

/** @throws AppError in systemd's words. */
async function waitForStart(dataDir: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_LIMIT_MS; waitedMs += LOOK_MS) {
    const url = httpAddress(dataDir);
    if (url !== null && (await isHealthy(url))) return;
    const { text } = systemctl("show", UNIT, "--property=ActiveState,SubState");
    if (/=failed|=auto-restart/.test(text)) break;
    await setTimeout(LOOK_MS);
  }
  // Its last words come to the journal a moment later.
  await setTimeout(1_000);
  const { text } = systemctl("status", UNIT, "--no-pager", "--lines=0");
  throw new AppError(
    "unavailable",
    `the service does not run yet:\n${text}\n\n${journal()}\nMend what is said there, then: sudo systemctl restart memoferry`,
  );
}

const nextText = (bot: string | undefined, dataDir: string, isSame: boolean) => `
${isSame ? "All is as it should be, nothing was changed." : "memoferry runs."} ${bot ? `Open https://t.me/${bot} and send /start.` : ""}

  settings   ${INSTALLED.envFile}; after a change: sudo systemctl restart memoferry
  data       ${dataDir}
  log        sudo journalctl -u memoferry -f
  is it well sudo memoferry check
  upgrade    sudo ./memoferry install, with the new executable
  remove     sudo memoferry uninstall`;
