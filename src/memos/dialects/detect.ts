import { isMemosError, MemosError } from "../errors.ts";
import type { MemosHttp } from "../http.ts";
import { type Dialect, within } from "./dialect.ts";
import { v0_22, v0_23_1 } from "./v0-22.ts";
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
const DIALECTS: readonly [Dialect, ...Dialect[]] = [v0_26, v0_25_3, v0_25, v0_24, v0_23_1, v0_22];
/** The newest version whose answers we have seen. */
const NEWEST = "0.30";

/** Smaller settings are shown by the server but have no effect. */
const MIN_CONTENT_LIMIT = 8192;

/** Where versions tell their number: from 0.25.3 on, from 0.22 on, and before. */
const PROFILES = ["/api/v1/instance/profile", "/api/v1/workspace/profile", "/api/v1/status"];

interface Profile {
  version: string;
  instanceUrl: string | null;
}

/** Finds out, without a token, which Memos answers and how to speak with it. */
export async function detect(http: MemosHttp): Promise<Detected> {
  const found = await profile(http);
  const chosen = choose(found.version);
  return { ...found, ...chosen, ...(await memoSettings(http, chosen.dialect)) };
}

async function profile(http: MemosHttp): Promise<Profile> {
  let first: MemosError | undefined;
  for (const path of PROFILES) {
    try {
      const answer = await http.call({ method: "GET", path });
      const version = answer["version"] ?? within(answer, "profile", "version");
      if (typeof version !== "string") continue;
      const url = answer["instanceUrl"];
      return { version, instanceUrl: typeof url === "string" && url ? url.replace(/\/+$/, "") : null };
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

/** A version that cannot be read, such as the `dev` of a self-built server, is taken for the newest. */
function choose(version: string): { dialect: Dialect; note?: string } {
  const [newest] = DIALECTS;
  const number = numberOf(version);
  if (number === undefined) {
    return { dialect: newest, note: `This Memos calls itself "${version}": it is treated as ${NEWEST}` };
  }
  const dialect = DIALECTS.find(({ name }) => number >= (numberOf(name) ?? 0));
  if (!dialect || number === numberOf("0.23.0")) {
    throw new MemosError(
      "unsupported_version",
      `This Memos is ${version}; memoferry needs 0.22.3 to 0.22.5, or 0.23.1 and newer: please upgrade`,
    );
  }
  if (number < (numberOf(NEWEST) ?? 0) + ONE_MINOR) return { dialect };
  return {
    dialect,
    note: `This Memos is ${version}, newer than memoferry knows (${NEWEST}): it is treated as ${NEWEST}`,
  };
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
