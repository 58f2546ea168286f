/** Memos: created, listed, read, changed, deleted, and their files. */
import { type Answer, ApiError, denied, json, nilPointer, notFound } from "./answers.ts";
import { filesOf, memoBody, memoPatch, notImitated, readBody, secondsOf, textOf } from "./body.ts";
import {
  type Call,
  checkKey,
  chosenId,
  mayRead,
  ownMemo,
  type Route,
  readableMemo,
  requireUser,
} from "./call.ts";
import { bindFiles } from "./files-api.ts";
import { compileFilter } from "./filter.ts";
import { notify } from "./inbox-api.ts";
import { checkLength, insertMemo, locationOf, visibilityOf } from "./memo-rows.ts";
import { cut, pageOf } from "./paging.ts";
import { memoJson } from "./render.ts";
import type { MemoRow } from "./state.ts";
import type { MemoState } from "./types.ts";

const all = /^\/api\/v1\/memos$/;
const one = /^\/api\/v1\/memos\/([^/]+)$/;
const listing = ["filter", "state", "parent", "orderBy", "pageSize", "pageToken"];

export const memoRoutes: Route[] = [
  { method: "POST", path: all, query: ["memoId"], access: "login", handle: createMemo },
  { method: "GET", path: all, query: listing, access: "public", handle: listMemos },
  { method: "GET", path: one, access: "public", handle: getMemo },
  { method: "PATCH", path: one, query: ["updateMask"], access: "login", handle: updateMemo },
  { method: "DELETE", path: one, access: "login", handle: deleteMemo },
  {
    method: "GET",
    path: /^\/api\/v1\/memos:by-uid\/([^/]+)$/,
    when: ({ numbered }) => numbered,
    access: "public",
    handle: getMemoByUid,
  },
  ...(["attachments", "resources"] as const).map(
    (files): Route => ({
      method: "PATCH",
      path: new RegExp(`^/api/v1/memos/([^/]+)/${files}$`),
      when: (features) => features.files === files,
      access: "login",
      handle: setFiles,
    }),
  ),
];

function createMemo(call: Call): Answer {
  const body = memoBody(call.body, call.features);
  requireUser(call);
  const row = insertMemo(call, body, chosenId(call, "memoId"));
  call.events.happened("memo.created", row);
  notify(call, row);
  return json(memoJson(call, row, { asCreated: true }));
}

function listMemos(call: Call): Answer {
  const { state, features, user, query } = call;
  const wanted = features.filterLanguage === "old" ? undefined : stateWanted(query.get("state"));
  const source = query.get("filter") ?? "";
  const parent = features.listsByParent ? query.get("parent") : null;
  // Who was made for the release before names a parent, which this one does not read.
  if (!source.includes("creator") && !query.has("parent")) throw notImitated("a list of everybody's memos");
  const page = pageOf(call);
  const filter = compileFilter(source, state);
  const rows = state.memos.filter((row) => {
    if (wanted !== undefined && row.state !== wanted) return false;
    if (state.isComment(row) || !mayRead(call, row)) return false;
    if (parent !== null && parent !== state.userNameOfId(row.creatorId)) return false;
    if (wanted === "ARCHIVED" && !features.othersArchivedListed && row.creatorId !== user?.id) return false;
    return filter(row);
  });
  const listed = cut(rows.toSorted(orderOf(call)), page);
  const shown = listed.rows.filter(
    (row) =>
      features.memosOfDeletedUser !== "hidden" ||
      state.users.some((candidate) => candidate.id === row.creatorId),
  );
  return json({ memos: shown.map((row) => memoJson(call, row)), nextPageToken: listed.nextPageToken });
}

function stateWanted(given: string | null): MemoState {
  if (given === null) return "NORMAL";
  if (given === "NORMAL" || given === "ARCHIVED") return given;
  throw notImitated(`the state ${given} of a list`);
}

function orderOf({ features, query }: Call): (a: MemoRow, b: MemoRow) => number {
  const given = query.get("orderBy");
  if (given !== null && (!features.orders || given !== "update_time desc"))
    throw notImitated(`a list by ${given}`);
  const wanted = given === null ? newestFirst : lastChangedFirst;
  if (!features.pinnedFirst) return wanted;
  return given === null ? pinnedFirst : (a, b) => Number(b.pinned) - Number(a.pinned) || wanted(a, b);
}

