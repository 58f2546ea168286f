import { createHmac } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import { Secret } from "../../base/secret.ts";

const COOKIE = "memoferry_session";
/** So long a browser stays signed in. */
const SESSION_MS = 7 * 24 * 3_600_000;
/** Without `Path`: then it is for the folder of the page, and not for what else a proxy has on the same host. */
const ATTRIBUTES = "HttpOnly; SameSite=Strict";

export interface SessionDeps {
  adminToken: Secret;
  /** How often somebody signed out, which ends all sessions; kept over restarts. */
  readonly signOuts: { count(): number; add(): void };
  clock: Pick<Clock, "now">;
}

/**
 * Who is signed in. A cookie holds until when, signed with a key that follows from the admin token and from how often
 * somebody signed out: a new one of either ends every session.
 */
export function createSessions({ adminToken, signOuts, clock }: SessionDeps) {
  const signed = (until: string) =>
    createHmac("sha256", adminToken.reveal())
      .update(`session of the dashboard, ${signOuts.count()}, ${until}`)
      .digest("base64url");

  return {
    /** The cookie of a new session. */
    begin({ headers }: Request): string {
      const until = String(clock.now() + SESSION_MS);
      // By the browser's own word, which no proxy has to pass on.
      const secure = headers.get("origin")?.startsWith("https:") ? "; Secure" : "";
      const lasts = `Max-Age=${SESSION_MS / 1000}`;
      return `${COOKIE}=${until}.${signed(until)}; ${lasts}; ${ATTRIBUTES}${secure}`;
    },
    isOpen({ headers }: Request): boolean {
      const given = new RegExp(`(?:^|; *)${COOKIE}=(\\d{1,16})\\.([\\w-]+)`).exec(
        headers.get("cookie") ?? "",
      );
      const [, until = "", signature = ""] = given ?? [];
      return Number(until) > clock.now() && new Secret(signed(until)).equals(signature);
    },
    /** Ends every session; the cookie that takes this browser's away. */
    end(): string {
      signOuts.add();
      return `${COOKIE}=; Max-Age=0; ${ATTRIBUTES}`;
    },
  };
}

/**
 * Whether a request comes from a page of ours, or from no browser at all. Browsers say so by Sec-Fetch-Site, but not over
 * plain HTTP; there the Origin has to be the host that was asked. A proxy may have asked under another name: no page can
 * make a browser send X-Forwarded-Host elsewhere, so anybody's counts.
 */
export function isOurOwn({ headers }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  const hosts = [headers.get("host"), headers.get("x-forwarded-host")];
  return origin === null || hosts.includes(URL.parse(origin)?.host ?? "");
}
