import type { Clock } from "../../base/clock.ts";
import { type ViewDeps, viewOf } from "./view.ts";

const LOOK_MS = 1_000;
/** A long queue takes a while to look through: no more of the time than this goes into it. */
const PAUSE_PER_LOOK = 20;
/** A proxy may close a connection on which nothing comes for a minute. */
const COMMENT_MS = 15_000;

/**
 * Server-sent events: the parts of the page that have changed, as JSON of HTML by id. It looks once a second, since much
 * changes without telling anybody, such as the disk.
 */
export async function* changes(
  deps: ViewDeps & { clock: Clock },
  isOpen: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { clock } = deps;
  const { partsOf } = await import("./parts.ts");
  const sent = new Map<string, string>();
  let sentAt = clock.monotonic();
  while (!signal.aborted && isOpen()) {
    const began = clock.monotonic();
    // What it finds is shown by the next look.
    void deps.lookAtMemos().catch(() => undefined);
    const parts = Object.entries(partsOf(await viewOf(deps)));
    const changed = parts
      .filter(([id, { text }]) => sent.get(id) !== text)
      .map(([id, { text }]) => [id, text] as const);
    for (const [id, text] of changed) sent.set(id, text);
    if (changed.length > 0 || began - sentAt >= COMMENT_MS) {
      yield changed.length > 0 ? `data: ${JSON.stringify(Object.fromEntries(changed))}\n\n` : ":\n\n";
      sentAt = began;
    }
    await clock.sleep(Math.max(LOOK_MS, PAUSE_PER_LOOK * (clock.monotonic() - began)), signal);
  }
}
