/** Attachments: what is uploaded, bound to memos, read back and deleted. */
import {
  type Answer,
  ApiError,
  denied,
  invalid,
  json,
  nilPointer,
  notFound,
  routerRefusal,
  webPage,
} from "./answers.ts";
import { attachmentFields, type Body, bytesOf, type filesOf, notImitated, readBody, textOf } from "./body.ts";
import { type Call, checkKey, isUid, mayRead, type Route, requireUser, uidOfName } from "./call.ts";
import { attachmentJson } from "./render.ts";
import { type AttachmentRow, type MemoRow, newestFirst, shortId } from "./state.ts";
import type { Features } from "./version.ts";

const mebibyte = 1024 * 1024;
/** A disk takes names of 255 bytes; the server puts 48 before the one it was given. */
const longestFilename = 207;

export const fileRoutes: Route[] = [
  ...(["attachments", "resources"] as const).flatMap((files): Route[] => {
    const when = (features: Features) => features.files === files;
    const all = new RegExp(`^/api/v1/${files}$`);
    const one = new RegExp(`^/api/v1/${files}/([^/]+)$`);
    return [
      { method: "POST", path: all, query: ["attachmentId"], when, access: "login", handle: createAttachment },
      {
        method: "GET",
        path: all,
        query: ["pageSize", "pageToken"],
        when,
        access: "login",
        handle: listAttachments,
      },
      { method: "GET", path: one, when, access: "login", handle: getAttachment },
      { method: "DELETE", path: one, when, access: "login", handle: deleteAttachment },
    ];
  }),
  {
    method: "GET",
    path: /^\/api\/v1\/resources:by-uid\/([^/]+)$/,
    when: ({ numbered }) => numbered,
    access: "login",
    handle: getAttachmentByUid,
  },
];

function createAttachment(call: Call): Answer {
  const { state, features } = call;
  const body = readBody(call.body, attachmentFields, "a file");
  const user = requireUser(call);
  const filename = textOf(body, "filename");
  if (filename === "" && features.files === "attachments") throw invalid("filename is required");
  if (features.filenameChecked && !isFilename(filename))
    throw invalid("filename contains invalid characters or format");
  const bytes = bytesOf(body, "content");
  const type = typeOf(call, textOf(body, "type"));
  const uid = uidOf(call);
  if (bytes.length > state.settings.uploadSizeLimitMb * mebibyte)
    throw invalid("file size exceeds the limit");
  const stored = call.profile.reencodeJpeg ? reencoded(bytes) : bytes;
  if (!features.keepsEqualNames) writeOver(call, filename, stored);
  const memo = memoOf(call, body);
  if (features.localStorage && (Buffer.byteLength(filename) > longestFilename || filename.includes("\0"))) {
    throw new ApiError(13, unsavable(filename, state.seconds()));
  }
  if (features.choosesFileIds && !isUid(uid, features.memoIdMaxLength))
    throw new ApiError(13, "failed to create attachment: invalid uid");
  if (state.attachments.some((row) => row.uid === uid)) {
    throw new ApiError(
      13,
      "failed to create attachment: constraint failed: UNIQUE constraint failed: " +
        `${features.tokens === "jwt" ? "resource" : "attachment"}.uid (2067)`,
    );
  }
  const row: AttachmentRow = {
    id: state.nextId(),
    uid,
    creatorId: user.id,
    memoId: memo?.id,
    filename,
    type,
    bytes: stored,
    createdTs: state.seconds(),
    updatedTs: state.seconds(),
  };
  state.attachments.push(row);
  // From 0.25 on the answer does not tell the memo, though it is bound.
  return json(attachmentJson(state, row, features.boundFileTellsMemo));
}

/** With LOCAL storage second and name are the path: a file of both is written over, also by an upload that is refused then. */
function writeOver({ state }: Call, filename: string, bytes: Uint8Array): void {
  for (const row of state.attachments)
    if (row.filename === filename && row.createdTs === state.seconds()) row.writtenOver = bytes;
}

function unsavable(filename: string, seconds: number): string {
  const reason = filename.includes("\0") ? "invalid argument" : "file name too long";
  return `failed to save attachment blob: Failed to write file: open /var/opt/memos/assets/${seconds}_${crypto.randomUUID()}_${filename}: ${reason}`;
}

function uidOf(call: Call): string {
  const given = call.features.choosesFileIds ? (call.query.get("attachmentId") ?? "") : "";
  if (given === "") return shortId();
  if (call.features.checksAttachmentId && !isUid(given, call.features.memoIdMaxLength)) {
    throw invalid(call.features.memoIdError("attachment_id"));
  }
  return given;
}

function memoOf(call: Call, body: Body): MemoRow | undefined {
  const name = textOf(body, "memo");
  if (name === "") return undefined;
  const memo = call.state.memoNamed(uidOfName(name, "memos/"));
  if (!memo && call.features.missingMemoOfUpload === "passed over") return undefined;
  if (!memo) {
    throw call.features.missingMemoOfUpload === "panic"
      ? nilPointer()
      : new ApiError(5, `memo not found: ${name}`);
  }
  const user = requireUser(call);
  if (call.features.checksMemoOfUpload && memo.creatorId !== user.id && user.role !== "ADMIN") throw denied();
  return memo;
}

function isFilename(name: string): boolean {
  return !/[/\\]/.test(name) && !/^[ .]|[ .]$/.test(name);
}

/** Refuses what is no type. One is always given. */
function typeOf({ features }: Call, given: string): string {
  if (given === "") throw notImitated("a file without a type");
  if (features.typeRule === "any") return given;
  const word = "[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}";
  if (!new RegExp(`^${word}/${word}$`).test(given)) throw invalid("invalid MIME type format");
  return features.typeRule === "strict" ? given : given.toLowerCase();
}

