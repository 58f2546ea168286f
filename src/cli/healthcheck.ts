import type { Command } from "commander";
import { AppError } from "../base/errors.ts";
import { loadConfig } from "../config/config.ts";
import { httpAddress } from "./api.ts";
import type { Context } from "./context.ts";

const LIMIT_MS = 2_000;

export function healthcheck(program: Command, context: Context): void {
  program
    .command("healthcheck")
    .summary("exits 0 while the running memoferry answers; for containers")
    .description(
      "Asks /healthz of the memoferry that runs on DATA_DIR. Says nothing when all is well; gives up after 2 seconds. Needs no BOT_TOKEN.",
    )
    .action(async () => {
      // Only the setting that leads to the process is looked at: the others may be wrong, or not given here.
      const { DATA_DIR, DATA_DIR_FILE } = context.environment();
      const standIns = { BOT_TOKEN: `1:${"x".repeat(35)}`, MEMOS_URL: "http://localhost" };
      const { dataDir } = loadConfig({ DATA_DIR, DATA_DIR_FILE, ...standIns });
      const url = httpAddress(dataDir);
      const trouble = url === null ? `it is not running on DATA_DIR ${dataDir}` : await troubleAt(url);
      if (trouble) throw new AppError("unavailable", trouble);
    });
}

async function troubleAt(url: string): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const answer = await fetch(`${url}/healthz`, { redirect: "manual", signal });
    const { status } = Object(await answer.json().catch(() => null)) as { status?: unknown };
    return status === "ok" ? null : `what answers at ${url} is not a healthy memoferry (${answer.status})`;
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    return isLate
      ? `it does not answer at ${url} within 2 s`
      : `it does not answer at ${url}: it is not running`;
  }
}