const lastChangedFirst = (a: MemoRow, b: MemoRow) => b.updatedTs - a.updatedTs || b.id - a.id;
const newestFirst = (a: MemoRow, b: MemoRow) => b.createdTs - a.createdTs || b.id - a.id;
const pinnedFirst = (a: MemoRow, b: MemoRow) =>
  Number(b.pinned) - Number(a.pinned) || b.createdTs - a.createdTs || a.id - b.id;

function getMemo(call: Call, key: string): Answer {
  return json(memoJson(call, readableMemo(call, key)));
}

function getMemoByUid(call: Call, uid: string): Answer {
  const row = call.state.memoByUid(uid);
  if (!row) throw notFound("memo");
  return getMemo(call, String(row.id));
}

/** 0.23.1: of a patch that changes none of these the rest is done all the same. */
const columns = ["content", "visibility", "state", "create_time", "update_time", "display_time", "location"];

function updateMemo(call: Call, uid: string): Answer {
  const body = memoPatch(call.body, call.features);
  const paths = (call.query.get("updateMask") ?? "").split(",");
  const row = ownMemo(call, uid);
  const changed: Partial<MemoRow> = call.features.everyPatchMovesUpdateTime
    ? { updatedTs: call.state.seconds() }
    : {};
  for (const path of paths) {
    switch (path) {
      case "content":
        changed.content = textOf(body, "content");
        checkLength(call, changed.content);
        break;
      case "visibility": {
        const parent = call.features.commentVisibilityOfParent ? call.state.parentOf(row) : undefined;
        changed.visibility = parent?.visibility ?? visibilityOf(body);
        if (changed.visibility === "PUBLIC" && call.state.settings.disallowPublicVisibility) {
          throw denied("disable public memos system setting is enabled");
        }
        break;
      }
      case "pinned":
        changed.pinned = body["pinned"] === true;
        break;
      case "state":
      case "row_status": {
        const field = call.features.rowStatus ? "rowStatus" : "state";
        if ((path === "row_status") !== call.features.rowStatus) break;
        changed.state = body[field] === "ARCHIVED" ? "ARCHIVED" : "NORMAL";
        break;
      }
      case "create_time":
        changed.createdTs = secondsOf(body, "createTime") ?? 0;
        break;
      case "update_time":
        if (call.features.patchesUpdateTime) changed.updatedTs = call.state.seconds();
        break;
      case "location":
        if (call.features.location) changed.location = locationOf(body);
        break;
      default:
        throw notImitated(`${path} in a mask`);
    }
  }
  const { content } = row;
  Object.assign(row, changed);
  if (changed.content !== undefined) notify(call, row, content);
  call.events.happened("memo.updated", row);
  if (call.features.failsWithoutColumn && !paths.some((path) => columns.includes(path))) {
    throw new ApiError(13, "failed to update memo");
  }
  return json(memoJson(call, row));
}

function deleteMemo(call: Call, uid: string): Answer {
  const row = ownMemo(call, uid);
  if (call.features.orphansFail && call.state.isComment(row) && !call.state.parentOf(row)) throw nilPointer();
  if (call.features.tripsOverDeleted && call.state.commentsOf(row).length > 0) {
    call.state.deleteMemoAlone(row);
    throw nilPointer();
  }
  call.events.happened("memo.deleted", row);
  call.state.deleteMemo(row);
  return json({});
}

function setFiles(call: Call, key: string): Answer {
  const { features, state } = call;
  const body = readBody(call.body, ["attachments", "resources"], "the files of a memo");
  requireUser(call);
  checkKey(call, key, "memo");
  const row = features.checksOwnerOfMemoFiles ? ownMemo(call, key) : state.memoNamed(key);
  if (!row && !features.numbered) throw nilPointer();
  if (row) bindFiles(call, row, filesOf(body, features.files), true);
  if (row && features.events) call.events.happened("memo.updated", row);
  return json({});
}
