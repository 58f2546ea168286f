import { createBell } from "../base/bell.ts";
import { logger } from "../base/log.ts";
import type { Changed } from "../domain/changed.ts";
import type { Watch } from "../watch/watch.ts";
import type { Context } from "./context.ts";

export type AccountWatch = ReturnType<typeof createAccountWatch>;

/** Tells what changes in Memos, from when somebody wants to know: before, nothing of it is even loaded. */
export function createAccountWatch(
  context: Context,
  memosWatch: { isAway: () => boolean; suspect: () => void },
) {
  const { store, memos, background } = context;
  const changedBell = createBell<Changed>();
  let watch: Watch | undefined;

  async function look(): Promise<void> {
    // The bell may ring within a transaction.
    await Promise.resolve();
    const wanted = store.watched(memos.server);
    if (!watch && wanted.length === 0) return;
    const { createWatch } = await import("../watch/watch.ts");
    watch ??= createWatch({
      ...context,
      ...memosWatch,
      tokenOf: store.bindings.accessToken,
      ring: changedBell.ring,
      log: logger("watch"),
    });
    background.signal.addEventListener("abort", () => watch?.follow([]), { once: true });
    watch.follow(store.watched(memos.server));
  }

  const lookSoon = () => background.run("looking for whom memos is watched", look);
  store.wantedBell.listen(lookSoon);

  return {
    /** Rung when something may have changed in Memos for an account. */
    changedBell,
    start: lookSoon,
    stirred: (account: number): void => watch?.stirred(account),
    back: (): void => watch?.back(),
    counts: () => watch?.counts() ?? { accounts: 0, live: 0 },
  };
}
