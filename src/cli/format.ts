import { styleText } from "node:util";
import { stringWidth } from "../base/runtime-bun.ts";

/** A command line that says something that cannot be. */
export class UsageError extends Error {}

/** A table: columns as wide as their widest cell, two spaces between; the last column keeps its own width. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    // Names hold emoji and Chinese.
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, stringWidth(cell));
  }
  const padded = (cell: string, at: number) => cell + " ".repeat((widths[at] ?? 0) - stringWidth(cell));
  return rows.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}

/** Text of others on one line, and nothing in it that a terminal would obey. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim();
}

export function accountText(account: string, displayName: string): string {
  const shown = oneLine(displayName);
  return shown && shown !== account.replace(/^users\//, "") ? `${account} (${shown})` : account;
}

export const messages = (count: number) => `${count} ${count === 1 ? "message" : "messages"}`;

/** The Telegram user id that was typed. @throws UsageError; what was typed is not repeated, it may be a token. */
export function readTelegramId(text: string): number {
  const id = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(id) && id > 0) return id;
  throw new UsageError(
    "this is not a Telegram id: that is a number such as 123456789 (no @name); the bot tells it to whoever sends it /id",
  );
}

/** The id of a group or channel that was typed. @throws UsageError */
export function readChatId(text: string): number {
  const id = Number(text);
  if (/^-\d+$/.test(text) && Number.isSafeInteger(id) && id < 0) return id;
  throw new UsageError(
    "this is not the id of a group or channel: that is a number such as -1001234567890; `memoferry chats` lists them",
  );
}

/** Commander takes it away where the output has no colours. */
export const bold = (text: string) => styleText("bold", text, { validateStream: false });
