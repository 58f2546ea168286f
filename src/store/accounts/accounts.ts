import { and, desc, eq, isNull, or } from "drizzle-orm";
import type { Drizzle } from "../db/database.ts";
import { type AccountRef, accountIs } from "../db/rows.ts";
import { accounts } from "../db/schema.ts";

type Row = typeof accounts.$inferSelect;

/** What people call an account: up to 0.26 Memos names it by a number. */
export const accountName = ({ memos_username, display_name }: Pick<Row, "memos_username" | "display_name">) =>
  memos_username ?? display_name;

/** What people call the account that a job is of, whoever is bound to it. */
export function nameOfAccount(drizzle: Drizzle, key: number | null): string {
  const row = drizzle
    .select()
    .from(accounts)
    .where(eq(accounts.id, key ?? 0))
    .get();
  return row ? accountName(row) : "";
}

/** An account as somebody is bound to it: what who-am-I says, and which version said it. */
export interface BoundAccount extends AccountRef {
  readonly display_name: string;
  readonly memos_username: string;
  readonly memos_version: string;
}

/** Within the caller's transaction: the key of an account, which is made where it is not known. `before`: it is that, if any. */
export function keepAccount(drizzle: Drizzle, bound: BoundAccount, before: number | undefined): number {
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
