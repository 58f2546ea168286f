import type { Clock } from "../clock.ts";
import { losesNewTokens } from "../memos/new-tokens.ts";
import type { Binding } from "../store/bindings.ts";
import type { Jobs, LeasedJob } from "../store/jobs.ts";

type Account = Pick<Binding, "server" | "account">;

/**
 * Keeps the queue of an account from Memos while its owner makes an access token there: some versions lose a token that
 * is made while the bot is calling. It passes by itself, and nobody else waits.
 */
export interface Quiet {
  /** Somebody was told to make a token for this account, and does so now. */
  begin(account: Account): void;
  /** The token was taken. */
  end(account: Account): void;
  /** Work that waits while its account is to be left alone, and spends no attempt by it. */
  keep(work: (leased: LeasedJob, signal: AbortSignal) => Promise<void>): typeof work;
}

/** Enough to sign in to Memos, make a token and send it. */
const QUIET_MS = 3 * 60_000;
/** Looked at again this often, so that little time is lost once the token was taken. */
const LOOK_AGAIN_MS = 5_000;

export function createQuiet(deps: {
  jobs: Pick<Jobs, "putOff">;
  /** Of the Memos server; null while it is not known. */
  version: () => string | null;
  clock: Clock;
}): Quiet {
  const { jobs, version, clock } = deps;
  /** Until when, by the monotonic clock. Kept in memory alone: a restart ends it, and nothing else is lost by that. */
  const until = new Map<string, number>();
  const keyOf = ({ server, account }: Account) => `${server} ${account}`;

  function leftMs(account: Account): number {
    const left = (until.get(keyOf(account)) ?? 0) - clock.monotonic();
    if (left <= 0) until.delete(keyOf(account));
    return left;
  }

  return {
    begin(account) {
      const known = version();
      if (known !== null && losesNewTokens(known)) until.set(keyOf(account), clock.monotonic() + QUIET_MS);
    },
    end(account) {
      until.delete(keyOf(account));
    },
    keep: (work) => async (leased, signal) => {
      const { server, account } = leased.job;
      const left = server === null || account === null ? 0 : leftMs({ server, account });
      if (left <= 0) return work(leased, signal);
      jobs.putOff(leased.lease, {
        waiting_for: "retry",
        due_at: clock.now() + Math.min(left, LOOK_AGAIN_MS),
        reason: "token_being_made",
        detail: "waits while an access token is made for its account",
      });
    },
  };
}
