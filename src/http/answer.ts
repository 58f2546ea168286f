/**
 * The answers of all routes. Handlers return these whole and take nothing but `request` and `params` from Elysia: what
 * else it provides (`set`, `query`, …) it leaves out where the handler's source text does not seem to use it, and it
 * misreads minified text such as `let{set:n}=e` (tried: headers set that way were gone in the executable only).
 */
export function json(
  body: unknown,
  init: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(JSON.stringify(body), {
    status: init.status ?? 200,
    headers: { "content-type": "application/json", ...NOT_STORED, ...init.headers },
  });
}

export function noContent(): Response {
  return new Response(null, { status: 204, headers: NOT_STORED });
}

const NOT_STORED = { "cache-control": "no-store" };
