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
import {
  bodyOf,
  type Call,
  checkKey,
  intParameter,
  isUid,
  mayRead,
  parameter,
  patchOf,
  type Route,
  requireUser,
  uidOfName,
} from "./call.ts";
import { type Message, text } from "./protojson.ts";
import { attachmentJson } from "./render.ts";
import { type AttachmentRow, type MemoRow, newestFirst, shortId } from "./state.ts";
import type { Features } from "./version.ts";

const mebibyte = 1024 * 1024;
/** A disk takes names of 255 bytes; the server puts 48 before the one it was given. */
const longestFilename = 207;
const largestBatch = 100;

export const fileRoutes: Route[] = [
  ...(["attachments", "resources"] as const).flatMap((files): Route[] => {
    const when = (features: Features) => features.files === files;
    const all = new RegExp(`^/api/v1/${files}$`);
    const one = new RegExp(`^/api/v1/${files}/([^/]*)$`);
    return [
      { method: "POST", path: all, when, access: "login", handle: createAttachment },
      { method: "GET", path: all, when, access: "login", handle: listAttachments },
      { method: "GET", path: one, when, access: "login", handle: getAttachment },
      { method: "DELETE", path: one, when, access: "login", handle: deleteAttachment },
    ];
  }),
  {
    method: "GET",
    path: /^\/api\/v1\/resources:by-uid\/([^/]*)$/,
    when: ({ numbered }) => numbered,
    access: "login",
    handle: getAttachmentByUid,
  },
  {
    method: "PATCH",
    path: /^\/api\/v1\/resources\/([^/]*)$/,
    when: ({ numbered }) => numbered,
    access: "login",
    handle: bindFile,
  },
  { method: "POST", path: /^\/api\/v1\/attachments:batchDelete$/, access: "login", handle: batchDelete },
];

function createAttachment(call: Call): Answer {
  const { state, features } = call;
  const body = bodyOf(call, call.schema.attachment);
  const user = requireUser(call);
  const filename = text(body, "filename");
  if (filename === "" && features.files === "attachments") throw invalid("filename is required");
  if (features.filenameChecked && !isFilename(filename))
    throw invalid("filename contains invalid characters or format");
  const content = body["content"];
  const bytes = content instanceof Uint8Array ? content : new Uint8Array();
  const type = typeOf(call, text(body, "type"), filename, bytes);
  const uid = uidOf(call);
  if (bytes.length > state.settings.uploadSizeLimitMb * mebibyte)
    throw invalid("file size exceeds the limit");
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
    bytes: call.profile.reencodeJpeg ? reencoded(bytes) : bytes,
    createdTs: state.seconds(),
    updatedTs: state.seconds(),
  };
  state.attachments.push(row);
  // From 0.25 on the answer does not tell the memo, though it is bound.
  return json(attachmentJson(state, row, features.boundFileTellsMemo));
}

function unsavable(filename: string, seconds: number): string {
  const reason = filename.includes("\0") ? "invalid argument" : "file name too long";
  return `failed to save attachment blob: Failed to write file: open /var/opt/memos/assets/${seconds}_${crypto.randomUUID()}_${filename}: ${reason}`;
}

function uidOf(call: Call): string {
  const given = call.features.choosesFileIds ? (parameter(call, "attachmentId") ?? "") : "";
  if (given.trim() === "") return shortId();
  if (!call.features.checksAttachmentId) return given;
  const uid = given.trim();
  if (!isUid(uid, call.features.memoIdMaxLength)) throw invalid(call.features.memoIdError("attachment_id"));
  return uid;
}

