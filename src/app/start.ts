import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { revivePaused } from "../accounts/revive.ts";
import { type Log, logger } from "../base/log.ts";
import { VERSION } from "../base/version.ts";
import type { Sender } from "../delivery/sender.ts";
import type { createHttpServer } from "../http/server.ts";
import type { Receiver } from "../intake/receiver.ts";
import type { Maintenance } from "../store/db/maintenance.ts";
import type { Context } from "./context.ts";
import type { JobLanes } from "./job-lanes.ts";
import type { MemosWatch } from "./saving.ts";

/** What runs. */
interface Parts {
  readonly sender: Sender;
  readonly memosWatch: MemosWatch;
  readonly messages: JobLanes;
  readonly commands: JobLanes;
  readonly maintenance: Maintenance;
  readonly receiver: Receiver;
  readonly http: ReturnType<typeof createHttpServer>;
}

/** A running memoferry. */
export interface App {
  /** Where the HTTP API listens. */
  readonly url: string;
  /** Stops taking, finishes or hands back what runs, and closes the store. Twice is fine. */
  stop(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** The order in which everything begins, after a crash too. */
export async function start(context: Context, parts: Parts): Promise<App> {
  const { config, store, background } = context;
  const log = logger("app");

  recover(context, log);
  // Where older versions put files of unknown length.
  rmSync(join(config.dataDir, "spool"), { recursive: true, force: true });

  const address = createAddressFile(config.dataDir);
  const { url } = await parts.http.start();
  address.write(url);

  background.repeat("maintenance of the store", parts.maintenance.look);
  parts.sender.start();
  parts.commands.start();
  parts.messages.start();
  parts.receiver.start();
  background.run("asking memos", parts.memosWatch.look);
  background.repeat("hourly work", (signal) => everyHour(context, log, signal));

  log.info("started", { url, data_dir: config.dataDir });
  warnOfMovedBindings(context, log);

  const stop = async () => {
    log.info("stopping");
    const ended = background.stop();
    await parts.receiver.stop();
    await Promise.all([parts.messages.stop(), parts.commands.stop()]);
    await Promise.all([parts.sender.stop(), ended]);
    address.remove();
    await parts.http.stop();
    store.close();
    log.info("stopped");
  };
  let stopped: Promise<void> | null = null;
  return {
    url,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** What the last run left: what was under way is to be done again, or is over. */
function recover({ store }: Context, log: Log): void {
  const { jobs, outbox, deadLetters, database } = store;
  if (database.copiedTo !== null) {
    log.info("the database was copied before its tables were changed", { copy: database.copiedTo });
  }
  const interrupted = jobs.recover();
  deadLetters.leaveOthers();
  const uncertain = outbox.recover();
  if (uncertain > 0) log.info("confirmations may not have been sent", { messages: uncertain });
  if (interrupted > 0) log.info("going on with interrupted work", { jobs: interrupted });
  const upgrade = store.noteVersion(VERSION);
  if (upgrade?.before !== undefined)
    log.info("another version than before", { version: VERSION, ...upgrade });
}

/** Where the API listens, for the command line. It is no place to send the admin token to once nobody listens there. */
function createAddressFile(dataDir: string) {
  const path = join(dataDir, "http-address");
  const remove = () => rmSync(path, { force: true });
  remove();
  return {
    write(url: string): void {
      writeFileSync(`${path}.new`, `${url}\n`);
      renameSync(`${path}.new`, path);
    },
    remove,
  };
}

async function everyHour({ store, memos }: Context, log: Log, signal: AbortSignal): Promise<number> {
  const { bindings, jobs } = store;
  await revivePaused({ bindings, memos, release: jobs.release, log, signal });
  return HOUR_MS;
}

/** Access tokens are for the server they were made on: with another MEMOS_URL they are sent nowhere. */
function warnOfMovedBindings({ store, memos }: Context, log: Log): void {
  const others = store.bindings.servers().filter((bound) => bound !== memos.server);
  if (others.length === 0) return;
  log.warn("people are bound to another Memos server; their tokens are not sent to this one", {
    memos_url: memos.server,
    bound_to: others.join(", "),
    mend: "set MEMOS_URL back, let them bind anew, or run `memoferry bindings --move` if it is the same server",
  });
}
