/**
 * Access tokens of Memos as they look in text: `memos_pat_…` (Memos ≥ 0.26) and JWTs (before).
 * The patterns hold in JSON text too: neither kind has a character that JSON escapes.
 */
const ACCESS_TOKEN =
  /memos_pat_[A-Za-z0-9_-]{8,}|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}/g;

export const REDACTED = "[redacted]";

/** The tokens in a text, in order, each once. */
export function accessTokensIn(text: string): string[] {
  return [...new Set(text.match(ACCESS_TOKEN) ?? [])];
}

/** The text without the given secrets. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, REDACTED), text);
}
