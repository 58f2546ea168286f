import { and, eq, gt, lte } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import { Secret } from "../secret.ts";
import type { Database, Drizzle } from "./database.ts";
import { shown_tokens } from "./schema.ts";
import type { Vault } from "./vault.ts";

/** Access tokens that people have shown without a word on what they are for, until they say it. */
export interface ShownTokens {
  /** Keeps it, sealed, for ten minutes, in place of an earlier one. False where there was one. */
  keep(telegramId: number, token: Secret): boolean;
  /** Undefined when there is none any more. */
  get(telegramId: number): Secret | undefined;
  /** True when there was one. */
  forget(telegramId: number): boolean;
  /** Those whose time is over. */
  forgetOld(): void;
}

const KEPT_MS = 10 * 60_000;

/** Authenticated with the sealed token: it opens for this person only. */
const contextOf = (telegramId: number) => `shown token of ${telegramId}`;

export function createShownTokens(deps: { database: Database; vault: Vault; clock: Clock }): ShownTokens {
  const { database, vault, clock } = deps;
  const { drizzle } = database;

  /** A time further ahead is that of a clock which was set back since. */
  const fresh = (now: number) =>
    and(gt(shown_tokens.expires_at, now), lte(shown_tokens.expires_at, now + KEPT_MS));
  const ofPerson = (telegramId: number) => eq(shown_tokens.telegram_id, telegramId);
  const find = (telegramId: number) =>
    drizzle
      .select()
      .from(shown_tokens)
      .where(and(ofPerson(telegramId), fresh(clock.now())))
      .get();

  return {
    keep: (telegram_id, token) =>
      database.durable(() => {
        const before = find(telegram_id);
        const access_token = vault.seal(token.reveal(), contextOf(telegram_id));
        const set = { access_token, expires_at: clock.now() + KEPT_MS };
        drizzle
          .insert(shown_tokens)
          .values({ telegram_id, ...set })
          .onConflictDoUpdate({ target: shown_tokens.telegram_id, set })
          .run();
        return before === undefined;
      }),
    get: (telegramId) => {
      const row = find(telegramId);
      return row && new Secret(vault.open(row.access_token, contextOf(telegramId)));
    },
    forget: (telegramId) =>
      drizzle.delete(shown_tokens).where(ofPerson(telegramId)).returning().get() !== undefined,
    forgetOld: () => {
      const now = clock.now();
      drizzle.delete(shown_tokens).where(lte(shown_tokens.expires_at, now)).run();
      drizzle
        .delete(shown_tokens)
        .where(gt(shown_tokens.expires_at, now + KEPT_MS))
        .run();
    },
  };
}

/** Within the caller's transaction: the key is lost, and nothing opens them any more. */
export function forgetShownTokens(drizzle: Drizzle): void {
  drizzle.delete(shown_tokens).run();
}
