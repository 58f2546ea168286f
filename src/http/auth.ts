import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";

const FAILURES_ALLOWED = 10;
const WINDOW_MS = 60_000;
/** Beyond this all addresses begin anew, so that nobody fills the memory. */
const ADDRESSES_REMEMBERED = 1_000;

/** Whether a path is only for holders of the admin token. Paths that lead nowhere count too: 401 comes before 404. */
export function needsAdminToken(path: string): boolean {
  return ["/api/v1", "/metrics"].some((root) => path === root || path.startsWith(`${root}/`));
}

/**
 * Returns the check of one request: it throws 401 without the admin token, and 429 once an address has failed
 * ten times within a minute. The token is compared first, so a right one is never made to wait: behind a proxy
 * all callers share one address.
 */
export function createAuth({
  adminToken,
  clock,
  log,
}: {
  adminToken: Secret;
  clock: Pick<Clock, "monotonic">;
  log: Pick<Log, "warn">;
}) {
  /** By address, within a minute that begins with the first failure of anybody. */
  const failures = new Map<string, number>();
  let endsAt = 0;

  /** `headers` are those of the answer. */
  return (request: Request, address: string, headers: Record<string, string | number>): void => {
    const token = /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (token !== undefined && adminToken.equals(token)) return;

    const now = clock.monotonic();
    if (now >= endsAt || failures.size >= ADDRESSES_REMEMBERED) {
      failures.clear();
      endsAt = now + WINDOW_MS;
    }
    const count = (failures.get(address) ?? 0) + 1;
    failures.set(address, count);
    if (count > FAILURES_ALLOWED) {
      const seconds = Math.ceil((endsAt - now) / 1000);
      if (count === FAILURES_ALLOWED + 1) log.warn("admin token refused too often", { address, seconds });
      headers["retry-after"] = seconds;
      throw new AppError(
        "rate_limited",
        `Ten requests from this address came without the right admin token: wait ${seconds} s.`,
      );
    }
    headers["www-authenticate"] = "Bearer";
    throw new AppError(
      "unauthorized",
      token === undefined
        ? "This needs the header `Authorization: Bearer <ADMIN_TOKEN>`."
        : "This is not the admin token. It is in ADMIN_TOKEN, or in DATA_DIR/admin-token if memoferry made it.",
    );
  };
}
