import { AppError } from "../base/errors.ts";
import type { ApiMessage, Owed } from "../domain/outgoing.ts";
import type { StyledText } from "../domain/text.ts";
import { telegramUrl } from "../markdown/link-url.ts";
import { allMessages } from "../markdown/split/cut.ts";
import { markdownAsText } from "../markdown/to-text.ts";
import { createTextWriter, isBlank } from "../replies/text-writer.ts";

/** What a message of Telegram takes. https://core.telegram.org/bots/api#sendmessage */
const ROOM = { length: 4_096, entities: 100 };

/**
 * The messages that a notification is, as many as its text takes.
 * @throws AppError "unprocessable" where nothing can be read in it, or Telegram would refuse a button.
 */
export async function notificationMessages(asked: ApiMessage): Promise<Owed[]> {
  const { chat_id, title = "", format, silent, buttons } = asked;
  const needsWords = buttons.length > 0 || asked.files.length + asked.file_urls.length === 0;
  const wrong = buttons.find(({ text, url }) => isBlank(text) || telegramUrl(url) === null);
  if (wrong)
    throw new AppError(
      "unprocessable",
      "A button needs words, and an address of http or https with a dot in its host.",
    );
  const writer = createTextWriter();
  const text = await styled(withoutControls(asked.text), format);
  const head = withoutControls(title).trim();
  writer.add(head, "bold");
  writer.add(head !== "" && text.text !== "" ? "\n" : "").add(text);
  const messages = allMessages(writer.done(), ROOM).filter((message) => !isBlank(message.text));
  if (messages.length === 0 && needsWords)
    throw new AppError("unprocessable", "There is nothing to read in the text.");
  return messages.map((message, nth) => ({
    chat_id,
    method: "sendMessage",
    promise: "notice",
    params: {
      ...{ ...message, disable_notification: silent },
      ...(nth === messages.length - 1 &&
        buttons.length > 0 && {
          reply_markup: { inline_keyboard: buttons.map((button) => [button]) },
        }),
    },
  }));
}

async function styled(text: string, format: ApiMessage["format"]): Promise<StyledText> {
  if (format === "plain") return { text: text.trim(), entities: [] };
  return markdownAsText(text);
}

/** Telegram takes these out by itself, which would move the marks behind them. */
export const withoutControls = (text: string) =>
  text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(/(?![\n\t])\p{Cc}|[\u2028-\u202e]/gu, "");
