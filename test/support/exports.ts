import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

export interface ChatToExport {
  readonly name?: string | null;
  readonly type: string;
  readonly id: number;
  readonly messages: readonly { readonly [name: string]: Json | undefined }[];
}

/** As Telegram Desktop writes it: a space a level, and control characters as `\x0B`, which is no JSON. */
export function exportedJson(value: Json, indent = ""): string {
  if (typeof value === "string") {
    return JSON.stringify(value)
      .replace(/\\(u00[01][0-9a-f]|.)/g, (all, code: string) => {
        const hex = { b: "08", f: "0c" }[code] ?? (code.startsWith("u") ? code.slice(3) : null);
        return hex === null ? all : `\\x${hex.toUpperCase()}`;
      })
      .replaceAll("\u2028", "\\u2028");
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent} `;
  const items = Array.isArray(value)
    ? value.map((item: Json) => exportedJson(item, inner))
    : Object.entries(value as { [name: string]: Json | undefined }).flatMap(([name, member]) =>
        member === undefined ? [] : [`"${name}": ${exportedJson(member, inner)}`],
      );
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${items.map((item) => inner + item).join(",\n")}\n${indent}${close}`;
}

/** A message with the fields that each has. */
export function exportedMessage(id: number, at: string, more: { readonly [name: string]: Json | undefined }) {
  const { text = "", ...others } = more;
  const parts = typeof text === "string" ? (text === "" ? [] : [{ type: "plain", text }]) : text;
  return {
    id,
    type: "message",
    date: at,
    date_unixtime: String(Date.parse(`${at}Z`) / 1000),
    from: "Ann",
    from_id: "user1001",
    ...others,
    text,
    text_entities: parts,
  };
}

/** The folder of an export of one chat, or of a whole account, with its files. */
export function writeExport(
  of: ChatToExport | { readonly owner: number; readonly chats: readonly ChatToExport[] },
  files: Readonly<Record<string, string>> = {},
) {
  const home = mkdtempSync(join(tmpdir(), "memoferry-export-"));
  const folder = join(home, "ChatExport_2026-11-30");
  mkdirSync(folder);
  const whole = "chats" in of && {
    about: "Here is the data you requested.",
    personal_information: { user_id: of.owner, first_name: "Ann", last_name: "", phone_number: "", bio: "x" },
    contacts: { about: "", list: [{ first_name: "Bob", date: "2020-01-01T00:00:00" }] },
    chats: { about: "", list: of.chats as unknown as Json },
  };
  writeFileSync(join(folder, "result.json"), exportedJson((whole || of) as unknown as Json));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return { folder, [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }) };
}
