import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Log, logger } from "../base/log.ts";
import { VERSION } from "../base/version.ts";
import type { Config } from "../config/config.ts";
import { databasePath } from "../store/db/data-dir.ts";
import { explainStoreError } from "../store/db/sqlite.ts";
import { type Context, type ContextOptions, createContext } from "./context.ts";
import { createParts } from "./parts.ts";

/** A running memoferry. */
export type App = Awaited<ReturnType<typeof startApp>>;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * Builds the whole program from its configuration and starts it. Neither Telegram nor Memos needs to be reachable.
 * @throws AppError when the data folder, the database or the port cannot be used.
 */
export async function startApp(config: Config, options: ContextOptions = {}) {
  const context = createContext(config, options);
  try {
    return await start(context);
  } catch (error) {
    context.store.close();
    throw explainStoreError(databasePath(config.dataDir), error);
  }
}

/** The order in which everything begins, after a crash too. */
async function start(context: Context) {
  const { config, store, background } = context;
  const parts = createParts(context);
  const log = logger("app");

  recover(context, log);
  store.backups.clear();
  // Where older versions put files of unknown length.
  rmSync(join(config.dataDir, "spool"), { recursive: true, force: true });

  // Where the API listens, for the command line: no place to send the admin token to once nobody listens there.
  const address = join(config.dataDir, "http-address");
  rmSync(address, { force: true });
  const { url } = await parts.http.start();
  writeFileSync(address, `${url}\n`);

  background.repeat("maintenance of the store", parts.maintenance.look);
  store.failedBell.listen(() => background.run("mending the store", parts.maintenance.mendSoon));
  parts.sender.start();
  parts.commands.start();
  parts.messages.start();
  parts.reminders.start();
  parts.receiver.start();
  background.run("asking memos", parts.askMemos);
  parts.accountWatch.start();
  background.repeat("asking whether a refused access token is good again", async (signal) => {
    await parts.tokenWatch.revive(signal);
    return HOUR_MS;
  });

  background.repeat("removing files of saved memos", async () => {
    await store.removeUploads();
    return MINUTE_MS;
  });

  log.info("started", { url, data_dir: config.dataDir });
  warnOfMovedBindings(context, log);

  const stop = async () => {
    log.info("stopping");
    const ended = background.stop();
    await parts.receiver.stop();
    await Promise.all([parts.messages.stop(), parts.commands.stop(), parts.reminders.stop()]);
    await Promise.all([parts.sender.stop(), ended]);
    // Some versions of Memos hang where a connection is closed in mid-request.
    await context.memos.settled();
    try {
      rmSync(address, { force: true });
    } catch (error) {
      // The disk takes nothing any more. The next start removes it.
      log.warn("the note of the address could not be removed", { address, error });
    }
    await parts.http.stop();
    store.close();
    log.info("stopped");
  };
  let stopped: Promise<void> | null = null;
  return {
    /** Where the HTTP API listens. */
    url,
    /** Stops taking, finishes or hands back what runs, and closes the store. Twice is fine. */
    stop(): Promise<void> {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** What the last run left: what was under way is to be done again, or is over. */
function recover({ store }: Context, log: Log): void {
  const { jobs, outbox, deadLetters } = store;
  const interrupted = jobs.recover();
  deadLetters.buryForLeftAccounts();
  const uncertain = outbox.recover();
  if (uncertain > 0) log.info("confirmations may not have been sent", { messages: uncertain });
  if (interrupted > 0) log.info("going on with interrupted work", { jobs: interrupted });
  const upgrade = jobs.noteVersion(VERSION);
  if (upgrade?.before !== undefined)
    log.info("another version than before", { version: VERSION, ...upgrade });
}

/** Access tokens are for the server they were made on: with another MEMOS_URL they are sent nowhere. */
function warnOfMovedBindings({ store, memos }: Context, log: Log): void {
  const people = store.bindings.elsewhere(memos.server);
  if (people === 0) return;
  log.warn("people are bound to another Memos server; their tokens are not sent to this one", {
    memos_url: memos.server,
    people,
    mend: "set MEMOS_URL back, let them bind anew, or run `memoferry bindings --move` if it is the same server",
  });
}