/** A JPEG with one comment segment more: other bytes and another size, as after the real server's rewriting. */
function reencoded(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8 || bytes[2] !== 0xff) return bytes;
  const comment = Buffer.from("written anew by the server");
  const segment = Buffer.from([0xff, 0xfe, 0, comment.length + 2, ...comment]);
  return new Uint8Array(Buffer.concat([bytes.subarray(0, 2), segment, bytes.subarray(2)]));
}

function listAttachments(call: Call): Answer {
  const { state, query } = call;
  const user = requireUser(call);
  const { files, wholeLists } = call.features;
  const rows = newestFirst(state.attachments.filter((row) => row.creatorId === user.id));
  if (wholeLists) return json({ [files]: rows.map((row) => attachmentJson(state, row)) });
  const start = Number(query.get("pageToken") ?? 0);
  const end = start + Math.min(Number(query.get("pageSize")) || 50, 1000);
  return json({
    [files]: rows.slice(start, end).map((row) => attachmentJson(state, row)),
    nextPageToken: rows.length > end ? String(end) : "",
  });
}

const missing = (call: Call) => notFound(call.features.files.slice(0, -1));

function getAttachmentByUid(call: Call, uid: string): Answer {
  const row = call.state.attachments.find((candidate) => candidate.uid === uid);
  if (!row) throw missing(call);
  return getAttachment(call, call.state.attachmentKey(row));
}

function getAttachment(call: Call, key: string): Answer {
  const { state, features } = call;
  requireUser(call);
  if (features.files === "resources") checkKey(call, key, "resource");
  const row = state.attachmentNamed(key);
  if (!row) throw missing(call);
  const memo = state.memoById(row.memoId);
  if (features.unlinkedFilesOpen) return json(attachmentJson(state, row));
  if (!isOwn(call, row) && !(memo && mayRead(call, memo))) throw denied();
  return json(attachmentJson(state, row));
}

/** Another user's file is as good as missing here. */
function deleteAttachment(call: Call, key: string): Answer {
  const user = requireUser(call);
  const row = call.state.attachmentNamed(key);
  if (!row || row.creatorId !== user.id) throw missing(call);
  call.state.deleteAttachment(row);
  return json({});
}

/**
 * Makes these the memo's files, in this order: others of it are deleted, files of other memos move here.
 * With a missing file nothing changes from 0.27 on; before, the files named behind it are stamped already.
 */
export function bindFiles(
  call: Call,
  memo: MemoRow,
  wanted: ReturnType<typeof filesOf>,
  isSetter: boolean,
): void {
  const { state, features } = call;
  const user = requireUser(call);
  const { files } = features;
  const uids = wanted.map(({ name }) => uidOfName(name, `${files}/`));
  // Where numbers are names, what is bound is recognised by its uid alone.
  const kept = features.numbered ? wanted.map(({ uid }) => uid) : uids;
  const rowOf = (uid: string) => {
    const row = state.attachmentNamed(uid);
    if (!row && features.missingFile === "passed over") return undefined;
    if (!row)
      throw features.missingFile === "panic" ? nilPointer() : new ApiError(5, `attachment not found: ${uid}`);
    if (features.checksOwnerOfBoundFile && row.creatorId !== user.id && user.role !== "ADMIN") {
      throw denied("cannot attach another user's attachment");
    }
    return row;
  };
  if (features.checksFilesFirst) for (const uid of uids) rowOf(uid);
  for (const row of state.attachments.filter((file) => file.memoId === memo.id && !kept.includes(file.uid))) {
    state.deleteAttachment(row);
  }
  for (const [index, uid] of uids.toReversed().entries()) {
    const row = rowOf(uid);
    if (!row) continue;
    row.memoId = memo.id;
    row.updatedTs = state.seconds() + index;
  }
  if (isSetter && features.setterMovesUpdateTime) memo.updatedTs = state.seconds();
}

function isOwn(call: Call, row: AttachmentRow): boolean {
  return row.creatorId === call.user?.id || call.user?.role === "ADMIN";
}

/** The bytes, at /file/attachments/{uid}/{any name}. From 0.26 on answers in the router's shape, not the gateway's. */
export function downloadFile(call: Call, uid: string): Answer {
  const { state, features, user } = call;
  const row = state.attachmentNamed(uid);
  if (features.tokens === "jwt") {
    if (!row) throw missing(call);
    const holder = state.memoById(row.memoId);
    if (holder && !mayRead(call, holder)) throw new ApiError(16, "unauthorized access");
    return fileAnswer(row);
  }
  if (!row) return features.missingFilePage ? webPage() : routerRefusal(404, "attachment not found");
  const memo = state.memoById(row.memoId);
  const anonymous = memo?.visibility === "PUBLIC" && !call.profile.privateInstance;
  if (!user && !anonymous) return routerRefusal(401, "unauthorized access");
  const shared = memo?.visibility === "PUBLIC" || memo?.visibility === "PROTECTED";
  if (!shared && !isOwn(call, row)) return routerRefusal(403, "forbidden access");
  return fileAnswer(row);
}

function fileAnswer({ bytes, writtenOver, type }: AttachmentRow): Answer {
  const unsafe = !/^(image|audio|video)\//.test(type) && /html|javascript|xml/.test(type);
  const shown = type.startsWith("text/") ? `${type}; charset=utf-8` : type;
  const contentType = unsafe ? "application/octet-stream" : shown;
  return { status: 200, contentType, body: writtenOver ?? bytes, headers: {} };
}
