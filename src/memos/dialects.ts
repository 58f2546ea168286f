import type { MarkdownFlavor } from "../domain/markdown-flavor.ts";
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
  /** Memos and files are named by numbers, to our callers `memos/<uid>` all the same. A create then binds no files. */
  readonly numbered: boolean;
  /** 0.22 says `rowStatus`, and `ACTIVE` for `NORMAL`. */
  readonly stateField: "state" | "rowStatus";
  /** Whether a create takes the id that we give; else the server names what it makes. */
  readonly takesOurIds: { readonly memos: boolean; readonly files: boolean };
  /** The create takes the memo's time; before, a patch sets it. */
  readonly setsTimeOnCreate: boolean;
  /** A memo has a place; before, the whole create is refused for it. */
  readonly keepsLocation: boolean;
  /** The query that lists the memos of one account, newest first; pinned ones may come before. */
  ownMemos(account: string, wanted: Wanted): Record<string, string>;
  /** What makes that list begin with what changed last; null where no list does. */
  readonly newestChangesFirst: Record<string, string> | null;
  /** Where an account's notifications are listed, from `/api/v1/` on. Their field in the answer is its last part. */
  notificationsOf(account: string): string;
  /** `/api/v1/sse` tells what happens. */
  readonly tellsEvents: boolean;
  /** Reactions are words such as `THUMBS_UP`, else emojis. */
  readonly reactionsAreWords: boolean;
  readonly markdown: MarkdownFlavor;
  /** Files of one name are kept apart; before, the storage keeps the last one of a second. */
  readonly keepsEqualNames: boolean;
  /** A connection that is closed in mid-request does no harm; before, a statement may stay open with the write lock held. */
  readonly bearsHangUps: boolean;
}

interface Wanted {
  state: MemoState;
  /** Occurs in the content; the server may give more, never less. */
  content?: string | undefined;
}

/** The newest. Each that follows is what the one above it is, but for what an older family does in another way. */
const v0_27: Dialect = {
  since: "0.27",
  whoAmI: { method: "GET", path: "/api/v1/auth/me" },
  tokens: "pat",
  home: "instance",
  settingsOf: (account) => `/api/v1/${account}/settings/GENERAL`,
  files: "attachments",
  numbered: false,
  stateField: "state",
  takesOurIds: { memos: true, files: true },
  setsTimeOnCreate: true,
  keepsLocation: true,
  ownMemos: (account, { state, content }) => ({
    filter: allOf(`creator == ${quoted(account)}`, contains(content)),
    state,
  }),
  newestChangesFirst: { orderBy: "update_time desc" },
  notificationsOf: (account) => `${account}/notifications`,
  tellsEvents: true,
  reactionsAreWords: false,
  markdown: "modern",
  keepsEqualNames: true,
  bearsHangUps: true,
};

/** 0.26: users are named by number; one that is not is of an upgrade that nobody noticed yet. */
const v0_26: Dialect = {
  ...v0_27,
  since: "0.26",
  ownMemos(account, { state, content }) {
    const [, number] = /^users\/(\d+)$/.exec(account) ?? [];
    if (number === undefined) return v0_27.ownMemos(account, { state, content });
    return { filter: allOf(`creator_id == ${number}`, contains(content)), state };
  },
  tellsEvents: false,
  keepsEqualNames: false,
  bearsHangUps: false,
};

/** 0.25.3: sessions and JSON web tokens, the time by a patch after the create, a newline is shown as a space. */
const v0_25_3: Dialect = {
  ...v0_26,
  since: "0.25.3",
  whoAmI: { method: "GET", path: "/api/v1/auth/sessions/current" },
  tokens: "jwt",
  setsTimeOnCreate: false,
  markdown: "0.25.3",
};

/** 0.25.1: ids of files are ours, those of memos the server's; gomark, which shows no HTML but spoilers and every line break. */
const v0_25_1: Dialect = {
  ...v0_25_3,
  since: "0.25.1",
  home: "workspace",
  takesOurIds: { memos: false, files: true },
  notificationsOf: (account) => `${account}/inboxes`,
  markdown: "gomark",
};

