/** Reactions to memos. */
import { type Answer, ApiError, denied, json, notFound } from "./answers.ts";
import { isObject, notImitated, readBody } from "./body.ts";
import { type Call, checkReadable, type Route, requireUser } from "./call.ts";
import { type ReactionRow, rfc3339 } from "./state.ts";

const path = /^\/api\/v1\/memos\/([^/]+)\/reactions$/;

export const reactionRoutes: Route[] = [
  { method: "POST", path, access: "login", handle: react },
  {
    method: "GET",
    path,
    access: ({ refusal }) => (refusal === "handler" ? "public" : "login"),
    handle: listReactions,
  },
  {
    method: "DELETE",
    path: /^\/api\/v1\/reactions\/(\d+)$/,
    when: ({ reactions }) => reactions !== "of memos",
    access: "login",
    handle: removeReaction,
  },
  {
    method: "DELETE",
    path: /^\/api\/v1\/memos\/[^/]+\/reactions\/(\d+)$/,
    when: ({ reactions }) => reactions === "of memos",
    access: "login",
    handle: removeReaction,
  },
];

/** 0.22: another one is of no kind. */
const words = [
  "THUMBS_UP",
  "THUMBS_DOWN",
  "HEART",
  "FIRE",
  "CLAPPING_HANDS",
  "LAUGH",
  "OK_HAND",
  "ROCKET",
  "EYES",
  "THINKING_FACE",
  "CLOWN_FACE",
  "QUESTION_MARK",
];

function checkMemo(call: Call, key: string): void {
  if (call.features.reactions !== "of memos") return;
  const memo = call.state.memoNamed(key);
  if (!memo) throw notFound("memo");
  checkReadable(call, memo);
}

function react(call: Call, key: string): Answer {
  const { state, features } = call;
  const { reaction } = readBody(call.body, ["reaction"], "a reaction");
  const { id: creatorId } = requireUser(call);
  const contentId = `memos/${key}`;
  if (!isObject(reaction) || reaction["contentId"] !== contentId)
    throw notImitated("a reaction that is not to the memo of its path");
  checkMemo(call, key);
  const given = String(reaction["reactionType"] ?? "");
  const type = features.reactionWords && !words.includes(given) ? "TYPE_UNSPECIFIED" : given;
  const isThere = state.reactions.some(
    (row) => row.contentId === contentId && row.creatorId === creatorId && row.type === type,
  );
  if (isThere) throw new ApiError(13, "failed to upsert reaction");
  const row = state.addReaction({ creatorId, contentId, type });
  tell(call, "reaction.upserted", row);
  return json(reactionJson(call, row));
}

function listReactions(call: Call, key: string): Answer {
  checkMemo(call, key);
  const rows = call.state.reactions.filter(({ contentId }) => contentId === `memos/${key}`);
  return json({ reactions: rows.map((row) => reactionJson(call, row)) });
}

function removeReaction(call: Call, id: string): Answer {
  const { state, features } = call;
  const user = requireUser(call);
  const row = state.reactions.find((reaction) => String(reaction.id) === id);
  const isOwn = row?.creatorId === user.id || (row !== undefined && user.role === "ADMIN");
  if (!isOwn && features.reactions !== "by id") throw denied();
  if (row) {
    state.reactions.splice(state.reactions.indexOf(row), 1);
    tell(call, "reaction.deleted", row);
  }
  return json({});
}

function tell(
  { state, events }: Call,
  type: "reaction.upserted" | "reaction.deleted",
  row: ReactionRow,
): void {
  const memo = state.memoNamed(row.contentId.slice("memos/".length));
  if (memo) events.happened(type, memo);
}

function reactionJson({ state, features }: Call, { id, creatorId, contentId, type, createdTs }: ReactionRow) {
  const common = { creator: state.userNameOfId(creatorId), contentId, reactionType: type };
  if (features.reactions === "by id") return { id, ...common };
  const name = `${features.reactions === "of memos" ? `${contentId}/` : ""}reactions/${id}`;
  return { name, ...common, createTime: rfc3339(createdTs) };
}
