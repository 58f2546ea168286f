/** How the releases differ, as one record: the handlers ask for a feature, never for a version. */
import type { MarkdownRules } from "./markdown.ts";

export interface Features {
  /** 0.30: calls that need a login are refused before anything is read, in text/plain. */
  gatewayAuth: boolean;
  userNames: "id" | "username";
  /** How a user resource that is no proper name of this version is answered. */
  userLookup: "id-or-username" | "checked-username" | "username";
  memoIdMaxLength: 32 | 36;
  memoIdError: (field: "memo_id" | "attachment_id") => string;
  /** An attachment id is checked like a memo's (400), not only by the store (500). */
  checksAttachmentId: boolean;
  profileCommit: boolean;
  profileNeedsSetup: boolean;
  displayTime: boolean;
  titleProperty: boolean;
  motionMedia: boolean;
  disallowPublicVisibility: boolean;
  displayWithUpdateTime: boolean;
  /** Unused counters that old lists carry. */
  totalSize: boolean;
  usersTotalSize: boolean;
  newestUsersFirst: boolean;
  /** Files on disk: names are limited, and range requests work. */
  localStorage: boolean;
  typeRule: "strict" | "parsed";
  batchDelete: boolean;
  /** A missing file is noticed before the list is changed. */
  checksFilesFirst: boolean;
  checksMemoOfUpload: boolean;
  checksOwnerOfBoundFile: boolean;
  setterMovesUpdateTime: boolean;
  archivedHidden: boolean;
  othersArchivedListed: boolean;
  commentVisibilityOfParent: boolean;
  commentRelationsInAnswer: boolean;
  commentListOfMissing: "panic" | "not found";
  commentListChecksParent: boolean;
  commentPaging: boolean;
  /** Relations in a list carry the snippets that they carry in a memo read alone. */
  listsRelationSnippets: boolean;
  serverSentEvents: boolean;
  newestCommentRelationsFirst: boolean;
  missingFilePage: boolean;
  apiV2Page: boolean;
  memosOfDeletedUser: "kept" | "hidden" | "deleted";
  defaultPageSize: 10 | 50;
  bodyLimitBytes: number;
  markdown: MarkdownRules;
  filter: { creator: boolean; timestamps: boolean; literalLike: boolean };
}

/** Throws for a release whose dialect the fake does not speak yet. */
export function featuresOf(version: string): Features {
  const minor = version === "dev" ? 30 : minorOf(version);
  const from = (first: number) => minor >= first;
  const length = from(27) && version !== "0.27.0" ? 36 : 32;
  return {
    gatewayAuth: from(30),
    userNames: from(27) ? "username" : "id",
    userLookup: from(28) ? "username" : from(27) ? "checked-username" : "id-or-username",
    memoIdMaxLength: length,
    memoIdError: (field) =>
      from(30)
        ? "invalid UID: must be 1-36 characters, contain only letters, digits, or hyphens, and start and end with a letter or digit"
        : `invalid ${from(27) ? "ID" : field} format: must be 1-${length} characters, alphanumeric and hyphens only, cannot start or end with hyphen`,
    checksAttachmentId: from(27),
    profileCommit: from(28),
    profileNeedsSetup: from(30),
    displayTime: !from(28),
    titleProperty: from(27),
    motionMedia: from(27),
    disallowPublicVisibility: !from(27),
    displayWithUpdateTime: !from(28),
    totalSize: !from(30),
    usersTotalSize: !from(30),
    newestUsersFirst: from(30),
    localStorage: from(27),
    typeRule: from(27) ? "parsed" : "strict",
    batchDelete: from(27),
    checksFilesFirst: from(27),
    checksMemoOfUpload: from(28),
    checksOwnerOfBoundFile: from(29),
    setterMovesUpdateTime: from(27),
    archivedHidden: from(27),
    othersArchivedListed: !from(30),
    commentVisibilityOfParent: from(29),
    commentRelationsInAnswer: from(30),
    commentListOfMissing: from(29) ? "not found" : "panic",
    commentListChecksParent: from(29),
    commentPaging: from(27),
    listsRelationSnippets: !from(28),
    serverSentEvents: from(27),
    newestCommentRelationsFirst: from(27),
    missingFilePage: !from(29),
    apiV2Page: !from(29),
    memosOfDeletedUser: from(28) ? "deleted" : from(27) ? "hidden" : "kept",
    defaultPageSize: from(30) ? 50 : 10,
    bodyLimitBytes: from(27) ? 256 * 1024 * 1024 : Number.POSITIVE_INFINITY,
    markdown: { tagsInLinks: !from(30), snippetKeepsTagsAndCode: from(27) },
    filter: { creator: from(27), timestamps: from(30), literalLike: from(30) },
  };
}

function minorOf(version: string): number {
  const minor = /^0\.(\d+)\./.exec(version)?.[1];
  if (minor === undefined || Number(minor) < 26 || Number(minor) > 30) {
    throw new Error(`the fake Memos server does not know version ${version}`);
  }
  return Number(minor);
}
