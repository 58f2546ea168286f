// What only Bun gives. On Deno, deno.json puts runtime-deno.ts in its place.

/** With Bun's own `proxy`; its errors have a code, and a stream the length that its Content-Length tells. */
export const { fetch } = globalThis;

/** Columns that a terminal gives a text. */
export const stringWidth = (text: string): number => Bun.stringWidth(text);
