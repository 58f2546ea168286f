/**
 * Memos 0.26 to 0.29 rewrites a user's whole list of access tokens in the background of every call with one: a token
 * made at that moment may be lost, and is refused for ever. 0.30 locks the list. A self-built `dev` may be either.
 */
export function losesNewTokens(version: string): boolean {
  return /^0\.2[6-9]\./.test(version) || !/^\d/.test(version);
}

/** Up to 0.29 access tokens are made on the page of the account; since 0.30 the settings have a page for them. */
export function tokensHaveOwnPage(version: string): boolean {
  return !/^0\.(\d|1\d|2\d)(\.|$)/.test(version);
}
