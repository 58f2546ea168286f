import { and, asc, eq, ne } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import type { Database } from "./database.ts";
import { jobs, updates } from "./schema.ts";

/** Undoes the joining of messages into one memo. */
export interface Separation {
  /**
   * The first message keeps the memo; each other one, or album, becomes a job of its own, which is never joined again.
   * `groupOf` tells the album that an update belongs to. How many jobs there are then; 0 when it cannot be done now.
   */
  separate(jobId: number, groupOf: (json: string) => string | null): number;
}

export function createSeparation(deps: { database: Database; clock: Clock }): Separation {
  const { database, clock } = deps;
  const { drizzle } = database;

  return {
    separate: (jobId, groupOf) =>
      database.inTransaction(() => {
        const leader = drizzle.select().from(jobs).where(eq(jobs.id, jobId)).get();
        if (leader?.kind !== "message" || leader.state !== "done" || leader.outcome !== "saved") return 0;
        const followers = drizzle
          .select()
          .from(updates)
          .where(and(eq(updates.job_id, jobId), ne(updates.message_id, leader.message_id ?? 0)))
          .orderBy(asc(updates.message_id), asc(updates.seq))
          .all();
        const made = new Map<string, number>();
        /** By message: what was delivered again or dropped goes with what is kept of it. */
        const groups = new Map<number | null, string | null>();
        for (const { message_id, payload } of followers) {
          if (payload !== null) groups.set(message_id, groupOf(payload));
        }
        for (const { seq, message_id } of followers) {
          const group = groups.get(message_id);
          // Not kept any more: there is nothing that its own memo could be made from.
          if (group === undefined) continue;
          const key = group ?? String(message_id);
          const own = made.get(key) ?? insert(leader, { key, message_id, isAlbum: group !== null });
          made.set(key, own);
          drizzle.update(updates).set({ job_id: own }).where(eq(updates.seq, seq)).run();
        }
        if (made.size === 0) return 0;
        drizzle
          .update(jobs)
          .set({
            state: "waiting",
            outcome: null,
            due_at: clock.now(),
            attempts: 0,
            first_failed_at: null,
            aside: false,
            done_at: null,
          })
          .where(eq(jobs.id, jobId))
          .run();
        return made.size + 1;
      }),
  };

  function insert(
    leader: typeof jobs.$inferSelect,
    { key, message_id, isAlbum }: { key: string; message_id: number | null; isAlbum: boolean },
  ): number {
    const { bot_id, queue, lane, chat_id, telegram_id, server, account } = leader;
    return drizzle
      .insert(jobs)
      .values({
        ...{ bot_id, queue, lane, chat_id, message_id, telegram_id, server, account },
        kind: isAlbum ? "album" : "message",
        job_key: key,
        state: "waiting",
        separated_from: leader.id,
        created_at: clock.now(),
      })
      .returning({ id: jobs.id })
      .get().id;
  }
}