function memoOf(call: Call, body: Message): MemoRow | undefined {
  if (body["memo"] === undefined) return undefined;
  const name = text(body, "memo");
  const memo = call.state.memoNamed(uidOfName(name, "memos/", "memo name"));
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

/** Refuses what is no type; an absent one is guessed from the name, then from the bytes. */
function typeOf(call: Call, given: string, filename: string, bytes: Uint8Array): string {
  if (given === "" && call.features.typeRequired) throw invalid("type is required");
  if (call.features.typeRule === "any") return given;
  if (given === "")
    return typesByExtension[/\.([^.]+)$/.exec(filename)?.[1]?.toLowerCase() ?? ""] ?? sniffed(bytes);
  if (call.features.typeRule === "strict") {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}\/[a-zA-Z0-9][a-zA-Z0-9!#$&^_.+-]{0,126}$/.test(given)) {
      throw invalid("invalid MIME type format");
    }
    return given;
  }
  const token = "[a-zA-Z0-9!#$%&'*+.^_`{|}~-]+";
  const parameters = `(?:\\s*;\\s*(?:${token}=(?:${token}|"[^"]*"))?)*\\s*`;
  const match = new RegExp(`^\\s*(${token}(?:/${token})?)\\s*${parameters}$`).exec(given);
  if (!match?.[1]) throw invalid("invalid MIME type format");
  return match[1].toLowerCase();
}

function sniffed(bytes: Uint8Array): string {
  const starts = (...wanted: number[]) => wanted.every((byte, index) => bytes[index] === byte);
  if (starts(0xff, 0xd8, 0xff)) return "image/jpeg";
  if (starts(0x89, 0x50, 0x4e, 0x47)) return "image/png";
  if (starts(0x47, 0x49, 0x46, 0x38)) return "image/gif";
  if (starts(0x25, 0x50, 0x44, 0x46)) return "application/pdf";
  const binary = bytes.subarray(0, 512).some((byte) => byte < 32 && ![9, 10, 12, 13, 27].includes(byte));
  return binary ? "application/octet-stream" : "text/plain";
}

const typesByExtension: Record<string, string> = {
  bin: "application/octet-stream",
  csv: "text/csv",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  gif: "image/gif",
  heic: "image/heif",
  htm: "text/html",
  html: "text/html",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  json: "application/json",
  m4a: "audio/mp4",
  md: "text/markdown",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain",
  webm: "audio/webm",
  webp: "image/webp",
  zip: "application/zip",
};

/** A JPEG with one comment segment more: other bytes and another size, as after the real server's rewriting. */
function reencoded(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8 || bytes[2] !== 0xff) return bytes;
  const comment = Buffer.from("written anew by the server");
  const segment = Buffer.from([0xff, 0xfe, 0, comment.length + 2, ...comment]);
  return new Uint8Array(Buffer.concat([bytes.subarray(0, 2), segment, bytes.subarray(2)]));
}

