import { messageOf } from "../../base/errors.ts";
import type { Sqlite } from "./sqlite.ts";

/** Has SQLite look through the whole file: "ok", or what it found. */
export function quickCheck(sqlite: Sqlite): string {
  try {
    const found = sqlite.all<{ quick_check: string }>("PRAGMA quick_check(5)");
    return found.map((row) => row.quick_check).join("; ");
  } catch (error) {
    return messageOf(error);
  }
}
