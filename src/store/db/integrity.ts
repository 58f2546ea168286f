import { Worker } from "node:worker_threads";
import type { Log } from "../../base/log.ts";

/** What the worker says: "ok", or what SQLite found. */
export type IntegrityReport = { readonly result: string };

/**
 * Has SQLite look through the whole database after an unclean stop, beside the running program and in a
 * thread of its own: on a Pi it takes long, and a start must not wait for it.
 * @param entry where integrity-worker.ts is; in the executable only a caller at the root of src/ can tell.
 */
export function checkIntegrity(path: string, log: Log, entry: URL): void {
  const worker = new Worker(entry, { workerData: path });
  worker.unref();
  worker.on("message", ({ result }: IntegrityReport) => {
    if (result === "ok") log.info("the database is sound after the unclean stop");
    else log.error("the database is damaged: stop memoferry and restore a backup", { found: result });
  });
  worker.on("error", (error) => log.warn("the database could not be checked", { error }));
}
