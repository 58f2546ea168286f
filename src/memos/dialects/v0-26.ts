import {
  asTimestamp,
  contains,
  type Dialect,
  inSeconds,
  quoted,
  stateWords,
  userNumber,
  within,
} from "./dialect.ts";

/** 0.26 and newer: attachments, ids chosen by us, the time set by the create, personal access tokens. */
export const v0_26: Dialect = {
  name: "0.26",
  whoAmI: { method: "GET", path: "/api/v1/auth/me", account: (answer) => answer["user"] },
  tokens: "pat",
  memoSettings: "/api/v1/instance/settings/MEMO_RELATED",
  defaultVisibility: [
    {
      path: (account) => `/api/v1/${account}/settings/GENERAL`,
      visibility: (answer) => within(answer, "generalSetting", "memoVisibility"),
    },
  ],
  files: "attachments",
  numbered: false,
  page: "memos",
  state: { field: "state", words: stateWords },
  pinMask: "pinned",
  choosesMemoIds: true,
  choosesAttachmentIds: true,
  setsTimeOnCreate: true,
  bindsOnCreate: true,
  keepsLocation: true,
  tellsMissing: true,
  times: [asTimestamp, inSeconds],
  ownMemos(account, wanted) {
    // 0.26 names users by number, and knows them in filters by nothing else.
    const number = userNumber(account);
    const own = number === "0" ? `creator == ${quoted(account)}` : `creator_id == ${number}`;
    return { filter: [own, ...contains(wanted)].join(" && "), state: wanted.state };
  },
  slowTexts: false,
  markdown: {
    engine: "commonmark",
    underline: "ins",
    spoiler: "details",
    html: true,
    escapeDollar: true,
    hardBreaks: false,
    userLinks: false,
  },
};
