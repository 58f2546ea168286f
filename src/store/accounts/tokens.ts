import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { eq, gt } from "drizzle-orm";
import type { Scope } from "../../domain/scope.ts";
import type { StoreContext } from "../db/database.ts";
import { tokens } from "../db/schema.ts";

const TOKEN_BYTES = 32;
/** When a token was last used is written so often at most. */
const USED_MS = 60_000;

/** Tokens of the API besides the admin's: each has a name, and may do one thing. */
export function createTokens({ database, clock }: StoreContext) {
  const { drizzle } = database;

  function noteUse({ id, used_at }: { id: number; used_at: number | null }): void {
    const now = clock.now();
    if (used_at !== null && Math.abs(now - used_at) < USED_MS) return;
    try {
      database.lazy(() => void drizzle.update(tokens).set({ used_at: now }).where(eq(tokens.id, id)).run());
    } catch {
      // A full disk, say: the store tells of it, and metrics are wanted then most of all.
    }
  }

  return {
    /** The token stands in this answer only. Null where the name is taken. */
    add(name: string, scope: Scope, telegram_id: number | null) {
      const token = `mft_${randomBytes(TOKEN_BYTES).toString("base64url")}`;
      const values = { name, scope, telegram_id, token_hash: hashOf(token), created_at: clock.now() };
      const [added] = database.durable(() =>
        drizzle.insert(tokens).values(values).onConflictDoNothing().returning().all(),
      );
      return added ? { ...added, token } : null;
    },
    list: ({ limit, after }: { limit: number; after: number | null }) =>
      drizzle
        .select()
        .from(tokens)
        .where(after === null ? undefined : gt(tokens.id, after))
        .orderBy(tokens.id)
        .limit(limit)
        .all(),
    /** False where there is none of that name. */
    revoke: (name: string): boolean =>
      database.durable(() => drizzle.delete(tokens).where(eq(tokens.name, name)).returning().all()).length >
      0,
    /** Whose token that is. Each one is looked at, in constant time. */
    find(token: string) {
      const given = Buffer.from(hashOf(token));
      const all = drizzle.select().from(tokens).all();
      const [found] = all.filter(({ token_hash }) => timingSafeEqual(Buffer.from(token_hash), given));
      if (found) noteUse(found);
      return found;
    },
  };
}

const hashOf = (token: string) => hash("sha256", token);
