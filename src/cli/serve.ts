import { startApp } from "../app.ts";
import { logger } from "../log.ts";
import { COMMIT, VERSION } from "../version.ts";
import type { Command } from "./command.ts";
import { settings } from "./settings.ts";

/** A stop takes this long at most, whatever hangs: what was at work goes on at the next start. */
const STOP_LIMIT_MS = 9_500;

export const serve: Command = {
  name: "serve",
  usage: "",
  summary: "runs the bot (the default)",
  details: "Receives from Telegram and saves to Memos until it gets SIGTERM or Ctrl-C.",
  options: {},
  positionals: { min: 0, max: 0 },
  async run(invocation) {
    const ended = signalled();
    const config = settings(invocation);
    const log = logger("app");
    log.info("memoferry", { version: VERSION, commit: COMMIT });
    const app = await startApp(config);
    log.info("stop asked for", { signal: await ended });
    const stopped = app.stop().then(() => "stopped" as const);
    const limit = new Promise<"late">((resolve) => setTimeout(resolve, STOP_LIMIT_MS, "late"));
    if ((await Promise.race([stopped, limit])) === "late") {
      log.warn("not everything ended in time; it goes on at the next start");
    }
    return 0;
  },
};

/** Resolves with the first signal that asks to stop; listens before anything is opened. */
function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
}
