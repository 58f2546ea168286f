import type { Accounts, Bound } from "./accounts.ts";
import { deadline } from "./clock.ts";
import type { Config } from "./config.ts";
import { AppError } from "./errors.ts";
import type { Gate } from "./forwarder/gate.ts";
import type { Bindings as BindingsApi, Binding as BindingView } from "./http/bindings.ts";
import type { Readiness } from "./http/health.ts";
import type { Invitations as InvitationsApi } from "./http/invitations.ts";
import type { Status } from "./http/status.ts";
import type { Update, Updates as UpdatesApi } from "./http/updates.ts";
import { invite } from "./invite.ts";
import type { MemosServerInfo } from "./memos/client.ts";
import type { Binding, Bindings } from "./store/bindings.ts";
import type { Invitations } from "./store/invitations.ts";
import type { Store } from "./store/store.ts";
import type { UpdateList, UpdateView } from "./store/update-list.ts";
import type { Upkeep } from "./store/upkeep.ts";
import type { Identity } from "./telegram/identity.ts";
import type { Supervisor } from "./telegram/supervisor.ts";
import { COMMIT, VERSION } from "./version.ts";

/** What the HTTP API shows of the program: the parts do not know it, and it does not know them. */
export function createStatus(deps: {
  config: Config;
  store: Store;
  gate: Gate;
  identity: Identity;
  supervisor: Supervisor;
  upkeep: Upkeep;
  startedAt: number;
  memosInfo: () => MemosServerInfo | null;
}): { status(): Status; readiness(): Readiness } {
  const { config, store, gate, identity, supervisor, upkeep, startedAt, memosInfo } = deps;

  return {
    status() {
      const counts = store.jobs.counts();
      const { works, detail } = supervisor.intake();
      const absence = store.absences.last();
      const receive = supervisor.receive();
      const people = store.bindings.list({ limit: 10_000, after: null });
      const paused = people.filter(({ state }) => state === "paused").length;
      const bot = identity.known();
      return {
        version: VERSION,
        commit: COMMIT,
        started_at: time(startedAt),
        bot: bot && { id: bot.id, username: bot.username ?? "", name: bot.first_name },
        receive: {
          setting: config.receive,
          mode: receive.mode,
          since: time(receive.since),
          reason: receive.reason,
        },
        last_absence: absence && {
          from: time(absence.from),
          until: time(absence.until),
          lost_before: time(absence.lostBefore),
        },
        telegram: { reachable: works, detail },
        memos: {
          url: config.memosUrl,
          version: memosInfo()?.version ?? null,
          reachable: gate.open && memosInfo() !== null,
          detail: gate.shut?.detail ?? null,
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
        disk: { free_bytes: upkeep.freeBytes(), taking_updates: upkeep.mayAccept() },
      };
    },
    readiness() {
      const { works, detail } = supervisor.intake();
      return {
        store: { ready: storeAnswers(store) },
        telegram: part(works, detail ?? ""),
        memos: part(gate.open && memosInfo() !== null, gate.shut?.detail ?? "not asked yet"),
        disk: part(upkeep.mayAccept(), "too little disk space"),
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

/** The queue as the API shows and changes it. */
export function updatesApi(deps: { updates: UpdateList; wake(): void }): UpdatesApi {
  const { updates, wake } = deps;
  const by = "admin API";
  return {
    list: (filter, page) =>
      updates.list(filter, page).map((row) => ({ key: row.seq, update: updateView(row) })),
    get: (updateId) => {
      const found = updates.get(updateId);
      return found ? updateView(found) : null;
    },
    retry(updateId) {
      const retried = updates.retry(updateId);
      wake();
      return retried;
    },
    retryAll() {
      const retried = updates.retryAll();
      wake();
      return retried;
    },
    discard: (updateId) => updates.discard(updateId, by),
  };
}

export function updateView({ seq: _, job_id: __, received_at, ...shown }: UpdateView): Update {
  return { ...shown, received_at: time(received_at) };
}

/** The bindings as the API shows and changes them. */
export function bindingsApi(deps: {
  bindings: Bindings;
  accounts: Accounts;
  /** Tells a person in their chat that they were bound, and asks what becomes of messages for other accounts. */
  tellBound(bound: Bound): void;
}): BindingsApi {
  const { bindings, accounts, tellBound } = deps;

  async function bind(request: Parameters<Accounts["bind"]>[0]): Promise<BindingView> {
    const bound = await accounts.bind(request);
    tellBound(bound);
    return view(bound.binding);
  }

  return {
    list: (page) => bindings.list(page).map(view),
    get: (telegramId) => {
      const found = bindings.get(telegramId);
      return found ? view(found) : null;
    },
    create: bind,
    update: async (telegramId, { access_token, ...settings }) => {
      if (access_token) return bind({ telegram_id: telegramId, access_token, ...settings });
      const changed = bindings.update(telegramId, settings);
      if (!changed) throw new AppError("not_found", `no binding for the Telegram id ${telegramId}`);
      return view(changed);
    },
    remove: async (telegramId) => (await accounts.unbind(telegramId)) !== null,
  };
}

/** Invitations as the API makes them. */
export function invitationsApi(deps: {
  invitations: Invitations;
  bindings: Bindings;
  identity: Identity;
  server: string;
}): InvitationsApi {
  const { identity, ...known } = deps;
  return {
    create: (accountOf) =>
      invite(
        {
          ...known,
          async botUsername() {
            const limit = deadline(ASK_TELEGRAM_MS);
            const { username } = await identity.get(limit.signal).finally(limit.clear);
            if (!username) throw new AppError("unavailable", "Telegram tells no name of the bot");
            return username;
          },
        },
        accountOf,
      ),
  };
}

/** Whoever waits for an answer of the API does so no longer than this for Telegram. */
const ASK_TELEGRAM_MS = 10_000;

/** Names what is shown: the store's row has more. */
function view(binding: Binding): BindingView {
  const { telegram_id, server, account, display_name, username, visibility, tags, state } = binding;
  const settings = { visibility, tags, state, paused_reason: binding.paused_reason };
  const times = { created_at: time(binding.created_at), updated_at: time(binding.updated_at) };
  return { telegram_id, server, account, display_name, username, ...settings, ...times };
}

const time = (ms: number) => new Date(ms).toISOString();
const timeOrNull = (ms: number | null) => (ms === null ? null : time(ms));
