import { Worker } from "node:worker_threads";
import type { Log } from "../../base/log.ts";
import { IS_EXECUTABLE } from "../../base/version.ts";

/** What the worker says: "ok", or what SQLite found. */
export type IntegrityReport = { readonly result: string };

/** In the executable every module is where main.ts is, and the worker lies below that by its path in src/. */
const WORKER = IS_EXECUTABLE ? "./store/db/integrity-worker.ts" : "./integrity-worker.ts";

/**
 * Has SQLite look through the whole database after an unclean stop, beside the running program and in a
 * thread of its own: on a Pi it takes long, and a start must not wait for it.
 */
export function checkIntegrity(path: string, log: Log): void {
  const worker = new Worker(new URL(WORKER, import.meta.url), { workerData: path });
  worker.unref();
  worker.on("message", ({ result }: IntegrityReport) => {
    if (result === "ok") log.info("the database is sound after the unclean stop");
    else log.error("the database is damaged: stop memoferry and restore a backup", { found: result });
  });
  worker.on("error", (error) => log.warn("the database could not be checked", { error }));
}
