/** What people are told: inboxes with activities up to 0.26, notifications since; and who somebody is. */

import { findUser } from "./accounts-api.ts";
import { type Answer, ApiError, denied, invalid, json, nilPointer, Panic } from "./answers.ts";
import { type Call, type Route, requireUser } from "./call.ts";
import { cut, pageOf } from "./paging.ts";
import { userJson } from "./render.ts";
import { type InboxRow, type MemoRow, rfc3339, type State, type UserRow } from "./state.ts";

const lists = (kind: Call["features"]["inbox"]) => (features: Call["features"]) => features.inbox === kind;
const query = ["pageSize", "pageToken"];

export const inboxRoutes: Route[] = [
  {
    method: "GET",
    path: /^\/api\/v1\/inboxes$/,
    query,
    when: lists("inboxes"),
    access: "login",
    handle: own,
  },
  {
    method: "GET",
    path: /^\/api\/v1\/users\/([^/]+)\/inboxes$/,
    query,
    when: lists("users/inboxes"),
    access: "login",
    handle: ofUser,
  },
  {
    method: "GET",
    path: /^\/api\/v1\/users\/([^/]+)\/notifications$/,
    query,
    when: lists("users/notifications"),
    access: "login",
    handle: ofUser,
  },
  {
    method: "GET",
    path: /^\/api\/v1\/activities\/(\d+)$/,
    when: ({ activities }) => activities,
    access: ({ refusal }) => (refusal === "handler" ? "anyone" : "login"),
    handle: getActivity,
  },
  {
    method: "GET",
    path: /^\/api\/v1\/users\/([^/:]+)$/,
    access: "public",
    handle: getUser,
  },
];

function getUser(call: Call, name: string): Answer {
  const user = findUser(call, name);
  const nickname = call.features.displayNames ? {} : { nickname: user.username };
  return json({ ...userJson(call.state, user), ...nickname });
}

function own(call: Call): Answer {
  return listed(call, requireUser(call));
}

function ofUser(call: Call, name: string): Answer {
  const owner = listedUser(call, name);
  if (requireUser(call) !== owner) throw denied();
  return listed(call, owner);
}

/** Where a user is looked up by username alone, one whom nobody has is no name. */
function listedUser(call: Call, name: string): UserRow {
  const { state, features } = call;
  const isKnown = state.users.some(({ username }) => username === name);
  if (features.userLookup === "username" && !isKnown)
    throw invalid(`invalid user name: user not found: users/${name}`);
  return findUser(call, name);
}

/** The newest first; of one second in the order in which they came. */
function listed(call: Call, owner: UserRow): Answer {
  const { state, features } = call;
  const rows = state.inbox
    .filter(({ receiverId }) => receiverId === owner.id)
    .toSorted((a, b) => b.createdTs - a.createdTs || a.id - b.id);
  const page = features.inboxPages ? cut(rows, pageOf(call)) : { rows, nextPageToken: "" };
  const field = features.inbox === "users/notifications" ? "notifications" : "inboxes";
  const prefix = features.inbox === "inboxes" ? "" : `${state.userName(owner)}/`;
  return json({
    [field]: page.rows.map((row) => rowJson(call, row, `${prefix}${field}/${row.id}`)),
    ...(features.wholeInboxes ? {} : { nextPageToken: page.nextPageToken }),
  });
}

function rowJson({ state, features }: Call, row: InboxRow, name: string) {
  const sender = state.users.find(({ id }) => id === row.senderId);
  const common = {
    name,
    sender: state.userNameOfId(row.senderId),
    createTime: rfc3339(row.createdTs),
    type: row.kind === "comment" ? "MEMO_COMMENT" : "MEMO_MENTION",
  };
  if (features.activities) return { ...common, activityId: row.id };
  const memo = state.memoById(row.memoId);
  const related = state.memoById(row.relatedId);
  // Where one is gone, nothing is told of the other.
  const isWhole = memo && (row.relatedId === undefined || related);
  const payload = isWhole && {
    memo: nameOf(state, memo),
    relatedMemo: related ? nameOf(state, related) : "",
  };
  return {
    ...common,
    ...(sender ? { senderUser: userJson(state, sender) } : {}),
    ...(payload ? { [row.kind === "comment" ? "memoComment" : "memoMention"]: payload } : {}),
  };
}

const nameOf = (state: State, memo: MemoRow) => `memos/${state.memoKey(memo)}`;

function getActivity({ state, features }: Call, id: string): Answer {
  const row = state.inbox.find((one) => String(one.id) === id);
  if (!row && features.deletedActivity === "not found") throw new Panic("no such activity");
  if (!row) throw nilPointer();
  const common = { name: `activities/${id}`, type: "MEMO_COMMENT" };
  if (features.deletedActivity === "numbers") {
    const memoComment = { memoId: row.memoId, relatedMemoId: row.relatedId };
    return json({ ...common, payload: { memoComment } });
  }
  const [memo, related] = [state.memoById(row.memoId), state.memoById(row.relatedId)];
  if (!memo || !related) throw deletedActivity(features.deletedActivity);
  const memoComment = { memo: nameOf(state, memo), relatedMemo: nameOf(state, related) };
  return json({ ...common, payload: { memoComment } });
}

function deletedActivity(kind: "nil" | "told" | "not found"): ApiError {
  if (kind === "nil") return nilPointer();
  if (kind === "not found") return new ApiError(5, "activity references deleted content");
  const why = "rpc error: code = NotFound desc = memo does not exist";
  const outer = "rpc error: code = Internal desc = failed to convert activity payload from store";
  return new ApiError(13, `failed to convert activity from store: ${outer}: ${why}`);
}

/** Whoever is commented on or mentioned is told so, but never by a PRIVATE memo. */
export function notify(call: Call, memo: MemoRow, before = ""): void {
  const { state, features } = call;
  if (memo.visibility === "PRIVATE") return;
  const parent = state.parentOf(memo);
  const told = new Set([memo.creatorId]);
  if (parent && before === "" && !told.has(parent.creatorId)) {
    told.add(parent.creatorId);
    insert(call, memo, "comment", parent.creatorId);
  }
  if (!features.mentions) return;
  const earlier = mentionedIn(before);
  for (const username of mentionedIn(memo.content)) {
    const user = state.users.find((row) => row.username.toLowerCase() === username);
    if (!user || told.has(user.id) || earlier.has(username) || user.state !== "NORMAL") continue;
    if (parent?.visibility === "PRIVATE" && parent.creatorId !== user.id) continue;
    told.add(user.id);
    insert(call, memo, "mention", user.id);
  }
}

const mentionedIn = (content: string) =>
  new Set(
    [...content.matchAll(/(?<![\w@])@([a-z0-9][a-z0-9-]*)/gi)].map(([, name = ""]) => name.toLowerCase()),
  );

function insert({ state }: Call, memo: MemoRow, kind: InboxRow["kind"], receiverId: number): void {
  state.inbox.push({
    id: (state.inbox.at(-1)?.id ?? 0) + 1,
    kind,
    senderId: memo.creatorId,
    receiverId,
    memoId: memo.id,
    relatedId: memo.parentId,
    createdTs: state.seconds(),
  });
}
