import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { MemosClient } from "../memos/client.ts";
import type { Bindings } from "../store/accounts/bindings.ts";
import { askName } from "./account-name.ts";

/** Asks Memos again about paused bindings: a token that is taken again resumes by itself. */
export async function revivePaused(deps: {
  bindings: Pick<Bindings, "list" | "accessToken" | "renew" | "told">;
  memos: Pick<MemosClient, "server" | "whoAmI" | "info">;
  release(telegramId: number, account: { server: string; account: string }): number;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  const { bindings, memos, release, log, signal } = deps;
  for (const binding of bindings.list()) {
    const token = bindings.accessToken(binding.telegram_id);
    if (binding.state !== "paused" || binding.server !== memos.server || !token || signal.aborted) continue;
    try {
      const { telegram_id, server } = binding;
      const account = (await askName({ memos, bindings }, binding, token, signal))?.account;
      if (account === undefined) continue;
      bindings.renew(telegram_id, token);
      const released = release(telegram_id, { server, account });
      log.info("a paused binding works again", { telegram_id, released });
    } catch (error) {
      log.debug("a binding stays paused", { telegram_id: binding.telegram_id, detail: messageOf(error) });
    }
  }
}
