import { type MarkdownFlavor, modernFlavor } from "../domain/markdown-flavor.ts";
import { MemosError } from "./errors.ts";
import type { MemoState } from "./types.ts";

/** What one family of Memos releases does in its own way; the rest is the same for all. */
export interface Dialect {
  /** The first release of the family. */
  readonly since: string;
  readonly whoAmI: { readonly method: "GET" | "POST"; readonly path: string };
  readonly tokens: "jwt" | "pat";
  /** `/api/v1/<home>/settings/…`: settings of the server. */
  readonly home: "instance" | "workspace";
  /** Where an account (`users/alice`) has its settings, of which the default visibility is one. */
  settingsOf(account: string): string;
  /** The collection of files, which is also their field in a memo. To our callers all are `attachments/…`. */
  readonly files: "attachments" | "resources";
  /**
   * Memos and files are named by numbers there; to our callers they have the names of later releases: `memos/<uid>`.
   * Files are bound after the create: 0.22 cannot do it at once, and 0.23 passes over what it does not find.
   */
  readonly numbered: boolean;
  /** 0.22 says `rowStatus`, and `ACTIVE` for `NORMAL`. */
  readonly stateField: "state" | "rowStatus";
  /** The columns that a patch of the pin names. */
  readonly pinMask: readonly string[];
  /** Whether a create takes the id that we give; else the server names what it makes. */
  readonly takesOurIds: { readonly memos: boolean; readonly files: boolean };
  /** The create takes the memo's time; before, a patch sets it. */
  readonly setsTimeOnCreate: boolean;
  /** A memo has a place; before, the whole create is refused for it. */
  readonly keepsLocation: boolean;
  /** A missing memo or file is told as such everywhere. Before, some calls died of it: a 500 that may mean anything. */
  readonly tellsMissing: boolean;
  /** How filters name times; null: not at all, or not so. */
  readonly filterTime: ((time: Date) => string) | null;
  /** The query that lists the memos of one account, newest first; pinned ones may come before. */
  ownMemos(account: string, wanted: Wanted): Record<string, string>;
  readonly markdown: MarkdownFlavor;
}

interface Wanted {
  state: MemoState;
  /** Occurs in the content; the server may give more, never less. */
  content?: string | undefined;
  /** A condition on the time it was made. */
  made?: string | undefined;
}

const v0_30: Dialect = {
  since: "0.30",
  whoAmI: { method: "GET", path: "/api/v1/auth/me" },
  tokens: "pat",
  home: "instance",
  settingsOf: (account) => `/api/v1/${account}/settings/GENERAL`,
  files: "attachments",
  numbered: false,
  stateField: "state",
  pinMask: ["pinned"],
  takesOurIds: { memos: true, files: true },
  setsTimeOnCreate: true,
  keepsLocation: true,
  tellsMissing: true,
  filterTime: (time) => `timestamp(${quoted(time.toISOString())})`,
  ownMemos: (account, wanted) => ({
    filter: allOf(`creator == ${quoted(account)}`, wanted),
    state: wanted.state,
  }),
  markdown: modernFlavor,
};

/** 0.27: times in filters are numbers of seconds. */
const v0_27: Dialect = {
  ...v0_30,
  since: "0.27",
  filterTime: (time) => String(Math.floor(time.getTime() / 1000)),
};

/** 0.26: users are named by number; one that is not is of an upgrade that nobody noticed yet. */
const v0_26: Dialect = {
  ...v0_27,
  since: "0.26",
  ownMemos(account, wanted) {
    const [, number] = /^users\/(\d+)$/.exec(account) ?? [];
    if (number === undefined) return v0_27.ownMemos(account, wanted);
    return { filter: allOf(`creator_id == ${number}`, wanted), state: wanted.state };
  },
};

/** 0.25.3: sessions and JSON web tokens, the time by a patch after the create, a newline is shown as a space. */
const v0_25_3: Dialect = {
  ...v0_26,
  since: "0.25.3",
  whoAmI: { method: "GET", path: "/api/v1/auth/sessions/current" },
  tokens: "jwt",
  setsTimeOnCreate: false,
  tellsMissing: false,
  markdown: { ...v0_26.markdown, escapeDollar: false, hardBreaks: true, earlySpace: true },
};

