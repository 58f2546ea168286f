import { type Attachment, readAttachment } from "./answers.ts";
import { named } from "./requests.ts";
import type { Session } from "./session.ts";
import type { AttachmentSearch, FileUpload } from "./types.ts";
import { upload } from "./upload.ts";

/** As many as the server gives at once. */
const FILES_PER_PAGE = "1000";

export async function getAttachment(session: Session, name: string): Promise<Attachment> {
  const { ask, at, dialect } = session;
  const answer = await ask({ method: "GET", path: `/api/v1/${(await at.file(name)).name}` });
  return withMemo(session, named(readAttachment(answer, dialect), name));
}

async function withMemo({ at }: Session, file: Attachment): Promise<Attachment> {
  return file.memo === undefined ? file : { ...file, memo: await at.nameOf(file.memo) };
}

export async function findAttachments(
  session: Session,
  { filenames, size, since }: AttachmentSearch,
): Promise<Attachment[]> {
  const { dialect, onServer } = session;
  const begun = onServer(since).getTime();
  const found: Attachment[] = [];
  for await (const value of listed(session, dialect.files, { pageSize: FILES_PER_PAGE }, dialect.files)) {
    const file = readAttachment(value, dialect);
    const fits = filenames.includes(file.filename) && file.size === (size ?? file.size);
    if (fits && Date.parse(file.createTime) >= begun) found.push(await withMemo(session, file));
  }
  return found.toSorted((a, b) => Date.parse(a.createTime) - Date.parse(b.createTime));
}

export async function createAttachment(session: Session, file: FileUpload): Promise<Attachment> {
  const { dialect, at, sawOtherId } = session;
  const { filename, type } = file;
  const memo = file.memo === undefined ? {} : { memo: await at.memo(file.memo) };
  const stored = readAttachment(await upload(session, { filename, type, ...memo }, file), dialect);
  if (stored.name !== `attachments/${file.id}`) {
    if (stored.filename !== filename) return named(stored, `attachments/${file.id}`);
    sawOtherId("files");
  }
  return stored.memo === undefined ? stored : { ...stored, memo: file.memo ?? stored.memo };
}

export async function deleteAttachment({ ask, at }: Session, name: string): Promise<void> {
  await ask({ method: "DELETE", path: `/api/v1/${(await at.file(name)).name}` });
}

/** Where its bytes are. */
export async function pathOf({ at }: Session, { name, filename }: Attachment): Promise<string> {
  return `/file/${(await at.file(name)).name}/${encodeURIComponent(filename || "file")}`;
}

/** All that is listed there, read page by page as far as it is wanted. */
export async function* listed(
  { ask }: Session,
  path: string,
  query: Record<string, string>,
  field: string,
): AsyncGenerator<unknown, void, undefined> {
  let pageToken = "";
  do {
    const answer = await ask({
      method: "GET",
      path: `/api/v1/${path}`,
      query: { ...query, ...(pageToken && { pageToken }) },
    });
    const page = Array.isArray(answer[field]) ? answer[field] : [];
    yield* page;
    const next = answer["nextPageToken"];
    pageToken = typeof next === "string" && next !== pageToken && page.length > 0 ? next : "";
  } while (pageToken);
}
