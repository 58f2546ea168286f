import { textOf } from "../../base/read-values.ts";
import type { TelegramMessageEntity } from "../../domain/telegram.ts";
import type { MessageText } from "../message-text.ts";
import type { ExportedText, TextPart } from "./export-format.ts";

/** Types that the Bot API calls otherwise, or does not have. */
const NAMES: Readonly<Record<string, string | null>> = {
  plain: null,
  unknown: null,
  bank_card: null,
  link: "url",
  mention_name: "text_mention",
  phone: "phone_number",
};

/** As the Bot API has it: where each part begins is the length of those before it. */
export function readExportedText(exported: ExportedText | undefined): MessageText {
  const entities: TelegramMessageEntity[] = [];
  let text = "";
  for (const part of Array.isArray(exported) ? exported : [exported]) {
    const details: TextPart = typeof part === "object" && part !== null ? part : { text: textOf(part) };
    const type = textOf(details.type) || "plain";
    const said = textOf(details.text);
    const name = nameOf(type, details);
    if (name !== null && said !== "") {
      const range = { type: name, offset: text.length, length: said.length };
      entities.push({ ...range, ...detailsOf(type, said, details) } as TelegramMessageEntity);
    }
    text += said;
  }
  return { text, entities };
}

function nameOf(type: string, { collapsed }: TextPart): string | null {
  if (type === "blockquote" && collapsed) return "expandable_blockquote";
  const name = NAMES[type];
  return name === undefined ? type : name;
}

function detailsOf(type: string, said: string, { href, language, document_id, user_id }: TextPart) {
  if (type === "mention_name") {
    return { user: { id: Number.isSafeInteger(user_id) ? user_id : 0, is_bot: false, first_name: said } };
  }
  return { url: href, language: textOf(language) || undefined, custom_emoji_id: document_id };
}
