import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { AppError } from "../../base/errors.ts";
import { loadConfig } from "../../config/config.ts";
import { INSTALLED, OF_THE_PROCESS, readEnvironment } from "../../config/environment.ts";
import {
  cannotBeRead,
  clean,
  type Environment,
  entries,
  fileForm,
  textOfFile,
} from "../../config/settings.ts";
import { answered, type Terminal } from "../terminal.ts";

export interface ServiceSettings {
  readonly env: Environment;
  /** The text that its file is to have; null where there is one, which counts. */
  readonly text: string | null;
}

const CARRIED = [
  ...entries.map(({ name }) => name).filter((name) => name !== "DATA_DIR"),
  "HTTPS_PROXY",
  ...Object.keys(OF_THE_PROCESS),
];

/** What the service runs with: its own file, else what is given here, with what is missing asked for on a terminal. */
export async function serviceSettings(
  argvEnvFile: string | undefined,
  terminal: Terminal | null,
): Promise<ServiceSettings> {
  if (existsSync(INSTALLED.envFile)) return { env: existing(argvEnvFile), text: null };
  const given = readEnvironment(argvEnvFile).env;
  refuseOtherData(given["DATA_DIR"]);
  const env: Environment = {};
  for (const name of CARRIED) {
    const path = clean(given[fileForm(name)]);
    // The service may not read that file.
    const text = path
      ? clean(textOfFile(path, fileForm(name)))
      : clean(given[name] ?? given[name.toLowerCase()]);
    if (text) env[name] = text;
  }
  if (terminal?.interactive) {
    env["BOT_TOKEN"] ??= await asked(terminal.askHidden("Bot token from @BotFather (not shown): "));
    env["MEMOS_URL"] ??= await asked(
      terminal.ask("Address of your Memos, such as https://memos.example.com: "),
    );
  }
  return { env, text: settingsText(env) };
}

const asked = async (answer: Promise<string | null>) => clean(await answered(answer));

/** @throws ConfigError with every problem. */
export const checkSettings = ({ env }: ServiceSettings) =>
  loadConfig({ DATA_DIR: INSTALLED.dataDir, ...env });

function existing(argvEnvFile: string | undefined): Environment {
  const { envFile } = INSTALLED;
  if (argvEnvFile !== undefined && resolve(argvEnvFile) !== envFile)
    throw new AppError(
      "conflict",
      `${envFile} is there already, and counts: change it, or remove it, and try again`,
    );
  try {
    return parseEnv(readFileSync(envFile, "utf8"));
  } catch (error) {
    throw new AppError("invalid", `${cannotBeRead(envFile, error)}. Try it with sudo`);
  }
}

/** Somebody ran it by hand before: that is not begun anew without a word. */
function refuseOtherData(folder: string | undefined): void {
  const { dataDir } = INSTALLED;
  const hasData = (path: string) => existsSync(join(path, "memoferry.db"));
  if (!folder || !hasData(folder) || hasData(dataDir)) return;
  throw new AppError(
    "conflict",
    `there is data of memoferry in ${folder}, and the service has its own in ${dataDir}. To take it along, stop that ` +
      `memoferry, move its folder (sudo mv ${folder} ${dataDir}), and try again`,
  );
}

const settingsText = (env: Environment) =>
  [
    "# Settings of the memoferry service. After a change: sudo systemctl restart memoferry",
    ...Object.entries(env).map(([name, value = ""]) => `${name}=${quoted(name, value)}`),
    "",
  ].join("\n");

/** As systemd and we read it alike. systemd.exec(5) */
function quoted(name: string, value: string): string {
  if (/^[\w@%+=:,./-]*$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  if (!/["\\`$]/.test(value)) return `"${value}"`;
  throw new AppError("invalid", `${name} has signs that a file of settings cannot hold, such as ' beside \\`);
}

/** For a dry run: nothing that a person set is shown but names. */
export const withoutValues = (text: string) => text.replace(/^(\w+)=.*$(?:\n(?!\w+=|$).*$)*/gm, "$1=…");
