import type { Log } from "../base/log.ts";
import type { Incoming } from "../domain/incoming.ts";
import type { TelegramUpdate } from "../domain/telegram.ts";
import { readUpdate } from "../messages/update.ts";
import type { Identity } from "../telegram/api.ts";

/**
 * Reads what was sent, each update by itself, so that none stops the others. What cannot be read is kept with what it
 * was; without an id that can be counted on there is nothing to keep it under: it is left out, and logged.
 */
export function createUpdateReader({
  identity,
  log,
}: {
  identity: Pick<Identity, "name">;
  log: Pick<Log, "warn">;
}) {
  /** Telegram sends it again with each poll until something newer was confirmed. */
  let leftOut = "";

  return (sent: readonly unknown[]): Incoming[] =>
    sent.flatMap((one) => {
      if (!hasId(one)) {
        const { update_id, ...rest } = Object(one) as Record<string, unknown>;
        const fields = Object.keys(rest).join(" ").slice(0, 200);
        const what = { type: one === null ? "null" : typeof one, id_type: typeof update_id, fields };
        const seen = JSON.stringify(what);
        if (leftOut !== seen) log.warn("an update without a usable id was left out", what);
        leftOut = seen;
        return [];
      }
      const incoming = readUpdate(one, identity.name());
      const { update_id, kind, task } = incoming;
      if (task.kind === "unreadable")
        log.warn("an update could not be read; it is kept as a dead letter", { update_id, kind });
      return [incoming];
    });
}

/** Telegram's are positive: an offset of 0 confirms nothing, and one below forgets what comes after. */
function hasId(update: unknown): update is TelegramUpdate {
  const { update_id } = Object(update) as Partial<TelegramUpdate>;
  return Number.isSafeInteger(update_id) && Number(update_id) > 0;
}
