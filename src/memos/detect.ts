import { within } from "./answers.ts";
import { type Dialect, dialectOf } from "./dialects.ts";
import { isMemosError, MemosError } from "./errors.ts";
import type { MemosHttp } from "./http.ts";

export type Detected = Awaited<ReturnType<typeof detect>>;

/** Smaller settings are shown by the server but have no effect. */
const MIN_CONTENT_LIMIT = 8192;
/** Where versions tell their number: from 0.25.3 on, from 0.22 on, and before. */
const PROFILES = ["/api/v1/instance/profile", "/api/v1/workspace/profile", "/api/v1/status"];

/** Finds out, without a token, which Memos answers and how to speak with it. */
export async function detect(http: MemosHttp) {
  const found = await profile(http);
  const chosen = dialectOf(found.version);
  return { ...found, ...chosen, ...(await memoSettings(http, chosen.dialect)) };
}

async function profile(http: MemosHttp) {
  let first: MemosError | undefined;
  for (const path of PROFILES) {
    try {
      const answer = await http.call({ method: "GET", path });
      const version = answer["version"] ?? within(answer, "profile", "version");
      if (typeof version !== "string") continue;
      const url = answer["instanceUrl"];
      return {
        /** As the server says it: `0.30.0`, or `dev` on a self-built one. */
        version,
        /** Where its owner says it is found, without a trailing slash. */
        instanceUrl: typeof url === "string" && url ? url.replace(/\/+$/, "") : null,
      };
    } catch (error) {
      // An unknown path is 404 in Memos' JSON from 0.22 on, and before that 404 in another form.
      if (!isMemosError(error, ...UNKNOWN_PATH) && !(isMemosError(error) && error.status === 404))
        throw error;
      first ??= error;
    }
  }
  if (first?.kind === "not_memos") throw first;
  throw new MemosError(
    "not_memos",
    `${http.server} answers, but not as a Memos server does: is MEMOS_URL right, or a path prefix missing?`,
    { status: first?.status },
  );
}

/** Also where it wants a login for it, as no version that is known does: nobody's token was refused, none was sent. */
const UNKNOWN_PATH = ["unsupported_version", "token_refused", "forbidden"] as const;

async function memoSettings(http: MemosHttp, { home }: Dialect) {
  try {
    const answer = await http.call({ method: "GET", path: `/api/v1/${home}/settings/MEMO_RELATED` });
    const bytes = within(answer, "memoRelatedSetting", "contentLengthLimit");
    return {
      /** The longest content in bytes of UTF-8. */
      contentLimitBytes: Math.max(MIN_CONTENT_LIMIT, typeof bytes === "number" ? bytes : 0),
      /** Up to 0.26 an instance may have no public memos. */
      allowsPublic: within(answer, "memoRelatedSetting", "disallowPublicVisibility") !== true,
    };
  } catch (error) {
    // Unreadable is as good as unset; a server that went away is not.
    if (isMemosError(error, "token_refused", "forbidden", "not_found", "invalid", "unsupported_version")) {
      return { contentLimitBytes: MIN_CONTENT_LIMIT, allowsPublic: true };
    }
    throw error;
  }
}
