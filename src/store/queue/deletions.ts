import { and, asc, eq, lte, ne, or } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import type { Database } from "../db/database.ts";
import { deletions } from "../db/schema.ts";

export type Deletion = typeof deletions.$inferSelect;

/** What an older version put into the archive, to delete it, or to bring it back, later. Nothing is added any more. */
export interface Deletions {
  /** Those whose time has come. */
  owed(): Deletion[];
  done(id: number): void;
}

export function createDeletions(deps: { database: Database; clock: Clock; botId: number }): Deletions {
  const { drizzle } = deps.database;
  return {
    owed: () =>
      drizzle
        .select()
        .from(deletions)
        .where(
          and(
            eq(deletions.bot_id, deps.botId),
            or(ne(deletions.state, "waiting"), lte(deletions.delete_at, deps.clock.now())),
          ),
        )
        .orderBy(asc(deletions.id))
        .all(),
    done(id) {
      drizzle.delete(deletions).where(eq(deletions.id, id)).run();
    },
  };
}
