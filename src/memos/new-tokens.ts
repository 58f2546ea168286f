/**
 * Memos 0.26 to 0.29 rewrites a user's whole list of access tokens in the background of every call with one: a token
 * made at that moment may be lost, and is refused for ever. 0.30 locks the list. A self-built `dev` may be either.
 */
export function losesNewTokens(version: string): boolean {
  return /^0\.2[6-9]\./.test(version) || !/^\d/.test(version);
}