function listAttachments(call: Call): Answer {
  const { state } = call;
  const user = requireUser(call);
  const size = intParameter(call, "pageSize") ?? 0;
  const { files, wholeLists } = call.features;
  const limit = wholeLists ? Number.POSITIVE_INFINITY : size > 0 ? Math.min(size, 1000) : 50;
  const token = parameter(call, "pageToken") ?? "";
  if (!/^\d*$/.test(token)) throw invalid("invalid page token");
  // The files' own filter language is not imitated: refused, rather than answered wrongly.
  if (parameter(call, "filter")) throw invalid("invalid filter: the fake does not filter attachments");
  const rows = newestFirst(state.attachments.filter((row) => row.creatorId === user.id));
  const end = Number(token) + limit;
  const page = rows.slice(Number(token), end);
  if (wholeLists) return json({ [files]: page.map((row) => attachmentJson(state, row)) });
  return json({
    [files]: page.map((row) => attachmentJson(state, row)),
    nextPageToken: rows.length > end ? String(end) : "",
    ...(call.features.totalSize ? { totalSize: page.length } : {}),
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

/** Only the memo of a file can be changed here. */
function bindFile(call: Call, key: string): Answer {
  const { message, paths } = patchOf(call, call.schema.attachment);
  const row = call.state.attachmentNamed(key);
  if (!row) throw missing(call);
  if (paths.includes("memo")) row.memoId = memoOf(call, message)?.id;
  return json(attachmentJson(call.state, row));
}

/** Another user's file is as good as missing here. */
function deleteAttachment(call: Call, key: string): Answer {
  const user = requireUser(call);
  const row = call.state.attachmentNamed(key);
  if (!row || row.creatorId !== user.id) throw missing(call);
  call.state.deleteAttachment(row);
  return json({});
}

/** All or none. */
function batchDelete(call: Call): Answer {
  if (!call.features.batchDelete) throw new ApiError(5, "Not Found");
  const names = bodyOf(call, call.schema.batchDelete)["names"];
  requireUser(call);
  const given = Array.isArray(names) ? names.map(String) : [];
  if (given.length === 0) throw invalid("attachment names are required");
  if (given.length > largestBatch) throw invalid(`too many attachment names; max ${largestBatch}`);
  const uids = given.map((name) => uidOfName(name, "attachments/", "attachment id"));
  const rows = uids.map((uid) => {
    const row = call.state.attachments.find((candidate) => candidate.uid === uid);
    if (!row) throw notFound("attachment");
    if (!isOwn(call, row)) throw denied();
    return row;
  });
  for (const row of rows) call.state.deleteAttachment(row);
  return json({});
}

/**
 * Makes these the memo's files, in this order: others of it are deleted, files of other memos move here.
 * With a missing file nothing changes from 0.27 on; before, the files named behind it are stamped already.
 */
export function bindFiles(call: Call, memo: MemoRow, wanted: Message[], isSetter: boolean): void {
  const { state, features } = call;
  const user = requireUser(call);
  const { files } = features;
  const uids = wanted.map((file) => uidOfName(text(file, "name"), `${files}/`, `${files.slice(0, -1)} name`));
  // Where numbers are names, what is bound is recognised by its uid alone.
  const kept = features.numbered ? wanted.map((file) => text(file, "uid")) : uids;
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
    return fileAnswer(call, row);
  }
  if (!row) return features.missingFilePage ? webPage() : routerRefusal(404, "attachment not found");
  const memo = state.memoById(row.memoId);
  const anonymous = memo?.visibility === "PUBLIC" && !call.profile.privateInstance;
  if (!user && !anonymous) return routerRefusal(401, "unauthorized access");
  const shared = memo?.visibility === "PUBLIC" || memo?.visibility === "PROTECTED";
  if (!shared && !isOwn(call, row)) return routerRefusal(403, "forbidden access");
  return fileAnswer(call, row);
}

function fileAnswer(call: Call, row: AttachmentRow): Answer {
  const media = /^(image|audio|video)\//.test(row.type);
  const unsafe = !media && /html|javascript|xml/.test(row.type);
  const contentType = unsafe
    ? "application/octet-stream"
    : row.type.startsWith("text/")
      ? `${row.type}; charset=utf-8`
      : row.type;
  const asDownload = !media && row.type !== "application/pdf";
  const headers: Record<string, string> = { "cache-control": "public, max-age=3600" };
  if (asDownload) {
    const quoted = row.filename.replace(/["\\]/g, "\\$&");
    headers["content-disposition"] = `attachment; filename="${headerText(quoted)}"`;
  }
  if (/^(image|video)\//.test(row.type)) headers["color-gamut"] = "srgb, p3, rec2020";
  if (!call.features.localStorage) return { status: 200, contentType, body: row.bytes, headers };
  headers["accept-ranges"] = "bytes";
  headers["last-modified"] = new Date(row.createdTs * 1000).toUTCString();
  return ranged(row.bytes, call.headers.range, { status: 200, contentType, body: row.bytes, headers });
}

/** One range as asked for; several at once get the whole file. */
function ranged(bytes: Uint8Array, asked: string | undefined, whole: Answer): Answer {
  if (asked === undefined || asked.includes(",")) return whole;
  const unsatisfied = (why: string, headers: Record<string, string>): Answer => ({
    status: 416,
    contentType: "text/plain; charset=utf-8",
    body: `invalid range${why}\n`,
    headers,
  });
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(asked) ?? [];
  const first = from === "" ? Math.max(bytes.length - Number(to), 0) : Number(from);
  const last = from === "" || to === "" ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1);
  if (from === "" && to === "") return unsatisfied("", {});
  if (to !== "" && from !== "" && Number(to) < first) return unsatisfied("", {});
  if (first > last) return unsatisfied(": failed to overlap", { "content-range": `bytes */${bytes.length}` });
  return {
    ...whole,
    status: 206,
    body: bytes.subarray(first, last + 1),
    headers: { ...whole.headers, "content-range": `bytes ${first}-${last}/${bytes.length}` },
  };
}

/** Header values go out byte by byte. */
function headerText(value: string): string {
  return Buffer.from(value.replace(/[\r\n]/g, " ")).toString("latin1");
}
