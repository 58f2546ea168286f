import { eq, lt } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import type { Database } from "./database.ts";
import { searches } from "./schema.ts";

export type Search = typeof searches.$inferSelect;

/** Lists of memos that were shown in the chat, under ids short enough for a button. Kept for a week. */
export interface Searches {
  add(search: Omit<Search, "id" | "created_at">): number;
  get(id: number): Search | undefined;
}

const KEEP_MS = 7 * 86_400_000;

export function createSearches(deps: { database: Database; clock: Clock }): Searches {
  const { database, clock } = deps;
  const { drizzle } = database;
  return {
    add: (search) =>
      database.inTransaction(() => {
        const now = clock.now();
        drizzle
          .delete(searches)
          .where(lt(searches.created_at, now - KEEP_MS))
          .run();
        return drizzle
          .insert(searches)
          .values({ ...search, created_at: now })
          .returning({ id: searches.id })
          .get().id;
      }),
    get: (id) => drizzle.select().from(searches).where(eq(searches.id, id)).get(),
  };
}
