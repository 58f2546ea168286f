// Stands before the stand-in for Telegram and hands out updates that no Telegram would send; all else it passes on.

import { startProxy } from "../support/proxy.ts";

export type Feed = ReturnType<typeof startFeed>;

export function startFeed(telegramUrl: string) {
  let batch: readonly string[] = [];
  let wake: (() => void) | undefined;
  const proxy = startProxy(telegramUrl, (forward, request, body) =>
    request.url.endsWith("/getUpdates") ? poll(request.signal, body) : forward(),
  );

  async function poll(signal: AbortSignal, body: Uint8Array | null): Promise<Response> {
    const { offset = 0, timeout = 0 } = JSON.parse(Buffer.from(body ?? []).toString());
    batch = batch.filter((update) => idOf(update) >= offset);
    // At the start, and where it has caught up, the program asks for what is there at once.
    if (batch.length === 0 && timeout > 0) await nextBatch(signal);
    const headers = { "content-type": "application/json" };
    return new Response(`{"ok":true,"result":[${batch.join(",")}]}`, { headers });
  }

  /** As a long poll that comes back with nothing when it is given up. */
  function nextBatch(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        wake = undefined;
        resolve();
      };
      wake = done;
      signal.addEventListener("abort", done, { once: true });
    });
  }

  return {
    /** For TELEGRAM_API_URL. */
    url: proxy.url,
    /** One answer to getUpdates, as JSON texts of updates: at most 100, with rising ids. */
    hand(next: readonly string[]): void {
      if (next.length > 100) throw new RangeError(`Telegram gives 100 updates at once, not ${next.length}`);
      batch = next;
      wake?.();
    },
    /** True while the program polls and nothing is left to hand out. */
    get isEmpty() {
      return batch.length === 0;
    },
    stop: proxy[Symbol.asyncDispose],
  };
}

const idOf = (update: string) => Number(/"update_id":(\d+)/.exec(update)?.[1] ?? 0);
