/** Memos: created, listed, read, changed, deleted, and their files. */
import { type Answer, denied, invalid, json } from "./answers.ts";
import {
  bodyOf,
  type Call,
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
import { compileFilter } from "./filter.ts";
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
  { method: "GET", path: route(`${memo}/attachments`), access: "login", handle: listFiles },
  { method: "PATCH", path: route(`${memo}/attachments`), access: "login", handle: setFiles },
];

function route(path: string): RegExp {
  return new RegExp(`^${path}$`);
}

function createMemo(call: Call): Answer {
  const body = bodyOf(call, call.schema.memo);
  requireUser(call);
  return json(memoJson(call, insertMemo(call, body, chosenId(call, "memoId")), { asCreated: true }));
}

function listMemos(call: Call): Answer {
  const { state, features, user } = call;
  const wanted = stateParameter(call);
  const order = orderOf(call);
  const source = parameter(call, "filter") ?? "";
  const page = pageOf(call);
  const filter = source === "" ? () => true : compileFilter(source, features.filter);
  const rows = state.memos.filter((row) => {
    if (row.state !== wanted || state.isComment(row)) return false;
    if (wanted === "ARCHIVED" && !features.othersArchivedListed && row.creatorId !== user?.id) return false;
    return mayRead(call, row) && filter(subjectOf(call, row));
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
  });
}

function subjectOf(call: Call, row: MemoRow) {
  const reading = readMarkdown(row.content, call.features.markdown);
  return {
    ...reading.property,
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
  for (const part of (parameter(call, "orderBy") ?? "").split(",")) {
    const [field, direction = "asc"] = part.trim().split(/\s+/);
    if (!field) continue;
    if (!["asc", "desc"].includes(direction.toLowerCase())) {
      throw invalid(`invalid order_by: invalid order direction: ${direction}, must be 'asc' or 'desc'`);
    }
    const sign = direction.toLowerCase() === "asc" ? 1 : -1;
    if (field === "pinned") steps.push((a, b) => Number(b.pinned) - Number(a.pinned));
    else if (field === "create_time") steps.push((a, b) => sign * (a.createdTs - b.createdTs));
    else if (field === "update_time") steps.push((a, b) => sign * (a.updatedTs - b.updatedTs));
    else if (field !== "name") {
      const fields = call.features.displayTime
        ? "pinned, display_time, create_time, update_time, name"
        : "pinned, create_time, update_time, name";
      throw invalid(`invalid order_by: unsupported order field: ${field}, supported fields are: ${fields}`);
    }
    timed ||= field === "create_time" || field === "update_time";
  }
  if (!timed) steps.push((a, b) => b.createdTs - a.createdTs);
  return (a, b) => steps.reduce((sum, step) => sum || step(a, b), 0) || b.id - a.id;
}

function getMemo(call: Call, uid: string): Answer {
  return json(memoJson(call, readableMemo(call, uid)));
}

function updateMemo(call: Call, uid: string): Answer {
  const { message: body, paths } = patchOf(call, call.schema.memo);
  const row = ownMemo(call, uid);
  const changed: Partial<MemoRow> = {};
  for (const path of paths) {
    switch (path) {
      case "content":
        changed.content = text(body, "content");
        checkLength(call, changed.content);
        break;
      case "visibility": {
        const parent = call.features.commentVisibilityOfParent ? call.state.parentOf(row) : undefined;
        changed.visibility = parent ? row.visibility : visibilityOf(body);
        if (changed.visibility === "PUBLIC" && call.state.settings.disallowPublicVisibility) {
          throw denied("disable public memos system setting is enabled");
        }
        break;
      }
      case "pinned":
        changed.pinned = body["pinned"] === true;
        break;
      case "state":
        changed.state = body["state"] === "ARCHIVED" ? "ARCHIVED" : "NORMAL";
        break;
      case "create_time":
        changed.createdTs = number(body["createTime"]) ?? 0;
        break;
      case "update_time":
        changed.updatedTs = number(body["updateTime"]) ?? call.state.seconds();
        break;
      case "display_time":
        if (call.features.displayTime) changed.createdTs = number(body["displayTime"]) ?? 0;
        break;
      case "location":
        changed.location = locationOf(body);
        break;
      case "attachments":
        wrapped("failed to set memo attachments", () =>
          bindFiles(call, row, messages(body, "attachments"), true),
        );
        break;
      case "relations":
        wrapped("failed to set memo relations", () => bindRelations(call, row, messages(body, "relations")));
        break;
    }
  }
  Object.assign(row, changed);
  return json(memoJson(call, row));
}

function deleteMemo(call: Call, uid: string): Answer {
  call.state.deleteMemo(ownMemo(call, uid));
  return json({});
}

function listFiles(call: Call, uid: string): Answer {
  const row = readableMemo(call, uid);
  return json({
    attachments: call.state.attachmentsOf(row).map((file) => attachmentJson(call.state, file)),
    nextPageToken: "",
  });
}

function setFiles(call: Call, uid: string): Answer {
  const body = bodyOf(call, call.schema.attachmentList);
  requireUser(call);
  bindFiles(call, ownMemo(call, uid), messages(body, "attachments"), true);
  return json({});
}
