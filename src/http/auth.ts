import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import { Problem } from "./problem.ts";

const FAILURES_ALLOWED = 10;
const WINDOW_MS = 60_000;
/** More addresses than this are not remembered at once: the oldest failures are forgotten first. */
const ADDRESSES_REMEMBERED = 1_000;

export interface AuthDeps {
  adminToken: Secret;
  clock: Pick<Clock, "monotonic">;
  log: Pick<Log, "warn">;
}

/** Whether a path is only for holders of the admin token. Paths that lead nowhere count too: 401 comes before 404. */
export function needsAdminToken(path: string): boolean {
  return ["/api/v1", "/metrics"].some((root) => path === root || path.startsWith(`${root}/`));
}

/**
 * Returns the check of one request: it throws 401 without the admin token, and 429 once an address has failed
 * ten times within a minute. The token is compared first, so a right one is never made to wait: behind a proxy
 * all callers share one address.
 */
export function createAuth({ adminToken, clock, log }: AuthDeps) {
  const failures = createFailureCounter(clock);

  return (request: Request, address: string): void => {
    const token = bearerToken(request.headers.get("authorization"));
    if (token !== null && adminToken.equals(token)) return;

    const { count, waitMs } = failures.add(address);
    if (count > FAILURES_ALLOWED) {
      const seconds = Math.ceil(waitMs / 1000);
      if (count === FAILURES_ALLOWED + 1) log.warn("admin token refused too often", { address, seconds });
      throw new Problem(
        "rate_limited",
        `Ten requests from this address came without the right admin token: wait ${seconds} s.`,
        { headers: { "retry-after": String(seconds) } },
      );
    }
    throw new Problem(
      "unauthorized",
      token === null
        ? "This needs the header `Authorization: Bearer <ADMIN_TOKEN>`."
        : "This is not the admin token. It is in ADMIN_TOKEN, or in DATA_DIR/admin-token if memoferry made it.",
      { headers: { "www-authenticate": "Bearer" } },
    );
  };
}

function bearerToken(header: string | null): string | null {
  return /^bearer +(\S+) *$/i.exec(header ?? "")?.[1] ?? null;
}

/** Counts failures of an address in windows of a minute that begin with the first one. */
function createFailureCounter(clock: Pick<Clock, "monotonic">) {
  // In the order in which the windows end, because every window is equally long.
  const windows = new Map<string, { count: number; endsAt: number }>();

  return {
    add(address: string): { count: number; waitMs: number } {
      const now = clock.monotonic();
      let window = windows.get(address);
      if (!window || window.endsAt <= now) {
        windows.delete(address);
        const [oldest] = windows.keys();
        if (oldest !== undefined && windows.size >= ADDRESSES_REMEMBERED) windows.delete(oldest);
        window = { count: 0, endsAt: now + WINDOW_MS };
        windows.set(address, window);
      }
      window.count += 1;
      return { count: window.count, waitMs: window.endsAt - now };
    },
  };
}
