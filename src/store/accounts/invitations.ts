import { hash, randomBytes } from "node:crypto";
import { eq, lt } from "drizzle-orm";
import type { Owed } from "../../domain/outgoing.ts";
import type { StoreContext } from "../db/database.ts";
import { codes } from "../db/schema.ts";
import { owe } from "../outbox/owe.ts";
import type { Binding, Bindings } from "./bindings.ts";

export interface Guest {
  readonly telegram_id: number;
  readonly username: string | null;
  /** The language of their Telegram. */
  readonly telegram_language: string | null;
}

/**
 * What an invitation led to. `invalid`: unknown, too old, or used by somebody else. `welcome`: the guest brings an access
 * token of their own. `no_access`: whoever it shares the account of has none right now. Only `joined` uses it up.
 */
export type Redeemed =
  | { readonly kind: "invalid" | "welcome" | "no_access" }
  /** To that account already, or to another one, which they have to leave first. */
  | { readonly kind: "bound" | "elsewhere"; readonly binding: Binding }
  | { readonly kind: "joined"; readonly binding: Binding };

export type Invitations = ReturnType<typeof createInvitations>;

/** An invitation can be used this long. */
const INVITATION_MS = 24 * 3_600_000;
const CODE_BYTES = 24;

export function createInvitations(context: StoreContext, bindings: Bindings) {
  const { database, clock } = context;
  const { drizzle } = database;

  return {
    /** @param shares the binding whose account the guest gets too; null: the guest brings a token. */
    create(shares: number | null): { readonly code: string; readonly expires_at: number } {
      const now = clock.now();
      const code = `inv_${randomBytes(CODE_BYTES).toString("base64url")}`;
      const expires_at = now + INVITATION_MS;
      database.durable(() => {
        drizzle.delete(codes).where(lt(codes.expires_at, now)).run();
        drizzle
          .insert(codes)
          .values({ code_hash: hashOf(code), shares_telegram_id: shares, created_at: now, expires_at })
          .run();
      });
      return { code, expires_at };
    },

    /**
     * Uses it up for one guest, and joins them to the account it shares, all or nothing. Who used it already is
     * answered the same again.
     * @param server the Memos server that is spoken with: a binding to another one gives no access.
     * @param told what is owed to the inviter once the guest is in their account.
     */
    redeem: (
      code: string,
      { telegram_id, username, telegram_language }: Guest,
      server: string,
      told: (host: Binding) => readonly Owed[],
    ): Redeemed =>
      database.durable(() => {
        const now = clock.now();
        const isCode = eq(codes.code_hash, hashOf(code));
        const found = drizzle.select().from(codes).where(isCode).get();
        if (!found || (found.used_by !== null && found.used_by !== telegram_id)) return { kind: "invalid" };
        const current = bindings.get(telegram_id);
        if (found.used_by !== null)
          return current ? { kind: "bound", binding: current } : { kind: "welcome" };
        if (found.expires_at <= now) return { kind: "invalid" };

        const use = () => drizzle.update(codes).set({ used_by: telegram_id }).where(isCode).run();
        if (found.shares_telegram_id === null) {
          if (current) return { kind: "bound", binding: current };
          use();
          return { kind: "welcome" };
        }
        const { binding: host, token } = bindings.withToken(found.shares_telegram_id) ?? {};
        if (!host || !token || host.state !== "active" || host.server !== server)
          return { kind: "no_access" };
        if (current && (current.server !== host.server || current.account !== host.account))
          return { kind: "elsewhere", binding: current };
        if (current?.state === "active") return { kind: "bound", binding: current };
        use();
        const binding = bindings.share(host, token, telegram_id, { username, telegram_language });
        owe(context, told(host));
        return { kind: "joined", binding };
      }),
  };
}

const hashOf = (code: string) => hash("sha256", code);
