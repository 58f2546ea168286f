/** Memos: created, listed, read, changed, deleted, and their files. */
import { type Answer, ApiError, denied, invalid, json, nilPointer, notFound } from "./answers.ts";
import {
  bodyOf,
  type Call,
  checkKey,
  chosenId,
  mayRead,
  ownMemo,
  parameter,
  patchOf,
  type Route,
  readableMemo,
  requireUser,
  wrapped,
} from "./call.ts";
import { bindFiles } from "./files-api.ts";
import { compileFilter, type FilterSubject } from "./filter.ts";
import { compileOldFilter, refusedOld } from "./filter-old.ts";
import { readMarkdown } from "./markdown.ts";
import { bindRelations, checkLength, insertMemo, locationOf, number, visibilityOf } from "./memo-rows.ts";
import { cut, pageOf } from "./paging.ts";
import { messages, text } from "./protojson.ts";
import { attachmentJson, memoJson } from "./render.ts";
import type { MemoRow } from "./state.ts";
import type { MemoState } from "./types.ts";

const memo = "/api/v1/memos/([^/]*)";

export const memoRoutes: Route[] = [
  { method: "POST", path: route("/api/v1/memos"), access: "login", handle: createMemo },
  { method: "GET", path: route("/api/v1/memos"), access: "public", handle: listMemos },
  { method: "GET", path: route(memo), access: "public", handle: getMemo },
  { method: "PATCH", path: route(memo), access: "login", handle: updateMemo },
  { method: "DELETE", path: route(memo), access: "login", handle: deleteMemo },
  {
    method: "GET",
    path: route("/api/v1/memos:by-uid/([^/]*)"),
    when: ({ numbered }) => numbered,
    access: "public",
    handle: getMemoByUid,
  },
  { method: "GET", path: route(`${memo}/(attachments|resources)`), access: "login", handle: listFiles },
  { method: "PATCH", path: route(`${memo}/(attachments|resources)`), access: "login", handle: setFiles },
];

function route(path: string): RegExp {
  return new RegExp(`^${path}$`);
}

function createMemo(call: Call): Answer {
  const body = bodyOf(call, call.schema.newMemo);
  requireUser(call);
  return json(memoJson(call, insertMemo(call, body, chosenId(call, "memoId")), { asCreated: true }));
}

function listMemos(call: Call): Answer {
  const { state, features, user } = call;
  const isOld = features.filterLanguage === "old";
  const wanted = isOld ? null : stateParameter(call);
  const order = orderOf(call);
  const source = parameter(call, "filter") ?? "";
  if (isOld && source === "" && !user) throw refusedOld("filter is required for unauthenticated user");
  const withComments = isOld && source.includes("include_comments == true");
  const isOwned = /\bcreator ==/.test(source) || user === undefined;
  const audience = isOwned ? "readable" : features.listsWithoutCreator;
  const parent = features.listsByParent ? (parameter(call, "parent") ?? "users/-") : "users/-";
  const page = pageOf(call);
  const filter = source === "" ? () => true : compiled(call, source);
  const rows = state.memos.filter((row) => {
    if (wanted !== null && row.state !== wanted) return false;
    if (state.isComment(row) && !withComments) return false;
    if (parent !== "users/-" && parent !== state.userNameOfId(row.creatorId)) return false;
    if (wanted === "ARCHIVED" && !features.othersArchivedListed && row.creatorId !== user?.id) return false;
    const isSeen =
      audience === "all" || (mayRead(call, row) && (audience === "readable" || row.visibility !== "PRIVATE"));
    return isSeen && filter(subjectOf(call, row));
  });
  const listed = cut(rows.toSorted(order), page);
  const shown = listed.rows.filter(
    (row) =>
      features.memosOfDeletedUser !== "hidden" ||
      state.users.some((candidate) => candidate.id === row.creatorId),
  );
  return json({
    memos: shown.map((row) => memoJson(call, row, { snippets: false })),
    nextPageToken: listed.nextPageToken,
    ...(features.memosTotalSize ? { totalSize: 0 } : {}),
  });
}

function compiled({ features, state }: Call, source: string): (subject: FilterSubject) => boolean {
  const { filterLanguage, filter } = features;
  const isUser = (name: string) => state.users.some((one) => state.userName(one) === name);
  if (filterLanguage === "old") return compileOldFilter(source, filter, isUser);
  try {
    return compileFilter(source, filter);
  } catch (error) {
    // The same library, told in other words.
    if (!(error instanceof ApiError)) throw error;
    const doubled = "invalid filter: failed to compile filter: failed to compile filter: ";
    throw invalid(error.message.replace(doubled, filter.refusal));
  }
}

function subjectOf(call: Call, row: MemoRow) {
  const reading = readMarkdown(row.content, call.features.markdown);
  return {
    ...reading.property,
    state: row.state,
    uid: row.uid,
    content: row.content,
    creator: call.state.userNameOfId(row.creatorId),
    creatorId: row.creatorId,
    createdTs: row.createdTs,
    updatedTs: row.updatedTs,
    pinned: row.pinned,
    visibility: row.visibility,
    tags: reading.tags,
    now: call.state.seconds(),
  };
}

