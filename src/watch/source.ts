import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { Changed, WatchedAccount } from "../domain/changed.ts";
import type { MemosClient, MemosEvent } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";

/** The pause between two looks at first, and after something came or the person did something; then it grows. */
const SOONEST_MS = 60_000;
const LONGEST_MS = 10 * 60_000;
const GROWTH = 1.5;
/** While events come in: some may have got lost, since Memos drops what a slow reader does not take. */
const RESYNC_MS = 15 * 60_000;
/** Accounts look one after another when Memos is back. */
const SPREAD_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15 * 60_000;
/** A stream that lived so long was no accident: heartbeats come every 30 s. */
const STEADY_MS = 60_000;
/** Between two bells for comments; and for memos of anybody, of which each could be one that mentions the account. */
const COMMENTS_MS = 10_000;
const MENTIONS_MS = 60_000;
/** Memos tells of a memo before it notifies those whom it mentions. */
const SETTLED_MS = 1_000;

export interface SourceDeps {
  memos: Pick<MemosClient, "events" | "known">;
  tokenOf: (telegramId: number) => Secret | undefined;
  ring: (changed: Changed) => void;
  /** How many more there may be at once. */
  streams: { free: number };
  /** Nothing is asked of Memos now: it is known to be away. */
  isAway: () => boolean;
  /** A stream could not be had: somebody finds out whether Memos is away. */
  suspect: () => void;
  clock: Clock;
  random: () => number;
  log: Log;
}

export type Source = ReturnType<typeof createSource>;

/**
 * Finds out when something may have changed for one account, until it is ended: by the events of Memos as long as they come
 * in, and by the time where they do not: too old a Memos, or a proxy before it that holds them back.
 */
export function createSource(
  { memos, tokenOf, ring, streams, isAway, suspect, clock, random, log }: SourceDeps,
  { account, name, telegram_id }: WatchedAccount,
) {
  const ended = new AbortController();
  const { signal } = ended;
  let isLive = false;
  let intervalMs = SOONEST_MS;
  let lookAt = clock.monotonic() + SPREAD_MS * random();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let gatheredAt = Number.NEGATIVE_INFINITY;
  let gatherAt = Number.POSITIVE_INFINITY;
  let pauseMs = FIRST_PAUSE_MS;
  const betweenLooks = createNap();
  const betweenStreams = createNap();

  /** A pause that can be cut short. */
  function createNap() {
    let waking = new AbortController();
    return {
      sleep(ms: number): Promise<void> {
        waking = new AbortController();
        return signal.aborted ? Promise.resolve() : clock.sleep(ms, waking.signal);
      },
      wake: (): void => waking.abort(),
    };
  }

  function lookWithin(ms: number): void {
    lookAt = Math.min(lookAt, clock.monotonic() + ms);
    betweenLooks.wake();
  }

  async function lookAgainAndAgain(): Promise<void> {
    while (!signal.aborted) {
      const waitMs = isAway() ? LONGEST_MS : lookAt - clock.monotonic();
      if (waitMs > 0) {
        await betweenLooks.sleep(waitMs);
        continue;
      }
      lookedAt = clock.monotonic();
      lookAt = lookedAt + (isLive ? RESYNC_MS : intervalMs * (1 + random() / 10));
      intervalMs = Math.min(LONGEST_MS, intervalMs * GROWTH);
      ring({ account, what: "notifications" });
      ring({ account, what: "memos" });
    }
  }

  async function listenAgainAndAgain(): Promise<void> {
    while (!signal.aborted) {
      if (!isAway() && memos.known()?.dialect.tellsEvents) await listen();
      await betweenStreams.sleep(pauseMs / 2 + (pauseMs / 2) * random());
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
  }

  async function listen(): Promise<void> {
    const token = tokenOf(telegram_id);
    if (!token || streams.free === 0) return;
    const begun = clock.monotonic();
    streams.free -= 1;
    try {
      for await (const event of memos.events(token, signal)) {
        // What happened before is not told.
        if (!isLive) lookWithin(0);
        isLive = true;
        if (clock.monotonic() - begun >= STEADY_MS) pauseMs = FIRST_PAUSE_MS;
        if (event) hear(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      log.debug("no events of memos", { account, detail: messageOf(error) });
      if (isMemosError(error, "unreachable", "server", "timeout")) suspect();
    } finally {
      streams.free += 1;
    }
    if (!isLive) return;
    isLive = false;
    stir();
  }

  function hear({ type, memo }: MemosEvent): void {
    const isReaction = type.startsWith("reaction.");
    if (!isReaction && type !== "memo.deleted") gatherFor(type);
    if (type === "memo.comment.created") return;
    ring({ account, what: isReaction ? "reactions" : "memo", name: memo });
  }

  const gatherFor = (type: string) => gather(type === "memo.comment.created" ? COMMENTS_MS : MENTIONS_MS);

  /** Rings for notifications that may be there in a moment; what comes within `apartMs` is one ring. */
  function gather(apartMs: number): void {
    const at = Math.max(clock.monotonic() + SETTLED_MS, gatheredAt + apartMs);
    if (at >= gatherAt) return;
    gatherAt = at;
    void clock.sleep(at - clock.monotonic(), signal).then(() => {
      // Another one was due before.
      if (signal.aborted || gatherAt !== at) return;
      gatherAt = Number.POSITIVE_INFINITY;
      gatheredAt = clock.monotonic();
      ring({ account, what: "notifications" });
    });
  }

  /** Something came, or the person did something: more may come soon. */
  function stir(): void {
    if (isLive) return;
    intervalMs = SOONEST_MS;
    lookWithin(Math.max(0, lookedAt + SOONEST_MS - clock.monotonic()));
  }

  void lookAgainAndAgain();
  void listenAgainAndAgain();

  return {
    stir,
    /** Memos answers again. */
    back(): void {
      pauseMs = FIRST_PAUSE_MS;
      betweenStreams.wake();
      lookWithin(SPREAD_MS * random());
    },
    hear,
    gatherFor,
    get isLive(): boolean {
      return isLive;
    },
    telegram_id,
    name,
    end(): void {
      ended.abort();
      betweenLooks.wake();
      betweenStreams.wake();
    },
  };
}
