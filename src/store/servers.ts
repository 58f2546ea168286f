import { and, eq, inArray } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import type { Database, Drizzle } from "./database.ts";
import { claims, deletions, jobs, memo_links, servers } from "./schema.ts";

/** What Memos allows when nobody changed the setting. */
export const DEFAULT_UPLOAD_LIMIT_BYTES = 30 * 1024 * 1024;
const DAY_MS = 86_400_000;

/** The upload limit of a Memos server: only admins may read it, so it is learned from refusals and kept a day. */
export interface UploadLimits {
  of(server: string): UploadLimit;
  /** A file of this size was refused: whatever is as large is not tried again today. */
  refused(server: string, limit: UploadLimit): void;
}

export interface UploadLimit {
  /** The first size that is too large is one more. */
  readonly bytes: number;
  /** Whose it is: that of a proxy before Memos is set elsewhere. */
  readonly of: "memos" | "proxy";
}

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

export function createUploadLimits(deps: { database: Database; clock: Clock }): UploadLimits {
  const { drizzle } = deps.database;
  const limitOf = (server: string): UploadLimit => {
    const row = drizzle.select().from(servers).where(eq(servers.server, server)).get();
    const fresh = row?.upload_limit_at != null && Math.abs(deps.clock.now() - row.upload_limit_at) < DAY_MS;
    if (!fresh || row.upload_limit_bytes === null) return { bytes: DEFAULT_UPLOAD_LIMIT_BYTES, of: "memos" };
    return { bytes: row.upload_limit_bytes, of: row.upload_limit_of ?? "memos" };
  };
  return {
    of: limitOf,
    refused: (server, { bytes, of: upload_limit_of }) => {
      const known = limitOf(server);
      const lowest = bytes < known.bytes ? { bytes, of: upload_limit_of } : known;
      const set = {
        upload_limit_bytes: lowest.bytes,
        upload_limit_of: lowest.of,
        upload_limit_at: deps.clock.now(),
      };
      drizzle
        .insert(servers)
        .values({ server, ...set })
        .onConflictDoUpdate({ target: servers.server, set })
        .run();
    },
  };
}