/** 0.25.0: the settings of an account are a call of their own. */
const v0_25: Dialect = {
  ...v0_25_1,
  since: "0.25",
  settingsOf: (account) => `/api/v1/${account}:getSetting`,
};

/** 0.24: files are resources, and no ids are ours. */
const v0_24: Dialect = {
  ...v0_25,
  since: "0.24",
  whoAmI: { method: "POST", path: "/api/v1/auth/status" },
  settingsOf: (account) => `/api/v1/${account}/setting`,
  files: "resources",
  takesOurIds: { memos: false, files: false },
  ownMemos: (parent, { state, content }) => ({ parent, filter: contains(content), state }),
  newestChangesFirst: null,
  notificationsOf: () => "inboxes",
};

/** 0.23.1: memos and files are numbered, filters are another language: without the creator others' memos would come, too. */
const v0_23_1: Dialect = {
  ...v0_24,
  since: "0.23.1",
  numbered: true,
  ownMemos: (account, { state, content }) => ({
    filter: allOf(`creator == ${quoted(account)}`, `state == '${state}'`, searched(content)),
  }),
};

/** 0.22: a memo has no place, and its state is named as in the database; in filters `NORMAL` is its word, too. */
const v0_22_3: Dialect = {
  ...v0_23_1,
  since: "0.22.3",
  stateField: "rowStatus",
  reactionsAreWords: true,
  keepsLocation: false,
  ownMemos: (account, { state, content }) => ({
    filter: allOf(`creator == ${quoted(account)}`, `row_status == '${state}'`, searched(content)),
  }),
};

/**
 * Newest first. A release that differs from the one before it gets a row of its own: it becomes the base that the one
 * before is derived from, and is named in NEWEST.
 */
const DIALECTS = [v0_27, v0_26, v0_25_3, v0_25_1, v0_25, v0_24, v0_23_1, v0_22_3] as const;
/** The newest release whose answers we have seen. */
export const NEWEST = "0.30";

/** How to speak with a release. One that is not known, such as the `dev` of a self-built server, is taken for the newest. */
export function dialectOf(version: string): { dialect: Dialect; note?: string } {
  const number = numberOf(version);
  if (number < numberOf("0.22.3") || number === numberOf("0.23.0")) {
    throw new MemosError(
      "unsupported_version",
      `This Memos is ${version}; memoferry needs 0.22.3 to 0.22.5, or 0.23.1 and newer: please upgrade`,
    );
  }
  const dialect = familyOf(version);
  if (number < numberOf(NEWEST) + ONE_MINOR) return { dialect };
  return {
    dialect,
    note: `This Memos is "${version}", newer than memoferry knows: it is treated as ${NEWEST}`,
  };
}

/** The newest one that is not newer than a release. */
function familyOf(version: string): Dialect {
  return DIALECTS.find(({ since }) => numberOf(version) >= numberOf(since)) ?? DIALECTS[0];
}

const ONE_MINOR = 1_000;

/** A version as one comparable number. What cannot be read is newer than all. */
function numberOf(version: string): number {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  if (!match) return Number.POSITIVE_INFINITY;
  const [, major, minor, patch = 0] = match;
  return (Number(major) * 10_000 + Number(minor)) * ONE_MINOR + Number(patch);
}

const allOf = (...conditions: string[]) => conditions.filter((one) => one !== "").join(" && ");

/** In the filter language since 0.24. */
const contains = (content = "") => content && `content.contains(${quoted(content)})`;

/** In that of 0.22 and 0.23. */
const searched = (content = "") => content && `content_search == [${quoted(content)}]`;

/** A string of either language, whatever is in it. */
function quoted(text: string): string {
  return `"${text.toWellFormed().replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r")}"`;
}

/** What the pages of a release show; of one that is not supported any more, as the newest. */
export const flavorOf = (version: string): MarkdownFlavor => familyOf(version).markdown;

export const keepsEqualNames = (version: string): boolean => familyOf(version).keepsEqualNames;
export const bearsHangUps = (version: string): boolean => familyOf(version).bearsHangUps;
