import type { Accounts } from "../accounts/accounts.ts";
import { COMMIT, VERSION } from "../base/version.ts";
import { boundNotices } from "../chat/connect/bound.ts";
import type { Config } from "../config/config.ts";
import type { ApiDeps } from "../http/api.ts";
import type { Readiness } from "../http/health.ts";
import { timeText } from "../http/schemas.ts";
import type { Status } from "../http/status.ts";
import type { Receiver } from "../intake/receiver.ts";
import type { TextsFor } from "../locales/texts.ts";
import type { MemosServerInfo } from "../memos/client.ts";
import type { CircuitBreaker } from "../saving/circuit-breaker.ts";
import type { Maintenance } from "../store/db/maintenance.ts";
import type { Store } from "../store/store.ts";
import type { Identity } from "../telegram/identity.ts";

/** What the HTTP API shows of the program: the parts do not know it, and it does not know them. */
export function createStatus(deps: {
  config: Config;
  store: Store;
  breaker: CircuitBreaker;
  identity: Identity;
  receiver: Receiver;
  maintenance: Maintenance;
  startedAt: number;
  memosInfo: () => MemosServerInfo | null;
}): { status(): Status; readiness(): Readiness } {
  const { config, store, breaker, identity, receiver, maintenance, startedAt, memosInfo } = deps;

  return {
    status() {
      const counts = store.jobs.counts();
      const { works, detail } = receiver.intake();
      const absence = store.absences.last();
      const receive = receiver.receive();
      const people = store.bindings.list({ limit: 10_000, after: null });
      const paused = people.filter(({ state }) => state === "paused").length;
      const bot = identity.known();
      return {
        version: VERSION,
        commit: COMMIT,
        started_at: timeText(startedAt),
        bot: bot && { id: bot.id, username: bot.username ?? "", name: bot.first_name },
        receive: {
          setting: config.receive,
          mode: receive.mode,
          since: timeText(receive.since),
          reason: receive.reason,
        },
        last_absence: absence && {
          from: timeText(absence.from),
          until: timeText(absence.until),
          lost_before: timeText(absence.lostBefore),
        },
        telegram: { reachable: works, detail },
        memos: {
          url: config.memosUrl,
          version: memosInfo()?.version ?? null,
          reachable: breaker.closed && memosInfo() !== null,
          detail: breaker.tripped?.detail ?? null,
        },
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
      const { works, detail } = receiver.intake();
      return {
        store: { ready: storeAnswers(store) },
        telegram: part(works, detail ?? ""),
        memos: part(breaker.closed && memosInfo() !== null, breaker.tripped?.detail ?? "not asked yet"),
        disk: part(maintenance.mayAccept(), "too little disk space"),
      };
    },
  };
}

function part(ready: boolean, detail: string) {
  return ready ? { ready } : { ready, detail };
}

function storeAnswers(store: Store): boolean {
  try {
    store.database.sqlite.get("SELECT 1");
    return true;
  } catch {
    return false;
  }
}

/** What the API reads and changes in the store. */
export function storeApi(deps: {
  store: Store;
  accounts: Accounts;
  identity: Identity;
  /** The Memos server that is spoken with. */
  server: string;
  textsFor: TextsFor;
}): Omit<ApiDeps, "log"> {
  const { store, accounts, identity, server, textsFor } = deps;
  const { bindings, invitations, updates, outbox, admission, jobs } = store;
  return {
    bindings,
    invitations,
    updates,
    server,
    bot: identity.get,
    unbind: accounts.unbind,
    /** Tells the person in their chat too. */
    async bind(request) {
      const bound = await accounts.bind(request);
      outbox.owe(boundNotices({ textsFor, admission, jobs }, bound));
      return bound.binding;
    },
  };
}

const timeOrNull = (ms: number | null) => (ms === null ? null : timeText(ms));
