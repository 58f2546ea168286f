import { and, eq, inArray } from "drizzle-orm";
import type { Drizzle } from "../db/database.ts";
import { claims, deletions, jobs, memo_links } from "../db/schema.ts";

/**
 * Within the caller's transaction: a server is found under another address, so what belongs to this account there goes
 * on under the new one: jobs, the links from messages to memos, and what is being deleted.
 */
export function moveAccount(
  drizzle: Drizzle,
  { account, from, to }: { account: string; from: string; to: string },
): void {
  const moved = drizzle
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.server, from), eq(jobs.account, account)));
  drizzle
    .update(claims)
    .set({ server: to })
    .where(and(eq(claims.server, from), inArray(claims.job_id, moved)))
    .run();
  for (const table of [jobs, memo_links, deletions]) {
    drizzle
      .update(table)
      .set({ server: to })
      .where(and(eq(table.server, from), eq(table.account, account)))
      .run();
  }
}

/**
 * Within the caller's transaction: the server calls this person's account by another name since it was upgraded
 * (`users/1`, from 0.27 on `users/alice`), so their jobs, links and deletions go on under that. Only theirs: what is one
 * account's old name may be another's new one.
 */
export function renameAccount(
  drizzle: Drizzle,
  { telegram_id, server, from, to }: { telegram_id: number; server: string; from: string; to: string },
): void {
  const theirs = drizzle.select({ id: jobs.id }).from(jobs).where(eq(jobs.telegram_id, telegram_id));
  drizzle
    .update(memo_links)
    .set({ account: to })
    .where(
      and(eq(memo_links.server, server), eq(memo_links.account, from), inArray(memo_links.job_id, theirs)),
    )
    .run();
  for (const table of [jobs, deletions]) {
    drizzle
      .update(table)
      .set({ account: to })
      .where(and(eq(table.telegram_id, telegram_id), eq(table.server, server), eq(table.account, from)))
      .run();
  }
}
