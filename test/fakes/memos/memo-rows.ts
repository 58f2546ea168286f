/** What creating and changing memos share. */
import { ApiError, denied, invalid } from "./answers.ts";
import { type Body, filesOf, isObject, secondsOf, textOf } from "./body.ts";
import { type Call, requireUser } from "./call.ts";
import { bindFiles } from "./files-api.ts";
import { type Location, type MemoRow, shortId } from "./state.ts";
import type { Visibility } from "./types.ts";

/** The row is there before its files are bound: a failure of those leaves it. */
export function insertMemo(
  call: Call,
  body: Body,
  uid: string | undefined,
  visibility = visibilityOf(body),
): MemoRow {
  const { state, features } = call;
  const user = requireUser(call);
  const content = textOf(body, "content");
  checkLength(call, content);
  if (visibility === "PUBLIC" && state.settings.disallowPublicVisibility) {
    throw denied("disable public memos system setting is enabled");
  }
  if (uid !== undefined && state.memoByUid(uid))
    throw new ApiError(6, `memo with ID "${uid}" already exists`);
  const now = state.seconds();
  const given = secondsOf(body, "createTime");
  const row: MemoRow = {
    id: state.nextId(),
    uid: uid ?? shortId(),
    parentId: undefined,
    creatorId: user.id,
    content,
    visibility,
    state: "NORMAL",
    pinned: false,
    createdTs: (features.timeOnCreate ? given : undefined) ?? now,
    updatedTs: now,
    location: locationOf(body),
  };
  state.addMemo(row);
  const files = filesOf(body, features.files);
  if (files.length > 0) bindNew(call, row, files);
  return row;
}

function bindNew(call: Call, row: MemoRow, files: ReturnType<typeof filesOf>): void {
  try {
    bindFiles(call, row, files, false);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === 13) throw error;
    const word = { 3: "InvalidArgument", 5: "NotFound", 7: "PermissionDenied" }[error.code as 3 | 5 | 7];
    const what = `failed to set memo ${call.features.files}`;
    throw new ApiError(error.code, `${what}: rpc error: code = ${word} desc = ${error.message}`);
  }
}

export function checkLength(call: Call, content: string): void {
  const limit = call.state.contentLimit();
  if (Buffer.byteLength(content) > limit) throw invalid(`content too long (max ${limit} characters)`);
}

export function visibilityOf(body: Body): Visibility {
  const given = textOf(body, "visibility");
  return given === "PUBLIC" || given === "PROTECTED" ? given : "PRIVATE";
}

export function locationOf(body: Body): Location | undefined {
  const given = body["location"];
  if (!isObject(given)) return undefined;
  const { latitude, longitude } = given;
  return {
    placeholder: textOf(given, "placeholder"),
    latitude: Number(latitude ?? 0),
    longitude: Number(longitude ?? 0),
  };
}
