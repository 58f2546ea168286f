import type { Texts } from "../locales/texts.ts";
import { beginningOf } from "../markdown/to-text.ts";
import type { Memo, Notification } from "../memos/client.ts";
import type { Message } from "../replies/messages.ts";
import { createTextWriter, cut, isBlank, oneLine } from "../replies/text-writer.ts";

/** Less than Telegram's 4,096 and 100: around it stand who wrote it and its files. */
const ROOM = { length: 3_500, entities: 95 };
const MOST_TITLE = 60;
const MOST_NAMES = 200;

/**
 * Tells of a notification: who wrote, with a link to what they wrote, its text and the names of its files. `on`: the
 * memo that it comments on, where that is at hand.
 */
export async function newsMessage(
  texts: Texts,
  { kind, sender }: Pick<Notification, "kind" | "sender">,
  { memo, on, url }: { memo: Memo; on: Memo | undefined; url: string | null },
): Promise<Message> {
  const name = cut(oneLine(sender.displayName), MOST_TITLE);
  const about = await beginningOf(on?.content ?? "", ROOM);
  const title = cut(oneLine(about.first.text), MOST_TITLE) || texts.withoutText;
  const { first, isWhole } = await beginningOf(memo.content, ROOM);
  const writer = createTextWriter();
  const head = kind === "comment" ? texts.commentedOn({ name, memo: title }) : texts.mentionedYou({ name });
  writer.add(head, url === null ? "bold" : { url });
  if (!isBlank(first.text)) writer.add("\n\n").add(first);
  if (!isWhole) writer.add(`\n\n${texts.restInMemos}`);
  const files = cut(memo.attachments.map(({ filename }) => oneLine(filename)).join(", "), MOST_NAMES);
  // As code, since `notes.md` would become a link.
  const code = { type: "code", offset: 0, length: files.length } as const;
  if (files !== "") writer.add("\n\n📎 ").add({ text: files, entities: [code] });
  return writer.done();
}
