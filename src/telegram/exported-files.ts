import { existsSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, sep } from "node:path";
import { TelegramError } from "./errors.ts";
import { type OpenFile, openFile } from "./files.ts";

/** What Telegram Desktop calls the file that tells of all others in its folder. */
export const RESULT = "result.json";

/** Whether an export is where this process may read it. `folder`: its whole path. */
export const isExportFolder = (folder: string) => isAbsolute(folder) && existsSync(join(folder, RESULT));

const BORDER = "//";

/** What stands for a file of an export. */
export const exportedFileId = (folder: string, path: string) => `${folder}${BORDER}${path}`;

/** A file of an export by its path there; null where it has none: what lies elsewhere, also by a link, is not of it. */
export function exportedFile(folder: string, path: string): { path: string; size: number } | null {
  try {
    const [root, found] = [realpathSync(folder), realpathSync(join(folder, path))];
    const file = found.startsWith(`${root}${sep}`) ? statSync(found) : null;
    return file?.isFile() ? { path: found, size: file.size } : null;
  } catch {
    return null;
  }
}

/**
 * Opens a file of an export, and of no other folder.
 * @throws TelegramError "file_unreadable" where the folder cannot be read, "not_exported" where the file is not in it.
 */
export async function openExported(fileId: string): Promise<OpenFile> {
  const at = Math.max(0, fileId.indexOf(BORDER));
  const folder = fileId.slice(0, at);
  if (!isExportFolder(folder))
    throw new TelegramError("file_unreadable", `the export at ${folder} is not readable here`);
  const file = exportedFile(folder, fileId.slice(at + BORDER.length));
  if (!file) throw new TelegramError("not_exported", "the export has no such file");
  return openFile(file.path);
}
