import type { Accounts } from "../accounts/accounts.ts";
import { deadline } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { COMMIT, VERSION } from "../base/version.ts";
import { boundNotices } from "../chat/connect/bound.ts";
import type { Config } from "../config/config.ts";
import type { ApiDeps } from "../http/api.ts";
import type { Binding as BindingView } from "../http/bindings.ts";
import type { Readiness } from "../http/health.ts";
import type { Status } from "../http/status.ts";
import type { Update } from "../http/updates.ts";
import type { Receiver } from "../intake/receiver.ts";
import type { TextsFor } from "../locales/texts.ts";
import type { MemosServerInfo } from "../memos/client.ts";
import type { Gate } from "../saving/circuit-breaker.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Upkeep } from "../store/db/maintenance.ts";
import type { UpdateView } from "../store/queue/update-list.ts";
import type { Store } from "../store/store.ts";
import type { Identity } from "../telegram/identity.ts";

/** What the HTTP API shows of the program: the parts do not know it, and it does not know them. */
export function createStatus(deps: {
  config: Config;
  store: Store;
  gate: Gate;
  identity: Identity;
  receiver: Receiver;
  upkeep: Upkeep;
  startedAt: number;
  memosInfo: () => MemosServerInfo | null;
}): { status(): Status; readiness(): Readiness } {
  const { config, store, gate, identity, receiver, upkeep, startedAt, memosInfo } = deps;

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
      const { works, detail } = receiver.intake();
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

export interface StoreApiDeps {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly identity: Identity;
  /** The Memos server that is spoken with. */
  readonly server: string;
  readonly textsFor: TextsFor;
  /** Called when there is work or something to be sent. */
  readonly wake: () => void;
}

/** What the API reads and changes in the store. */
export function storeApi(deps: StoreApiDeps): Omit<ApiDeps, "log"> {
  return { bindings: bindingsApi(deps), invitations: invitationsApi(deps), updates: updatesApi(deps) };
}

function updatesApi({ store: { updates }, wake }: StoreApiDeps): ApiDeps["updates"] {
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
    discard: (updateId) => updates.discard(updateId, "admin API"),
  };
}

function updateView({ seq: _, job_id: __, received_at, ...shown }: UpdateView): Update {
  return { ...shown, received_at: time(received_at) };
}

function bindingsApi({ store, accounts, textsFor, wake }: StoreApiDeps): ApiDeps["bindings"] {
  const { bindings, outbox, admission, jobs } = store;

  /** Tells the person in their chat too. */
  async function bind(request: Parameters<Accounts["bind"]>[0]): Promise<BindingView> {
    const bound = await accounts.bind(request);
    outbox.owe(boundNotices({ textsFor, admission, jobs }, bound));
    wake();
    return bindingView(bound.binding);
  }

  return {
    list: (page) => bindings.list(page).map(bindingView),
    get: (telegramId) => {
      const found = bindings.get(telegramId);
      return found ? bindingView(found) : null;
    },
    create: bind,
    update: async (telegramId, { access_token, ...settings }) => {
      if (access_token) return bind({ telegram_id: telegramId, access_token, ...settings });
      const changed = bindings.update(telegramId, settings);
      if (!changed) throw new AppError("not_found", `no binding for the Telegram id ${telegramId}`);
      return bindingView(changed);
    },
    remove: (telegramId) => accounts.unbind(telegramId) !== null,
  };
}

/** Whoever waits for an answer of the API does so no longer than this for Telegram. */
const ASK_TELEGRAM_MS = 10_000;

function invitationsApi({ store, identity, server }: StoreApiDeps): ApiDeps["invitations"] {
  async function botUsername(): Promise<string> {
    const limit = deadline(ASK_TELEGRAM_MS);
    try {
      const { username } = await identity.get(limit.signal);
      if (username) return username;
    } catch (cause) {
      const why =
        "Telegram has not told the bot's name yet, and the link needs it: let memoferry run until it has reached Telegram once.";
      throw new AppError("unavailable", why, { cause });
    } finally {
      limit.clear();
    }
    throw new AppError("unavailable", "Telegram tells no name of the bot, and the link needs it.");
  }

  return {
    async create(accountOf) {
      const host = accountOf === null ? null : store.bindings.get(accountOf);
      if (host === undefined) {
        throw new AppError("unprocessable", `The Telegram user ${accountOf} is not bound to an account.`);
      }
      if (host && (host.state === "paused" || host.server !== server)) {
        const why = `The Telegram user ${accountOf} has no access to Memos right now: bind them anew first.`;
        throw new AppError("unprocessable", why);
      }
      // What the guest presses in the chat that it opens sends the code.
      const chat = `https://t.me/${await botUsername()}`;
      const { code, expires_at } = store.invitations.create(accountOf);
      return { code, url: `${chat}?start=${code}`, expires_at: time(expires_at) };
    },
  };
}

/** Names what is shown: the store's row has more. */
function bindingView(binding: Binding): BindingView {
  const { telegram_id, server, account, display_name, username, visibility, tags, state } = binding;
  const settings = { visibility, tags, state, paused_reason: binding.paused_reason };
  const times = { created_at: time(binding.created_at), updated_at: time(binding.updated_at) };
  return { telegram_id, server, account, display_name, username, ...settings, ...times };
}

const time = (ms: number) => new Date(ms).toISOString();
const timeOrNull = (ms: number | null) => (ms === null ? null : time(ms));