/** 0.25.1: ids of files are ours, those of memos the server's; gomark, which shows no HTML but spoilers and every line break. */
const v0_25_1: Dialect = {
  ...v0_25_3,
  since: "0.25.1",
  home: "workspace",
  takesOurIds: { memos: false, files: true },
  markdown: {
    engine: "gomark",
    underline: "none",
    spoiler: "pipes",
    html: false,
    escapeDollar: true,
    hardBreaks: false,
    userLinks: false,
  },
};

/** 0.25.0: the settings of an account are a call of their own. */
const v0_25: Dialect = {
  ...v0_25_1,
  since: "0.25",
  settingsOf: (account) => `/api/v1/${account}:getSetting`,
};

/** 0.24.4: files are resources, and no ids are ours. */
const v0_24_4: Dialect = {
  ...v0_25,
  since: "0.24.4",
  whoAmI: { method: "POST", path: "/api/v1/auth/status" },
  settingsOf: (account) => `/api/v1/${account}/setting`,
  files: "resources",
  takesOurIds: { memos: false, files: false },
  ownMemos: (account, wanted) => ({ parent: account, filter: allOf(null, wanted), state: wanted.state }),
};

/** 0.24.0: filters have another word for times, which we do not use. */
const v0_24: Dialect = { ...v0_24_4, since: "0.24", filterTime: null };

/** 0.23.1: memos and files are numbered, filters are another language. */
const v0_23_1: Dialect = {
  ...v0_24,
  since: "0.23.1",
  numbered: true,
  // A patch that changes no column of the memo is done and answered 500: with the time of change it is not.
  pinMask: ["pinned", "update_time"],
  ownMemos: (account, wanted) => ({ filter: oldFilter(account, `state == '${wanted.state}'`, wanted) }),
};

/** 0.22: a memo has no place, and its state is named as in the database; in filters `NORMAL` is its word, too. */
const v0_22_3: Dialect = {
  ...v0_23_1,
  since: "0.22.3",
  stateField: "rowStatus",
  pinMask: ["pinned"],
  keepsLocation: false,
  ownMemos: (account, wanted) => ({ filter: oldFilter(account, `row_status == '${wanted.state}'`, wanted) }),
};

/** Newest first: a release that differs from the one before it gets a row of its own. */
const DIALECTS = [v0_30, v0_27, v0_26, v0_25_3, v0_25_1, v0_25, v0_24_4, v0_24, v0_23_1, v0_22_3] as const;
/** The newest release whose answers we have seen. */
const NEWEST = "0.30";

/** How to speak with a release. One that cannot be read, such as the `dev` of a self-built server, is taken for the newest. */
export function dialectOf(version: string): { dialect: Dialect; note?: string } {
  const dialect = familyOf(version);
  const number = numberOf(version);
  if (number === undefined) {
    return { dialect, note: `This Memos calls itself "${version}": it is treated as ${NEWEST}` };
  }
  if (number < (numberOf("0.22.3") ?? 0) || number === numberOf("0.23.0")) {
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

/** The newest one that is not newer than a release. */
function familyOf(version: string): Dialect {
  const number = numberOf(version) ?? Number.POSITIVE_INFINITY;
  return DIALECTS.find(({ since }) => number >= (numberOf(since) ?? 0)) ?? v0_30;
}

const ONE_MINOR = 1_000;

/** A version as one comparable number. */
function numberOf(version: string): number | undefined {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  if (!match) return undefined;
  const [, major, minor, patch = 0] = match;
  return (Number(major) * 10_000 + Number(minor)) * ONE_MINOR + Number(patch);
}

/** The filter language since 0.24. */
function allOf(own: string | null, { content, made }: Wanted): string {
  const conditions = [own, made && `(${made})`, content && `content.contains(${quoted(content)})`];
  return conditions.filter(Boolean).join(" && ");
}

/** That of 0.22 and 0.23. Without the creator others' memos would come, too. */
function oldFilter(account: string, state: string, { content }: Wanted): string {
  const conditions = [
    `creator == ${quoted(account)}`,
    state,
    content && `content_search == [${quoted(content)}]`,
  ];
  return conditions.filter(Boolean).join(" && ");
}

/** A string of either language, whatever is in it. */
function quoted(text: string): string {
  return `"${text.toWellFormed().replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r")}"`;
}

/** What the pages of a release show; of one that is not supported any more, as the newest. */
export const flavorOf = (version: string): MarkdownFlavor => familyOf(version).markdown;
