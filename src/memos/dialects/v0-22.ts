import { type Dialect, quoted, type Wanted } from "./dialect.ts";
import { v0_24 } from "./v0-24.ts";

/** 0.23.1: memos and files are numbered, filters are another language. */
export const v0_23_1: Dialect = {
  ...v0_24,
  name: "0.23.1",
  telltale: {
    path: "/api/v1/memos",
    query: { pageSize: "1", filter: "creator == 'users/1' && state == 'NORMAL'" },
  },
  numbered: true,
  // 0.22 cannot, and 0.23 passes over what it does not find.
  bindsOnCreate: false,
  page: "m",
  // A patch that changes no column of the memo is done and answered 500: with the time of change it is not.
  masks: { createTime: "create_time", pinned: "pinned,update_time" },
  times: [],
  ownMemos: (account, wanted) => ({ filter: filterOf(account, `state == '${wanted.state}'`, wanted) }),
};

/** 0.23.0: the state is named as in the database. */
export const v0_23: Dialect = {
  ...v0_23_1,
  name: "0.23",
  telltale: {
    path: "/api/v1/memos",
    query: { pageSize: "1", filter: "creator == 'users/1' && row_status == 'NORMAL'" },
  },
  state: { field: "rowStatus", words: { NORMAL: "ACTIVE", ARCHIVED: "ARCHIVED" } },
  masks: { createTime: "create_time", pinned: "pinned" },
  ownMemos: (account, wanted) => ({
    // Here the word is the database's.
    filter: filterOf(account, `row_status == '${wanted.state}'`, wanted),
    // Otherwise it lists memos without their files; 0.22 passes over it.
    view: "MEMO_VIEW_FULL",
  }),
};

/** 0.22: a memo has no place. */
export const v0_22: Dialect = {
  ...v0_23,
  name: "0.22",
  // The second name is for 0.22.0 to 0.22.2; each passes over the other's.
  masks: { ...v0_23.masks, createTime: "create_time,created_ts" },
  keepsLocation: false,
};

/** Without the creator others' memos would come, too. */
function filterOf(account: string, state: string, { content }: Wanted): string {
  return [
    `creator == ${quoted(account)}`,
    state,
    ...(content === undefined ? [] : [`content_search == [${quoted(content)}]`]),
  ].join(" && ");
}
