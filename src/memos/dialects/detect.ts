import { isMemosError, MemosError } from "../errors.ts";
import type { MemosHttp } from "../http.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { Dialect } from "./dialect.ts";
import { v0_26 } from "./v0-26.ts";

export interface Detected {
  dialect: Dialect;
  version: string;
  instanceUrl: string | null;
  contentLimitBytes: number;
  note?: string;
}

/** Newest first. */
const DIALECTS: readonly Dialect[] = [v0_26];
/** The newest version whose answers we have seen. */
const NEWEST = "0.30";
const OLDEST = DIALECTS.at(-1)?.name ?? NEWEST;

/** Smaller settings are shown by the server but have no effect. */
const MIN_CONTENT_LIMIT = 8192;

/** Where versions tell their number, newest first. */
const PROFILES: readonly { path: string; version(answer: JsonObject): unknown; since: string }[] = [
  { path: "/api/v1/instance/profile", since: "0.25.3", version: (answer) => answer["version"] },
  { path: "/api/v1/workspace/profile", since: "0.22", version: (answer) => answer["version"] },
  {
    path: "/api/v1/status",
    since: "0.18",
    version: (answer) => (isObject(answer["profile"]) ? answer["profile"]["version"] : undefined),
  },
];

/** Finds out, without a token, which Memos answers and how to speak with it. */
export async function detect(http: MemosHttp): Promise<Detected> {
  const { version, instanceUrl, since } = await profile(http);
  const { dialect, note } = await choose(http, version, since);
  return {
    dialect,
    version,
    instanceUrl,
    contentLimitBytes: await contentLimit(http, dialect),
    ...(note && { note }),
  };
}

async function profile(
  http: MemosHttp,
): Promise<{ version: string; instanceUrl: string | null; since: string }> {
  let first: MemosError | undefined;
  for (const { path, version: versionOf, since } of PROFILES) {
    try {
      const answer = await http.call({ method: "GET", path });
      const version = versionOf(answer);
      if (typeof version !== "string") continue;
      const url = answer["instanceUrl"];
      return { version, instanceUrl: typeof url === "string" && url ? url.replace(/\/+$/, "") : null, since };
    } catch (error) {
      if (isMemosError(error, "token_refused", "forbidden")) throw needsLogin(http, error);
      // An unknown path is 404 in Memos' JSON from 0.22 on, and before that 404 in another form.
      if (!isMemosError(error) || (error.kind !== "unsupported_version" && error.status !== 404)) throw error;
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

/** Nobody's token was refused: none was sent. */
function needsLogin(http: MemosHttp, { status, grpcCode }: MemosError): MemosError {
  const text = `the Memos at ${http.server} does not tell its version without a login: memoferry does not know such a version`;
  return new MemosError("unsupported_version", text, { status, grpcCode });
}

async function choose(
  http: MemosHttp,
  version: string,
  profileSince: string,
): Promise<{ dialect: Dialect; note?: string }> {
  const number = numberOf(version);
  if (number === undefined) return probe(http, version, profileSince);
  const dialect = DIALECTS.find(({ name }) => number >= (numberOf(name) ?? 0));
  if (!dialect) throw tooOld(`This Memos is ${version}`);
  if (number <= (numberOf(NEWEST) ?? 0)) return { dialect };
  return {
    dialect,
    note: `This Memos is ${version}, newer than memoferry knows (${NEWEST}): it is treated as ${NEWEST}`,
  };
}

/** For versions such as `dev`: the dialect whose who-am-I is there. Without a token it answers 401. */
async function probe(
  http: MemosHttp,
  version: string,
  profileSince: string,
): Promise<{ dialect: Dialect; note: string }> {
  for (const dialect of DIALECTS) {
    try {
      const { method, path } = dialect.whoAmI;
      await http.call({ method, path });
    } catch (error) {
      if (isMemosError(error, "unsupported_version")) continue;
      if (!isMemosError(error, "token_refused")) throw error;
    }
    return {
      dialect,
      note: `This Memos calls itself "${version}": by its answers it is ${dialect.name} or newer`,
    };
  }
  throw tooOld(`This Memos calls itself "${version}", and by its answers it is about ${profileSince}`);
}

function tooOld(found: string): MemosError {
  return new MemosError(
    "unsupported_version",
    `${found}; memoferry needs ${OLDEST} or newer: please upgrade`,
  );
}

/** Major and minor version as one comparable number. */
function numberOf(version: string): number | undefined {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  return match ? Number(match[1]) * 10_000 + Number(match[2]) : undefined;
}

async function contentLimit(http: MemosHttp, dialect: Dialect): Promise<number> {
  try {
    const bytes = dialect.contentLimit.bytes(
      await http.call({ method: "GET", path: dialect.contentLimit.path }),
    );
    return typeof bytes === "number" && bytes > MIN_CONTENT_LIMIT ? bytes : MIN_CONTENT_LIMIT;
  } catch (error) {
    // Unreadable is as good as unset; a server that went away is not.
    if (isMemosError(error, "token_refused", "forbidden", "not_found", "invalid", "unsupported_version")) {
      return MIN_CONTENT_LIMIT;
    }
    throw error;
  }
}
