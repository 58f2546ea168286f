import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import type { Command } from "commander";
import { startApp } from "../app/app.ts";
import { configureLogging, logger } from "../base/log.ts";
import { COMMIT, VERSION } from "../base/version.ts";
import { loadConfig } from "../config/config.ts";
import type { Context } from "./context.ts";

/** A stop takes this long at most, whatever hangs: what was at work goes on at the next start. */
const STOP_LIMIT_MS = 9_500;

export function serve(program: Command, context: Context): void {
  program
    .command("serve")
    .summary("runs the bot (the default)")
    .description("Receives from Telegram and saves to Memos until it gets SIGTERM or Ctrl-C.")
    .action(async () => {
      // Listens before anything is opened.
      const ended = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
      const config = loadConfig(context.environment());
      const format = config.logFormat ?? (process.stdout.isTTY ? "text" : "json");
      configureLogging({ level: config.logLevel, format });
      for (const warning of config.warnings) logger("config").warn(warning);
      const log = logger("app");
      log.info("memoferry", { version: VERSION, commit: COMMIT });
      const app = await startApp(config);
      const [signal] = await ended;
      log.info("stop asked for", { signal });
      const isLate = await Promise.race([app.stop().then(() => false), setTimeout(STOP_LIMIT_MS, true)]);
      if (isLate) log.warn("not everything ended in time; it goes on at the next start");
    });
}
