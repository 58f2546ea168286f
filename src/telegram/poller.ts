import type { TelegramUpdate } from "gramio";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { TelegramApi } from "./api.ts";
import { isTelegramError, type TelegramError } from "./errors.ts";
import type { Identity } from "./identity.ts";
import { ALLOWED_UPDATES, type IncomingUpdate, readUpdate } from "./update.ts";

/** Where updates go. When `accept` returns, the batch is on disk; when it throws, nothing of it is. */
export interface UpdateSink {
  accept(
    batch: readonly IncomingUpdate[],
    from: { polled: boolean; stalePresses: boolean },
  ): { stored: number; duplicates: number; restarted: boolean };
  /** True while buttons may come that were pressed before a long absence. */
  stalePresses(): boolean;
  /** The next offset, or null to ask without one. */
  offset(): number | null;
  /** False while there is no room: Telegram keeps the updates meanwhile. */
  mayAccept(): boolean;
}

/** How receiving goes, for the log, /readyz and /api/v1/status. */
export interface Receiving {
  readonly state:
    | "starting"
    | "receiving"
    | "unreachable"
    | "bad_token"
    | "conflict"
    | "no_room"
    | "store_failed"
    | "stopped";
  /** When it became so, in ms since 1970. */
  readonly since: number;
  readonly detail: string | null;
  /** Who is in the way of polling, in the state `conflict`. */
  readonly conflict: "poller" | "webhook" | null;
}

export interface Poller extends Service {
  receiving(): Receiving;
}

export interface PollerDeps {
  readonly api: TelegramApi;
  readonly identity: Identity;
  readonly sink: UpdateSink;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after each answered poll. `caughtUp`: no more updates wait at Telegram. */
  readonly onPolled: (poll: { caughtUp: boolean }) => void;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
}

/** The longest that Telegram holds a poll open. https://core.telegram.org/bots/api#getupdates */
const POLL_SECONDS = 50;
const LIMIT = 100;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Somebody has to change a setting: no use in asking more often. */
const BAD_TOKEN_PAUSE_MS = 60_000;
const NO_ROOM_PAUSE_MS = 5_000;
/** After a restart Telegram may still hold the poll of the process before, and ends it with one 409. */
const HARMLESS_CONFLICTS = 1;

/**
 * Long polling: asks for updates at the stored offset and passes each batch on whole. The next poll confirms
 * a batch, so it is only asked once the batch is on disk.
 */
export function createPoller({ api, identity, sink, clock, log, onPolled, random }: PollerDeps): Poller {
  let current: Receiving = { state: "starting", since: clock.now(), detail: null, conflict: null };
  let failures = 0;
  let conflicts = 0;
  /** Until an empty answer: asked without waiting, so that what waits there, or that nothing does, is known at once. */
  let behind = true;
  let stopping = new AbortController();
  let loop: Promise<void> | null = null;

  function become(
    state: Receiving["state"],
    detail: string | null = null,
    conflict: Receiving["conflict"] = null,
  ): void {
    if (current.state === state && current.detail === detail) return;
    const changed = current.state !== state;
    current = { state, since: changed ? clock.now() : current.since, detail, conflict };
    if (!changed || state === "starting" || state === "stopped") return;
    if (state === "receiving")
      log.info("receiving updates", { mode: "polling", bot: identity.known()?.username });
    else log.warn("not receiving updates", { state, detail });
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pause = await step(signal);
      if (pause > 0 && !signal.aborted) await clock.sleep(pause, signal);
    }
    become("stopped");
  }

  /** One poll; returns how long to pause before the next. */
  async function step(signal: AbortSignal): Promise<number> {
    if (!sink.mayAccept()) {
      become("no_room", "too little disk space is left: Telegram keeps the updates for up to 24 hours");
      return NO_ROOM_PAUSE_MS;
    }
    try {
      await identity.get(signal);
      const offset = sink.offset();
      const asked = clock.monotonic();
      const batch = await api.call(
        "getUpdates",
        {
          ...(offset !== null && { offset }),
          limit: LIMIT,
          timeout: behind ? 0 : POLL_SECONDS,
          allowed_updates: [...ALLOWED_UPDATES],
        },
        signal,
      );
      accept(batch);
      failures = 0;
      conflicts = 0;
      become("receiving");
      // An answer ends at 4 MiB, and after a quick restart at one update: only an empty one surely was the last.
      const waited = !behind;
      if (batch.length === 0) behind = false;
      onPolled({ caughtUp: !behind });
      // A proxy that does not let a poll wait answers at once, again and again.
      const hasty = waited && batch.length === 0 && clock.monotonic() - asked < FIRST_PAUSE_MS;
      return hasty ? FIRST_PAUSE_MS : 0;
    } catch (error) {
      return signal.aborted ? 0 : pauseAfter(error);
    }
  }

  function accept(batch: readonly TelegramUpdate[]): void {
    if (batch.length === 0) return;
    const { stored, duplicates, restarted } = sink.accept(
      batch.map((update) => readUpdate(update, identity.name())),
      { polled: true, stalePresses: sink.stalePresses() },
    );
    if (restarted) log.info("telegram restarted its update ids", { update_id: batch.at(-1)?.update_id });
    log.debug("updates stored", { stored, duplicates, next_offset: sink.offset() });
  }

  function pauseAfter(error: unknown): number {
    // Two programs that both ask without waiting would never see their conflict.
    if (!isTelegramError(error, "conflict")) behind = true;
    if (!isTelegramError(error)) {
      // The store failed: nothing was confirmed, so Telegram sends the batch again.
      log.error("updates could not be stored", { error });
      become("store_failed", `updates could not be stored: ${messageOf(error)}`);
      return backoff();
    }
    switch (error.kind) {
      case "bad_token":
        become("bad_token", "Telegram refuses BOT_TOKEN: compare it with the one @BotFather shows");
        return BAD_TOKEN_PAUSE_MS;
      case "conflict":
        return afterConflict(error);
      case "throttled":
        become("unreachable", error.message);
        return Math.max(error.retryAfterMs ?? 0, FIRST_PAUSE_MS);
      default:
        become("unreachable", error.message);
        return backoff();
    }
  }

  function afterConflict(error: TelegramError): number {
    conflicts += 1;
    if (conflicts > HARMLESS_CONFLICTS) {
      const webhook = /webhook/i.test(error.message);
      become(
        "conflict",
        webhook
          ? "a webhook is set for this bot, so Telegram gives no updates to polling"
          : "another program polls with this BOT_TOKEN: stop it, or make a bot of its own for each at @BotFather",
        webhook ? "webhook" : "poller",
      );
    }
    return backoff();
  }

  function backoff(): number {
    const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
    failures += 1;
    return ceiling / 2 + random() * (ceiling / 2);
  }

  return {
    receiving: () => current,
    start() {
      if (loop) return;
      stopping = new AbortController();
      loop = run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await loop;
      loop = null;
    },
  };
}
