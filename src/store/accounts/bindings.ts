import { and, asc, desc, eq, gt, isNull, ne, or, sql } from "drizzle-orm";
import { AppError } from "../../base/errors.ts";
import { Secret } from "../../base/secret.ts";
import type { StoreContext } from "../db/database.ts";
import { type AccountRef, accountIs, selectBindings } from "../db/rows.ts";
import { accounts, bindings } from "../db/schema.ts";
import type { Drizzle } from "../db/sqlite.ts";
import { forgetReminders } from "./reminders.ts";

type Row = NonNullable<ReturnType<ReturnType<typeof selectBindings>["get"]>>;
/** Who is joined to which account, without the access token. */
export type Binding = Omit<Row, "access_token">;

export type Bindings = ReturnType<typeof createBindings>;

export type BindingSettings = Omit<Partial<typeof bindings.$inferInsert>, "telegram_id" | "access_token">;

/** An account as somebody is bound to it: what who-am-I says, and which version said it. */
interface BoundAccount extends AccountRef {
  readonly display_name: string;
  readonly memos_username: string;
  readonly memos_version: string;
}

/** What a version of the server calls an account. */
type AccountName = Pick<BoundAccount, "account" | "memos_username" | "memos_version">;

/** Authenticated with the sealed token: it opens for this person only. */
const contextOf = (telegramId: number) => `access token of ${telegramId}`;

