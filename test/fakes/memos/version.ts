/** How the releases differ, as one record: the handlers ask for a feature, never for a version. */
import type { MarkdownRules } from "./markdown.ts";

export interface Features {
  /** Up to 0.25 access tokens are JSON web tokens; those of one kind are nothing to the other. */
  tokens: "jwt" | "pat";
  whoAmI: "status" | "session" | "me";
  /** Where the profile and the settings are. */
  home: "workspace" | "instance";
  /** How a call without a login is refused: before anything is read, or by the handlers. */
  refusal: "interceptor" | "session" | "handler" | "gateway";
  /** Strangers hear that they may not, rather than that they are unknown. */
  deniesStrangers: boolean;
  files: "attachments" | "resources";
  /** Memos and files are named by numbers, and carry their uid beside. */
  numbered: boolean;
  rowStatus: boolean;
  /** Tags stand in the memo's property. */
  tagsInProperty: boolean;
  displayNames: boolean;
  choosesMemoIds: boolean;
  choosesFileIds: boolean;
  timeOnCreate: boolean;
  filesOnCreate: boolean;
  location: boolean;
  patchesUpdateTime: boolean;
  /** Whatever a patch changes, the time of the last change moves. */
  everyPatchMovesUpdateTime: boolean;
  /** 0.23.1: a patch that changes no column of the memo is done and answered 500. */
  failsWithoutColumn: boolean;
  /** 0.23.1: deletes a memo that has comments, without them, and fails. */
  tripsOverDeleted: boolean;
  /** A comment whose memo is deleted still names it: every sight of it fails. After, it is a memo of its own. */
  orphansFail: boolean;
  /** What happens when a file to be bound is missing. */
  missingFile: "passed over" | "panic" | "not found";
  checksOwnerOfMemoFiles: boolean;
  missingMemoOfUpload: "passed over" | "panic" | "not found";
  missingMemoOfComment: "panic" | "not found";
  commentOnUnreadable: boolean;
  commentsOldestFirst: boolean;
  /** Everybody sees all comments of a memo. */
  commentsOpen: boolean;
  /** Lists of comments and files tell of no further page. */
  wholeLists: boolean;
  filenameChecked: boolean;
  boundFileTellsMemo: boolean;
  unlinkedFilesOpen: boolean;
  userSetting: "setting" | "getSetting" | "settings";
  /** Lists by `parent=users/1`, pinned memos first. */
  listsByParent: boolean;
  pinnedFirst: boolean;
  filterLanguage: "old" | "cel";
  /** 0.30: calls that need a login are refused before anything is read, in text/plain. */
  gatewayAuth: boolean;
  userNames: "id" | "username";
  /** How a user resource that is no proper name of this version is answered. */
  userLookup: "id" | "id-or-username" | "checked-username" | "username";
  memoIdMaxLength: 32 | 36;
  memoIdError: (field: "memo_id" | "attachment_id") => string;
  /** An attachment id is checked like a memo's (400), not only by the store (500). */
  checksAttachmentId: boolean;
  displayTime: boolean;
  disallowPublicVisibility: boolean;
  /** Refused values are told with the name of their field. */
  namesBadFields: boolean;
  /** Files on disk: names are limited, and range requests work. */
  localStorage: boolean;
  typeRule: "any" | "strict" | "parsed";
  /** A missing file is noticed before the list is changed. */
  checksFilesFirst: boolean;
  checksMemoOfUpload: boolean;
  checksOwnerOfBoundFile: boolean;
  setterMovesUpdateTime: boolean;
  archivedHidden: boolean;
  othersArchivedListed: boolean;
  commentVisibilityOfParent: boolean;
  commentListOfMissing: "empty" | "nil" | "panic" | "not found";
  commentListChecksParent: boolean;
  commentPaging: boolean;
  commentListNeedsLogin: boolean;
  missingFilePage: boolean;
  memosOfDeletedUser: "kept" | "hidden" | "deleted";
  bodyLimitBytes: number;
  markdown: MarkdownRules;
  filter: {
    /** How a refusal begins. */
    refusal: string;
    creator: boolean;
    timestamps: boolean;
    literalLike: boolean;
    /** Only the case of ASCII letters is passed over. */
    asciiCase: boolean;
    /** What the old language calls the state. */
    stateName: "row_status" | "state";
  };
}

