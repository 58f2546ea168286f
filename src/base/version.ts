/** Put in by the build (`define`); a run from source has none. */
declare const MEMOFERRY_VERSION: string | undefined;
declare const MEMOFERRY_COMMIT: string | undefined;
declare const MEMOFERRY_TARGET: string | undefined;

export const VERSION = typeof MEMOFERRY_VERSION === "string" ? MEMOFERRY_VERSION : "0.0.0-source";
/** The commit it was built from; null from source. */
export const COMMIT = typeof MEMOFERRY_COMMIT === "string" ? MEMOFERRY_COMMIT : null;
/** The platform it was built for, such as `linux-arm64`; null from source. */
export const TARGET = typeof MEMOFERRY_TARGET === "string" ? MEMOFERRY_TARGET : null;