/** `wanted` is called where the accounts that are watched may be others now. */
export function createBindings(context: StoreContext, wanted = () => {}) {
  const { database, encryption, clock } = context;
  const { drizzle, sqlite, statements } = database;
  /** Since when who-am-I refuses a token, as far as this run knows. */
  const refusedSince = new Map<number, number>();

  const row = (telegram_id: number) => statements.binding.get({ telegram_id });
  const bare = ({ access_token: _, ...binding }: Row): Binding => binding;
  /** Undefined where it was forgotten with a lost key. */
  const tokenOf = ({ telegram_id, access_token }: Row) =>
    access_token === "" ? undefined : encryption.open(access_token, contextOf(telegram_id));
  const change = (telegramId: number, values: Partial<typeof bindings.$inferInsert>) =>
    drizzle
      .update(bindings)
      .set({ ...values, updated_at: clock.now() })
      .where(eq(bindings.telegram_id, telegramId))
      .run();

  function get(telegramId: number): Binding | undefined {
    const found = row(telegramId);
    return found && bare(found);
  }

  function withToken(telegramId: number): { binding: Binding; token: Secret | undefined } | undefined {
    const found = row(telegramId);
    if (!found) return undefined;
    const token = tokenOf(found);
    return { binding: bare(found), token: token === undefined ? undefined : new Secret(token) };
  }

  /** Within the caller's transaction. Makes or replaces it: active, with this token. What is not named stays as it was. */
  function put(telegram_id: number, token: Secret, account_key: number, values: BindingSettings): Binding {
    refusedSince.delete(telegram_id);
    const now = clock.now();
    const set = {
      ...values,
      account_key,
      access_token: encryption.seal(token.reveal(), contextOf(telegram_id)),
      state: "active",
      paused_reason: null,
      updated_at: now,
      // Of another account they were told nothing yet.
      news_after: sql`iif(${bindings.account_key} = ${account_key}, ${bindings.news_after}, NULL)`,
    } as const;
    drizzle
      .insert(bindings)
      .values({ ...set, telegram_id, created_at: now, news_after: null })
      .onConflictDoUpdate({ target: bindings.telegram_id, set })
      .run();
    forgetReminders(context, telegram_id, account_key);
    wanted();
    const saved = get(telegram_id);
    if (!saved) throw new AppError("internal", `the binding of ${telegram_id} is missing`);
    return saved;
  }

  return {
    get,
    withToken,
    accessToken: (telegramId: number) => withToken(telegramId)?.token,
    /** All, or a page of them: in order of telegram_id, those after `after`. */
    list: ({ limit = -1, after = null }: { limit?: number; after?: number | null } = {}): Binding[] =>
      selectBindings(drizzle)
        .where(gt(bindings.telegram_id, after ?? 0))
        .orderBy(asc(bindings.telegram_id))
        .limit(limit)
        .all()
        .map(bare),
    /** Who is told what others do in Memos, of one account or of all. */
    toldNews: (account_key?: number): Binding[] =>
      selectBindings(drizzle)
        .where(
          and(
            ne(bindings.news, "off"),
            eq(bindings.state, "active"),
            account_key === undefined ? undefined : eq(bindings.account_key, account_key),
          ),
        )
        .orderBy(asc(bindings.telegram_id))
        .all()
        .map(bare),
    isEmpty: (): boolean => sqlite.get("SELECT 1 FROM bindings LIMIT 1") === undefined,
    /** How many there are in each state. */
    counts: () =>
      sqlite.get<Record<"active" | "paused", number>>(
        `SELECT count(*) FILTER (WHERE state = 'active') AS active,
           count(*) FILTER (WHERE state = 'paused') AS paused
         FROM bindings`,
      ) ?? { active: 0, paused: 0 },
    /** How many are on another server than this one. Where none is, as nearly always, only the accounts are read. */
    elsewhere: (server: string): number =>
      sqlite.get<{ people: number }>(
        `SELECT iif(EXISTS (SELECT 1 FROM accounts WHERE server <> ?1),
           (SELECT count(*) FROM bindings JOIN accounts ON accounts.id = account_key WHERE server <> ?1), 0) AS people`,
        server,
      )?.people ?? 0,
    /** Who has the token from them, by their invitation or by one of their guests', and is still there. */
    guestsOf(telegramId: number): Binding[] {
      const guests = sql`(WITH RECURSIVE guests (id) AS (
        SELECT telegram_id FROM bindings WHERE guest_of = ${telegramId}
        UNION SELECT telegram_id FROM bindings JOIN guests ON guest_of = guests.id) SELECT id FROM guests)`;
      const isGuest = and(sql`${bindings.telegram_id} IN ${guests}`, ne(bindings.telegram_id, telegramId));
      return selectBindings(drizzle).where(isGuest).all().map(bare);
    },
    save: (telegramId: number, token: Secret, account: BoundAccount, values: BindingSettings = {}): Binding =>
      database.durable(() =>
        put(telegramId, token, keepAccount(drizzle, account, row(telegramId)?.account_key), values),
      ),
    renew: (telegramId: number, token: Secret): void =>
      database.durable(() => {
        const before = row(telegramId);
        if (before) put(telegramId, token, before.account_key, {});
      }),
    /** Within the caller's transaction: a guest gets the account and the token of their host. */
    share: ({ telegram_id, account_key }: Binding, token: Secret, guest: number, values: BindingSettings) =>
      put(guest, token, account_key, { ...values, guest_of: telegram_id }),
    update: (telegramId: number, settings: BindingSettings): Binding | undefined => {
      change(telegramId, settings);
      if (settings.news !== undefined) wanted();
      return get(telegramId);
    },
    /**
     * What the server calls the account `from` by now: all that is of the account goes by it. It may be told again.
     * Undefined when the person is bound to neither any more.
     */
    told: (telegramId: number, from: string, { account: name, ...now }: AccountName): Binding | undefined =>
      database.durable(() => {
        const before = row(telegramId);
        // Somebody else may have asked at the same time.
        if (before?.account !== from && before?.account !== name) return undefined;
        drizzle
          .update(accounts)
          .set({ ...now, name })
          .where(eq(accounts.id, before.account_key))
          .run();
        return get(telegramId);
      }),
    /** A server is found under another address: all that belongs to an account there goes on under that. */
    move: (ref: AccountRef, server: string): void =>
      void drizzle.update(accounts).set({ server }).where(accountIs(ref)).run(),
    remove: (telegramId: number): boolean => {
      wanted();
      return database.durable(() => {
        forgetReminders(context, telegramId, null);
        const isTheirs = eq(bindings.telegram_id, telegramId);
        return drizzle.delete(bindings).where(isTheirs).returning().all().length > 0;
      });
    },
    /** Notes that who-am-I refused the token; returns when it first did. */
    refused: (telegramId: number): number => {
      const since = refusedSince.get(telegramId) ?? clock.now();
      refusedSince.set(telegramId, since);
      return since;
    },
    accepted: (telegramId: number): void => void refusedSince.delete(telegramId),
    /** True for the call that paused it: the person is told once. */
    pause: (telegramId: number, reason: string): boolean =>
      database.durable(() => {
        if (row(telegramId)?.state !== "active") return false;
        change(telegramId, { state: "paused", paused_reason: reason });
        wanted();
        return true;
      }),
  };
}

/** What people call an account: up to 0.26 Memos names it by a number. */
export const accountName = ({
  memos_username,
  display_name,
}: Pick<Binding, "memos_username" | "display_name">) => memos_username ?? display_name;

/** What people call the account that a job is of, whoever is bound to it. */
export function nameOfAccount(drizzle: Drizzle, key: number | null): string {
  const row = drizzle
    .select()
    .from(accounts)
    .where(eq(accounts.id, key ?? 0))
    .get();
  return row ? accountName(row) : "";
}

/** Within the caller's transaction: the key of an account, which is made where it is not known. `before`: it is that, if any. */
function keepAccount(drizzle: Drizzle, bound: BoundAccount, before: number | undefined): number {
  const { server, account: name, ...rest } = bound;
  // A name of before an upgrade may be somebody else's since.
  const isSame = or(isNull(accounts.memos_username), eq(accounts.memos_username, rest.memos_username));
  const known = drizzle
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(accountIs(bound), isSame))
    .orderBy(desc(eq(accounts.id, before ?? 0)), desc(accounts.id))
    .get();
  if (!known) {
    const made = { server, name, id_name: name, ...rest };
    return drizzle.insert(accounts).values(made).returning({ id: accounts.id }).get().id;
  }
  drizzle.update(accounts).set(rest).where(eq(accounts.id, known.id)).run();
  return known.id;
}
