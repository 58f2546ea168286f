import { textOf } from "../base/read-values.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import { type ContentFile, textFile } from "./content-files.ts";

/** The vCard of a contact, as a file. */
export function vcardOf({ contact }: TelegramMessage): ContentFile[] {
  const vcard = textOf(contact?.vcard);
  if (vcard.trim() === "") return [];
  const whose = `${textOf(contact?.first_name)} ${textOf(contact?.last_name)}`.trim();
  const name = whose === "" ? null : `${whose}.vcf`;
  const known = { kind: "contact", file_unique_id: "vcard", type: "text/vcard", extension: "vcf" };
  return [textFile(vcard, { ...known, name })];
}

/** The organisation that a vCard names, with its departments, or "". RFC 6350; what is encoded, as 2.1 did, is only in the file. */
export function organisationOf(vcard: string): string {
  // Long lines go on after a break and a space.
  const unfolded = vcard.replace(/\r\n?/g, "\n").replace(/\n[ \t]/g, "");
  const [, parameters = "", value = ""] = /^(?:[\w-]+\.)?ORG((?:;[^:\n]*)?):(.*)/im.exec(unfolded) ?? [];
  if (/QUOTED-PRINTABLE/i.test(parameters)) return "";
  return value
    .split(/(?<!\\);/)
    .map((part) => part.replace(/\\n/gi, " ").replace(/\\(.)/g, "$1").trim())
    .filter((part) => part !== "")
    .join(", ");
}
