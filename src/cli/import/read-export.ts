import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AppError } from "../../base/errors.ts";
import { jsonValues } from "../../base/json-values.ts";
import type { ExportedChat, ExportedMessage } from "../../messages/exported/export-format.ts";
import type { ExportedFiles } from "../../messages/exported/exported-message.ts";
import { exportedFile, exportedFileId, RESULT } from "../../telegram/exported-files.ts";

/** A vCard has a photo at most. */
const MOST_TEXT = 256 * 1024;
const CHUNK = 1024 * 1024;

/** Of one chat alone, or of all: with the left ones in a list of their own. */
const CHAT = /^((?:left_)?chats\.list\[\]\.)?(name|type|id|messages\[\])$/;
const OWNER = "personal_information.user_id";

export interface Exported {
  readonly chat: ExportedChat;
  readonly message: ExportedMessage;
  /** Whose account it is, where the export tells. */
  readonly owner: number | null;
  /** Whether the export is of a whole account. */
  readonly isWhole: boolean;
  /** How much of the file was read so far. */
  readonly bytes: number;
}

export type Export = ReturnType<typeof openExport>;

/**
 * @param at the folder; people name the file in it, too.
 * @throws AppError "invalid" where there is no export in this folder.
 */
export function openExport(at: string) {
  const named = resolve(at);
  const folder = basename(named) === RESULT ? dirname(named) : named;
  const path = join(folder, RESULT);
  if (!existsSync(path)) {
    const isHtml =
      existsSync(join(folder, "messages.html")) || existsSync(join(folder, "export_results.html"));
    const why = isHtml
      ? 'was exported as HTML: export it again in Telegram Desktop with the format "Machine-readable JSON"'
      : "is not the folder of an export: in Telegram Desktop choose a chat, ⋮, Export chat history, format JSON";
    throw new AppError("invalid", `there is no ${RESULT} in ${folder}: it ${why}`);
  }
  const files: ExportedFiles = {
    fileId: (file) => exportedFileId(folder, file),
    textOf(file) {
      const found = exportedFile(folder, file);
      return found && found.size <= MOST_TEXT ? readFileSync(found.path, "utf8") : null;
    },
  };

  /** @throws SyntaxError where the file ends in the middle, after all that was in it. */
  async function* messages(): AsyncGenerator<Exported> {
    let owner: number | null = null;
    let chat: ExportedChat = { name: null, type: "", id: 0 };
    /** Each chat begins with its name, where it has one, its type and its id. */
    let begun: Record<string, unknown> = {};
    const wanted = (name: string) => name === OWNER || CHAT.test(name);
    for await (const { path: name, value, bytes } of jsonValues(
      createReadStream(path, { highWaterMark: CHUNK }),
      wanted,
    )) {
      if (name === OWNER) {
        owner = Number(value) || null;
        continue;
      }
      const [, list, field = ""] = CHAT.exec(name) ?? [];
      if (field === "messages[]") {
        if (typeof value !== "object" || value === null) continue;
        const saved = chat.type === "saved_messages" ? chat.id : null;
        const isWhole = list !== undefined;
        yield { chat, message: value as ExportedMessage, owner: owner ?? saved, isWhole, bytes };
        continue;
      }
      begun[field] = value;
      if (field !== "id") continue;
      const { name: called, type } = begun;
      chat = { name: typeof called === "string" ? called : null, type: String(type), id: Number(value) };
      begun = {};
    }
  }

  return {
    folder,
    files,
    size: statSync(path).size,
    messages,
    /** Whether the file that a message has is missing, by words in its place or since. */
    isMissing({ photo, file, contact_vcard: vcard }: ExportedMessage): boolean {
      return [photo, file, vcard].some((one) => typeof one === "string" && !exportedFile(folder, one));
    },
  };
}
