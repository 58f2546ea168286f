// Stands before the stand-in for Telegram and hands out updates that no Telegram would send; all else it passes on.

export interface Feed {
  /** For TELEGRAM_API_URL. */
  readonly url: string;
  /** One answer to getUpdates, as JSON texts of updates: at most 100, with rising ids. */
  hand(batch: readonly string[]): void;
  /** True while the program polls and nothing is left to hand out. */
  readonly isEmpty: boolean;
  stop(): Promise<void>;
}

export function startFeed(telegramUrl: string): Feed {
  let batch: readonly string[] = [];
  let wake: (() => void) | undefined;

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 120,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (/\/getUpdates$/i.test(pathname)) return poll(request);
      const body = request.method === "GET" ? null : await request.arrayBuffer();
      return fetch(`${telegramUrl}${pathname}${search}`, {
        method: request.method,
        headers: request.headers,
        body,
        decompress: false,
      });
    },
  });

  async function poll(request: Request): Promise<Response> {
    const text = await request.text();
    const asked: unknown = /"offset":(-?\d+)/.exec(text)?.[1] ?? /name="offset"\s+(-?\d+)/.exec(text)?.[1];
    const offset = Number(asked ?? 0);
    batch = batch.filter((update) => idOf(update) >= offset);
    // At the start, and where it has caught up, the program asks for what is there at once.
    const waits = !/"timeout":0\b|name="timeout"\s+0\b/.test(text) && /"timeout"|name="timeout"/.test(text);
    if (batch.length === 0 && waits) await nextBatch(request.signal);
    return new Response(`{"ok":true,"result":[${batch.join(",")}]}`, {
      headers: { "content-type": "application/json" },
    });
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
    url: `http://127.0.0.1:${server.port}`,
    hand(next) {
      if (next.length > 100) throw new RangeError(`Telegram gives 100 updates at once, not ${next.length}`);
      batch = next;
      wake?.();
    },
    get isEmpty() {
      return batch.length === 0;
    },
    async stop() {
      await server.stop(true);
    },
  };
}

const idOf = (update: string) => Number(/"update_id":(\d+)/.exec(update)?.[1] ?? 0);
