/** Comments, reactions and relations of memos. */
import {
  type Answer,
  ApiError,
  denied,
  invalid,
  json,
  nilPointer,
  notFound,
  Panic,
  unauthenticated,
} from "./answers.ts";
import {
  bodyOf,
  type Call,
  checkReadable,
  chosenId,
  mayRead,
  ownMemo,
  type Route,
  readableMemo,
  requireUser,
  uidOfName,
} from "./call.ts";
import { bindRelations, insertMemo, visibilityOf } from "./memo-rows.ts";
import { cut, pageOf } from "./paging.ts";
import { child, type Message, messages, text } from "./protojson.ts";
import { memoJson, reactionJson, reactionsOf, relationJson, relationsOf } from "./render.ts";
import type { MemoRow } from "./state.ts";
import type { Visibility } from "./types.ts";

const memo = "/api/v1/memos/([^/]*)";

export const commentRoutes: Route[] = [
  { method: "POST", path: new RegExp(`^${memo}/comments$`), access: "login", handle: createComment },
  {
    method: "GET",
    path: new RegExp(`^${memo}/comments$`),
    access: ({ commentListNeedsLogin }) => (commentListNeedsLogin ? "login" : "public"),
    handle: listComments,
  },
  { method: "POST", path: new RegExp(`^${memo}/reactions$`), access: "login", handle: upsertReaction },
  { method: "GET", path: new RegExp(`^${memo}/reactions$`), access: "login", handle: listReactions },
  {
    method: "DELETE",
    path: new RegExp(`^${memo}/reactions/([^/]+)$`),
    access: "login",
    handle: deleteReaction,
  },
  { method: "PATCH", path: new RegExp(`^${memo}/relations$`), access: "login", handle: setRelations },
  { method: "GET", path: new RegExp(`^${memo}/relations$`), access: "login", handle: listRelations },
];

function createComment(call: Call, uid: string): Answer {
  const body = bodyOf(call, call.schema.newMemo);
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
  call.state.relations.push({ memoId: row.id, relatedId: parent.id, type: "COMMENT" });
  return json(memoJson(call, row, { asCreated: true }));
}

/** Whatever goes wrong inside, a duplicate id too, is told as the same 500; the memo may stand without its parent. */
function commentRow(call: Call, body: Message, visibility: Visibility): MemoRow {
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
  if (features.wholeLists) {
    return json({ memos: rows.map((row) => memoJson(call, row, { snippets: false })) });
  }
  return json({
    memos: listed.rows.map((row) => memoJson(call, row, { snippets: false })),
    nextPageToken: listed.nextPageToken,
    ...(features.totalSize ? { totalSize: 0 } : {}),
  });
}

function upsertReaction(call: Call): Answer {
  const { state } = call;
  const reaction = child(bodyOf(call, call.schema.reactionRequest), "reaction");
  const user = requireUser(call);
  if (!reaction) throw new Panic("no reaction");
  // The memo is the one in the body, whatever the path says.
  const target = state.memoNamed(uidOfName(text(reaction, "contentId"), "memos/", "memo name"));
  if (!target) throw notFound("memo");
  checkReadable(call, target);
  const type = text(reaction, "reactionType");
  if (
    state.reactions.some((row) => row.memoId === target.id && row.creatorId === user.id && row.type === type)
  ) {
    throw new ApiError(13, "failed to upsert reaction");
  }
  const row = {
    id: state.nextReactionId(),
    creatorId: user.id,
    memoId: target.id,
    type,
    createdTs: state.seconds(),
  };
  state.reactions.push(row);
  return json(reactionJson(call, target, row));
}

function listReactions(call: Call, uid: string): Answer {
  const row = readableMemo(call, uid);
  return json({
    reactions: reactionsOf(call, row),
    nextPageToken: "",
    ...(call.features.totalSize ? { totalSize: 0 } : {}),
  });
}

function deleteReaction(call: Call, _uid: string, id: string): Answer {
  const user = requireUser(call);
  if (!/^\d+$/.test(id)) throw invalid(`invalid reaction name: invalid reaction ID ${JSON.stringify(id)}`);
  const row = call.state.reactions.find((reaction) => reaction.id === Number(id));
  if (!row || (row.creatorId !== user.id && user.role !== "ADMIN")) throw denied();
  call.state.reactions = call.state.reactions.filter((reaction) => reaction !== row);
  return json({});
}

function setRelations(call: Call, uid: string): Answer {
  const body = bodyOf(call, call.schema.relationList);
  requireUser(call);
  bindRelations(call, ownMemo(call, uid), messages(body, "relations"));
  return json({});
}

function listRelations(call: Call, uid: string): Answer {
  if (!call.user && call.features.gatewayAuth) throw unauthenticated();
  if (!call.state.memoNamed(uid)) throw new Panic("no such memo");
  const rows = relationsOf(call, readableMemo(call, uid));
  return json({
    relations: rows.map((row) => relationJson(call, row, true)),
    nextPageToken: "",
  });
}
