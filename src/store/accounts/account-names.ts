import { and, eq } from "drizzle-orm";
import type { Drizzle } from "../db/database.ts";
import { account_names, type bindings } from "../db/schema.ts";

type Bound = Pick<typeof bindings.$inferSelect, "server" | "account" | "memos_username" | "display_name">;

/** What people call an account: up to 0.26 Memos names it by a number. */
export const accountName = ({ memos_username, display_name }: Omit<Bound, "server" | "account">) =>
  memos_username ?? display_name;

/** Within the caller's transaction: somebody is not bound to that account any more. */
export function noteAccountName(drizzle: Drizzle, bound: Bound): void {
  const { server, account } = bound;
  const name = accountName(bound);
  drizzle
    .insert(account_names)
    .values({ server, account, name })
    .onConflictDoUpdate({ target: [account_names.server, account_names.account], set: { name } })
    .run();
}

/** What an account is called that somebody was bound to before. */
export function nameOfAccount(
  drizzle: Drizzle,
  { server, account }: Pick<Bound, "server" | "account">,
): string {
  const known = drizzle
    .select({ name: account_names.name })
    .from(account_names)
    .where(and(eq(account_names.server, server), eq(account_names.account, account)))
    .get();
  // A number says nothing without the word before it.
  return known?.name ?? account.replace(/^users\/(?!\d+$)/, "");
}