/** Throws for a release whose dialect the fake does not speak. */
export function featuresOf(version: string): Features {
  const release = version === "dev" ? 30_00 : releaseOf(version);
  const from = (minor: number, patch = 0) => release >= minor * 100 + patch;
  const length = from(27, 1) ? 36 : 32;
  return {
    tokens: from(26) ? "pat" : "jwt",
    whoAmI: from(26) ? "me" : from(25) ? "session" : "status",
    home: from(25, 3) ? "instance" : "workspace",
    refusal: from(30) ? "gateway" : from(26) ? "handler" : from(25) ? "session" : "interceptor",
    deniesStrangers: !from(26),
    files: from(25) ? "attachments" : "resources",
    numbered: !from(24),
    rowStatus: !from(23, 1),
    tagsInProperty: !from(23),
    displayNames: from(25),
    choosesMemoIds: from(25, 3),
    choosesFileIds: from(25),
    timeOnCreate: from(26),
    filesOnCreate: from(23),
    location: from(23),
    patchesUpdateTime: from(23, 1),
    everyPatchMovesUpdateTime: !from(23, 1),
    failsWithoutColumn: from(23, 1) && !from(24),
    tripsOverDeleted: from(23, 1) && !from(24),
    orphansFail: from(23, 1) && !from(25, 3),
    missingFile: from(26) ? "not found" : from(24) ? "panic" : "passed over",
    checksOwnerOfMemoFiles: from(25, 3),
    missingMemoOfUpload: from(25) ? "not found" : from(24) ? "panic" : "passed over",
    missingMemoOfComment: from(26) ? "not found" : "panic",
    commentOnUnreadable: !from(26),
    commentsOldestFirst: !from(25, 3),
    commentsOpen: !from(24),
    wholeLists: !from(25),
    filenameChecked: from(25, 3),
    boundFileTellsMemo: !from(25, 3),
    unlinkedFilesOpen: !from(26),
    userSetting: from(25, 1) ? "settings" : from(25) ? "getSetting" : "setting",
    listsByParent: from(24) && !from(25, 1),
    pinnedFirst: from(24) && !from(25, 1),
    filterLanguage: from(24) ? "cel" : "old",
    gatewayAuth: from(30),
    userNames: from(27) ? "username" : "id",
    userLookup: from(28) ? "username" : from(27) ? "checked-username" : from(25, 1) ? "id-or-username" : "id",
    memoIdMaxLength: length,
    memoIdError: (field) =>
      from(30)
        ? "invalid UID: must be 1-36 characters, contain only letters, digits, or hyphens, and start and end with a letter or digit"
        : `invalid ${from(27) ? "ID" : field} format: must be 1-${length} characters, alphanumeric and hyphens only, cannot start or end with hyphen`,
    checksAttachmentId: from(27),
    displayTime: !from(28),
    disallowPublicVisibility: !from(27),
    namesBadFields: from(23, 1),
    localStorage: from(27),
    typeRule: from(27) ? "parsed" : from(26) ? "strict" : "any",
    checksFilesFirst: from(27),
    checksMemoOfUpload: from(28),
    checksOwnerOfBoundFile: from(29),
    setterMovesUpdateTime: from(27),
    archivedHidden: from(27),
    othersArchivedListed: !from(30),
    commentVisibilityOfParent: from(29),
    commentListOfMissing: from(29) ? "not found" : from(26) ? "panic" : from(24) ? "nil" : "empty",
    commentListChecksParent: from(29),
    commentPaging: from(27),
    commentListNeedsLogin: !from(26),
    missingFilePage: from(26) && !from(29),
    memosOfDeletedUser: from(28) ? "deleted" : from(27) ? "hidden" : "kept",
    bodyLimitBytes: from(27) ? 256 * 1024 * 1024 : Number.POSITIVE_INFINITY,
    markdown: {
      tagsInLinks: !from(30),
      snippetOfBytes: from(25, 3) && !from(26),
    },
    filter: {
      refusal: from(25, 3)
        ? "invalid filter: failed to compile filter: failed to compile filter: "
        : from(24)
          ? "invalid filter: failed to parse filter: failed to compile filter: "
          : "failed to build find memos with filter: rpc error: code = InvalidArgument desc = invalid filter: found issue ",
      creator: from(27),
      timestamps: from(30),
      literalLike: from(30),
      asciiCase: !from(26),
      stateName: from(23, 1) ? "state" : "row_status",
    },
  };
}

/** 0.25.3 as 2503. */
function releaseOf(version: string): number {
  const [, minor = "", patch = "0"] = /^0\.(\d+)\.(\d+)/.exec(version) ?? [];
  const release = Number(minor) * 100 + Number(patch);
  if (release < 22_03 || release === 23_00 || Number(minor) > 30) {
    throw new Error(`the fake Memos server does not know version ${version}`);
  }
  return release;
}
