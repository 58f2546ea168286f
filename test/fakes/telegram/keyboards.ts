import { optionalString, requiredString } from "./entities.ts";
import { badRequest } from "./errors.ts";
import { compact, isObject, type JsonObject } from "./json.ts";
import { checkLink } from "./links.ts";
import type { Params } from "./params.ts";

const maxRow = 12;
const maxButtons = 100;
const flags = [
  "is_persistent",
  "resize_keyboard",
  "one_time_keyboard",
  "remove_keyboard",
  "force_reply",
  "selective",
];

/** The markup of a call, checked. `kind` "none" when there is none, or an empty one. */
export type Markup =
  | { kind: "none" }
  | { kind: "inline"; body: { inline_keyboard: JsonObject[][] } }
  | { kind: "reply"; body: JsonObject };

export function readMarkup(params: Params): Markup {
  const value = params.json("reply_markup", "can't parse reply keyboard markup JSON object");
  if (value === undefined) return { kind: "none" };
  if (!isObject(value)) throw badRequest("object expected as reply markup");

  const keyboard = rowsOf(value, "keyboard", 'field "keyboard" must be an Array of Arrays', (button) => {
    if (typeof button === "string") return { text: button };
    const fail = (text: string) => badRequest(`can't parse keyboard button: ${text}`);
    if (!isObject(button)) throw fail("KeyboardButton must be a String or an Object");
    return { ...button, text: requiredString(button, "text", fail) };
  });
  const inline = rowsOf(
    value,
    "inline_keyboard",
    'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
    readInlineButton,
  );
  for (const name of flags) {
    if (value[name] !== undefined && typeof value[name] !== "boolean") {
      throw badRequest(`field "${name}" must be of type Boolean`);
    }
  }
  optionalString(value, "input_field_placeholder", badRequest);

  if (keyboard.length > 0) return { kind: "reply", body: { ...value, keyboard } };
  if (inline.length > 0) {
    const shown = checkButtons(inline);
    return shown.length > 0 ? { kind: "inline", body: { inline_keyboard: shown } } : { kind: "none" };
  }
  if (value["remove_keyboard"] === true || value["force_reply"] === true)
    return { kind: "reply", body: value };
  return { kind: "none" };
}

function rowsOf(
  markup: JsonObject,
  name: string,
  wrongRow: string,
  read: (button: unknown) => JsonObject,
): JsonObject[][] {
  const rows = markup[name];
  if (rows === undefined || rows === null) return [];
  if (!Array.isArray(rows)) throw badRequest(`field "${name}" must be of type Array`);
  return rows.map((row: unknown) => {
    if (!Array.isArray(row)) throw badRequest(wrongRow);
    return row.map(read);
  });
}

function readInlineButton(button: unknown): JsonObject {
  const fail = (text: string) => badRequest(`can't parse inline keyboard button: ${text}`);
  if (!isObject(button)) throw fail("InlineKeyboardButton must be an Object");
  const text = requiredString(button, "text", fail);
  const icon = optionalString(button, "icon_custom_emoji_id", fail);
  const style = optionalString(button, "style", fail);
  if (!["", "danger", "success", "primary", "default"].includes(style))
    throw fail("invalid button style specified");
  const looks = compact({ icon_custom_emoji_id: icon || undefined, style: style || undefined });
  const nested = (name: string): JsonObject => {
    const value = button[name];
    if (!isObject(value)) throw fail(`Field "${name}" must be of type Object`);
    return value;
  };

  // The first action in the server's order is taken, whatever else there is.
  const url = optionalString(button, "url", fail);
  if (url !== "") return { text, ...looks, url };
  const data = optionalString(button, "callback_data", fail);
  if (data !== "") return { text, ...looks, callback_data: data };
  if (Object.hasOwn(button, "callback_game")) return { text, ...looks, callback_game: {} };
  if (Object.hasOwn(button, "pay")) return { text, ...looks, pay: true };
  for (const name of ["switch_inline_query", "switch_inline_query_current_chat"]) {
    if (Object.hasOwn(button, name)) return { text, ...looks, [name]: requiredString(button, name, fail) };
  }
  if (Object.hasOwn(button, "switch_inline_query_chosen_chat")) {
    return { text, ...looks, switch_inline_query_chosen_chat: nested("switch_inline_query_chosen_chat") };
  }
  for (const name of ["login_url", "web_app"]) {
    if (Object.hasOwn(button, name)) {
      return { text, ...looks, [name]: { url: requiredString(nested(name), "url", fail) } };
    }
  }
  if (Object.hasOwn(button, "copy_text")) {
    return { text, ...looks, copy_text: { text: requiredString(nested("copy_text"), "text", fail) } };
  }
  throw fail("Text buttons are unallowed in the inline keyboard");
}

/** What TDLib and the core make of well-formed buttons: bad URLs and long data are refused, empty texts skipped. */
function checkButtons(rows: JsonObject[][]): JsonObject[][] {
  let left = maxButtons;
  const shown: JsonObject[][] = [];
  for (const row of rows) {
    const kept = row.filter((button) => button["text"] !== "").slice(0, Math.min(maxRow, left));
    left -= kept.length;
    if (kept.length > 0) shown.push(kept.map(checkButton));
  }
  return shown;
}

function checkButton(button: JsonObject): JsonObject {
  const { url, callback_data: data } = button;
  if (typeof url === "string") {
    const link = checkLink(url);
    if ("error" in link) throw badRequest(`inline keyboard button URL '${url}' is invalid: ${link.error}`);
    return { ...button, url: link.url };
  }
  if (typeof data === "string" && Buffer.byteLength(data) > 64) throw badRequest("BUTTON_DATA_INVALID");
  for (const name of ["login_url", "web_app"]) {
    const target = button[name];
    if (!isObject(target) || typeof target["url"] !== "string") continue;
    const link = checkLink(target["url"]);
    if ("error" in link || !link.url.startsWith("https://")) {
      const reason = "error" in link ? link.error : "Only HTTPS links are allowed";
      throw badRequest(
        `inline keyboard button ${name === "web_app" ? "Web App" : "login"} URL '${target["url"]}' is invalid: ${reason}`,
      );
    }
  }
  return button;
}
