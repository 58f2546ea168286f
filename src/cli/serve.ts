import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import { startApp } from "../app/app.ts";
import { AppError } from "../base/errors.ts";
import { configureLogging, logger } from "../base/log.ts";
import { COMMIT, TARGET, VERSION } from "../base/version.ts";
import { httpAddress } from "./api.ts";
import type { CommandLine } from "./terminal.ts";

/** A stop takes this long at most, whatever hangs: what was at work goes on at the next start. */
const STOP_LIMIT_MS = 9_500;

export function serve(program: Command, { readSettings }: CommandLine): void {
  program
    .command("serve")
    .summary("runs the bot (the default)")
    .description("Receives from Telegram and saves to Memos until it gets SIGTERM or Ctrl-C.")
    .action(async () => {
      const ended = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
      const config = readSettings();
      const format = config.logFormat ?? (process.stdout.isTTY ? "text" : "json");
      configureLogging(config.logLevel, format);
      for (const warning of config.warnings) logger("config").warn(warning);
      const log = logger("app");
      log.info("memoferry", { version: VERSION, commit: COMMIT, target: TARGET });
      const app = await startApp(config);
      const [signal] = await ended;
      log.info("stop asked for", { signal });
      const isLate = await Promise.race([app.stop().then(() => false), setTimeout(STOP_LIMIT_MS, true)]);
      if (isLate) log.warn("not everything ended in time; it goes on at the next start");
    });
}

const HEALTH_LIMIT_MS = 2_000;

/** Whether a memoferry answers there. */
export async function isHealthy(url: string): Promise<boolean> {
  const signal = AbortSignal.timeout(HEALTH_LIMIT_MS);
  const asked = fetch(`${url}/healthz`, { redirect: "manual", signal }).then((answer) => answer.json());
  const { status } = Object(await asked.catch(() => null)) as { status?: unknown };
  return status === "ok";
}

export function healthcheck(program: Command, { config }: CommandLine): void {
  program
    .command("healthcheck")
    .summary("exits 0 while the running memoferry answers; for containers")
    .description(
      "Asks /healthz of the memoferry that runs on DATA_DIR. Says nothing when all is well; gives up after 2 seconds.",
    )
    .action(async () => {
      const { dataDir } = config();
      const url = httpAddress(dataDir);
      if (url === null) throw new AppError("unavailable", `it is not running on DATA_DIR ${dataDir}`);
      if (!(await isHealthy(url)))
        throw new AppError("unavailable", `no memoferry answers at ${url} within 2 s`);
    });
}
