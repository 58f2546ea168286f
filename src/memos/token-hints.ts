import type { Secret } from "../base/secret.ts";

/** Why a token may be refused that its owner believes in. */
export type TokenHint =
  /** A JSON web token on 0.26 or newer: from before the upgrade, or the quarter of an hour of a sign-in. */
  | "not_personal"
  /** A newer Memos made it than this one. */
  | "of_newer_memos"
  /** 0.26 to 0.29 now and then lose a new token. */
  | "perhaps_lost";

export function tokenHint(token: Secret, wanted: "jwt" | "pat", version: string): TokenHint | undefined {
  const isJwt = token.reveal().startsWith("eyJ");
  if (wanted === "pat" && isJwt) return "not_personal";
  if (wanted === "jwt" && !isJwt) return "of_newer_memos";
  return losesNewTokens(version) ? "perhaps_lost" : undefined;
}

/** For the command line, the API and the log; the chat has its own words. */
export function hintInWords(hint: TokenHint, version: string): string {
  switch (hint) {
    case "not_personal":
      return "tokens made before Memos 0.26 no longer work, and that of a sign-in ends after 15 minutes: make an access token in the settings of Memos, which begins with memos_pat_";
    case "of_newer_memos":
      return `this Memos is ${version}, and no token of it looks so: make one in its own settings, which begins with eyJ`;
    case "perhaps_lost":
      return "if it is a new one, make another: Memos 0.26 to 0.29 now and then lose new tokens";
    default:
      return hint satisfies never;
  }
}

/**
 * Memos 0.26 to 0.29 rewrites a user's whole list of access tokens in the background of every call with one: a token
 * made at that moment may be lost, and is refused for ever. 0.30 locks the list. A self-built `dev` may be either.
 */
function losesNewTokens(version: string): boolean {
  return /^0\.2[6-9]\./.test(version) || !/^\d/.test(version);
}

/** Up to 0.29 access tokens are made on the page of the account; since 0.30 the settings have a page for them. */
export function tokensHaveOwnPage(version: string): boolean {
  return !/^0\.(\d|1\d|2\d)(\.|$)/.test(version);
}
