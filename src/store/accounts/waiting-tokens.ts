import type { StoreContext } from "../db/database.ts";
import { cleanPayloads } from "../db/payloads.ts";
import { tokenWaits } from "../db/rows.ts";
import { jobs } from "../db/schema.ts";
import type { Transitions } from "../queue/transitions.ts";

export type WaitingTokens = ReturnType<typeof createWaitingTokens>;

/** Access tokens that Memos could not be asked about, each in the job of the command that brought it. */
export function createWaitingTokens(context: StoreContext, transitions: Pick<Transitions, "replaceTokens">) {
  const { database, botId } = context;
  const { drizzle } = database;

  return {
    has: (telegramId: number) =>
      drizzle.select({ id: jobs.id }).from(jobs).where(tokenWaits(botId, telegramId)).limit(1).get() !==
      undefined,

    /**
     * Something later takes the place of a person's token; of those that came before the job `before`. True when there
     * was one.
     */
    replace: (telegramId: number, before = Number.MAX_SAFE_INTEGER): boolean =>
      database.durable(() => {
        const done = transitions.replaceTokens(telegramId, before);
        for (const id of done) cleanPayloads(context, id);
        return done.length > 0;
      }),
  };
}
