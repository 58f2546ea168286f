import { createTokenWatch } from "../accounts/token-watch.ts";
import { logger } from "../base/log.ts";
import { createOutageNotice } from "../chat/outage.ts";
import { createCircuitBreaker } from "../saving/circuit-breaker.ts";
import type { SavingContext } from "../saving/context.ts";
import { createMessageWorker } from "../saving/message-worker.ts";
import { createTakeUp } from "../saving/take-up.ts";
import { createTelegramFiles } from "../telegram/files.ts";
import type { Context } from "./context.ts";

const LOOK_MS = 2_000;
const MINUTE_MS = 60_000;
/** What was found so recently does for those who may ask often. */
const FRESH_MS = 5_000;

export type MemosWatch = ReturnType<typeof createMemosWatch>;

/** Knows whether Memos can be called: asked at the start, and from when it was away until it is back: `onBack`. */
export function createMemosWatch(context: Context, onBack: () => void) {
  const { store, memos, urls, clock } = context;
  const log = logger("memos");
  let freshUntil = Number.NEGATIVE_INFINITY;
  const noteLook = () => {
    freshUntil = clock.monotonic() + FRESH_MS;
  };

  async function find(signal: AbortSignal): Promise<void> {
    const { version, note } = await memos.freshInfo(signal);
    log.info("memos found", { url: memos.server, version });
    if (note) log.warn(note, { version });
    urls.warn(log);
    noteLook();
  }

  /** For somebody who wants to know how it is now, and does not wait for long. */
  async function lookAgain(signal: AbortSignal): Promise<void> {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]);
    await memos.freshInfo(soon).then(breaker.answered, (error) => {
      // One that is slow is not away.
      if (!soon.aborted) breaker.report(error);
    });
  }

  const outage = createOutageNotice({ ...context, ...store, log });
  const breaker = createCircuitBreaker({
    ...context,
    probe: find,
    onTripped: outage.begin,
    onClosed: () => {
      outage.end();
      onBack();
    },
    log,
  });

  memos.answeredBell.listen(breaker.answered);

  return {
    breaker,
    isAway: () => !breaker.closed,
    look: (signal: AbortSignal) => find(signal).then(outage.end, breaker.report),
    /** A call of whatever part failed: if another one does as well, nobody works against Memos until it is back. */
    suspect(): void {
      if (!breaker.closed) return;
      context.background.run("asking memos", (signal) => find(signal).catch(breaker.report));
    },
    lookAgain,
    /** The same for anybody. */
    async lookUnlessFresh(signal: AbortSignal): Promise<void> {
      if (clock.monotonic() < freshUntil) return;
      noteLook();
      await lookAgain(signal);
    },
    health() {
      const known = memos.known();
      const lockedMs = memos.lockedForMs();
      const locked =
        lockedMs === null
          ? null
          : `Memos has only answered "database is locked" for ${Math.floor(lockedMs / MINUTE_MS)} min: restart Memos`;
      const trouble = breaker.tripped?.detail ?? locked;
      return {
        /** Null while it was not asked yet. */
        reachable: known || trouble ? trouble === null : null,
        version: known?.version ?? null,
        detail: trouble ?? (known ? null : "not asked yet"),
      };
    },
  };
}

/** Saves messages. `reserve`: for a confirmation that is sent at once. */
export function createSaving(
  context: Context & Pick<SavingContext, "bot">,
  given: Pick<SavingContext, "breaker" | "reserve" | "concurrency">,
) {
  const { config, store, api, urls } = context;
  const watched = { ...store, ...context, ...urls, owe: store.outbox.owe, log: logger("accounts") };
  const tokenWatch = createTokenWatch(watched);
  const work = createMessageWorker({
    ...context,
    ...given,
    files: createTelegramFiles({ api, filesDir: config.telegramFilesDir }),
    tokenWatch,
    log: logger("saving"),
  });
  return { work, tokenWatch, takeUp: createTakeUp(context) };
}
