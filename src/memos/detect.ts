import { isObject, type JsonObject, within } from "./answers.ts";
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
  for (const path of PROFILES) {
    // Before 0.22 an unknown path is 404 in another form.
    const answer = await told(http.call({ method: "GET", path }), 404);
    const version = answer["version"] ?? within(answer, "profile", "version");
    if (typeof version !== "string") continue;
    const url = answer["instanceUrl"];
    return {
      /** As the server says it: `0.30.0`, or `dev` on a self-built one. */
      version,
      /** Where its owner says it is found, without a trailing slash. */
      instanceUrl: typeof url === "string" && url ? url.replace(/\/+$/, "") : null,
    };
  }
  const text = `${http.server} answers, but not as a Memos server does: MEMOS_URL is wrong, or a path in it is missing, or one too many`;
  throw new MemosError("not_memos", text);
}

async function memoSettings(http: MemosHttp, { home }: Dialect) {
  const path = `/api/v1/${home}/settings/MEMO_RELATED`;
  const settings = (await told(http.call({ method: "GET", path })))["memoRelatedSetting"];
  const { contentLengthLimit, disallowPublicVisibility } = isObject(settings) ? settings : {};
  return {
    /** The longest content in bytes of UTF-8. */
    contentLimitBytes: Math.max(
      MIN_CONTENT_LIMIT,
      typeof contentLengthLimit === "number" ? contentLengthLimit : 0,
    ),
    /** Up to 0.26 an instance may have no public memos. */
    allowsPublic: disallowPublicVisibility !== true,
  };
}

/** Nothing where the server does not know the path or tells it to nobody. One that is away is trouble. */
async function told(answer: Promise<JsonObject>, unknownPath = 0): Promise<JsonObject> {
  return answer.catch((error: unknown) => {
    const untold = ["token_refused", "forbidden", "not_found", "invalid", "unsupported_version"] as const;
    if (isMemosError(error, ...untold) || (isMemosError(error) && error.status === unknownPath)) return {};
    throw error;
  });
}
