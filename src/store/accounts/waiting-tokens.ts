import type { StoreContext } from "../db/database.ts";
import { tokenWaits } from "../db/rows.ts";
import { jobs } from "../db/schema.ts";
import type { Transitions } from "../queue/transitions.ts";

export type WaitingTokens = ReturnType<typeof createWaitingTokens>;

/** Access tokens that Memos could not be asked about, each in the job of the command that brought it. */
export function createWaitingTokens({ database, botId }: StoreContext, transitions: Transitions) {
  return {
    has: (telegramId: number) =>
      database.drizzle
        .select({ id: jobs.id })
        .from(jobs)
        .where(tokenWaits(botId, telegramId))
        .limit(1)
        .get() !== undefined,
    replace: transitions.replaceTokens,
  };
}
