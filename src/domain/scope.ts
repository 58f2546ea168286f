/** What a named token may do: `capture` for one person, `read` whatever GET tells. */
export const SCOPES = ["notify", "capture", "metrics", "read"] as const;
export type Scope = (typeof SCOPES)[number];
