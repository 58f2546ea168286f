import type { Clock } from "../../base/clock.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { Database } from "../db/database.ts";
import { offered_tokens, shown_tokens } from "../db/schema.ts";
import { owe } from "../outbox/owe.ts";

/**
 * Forgets the access tokens that an older version kept in tables of their own. `words`: what is owed to somebody whose
 * token was still to be checked.
 */
export function forgetOlderTokens(deps: {
  database: Database;
  botId: number;
  clock: Clock;
  words: (telegramId: number) => Owed;
}): void {
  const { database, botId, clock, words } = deps;
  const { drizzle } = database;
  const forgotten = database.durable(() => {
    const unchecked = drizzle.delete(offered_tokens).returning().all();
    const owed = unchecked.map(({ telegram_id }) => words(telegram_id));
    owe(database, botId, null, clock.now(), owed);
    return unchecked.length + drizzle.delete(shown_tokens).returning().all().length;
  });
  if (forgotten > 0) database.checkpoint();
}
