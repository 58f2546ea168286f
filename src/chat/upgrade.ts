import type { Log } from "../log.ts";
import type { Upgrades } from "../store/upgrades.ts";
import { say } from "./messages.ts";
import type { TextsFor } from "./texts.ts";

/** After a change of version: what could not be saved whole is completed as far as it may go now, and whoever sent what the last one did not understand is told, once, that this one may. */
export function offerReplays(deps: {
  upgrades: Upgrades;
  /** Whether ALLOWED_USERS still has this person. */
  isAllowed: (telegramId: number) => boolean;
  textsFor: TextsFor;
  version: string;
  log: Log;
}): void {
  const { upgrades, isAllowed, textsFor, version, log } = deps;
  const before = upgrades.lastVersion();
  if (before === version) return;
  const people = upgrades.notUnderstood().filter(({ telegram_id }) => isAllowed(telegram_id));
  const again = upgrades.note(
    version,
    people.map(({ telegram_id, count }) =>
      say(telegram_id, { text: textsFor(telegram_id).newlyKnown(count) }, { promise: "notice" }),
    ),
  );
  if (before === undefined) return;
  log.info("another version than before", {
    version,
    before,
    offered_replays_to: people.length,
    looked_at_again: again,
  });
}
