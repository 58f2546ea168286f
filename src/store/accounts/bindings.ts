import { and, asc, count, eq, gt, ne } from "drizzle-orm";
import { AppError } from "../../base/errors.ts";
import { Secret } from "../../base/secret.ts";
import type { Drizzle, StoreContext } from "../db/database.ts";
import { accountIs, selectBindings } from "../db/rows.ts";
import { accounts, bindings } from "../db/schema.ts";
import { keepAccount } from "./accounts.ts";

type Row = NonNullable<ReturnType<ReturnType<typeof selectBindings>["get"]>>;
/** Who is joined to which account, without the access token. */
export type Binding = Omit<Row, "access_token">;

export type Bindings = ReturnType<typeof createBindings>;

export interface BindingSettings {
  readonly visibility?: Row["visibility"];
  readonly tags?: string[];
  readonly username?: string | null;
  readonly confirmation?: Row["confirmation"];
  readonly source_line?: boolean;
  readonly formatting?: Row["formatting"];
  readonly language?: Row["language"];
  readonly telegram_language?: string | null;
}

/** What who-am-I says, and which version said it. */
export interface AccountName {
  readonly account: string;
  readonly memos_username: string;
  readonly memos_version: string;
}

export interface NewBinding extends BindingSettings, Partial<Omit<AccountName, "account">> {
  readonly telegram_id: number;
  readonly server: string;
  readonly account: string;
  readonly display_name: string;
  readonly access_token: Secret;
  /** Whose token it is, where it is not their own. */
  readonly guest_of?: number | null;
}

/** Authenticated with the sealed token: it opens for this person only. */
const contextOf = (telegramId: number) => `access token of ${telegramId}`;

/** In place of a token that cannot be opened any more. */
const FORGOTTEN = "";

