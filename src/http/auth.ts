import { Elysia } from "elysia";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import { clientAddress } from "./client-address.ts";

const FAILURES_ALLOWED = 10;
const WINDOW_MS = 60_000;
/** Whoever has a network of IPv6 has more addresses than there is memory: those that come later share a count. */
const MOST_ADDRESSES = 10_000;

/** What only holders of the admin token reach. Paths that lead nowhere count too: 401 comes before 404. */
export const PROTECTED = /^\/(api\/v1|metrics)(\/|$)/;

/**
 * Answers 401 without the admin token, and 429 once an address has failed ten times within a minute. The token is
 * compared first, so a right one is never made to wait: behind a proxy all callers share one address.
 */
export function adminOnly(deps: {
  adminToken: Secret;
  clock: Pick<Clock, "monotonic">;
  log: Pick<Log, "warn">;
  isTrustedProxy: (address: string) => boolean;
}) {
  const { adminToken, clock, log, isTrustedProxy } = deps;
  /** By address, within a minute that begins with the first failure of anybody. */
  const failures = new Map<string, number>();
  let endsAt = 0;

  return new Elysia().onRequest((context) => {
    // The router's, also where a request has no Host and so no whole URL. Elysia's type omits it.
    const { request, path, set } = context as typeof context & { path: string };
    if (!PROTECTED.test(path)) return;
    const token = /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (token !== undefined && adminToken.equals(token)) return;

    const now = clock.monotonic();
    if (now >= endsAt) {
      failures.clear();
      endsAt = now + WINDOW_MS;
    }
    const from = clientAddress(context, isTrustedProxy);
    const address = failures.has(from) || failures.size < MOST_ADDRESSES ? from : "others";
    const count = (failures.get(address) ?? 0) + 1;
    failures.set(address, count);
    if (count > FAILURES_ALLOWED) {
      const seconds = Math.ceil((endsAt - now) / 1000);
      if (count === FAILURES_ALLOWED + 1) log.warn("admin token refused too often", { address, seconds });
      set.headers["retry-after"] = String(seconds);
      throw new AppError(
        "rate_limited",
        `Ten requests from this address came without the right admin token: wait ${seconds} s.`,
      );
    }
    set.headers["www-authenticate"] = "Bearer";
    throw new AppError(
      "unauthorized",
      token === undefined
        ? "This needs the header `Authorization: Bearer <ADMIN_TOKEN>`."
        : "This is not the admin token. It is in ADMIN_TOKEN, or in DATA_DIR/admin-token if memoferry made it.",
    );
  });
}
