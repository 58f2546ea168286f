import { AppError, messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { Owed } from "../domain/outgoing.ts";
import type { Visibility } from "../domain/visibility.ts";
import type { MemosClient } from "../memos/client.ts";
import { isMemosError, MemosError } from "../memos/errors.ts";
import type { Admission } from "../store/accounts/admission.ts";
import type { Binding, Bindings } from "../store/accounts/bindings.ts";
import type { Guest, Invitations, Redeemed } from "../store/accounts/invitations.ts";
import type { DeadLetters } from "../store/queue/dead-letters.ts";
import type { Jobs } from "../store/queue/jobs.ts";

interface BindRequest {
  readonly telegram_id: number;
  readonly access_token: Secret;
  readonly username?: string | null;
  /** The language of their Telegram, where it is known. */
  readonly telegram_language?: string | null;
  readonly visibility?: Visibility | null;
  readonly tags?: string[];
  /** The job that brings it from the chat: it may have waited for Memos, and something later have taken its place. */
  readonly job_id?: number;
}

export interface Bound {
  readonly binding: Binding;
  /** Bound to no account before, or to another. */
  readonly isNew: boolean;
  /** Dead letters that were sent for an account which was left before they were saved. */
  readonly left: ReturnType<DeadLetters["leftBehind"]>;
}

/** For the API and the command line; the chat has it in the person's language. */
const ANOTHER_TOKEN =
  "make another one in Memos, in Settings › Access Tokens (before 0.30 in Settings › My Account), and copy it whole";

export type Accounts = ReturnType<typeof createAccounts>;

/** Binding people to Memos accounts: the same for the chat, the API and the command line. */
export function createAccounts(deps: {
  readonly memos: Pick<MemosClient, "server" | "whoAmI" | "info">;
  readonly bindings: Bindings;
  readonly invitations: Pick<Invitations, "redeem">;
  readonly deadLetters: Pick<DeadLetters, "buryForLeftAccounts" | "leftBehind">;
  readonly jobs: Pick<Jobs, "release" | "replaceTokens" | "unfinishedOf" | "atWork">;
  readonly admission: Pick<Admission, "forgetHint">;
  readonly log: Log;
}) {
  const { memos, bindings, invitations, deadLetters, jobs, admission, log } = deps;

  async function check(token: Secret, signal?: AbortSignal) {
    try {
      const account = await memos.whoAmI(token, signal);
      const { version, tokens } = await memos.info(signal);
      if (tokens === "pat" && token.reveal().startsWith("eyJ")) {
        throw new MemosError("token_refused", "it is of a sign-in, and ends after 15 minutes");
      }
      return { account, version };
    } catch (error) {
      if (isMemosError(error, "token_refused", "invalid")) {
        // Anybody may try a token in the chat: where Memos is at home is not for them.
        const text = messageOf(error).replaceAll(` at ${memos.server}`, "");
        const mend = isMemosError(error, "token_refused") ? `: ${ANOTHER_TOKEN}` : "";
        throw new AppError("unprocessable", `${text}${mend}`, { cause: error });
      }
      throw new AppError("unavailable", messageOf(error), { cause: error });
    }
  }

  /** What follows from a binding that was just made. */
  function settle(binding: Binding, isNew: boolean): Bound {
    const { telegram_id, server, account } = binding;
    deadLetters.buryForLeftAccounts();
    const released = jobs.release(telegram_id, { server, account });
    log.info("bound", { telegram_id, account, released });
    return { binding, isNew, left: deadLetters.leftBehind(telegram_id) };
  }

  return {
    /**
     * Checks the token with Memos, binds, and lets what waited for this account go on; what waited for another one is a
     * dead letter from now on.
     * @throws AppError "unprocessable" when Memos refuses the token, or will soon, "unavailable" when it cannot be asked,
     * "conflict" when something later took the place of the token.
     */
    async bind(request: BindRequest, signal?: AbortSignal): Promise<Bound> {
      const { telegram_id, access_token, job_id, ...settings } = request;
      const { account, version } = await check(access_token, signal);
      const { server } = memos;
      const name = { account: account.name, memos_username: account.username, memos_version: version };
      if (job_id === undefined) jobs.replaceTokens(telegram_id);
      else if (!jobs.atWork().has(job_id)) {
        log.debug("a token was replaced while it was checked", { telegram_id });
        throw new AppError("conflict", "it was replaced meanwhile");
      }
      const bound = bindings.get(telegram_id);
      const before = bound && isSame(bound, { ...name, server }) ? bound : undefined;
      if (before) {
        // Guests go on with the new token of the account they were invited to: the old one is about to be revoked.
        for (const guest of bindings.guestsOf(telegram_id)) {
          if (!isSame(guest, before)) continue;
          bindings.told(guest.telegram_id, guest.account, name);
          bindings.renew(guest.telegram_id, access_token);
          jobs.release(guest.telegram_id, { server, account: name.account });
        }
        // Upgraded since, and the old token died with that: what waits for it is for the same person in Memos.
        bindings.told(telegram_id, before.account, name);
      }
      const { displayName: display_name } = account;
      const values = { ...settings, guest_of: null };
      return settle(
        bindings.save(telegram_id, access_token, { server, ...name, display_name }, values),
        !before,
      );
    },

    /** Uses up an invitation. `told`: what its account's owner is told of the guest. Asks Memos nothing. */
    redeem(
      code: string,
      guest: Guest,
      told: (host: Binding) => readonly Owed[],
    ): Exclude<Redeemed, { kind: "joined" }> | ({ readonly kind: "joined" } & Bound) {
      const redeemed = invitations.redeem(code, guest, memos.server, told);
      if (redeemed.kind !== "joined") return redeemed;
      jobs.replaceTokens(guest.telegram_id);
      return { kind: "joined", ...settle(redeemed.binding, true) };
    },

    /** Null when there was no binding. What waits for its account stays until that is bound again. */
    unbind(telegramId: number): { binding: Binding; waiting: number } | null {
      jobs.replaceTokens(telegramId);
      const binding = bindings.get(telegramId);
      if (!binding) return null;
      const waiting = jobs.unfinishedOf(telegramId, binding);
      bindings.remove(telegramId);
      // What they send next is answered, however lately they were told something: it is not saved any more.
      admission.forgetHint(telegramId);
      log.info("unbound", { telegram_id: telegramId, account: binding.account, waiting });
      return { binding, waiting };
    },
  };
}

/**
 * Whether two names are one account's: the name itself, or the same person under the name that another version has for
 * them, by their number up to 0.26 and by their user name since.
 */
const isSame = (before: Binding, now: Pick<Binding, "server" | "account" | "memos_username">) =>
  before.server === now.server &&
  (before.account === now.account ||
    (before.memos_username !== null && before.memos_username === now.memos_username));