function stateParameter(call: Call): MemoState {
  const given = parameter(call, "state");
  if (given === undefined) return "NORMAL";
  if (given === "ARCHIVED" || given === "2") return "ARCHIVED";
  if (["NORMAL", "STATE_UNSPECIFIED", "0", "1"].includes(given)) return "NORMAL";
  throw invalid(`parsing field "state": ${JSON.stringify(given)} is not a valid value`);
}

function orderOf(call: Call): (a: MemoRow, b: MemoRow) => number {
  const steps: ((a: MemoRow, b: MemoRow) => number)[] = [];
  let timed = false;
  const { ordersLists, displayTime } = call.features;
  const wanted = ordersLists === "none" ? "" : (parameter(call, "orderBy") ?? "");
  for (const part of ordersLists === "many" ? wanted.split(",") : [wanted]) {
    const [field, direction = "asc"] = part.trim().split(/\s+/);
    if (!field) continue;
    if (!["asc", "desc"].includes(direction.toLowerCase())) {
      throw invalid(`invalid order_by: invalid order direction: ${direction}, must be 'asc' or 'desc'`);
    }
    const sign = direction.toLowerCase() === "asc" ? 1 : -1;
    if (field === "pinned" && ordersLists === "many")
      steps.push((a, b) => Number(b.pinned) - Number(a.pinned));
    else if (field === "create_time") steps.push((a, b) => sign * (a.createdTs - b.createdTs));
    else if (field === "update_time") steps.push((a, b) => sign * (a.updatedTs - b.updatedTs));
    else if (field !== "name") {
      const fields = [
        ...(ordersLists === "many" ? ["pinned"] : []),
        ...(displayTime ? ["display_time"] : []),
        ..."create_time update_time name".split(" "),
      ];
      throw invalid(
        `invalid order_by: unsupported order field: ${field}, supported fields are: ${fields.join(", ")}`,
      );
    }
    timed ||= field === "create_time" || field === "update_time";
  }
  if (call.features.pinnedFirst) steps.unshift((a, b) => Number(b.pinned) - Number(a.pinned));
  if (!timed) steps.push((a, b) => b.createdTs - a.createdTs);
  const ties = call.features.listsByParent ? 1 : -1;
  return (a, b) => steps.reduce((sum, step) => sum || step(a, b), 0) || ties * (a.id - b.id);
}

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
  const { message: body, paths } = patchOf(call, call.schema.memo);
  const row = ownMemo(call, uid);
  const { files } = call.features;
  const changed: Partial<MemoRow> = call.features.everyPatchMovesUpdateTime
    ? { updatedTs: call.state.seconds() }
    : {};
  for (const path of paths) {
    switch (path) {
      case "content":
        changed.content = text(body, "content");
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
      case call.features.rowStatus ? "row_status" : "state":
        changed.state =
          body[call.features.rowStatus ? "rowStatus" : "state"] === "ARCHIVED" ? "ARCHIVED" : "NORMAL";
        break;
      case "create_time":
        changed.createdTs = number(body["createTime"]) ?? 0;
        break;
      case "update_time":
        if (call.features.patchesUpdateTime)
          changed.updatedTs = number(body["updateTime"]) ?? call.state.seconds();
        break;
      case "display_time":
        if (call.features.displayTime) changed.createdTs = number(body["displayTime"]) ?? 0;
        break;
      case "location":
        if (call.features.location) changed.location = locationOf(body);
        break;
      case files:
        if (!call.features.filesOnCreate) break;
        wrapped(`failed to set memo ${files}`, () => bindFiles(call, row, messages(body, files), true));
        break;
      case "relations":
        wrapped("failed to set memo relations", () => bindRelations(call, row, messages(body, "relations")));
        break;
    }
  }
  Object.assign(row, changed);
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
  call.state.deleteMemo(row);
  return json({});
}

function listFiles(call: Call, uid: string, files: string): Answer {
  if (files !== call.features.files) throw new ApiError(5, "Not Found");
  const row = readableMemo(call, uid);
  return json({
    [files]: call.state.attachmentsOf(row).map((file) => attachmentJson(call.state, file)),
    ...(call.features.wholeLists ? {} : { nextPageToken: "" }),
    ...(call.features.memosTotalSize ? { totalSize: 0 } : {}),
  });
}

function setFiles(call: Call, key: string, files: string): Answer {
  const { features, state } = call;
  if (files !== features.files) throw new ApiError(5, "Not Found");
  const body = bodyOf(call, call.schema.attachmentList);
  requireUser(call);
  checkKey(call, key, "memo");
  const row = features.checksOwnerOfMemoFiles ? ownMemo(call, key) : state.memoNamed(key);
  if (!row && !features.numbered) throw nilPointer();
  if (row) bindFiles(call, row, messages(body, files), true);
  return json({});
}
