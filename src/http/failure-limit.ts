import { isIP } from "node:net";
import type { Context } from "elysia";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";

const FAILURES_ALLOWED = 10;
const WINDOW_MS = 60_000;
/** Who has a network of IPv6 has more addresses than fit into memory: those that come later share a count. */
const MOST_ADDRESSES = 10_000;

export type FailureLimit = ReturnType<typeof createFailureLimit>;

/** Counts who comes without a right token, wherever one is asked for. */
export function createFailureLimit(deps: {
  clock: Pick<Clock, "monotonic">;
  log: Pick<Log, "warn">;
  isTrustedProxy: (address: string) => boolean;
}) {
  const { clock, log, isTrustedProxy } = deps;
  /** By address, within a minute that begins with the first failure of anybody. */
  const failures = new Map<string, number>();
  let endsAt = 0;

  /** How many seconds whoever called has to wait; null: not at all. */
  function note(context: Pick<Context, "request" | "server">): number | null {
    const now = clock.monotonic();
    if (now >= endsAt) {
      failures.clear();
      endsAt = now + WINDOW_MS;
    }
    const from = clientAddress(context, isTrustedProxy);
    const address = failures.has(from) || failures.size < MOST_ADDRESSES ? from : "others";
    const count = (failures.get(address) ?? 0) + 1;
    failures.set(address, count);
    if (count <= FAILURES_ALLOWED) return null;
    const seconds = Math.ceil((endsAt - now) / 1000);
    if (count === FAILURES_ALLOWED + 1) log.warn("wrong tokens came too often", { address, seconds });
    return seconds;
  }

  return {
    note,
    /** The same for a route of the API. @throws AppError "rate_limited" where they are to wait. */
    refuse({ set, ...context }: Pick<Context, "request" | "server" | "set">): void {
      const seconds = note(context);
      if (seconds === null) return;
      set.headers["retry-after"] = String(seconds);
      throw new AppError(
        "rate_limited",
        `Ten requests from this address came without the right token: wait ${seconds} s.`,
      );
    },
  };
}

/**
 * Who calls. Each proxy adds whom it heard to the end of X-Forwarded-For, and what stands before that a caller may have
 * made up: so it is read from the end, as far as the proxies are ours.
 */
function clientAddress(
  { request, server }: Pick<Context, "request" | "server">,
  isTrusted: (address: string) => boolean,
): string {
  const forwarded = request.headers.get("x-forwarded-for")?.split(",") ?? [];
  let caller = server?.requestIP(request)?.address ?? "unknown";
  while (isTrusted(caller)) {
    const before = forwarded.pop()?.trim();
    if (!before || isIP(before) === 0) break;
    caller = before;
  }
  return caller;
}