export function createBindings({ database, encryption, clock }: StoreContext) {
  const { drizzle, statements } = database;

  const tokenOf = ({ telegram_id, access_token }: Row) =>
    access_token === FORGOTTEN ? undefined : encryption.open(access_token, contextOf(telegram_id));
  const secretOf = (row: Row) => {
    const token = tokenOf(row);
    return token === undefined ? undefined : new Secret(token);
  };
  /** Whose token was refused in this run, and was not taken since: a binding that was read before does not say so. */
  const refused = new Set<number>();
  const row = (telegram_id: number) => statements.binding.get({ telegram_id });
  const bare = ({ access_token: _, ...binding }: Row): Binding => binding;
  const change = (telegramId: number, values: Partial<typeof bindings.$inferInsert>) =>
    drizzle
      .update(bindings)
      .set({ ...values, updated_at: clock.now() })
      .where(eq(bindings.telegram_id, telegramId))
      .run();
  const found = (telegramId: number): Binding | undefined => {
    const found = row(telegramId);
    return found && bare(found);
  };

  return {
    get: found,
    /** In order of telegram_id, those after `after`. */
    list: ({ limit, after }: { limit: number; after: number | null }): Binding[] =>
      selectBindings(drizzle)
        .where(after === null ? undefined : gt(bindings.telegram_id, after))
        .orderBy(asc(bindings.telegram_id))
        .limit(limit)
        .all()
        .map(bare),
    count: (): number => drizzle.select({ count: count() }).from(bindings).get()?.count ?? 0,
    accessToken: (telegramId: number): Secret | undefined => {
      const found = row(telegramId);
      return found && secretOf(found);
    },
    /** Both by one look. */
    withToken: (telegramId: number): { binding: Binding; token: Secret | undefined } | undefined => {
      const found = row(telegramId);
      return found && { binding: bare(found), token: secretOf(found) };
    },
    /** The others who use the same account by the very same access token: guests, and who invited them. */
    sharing: (telegramId: number): Binding[] => {
      const own = row(telegramId);
      const token = own && tokenOf(own);
      if (!own || token === undefined) return [];
      return selectBindings(drizzle)
        .where(and(accountIs(own), ne(bindings.telegram_id, telegramId)))
        .all()
        .filter((other) => tokenOf(other) === token)
        .map(bare);
    },
    /** Whom they have invited into an account of theirs, and who is still there. */
    guestsOf: (telegramId: number): Binding[] =>
      selectBindings(drizzle).where(eq(bindings.guest_of, telegramId)).all().map(bare),
    /** Makes or replaces it: active, with the new token. Settings that are not named stay as they were. */
    save: ({
      telegram_id,
      access_token,
      server,
      account,
      display_name,
      memos_username,
      memos_version,
      ...values
    }: NewBinding): Binding =>
      database.durable(() => {
        const named = {
          ...(memos_username !== undefined && { memos_username }),
          ...(memos_version !== undefined && { memos_version }),
        };
        const now = clock.now();
        const set = {
          ...values,
          account_key: keepAccount(
            drizzle,
            { server, account, display_name, ...named },
            row(telegram_id)?.account_key,
          ),
          access_token: encryption.seal(access_token.reveal(), contextOf(telegram_id)),
          state: "active" as const,
          paused_reason: null,
          refused_at: null,
          updated_at: now,
        };
        drizzle
          .insert(bindings)
          .values({ ...set, telegram_id, created_at: now })
          .onConflictDoUpdate({ target: bindings.telegram_id, set })
          .run();
        const saved = found(telegram_id);
        if (!saved) throw new AppError("internal", `the binding of ${telegram_id} is missing`);
        return saved;
      }),
    update: (telegramId: number, settings: BindingSettings): Binding | undefined => {
      change(telegramId, settings);
      return found(telegramId);
    },
    /**
     * What the server calls the account `from` by now: all that is of the account goes by it. It may be told again.
     * Undefined when the person is bound to neither any more.
     */
    told: (
      telegramId: number,
      from: string,
      { account: name, memos_username, memos_version }: AccountName,
    ): Binding | undefined =>
      database.durable(() => {
        const before = row(telegramId);
        // Somebody else may have asked at the same time.
        if (before?.account !== from && before?.account !== name) return undefined;
        drizzle
          .update(accounts)
          .set({ name, memos_username, memos_version })
          .where(eq(accounts.id, before.account_key))
          .run();
        return found(telegramId);
      }),
    remove: (telegramId: number): boolean =>
      drizzle.delete(bindings).where(eq(bindings.telegram_id, telegramId)).returning().all().length > 0,
    /** Notes that who-am-I refused the token; returns when it first did. */
    refused: (telegramId: number): number => {
      refused.add(telegramId);
      const since = row(telegramId)?.refused_at ?? clock.now();
      change(telegramId, { refused_at: since });
      return since;
    },
    /** The token was taken again. */
    accepted: ({ telegram_id, refused_at }: Pick<Binding, "telegram_id" | "refused_at">): void => {
      const meanwhile = refused.delete(telegram_id);
      if (refused_at !== null || meanwhile) change(telegram_id, { refused_at: null });
    },
    /** True for the call that paused it: the person is told once. */
    pause: (telegramId: number, reason: string): boolean =>
      database.durable(() => {
        if (row(telegramId)?.state !== "active") return false;
        change(telegramId, { state: "paused", paused_reason: reason });
        return true;
      }),
    /** Origins that hold tokens; with MEMOS_URL elsewhere they are sent nowhere. */
    servers: (): string[] =>
      drizzle
        .selectDistinct({ server: accounts.server })
        .from(bindings)
        .innerJoin(accounts, eq(accounts.id, bindings.account_key))
        .all()
        .map((found) => found.server),
  };
}

/** Within the caller's transaction: the key is lost, so are the tokens. Everybody is asked to bind anew; returns how many. */
export function forgetTokens(drizzle: Drizzle): number {
  return drizzle
    .update(bindings)
    .set({ access_token: FORGOTTEN, state: "paused", paused_reason: "the encryption key was lost" })
    .returning()
    .all().length;
}
