import { accessTokensIn, redact } from "../base/access-token.ts";
import { isObject } from "../base/read-values.ts";
import type { TelegramMessage, TelegramMessageEntity } from "../domain/telegram.ts";
import { tokenAlone } from "./command.ts";
import { type MessageText, messageText } from "./message-text.ts";

/** Code was shown on purpose. */
const CODE = ["code", "pre"];
const isCode = ({ type = "" }: { readonly type?: string }) => CODE.includes(type);

/** Whether an access token is in what becomes a memo, also behind links; in code only where the message is nothing else. */
export function showsToken(message: TelegramMessage): boolean {
  if (tokenAlone(message.text) !== undefined) return true;
  const { text, entities } = messageText(message);
  const { poll, checklist, checklist_tasks_added, contact, venue, rich_message, reply_markup } = message;
  const shown = accessTokensIn(
    [
      withoutCode(text, entities),
      ...[
        entities,
        rich_message,
        poll,
        checklist,
        checklist_tasks_added,
        contact,
        venue,
        reply_markup,
      ].flatMap(texts),
    ].join("\n"),
  );
  return shown.length > 0;
}

/** What somebody else wrote, or was replied to, without the tokens in it. */
export function withoutTokens(said: MessageText): MessageText {
  const { text, entities } = said;
  const tokens = accessTokensIn([withoutCode(text, entities), ...texts(entities)].join("\n"));
  return tokens.length === 0 ? said : { text: redact(text, tokens), entities: [] };
}

function withoutCode(text: string, entities: readonly TelegramMessageEntity[]): string {
  const kept: string[] = [];
  let from = 0;
  for (const { offset, length } of entities.filter(isCode).toSorted((a, b) => a.offset - b.offset)) {
    kept.push(text.slice(from, Math.max(from, offset)), " ");
    from = Math.max(from, offset + length);
  }
  return kept.join("") + text.slice(from);
}

/** All strings in a value of any shape, without those in code. */
function texts(value: unknown): string[] {
  const found: string[] = [];
  const stack: unknown[] = [value];
  while (stack.length > 0) {
    const next = stack.pop();
    if (typeof next === "string") found.push(next);
    else if (isObject(next) && !isCode(next)) stack.push(...Object.values(next));
  }
  return found;
}
