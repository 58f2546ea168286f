import type { TelegramMessage } from "../domain/telegram.ts";
import { textOf } from "../markdown/write/markdown-parts.ts";
import type { ContentFile } from "./content-files.ts";

export function vcardOf({ contact }: TelegramMessage): ContentFile[] {
  const vcard = textOf(contact?.vcard);
  if (vcard.trim() === "") return [];
  const text = vcard.toWellFormed();
  const name = `${textOf(contact?.first_name)} ${textOf(contact?.last_name)}`.trim();
  return [
    {
      kind: "contact",
      file_id: "",
      file_unique_id: "vcard",
      name: name === "" ? null : `${name}.vcf`,
      type: "text/vcard",
      size: Buffer.byteLength(text),
      extension: "vcf",
      text,
    },
  ];
}

/** The organisation that a vCard of any version names, with its departments, or "". RFC 6350, and 2.1 of phones. */
export function organisationOf(vcard: string): string {
  // Long lines go on after a break and a space; in quoted-printable after a break behind `=`.
  const unfolded = vcard.replace(/\r\n?/g, "\n").replace(/\n[ \t]/g, "");
  const found = /^(?:[\w-]+\.)?ORG((?:;[^:\n]*)?):((?:[^\n]*=\n)*[^\n]*)/im.exec(unfolded);
  if (!found) return "";
  const [, parameters = "", raw = ""] = found;
  const isEncoded = /QUOTED-PRINTABLE/i.test(parameters);
  const value = isEncoded ? fromQuotedPrintable(raw) : (raw.split("\n")[0] ?? "");
  return value
    .split(/(?<!\\);/)
    .map((part) => part.replace(/\\n/gi, " ").replace(/\\(.)/g, "$1").trim())
    .filter((part) => part !== "")
    .join(", ");
}

function fromQuotedPrintable(text: string): string {
  const bytes = text
    .replace(/=\n/g, "")
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const isBytes = [...bytes].every((character) => character.charCodeAt(0) < 256);
  return isBytes ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;
}
