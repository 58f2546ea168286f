import { statSync } from "node:fs";
import { gauge, total } from "../base/metrics.ts";
import { COMMIT, VERSION } from "../base/version.ts";
import type { Receiver } from "../intake/receiver.ts";
import type { Maintenance } from "../store/db/maintenance.ts";
import type { Context } from "./context.ts";
import type { MemosWatch } from "./saving.ts";
import type { AccountWatch } from "./watch.ts";

/** All of /metrics: what was counted, and what is so now. */
export function scrape(
  { store, metrics, clock }: Context,
  given: {
    memosWatch: MemosWatch;
    accountWatch: AccountWatch;
    receiver: Receiver;
    maintenance: Maintenance;
    startedAt: number;
  },
): string {
  const { memosWatch, accountWatch, receiver, maintenance, startedAt } = given;
  const { accounts, by_events } = accountWatch.counts();
  const { waiting, working, dead } = store.jobs.counts();
  const oldest = store.jobs.oldestWaitingAt();
  const lastSaved = store.jobs.lastSavedAt();
  const { mode } = receiver.receive();
  const bindings = store.bindings.counts();
  const { rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const is = (state: boolean | null) => (state ? 1 : 0);
  return [
    metrics.text(),
    gauge("memoferry_jobs", "Jobs that are not done, by state.", [
      [{ state: "waiting" }, waiting],
      [{ state: "working" }, working],
      [{ state: "dead" }, dead],
    ]),
    gauge(
      "memoferry_oldest_waiting_seconds",
      "Age of the oldest job that is not done; 0 where there is none.",
      oldest === null ? 0 : Math.max(0, clock.now() - oldest) / 1000,
    ),
    gauge(
      "memoferry_last_saved_timestamp_seconds",
      "When a message was last saved; 0 where none was.",
      (lastSaved ?? 0) / 1000,
    ),
    gauge("memoferry_bindings", "People who are bound to a Memos account, by state.", [
      [{ state: "active" }, bindings.active],
      [{ state: "paused" }, bindings.paused],
    ]),
    gauge(
      "memoferry_watched_accounts",
      "Accounts that are watched for changes in Memos, by how these are heard of.",
      [
        [{ by: "events" }, by_events],
        [{ by: "time" }, accounts - by_events],
      ],
    ),
    gauge(
      "memoferry_intake_mode",
      "How updates come in: 1 for the mode that is live.",
      ["polling", "webhook"].map((name) => [{ mode: name }, is(name === mode)]),
    ),
    gauge("memoferry_telegram_up", "Whether updates come in.", is(receiver.intake().works)),
    gauge("memoferry_memos_up", "Whether Memos can be called.", is(memosWatch.health().reachable)),
    gauge("memoferry_store_up", "Whether the database answers.", is(store.database.trouble() === null)),
    gauge(
      "memoferry_taking_updates",
      "Whether updates are taken: there is room for them.",
      is(maintenance.refusal() === null),
    ),
    gauge("memoferry_disk_free_bytes", "Space that is left for DATA_DIR.", maintenance.freeBytes()),
    gauge(
      "memoferry_database_size_bytes",
      "Size of the database, and of its write-ahead log.",
      ["database", "log"].map((file) => [
        { file },
        sizeOf(`${store.database.path}${file === "log" ? "-wal" : ""}`),
      ]),
    ),
    gauge("memoferry_build_info", "Version and commit of the running memoferry.", [
      [{ version: VERSION, commit: COMMIT ?? "" }, 1],
    ]),
    gauge(
      "process_start_time_seconds",
      "Start time of the process since unix epoch in seconds.",
      startedAt / 1000,
    ),
    gauge("process_resident_memory_bytes", "Resident memory size in bytes.", rss),
    total(
      "process_cpu_seconds_total",
      "Total user and system CPU time spent in seconds.",
      (user + system) / 1e6,
    ),
  ].join("");
}

/** 0 where it is not there. */
const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
