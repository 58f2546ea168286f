/** What both kinds of tokens are made of; none of it is escaped in JSON. */
const WORDS = /[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*/g;
const BEGINNINGS = /memos_pat_|eyJ/;
const LEAST = "eyJ".length + 8;

/**
 * The tokens in a text, in order, each once: `memos_pat_…` (Memos ≥ 0.26) and JWTs (before). Read word by word, as a
 * pattern for the whole takes time with the square of a row of their beginnings.
 */
export function accessTokensIn(text: string): string[] {
  // Nearly all texts have none: a look at the whole takes a twentieth of reading its words.
  if (!BEGINNINGS.test(text)) return [];
  const found = new Set<string>();
  for (const [words] of text.matchAll(WORDS)) {
    if (!BEGINNINGS.test(words)) continue;
    const parts = words.split(".");
    for (let at = 0; at < parts.length; at += 1) {
      const [first = "", second = "", third = ""] = parts.slice(at, at + 3);
      const [token] = /memos_pat_[A-Za-z0-9_-]{8,}/.exec(first) ?? [];
      const head = first.slice(first.indexOf("eyJ"));
      const isJwt =
        first.includes("eyJ") &&
        head.length >= LEAST &&
        second.startsWith("eyJ") &&
        second.length >= LEAST &&
        third.length >= 16;
      if (token !== undefined) found.add(token);
      else if (isJwt) {
        found.add([head, second, third].join("."));
        at += 2;
      }
    }
  }
  return [...found];
}

/** A shorter word is no secret, whoever offers it as one, and stands in other words too. */
const LEAST_SECRET = 8;

/** The text without the given secrets. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter(({ length }) => length >= LEAST_SECRET)
    .reduce((left, secret) => left.replaceAll(secret, "[redacted]"), text);
}

/**
 * The last line of defence, over whole lines of the log: takes out what looks like a token, or a password in a URL. It
 * must not break their quoting: a backslash goes together with what it escapes.
 */
export function withoutSecrets(line: string): string {
  return line
    .replace(/\d{6,}(:|%3A)[A-Za-z0-9_-]{24,}/gi, "[redacted]")
    .replace(/memos_pat_[A-Za-z0-9_-]+|mft_[A-Za-z0-9_-]{43}/g, "[redacted]")
    .replace(/eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, "[redacted]")
    .replace(/\b(Bearer +)(\\.|[^\s"\\])+/gi, "$1[redacted]")
    .replace(/(:\/\/)[^\s"\\/?#@]+@/g, "$1[redacted]@");
}
