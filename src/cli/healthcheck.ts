import type { Command } from "commander";
import { messageOf } from "../base/errors.ts";
import { loadConfig } from "../config/config.ts";
import type { Environment } from "../config/settings.ts";
import { httpAddress } from "./api.ts";
import type { Context } from "./context.ts";

const LIMIT_MS = 2_000;

export function healthcheck(program: Command, context: Context): void {
  program
    .command("healthcheck")
    .summary("exits 0 while the running memoferry answers; for containers")
    .description(
      "Asks /healthz of the memoferry that runs on DATA_DIR, or at HTTP_HOST and HTTP_PORT where DATA_DIR holds no note of it. Says nothing when all is well; gives up after 2 seconds. Needs no BOT_TOKEN.",
    )
    .action(async () => {
      try {
        await ask(addressOf(context.environment()));
      } catch (error) {
        context.exitCode = 1;
        context.terminal.complain(`memoferry: ${messageOf(error)}`);
      }
    });
}

/** Only the settings that lead to the process are looked at: the others may be wrong, or not given here. */
function addressOf(env: Environment): string {
  const given = Object.entries(env).filter(([name]) => /^(DATA_DIR|HTTP_HOST|HTTP_PORT)(_FILE)?$/.test(name));
  const standIns = { BOT_TOKEN: `1:${"x".repeat(35)}`, MEMOS_URL: "http://localhost" };
  const { dataDir, httpHost, httpPort } = loadConfig({ ...Object.fromEntries(given), ...standIns });
  const noted = noteOf(dataDir);
  if (noted !== null) return noted;
  if (httpPort === 0) throw new Error(`memoferry has not been started on DATA_DIR ${dataDir}`);
  return `http://${reachable(httpHost)}:${httpPort}`;
}

/** A note that this user may not read is as good as none. */
function noteOf(dataDir: string): string | null {
  try {
    return httpAddress(dataDir);
  } catch {
    return null;
  }
}

/** "All addresses" are reached by the loopback one. */
export function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

async function ask(url: string): Promise<void> {
  const answer = await fetch(`${url}/healthz`, {
    redirect: "manual",
    signal: AbortSignal.timeout(LIMIT_MS),
  }).catch((error: unknown) => {
    const late = error instanceof Error && error.name === "TimeoutError";
    throw new Error(
      late
        ? `memoferry at ${url} does not answer within ${LIMIT_MS / 1000} s`
        : `memoferry does not answer at ${url}: it is not running`,
    );
  });
  const body: unknown = await answer.json().catch(() => null);
  if (answer.status === 200 && (Object(body) as { status?: unknown }).status === "ok") return;
  throw new Error(`what answers at ${url} is not a healthy memoferry (status ${answer.status})`);
}
