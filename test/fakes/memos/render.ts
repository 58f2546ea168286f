/** Rows as the API shows them. */
import { nilPointer, unencodable } from "./answers.ts";
import { type Call, mayRead } from "./call.ts";
import { readMarkdown } from "./markdown.ts";
import {
  type AttachmentRow,
  type MemoRow,
  type ReactionRow,
  type RelationRow,
  rfc3339,
  type State,
  type UserRow,
} from "./state.ts";

export function userJson(state: State, user: UserRow) {
  const { rowStatus, nicknames } = state.features;
  return {
    name: state.userName(user),
    ...(rowStatus ? { id: user.id } : {}),
    // The first administrator is the host, up to 0.25.
    role: user.role === "ADMIN" && state.features.tokens === "jwt" ? "HOST" : user.role,
    username: user.username,
    email: "",
    ...(nicknames ? { nickname: user.username } : { displayName: "" }),
    avatarUrl: "",
    description: "",
    password: "",
    ...(rowStatus ? { rowStatus: user.state === "NORMAL" ? "ACTIVE" : "ARCHIVED" } : { state: user.state }),
    createTime: rfc3339(user.createdTs),
    updateTime: rfc3339(user.updatedTs),
  };
}

export function attachmentJson(state: State, row: AttachmentRow, withMemo = true) {
  const memo = withMemo ? state.memoById(row.memoId) : undefined;
  const { files, numbered, motionMedia } = state.features;
  return {
    name: `${files}/${state.attachmentKey(row)}`,
    ...(numbered ? { uid: row.uid } : {}),
    createTime: rfc3339(row.createdTs),
    filename: row.filename,
    content: "",
    externalLink: "",
    type: row.type,
    size: String(row.bytes.length),
    ...(memo ? { memo: `memos/${state.memoKey(memo)}` } : {}),
    ...(motionMedia ? { motionMedia: null } : {}),
  };
}

/** `snippets`: lists leave them empty. `asCreated`: the answer to a create tells no parent. */
export function memoJson(
  call: Call,
  memo: MemoRow,
  options: { snippets?: boolean; asCreated?: boolean } = {},
) {
  const { state, features } = call;
  const reading = readMarkdown(memo.content, features.markdown);
  if (reading.snippet === undefined) throw unencodable();
  const parent = options.asCreated ? undefined : state.parentOf(memo);
  if (features.orphansFail && !parent && !options.asCreated && state.isComment(memo)) throw nilPointer();
  const relations =
    options.asCreated && state.isComment(memo) && !features.commentRelationsInAnswer
      ? []
      : relationsOf(call, memo);
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
    // Parsed there; nobody reads it.
    ...(features.parsedContent ? { nodes: [] } : {}),
    visibility: memo.visibility,
    tags: features.tagsInProperty ? [] : reading.tags,
    pinned: memo.pinned,
    [features.files]: state.attachmentsOf(memo).map((row) => attachmentJson(state, row)),
    relations: relations.map((row) =>
      relationJson(call, row, options.snippets !== false || features.listsRelationSnippets),
    ),
    reactions: reactionsOf(call, memo),
    property: features.tagsInProperty
      ? { tags: reading.tags, ...reading.property }
      : features.titleProperty
        ? { ...reading.property, title: reading.title }
        : reading.property,
    ...(parent ? { parent: `memos/${state.memoKey(parent)}` } : {}),
    snippet: reading.snippet,
    ...(memo.location ? { location: memo.location } : {}),
  };
}

/** References first, then comments; only what the caller may read on both ends. */
export function relationsOf(call: Call, memo: MemoRow): RelationRow[] {
  const { state, features } = call;
  const seen = (id: number) => {
    const row = state.memoById(id);
    return row !== undefined && mayRead(call, row);
  };
  const from = state.relations.filter((row) => row.memoId === memo.id && seen(row.relatedId));
  const to = state.relations.filter(
    (row) => row.relatedId === memo.id && row.memoId !== memo.id && seen(row.memoId),
  );
  const ordered = to.toSorted((a, b) =>
    features.newestCommentRelationsFirst ? b.memoId - a.memoId : a.memoId - b.memoId,
  );
  return [...from, ...ordered];
}

export function relationJson(call: Call, row: RelationRow, snippets: boolean) {
  const { state, features } = call;
  const side = (id: number) => {
    const memo = state.memoById(id);
    const snippet = memo && snippets ? (readMarkdown(memo.content, features.markdown).snippet ?? "") : "";
    const name = `memos/${memo ? state.memoKey(memo) : ""}`;
    if (features.relationNames === "strings") return name;
    return { name, ...(features.relationNames === "with uid" ? { uid: memo?.uid ?? "" } : {}), snippet };
  };
  return { memo: side(row.memoId), relatedMemo: side(row.relatedId), type: row.type };
}

export function reactionsOf(call: Call, memo: MemoRow) {
  return call.state.reactions
    .filter((row) => row.memoId === memo.id)
    .map((row) => reactionJson(call, memo, row));
}

export function reactionJson(call: Call, memo: MemoRow, row: ReactionRow) {
  return {
    name: `memos/${memo.uid}/reactions/${row.id}`,
    creator: call.state.userNameOfId(row.creatorId),
    contentId: `memos/${memo.uid}`,
    reactionType: row.type,
    createTime: rfc3339(row.createdTs),
  };
}
