/** Rows as the API shows them: what memoferry reads of them. */
import { nilPointer, unencodable } from "./answers.ts";
import type { Call } from "./call.ts";
import { readMarkdown } from "./markdown.ts";
import { type AttachmentRow, type MemoRow, rfc3339, type State, type UserRow } from "./state.ts";

export function userJson(state: State, user: UserRow) {
  const { displayNames } = state.features;
  return {
    name: state.userName(user),
    username: user.username,
    ...(displayNames ? { displayName: "" } : {}),
  };
}

export function attachmentJson(state: State, row: AttachmentRow, withMemo = true) {
  const memo = withMemo ? state.memoById(row.memoId) : undefined;
  const { files, numbered } = state.features;
  return {
    name: `${files}/${state.attachmentKey(row)}`,
    ...(numbered ? { uid: row.uid } : {}),
    createTime: rfc3339(row.createdTs),
    filename: row.filename,
    type: row.type,
    size: String(row.bytes.length),
    ...(memo ? { memo: `memos/${state.memoKey(memo)}` } : {}),
  };
}

/** `asCreated`: the answer to a create tells no parent. */
export function memoJson({ state, features }: Call, memo: MemoRow, options: { asCreated?: boolean } = {}) {
  const { isEncodable, tags } = readMarkdown(memo.content, features.markdown);
  if (!isEncodable) throw unencodable();
  const parent = options.asCreated ? undefined : state.parentOf(memo);
  if (features.orphansFail && !parent && !options.asCreated && state.isComment(memo)) throw nilPointer();
  return {
    name: `memos/${state.memoKey(memo)}`,
    ...(features.numbered ? { uid: memo.uid } : {}),
    ...(features.rowStatus
      ? { rowStatus: memo.state === "NORMAL" ? "ACTIVE" : "ARCHIVED" }
      : { state: memo.state }),
    creator: state.userNameOfId(memo.creatorId),
    createTime: rfc3339(memo.createdTs),
    updateTime: rfc3339(memo.updatedTs),
    ...(features.displayTime ? { displayTime: rfc3339(memo.createdTs) } : {}),
    content: memo.content,
    visibility: memo.visibility,
    ...(features.tagsInProperty ? { tags: [], property: { tags } } : { tags }),
    pinned: memo.pinned,
    [features.files]: state.attachmentsOf(memo).map((row) => attachmentJson(state, row)),
    ...(parent ? { parent: `memos/${state.memoKey(parent)}` } : {}),
    ...(memo.location ? { location: memo.location } : {}),
  };
}
