import { and, asc, eq, inArray, ne, or } from "drizzle-orm";
import type { WatchedAccount } from "../../domain/changed.ts";
import type { StoreContext } from "../db/database.ts";
import { accounts, bindings, posts, publishRules } from "../db/schema.ts";

/** The accounts on a server of which somebody wants to know what changes: they are told news, or something is published. */
export function createWatched({ database: { drizzle } }: StoreContext) {
  const publishing = inArray(
    bindings.telegram_id,
    drizzle.select({ id: publishRules.telegram_id }).from(publishRules),
  );
  const published = inArray(bindings.account_key, drizzle.select({ id: posts.account_key }).from(posts));

  return (server: string): WatchedAccount[] => {
    const people = drizzle
      .select({ account: bindings.account_key, name: accounts.name, telegram_id: bindings.telegram_id })
      .from(bindings)
      .innerJoin(accounts, eq(accounts.id, bindings.account_key))
      .where(
        and(
          eq(accounts.server, server),
          eq(bindings.state, "active"),
          ne(bindings.access_token, ""),
          or(ne(bindings.news, "off"), publishing, published),
        ),
      )
      .orderBy(asc(bindings.telegram_id))
      .all();
    return [...new Map(people.toReversed().map((one) => [one.account, one])).values()];
  };
}
