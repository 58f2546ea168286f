/** How the releases differ, as one record: the handlers ask for a feature, never for a version. */
export type Features = ReturnType<typeof featuresOf>;

/** Throws for a release whose dialect the fake does not speak. */
export function featuresOf(version: string) {
  const release = version === "dev" ? 30_00 : releaseOf(version);
  const from = (minor: number, patch = 0) => release >= minor * 100 + patch;
  const length = from(27, 1) ? 36 : 32;
  return {
    /** Up to 0.25 access tokens are JSON web tokens; those of one kind are nothing to the other. */
    tokens: from(26) ? "pat" : "jwt",
    whoAmI: from(26) ? "me" : from(25) ? "session" : "status",
    /** Where the profile and the settings are. */
    home: from(25, 3) ? "instance" : "workspace",
    /** How a refusal begins. */
    refusal: from(30) ? "gateway" : from(26) ? "handler" : from(25) ? "session" : "interceptor",
    /** Strangers hear that they may not, rather than that they are unknown. */
    deniesStrangers: !from(26),
    files: from(25) ? "attachments" : "resources",
    /** Memos and files are named by numbers, and carry their uid beside. */
    numbered: !from(24),
    rowStatus: !from(23, 1),
    /** Tags stand in the memo's property. */
    tagsInProperty: !from(23),
    displayNames: from(25),
    choosesMemoIds: from(25, 3),
    choosesFileIds: from(25),
    timeOnCreate: from(26),
    filesOnCreate: from(23),
    location: from(23),
    patchesUpdateTime: from(23, 1),
    /** Whatever a patch changes, the time of the last change moves. */
    everyPatchMovesUpdateTime: !from(23, 1),
    /** 0.23.1: a patch that changes no column of the memo is done and answered 500. */
    failsWithoutColumn: from(23, 1) && !from(24),
    /** 0.23.1: deletes a memo that has comments, without them, and fails. */
    tripsOverDeleted: from(23, 1) && !from(24),
    /** A comment whose memo is deleted still names it: every sight of it fails. After, it is a memo of its own. */
    orphansFail: from(23, 1) && !from(25, 3),
    /** What happens when a file to be bound is missing. */
    missingFile: from(26) ? "not found" : from(24) ? "panic" : "passed over",
    checksOwnerOfMemoFiles: from(25, 3),
    missingMemoOfUpload: from(25) ? "not found" : from(24) ? "panic" : "passed over",
    missingMemoOfComment: from(26) ? "not found" : "panic",
    commentOnUnreadable: !from(26),
    commentsOldestFirst: !from(25, 3),
    /** Everybody sees all comments of a memo. */
    commentsOpen: !from(24),
    /** Lists of comments and files tell of no further page. */
    wholeLists: !from(25),
    /** Their names. */
    reactions: from(26) ? "of memos" : from(25) ? "by name" : "by id",
    /** Of a dozen kinds, not emojis. */
    reactionWords: !from(23),
    filenameChecked: from(25, 3),
    boundFileTellsMemo: !from(25, 3),
    unlinkedFilesOpen: !from(26),
    userSetting: from(25, 1) ? "settings" : from(25) ? "getSetting" : "setting",
    /** Lists by `parent=users/1`, pinned memos first. */
    listsByParent: from(24) && !from(25, 1),
    pinnedFirst: from(24) && !from(25, 1),
    filterLanguage: from(24) ? "cel" : "old",
    /** 0.30: calls that need a login are refused before anything is read, in text/plain. */
    gatewayAuth: from(30),
    userNames: from(27) ? "username" : "id",
    /** How a user resource that is no proper name of this version is answered. */
    userLookup: from(28) ? "username" : from(27) ? "checked-username" : from(25, 1) ? "id-or-username" : "id",
    memoIdMaxLength: length,
    memoIdError: (field: "memo_id" | "attachment_id") =>
      from(30)
        ? "invalid UID: must be 1-36 characters, contain only letters, digits, or hyphens, and start and end with a letter or digit"
        : `invalid ${from(27) ? "ID" : field} format: must be 1-${length} characters, alphanumeric and hyphens only, cannot start or end with hyphen`,
    /** An attachment id is checked like a memo's (400), not only by the store (500). */
    checksAttachmentId: from(27),
    displayTime: !from(28),
    disallowPublicVisibility: !from(27),
    /** Refused values are told with the name of their field. */
    namesBadFields: from(23, 1),
    /** Files on disk: names are limited, and range requests work. */
    localStorage: from(27),
    /** Files of one name and second are kept apart on the disk. */
    keepsEqualNames: from(27),
    typeRule: from(27) ? "parsed" : from(26) ? "strict" : "any",
    /** A missing file is noticed before the list is changed. */
    checksFilesFirst: from(27),
    checksMemoOfUpload: from(28),
    checksOwnerOfBoundFile: from(29),
    inbox: from(25, 3) ? "users/notifications" : from(25) ? "users/inboxes" : "inboxes",
    /** The others list all at once. */
    inboxPages: from(24) && !from(25, 3),
    /** 0.22 tells of no further page. */
    wholeInboxes: !from(23),
    /** What somebody is told of is a thing of its own. */
    activities: !from(27),
    deletedActivity: from(26) ? "not found" : from(25) ? "told" : from(23) ? "nil" : "numbers",
    mentions: from(27),
    events: from(27),
    /** A stream begins with a line; before, with the first heartbeat or event. */
    greetsStreams: from(29),
    commentHooks: from(27),
    hookNamesCreatorId: !from(23),
    signsHooks: from(30),
    /** Lists are sorted as they are asked to be. */
    orders: from(25),
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
      tagsInLowerCase: from(25, 3) && !from(26),
      snippetOfBytes: from(25, 3) && !from(26),
    },
    filter: {
      /** How a refusal begins. */
      refusal: from(25, 3)
        ? "invalid filter: failed to compile filter: failed to compile filter: "
        : from(24)
          ? "invalid filter: failed to parse filter: failed to compile filter: "
          : "failed to build find memos with filter: rpc error: code = InvalidArgument desc = invalid filter: found issue ",
      creator: from(27),
      literalLike: from(30),
      /** Only the case of ASCII letters is passed over. */
      asciiCase: !from(26),
      /** What the old language calls the state. */
      stateName: from(23, 1) ? "state" : "row_status",
    },
  } as const;
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
