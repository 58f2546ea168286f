/**
 * Access tokens of Memos as they look in text: `memos_pat_…` (Memos ≥ 0.26) and JWTs (before).
 * The patterns hold in JSON text too: neither kind has a character that JSON escapes.
 */
const ACCESS_TOKEN =
  /memos_pat_[A-Za-z0-9_-]{8,}|eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}/g;

/** The tokens in a text, in order, each once. */
export function accessTokensIn(text: string): string[] {
  return [...new Set(text.match(ACCESS_TOKEN) ?? [])];
}

/** The text without the given secrets. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, "[redacted]"), text);
}

/**
 * The last line of defence, over whole lines of the log: takes out what looks like a token, or a password in a URL. It
 * must not break their quoting: a backslash goes together with what it escapes.
 */
export function withoutSecrets(line: string): string {
  return line
    .replace(/\d{6,}(:|%3A)[A-Za-z0-9_-]{24,}/gi, "[redacted]")
    .replace(/memos_pat_[A-Za-z0-9_-]+/g, "[redacted]")
    .replace(/eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, "[redacted]")
    .replace(/\b(Bearer +)(\\.|[^\s"\\])+/gi, "$1[redacted]")
    .replace(/(:\/\/)[^\s"\\/?#@]+@/g, "$1[redacted]@");
}
