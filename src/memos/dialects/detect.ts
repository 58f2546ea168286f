import { isMemosError, MemosError } from "../errors.ts";
import type { MemosHttp } from "../http.ts";
import { isObject, type JsonObject } from "../json.ts";
import { type Dialect, within } from "./dialect.ts";
import { v0_22, v0_23, v0_23_1 } from "./v0-22.ts";
import { v0_24 } from "./v0-24.ts";
import { v0_25 } from "./v0-25.ts";
import { v0_25_3 } from "./v0-25-3.ts";
import { v0_26 } from "./v0-26.ts";

export interface Detected {
  dialect: Dialect;
  version: string;
  instanceUrl: string | null;
  contentLimitBytes: number;
  /** Up to 0.26 an instance may have no public memos. */
  allowsPublic: boolean;
  note?: string;
}

/** Newest first. */
const DIALECTS: readonly Dialect[] = [v0_26, v0_25_3, v0_25, v0_24, v0_23_1, v0_23, v0_22];
/** The newest version whose answers we have seen. */
const NEWEST = "0.30";
const OLDEST = DIALECTS.at(-1)?.name ?? NEWEST;

/** Smaller settings are shown by the server but have no effect. */
const MIN_CONTENT_LIMIT = 8192;

/** Where versions tell their number, newest first. */
const PROFILES: readonly {
  path: string;
  version(answer: JsonObject): unknown;
  since: string;
  home: Dialect["home"] | null;
}[] = [
  {
    path: "/api/v1/instance/profile",
    since: "0.25.3",
    home: "instance",
    version: (answer) => answer["version"],
  },
  {
    path: "/api/v1/workspace/profile",
    since: "0.22",
    home: "workspace",
    version: (answer) => answer["version"],
  },
  {
    path: "/api/v1/status",
    since: "0.18",
    home: null,
    version: (answer) => (isObject(answer["profile"]) ? answer["profile"]["version"] : undefined),
  },
];

interface Profile {
  version: string;
  instanceUrl: string | null;
  /** The first version that has it there. */
  since: string;
  home: Dialect["home"] | null;
}

/** Finds out, without a token, which Memos answers and how to speak with it. */
export async function detect(http: MemosHttp): Promise<Detected> {
  const found = await profile(http);
  const { version, instanceUrl } = found;
  const { dialect, note } = await choose(http, found);
  return {
    dialect,
    version,
    instanceUrl,
    ...(await memoSettings(http, dialect)),
    ...(note && { note }),
  };
}

async function profile(http: MemosHttp): Promise<Profile> {
  let first: MemosError | undefined;
  for (const { path, version: versionOf, since, home } of PROFILES) {
    try {
      const answer = await http.call({ method: "GET", path });
      const version = versionOf(answer);
      if (typeof version !== "string") continue;
      const url = answer["instanceUrl"];
      const instanceUrl = typeof url === "string" && url ? url.replace(/\/+$/, "") : null;
      return { version, instanceUrl, since, home };
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

async function choose(http: MemosHttp, profile: Profile): Promise<{ dialect: Dialect; note?: string }> {
  const { version } = profile;
  const number = numberOf(version);
  if (number === undefined) return probe(http, profile);
  const dialect = DIALECTS.find(({ name }) => number >= (numberOf(name) ?? 0));
  if (!dialect || !profile.home) throw tooOld(`This Memos is ${version}`);
  if (number < (numberOf(NEWEST) ?? 0) + ONE_MINOR) return { dialect };
  return {
    dialect,
    note: `This Memos is ${version}, newer than memoferry knows (${NEWEST}): it is treated as ${NEWEST}`,
  };
}

/** For versions such as `dev`: the dialect whose who-am-I is there. Without a token it answers 401. */
async function probe(
  http: MemosHttp,
  { version, since, home }: Profile,
): Promise<{ dialect: Dialect; note: string }> {
  for (const dialect of DIALECTS) {
    // Nothing tells it from 0.22 to a stranger, and 0.22 loses no more than places.
    if (dialect.home !== home || dialect === v0_23) continue;
    const { whoAmI, telltale } = dialect;
    if (!(await answers(http, whoAmI.method, whoAmI.path))) continue;
    if (telltale && !(await answers(http, "GET", telltale.path, telltale.query))) continue;
    const older = dialect === DIALECTS[0] ? " or newer" : "";
    return {
      dialect,
      note: `This Memos calls itself "${version}": by its answers it is ${dialect.name}${older}`,
    };
  }
  throw tooOld(`This Memos calls itself "${version}", and by its answers it is about ${since}`);
}

/** Whether the server knows this call. */
async function answers(
  http: MemosHttp,
  method: "GET" | "POST",
  path: string,
  query: Record<string, string> = {},
): Promise<boolean> {
  try {
    await http.call({ method, path, query });
    return true;
  } catch (error) {
    if (isMemosError(error, "token_refused")) return true;
    if (isMemosError(error, "unsupported_version", "invalid")) return false;
    throw error;
  }
}

function tooOld(found: string): MemosError {
  return new MemosError(
    "unsupported_version",
    `${found}; memoferry needs ${OLDEST} or newer: please upgrade`,
  );
}

const ONE_MINOR = 1_000;

/** A version as one comparable number. */
function numberOf(version: string): number | undefined {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  if (!match) return undefined;
  const [, major, minor, patch = 0] = match;
  return (Number(major) * 10_000 + Number(minor)) * ONE_MINOR + Number(patch);
}

type MemoSettings = Pick<Detected, "contentLimitBytes" | "allowsPublic">;

async function memoSettings(http: MemosHttp, { memoSettings: path }: Dialect): Promise<MemoSettings> {
  try {
    const answer = await http.call({ method: "GET", path });
    const bytes = within(answer, "memoRelatedSetting", "contentLengthLimit");
    return {
      contentLimitBytes: typeof bytes === "number" && bytes > MIN_CONTENT_LIMIT ? bytes : MIN_CONTENT_LIMIT,
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
