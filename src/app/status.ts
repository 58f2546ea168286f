import { COMMIT, VERSION } from "../base/version.ts";
import { timeText } from "../http/schemas.ts";
import type { HttpDeps } from "../http/server.ts";
import type { Receiver } from "../intake/receiver.ts";
import type { Maintenance } from "../store/db/maintenance.ts";
import type { Store } from "../store/store.ts";
import type { Context } from "./context.ts";
import type { MemosWatch } from "./saving.ts";

/** How the program is, as the HTTP API shows it: the parts do not know it, and it does not know them. */
export function createStatus(
  { config, store, identity, clock }: Context,
  {
    memosWatch,
    receiver,
    maintenance,
  }: { readonly memosWatch: MemosWatch; readonly receiver: Receiver; readonly maintenance: Maintenance },
): Pick<HttpDeps, "status" | "readiness"> {
  const startedAt = clock.now();

  return {
    status() {
      const counts = store.jobs.counts();
      const { works, detail } = receiver.intake();
      const { mode, since, reason } = receiver.receive();
      const absence = store.bots.lastAbsence();
      const people = store.bindings.list({ limit: 10_000, after: null });
      const paused = people.filter(({ state }) => state === "paused").length;
      const bot = identity.known();
      return {
        version: VERSION,
        commit: COMMIT,
        started_at: timeText(startedAt),
        bot: bot && { id: bot.id, username: bot.username ?? "", name: bot.first_name },
        receive: { setting: config.receive, mode, since: timeText(since), reason },
        last_absence: absence && {
          from: timeText(absence.from),
          until: timeText(absence.until),
          lost_before: timeText(absence.lostBefore),
        },
        telegram: { reachable: works, detail },
        memos: { url: config.memosUrl, ...memosWatch.health() },
        bindings: { active: people.length - paused, paused },
        jobs: {
          waiting: counts.waiting,
          working: counts.working,
          done: counts.saved + counts.handled + counts.ignored + counts.discarded,
          dead: counts.dead,
        },
        oldest_waiting_at: timeOrNull(store.jobs.oldestWaitingAt()),
        last_saved_at: timeOrNull(store.jobs.lastSavedAt()),
        disk: { free_bytes: maintenance.freeBytes(), taking_updates: maintenance.mayAccept() },
      };
    },
    readiness() {
      const telegram = receiver.intake();
      const memos = memosWatch.health();
      return {
        store: { ready: answers(store) },
        telegram: part(telegram.works, telegram.detail),
        memos: part(memos.reachable, memos.detail),
        disk: part(maintenance.mayAccept(), "too little disk space"),
      };
    },
  };
}

function part(ready: boolean | null, detail: string | null) {
  return ready ? { ready } : { ready: false, detail: detail ?? "" };
}

function answers({ database }: Store): boolean {
  try {
    database.sqlite.get("SELECT 1");
    return true;
  } catch {
    return false;
  }
}

const timeOrNull = (ms: number | null) => (ms === null ? null : timeText(ms));
