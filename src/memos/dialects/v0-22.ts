import { type Dialect, quoted, type Wanted } from "./dialect.ts";
import { v0_24 } from "./v0-24.ts";

/** 0.23.1: memos and files are numbered, filters are another language. */
export const v0_23_1: Dialect = {
  ...v0_24,
  name: "0.23.1",
  numbered: true,
  // 0.22 cannot, and 0.23 passes over what it does not find.
  bindsOnCreate: false,
  page: "m",
  // A patch that changes no column of the memo is done and answered 500: with the time of change it is not.
  pinMask: "pinned,update_time",
  times: [],
  ownMemos: (account, wanted) => ({ filter: filterOf(account, `state == '${wanted.state}'`, wanted) }),
};

/** 0.22: a memo has no place, and its state is named as in the database. */
export const v0_22: Dialect = {
  ...v0_23_1,
  name: "0.22.3",
  state: { field: "rowStatus", words: { NORMAL: "ACTIVE", ARCHIVED: "ARCHIVED" } },
  pinMask: "pinned",
  keepsLocation: false,
  // Here the word is the database's.
  ownMemos: (account, wanted) => ({ filter: filterOf(account, `row_status == '${wanted.state}'`, wanted) }),
};

/** Without the creator others' memos would come, too. */
function filterOf(account: string, state: string, { content }: Wanted): string {
  return [
    `creator == ${quoted(account)}`,
    state,
    ...(content === undefined ? [] : [`content_search == [${quoted(content)}]`]),
  ].join(" && ");
}
