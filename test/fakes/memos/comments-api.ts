/** Comments of memos. */
import { type Answer, ApiError, json, nilPointer, notFound, Panic } from "./answers.ts";
import { type Body, memoBody } from "./body.ts";
import { type Call, checkReadable, chosenId, mayRead, type Route, requireUser } from "./call.ts";
import { notify } from "./inbox-api.ts";
import { insertMemo, visibilityOf } from "./memo-rows.ts";
import { cut, pageOf } from "./paging.ts";
import { memoJson } from "./render.ts";
import type { MemoRow } from "./state.ts";
import type { Visibility } from "./types.ts";

const path = /^\/api\/v1\/memos\/([^/]+)\/comments$/;

export const commentRoutes: Route[] = [
  { method: "POST", path, query: ["commentId"], access: "login", handle: createComment },
  {
    method: "GET",
    path,
    query: ["pageSize", "pageToken"],
    access: ({ commentListNeedsLogin }) => (commentListNeedsLogin ? "login" : "public"),
    handle: listComments,
  },
];

function createComment(call: Call, uid: string): Answer {
  const body = memoBody(call.body, call.features);
  requireUser(call);
  const parent = call.state.memoNamed(uid);
  if (!parent && call.features.missingMemoOfComment === "panic") {
    // It is made before its parent is looked for.
    commentRow(call, body, visibilityOf(body));
    throw nilPointer();
  }
  if (!parent) throw notFound("memo");
  if (!call.features.commentOnUnreadable) checkReadable(call, parent);
  const visibility = call.features.commentVisibilityOfParent ? parent.visibility : visibilityOf(body);
  const row = commentRow(call, body, visibility);
  if (call.breaksComment) throw new ApiError(13, "failed to create memo relation");
  row.parentId = parent.id;
  notify(call, row);
  call.events.happened("memo.comment.created", row, parent);
  return json(memoJson(call, row, { asCreated: true }));
}

/** Whatever goes wrong inside, a duplicate id too, is told as the same 500; the memo may stand without its parent. */
function commentRow(call: Call, body: Body, visibility: Visibility): MemoRow {
  try {
    return insertMemo(call, body, chosenId(call, "commentId"), visibility);
  } catch (error) {
    if (error instanceof ApiError) throw new ApiError(13, "failed to create memo");
    throw error;
  }
}

function listComments(call: Call, uid: string): Answer {
  const { state, features } = call;
  const page = features.commentPaging ? pageOf(call) : { limit: Number.POSITIVE_INFINITY, offset: 0 };
  const parent = state.memoNamed(uid);
  if (!parent) {
    if (features.commentListOfMissing === "empty") return json({ memos: [] });
    if (features.commentListOfMissing === "nil") throw nilPointer();
    if (features.commentListOfMissing === "panic") throw new Panic("no such memo");
    throw notFound("memo");
  }
  if (features.commentListChecksParent) checkReadable(call, parent);
  const rows = state
    .commentsOf(parent)
    .filter((row) => features.commentsOpen || mayRead(call, row))
    .toSorted((a, b) =>
      features.commentsOldestFirst ? a.id - b.id : b.createdTs - a.createdTs || b.id - a.id,
    );
  const listed = cut(rows, page);
  if (features.wholeLists) return json({ memos: rows.map((row) => memoJson(call, row)) });
  const memos = listed.rows.map((row) => memoJson(call, row));
  return json({ memos, nextPageToken: listed.nextPageToken });
}
