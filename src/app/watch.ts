import type { TokenWatch } from "../accounts/token-watch.ts";
import { createBell } from "../base/bell.ts";
import { logger } from "../base/log.ts";
import type { Changed } from "../domain/changed.ts";
import type { MemosEvent } from "../memos/client.ts";
import type { News } from "../news/news.ts";
import type { Watch } from "../watch/watch.ts";
import type { Context } from "./context.ts";

export type AccountWatch = ReturnType<typeof createAccountWatch>;

/** Tells what changes in Memos, from when somebody wants to know: before, nothing of it is even loaded. */
export function createAccountWatch(
  context: Context,
  given: {
    isAway: () => boolean;
    suspect: () => void;
    suspectToken: TokenWatch["suspect"];
  },
) {
  const { store, memos, background } = context;
  const changedBell = createBell<Changed>();
  let parts: Promise<{ watch: Watch; news: News }> | undefined;
  let watch: Watch | undefined;

  async function load() {
    const [{ createWatch }, { createNews }] = await Promise.all([
      import("../watch/watch.ts"),
      import("../news/news.ts"),
    ]);
    watch = createWatch({
      ...context,
      ...given,
      tokenOf: store.bindings.accessToken,
      ring: changedBell.ring,
      log: logger("watch"),
    });
    background.signal.addEventListener("abort", () => watch?.follow([]), { once: true });
    const news = createNews({ ...context, ...given, stirred: watch.stirred, log: logger("news") });
    changedBell.listen(news.changed);
    return { watch, news };
  }

  async function look(): Promise<void> {
    // The bell may ring within a transaction.
    await Promise.resolve();
    if (!parts && store.watched(memos.server).length === 0) return;
    parts ??= load();
    const { watch, news } = await parts;
    watch.follow(store.watched(memos.server));
    news.begin();
  }

  const lookSoon = () => background.run("looking for whom memos is watched", look);
  store.wantedBell.listen(lookSoon);

  return {
    /** Rung when something may have changed in Memos for an account. */
    changedBell,
    start: lookSoon,
    /** Somebody did something: what others answer may come soon. */
    active(telegramId: number): void {
      const account = watch && store.bindings.get(telegramId)?.account_key;
      if (account !== undefined) watch?.stirred(account);
    },
    told: (creator: string, event: MemosEvent): void => watch?.told(creator, event),
    back: (): void => watch?.back(),
    counts: () => watch?.counts() ?? { accounts: 0, by_events: 0 },
  };
}
