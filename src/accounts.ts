import { AppError, messageOf } from "./errors.ts";
import type { MemosAccount, MemosServerInfo, Visibility } from "./memos/client.ts";
import { isMemosError } from "./memos/errors.ts";
import type { Secret } from "./secret.ts";
import type { Binding, Bindings } from "./store/bindings.ts";

/** Binding people to Memos accounts: the same for the chat, the API and the command line. */
export interface Accounts {
  /**
   * Checks the token with Memos, binds, and lets what waited for this account go on.
   * @throws AppError "unprocessable" when Memos refuses the token, "unavailable" when it cannot be asked.
   */
  bind(request: BindRequest, signal?: AbortSignal): Promise<Bound>;
  /** Null when there was no binding. Messages that wait stay until the account is bound again. */
  unbind(telegramId: number): { binding: Binding; waiting: number } | null;
}

export interface BindRequest {
  readonly telegram_id: number;
  readonly access_token: Secret;
  readonly username?: string | null;
  readonly visibility?: Visibility | null;
  readonly tags?: string[];
}

export interface Bound {
  readonly binding: Binding;
  /** Messages that had waited for this account and are saved now. */
  readonly released: number;
  /** The account bound before, when it was another one and messages still wait for it. */
  readonly left: { readonly account: string; readonly waiting: number } | null;
}

export function createAccounts(deps: {
  memos: {
    readonly server: string;
    whoAmI(token: Secret, signal?: AbortSignal): Promise<MemosAccount>;
    info(signal?: AbortSignal): Promise<MemosServerInfo>;
  };
  bindings: Bindings;
  jobs: {
    release(telegramId: number, account: { server: string; account: string }): number;
    unfinishedOf(telegramId: number): number;
  };
  /** Called when waiting jobs were given their turn. */
  wake(): void;
}): Accounts {
  const { memos, bindings, jobs, wake } = deps;

  async function check(
    token: Secret,
    signal?: AbortSignal,
  ): Promise<{ account: MemosAccount; version: string }> {
    try {
      const account = await memos.whoAmI(token, signal);
      return { account, version: (await memos.info(signal)).version };
    } catch (error) {
      if (isMemosError(error, "token_refused", "invalid")) {
        // Anybody may try a token in the chat: where Memos is at home is not for them.
        throw new AppError("unprocessable", messageOf(error).replaceAll(` at ${memos.server}`, ""));
      }
      throw new AppError("unavailable", messageOf(error), { cause: error });
    }
  }

  return {
    async bind({ telegram_id, access_token, ...settings }, signal) {
      const { account, version } = await check(access_token, signal);
      const name = { account: account.name, memos_username: account.username, memos_version: version };
      const bound = bindings.get(telegram_id);
      // Upgraded since, and the old token died with that: what waits for it is for the same person in Memos.
      const before =
        bound && isRenamed(bound, { ...name, server: memos.server })
          ? bindings.told(telegram_id, bound.account, name)
          : bound;
      const moved = before && (before.account !== account.name || before.server !== memos.server);
      const waiting = moved ? jobs.unfinishedOf(telegram_id) : 0;
      const binding = bindings.save({
        telegram_id,
        access_token,
        server: memos.server,
        ...name,
        display_name: account.displayName,
        ...settings,
      });
      const released = jobs.release(telegram_id, { server: memos.server, account: account.name });
      wake();
      return { binding, released, left: moved && waiting > 0 ? { account: before.account, waiting } : null };
    },
    unbind(telegramId) {
      const binding = bindings.get(telegramId);
      if (!binding) return null;
      const waiting = jobs.unfinishedOf(telegramId);
      bindings.remove(telegramId);
      return { binding, waiting };
    },
  };
}

type Named = Pick<Binding, "server" | "account" | "memos_username">;

/** The same account under the name that another version has for it: by its number up to 0.26, by its user name since. */
function isRenamed(before: Named, now: Named): boolean {
  return (
    before.server === now.server &&
    before.account !== now.account &&
    before.memos_username !== null &&
    before.memos_username === now.memos_username
  );
}
