import { isIP } from "node:net";
import type { Context } from "elysia";

/**
 * Who calls. Each proxy adds whom it heard to the end of X-Forwarded-For, and what stands before that a caller may have
 * made up: so it is read from the end, as far as the proxies are ours.
 */
export function clientAddress(
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
