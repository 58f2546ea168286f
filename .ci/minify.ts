/**
 * Names stay. Elysia reads the source text of handlers and the name of an error's class: with `minify: true` a value
 * that does not decode reaches its handler as it came, and headers that a handler sets are gone (tried on 1.4.30).
 * It costs 0.2 MB.
 */
export const MINIFY = { whitespace: true, syntax: true } as const;
