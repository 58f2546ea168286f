import { checkNames } from "./called.ts";
import { optionalString, requiredString } from "./entities.ts";
import { badRequest } from "./errors.ts";
import { isObject, type JsonObject } from "./json.ts";
import { checkLink } from "./links.ts";
import type { Params } from "./params.ts";

const maxRow = 12;
const maxButtons = 100;
const maxDataBytes = 64;

/** The markup of a call, checked. `kind` "none" when there is none, or an empty one. */
export type Markup =
  | { kind: "none" }
  | { kind: "inline"; body: { inline_keyboard: JsonObject[][] } }
  | { kind: "reply"; body: JsonObject };

export function readMarkup(params: Params): Markup {
  const value = params.json("reply_markup", "can't parse reply keyboard markup JSON object");
  if (value === undefined) return { kind: "none" };
  if (!isObject(value)) throw badRequest("object expected as reply markup");
  checkNames("reply_markup", Object.keys(value), [
    "inline_keyboard",
    "force_reply",
    "input_field_placeholder",
  ]);
  const rows = rowsOf(value["inline_keyboard"]);
  if (value["force_reply"] !== undefined && typeof value["force_reply"] !== "boolean") {
    throw badRequest('field "force_reply" must be of type Boolean');
  }
  optionalString(value, "input_field_placeholder", badRequest);
  if (rows.length > 0) {
    const shown = shownRows(rows);
    return shown.length > 0 ? { kind: "inline", body: { inline_keyboard: shown } } : { kind: "none" };
  }
  return value["force_reply"] === true ? { kind: "reply", body: value } : { kind: "none" };
}

function rowsOf(rows: unknown): JsonObject[][] {
  if (rows === undefined) return [];
  if (!Array.isArray(rows)) throw badRequest('field "inline_keyboard" must be of type Array');
  return rows.map((row: unknown) => {
    if (Array.isArray(row)) return row.map(readButton);
    throw badRequest('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays');
  });
}

function readButton(button: unknown): JsonObject {
  const fail = (text: string) => badRequest(`can't parse inline keyboard button: ${text}`);
  if (!isObject(button)) throw fail("InlineKeyboardButton must be an Object");
  const leads = button["url"] !== undefined;
  if (leads) checkNames("a button with a url", Object.keys(button), ["text", "url"]);
  else checkNames("a button", Object.keys(button), ["text", "callback_data"]);
  const text = requiredString(button, "text", fail);
  if (leads) {
    const url = optionalString(button, "url", fail);
    const link = checkLink(url);
    if ("error" in link) throw badRequest(`inline keyboard button URL '${url}' is invalid: ${link.error}`);
    return { text, url: link.url };
  }
  const callback_data = optionalString(button, "callback_data", fail);
  if (callback_data === "") throw fail("Text buttons are unallowed in the inline keyboard");
  return { text, callback_data };
}

/** What the core makes of well-formed buttons: long data is refused; empty texts and too many are left out. */
function shownRows(rows: JsonObject[][]): JsonObject[][] {
  let left = maxButtons;
  const shown: JsonObject[][] = [];
  for (const row of rows) {
    const kept = row.filter((button) => button["text"] !== "").slice(0, Math.min(maxRow, left));
    left -= kept.length;
    if (kept.some(({ callback_data }) => Buffer.byteLength(String(callback_data ?? "")) > maxDataBytes)) {
      throw badRequest("BUTTON_DATA_INVALID");
    }
    if (kept.length > 0) shown.push(kept);
  }
  return shown;
}
