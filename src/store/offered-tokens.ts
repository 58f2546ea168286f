import { and, asc, eq } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import { Secret } from "../secret.ts";
import type { Database, Drizzle } from "./database.ts";
import { type Owed, owe } from "./outbox.ts";
import { offered_tokens } from "./schema.ts";
import type { Vault } from "./vault.ts";

/** An access token that somebody sent while Memos could not be asked about it. */
export interface OfferedToken {
  readonly telegram_id: number;
  readonly username: string | null;
  readonly chat_id: number;
  /** Null: it cannot be opened any more. */
  readonly access_token: Secret | null;
  /** What their Telegram speaks, such as `pt-br`: nothing else is known of who is not bound. */
  readonly language: string | null;
  readonly offered_at: number;
  /** Then it is forgotten, unchecked. */
  readonly expires_at: number;
}

export interface Offer extends Pick<OfferedToken, "telegram_id" | "username" | "chat_id" | "language"> {
  readonly access_token: Secret;
}

export interface OfferedTokens {
  /** Keeps it, sealed, for a day at most, in place of what the same person offered before. */
  offer(token: Offer): void;
  /** Oldest first. */
  list(): OfferedToken[];
  has(telegramId: number): boolean;
  /** False when it was replaced or forgotten meanwhile. */
  holds(offered: OfferedToken): boolean;
  /** True when there was one. */
  forget(telegramId: number): boolean;
  /** Forgets this very one, and owes what is to be said of it, in one transaction. */
  settle(offered: OfferedToken, owed: readonly Owed[]): void;
}

const KEPT_MS = 24 * 3_600_000;
/** In place of a token that cannot be opened any more. */
const FORGOTTEN = "";

/** Authenticated with the sealed token: it opens for this person only. */
const contextOf = (telegramId: number) => `offered token of ${telegramId}`;

export function createOfferedTokens(deps: {
  database: Database;
  vault: Vault;
  clock: Clock;
  botId: number;
}): OfferedTokens {
  const { database, vault, clock, botId } = deps;
  const { drizzle } = database;

  /** The very row: a person may have offered another token since. */
  const same = ({ telegram_id, offered_at }: OfferedToken) =>
    and(eq(offered_tokens.telegram_id, telegram_id), eq(offered_tokens.offered_at, offered_at));
  const row = (telegramId: number) =>
    drizzle.select().from(offered_tokens).where(eq(offered_tokens.telegram_id, telegramId)).get();

  return {
    offer: ({ telegram_id, username, chat_id, language, access_token }) => {
      // Never the same time twice: it tells one offer from the next.
      const offered_at = Math.max(clock.now(), (row(telegram_id)?.offered_at ?? 0) + 1);
      const values = {
        username,
        chat_id,
        access_token: vault.seal(
          JSON.stringify({ token: access_token.reveal(), language }),
          contextOf(telegram_id),
        ),
        offered_at,
        expires_at: offered_at + KEPT_MS,
      };
      drizzle
        .insert(offered_tokens)
        .values({ telegram_id, ...values })
        .onConflictDoUpdate({ target: offered_tokens.telegram_id, set: values })
        .run();
    },
    list: () =>
      drizzle
        .select()
        .from(offered_tokens)
        .orderBy(asc(offered_tokens.offered_at))
        .all()
        .map(({ access_token: sealed, ...offered }) => {
          if (sealed === FORGOTTEN) return { ...offered, access_token: null, language: null };
          const { token, language } = JSON.parse(vault.open(sealed, contextOf(offered.telegram_id)));
          return { ...offered, access_token: new Secret(token), language };
        }),
    has: (telegramId) => row(telegramId) !== undefined,
    holds: (offered) => drizzle.select().from(offered_tokens).where(same(offered)).get() !== undefined,
    forget: (telegramId) =>
      drizzle.delete(offered_tokens).where(eq(offered_tokens.telegram_id, telegramId)).returning().get() !==
      undefined,
    settle: (offered, owed) =>
      database.durable(() => {
        const gone = drizzle.delete(offered_tokens).where(same(offered)).returning().get();
        if (gone) owe(database, botId, null, clock.now(), owed);
      }),
  };
}

/** Within the caller's transaction: the key is lost. The rows stay: their owners are to be told that nobody checks them. */
export function forgetOfferedTokens(drizzle: Drizzle): void {
  drizzle.update(offered_tokens).set({ access_token: FORGOTTEN }).run();
}
