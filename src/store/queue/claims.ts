import { and, eq, ne } from "drizzle-orm";
import type { Drizzle } from "../db/database.ts";
import { claims, memo_links } from "../db/schema.ts";

/** Within the caller's transaction: the memo or file is this job's from now on. False when it has an owner already. */
export function claimName(
  drizzle: Drizzle,
  claim: { readonly server: string; readonly name: string; readonly job_id: number },
): boolean {
  const { server, name, job_id } = claim;
  const linked = drizzle
    .select({ job_id: memo_links.job_id })
    .from(memo_links)
    .where(and(eq(memo_links.memo_name, name), eq(memo_links.server, server), ne(memo_links.job_id, job_id)))
    .get();
  if (linked) return false;
  return drizzle.insert(claims).values(claim).onConflictDoNothing().returning().get() !== undefined;
}

/** Within the caller's transaction. */
export function dropClaims(drizzle: Drizzle, jobId: number): void {
  drizzle.delete(claims).where(eq(claims.job_id, jobId)).run();
}
