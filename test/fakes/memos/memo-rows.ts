/** What creating and changing memos share. */
import { ApiError, denied, invalid, nilPointer, Panic } from "./answers.ts";
import { type Call, requireUser, uidOfName, wrapped } from "./call.ts";
import { bindFiles } from "./files-api.ts";
import { child, type Message, messages, text } from "./protojson.ts";
import { type Location, type MemoRow, shortId } from "./state.ts";
import type { Visibility } from "./types.ts";

/** The row is there before its files and relations are bound: a failure of those leaves it. */
export function insertMemo(
  call: Call,
  body: Message,
  uid: string | undefined,
  visibility = visibilityOf(body),
): MemoRow {
  const { state } = call;
  const user = requireUser(call);
  const content = text(body, "content");
  checkLength(call, content);
  if (visibility === "PUBLIC" && state.settings.disallowPublicVisibility) {
    throw denied("disable public memos system setting is enabled");
  }
  if (uid !== undefined && state.memoByUid(uid))
    throw new ApiError(6, `memo with ID "${uid}" already exists`);
  const times = call.features.timeOnCreate;
  const now = state.seconds();
  const row: MemoRow = {
    id: state.nextId(),
    uid: uid ?? shortId(),
    creatorId: user.id,
    content,
    visibility,
    state: "NORMAL",
    pinned: false,
    createdTs: times ? (number(body["createTime"]) ?? number(body["displayTime"]) ?? now) : now,
    updatedTs: times ? (number(body["updateTime"]) ?? now) : now,
    location: locationOf(body),
  };
  state.memos.push(row);
  const { files } = call.features;
  if (messages(body, files).length > 0) {
    wrapped(`failed to set memo ${files}`, () => bindFiles(call, row, messages(body, files), false));
  }
  if (messages(body, "relations").length > 0) {
    wrapped("failed to set memo relations", () => bindRelations(call, row, messages(body, "relations")));
  }
  return row;
}

/** Replaces the references; comments are not touched, a relation to itself is passed over. */
export function bindRelations(call: Call, row: MemoRow, wanted: Message[]): void {
  const { state } = call;
  state.relations = state.relations.filter(
    (relation) => relation.memoId !== row.id || relation.type !== "REFERENCE",
  );
  for (const relation of wanted) {
    if (relation["type"] === "COMMENT") continue;
    const related = child(relation, "relatedMemo");
    if (!related) throw new Panic("no related memo");
    const target = state.memoNamed(uidOfName(text(related, "name"), "memos/", "related memo name"));
    if (!target)
      throw call.features.tokens === "jwt" ? nilPointer() : new Panic("the related memo is missing");
    if (target === row || state.relations.some((old) => old.memoId === row.id && old.relatedId === target.id))
      continue;
    state.relations.push({ memoId: row.id, relatedId: target.id, type: "REFERENCE" });
  }
}

export function checkLength(call: Call, content: string): void {
  const limit = call.state.contentLimit();
  if (Buffer.byteLength(content) > limit) throw invalid(`content too long (max ${limit} characters)`);
}

export function visibilityOf(body: Message): Visibility {
  const given = body["visibility"];
  return given === "PUBLIC" || given === "PROTECTED" ? given : "PRIVATE";
}

export function locationOf(body: Message): Location | undefined {
  const given = child(body, "location");
  if (!given) return undefined;
  return {
    placeholder: text(given, "placeholder"),
    latitude: number(given["latitude"]) ?? 0,
    longitude: number(given["longitude"]) ?? 0,
  };
}

export function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
